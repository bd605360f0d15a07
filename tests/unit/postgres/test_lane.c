/* A lane: its session's set-up, its job's statements, and when there is something to look at. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: slot_turns.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/lane.h"
#include "scripted_libpq.h"
#include "slot_turns.h"

static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_QUIET);
    scripted_begin();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scripted_end();
    return 0;
}

static void start(struct lane *lane)
{
    lane_init(lane, 1, &slot_turns_target);
    slot_connect(&lane->slot, 0, clock_now_ms());
}

/* News that are not seen are a run that hangs; news where there are none, one that spins. */
static void test_news(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    (void)state;

    lane_init(&lane, 1, &slot_turns_target);
    assert_false(lane_event_pending(&lane));
    start(&lane);
    assert_false(lane_event_pending(&lane));
    slot_turn_to_rest(&lane.slot);
    assert_true(lane_event_pending(&lane));
    assert_false(lane_is_idle(&lane));
    lane_prepare(&lane, memory_copy_string("SETUP"), 0);
    assert_int_equal(lane.state, LANE_PREPARING);
    assert_false(lane_event_pending(&lane));
    slot_turn_to_rest(&lane.slot);
    assert_true(lane_event_pending(&lane));
    assert_false(lane_is_idle(&lane));
    lane_prepared(&lane);
    assert_null(lane.setup);
    assert_false(lane_event_pending(&lane));
    assert_true(lane_is_idle(&lane));
    assert_string_equal(scripted_done(), "[1] SETUP\n");
}

/* A connect that failed at once is news, one that was refused and looked at is not. */
static void test_news_of_a_failed_connect(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.bad_at_once = true});
    start(&lane);
    assert_true(lane_event_pending(&lane));
    assert_false(lane_is_unused(&lane));
    lane.state = LANE_REFUSED;
    assert_false(lane_event_pending(&lane));
    assert_false(lane_is_unused(&lane));
}

/* An idle connection that the server has ended is news, too: another one is to be made. */
static void test_an_end_while_idle_is_news(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    (void)state;

    start(&lane);
    slot_turn_to_rest(&lane.slot);
    lane.state = LANE_READY;
    assert_false(lane_event_pending(&lane));
    scripted_end_idle(1);
    slot_turn(&lane.slot);
    assert_true(lane_event_pending(&lane));
    assert_false(lane_is_idle(&lane));
    lane_close(&lane);
    assert_false(lane_event_pending(&lane));
}

/* The statement that is sent is the one the job is at; a lost connection is tolerated by nothing.
 */
static void test_statements_of_a_job(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    struct job job OWNED(job_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "TWO", .sqlstate = "42501"});
    scripted_answer((struct scripted_answer){.sql = "THREE", .sqlstate = "42704"});
    scripted_answer((struct scripted_answer){.sql = "FOUR", .lost = true});
    job_init(&job, "job");
    job_add(&job, memory_copy_string("ONE"), NULL, "do one");
    job_add(&job, memory_copy_string("TWO"), "42501", "do two");
    job_add(&job, memory_copy_string("THREE"), "42501", "do three");
    job_add(&job, memory_copy_string("FOUR"), "42501", "do four");
    start(&lane);
    slot_turn_to_rest(&lane.slot);
    lane.state = LANE_READY;
    lane.job = &job;
    for (job.next = 0; job.next < job.count; job.next++) {
        lane_send_statement(&lane, 0);
        slot_turn_to_rest(&lane.slot);
        assert_true(lane_event_pending(&lane));
        assert_int_equal(lane_may_go_on(&lane), job.next < 2);
        assert_int_equal(error_is_set(&lane.slot.error), job.next >= 2);
    }
    assert_string_equal(scripted_sent(), "[1] ONE\n[1] TWO\n[1] THREE\n[1] FOUR\n");
}

/* Only the database's name differs between its connections; closed, it is an ordinary lane again.
 */
static void test_a_connection_to_another_database(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    const char *const *values;
    (void)state;

    lane_init(&lane, 1, &slot_turns_target);
    assert_true(lane_is_unused(&lane));
    assert_true(lane_is_in(&lane, NULL));
    assert_false(lane_is_in(&lane, "own"));
    lane_connect(&lane, "a", 0);
    slot_turn_to_rest(&lane.slot);
    assert_false(lane_is_away(&lane));
    lane.state = LANE_READY;
    assert_true(lane_is_away(&lane));
    assert_true(lane_is_in(&lane, "a"));
    assert_false(lane_is_in(&lane, "b"));
    assert_false(lane_is_in(&lane, NULL));
    values = lane.slot.target->values;
    assert_string_equal(values[0], slot_turns_target.values[0]);
    assert_string_equal(values[2], slot_turns_target.values[2]);
    assert_null(values[3]);
    assert_ptr_equal(lane.slot.target->keywords, slot_turns_target.keywords);
    assert_int_equal(lane.slot.target->connect_timeout_ms, 10000);
    lane_connect(&lane, NULL, 0);
    assert_true(lane_is_in(&lane, NULL));
    assert_int_equal(scripted_open(), 1);
    assert_string_equal(scripted_database(1), "a");
    assert_string_equal(scripted_database(2), "own");
    lane_connect(&lane, "b", 0);
    assert_string_equal(scripted_database(3), "b");
    lane_close(&lane);
    assert_true(lane_is_in(&lane, NULL));
    assert_ptr_equal(lane.slot.target, &slot_turns_target);
}

/* A statement that is sent to a session that was ended would be lost: it is looked at before. */
static void test_an_idle_lane_that_was_ended_is_not_quiet(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    (void)state;

    start(&lane);
    slot_turn_to_rest(&lane.slot);
    assert_true(lane_is_quiet(&lane));
    assert_true(lane_is_quiet(&lane));
    scripted_end_idle(1);
    assert_false(lane_is_quiet(&lane));
    assert_false(lane_is_quiet(&lane));
}

/* Whether the server has crashed is asked in the middle of a statement, too. */
static void test_a_lane_that_has_ended(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    (void)state;

    start(&lane);
    assert_true(lane_has_ended(&lane)); /* it is not there yet */
    slot_turn_to_rest(&lane.slot);
    lane_prepare(&lane, memory_copy_string("SETUP"), 0);
    slot_turn_to_rest(&lane.slot);
    lane_prepared(&lane);
    assert_false(lane_has_ended(&lane));
    slot_send(&lane.slot, "A", 0, clock_now_ms());
    assert_false(lane_has_ended(&lane));
    slot_turn_to_rest(&lane.slot);
    assert_false(lane_has_ended(&lane));
    scripted_end_idle(1);
    assert_true(lane_has_ended(&lane));
    lane_close(&lane);
    assert_true(lane_has_ended(&lane));
}

/* Closed in the middle of its set-up, it can start again, and leaks nothing (teardown looks). */
static void test_close(void **state)
{
    struct lane lane OWNED(lane_release) = {0};
    (void)state;

    start(&lane);
    slot_turn_to_rest(&lane.slot);
    lane_prepare(&lane, memory_copy_string("SETUP"), 0);
    lane_close(&lane);
    assert_int_equal(lane.state, LANE_UNPREPARED);
    assert_null(lane.setup);
    assert_false(lane_event_pending(&lane));
    assert_int_equal(scripted_open(), 0);
    slot_connect(&lane.slot, 0, clock_now_ms());
    slot_turn_to_rest(&lane.slot);
    lane_prepare(&lane, memory_copy_string("SETUP"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_news),
        TEST(test_news_of_a_failed_connect),
        TEST(test_an_end_while_idle_is_news),
        TEST(test_statements_of_a_job),
        TEST(test_a_connection_to_another_database),
        TEST(test_an_idle_lane_that_was_ended_is_not_quiet),
        TEST(test_a_lane_that_has_ended),
        TEST(test_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
