/* How a copy gets the name that was asked for, and what becomes of it where that fails. */
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

static const char one[] = "one";
static const char other[] = "other";

/* "mine" was taken and given back, and its drop is due only when others are. */
static void open_with_a_drop_to_come(struct handout_fixture *fixture)
{
    handout_fixture_open(fixture, true);
    fixture->handout.stock.generation.size = 100;
    handout_assert_answer(fixture, "take mine", one, "\"mine\"", "");
    handout_assert_answer(fixture, "drop mine", one, "\"mine\"", "");
    handout_settle(fixture);
    assert_int_equal(scripted_session_times_called("DROP DATABASE"), 0);
}

/* What bears it is somebody else's: the copy is as good as before. */
static void test_a_name_that_the_server_refuses(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    scripted_session_fails("RENAME TO \"shop\"", ERROR_SERVER, "42P04", 1);
    handout_assert_answer(&fixture, "take shop", one, "\"exit\":4", "Ask for another name");
    handout_settle(&fixture);
    handout_assert_answer(&fixture, "take", one, "\"from\":\"spare\"", "\"circ_r1_t1\"");
    assert_false(scripted_session_was_called("DROP DATABASE"));
}

/* It is not waited for: the copy takes its place. */
static void test_a_name_whose_drop_is_to_come_is_swapped(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    open_with_a_drop_to_come(&fixture);
    handout_assert_answer(&fixture, "take mine", one, "\"name\":\"mine\"", "\"from\":\"spare\"");
    scripted_session_assert_order("ALTER DATABASE \"mine\" ALLOW_CONNECTIONS false",
                                  "pg_terminate_backend");
    scripted_session_assert_order("pg_terminate_backend",
                                  "ALTER DATABASE \"mine\" RENAME TO \"pgclone_scratch_");
    handout_assert_answer(&fixture, "drop mine", one, "\"dropped\"", "");
    handout_assert_answer(&fixture, "status", one, "\"taken\":0", "");
    fixture.handout.stock.generation.size = 0;
    handout_settle(&fixture);
    assert_int_equal(scripted_session_times_called("DROP DATABASE IF EXISTS \"mine\""), 1);
    assert_int_equal(scripted_session_times_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"),
                     1);
}

/* A test may have dropped it itself. */
static void test_a_name_whose_database_is_gone_already(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    open_with_a_drop_to_come(&fixture);
    scripted_session_fails("\"mine\" ALLOW_CONNECTIONS false", ERROR_SERVER, "3D000", 1);
    handout_assert_answer(&fixture, "take mine", one, "\"name\":\"mine\"", "\"from\"");
    handout_assert_answer(&fixture, "drop mine", one, "\"dropped\"", "");
    fixture.handout.stock.generation.size = 0;
    handout_settle(&fixture);
    assert_int_equal(scripted_session_times_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"),
                     0);
}

/* Nothing is lost: what was to be dropped still is, and what may have got its name as well. */
static void test_a_name_whose_swap_fails(void **state)
{
    static const struct {
        enum error_kind kind;
        const char *sqlstate;
        int scratch_drops;
    } cases[] = {{ERROR_SERVER, "55006", 0}, {ERROR_CONNECTION, "", 1}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct handout_fixture fixture OWNED(handout_fixture_close) = {0};

        open_with_a_drop_to_come(&fixture);
        scripted_session_fails("ALTER DATABASE \"mine\" RENAME", cases[i].kind, cases[i].sqlstate,
                               1);
        handout_assert_answer(&fixture, "take mine", one, "\"error\"", "");
        fixture.handout.stock.generation.size = 0;
        handout_settle(&fixture);
        assert_int_equal(scripted_session_times_called("DROP DATABASE IF EXISTS \"mine\""), 1);
        assert_int_equal(
            scripted_session_times_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"),
            cases[i].scratch_drops);
        handout_assert_answer(&fixture, "take mine", one, "\"name\":\"mine\"", "");
    }
}

/* Closed, emptied, and swapped in one transaction; the old one is dropped later. */
static void test_reset_of_a_worker(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "reset gw1", one, "\"worker\":\"gw1\",\"name\":\"circ_gw1\"",
                          "\"from\":\"clone\"");
    scripted_session_assert_order("ALTER DATABASE \"circ_gw1\" ALLOW_CONNECTIONS false",
                                  "pg_terminate_backend");
    scripted_session_assert_order("pg_terminate_backend",
                                  "ALTER DATABASE \"circ_gw1\" RENAME TO \"pgclone_scratch_");
    assert_true(scripted_session_was_called("ALTER DATABASE \"circ_r1_t1\" RENAME TO \"circ_gw1\"; "
                                            "COMMENT ON DATABASE \"circ_gw1\" IS 'pgclone:{"));
    assert_false(scripted_session_was_called("\"use\":\"taken\""));
    handout_settle(&fixture);
    scripted_session_assert_order("RENAME TO \"circ_gw1\"",
                                  "DROP DATABASE IF EXISTS \"pgclone_scratch_");
    assert_int_equal(scripted_session_times_called("DROP DATABASE IF EXISTS"), 1);
}

/* Whoever took it has it still, and it goes with them. */
static void test_reset_of_a_copy(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take mine", one, "\"mine\"", "");
    handout_assert_answer(&fixture, "reset mine", other, "\"name\":\"mine\"", "\"from\"");
    handout_assert_answer(&fixture, "status", other, "\"taken\":1", "\"served\":2");
    handout_client_gone(&fixture.handout, other);
    handout_assert_answer(&fixture, "status", one, "\"taken\":1", "");
    handout_client_gone(&fixture.handout, one);
    handout_settle(&fixture);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"mine\""));
}

/* The worker's tests go on with the database that they had. */
static void test_a_swap_that_the_server_refuses(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    scripted_session_fails("ALTER DATABASE \"circ_gw0\" RENAME", ERROR_BUSY, "55006", 1);
    handout_assert_answer(&fixture, "reset gw0", one, "\"error\":\"refused\"", "\"exit\":5");
    handout_settle(&fixture);
    scripted_session_assert_order("RENAME TO \"pgclone_scratch_",
                                  "ALTER DATABASE \"circ_gw0\" ALLOW_CONNECTIONS true");
    assert_false(scripted_session_was_called("DROP DATABASE"));
    handout_assert_answer(&fixture, "reset gw0", one, "\"from\":\"spare\"", "");
}

/* Whether it was done nobody knows: under every name that is ours alone it is dropped if it is
 * there, and what bears the worker's name is open. */
static void test_a_swap_whose_connection_is_lost(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    scripted_session_fails("ALTER DATABASE \"circ_gw0\" RENAME", ERROR_CONNECTION, "", 1);
    handout_assert_answer(&fixture, "reset gw0", one, "\"exit\":3", "");
    handout_settle(&fixture);
    assert_true(scripted_session_was_called("ALTER DATABASE \"circ_gw0\" ALLOW_CONNECTIONS true"));
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"));
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_r1_t1\""));
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_gw0\""));
    handout_assert_answer(&fixture, "reset gw0", one, "\"from\"", "circ_gw0");
}

/* Of several requests the one behind a lost connection was never sent. */
static void test_requests_behind_a_lost_connection_are_answered(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *first, *second;
    (void)state;

    handout_fixture_open(&fixture, true);
    scripted_session_fails("\"circ_gw0\" ALLOW", ERROR_CONNECTION, "", 1);
    first = handout_asks(&fixture, "reset gw0", one);
    second = handout_asks(&fixture, "reset gw1", other);
    handout_settle(&fixture);
    handout_assert_done(&fixture, first, "\"exit\":3", "");
    handout_assert_done(&fixture, second, "connection to the server was lost", "\"exit\":3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_that_the_server_refuses),
        cmocka_unit_test(test_a_name_whose_drop_is_to_come_is_swapped),
        cmocka_unit_test(test_a_name_whose_database_is_gone_already),
        cmocka_unit_test(test_a_name_whose_swap_fails),
        cmocka_unit_test(test_reset_of_a_worker),
        cmocka_unit_test(test_reset_of_a_copy),
        cmocka_unit_test(test_a_swap_that_the_server_refuses),
        cmocka_unit_test(test_a_swap_whose_connection_is_lost),
        cmocka_unit_test(test_requests_behind_a_lost_connection_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
