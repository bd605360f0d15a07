/* The end of a run: its databases are dropped, or kept, whatever the server does meanwhile. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/provision/run_watch.h"
#include "provision_fixture.h"
#include "scripted_session.h"

#define TRY "persist\nkeep first\nlook\n"

/* A run's, with the fixture's lease. */
static void attempt_init(struct scripted_attempt *attempt)
{
    scripted_attempt_init(attempt, 2);
    assert_true(session_open(&attempt->scope, LEASE_RUN, &attempt->session, NULL));
    memcpy(attempt->session.lease.text, FIXTURE_RUN_LEASE, LEASE_TEXT_SIZE);
    attempt->session.lease.key = lease_key_of(FIXTURE_RUN_LEASE);
}

/* A server that was restarted under the run: its databases are dropped as soon as it is back. */
static void test_drop_tries_a_lost_server_again(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("look", ERROR_CONNECTION, "", 2);
    assert_true(run_watch_drop(&attempt.session, &attempt.err));
    assert_false(error_is_set(&attempt.err));
    assert_string_equal(scripted_session_calls(), "open\n" TRY TRY TRY);
}

/* Not for longer than `wait`; and then it is said who removes them. */
static void test_drop_gives_up_and_says_who_removes_them(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt);
    attempt.settings.wait_s = 0;
    scripted_session_fails("look", ERROR_CONNECTION, "", 100);
    assert_false(run_watch_drop(&attempt.session, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_CONNECTION);
    assert_string_equal(attempt.err.message, "could not drop the databases of this run: refused");
    assert_non_null(strstr(attempt.err.hint, "next run"));
    assert_string_equal(scripted_session_calls(), "open\n" TRY);
}

/* What the server refuses, it refuses again. */
static void test_drop_tells_a_refusal_at_once(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("look", ERROR_SERVER, "55006", 100);
    assert_false(run_watch_drop(&attempt.session, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_SERVER);
    assert_string_equal(scripted_session_calls(), "open\n" TRY);
}

/* Each database gets the mark of a plain create, durably: no later run of the project may take it
 * for a dead one's. */
static void test_keep_marks_every_database(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    const char *calls;
    (void)state;

    attempt_init(&attempt);
    assert_true(run_watch_keep(&attempt.session, &attempt.err));
    calls = scripted_session_calls();
    assert_non_null(strstr(calls, "persist\nkeeping 2 over"));
    assert_non_null(strstr(calls, "RESET synchronous_commit\nCOMMENT ON DATABASE \"circ_gw0\""));
    assert_non_null(strstr(calls, "RESET synchronous_commit\nCOMMENT ON DATABASE \"circ_gw1\""));
    assert_non_null(strstr(calls, "\"lease\":\"" FIXTURE_LEASE "\""));
    assert_null(strstr(calls, FIXTURE_RUN_LEASE));
}

/* One mark that cannot be written is a failure, though the others can. */
static void test_keep_tells_what_could_not_be_marked(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("\"circ_gw0\" IS", ERROR_CONNECTION, "", 1);
    assert_false(run_watch_keep(&attempt.session, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_CONNECTION);
    assert_non_null(strstr(scripted_session_calls(), "\"circ_gw1\" IS"));
}

/* The user who keeps the workers' databases must know what else is left. */
static void test_what_was_handed_out_cannot_be_dropped(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt);
    assert_true(run_watch_drop_copies(&attempt.session, &attempt.err));
    scripted_session_fails("look", ERROR_SERVER, "55006", 1);
    assert_false(run_watch_drop_copies(&attempt.session, &attempt.err));
    assert_string_equal(attempt.err.message,
                        "could not drop the copies that were handed out: refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drop_tries_a_lost_server_again),
        cmocka_unit_test(test_drop_gives_up_and_says_who_removes_them),
        cmocka_unit_test(test_drop_tells_a_refusal_at_once),
        cmocka_unit_test(test_keep_marks_every_database),
        cmocka_unit_test(test_keep_tells_what_could_not_be_marked),
        cmocka_unit_test(test_what_was_handed_out_cannot_be_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
