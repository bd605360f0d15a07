/* What `doctor` says on standard output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/report/checkup.h"

static const struct check room = {"room", "there is room", FINDING_ERROR};
static const struct check back_door = {"back door", "it is open", FINDING_WARNING};

static void fill(struct findings *findings)
{
    struct finding *found;

    (void)findings_add(findings, &room, FINDING_OK, "plenty");
    found = findings_add(findings, &back_door, FINDING_WARNING, "stuck\x1b[31m");
    finding_advise(found, "Push.\nHarder.");
    finding_set_fix(found, FIX_IN_SHELL, "root", memory_copy_string("push a\npush b"));
    found = findings_add(findings, &room, FINDING_ERROR, "full");
    found->detail = memory_copy_string("Of boxes.");
    finding_set_fix(found, FIX_IN_PSQL, NULL, memory_copy_string("DROP BOX;"));
}

/* The commands stand on lines of their own; what a name holds commands no terminal. */
static void test_text(void **state)
{
    struct findings findings OWNED(findings_release) = {0};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    fill(&findings);
    checkup_text(&findings, &out);
    assert_string_equal(strbuf_text(&out), "ok       room       plenty\n"
                                           "warning  back door  stuck\\x1b[31m\n"
                                           "    Push.\n"
                                           "    Harder.\n"
                                           "    fix, in a shell, as root:\n"
                                           "        push a\n"
                                           "        push b\n"
                                           "error    room       full\n"
                                           "    Of boxes.\n"
                                           "    fix, in psql:\n"
                                           "        DROP BOX;\n");
}

static void test_json(void **state)
{
    struct findings findings OWNED(findings_release) = {0};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    fill(&findings);
    findings.items[2].exit_code = 4;
    checkup_json(&findings, &out);
    assert_non_null(strstr(strbuf_text(&out), "{\"pgclone\":1,\"exit\":4,\"findings\":["
                                              "{\"check\":\"room\",\"severity\":\"ok\",\"exit\":0,"
                                              "\"text\":\"plenty\",\"detail\":null,"
                                              "\"advice\":null,\"fix\":null,\"fix_in\":null,"
                                              "\"fix_by\":null}"));
    assert_non_null(strstr(strbuf_text(&out), "\"fix\":\"push a\\npush b\",\"fix_in\":\"shell\","
                                              "\"fix_by\":\"root\"}"));
}

static void test_nothing(void **state)
{
    const struct findings none = {0};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    checkup_text(&none, &out);
    assert_int_equal(out.length, 0);
    checkup_json(&none, &out);
    assert_string_equal(strbuf_text(&out), "{\"pgclone\":1,\"exit\":0,\"findings\":[]}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
