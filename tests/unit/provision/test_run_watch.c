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

#define MADE_INSIDE(name)                                                                          \
    name "|pgclone:{\"v\":1,\"project\":\"shop\",\"run\":\"r1\",\"worker\":\"gw0\",\"template\":"  \
         "\"shop\",\"lease\":\"" FIXTURE_RUN_LEASE                                                 \
         "\",\"created\":\"2026-11-22T10:00:00Z\",\"host\":\"build1\",\"pid\":12,\"inside\":"      \
         "\"circ\","                                                                               \
         "\"maker\":\"00000000000000b0\"}|f|f|0|~\n"
#define OWN(name) name "|" FIXTURE_MARK("circ", "\"r1\"", "gw9", FIXTURE_RUN_LEASE) "|f|f|0|~\n"

/* A worker that the run knew, one that came later, and what a create inside it made. */
static const char *const kept[TABLE_SETS] = {[LOOK_DATABASES] = FIXTURE_DATABASES OWN("circ_gw0")
                                                 OWN("circ_gw9") MADE_INSIDE("shop_gw0")};

/* Each database gets the mark of a plain create, durably: no later run of the project may take it
 * for a dead one's. What else the mark says stays as it is. */
static void test_keep_marks_every_database(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct run_kept out OWNED(run_kept_release) = {0};
    const char *calls;
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(kept);
    assert_true(run_watch_keep(&attempt.session, &out, &attempt.err));
    calls = scripted_session_calls();
    assert_non_null(strstr(calls, TRY "keeping 3 over"));
    assert_non_null(strstr(calls, "RESET synchronous_commit\nCOMMENT ON DATABASE \"circ_gw0\""));
    assert_non_null(strstr(calls, "RESET synchronous_commit\nCOMMENT ON DATABASE \"circ_gw9\""));
    assert_non_null(strstr(
        calls, "COMMENT ON DATABASE \"shop_gw0\" IS 'pgclone:{\"v\":1,\"project\":\"shop\","
               "\"run\":\"r1\",\"worker\":\"gw0\",\"template\":\"shop\",\"lease\":\"" FIXTURE_LEASE
               "\",\"created\":\"2026-11-22T10:00:00Z\",\"host\":\"build1\",\"pid\":12,"
               "\"inside\":\"circ\",\"maker\":\"00000000000000b0\"}'"));
    assert_null(strstr(calls, FIXTURE_RUN_LEASE));
    assert_int_equal(out.databases.count, 3);
}

/* `--keep` is known from the start: the lease is one of a plain create, and no mark changes. */
static void test_keep_leaves_marks_that_are_good_already(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "circ_gw0|" FIXTURE_MARK("circ", "\"r1\"", "gw0", FIXTURE_LEASE) "|f|f|0|~\n"};
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct run_kept out OWNED(run_kept_release) = {0};
    (void)state;

    attempt_init(&attempt);
    assert_true(lease_read(FIXTURE_LEASE, &attempt.session.lease));
    scripted_session_finds(sets);
    assert_true(run_watch_keep(&attempt.session, &out, &attempt.err));
    assert_string_equal(scripted_session_calls(), "open\n" TRY);
    assert_int_equal(out.databases.count, 1);
}

/* One mark that cannot be written is a failure, though the others can. */
static void test_keep_tells_what_could_not_be_marked(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct run_kept out OWNED(run_kept_release) = {0};
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(kept);
    scripted_session_fails("\"circ_gw0\" IS", ERROR_CONNECTION, "", 1);
    assert_false(run_watch_keep(&attempt.session, &out, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_CONNECTION);
    assert_non_null(strstr(scripted_session_calls(), "\"circ_gw9\" IS"));
    assert_int_equal(out.databases.count, 3);
}

/* A server that was restarted under the run is tried again, as for dropping. */
static void test_keep_tries_a_lost_server_again(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct run_kept out OWNED(run_kept_release) = {0};
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(kept);
    scripted_session_fails("look", ERROR_CONNECTION, "", 2);
    assert_true(run_watch_keep(&attempt.session, &out, &attempt.err));
    assert_false(error_is_set(&attempt.err));
    assert_int_equal(out.databases.count, 3);
}

/* The user who keeps the workers' databases must know what else is left; and they are marked all
 * the same. */
static void test_what_was_handed_out_cannot_be_dropped(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\npgclone_scratch_" FIXTURE_RUN_LEASE "_7|t\n",
        [LOOK_DATABASES] = FIXTURE_DATABASES OWN("circ_gw0") "pgclone_scratch_" FIXTURE_RUN_LEASE
                                                             "_7|~|f|f|0|~\n"};
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct run_kept out OWNED(run_kept_release) = {0};
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(sets);
    scripted_session_fails("DROP DATABASE", ERROR_SERVER, "55006", 1);
    assert_false(run_watch_keep(&attempt.session, &out, &attempt.err));
    assert_string_equal(attempt.err.message,
                        "could not drop the copies that were handed out: refused");
    assert_non_null(strstr(scripted_session_calls(), "COMMENT ON DATABASE \"circ_gw0\""));
    assert_int_equal(out.databases.count, 1);
}

/* Whoever asked to keep them must know that a later run may take them for a dead one's. */
static void test_what_is_to_be_kept_cannot_be_found(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct run_kept out OWNED(run_kept_release) = {0};
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("look", ERROR_SERVER, "55006", 1);
    assert_false(run_watch_keep(&attempt.session, &out, &attempt.err));
    assert_string_equal(attempt.err.message, "could not find the databases of this run: refused");
    assert_int_equal(out.databases.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drop_tries_a_lost_server_again),
        cmocka_unit_test(test_drop_gives_up_and_says_who_removes_them),
        cmocka_unit_test(test_drop_tells_a_refusal_at_once),
        cmocka_unit_test(test_keep_marks_every_database),
        cmocka_unit_test(test_keep_leaves_marks_that_are_good_already),
        cmocka_unit_test(test_keep_tells_what_could_not_be_marked),
        cmocka_unit_test(test_keep_tries_a_lost_server_again),
        cmocka_unit_test(test_what_was_handed_out_cannot_be_dropped),
        cmocka_unit_test(test_what_is_to_be_kept_cannot_be_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
