/* One connection when things go wrong: lost, refused, silent, busy, and each libpq call failing. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: slot_turns.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
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

/* ------------------------------------------------------------------------ each call in its turn */

/* Two statements, the second cancelled: every call that the slot makes. */
static void live(struct slot *slot)
{
    scripted_connect(1, (struct scripted_connect){.polls = "rwro"});
    scripted_answer((struct scripted_answer){.sql = "ONE", .results = 2, .delay_ms = 1});
    scripted_answer((struct scripted_answer){.sql = "TWO", .delay_ms = 1, .ignores_cancel = true});
    slot_turn_to_free(slot);
    if (slot->state == SLOT_FREE) {
        slot_send(slot, "ONE", INT64_MAX, clock_now_ms());
        slot_turn_to_rest(slot);
    }
    if (slot->state == SLOT_FREE) {
        slot_send(slot, "TWO", INT64_MAX, clock_now_ms());
        slot_cancel(slot, 30000, clock_now_ms());
        slot_turn_to_rest(slot);
    }
}

/* Lives with one call failing; false when there was no such call. */
static bool live_with_fault(int call, enum scripted_fault fault)
{
    struct slot slot OWNED(slot_release) = {0};
    const char *hit;

    scripted_fail_at(call, fault);
    live(&slot);
    hit = scripted_hit();
    if (hit == NULL) {
        assert_string_equal(scripted_done(), "[1] ONE\n[1] TWO\n");
        return false;
    }
    if (strcmp(hit, "PQgetCancel") == 0 || strcmp(hit, "PQcancel") == 0 ||
        strcmp(hit, "helper_start") == 0) {
        assert_int_equal(slot.state, SLOT_FREE);
        return true;
    }
    if (slot.state != SLOT_CLOSED || slot.error.kind != ERROR_CONNECTION)
        fail_msg("%s (call %d, fault %d) failed unnoticed", hit, call, fault);
    return true;
}

/* A failing call that goes unnoticed is a database that is said to be there and is not; a slot that
 * stays busy hangs the program. */
static void test_each_call_failing(void **state)
{
    (void)state;
    for (enum scripted_fault fault = FAULT_BROKEN; fault < FAULT_COUNT; fault++) {
        int call = 1;

        scripted_begin();
        while (live_with_fault(call, fault)) {
            scripted_end();
            scripted_begin();
            call++;
        }
        scripted_end();
        assert_true(call > 15);
    }
    scripted_begin();
}

/* --------------------------------------------------------------------------------- lost, refused
 */

/* The server goes away in the middle of a statement: never a success, whatever came before it. */
static void test_lost_connection(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "S", .lost = true, .delay_ms = 5});
    slot_turn_to_free(&slot);
    slot_send(&slot, "S", INT64_MAX, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_int_equal(slot.error.kind, ERROR_CONNECTION);
    assert_string_equal(slot.error.message,
                        "lost the connection to the server: server closed the connection "
                        "unexpectedly");
}

/* An administrator ends the session: a refusal comes first, and is not a reason to try again. */
static void test_session_ended_by_the_server(void **state)
{
    static const char *const sqlstates[] = {"57P01", "57P03", "55006"};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct slot slot OWNED(slot_release) = {0};

        scripted_answer((struct scripted_answer){
            .sql = "S", .sqlstate = sqlstates[i], .lost = true, .times = 1});
        slot_turn_to_free(&slot);
        slot_send(&slot, "S", INT64_MAX, clock_now_ms());
        slot_turn_to_rest(&slot);
        assert_int_equal(slot.state, SLOT_CLOSED);
        assert_int_equal(slot.error.kind, ERROR_CONNECTION);
        assert_string_equal(slot.error.sqlstate, "");
    }
}

/* "Connection refused" is said at once; waiting ten seconds for a mistyped port helps nobody. */
static void test_unreachable_server_is_not_tried_again(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.polls = "f"});
    scripted_connect(2, (struct scripted_connect){.bad_at_once = true});
    scripted_connect(3, (struct scripted_connect){.no_memory = true});
    slot_init(&slot, 1, &slot_turns_target);
    slot_connect(&slot, INT64_MAX, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_non_null(strstr(slot.error.message, "Connection refused"));
    slot_connect(&slot, INT64_MAX, clock_now_ms());
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_string_equal(slot.error.message, "could not connect: invalid port number: \"x\"");
    slot_connect(&slot, INT64_MAX, clock_now_ms());
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_string_equal(slot.error.message, "could not connect: out of memory");
    assert_int_equal(scripted_attempts(), 2);
}

/* A server (or a firewall) that says nothing would be waited for until the CI job is killed. */
static void test_connect_has_a_deadline(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_connect(1, (struct scripted_connect){.silent = true});
    slot_init(&slot, 1, &slot_turns_target);
    slot_connect(&slot, INT64_MAX, before);
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_int_equal(clock_now_ms() - before, 10000);
    assert_string_equal(slot.error.message,
                        "could not connect: no answer from \"scripted\", port 5432, within 10 s");
}

/* A frozen server takes cancel requests and never closes them: that must not last for ever, neither
 * with the statement at work nor after it. */
static void test_cancel_request_that_never_ends(void **state)
{
    (void)state;
    for (int ends = 0; ends < 2; ends++) {
        struct slot slot OWNED(slot_release) = {0};
        int64_t before;

        scripted_helpers(-1);
        scripted_answer((struct scripted_answer){.sql = ends ? "ENDS" : "STAYS",
                                                 .never = !ends,
                                                 .delay_ms = 20,
                                                 .ignores_cancel = true});
        slot_turn_to_free(&slot);
        before = clock_now_ms();
        slot_send(&slot, ends ? "ENDS" : "STAYS", 0, before);
        slot_cancel(&slot, 30000, before);
        assert_int_equal(scripted_helping(), 1);
        slot_turn_to_rest(&slot);
        assert_int_equal(slot.state, SLOT_CLOSED);
        assert_int_equal(slot.error.kind, ERROR_CONNECTION);
        assert_int_equal(clock_now_ms() - before, 30000);
        assert_int_equal(scripted_helping(), 0);
    }
}

/* Closed by a second signal, or at the end of the program: no process of ours stays behind. */
static void test_close_ends_the_helper(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_helpers(-1);
    scripted_answer((struct scripted_answer){.sql = "S", .never = true, .ignores_cancel = true});
    slot_turn_to_free(&slot);
    slot_send(&slot, "S", 0, clock_now_ms());
    slot_cancel(&slot, 30000, clock_now_ms());
    assert_int_equal(scripted_helping(), 1);
    slot_close(&slot);
    assert_int_equal(scripted_helping(), 0);
}

/* ------------------------------------------------------------------------------------ trying again
 */

static const struct {
    const char *sqlstate;
    bool passes; /* by itself */
} refusals[] = {
    {"55006", true},  {"53300", true},  {"57P03", true},  {"42501", false}, {"42P04", false},
    {"3D000", false}, {"28P01", false}, {"53100", false}, {"53200", false}, {"53400", false},
    {"55000", false}, {"55P03", false}, {"57014", false}, {"57P01", false}, {"57P02", false},
    {"57P04", false}, {"40001", false}, {"40P01", false}, {"08006", false}, {"XX000", false},
};

#define REFUSAL_COUNT (sizeof refusals / sizeof refusals[0])

/* What passes by itself is worth a wait, as long as --wait says and no longer; anything else must
 * be said at once. */
static void test_statements_are_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        struct slot slot OWNED(slot_release) = {0};
        int64_t before;
        int tries;

        scripted_answer((struct scripted_answer){.sql = refusals[i].sqlstate,
                                                 .sqlstate = refusals[i].sqlstate});
        slot_turn_to_free(&slot);
        before = clock_now_ms();
        slot_send(&slot, refusals[i].sqlstate, before + 3000, before);
        slot_turn_to_rest(&slot);
        assert_int_equal(slot.state, SLOT_FREE);
        assert_string_equal(slot.error.sqlstate, refusals[i].sqlstate);
        tries = scripted_count(scripted_sent(), refusals[i].sqlstate);
        assert_true(refusals[i].passes ? tries >= 3 && tries < 30 : tries == 1);
        assert_true(clock_now_ms() <= before + 3000);
        assert_true(!refusals[i].passes || clock_now_ms() > before + 1500);
    }
}

/* The same for connects: a server that is starting, or full for a moment. */
static void test_connects_are_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        struct slot slot OWNED(slot_release) = {0};
        int64_t before = clock_now_ms();
        int first = scripted_attempts();
        int tries;

        for (int attempt = 1; attempt < 32; attempt++)
            scripted_connect(first + attempt,
                             (struct scripted_connect){.sqlstate = refusals[i].sqlstate});
        slot_init(&slot, 1, &slot_turns_target);
        slot_connect(&slot, before + 3000, before);
        slot_turn_to_rest(&slot);
        assert_int_equal(slot.state, SLOT_CLOSED);
        assert_string_equal(slot.error.sqlstate, refusals[i].sqlstate);
        tries = scripted_attempts() - first;
        assert_true(refusals[i].passes ? tries >= 3 && tries < 30 : tries == 1);
        assert_true(clock_now_ms() <= before + 3000);
        assert_true(!refusals[i].passes || clock_now_ms() > before + 1500);
    }
}

/* A try that succeeds after refusals is a success, without a trace of them. */
static void test_trying_again_helps(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.sqlstate = "57P03"});
    scripted_connect(2, (struct scripted_connect){.sqlstate = "53300"});
    scripted_answer((struct scripted_answer){.sql = "S", .sqlstate = "55006", .times = 2});
    slot_init(&slot, 1, &slot_turns_target);
    slot_connect(&slot, clock_now_ms() + 60000, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_false(error_is_set(&slot.error));
    slot_send(&slot, "S", clock_now_ms() + 60000, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_FREE);
    assert_false(error_is_set(&slot.error));
    assert_int_equal(slot.results.count, 1);
    assert_string_equal(scripted_sent(), "[3] S\n[3] S\n[3] S\n");
    assert_string_equal(scripted_done(), "[3] S\n");
}

/* While it waits to try again, memory runs out or the server goes away: an end, not a hang. */
static void test_second_try_fails_for_good(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.sqlstate = "57P03"});
    scripted_connect(2, (struct scripted_connect){.no_memory = true});
    slot_init(&slot, 1, &slot_turns_target);
    slot_connect(&slot, clock_now_ms() + 60000, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_string_equal(slot.error.message, "could not connect: out of memory");
    scripted_connect(2, (struct scripted_connect){.sqlstate = "57P03"});
    scripted_connect(3, (struct scripted_connect){.polls = "f"});
    slot_connect(&slot, clock_now_ms() + 60000, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.state, SLOT_CLOSED);
    assert_string_equal(slot.error.sqlstate, "");
    assert_non_null(strstr(slot.error.message, "Connection refused"));
}

/* A failed statement leaves no results of its tries behind. */
static void test_results_are_those_of_the_last_try(void **state)
{
    struct slot slot OWNED(slot_release) = {0};
    (void)state;

    scripted_answer(
        (struct scripted_answer){.sql = "S", .results = 4, .sqlstate = "55006", .times = 2});
    slot_turn_to_free(&slot);
    slot_send(&slot, "S", clock_now_ms() + 60000, clock_now_ms());
    slot_turn_to_rest(&slot);
    assert_int_equal(slot.results.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_call_failing),
        TEST(test_lost_connection),
        TEST(test_session_ended_by_the_server),
        TEST(test_unreachable_server_is_not_tried_again),
        TEST(test_connect_has_a_deadline),
        TEST(test_statements_are_tried_again),
        TEST(test_connects_are_tried_again),
        TEST(test_trying_again_helps),
        TEST(test_cancel_request_that_never_ends),
        TEST(test_close_ends_the_helper),
        TEST(test_second_try_fails_for_good),
        TEST(test_results_are_those_of_the_last_try),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
