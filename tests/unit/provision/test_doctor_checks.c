/* The table of what `doctor` examines on a server, and what its checks share. */
// links: doctor_fixture.c
// links: provision_fixture.c
// links: table_results.c
#include "doctor_fixture.h"

#include <string.h>

#include "pgclone/base/file.h"
#include "pgclone/provision/doctor.h"
#include "pgclone/server/readiness.h"

/* What a check may find is known beforehand; it is called by one word or two, and by no other's. */
static void test_rows(void **state)
{
    const struct doctor_check *row;
    (void)state;

    for (size_t i = 0; (row = doctor_check_at(i)) != NULL; i++) {
        assert_non_null(row->examine);
        assert_true(strlen(row->check.title) > 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(row->check.id, doctor_check_at(j)->check.id);
    }
    assert_non_null(doctor_check_at(0));
}

/* On an ordinary server each of them has something to say, and nothing is an error. */
static void test_each_finds_something(void **state)
{
    static const struct doctor_case ordinary[] = {{.text = ""}};
    const struct doctor_check *row;
    (void)state;

    for (size_t i = 0; (row = doctor_check_at(i)) != NULL; i++)
        if (strcmp(row->check.id, "undo") != 0)
            DOCTOR_ASSERT(row->check.id, ordinary);
}

static void test_words_for_a_shell(void **state)
{
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    doctor_add_quoted(&out, "it's $HOME");
    assert_string_equal(strbuf_text(&out), "'it'\\''s $HOME'");
}

/* A variable changes nothing that the command line says. */
static void test_variables(void **state)
{
    struct settings settings = {0};
    char *command OWNED(memory_free_string) = NULL;
    (void)state;

    settings.origin[SETTING_NAME].kind = ORIGIN_FLAG;
    assert_null(doctor_export(&settings, SETTING_NAME, "a"));
    settings.origin[SETTING_NAME].kind = ORIGIN_YAML;
    command = doctor_export(&settings, SETTING_NAME, "a b");
    assert_string_equal(command, "export PGCLONE_NAME='a b'");
}

static void test_sizes(void **state)
{
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    doctor_add_size(&out, 10239);
    strbuf_add(&out, ", ");
    doctor_add_size(&out, INT64_C(1) << 34);
    assert_string_equal(strbuf_text(&out), "10239 bytes, 16 GB");
}

static void assert_listed(const struct check *check, const char *text)
{
    struct strbuf line OWNED(strbuf_release) = {0};

    strbuf_printf(&line, "\n| `%s` | %s | %s |", check->id, check->title,
                  check->worst == FINDING_OK ? "tells only" : finding_severity_word(check->worst));
    if (strstr(text, strbuf_text(&line)) == NULL)
        fail_msg("docs/doctor.md lacks the line %s", strbuf_text(&line));
}

/* The page lists all checks, those before a connection and those of throw-away servers as well. */
static void test_the_page(void **state)
{
    static const char beside[] = "tests/unit/provision/test_doctor_checks.c";
    struct strbuf path OWNED(strbuf_release) = {0};
    struct strbuf page OWNED(strbuf_release) = {0};
    const struct check *check;
    (void)state;

    strbuf_add_bytes(&path, __FILE__, strlen(__FILE__) - strlen(beside));
    strbuf_add(&path, "docs/doctor.md");
    assert_true(file_read(strbuf_text(&path), 1 << 20, &page, NULL));
    for (size_t i = 0; (check = doctor_early_check_at(i)) != NULL; i++)
        assert_listed(check, strbuf_text(&page));
    for (size_t i = 0; doctor_check_at(i) != NULL; i++)
        assert_listed(&doctor_check_at(i)->check, strbuf_text(&page));
    for (size_t i = 0; (check = readiness_check_at(i)) != NULL; i++)
        assert_listed(check, strbuf_text(&page));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_each_finds_something),
        cmocka_unit_test(test_words_for_a_shell),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_the_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
