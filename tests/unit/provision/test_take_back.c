/* Taking back what was made: what is dropped, and what is left to others. */
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

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/provision/take_back.h"
#include "provision_fixture.h"
#include "scripted_clock.h"
#include "scripted_session.h"

#define BEGIN "persist\nkeep first\nlook\n"
#define DROP(name) "DROP DATABASE IF EXISTS \"" name "\" WITH (FORCE)\n"

/* Of another process. */
#define DEAD_LEASE "00000000000000b1"

/* INT64_MIN + 160: what every session of the process with FIXTURE_LEASE holds. */
#define OWN_SESSION_KEY "-9223372036854775648"

struct attempt {
    struct scripted_attempt base;
    int64_t began_ms;
};

/* The session's lease is the fixture's. */
static void attempt_init(struct attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_attempt_init(&attempt->base, 2);
    scripted_clock_reset();
    attempt->base.session.lease.key = lease_key_of(FIXTURE_LEASE);
    memcpy(attempt->base.session.lease.text, FIXTURE_LEASE, LEASE_TEXT_SIZE);
    attempt->began_ms = clock_now_ms();
}

static void attempt_release(struct attempt *attempt)
{
    scripted_attempt_release(&attempt->base);
}

static int64_t attempt_ms(const struct attempt *attempt)
{
    return clock_now_ms() - attempt->began_ms;
}

/* In the order of their names: ours, another's, ours but not finished. */
static const char made[] = FIXTURE_DATABASES "circ_gw0|" FIXTURE_MARK(
    "circ", "null", "gw0",
    FIXTURE_LEASE) "|f|f|0|~\n"
                   "circ_gw1|" FIXTURE_MARK("circ", "null", "gw1",
                                            DEAD_LEASE) "|f|f|0|~\n"
                                                        "pgclone_scratch_" FIXTURE_LEASE
                                                        "_2|~|f|f|0|~\n";

static const char *const some_made[TABLE_SETS] = {[LOOK_DATABASES] = made};

/* The session that looks, and one whose client is gone. */
static const char *const still_at_work[TABLE_SETS] = {
    [LOOK_MAKERS] =
        FIXTURE_LEASES FIXTURE_HOLDER(OWN_SESSION_KEY, "7") FIXTURE_HOLDER(OWN_SESSION_KEY, "31"),
    [LOOK_DATABASES] = made};

/* All that bears our lease goes, finished or not; nothing else does. Sessions of ours that the
 * server believes to be alive are ended before, so that they make nothing more. */
static void test_takes_back_what_is_its_own(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(still_at_work);
    scripted_session_finds(some_made);
    take_back(&attempt.base.session, false);
    assert_string_equal(scripted_session_calls(),
                        BEGIN "terminate 31\nlook\n"
                              "look circ_gw0 pgclone_scratch_" FIXTURE_LEASE "_2\n"
                              "dropping 2 over 2\n" DROP("circ_gw0")
                                  DROP("pgclone_scratch_" FIXTURE_LEASE "_2"));
}

/* Others have taken us for dead since, and are at work on a name, or have a database of their own
 * there by now. */
static void test_leaves_what_others_have_taken_over(void **state)
{
    static const char *const locked[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\ncirc_gw0|f\npgclone_scratch_" FIXTURE_LEASE "_2|t\n",
        [LOOK_DATABASES] = made};
    static const char *const replaced[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "circ_gw0|" FIXTURE_MARK("circ", "null", "gw0", DEAD_LEASE) "|f|f|0|~\n"
                                                                    "pgclone_scratch_" FIXTURE_LEASE
                                                                    "_2|~|f|f|0|~\n"};
    static const char *const *const then[] = {locked, replaced};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        scripted_session_finds(some_made);
        scripted_session_finds(then[i]);
        take_back(&attempt.base.session, false);
        assert_true(scripted_session_was_called("dropping 1 over"));
        assert_true(scripted_session_was_called(DROP("pgclone_scratch_" FIXTURE_LEASE "_2")));
        assert_false(scripted_session_was_called(DROP("circ_gw0")));
    }
}

/* The idle first connection may have been lost with the one that failed: a new one does. */
static void test_a_lost_connection_is_tried_again(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(some_made);
    scripted_session_fails("look", ERROR_CONNECTION, "", 1);
    take_back(&attempt.base.session, false);
    assert_true(scripted_session_was_called(BEGIN BEGIN));
    assert_true(scripted_session_was_called("dropping 2 over 2\n" DROP("circ_gw0")));
}

/* But once, and only that: what is wrong with the server will not pass by itself. */
static void test_taking_back_is_given_up(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(some_made);
    scripted_session_fails("look", ERROR_SERVER, "", 1);
    take_back(&attempt.base.session, false);
    assert_string_equal(scripted_session_calls(), BEGIN);
}

/* Sessions of ours that do not end: nothing may be dropped beside them, and it is said. */
static void test_sessions_that_do_not_end_are_told(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(still_at_work);
    assert_false(take_back_all(&attempt.base.session, 20000, &attempt.base.err));
    assert_non_null(strstr(attempt.base.err.message, "did not end"));
    assert_false(scripted_session_was_called("dropping"));
    assert_in_range(attempt_ms(&attempt), 10000, 60000);
}

#define USED(name, lease, use)                                                                     \
    name "|pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,\"worker\":\"w\",\"template\":null," \
         "\"lease\":\"" lease "\",\"created\":\"c\",\"host\":\"h\",\"pid\":1" use "}|f|f|0|~\n"
#define MADE_INSIDE(maker) ",\"inside\":\"circ\",\"maker\":\"" maker "\""

/* A run's: a worker's, a copy in somebody's hands, what creates inside have made and what one that
 * was killed has left, a scratch database and a spare. */
static const char *const of_a_run[TABLE_SETS] = {
    [LOOK_LOCKS] = "name|locked\nmine|t\npgclone_scratch_" DEAD_LEASE
                   "_0|t\npgclone_scratch_" FIXTURE_LEASE "_1000002|t\nspare|t\n",
    [LOOK_DATABASES] = FIXTURE_DATABASES USED("circ_gw0", FIXTURE_LEASE, "")
        USED("mine", FIXTURE_LEASE, ",\"use\":\"taken\"")
            USED("pgclone_scratch_" DEAD_LEASE "_0", FIXTURE_LEASE, MADE_INSIDE(DEAD_LEASE))
                USED("pgclone_scratch_" FIXTURE_LEASE "_1000002", FIXTURE_LEASE, "")
                    USED("shop_gw10", FIXTURE_LEASE, MADE_INSIDE(DEAD_LEASE))
                        USED("shop_gw9", FIXTURE_LEASE, MADE_INSIDE(DEAD_LEASE))
                            USED("spare", FIXTURE_LEASE, ",\"use\":\"spare\"")
                                USED("strange", DEAD_LEASE, "")};

/* Nobody joins a run that has begun to look for what belongs to it. */
static void test_the_joining_ends_before_the_look(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    attempt.base.session.may_be_joined = true;
    assert_true(take_back_all(&attempt.base.session, 20000, &attempt.base.err));
    assert_string_equal(scripted_session_calls(), "persist\nkeep first\nend joining\nlook\n");
}

/* A create inside a run that is at work for another role does not keep the run from dropping. */
static void test_sessions_out_of_reach_are_left(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(still_at_work);
    scripted_session_fails("terminate", ERROR_PRIVILEGE, "42501", 1);
    assert_true(take_back_all(&attempt.base.session, 20000, &attempt.base.err));
    assert_true(scripted_session_was_called(BEGIN "terminate 31\nlook\nlook circ_gw0"));
    assert_true(scripted_session_was_called(DROP("circ_gw0")));
}

/* `run --keep`: nobody asked to keep what was handed out. */
static void test_copies_go_and_workers_databases_stay(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    struct inventory found OWNED(inventory_release) = {0};
    struct selected_list rest OWNED(selected_list_release) = {0};
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(of_a_run);
    assert_true(take_back_copies(&attempt.base.session, 20000, &found, &rest, &attempt.base.err));
    assert_true(scripted_session_was_called("dropping 4 over"));
    assert_true(scripted_session_was_called(DROP("mine")));
    assert_true(scripted_session_was_called(DROP("spare")));
    assert_true(scripted_session_was_called(DROP("pgclone_scratch_" DEAD_LEASE "_0")));
    assert_true(scripted_session_was_called(DROP("pgclone_scratch_" FIXTURE_LEASE "_1000002")));
    assert_int_equal(rest.count, 3);
    assert_string_equal(rest.items[0].database->name, "circ_gw0");
    assert_string_equal(rest.items[1].database->name, "shop_gw9");
    assert_string_equal(rest.items[2].database->name, "shop_gw10");
}

/* What stays is to be told also where the copies could not be dropped, but not without a look. */
static void test_what_stays_is_known_after_a_failure(void **state)
{
    for (int looks = 0; looks < 2; looks++) {
        struct attempt attempt OWNED(attempt_release);
        struct inventory found OWNED(inventory_release) = {0};
        struct selected_list rest OWNED(selected_list_release) = {0};
        (void)state;

        attempt_init(&attempt);
        scripted_session_finds(of_a_run);
        scripted_session_fails(looks == 1 ? "\"mine\"" : "look", ERROR_SERVER, "55006", 1);
        assert_false(
            take_back_copies(&attempt.base.session, 20000, &found, &rest, &attempt.base.err));
        assert_int_equal(rest.count, looks == 1 ? 3 : 0);
    }
}

/* A create inside a run that fails: what it made itself goes, and the run's and other creates'
 * databases stay. */
static void test_a_create_inside_a_run_takes_back_what_it_made(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\nown|t\n",
        [LOOK_DATABASES] =
            FIXTURE_DATABASES USED("other", FIXTURE_RUN_LEASE, MADE_INSIDE(DEAD_LEASE))
                USED("own", FIXTURE_RUN_LEASE, MADE_INSIDE(FIXTURE_LEASE))
                    USED("run", FIXTURE_RUN_LEASE, "")};
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(sets);
    take_back(&attempt.base.session, false);
    assert_true(scripted_session_was_called("dropping 1 over 1\n" DROP("own")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_back_what_is_its_own),
        cmocka_unit_test(test_leaves_what_others_have_taken_over),
        cmocka_unit_test(test_a_lost_connection_is_tried_again),
        cmocka_unit_test(test_taking_back_is_given_up),
        cmocka_unit_test(test_sessions_that_do_not_end_are_told),
        cmocka_unit_test(test_sessions_out_of_reach_are_left),
        cmocka_unit_test(test_the_joining_ends_before_the_look),
        cmocka_unit_test(test_copies_go_and_workers_databases_stay),
        cmocka_unit_test(test_what_stays_is_known_after_a_failure),
        cmocka_unit_test(test_a_create_inside_a_run_takes_back_what_it_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
