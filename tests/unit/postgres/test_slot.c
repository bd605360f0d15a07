/* One connection's states and transitions; what goes wrong is in test_slot_faults.c. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: slot_turns.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "scripted_clock.h"
#include "scripted_libpq.h"
#include "slot_turns.h"

static int setup(void **state)
{
    (void)state;
    scripted_begin();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scripted_end();
    return 0;
}

/* Polling for the wrong event makes connects hang: libpq says that the first wait is for writing.
 */
static void test_connect_waits_for_what_libpq_says(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.polls = "rwro", .delay_ms = 5});
    slot_init(&slot, 1, &slot_turns_target);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_int_equal(slot_events(&slot), 0);
    assert_int_equal(slot_descriptor(&slot), -1);
    slot_connect(&slot, 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_CONNECTING);
    assert_int_equal(slot_events(&slot), POLLOUT);
    slot_turn(&slot);
    assert_int_equal(slot_events(&slot), POLLIN);
    slot_turn(&slot);
    assert_int_equal(slot_events(&slot), POLLOUT);
    slot_turn(&slot);
    assert_int_equal(slot_events(&slot), POLLIN);
    assert_int_equal(slot.state, SLOT_CONNECTING);
    slot_turn(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_false(slot_is_busy(&slot));
    assert_int_equal(slot_events(&slot), POLLIN); /* the server may end it */
}

/* With several hosts libpq goes on with another socket: an old number would be polled for ever, or
 * be that of another file by then. */
static void test_descriptor_is_asked_anew(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    int before;
    (void)state;

    scripted_connect(1, (struct scripted_connect){.polls = "wrwro", .moves = true});
    slot_init(&slot, 1, &slot_turns_target);
    slot_connect(&slot, 0, clock_now_ms());
    before = slot_descriptor(&slot);
    slot_turn(&slot);
    assert_int_not_equal(slot_descriptor(&slot), before);
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
}

/* A statement's way, with the results of the last one only. */
static void test_statement_is_sent_and_drained(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "ONE", .results = 3, .delay_ms = 10});
    slot_turn_to_free(&slot);
    slot_send(&slot, "ONE", 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_RECEIVING);
    assert_int_equal(slot_events(&slot), POLLIN);
    for (int part = 1; part < 4; part++) {
        slot_turn(&slot);
        assert_int_equal(slot.state, SLOT_RECEIVING);
        assert_int_equal(slot.results.count, part);
    }
    slot_turn(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_false(error_is_set(&slot.error));
    assert_string_equal(results_text(&slot.results, 2, 0, "sql"), "ONE");
    slot_send(&slot, "TWO", 0, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.results.count, 1);
    assert_string_equal(results_text(&slot.results, 0, 0, "sql"), "TWO");
    assert_string_equal(scripted_done(), "[1] ONE\n[1] TWO\n");
}

/* A statement larger than the socket's buffer would hang the program and the server, each waiting
 * for the other to read. */
static void test_sending_goes_on_until_all_is_written(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "LONG", .flushes = 3, .delay_ms = 50});
    slot_turn_to_free(&slot);
    slot_send(&slot, "LONG", 0, clock_now_ms());
    for (int turn = 0; turn < 3; turn++) {
        assert_int_equal(slot.state, SLOT_SENDING);
        assert_int_equal(slot_events(&slot), POLLIN | POLLOUT);
        slot_turn(&slot);
    }
    assert_int_equal(slot.state, SLOT_RECEIVING);
    slot_turn_to_rest(&slot);
    assert_string_equal(scripted_done(), "[1] LONG\n");
}

/* Without events nothing may be read or written: the call would block or spin. */
static void test_nothing_happens_without_events(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "LONG", .flushes = 1, .delay_ms = 50});
    slot_init(&slot, 1, &slot_turns_target);
    slot_advance(&slot, 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_CLOSED);
    slot_connect(&slot, 0, clock_now_ms());
    slot_advance(&slot, 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_CONNECTING);
    slot_turn_to_rest(&slot);
    slot_advance(&slot, POLLIN, clock_now_ms());
    assert_int_equal(slot.state, SLOT_FREE);
    slot_send(&slot, "LONG", 0, clock_now_ms());
    slot_advance(&slot, 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_SENDING);
    slot_turn(&slot);
    slot_advance(&slot, 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_RECEIVING);
    slot_turn_to_rest(&slot);
}

/* A refused statement must be said so with the server's words, and leaves the connection usable. */
static void test_refused_statement(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "BAD", .sqlstate = "42501", .results = 2});
    slot_turn_to_free(&slot);
    slot_send(&slot, "BAD", INT64_MAX, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_int_equal(slot.error.kind, ERROR_PRIVILEGE);
    assert_string_equal(slot.error.sqlstate, "42501");
    assert_string_equal(slot.error.message, "refused: BAD");
    slot_send(&slot, "GOOD", 0, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_false(error_is_set(&slot.error));
    assert_string_equal(scripted_done(), "[1] GOOD\n");
}

/* Of several refusals the first is the reason, the others only follow from it. */
static void test_first_refusal_counts(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer(
        (struct scripted_answer){.sql = "BAD", .sqlstate = "42501", .further = "25P02"});
    slot_turn_to_free(&slot);
    slot_send(&slot, "BAD", INT64_MAX, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_string_equal(slot.error.sqlstate, "42501");
}

/* A connection that the server has ended while nobody used it: its lease is gone, and with it the
 * right to the databases. */
static void test_idle_connection_that_was_ended(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    slot_init(&slot, 1, &slot_turns_target);
    slot_connect(&slot, 0, clock_now_ms());
    slot_turn_to_rest(&slot);
    slot_advance(&slot, 0, clock_now_ms());
    slot_advance(&slot, POLLIN, clock_now_ms()); /* a notice */
    assert_int_equal(slot.state, SLOT_FREE);
    scripted_end_idle(1);
    slot_turn(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_int_equal(slot.error.kind, ERROR_CONNECTION);
    assert_int_equal(slot_descriptor(&slot), -1);
}

/* Cancels in the state that the slot has now; returns the state after it. */
static enum slot_state cancel(struct slot *slot)
{
    slot_cancel(slot, 30000, clock_now_ms());
    assert_true(slot->cancelled);
    return slot->state;
}

/* Ctrl-C must get through in every state, and leave nothing at work. */
static void test_cancel_in_every_state(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "LONG", .flushes = 9, .never = true});
    scripted_answer((struct scripted_answer){.sql = "SLOW", .never = true});
    scripted_answer((struct scripted_answer){.sql = "BUSY", .sqlstate = "55006"});
    slot_init(&slot, 1, &slot_turns_target);
    assert_int_equal(cancel(&slot), SLOT_CLOSED);
    slot_connect(&slot, 0, clock_now_ms());
    assert_int_equal(cancel(&slot), SLOT_CLOSED);
    assert_int_equal(scripted_open(), 0);

    slot_turn_to_free(&slot);
    assert_int_equal(cancel(&slot), SLOT_FREE);
    slot_send(&slot, "LONG", 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_SENDING);
    assert_int_equal(cancel(&slot), SLOT_CLOSED);
    assert_int_equal(slot.error.kind, ERROR_CONNECTION);

    slot_release(&slot);
    slot_turn_to_free(&slot);
    slot_send(&slot, "SLOW", 0, clock_now_ms());
    assert_false(slot.cancelled);
    assert_int_equal(slot.state, SLOT_RECEIVING);
    assert_int_equal(cancel(&slot), SLOT_CANCELLING);
    assert_int_equal(cancel(&slot), SLOT_CANCELLING);
    assert_int_equal(slot_events(&slot), POLLIN);
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_string_equal(slot.error.sqlstate, "57014");

    slot_send(&slot, "BUSY", INT64_MAX, clock_now_ms());
    slot_turn(&slot);
    slot_turn(&slot);
    assert_int_equal(slot.state, SLOT_BACKOFF);
    assert_int_equal(cancel(&slot), SLOT_FREE);
    assert_string_equal(slot.error.sqlstate, "55006");
    assert_int_equal(scripted_count(scripted_sent(), "cancel"), 1);
}

/* A request that is still on its way when its statement has ended could hit the one after it. */
static void test_the_next_statement_waits_for_the_cancel_request(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_helpers(500);
    scripted_answer((struct scripted_answer){.sql = "S", .delay_ms = 20, .ignores_cancel = true});
    slot_turn_to_free(&slot);
    slot_send(&slot, "S", 0, clock_now_ms());
    assert_int_equal(cancel(&slot), SLOT_CANCELLING);
    while (slot.state == SLOT_CANCELLING)
        slot_turn(&slot);
    assert_int_equal(slot.state, SLOT_SETTLING);
    assert_int_equal(cancel(&slot), SLOT_SETTLING);
    assert_true(slot_is_busy(&slot));
    assert_int_equal(slot_events(&slot), POLLIN);
    slot_advance(&slot, 0, clock_now_ms());
    assert_int_equal(slot.state, SLOT_SETTLING);
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_int_equal(clock_now_ms() - before, 500);
    assert_int_equal(scripted_helping(), 0);
    assert_string_equal(scripted_done(), "[1] S\n");
}

/* A connection that waits to try again has nothing to cancel but its plan to do so. */
static void test_cancel_of_a_connect_that_backs_off(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.sqlstate = "53300"});
    slot_init(&slot, 1, &slot_turns_target);
    slot_connect(&slot, INT64_MAX, clock_now_ms());
    slot_turn(&slot);
    slot_turn(&slot);
    assert_int_equal(slot.state, SLOT_BACKOFF);
    assert_int_equal(slot_descriptor(&slot), -1);
    assert_int_equal(cancel(&slot), SLOT_CLOSED);
    slot_advance(&slot, 0, INT64_MAX - 1);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_int_equal(scripted_attempts(), 1);
}

/* What was done although it was cancelled was done: the database is there. */
static void test_cancel_that_comes_too_late(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer(
        (struct scripted_answer){.sql = "CREATE", .ignores_cancel = true, .delay_ms = 20});
    slot_turn_to_free(&slot);
    slot_send(&slot, "CREATE", 0, clock_now_ms());
    assert_int_equal(cancel(&slot), SLOT_CANCELLING);
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_false(error_is_set(&slot.error));
    assert_string_equal(scripted_done(), "[1] CREATE\n");
}

/* A server that does not react to a cancel request would keep the program from ever ending. */
static void test_cancel_has_a_deadline(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "S", .never = true, .ignores_cancel = true});
    slot_turn_to_free(&slot);
    slot_send(&slot, "S", 0, clock_now_ms());
    assert_int_equal(cancel(&slot), SLOT_CANCELLING);
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_int_equal(slot.error.kind, ERROR_CONNECTION);
    assert_int_equal(clock_now_ms() - before, 30000);
}

/* A refusal that would pass by itself is not tried again once it was cancelled. */
static void test_cancelled_statement_is_not_tried_again(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){
        .sql = "BUSY", .sqlstate = "55006", .delay_ms = 20, .ignores_cancel = true});
    slot_turn_to_free(&slot);
    slot_send(&slot, "BUSY", INT64_MAX, clock_now_ms());
    assert_int_equal(cancel(&slot), SLOT_CANCELLING);
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_string_equal(slot.error.sqlstate, "55006");
    assert_int_equal(scripted_count(scripted_sent(), "BUSY"), 1);
}

/* Closing in the middle of anything leaks nothing (teardown looks), and may be done twice. */
static void test_close_in_every_state(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "SLOW", .results = 3, .delay_ms = 10});
    slot_init(&slot, 1, &slot_turns_target);
    slot_close(&slot);
    slot_connect(&slot, 0, clock_now_ms());
    slot_close(&slot);
    slot_turn_to_free(&slot);
    slot_close(&slot);
    slot_turn_to_free(&slot);
    slot_send(&slot, "SLOW", 0, clock_now_ms());
    slot_turn(&slot);
    slot_close(&slot);
    slot_close(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_int_equal(slot.results.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_connect_waits_for_what_libpq_says),
        TEST(test_descriptor_is_asked_anew),
        TEST(test_statement_is_sent_and_drained),
        TEST(test_sending_goes_on_until_all_is_written),
        TEST(test_nothing_happens_without_events),
        TEST(test_refused_statement),
        TEST(test_first_refusal_counts),
        TEST(test_idle_connection_that_was_ended),
        TEST(test_cancel_in_every_state),
        TEST(test_the_next_statement_waits_for_the_cancel_request),
        TEST(test_cancel_of_a_connect_that_backs_off),
        TEST(test_cancel_that_comes_too_late),
        TEST(test_cancel_has_a_deadline),
        TEST(test_cancelled_statement_is_not_tried_again),
        TEST(test_close_in_every_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
