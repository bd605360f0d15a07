/* Resets that put the database back, and what becomes of those that cannot. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: handout_fixture.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handout_fixture.h"
#include "pgclone/handout/visits.h"

#define UNDO(name) SCRIPTED_SENDS_UNDO(name)

static const char one[] = "one";
static const char other[] = "other";

/* Without this a reset makes a copy, and changes names. */
static void test_a_worker_is_put_back(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open_undo(&fixture);
    handout_assert_answer(&fixture, "reset gw1", one, "\"worker\":\"gw1\",\"name\":\"circ_gw1\"",
                          "\"from\":\"undo\"");
    assert_true(scripted_session_was_called(UNDO("circ_gw1")));
    assert_false(scripted_session_was_called("ALTER DATABASE"));
    assert_false(scripted_session_was_called("CREATE DATABASE"));
    handout_assert_answer(&fixture, "status", one, "\"served\":1,\"waited\":0,\"undone\":1",
                          "\"not_undone\":{}");
}

/* Whoever took it has it still, under any name. */
static void test_a_copy_is_put_back(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open_undo(&fixture);
    handout_assert_answer(&fixture, "take mine", one, "\"mine\"", "");
    handout_assert_answer(&fixture, "reset mine", other, "\"name\":\"mine\"", "\"from\":\"undo\"");
    handout_assert_answer(&fixture, "status", one, "\"taken\":1", "\"undone\":1");
}

/* Without this a test that has altered a table, or whose session was cut off, ends the suite. */
static void test_what_cannot_be_undone_is_replaced(void **state)
{
    (void)state;

    for (size_t i = 0; i < HANDOUT_REFUSALS; i++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
        const char *reason;

        handout_fixture_open_undo(&fixture);
        reason = handout_refuse_undo(i, UNDO("circ_gw0"));
        handout_assert_answer(&fixture, "reset gw0", one, "\"name\":\"circ_gw0\"",
                              "\"from\":\"clone\"");
        scripted_session_assert_order(UNDO("circ_gw0"),
                                      "ALTER DATABASE \"circ_gw0\" ALLOW_CONNECTIONS false");
        scripted_session_assert_order("ALLOW_CONNECTIONS false", "RENAME TO \"circ_gw0\"");
        handout_assert_answer(&fixture, "status", one, "\"undone\":0", reason);
        handout_assert_answer(&fixture, "reset gw0", one, "\"circ_gw0\"", "\"from\":\"undo\"");
    }
}

/* Each round rolls back what the one before has found, and there are only so many. */
static void test_prepared_transactions(void **state)
{
    (void)state;

    for (int rounds = 1; rounds <= UNDO_MOST_ROUNDS + 1; rounds++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
        bool undone = rounds <= UNDO_MOST_ROUNDS;

        handout_fixture_open_undo(&fixture);
        scripted_session_gives("undo the changes", SCRIPTED_PREPARED, rounds);
        handout_assert_answer(&fixture, "reset gw0", one, "\"circ_gw0\"",
                              undone ? "\"from\":\"undo\"" : "\"from\":\"clone\"");
        assert_int_equal(scripted_session_times_called("in circ_gw0: ROLLBACK PREPARED 'one'\n"),
                         undone ? rounds : UNDO_MOST_ROUNDS);
        handout_assert_answer(&fixture, "status", one,
                              undone ? "{}" : "\"prepared transactions\":1", "");
    }
}

/* Two at once would end each other's sessions. */
static void test_requests_about_one_database_wait_for_each_other(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *first, *second, *url;
    (void)state;

    handout_fixture_open_undo(&fixture);
    first = handout_asks(&fixture, "reset gw0", one);
    second = handout_asks(&fixture, "reset gw0", other);
    url = handout_asks(&fixture, "url gw0", other);
    assert_int_equal(first->phase, ERRAND_UNDOES);
    assert_int_equal(second->phase, ERRAND_WAITS_FOR_WORKER);
    assert_int_equal(url->phase, ERRAND_WAITS_FOR_WORKER);
    assert_int_equal(scripted_session_jobs(&fixture.handout.stock.visits), 1);
    handout_settle(&fixture);
    handout_assert_done(&fixture, first, "\"from\":\"undo\"", "");
    handout_assert_done(&fixture, second, "\"from\":\"undo\"", "");
    handout_assert_done(&fixture, url, "circ_gw0", "");
}

/* The server is at work, and the next one who asks has to wait for it. Nobody is there for whom
 * what cannot be undone would be replaced. */
static void test_a_client_that_goes_in_the_middle(void **state)
{
    (void)state;

    for (int refused = 0; refused < 2; refused++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
        struct errand *reset;

        handout_fixture_open_undo(&fixture);
        scripted_session_gives("undo the changes", SCRIPTED_REFUSED, refused);
        reset = handout_asks(&fixture, "reset gw0", one);
        handout_end(&fixture.handout, reset);
        handout_client_gone(&fixture.handout, one);
        handout_assert_answer(&fixture, "reset gw0", other, "\"circ_gw0\"", "\"from\":\"undo\"");
        assert_int_equal(scripted_session_times_called(UNDO("circ_gw0")), 2);
        assert_false(scripted_session_was_called("ALTER DATABASE"));
        assert_null(fixture.handout.errands);
    }
}

/* Without this a copy that is still to be replaced is handed out to the next one. */
static void test_a_copy_that_is_given_back_while_a_copy_is_waited_for(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *reset;
    (void)state;

    handout_fixture_open_undo(&fixture);
    handout_assert_answer(&fixture, "take", one, "\"circ_r1_t1\"", "");
    handout_settle(&fixture);
    stock_forget(&fixture.handout.stock, stock_ready(&fixture.handout.stock));
    scripted_session_gives("undo the changes", SCRIPTED_REFUSED, 1);
    reset = handout_asks(&fixture, "reset circ_r1_t1", one);
    assert_true(scripted_session_goes_on(&fixture.handout.stock.visits));
    handout_go_on(&fixture.handout);
    assert_int_equal(reset->phase, ERRAND_WAITS_FOR_COPY);
    handout_assert_done(&fixture, handout_asks(&fixture, "drop circ_r1_t1", other), "\"dropped\"",
                        "");
    assert_int_equal(stock_count(&fixture.handout.stock, COPY_UNDOING), 0);
    handout_settle(&fixture);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_r1_t1\""));
    assert_int_equal(scripted_session_times_called(UNDO("circ_r1_t1")), 1);
    assert_int_equal(reset->phase, ERRAND_DONE);
    handout_end(&fixture.handout, reset);
}

/* Its own client is gone: it is dropped, whatever came of the undo. */
static void test_a_copy_that_is_given_back_in_the_middle(void **state)
{
    (void)state;

    for (int refused = 0; refused < 2; refused++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
        struct errand *reset;

        handout_fixture_open_undo(&fixture);
        handout_assert_answer(&fixture, "take", one, "\"circ_r1_t1\"", "");
        handout_settle(&fixture);
        scripted_session_gives("undo the changes", SCRIPTED_REFUSED, refused);
        reset = handout_asks(&fixture, "reset circ_r1_t1", one);
        handout_end(&fixture.handout, reset);
        handout_client_gone(&fixture.handout, one);
        handout_settle(&fixture);
        assert_int_equal(scripted_session_times_called(UNDO("circ_r1_t1")), 1);
        assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_r1_t1\""));
        assert_null(fixture.handout.errands);
    }
}

/* The server may have crashed behind its answer: it is asked again, and not for ever. */
static void test_the_connection_is_lost_before_the_answer(void **state)
{
    (void)state;

    for (int back = 0; back < 2; back++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
        struct errand *reset;

        handout_fixture_open_undo(&fixture);
        reset = handout_asks(&fixture, "reset gw0", one);
        scripted_session_is_connected_since(INT64_MAX);
        assert_true(scripted_session_goes_on(&fixture.handout.stock.visits));
        handout_go_on(&fixture.handout);
        assert_int_equal(reset->phase, ERRAND_UNDOES);
        if (back)
            scripted_session_is_connected_since(0);
        handout_settle(&fixture);
        assert_int_equal(scripted_session_times_called(UNDO("circ_gw0")),
                         back ? 2 : UNDO_MOST_ROUNDS + 1);
        handout_assert_done(&fixture, reset, back ? "\"from\":\"undo\"" : "\"from\":\"clone\"", "");
        handout_assert_answer(&fixture, "status", one,
                              back ? "{}" : "\"the connection to the server was lost\":1", "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_worker_is_put_back),
        cmocka_unit_test(test_a_copy_is_put_back),
        cmocka_unit_test(test_what_cannot_be_undone_is_replaced),
        cmocka_unit_test(test_prepared_transactions),
        cmocka_unit_test(test_requests_about_one_database_wait_for_each_other),
        cmocka_unit_test(test_a_client_that_goes_in_the_middle),
        cmocka_unit_test(test_the_connection_is_lost_before_the_answer),
        cmocka_unit_test(test_a_copy_that_is_given_back_while_a_copy_is_waited_for),
        cmocka_unit_test(test_a_copy_that_is_given_back_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
