/* Jobs in the copies themselves: a new one notes what it is like, one that was given back is put
 * back and handed out again, or dropped. */
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

#define UNDO SCRIPTED_SENDS_UNDO("circ_r1_t1")

static const char one[] = "one";
static const char other[] = "other";

/* A client that has the first copy, while nothing else is under way. */
static void open_with_one_taken(struct handout_fixture *fixture)
{
    handout_fixture_open_undo(fixture);
    handout_assert_answer(fixture, "take", one, "\"circ_r1_t1\"", "\"from\":\"clone\"");
    handout_settle(fixture);
}

/* The sessions in copies do what they were asked for. */
static void visits_go_on(struct handout_fixture *fixture)
{
    assert_true(scripted_session_goes_on(&fixture->handout.stock.visits));
    handout_go_on(&fixture->handout);
}

/* Without this its changes could not be told from those that came before. */
static void test_a_new_copy_notes_what_it_is_like(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *take;
    (void)state;

    handout_fixture_open_undo(&fixture);
    take = handout_asks(&fixture, "take", one);
    assert_true(scripted_session_goes_on(&fixture.handout.stock.makes));
    handout_go_on(&fixture.handout);
    assert_int_equal(take->phase, ERRAND_WAITS_FOR_COPY);
    visits_go_on(&fixture);
    handout_assert_done(&fixture, take, "\"circ_r1_t1\"", "");
    scripted_session_assert_order(" TEMPLATE \"" SCRIPTED_WATCHED "\"", "RENAME TO \"circ_r1_t1\"");
    scripted_session_assert_order("RENAME TO \"circ_r1_t1\"", SCRIPTED_SENDS_BEGIN("circ_r1_t1"));
}

/* It is a copy as good as any other: only that it cannot be undone later. */
static void test_a_new_copy_that_cannot_note_it_is_handed_out(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open_undo(&fixture);
    scripted_session_fails("pgclone.begin()", ERROR_CONNECTION, "", 1);
    handout_assert_answer(&fixture, "take", one, "\"circ_r1_t1\"", "\"from\":\"clone\"");
}

/* Without this each test costs a copy, and a drop. */
static void test_what_is_given_back_is_handed_out_again(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    open_with_one_taken(&fixture);
    stock_forget(&fixture.handout.stock, stock_ready(&fixture.handout.stock));
    handout_assert_answer(&fixture, "drop circ_r1_t1", one, "\"dropped\"", "");
    handout_assert_answer(&fixture, "status", one, "\"ready\":0,\"making\":1,\"taken\":0", "");
    handout_assert_answer(&fixture, "take", other, "\"circ_r1_t1\"", "\"from\":\"undo\"");
    assert_int_equal(scripted_session_times_called(UNDO), 1);
    assert_false(scripted_session_was_called("DROP DATABASE"));
    handout_assert_answer(&fixture, "status", one, "\"served\":2", "\"undone\":1");
}

/* Without this a request takes a copy that is made over one that is there in a moment. */
static void test_one_that_is_being_undone_is_waited_for(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *take;
    (void)state;

    open_with_one_taken(&fixture);
    stock_forget(&fixture.handout.stock, stock_ready(&fixture.handout.stock));
    handout_client_gone(&fixture.handout, one);
    take = handout_asks(&fixture, "take", other);
    assert_int_equal(take->phase, ERRAND_WAITS_FOR_COPY);
    visits_go_on(&fixture);
    handout_assert_done(&fixture, take, "\"circ_r1_t1\"", "\"from\":\"undo\"");
}

/* What cannot be undone goes as it would without it, and why is counted. */
static void test_what_cannot_be_undone_is_dropped(void **state)
{
    (void)state;

    for (size_t i = 0; i < HANDOUT_REFUSALS; i++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
        const char *reason;

        open_with_one_taken(&fixture);
        reason = handout_refuse_undo(i, UNDO);
        handout_assert_answer(&fixture, "drop circ_r1_t1", one, "\"dropped\"", "");
        handout_settle(&fixture);
        scripted_session_assert_order(UNDO, "DROP DATABASE IF EXISTS \"circ_r1_t1\"");
        handout_assert_answer(&fixture, "take", one, "\"circ_r1_t2\"", "\"from\":\"spare\"");
        handout_assert_answer(&fixture, "status", one, "\"undone\":0", reason);
    }
}

/* A test may leave transactions that it has prepared; but one that prepares them without end is not
 * waited for. */
static void test_prepared_transactions(void **state)
{
    (void)state;

    for (int rounds = 1; rounds <= UNDO_MOST_ROUNDS + 1; rounds++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
        bool undone = rounds <= UNDO_MOST_ROUNDS;

        open_with_one_taken(&fixture);
        scripted_session_gives("undo the changes", SCRIPTED_PREPARED, rounds);
        handout_assert_answer(&fixture, "drop circ_r1_t1", one, "\"dropped\"", "");
        handout_settle(&fixture);
        scripted_session_assert_order(UNDO, "in circ_r1_t1: ROLLBACK PREPARED 'one'\n" UNDO);
        assert_int_equal(scripted_session_times_called("ROLLBACK PREPARED"),
                         undone ? rounds : UNDO_MOST_ROUNDS);
        assert_int_equal(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_r1_t1\""),
                         !undone);
    }
}

/* It would bear a name that somebody has asked for. */
static void test_named_copies_are_dropped(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open_undo(&fixture);
    handout_assert_answer(&fixture, "take mine", one, "\"mine\"", "");
    handout_assert_answer(&fixture, "drop mine", one, "\"dropped\":\"mine\"", "");
    handout_settle(&fixture);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"mine\""));
    assert_false(scripted_session_was_called("pgclone.undo()"));
}

/* Nobody waits for it: the copy is there meanwhile. */
static void test_notes_are_vacuumed_beside_all_else(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    open_with_one_taken(&fixture);
    stock_forget(&fixture.handout.stock, stock_ready(&fixture.handout.stock));
    scripted_session_gives("undo the changes", SCRIPTED_UNDO "undone|~|~|t\n", 1);
    handout_assert_done(&fixture, handout_asks(&fixture, "drop circ_r1_t1", one), "dropped", "");
    visits_go_on(&fixture);
    assert_string_equal(stock_ready(&fixture.handout.stock)->name, "circ_r1_t1");
    assert_int_equal(scripted_session_jobs(&fixture.handout.stock.visits), 1);
    scripted_session_fails("VACUUM", ERROR_CONNECTION, "", 1);
    visits_go_on(&fixture);
    assert_int_equal(scripted_session_times_called("in circ_r1_t1: VACUUM pgclone.note\n"), 1);
    handout_assert_answer(&fixture, "take", one, "\"circ_r1_t1\"", "\"from\":\"undo\"");
}

/* The end of a run waits for no session in a copy. */
static void test_closing_in_the_middle(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    open_with_one_taken(&fixture);
    (void)handout_asks(&fixture, "reset gw0", other);
    handout_client_gone(&fixture.handout, one);
    assert_int_equal(scripted_session_jobs(&fixture.handout.stock.visits), 2);
}

/* A server that crashed has the changes back, which nobody could tell from the copy. */
static void test_what_was_put_back_before_the_connection_was_lost(void **state)
{
    static const int64_t since[] = {INT64_MAX, INT64_MAX - 1};
    (void)state;

    for (size_t i = 0; i < sizeof since / sizeof since[0]; i++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};

        open_with_one_taken(&fixture);
        stock_forget(&fixture.handout.stock, stock_ready(&fixture.handout.stock));
        handout_assert_answer(&fixture, "drop circ_r1_t1", one, "\"dropped\"", "");
        visits_go_on(&fixture);
        assert_non_null(stock_ready(&fixture.handout.stock));
        scripted_session_is_connected_since(since[i]);
        assert_null(stock_ready(&fixture.handout.stock));
        handout_go_on(&fixture.handout);
        handout_settle(&fixture);
        assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_r1_t1\""));
        handout_assert_answer(&fixture, "take", other, "\"circ_r1_t3\"", "\"from\":\"spare\"");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_copy_notes_what_it_is_like),
        cmocka_unit_test(test_a_new_copy_that_cannot_note_it_is_handed_out),
        cmocka_unit_test(test_what_is_given_back_is_handed_out_again),
        cmocka_unit_test(test_one_that_is_being_undone_is_waited_for),
        cmocka_unit_test(test_what_cannot_be_undone_is_dropped),
        cmocka_unit_test(test_prepared_transactions),
        cmocka_unit_test(test_named_copies_are_dropped),
        cmocka_unit_test(test_notes_are_vacuumed_beside_all_else),
        cmocka_unit_test(test_closing_in_the_middle),
        cmocka_unit_test(test_what_was_put_back_before_the_connection_was_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
