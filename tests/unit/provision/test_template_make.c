/* Making a template, whatever is in it: nothing half made bears its name, and nothing is left of a
 * failure. */
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
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/template_make.h"
#include "template_fixture.h"

#define NAME "circ_aaaaaaaaaaaa"
#define THERE NAME "|" TEMPLATE_MARK("2026-11-26T00:00:00Z")

/* What is to come of the filling. */
struct filling {
    bool fails;
    bool changes;
};

static bool fill(struct session *session, const char *scratch, void *context, bool *changed,
                 struct error *err)
{
    const struct filling *filling = context;
    struct job job;

    job_init(&job, NAME);
    job_add(&job, memory_copy_string("FILL"), NULL, "fill \"%s\"", scratch);
    assert_true(template_make_job(session, &job, err));
    *changed = filling->changes;
    return !filling->fails || error_set(err, ERROR_SYSTEM, "could not fill");
}

/* Begins; the looks are to be told next. */
static void begin(struct scripted_attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_attempt_init(attempt, 1);
    assert_true(lease_make(LEASE_CREATE, &attempt->session.lease, NULL));
    template_attempt_begin_looks();
}

/* Makes the template from what the first look finds, as its callers do. */
static bool make(struct scripted_attempt *attempt, struct filling filling, bool *changed)
{
    static const char *name = NAME;
    const struct look_request request = {.catalog = {.names = &name, .name_count = 1}};
    const struct template_making making = {
        .name = NAME, .mark = "pgclone:mark", .fill = fill, .context = &filling};

    assert_true(look_take(&attempt->session, &request, &attempt->inventory, NULL));
    return template_make(&attempt->session, &making, &attempt->inventory, changed, &attempt->err);
}

static void assert_makes(struct scripted_attempt *attempt)
{
    bool changed = false;

    if (!make(attempt, (struct filling){0}, &changed))
        fail_msg("%s", attempt->err.message);
    assert_false(changed);
}

/* Without this somebody can change what bears the name, or finds half of it. */
static void test_it_is_sealed_before_it_is_named(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    template_attempt_look(NULL, true);
    assert_makes(&attempt);
    scripted_session_assert_order("FILL", "look " NAME "\n");
    scripted_session_assert_order("look " NAME "\n", "ALLOW_CONNECTIONS false");
    scripted_session_assert_order("ALLOW_CONNECTIONS false", "pg_terminate_backend");
    scripted_session_assert_order("pg_terminate_backend", "RESET synchronous_commit");
    scripted_session_assert_order("RESET synchronous_commit",
                                  "RENAME TO \"" NAME "\"; COMMENT ON DATABASE \"" NAME
                                  "\" IS 'pgclone:mark'");
    assert_false(scripted_session_was_called("DROP"));
}

/* Without this a failure leaves a database, or bears the name. */
static void test_a_failure_leaves_nothing(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    bool changed = false;
    (void)state;

    begin(&attempt);
    template_attempt_look(NULL, true);
    assert_false(make(&attempt, (struct filling){.fails = true}, &changed));
    assert_int_equal(attempt.err.kind, ERROR_SYSTEM);
    scripted_session_assert_order("FILL", "persist");
    scripted_session_assert_order("persist", "look");
    assert_false(scripted_session_was_called("RENAME"));
}

/* What is not wanted after all is no failure, and leaves nothing either. */
static void test_what_is_not_wanted_after_all(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    bool changed = false;
    (void)state;

    begin(&attempt);
    template_attempt_look(NULL, true);
    assert_true(make(&attempt, (struct filling){.changes = true}, &changed));
    assert_true(changed);
    scripted_session_assert_order("FILL", "DROP DATABASE IF EXISTS \"pgclone_scratch_");
    assert_false(scripted_session_was_called("RENAME"));
}

/* Without this there is a moment without the template, or the old one stays for ever. */
static void test_one_that_is_there_is_replaced_at_once(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    template_attempt_look(THERE "|f|t|0|~\n", true);
    assert_makes(&attempt);
    scripted_session_assert_order("\"" NAME "\" IS_TEMPLATE false; ALTER DATABASE \"" NAME "\"",
                                  "IS_TEMPLATE true");
    scripted_session_assert_order("IS_TEMPLATE true", "DROP DATABASE IF EXISTS \"pgclone_scratch_");
}

/* The new one is there: that the old one could not be dropped is a warning. */
static void test_an_old_one_that_cannot_be_dropped(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    template_attempt_look(THERE "|f|t|0|~\n", true);
    scripted_session_fails("DROP DATABASE", ERROR_BUSY, "55006", 1);
    assert_makes(&attempt);
    assert_false(scripted_session_was_called("persist"));
}

/* Without this a prune that was interrupted keeps everybody from building. */
static void test_one_that_is_half_dropped_is_dropped(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    template_attempt_look(THERE "|t|f|0|~\n", true);
    template_attempt_look(NULL, true);
    assert_makes(&attempt);
    scripted_session_assert_order("DROP DATABASE IF EXISTS \"" NAME "\"", "FILL");
}

/* Without this a killed maker's database stays, with its programs in it. */
static void test_what_a_dead_maker_left_goes_first(void **state)
{
    static const char left[] = "pgclone_scratch_00000000000000b0_0|~|f|f|1|~\n";
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    template_attempt_look(left, true);
    template_attempt_look(left, true);
    template_attempt_look(NULL, true);
    assert_makes(&attempt);
    scripted_session_assert_order("DROP DATABASE IF EXISTS \"pgclone_scratch_00000000000000b0_0\"",
                                  "FILL");
}

/* Without this two templates are given one name after a lost connection: the lock went with it. */
static void test_another_came_first_after_a_lost_connection(void **state)
{
    (void)state;

    for (int locked = 0; locked < 2; locked++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        bool changed = false;

        begin(&attempt);
        template_attempt_look(NULL, true);
        template_attempt_look(locked ? THERE "|f|t|0|~\n" : NULL, locked);
        assert_false(make(&attempt, (struct filling){0}, &changed));
        assert_int_equal(attempt.err.kind, ERROR_CONNECTION);
        assert_non_null(attempt.err.hint);
        assert_false(scripted_session_was_called("IS_TEMPLATE"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_sealed_before_it_is_named),
        cmocka_unit_test(test_a_failure_leaves_nothing),
        cmocka_unit_test(test_what_is_not_wanted_after_all),
        cmocka_unit_test(test_one_that_is_there_is_replaced_at_once),
        cmocka_unit_test(test_an_old_one_that_cannot_be_dropped),
        cmocka_unit_test(test_one_that_is_half_dropped_is_dropped),
        cmocka_unit_test(test_what_a_dead_maker_left_goes_first),
        cmocka_unit_test(test_another_came_first_after_a_lost_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
