/* Templates that note changes and that nothing will ever be cloned from again: without this each
 * change of the template leaves a database behind. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: template_fixture.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/watched_old.h"
#include "template_fixture.h"

#define MARK(project, source)                                                                      \
    "pgclone:{\"v\":1,\"project\":\"" project "\",\"run\":null,\"worker\":\"\",\"template\":"      \
    "\"" source "\",\"lease\":\"00000000000000a0\",\"created\":\"2026-11-26T00:00:00Z\","          \
    "\"host\":\"h\",\"pid\":1,\"use\":\"template\"}"
#define THERE                                                                                      \
    "circ_old|" MARK(                                                                              \
        "circ",                                                                                    \
        "circ") "|f|t|0|~\n"                                                                       \
                "circ_new|" MARK(                                                                  \
                    "circ",                                                                        \
                    "circ") "|f|t|0|~\n"                                                           \
                            "circ_else|" MARK(                                                     \
                                "circ",                                                            \
                                "other") "|f|t|0|~\n"                                              \
                                         "circ_theirs|" MARK(                                      \
                                             "theirs",                                             \
                                             "circ") "|f|t|0|~\n"                                  \
                                                     "circ_built|" TEMPLATE_MARK(                  \
                                                         "2026-11-26T00:00:00Z") "|f|t|0|~\n"

static void drop_old(struct scripted_attempt *attempt, bool locked)
{
    const struct look_request request = {.catalog = {.all_marked = true}};
    struct inventory found OWNED(inventory_release) = {0};

    assert_true(session_open(&attempt->scope, LEASE_CREATE, &attempt->session, NULL));
    template_attempt_begin_looks();
    template_attempt_look(THERE, true);
    template_attempt_look(THERE, locked);
    assert_true(look_take(&attempt->session, &request, &found, NULL));
    watched_drop_old(&attempt->session, &found);
}

static void begin(struct scripted_attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_attempt_init(attempt, 1);
    scripted_attempt_undoes(attempt);
    (void)strcpy(attempt->scope.watched->name, "circ_new");
}

static void test_the_project_s_old_ones_are_dropped(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    drop_old(&attempt, true);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_old\""));
    assert_int_equal(scripted_session_times_called("DROP DATABASE"), 1);
}

static void test_what_is_in_use_stays(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    drop_old(&attempt, false);
    assert_false(scripted_session_was_called("DROP DATABASE"));
}

/* What a built template was may be what it is on another branch. */
static void test_of_a_built_template_all_stay(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct scope_built built = {0};
    (void)state;

    begin(&attempt);
    attempt.scope.built = &built;
    drop_old(&attempt, true);
    attempt.scope.built = NULL;
    assert_false(scripted_session_was_called("DROP DATABASE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_project_s_old_ones_are_dropped),
        cmocka_unit_test(test_what_is_in_use_stays),
        cmocka_unit_test(test_of_a_built_template_all_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
