/* Templates whose copies note their changes: made once for each state of what they are made from,
 * and refused where an undo could not be proven. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: template_fixture.c
// links: watched_fixture.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/watched.h"
#include "provision_fixture.h"
#include "template_fixture.h"
#include "watched_fixture.h"

#define FIRST "16384/0"
#define LATER "16384/1"
#define INSTALLS ": -- The schema \"pgclone\""

static void begin(struct scripted_attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_attempt_init(attempt, 1);
    scripted_attempt_undoes(attempt);
    attempt->scope.watched->name[0] = '\0';
    assert_true(session_open(&attempt->scope, LEASE_CREATE, &attempt->session, NULL));
    template_attempt_begin_looks();
}

static void assert_ready(struct scripted_attempt *attempt, struct template_ready *ready)
{
    if (!watched_ready(&attempt->session, ready, &attempt->err))
        fail_msg("%s", attempt->err.message);
    assert_ptr_equal(attempt->session.scope, &attempt->scope);
}

static void assert_refused(struct scripted_attempt *attempt, enum error_kind kind, const char *says)
{
    struct template_ready ready = {0};

    assert_false(watched_ready(&attempt->session, &ready, &attempt->err));
    assert_int_equal(attempt->err.kind, kind);
    if (strstr(attempt->err.message, says) == NULL)
        fail_msg("%s", attempt->err.message);
    assert_ptr_equal(attempt->session.scope, &attempt->scope);
    assert_false(scripted_session_was_called("IS_TEMPLATE"));
}

/* Without this every create takes more than one round trip, or makes a template again. */
static void test_one_that_is_there_is_used(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    (void)state;

    begin(&attempt);
    watched_fixture_says(FIRST, false, true);
    assert_ready(&attempt, &ready);
    assert_string_equal(attempt.scope.template_name, watched_fixture_name(FIRST));
    assert_string_equal(scripted_session_calls(), "open\nquery: look at the template\n");
}

/* Cloned, marked, watched from within, sealed, and only then named; what it is made from stays. */
static void test_one_that_is_missing_is_made(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    char locked[128];
    (void)state;

    begin(&attempt);
    watched_fixture_says(FIRST, false, false);
    template_attempt_look(NULL, true);
    assert_ready(&attempt, &ready);
    (void)snprintf(locked, sizeof locked, "look %s\n", watched_fixture_name(FIRST));
    scripted_session_assert_order(locked, "CREATE DATABASE \"pgclone_scratch_");
    scripted_session_assert_order("CREATE DATABASE", "TEMPLATE \"circ\" ");
    scripted_session_assert_order("TEMPLATE \"circ\" ", "\"use\":\"template\"");
    scripted_session_assert_order("\"use\":\"template\"", INSTALLS);
    scripted_session_assert_order(INSTALLS, "ALLOW_CONNECTIONS false");
    scripted_session_assert_order("ALLOW_CONNECTIONS false", "IS_TEMPLATE true");
    scripted_session_assert_order("IS_TEMPLATE true", "unlock circ_");
    assert_true(scripted_session_was_called("\"template\":\"circ\""));
    assert_false(scripted_session_was_called("ALTER DATABASE \"circ\""));
    assert_int_equal(scripted_session_times_called("CREATE DATABASE"), 1);
}

/* Without this sixteen jobs that begin together make it sixteen times. */
static void test_another_maker_is_waited_for(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    char line[512];
    (void)state;

    begin(&attempt);
    watched_fixture_says(FIRST, false, false);
    template_attempt_look(NULL, false);
    (void)snprintf(line, sizeof line, "%s|" TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|t|0|~\n",
                   watched_fixture_name(FIRST));
    template_attempt_look(line, false);
    assert_ready(&attempt, &ready);
    assert_int_equal(scripted_session_times_called("look circ_"), 2);
    assert_false(scripted_session_was_called("CREATE DATABASE"));
}

/* Without this what somebody is changing in the template is not in the copies, for ever. */
static void test_who_is_in_the_template_is_waited_for(void **state)
{
    static const char *const used[TABLE_SETS] = {[LOOK_SESSIONS] =
                                                     "pid|role|application\n11|app|psql\n"};
    static const char *const unused[TABLE_SETS] = {0};
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    (void)state;

    begin(&attempt);
    watched_fixture_says(FIRST, true, true);
    watched_fixture_says(LATER, false, true);
    scripted_session_finds(used);
    scripted_session_finds(unused);
    assert_ready(&attempt, &ready);
    assert_string_equal(attempt.scope.watched->name, watched_fixture_name(LATER));
    assert_string_equal(scripted_session_calls(), "open\nquery: look at the template\nlook\nlook\n"
                                                  "query: look at the template\n");
}

/* As a create tells it, a plan of one as well. */
static void test_what_it_is_made_from_is_missing(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_TEMPLATE] = "owner|owned|is_template|connection_limit|has_grants|folder|size\n"};
    (void)state;

    for (int dry_run = 0; dry_run < 2; dry_run++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        struct template_ready ready = {.dry_run = dry_run};

        begin(&attempt);
        scripted_session_gives("look at the template", "facts|busy|may_replay|role\n", 1);
        scripted_session_finds(sets);
        assert_false(watched_ready(&attempt.session, &ready, &attempt.err));
        assert_int_equal(attempt.err.kind, ERROR_SERVER);
        assert_string_equal(attempt.err.message, "the template database \"circ\" does not exist");
    }
}

/* Without this a wrong setting is noticed by a wrong test. */
static void test_an_old_server_is_refused(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    scripted_session_is(140012, NULL);
    assert_refused(&attempt, ERROR_USAGE, "PostgreSQL 14) cannot prove");
    assert_string_equal(attempt.err.hint, "It takes PostgreSQL 15; use swap.");
}

/* Whoever may not keep triggers from firing learns what to grant, before anything is made. */
static void test_the_role_must_be_able_to_put_rows_back(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    scripted_session_gives("look at the template",
                           "facts|busy|may_replay|role\nx|f|f|tester\n\n"
                           "name|comment|invalid|sealed\n",
                           1);
    assert_refused(&attempt, ERROR_PRIVILEGE, "role \"tester\" may not set");
    assert_non_null(
        strstr(attempt.err.hint, "GRANT SET ON PARAMETER session_replication_role TO \"tester\""));
}

/* Without this half a template is left where a table belongs to somebody else. */
static void test_a_refusal_in_the_middle_leaves_nothing(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt);
    watched_fixture_says(FIRST, false, false);
    template_attempt_look(NULL, true);
    scripted_session_fails(INSTALLS, ERROR_PRIVILEGE, "PGC06", 1);
    assert_refused(&attempt, ERROR_PRIVILEGE, "refused");
    scripted_session_assert_order(INSTALLS, "persist");
    scripted_session_assert_order("persist", "unlock circ_");
}

/* Without this a dry run changes the server. */
static void test_a_dry_run_makes_nothing(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {.dry_run = true};
    (void)state;

    begin(&attempt);
    watched_fixture_says(FIRST, true, false);
    assert_ready(&attempt, &ready);
    assert_true(ready.missing);
    assert_string_equal(attempt.scope.watched->name, watched_fixture_name(FIRST));
    assert_string_equal(scripted_session_calls(), "open\nquery: look at the template\n");
}

/* `template build --force` makes it anew in place of the one that is there. */
static void test_force(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {.force = true};
    (void)state;

    begin(&attempt);
    watched_fixture_says(FIRST, false, true);
    template_attempt_look(NULL, true);
    assert_ready(&attempt, &ready);
    assert_true(scripted_session_was_called(INSTALLS));
}

/* `template list` shows what is there to whoever may look, and on any server. */
static void test_the_name_alone(void **state)
{
    static const char refused[] = "facts|busy|may_replay|role\n" FIRST "|t|f|app\n\n"
                                  "name|comment|invalid|sealed\n";
    (void)state;

    for (int old = 0; old < 2; old++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);

        begin(&attempt);
        scripted_session_is(old ? 140012 : 150000, NULL);
        scripted_session_gives("look at the template", refused, 1);
        assert_true(watched_name(&attempt.session, &attempt.err));
        assert_string_equal(attempt.scope.watched->name, old ? "" : watched_fixture_name(FIRST));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_is_there_is_used),
        cmocka_unit_test(test_one_that_is_missing_is_made),
        cmocka_unit_test(test_another_maker_is_waited_for),
        cmocka_unit_test(test_who_is_in_the_template_is_waited_for),
        cmocka_unit_test(test_what_it_is_made_from_is_missing),
        cmocka_unit_test(test_an_old_server_is_refused),
        cmocka_unit_test(test_the_role_must_be_able_to_put_rows_back),
        cmocka_unit_test(test_a_refusal_in_the_middle_leaves_nothing),
        cmocka_unit_test(test_a_dry_run_makes_nothing),
        cmocka_unit_test(test_force),
        cmocka_unit_test(test_the_name_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
