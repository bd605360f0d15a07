/* Requests on their way to their answers: what is sent for each, who waits for whom, and what a
 * failure leaves. */
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

static int times_called(const char *part)
{
    int count = 0;

    for (const char *at = scripted_session_calls(); (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void assert_order(const char *first, const char *then)
{
    const char *at = strstr(scripted_session_calls(), first);

    if (at == NULL || strstr(at, then) == NULL)
        fail_msg("%s before %s in:\n%s", first, then, scripted_session_calls());
}

/* ---------------------------------------------------------------------------------- answers */

/* The first waits for a copy, and from then on there are spares. */
static void test_take(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take", one, "\"name\":\"circ_r1_t1\"", "\"from\":\"clone\"");
    handout_assert_answer(&fixture, "take", one, "\"name\":\"circ_r1_t2\"", "\"from\":\"spare\"");
    handout_settle(&fixture);
    assert_order("RENAME TO \"circ_r1_t1\"", "COMMENT ON DATABASE \"circ_r1_t1\" IS 'pgclone:{");
    assert_int_equal(times_called("\"use\":\"taken\""), 2);
    handout_assert_answer(&fixture, "status", one, "\"taken\":2", "\"served\":2,\"waited\":1");
}

/* Under a name it is marked in the transaction that gives it: `list` never shows a spare. */
static void test_take_under_a_name(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take it's", one, "\"name\":\"it's\"",
                          "\"url\":\"postgresql://app:secret@db/it%27s\"");
    assert_true(scripted_session_was_called(
        "RENAME TO \"it's\"; COMMENT ON DATABASE \"it's\" IS 'pgclone:{"));
    assert_order("RENAME TO \"it's\"", "\"use\":\"taken\"}");
}

/* What a client took is its own; what it created is the run's. */
static void test_holders(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take a", one, "\"name\":\"a\"", "");
    handout_assert_answer(&fixture, "create b", one, "\"name\":\"b\"", "");
    handout_assert_answer(&fixture, "take c", other, "\"name\":\"c\"", "");
    handout_client_gone(&fixture.handout, one);
    handout_settle(&fixture);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"a\""));
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"b\""));
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"c\""));
}

static void test_names_that_cannot_be_given(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take mine", one, "\"name\":\"mine\"", "");
    handout_assert_answer(&fixture, "take mine", other, "\"mine\\\" is there already",
                          "\"exit\":4");
    handout_assert_answer(&fixture, "create circ_gw1", one, "is there already", "\"exit\":4");
    handout_assert_answer(&fixture, "take a\tb", one, "error", "\"exit\":2");
    handout_assert_answer(&fixture, "take ", one, "error", "\"exit\":2");
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

static void test_drop(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "create mine", one, "\"mine\"", "");
    handout_assert_answer(&fixture, "drop mine", other, "{\"dropped\":\"mine\"}", "");
    handout_assert_answer(&fixture, "drop mine", other, "has handed out no database \\\"mine\\\"",
                          "\"exit\":4");
    handout_assert_answer(&fixture, "drop circ_gw0", one, "\"exit\":4", "");
    handout_assert_answer(&fixture, "drop circ", one, "\"exit\":4", "");
    handout_settle(&fixture);
    assert_int_equal(times_called("DROP DATABASE IF EXISTS"), 1);
}

/* A suite gives a name back after each test, and takes it before the next. */
static void test_a_name_that_was_given_back_can_be_had_again(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take mine", one, "\"mine\"", "");
    handout_assert_answer(&fixture, "drop mine", one, "\"mine\"", "");
    handout_assert_answer(&fixture, "take mine", one, "\"name\":\"mine\"", "\"from\"");
    assert_order("DROP DATABASE IF EXISTS \"mine\"", "RENAME TO \"mine\"");
}

/* "mine" was taken and given back, and its drop is due only when others are. */
static void open_with_a_drop_to_come(struct handout_fixture *fixture)
{
    handout_fixture_open(fixture, true);
    fixture->handout.stock.generation.size = 100;
    handout_assert_answer(fixture, "take mine", one, "\"mine\"", "");
    handout_assert_answer(fixture, "drop mine", one, "\"mine\"", "");
    handout_settle(fixture);
    assert_int_equal(times_called("DROP DATABASE"), 0);
}

/* It is not waited for: the copy takes its place. */
static void test_a_name_whose_drop_is_to_come_is_swapped(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    open_with_a_drop_to_come(&fixture);
    handout_assert_answer(&fixture, "take mine", one, "\"name\":\"mine\"", "\"from\":\"spare\"");
    assert_order("ALTER DATABASE \"mine\" ALLOW_CONNECTIONS false", "pg_terminate_backend");
    assert_order("pg_terminate_backend", "ALTER DATABASE \"mine\" RENAME TO \"pgclone_scratch_");
    handout_assert_answer(&fixture, "drop mine", one, "\"dropped\"", "");
    handout_assert_answer(&fixture, "status", one, "\"taken\":0", "");
    fixture.handout.stock.generation.size = 0;
    handout_settle(&fixture);
    assert_int_equal(times_called("DROP DATABASE IF EXISTS \"mine\""), 1);
    assert_int_equal(times_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"), 1);
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
    assert_int_equal(times_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"), 0);
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
        assert_int_equal(times_called("DROP DATABASE IF EXISTS \"mine\""), 1);
        assert_int_equal(times_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"),
                         cases[i].scratch_drops);
        handout_assert_answer(&fixture, "take mine", one, "\"name\":\"mine\"", "");
    }
}

/* ---------------------------------------------------------------------------------- resets */

/* Closed, emptied, and swapped in one transaction; the old one is dropped later. */
static void test_reset_of_a_worker(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "reset gw1", one, "\"worker\":\"gw1\",\"name\":\"circ_gw1\"",
                          "\"from\":\"clone\"");
    assert_order("ALTER DATABASE \"circ_gw1\" ALLOW_CONNECTIONS false", "pg_terminate_backend");
    assert_order("pg_terminate_backend",
                 "ALTER DATABASE \"circ_gw1\" RENAME TO \"pgclone_scratch_");
    assert_true(scripted_session_was_called("ALTER DATABASE \"circ_r1_t1\" RENAME TO \"circ_gw1\"; "
                                            "COMMENT ON DATABASE \"circ_gw1\" IS 'pgclone:{"));
    assert_false(scripted_session_was_called("\"use\":\"taken\""));
    handout_settle(&fixture);
    assert_order("RENAME TO \"circ_gw1\"", "DROP DATABASE IF EXISTS \"pgclone_scratch_");
    assert_int_equal(times_called("DROP DATABASE IF EXISTS"), 1);
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
    assert_order("RENAME TO \"pgclone_scratch_",
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

/* Two swaps of one name at once would each take the other's database for the old one. */
static void test_requests_about_one_name_wait_for_each_other(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *errands[3];
    (void)state;

    handout_fixture_open(&fixture, true);
    for (size_t i = 0; i < 3; i++)
        errands[i] = handout_asks(&fixture, i == 2 ? "url gw0" : "reset gw0", one);
    handout_assert_done(&fixture, errands[2], "circ_gw0", ""); /* nothing has begun yet */
    scripted_session_goes_on(&fixture.handout.stock.makes);
    handout_go_on(&fixture.handout);
    assert_int_equal(errands[0]->phase, ERRAND_SWAPS);
    assert_int_equal(errands[1]->phase, ERRAND_WAITS_FOR_COPY);
    assert_int_equal(scripted_session_jobs(&fixture.handout.swaps), 1);
    errands[2] = handout_asks(&fixture, "url gw0", other);
    assert_int_equal(errands[2]->phase, ERRAND_WAITS_FOR_WORKER);
    handout_settle(&fixture);
    for (size_t i = 0; i < 3; i++)
        handout_assert_done(&fixture, errands[i], "circ_gw0", "");
}

/* The second one learns that the name is taken. */
static void test_two_takes_of_one_name(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *first, *second;
    (void)state;

    handout_fixture_open(&fixture, true);
    first = handout_asks(&fixture, "take mine", one);
    second = handout_asks(&fixture, "take mine", other);
    handout_settle(&fixture);
    handout_assert_done(&fixture, first, "\"name\":\"mine\"", "");
    handout_assert_done(&fixture, second, "is there already", "\"exit\":4");
    assert_int_equal(times_called("RENAME TO \"mine\""), 1);
}

/* ---------------------------------------------------------------------------------- workers */

static void test_url(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "url gw1", one,
                          "{\"worker\":\"gw1\",\"name\":\"circ_gw1\",\"url\":"
                          "\"postgresql://app:secret@db/circ_gw1\"}",
                          "");
    handout_assert_answer(&fixture, "status", one, "\"served\":0", "");
    assert_false(scripted_session_was_called("jobs"));
}

/* pytest-xdist replaces a worker that crashed by one with the next number. */
static void test_an_unknown_worker_gets_a_database_once(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *errands[3];
    (void)state;

    handout_fixture_open(&fixture, true);
    errands[0] = handout_asks(&fixture, "url gw7", one);
    errands[1] = handout_asks(&fixture, "url gw7", other);
    errands[2] = handout_asks(&fixture, "reset gw7", other);
    handout_settle(&fixture);
    for (size_t i = 0; i < 3; i++)
        handout_assert_done(&fixture, errands[i], "\"worker\":\"gw7\"", "gw7\"");
    /* For the first, and by the reset. */
    assert_int_equal(times_called("_gw7\" IS 'pgclone:{"), 2);
    handout_assert_answer(&fixture, "url gw7", one, "gw7", "");
    assert_int_equal(times_called("_gw7\" IS 'pgclone:{"), 2);
    handout_assert_answer(&fixture, "url gw07", one, "this run has no worker \\\"gw07\\\"",
                          "\"exit\":2");
    handout_assert_answer(&fixture, "reset postgres", one, "this run has no worker", "\"exit\":2");
}

/* The next one who asks tries again: what failed was not the worker's fault. */
static void test_an_unknown_worker_whose_database_fails(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    scripted_session_fails("CREATE DATABASE", ERROR_SERVER, "53100", 2);
    handout_assert_answer(&fixture, "url gw7", one, "\"error\":\"refused\"", "\"exit\":1");
    handout_settle(&fixture);
    handout_assert_answer(&fixture, "url gw7", one, "\"worker\":\"gw7\"", "gw7\"}");
    scripted_session_fails("_gw8\"; COMMENT", ERROR_SERVER, "42P04", 1);
    handout_assert_answer(&fixture, "url gw8", one, "\"exit\":4", "another --name");
    handout_assert_answer(&fixture, "url gw8", one, "\"worker\":\"gw8\"", "gw8\"}");
}

/* Whoever asked is gone while a copy is being made: the next one must not wait for it for ever. */
static void test_an_unknown_worker_whose_client_goes(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *errand;
    (void)state;

    handout_fixture_open(&fixture, true);
    errand = handout_asks(&fixture, "url gw7", one);
    assert_int_equal(errand->phase, ERRAND_WAITS_FOR_COPY);
    handout_end(&fixture.handout, errand);
    handout_assert_answer(&fixture, "url gw7", other, "\"worker\":\"gw7\"", "gw7\"}");
}

/* `run --overlap`: the command asks while `create` is at work on the databases. */
static void test_a_worker_whose_database_is_being_made(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *url, *reset;
    (void)state;

    handout_fixture_open(&fixture, false);
    url = handout_asks(&fixture, "url gw0", one);
    reset = handout_asks(&fixture, "reset gw1", other);
    handout_settle(&fixture);
    assert_int_equal(url->phase, ERRAND_WAITS_FOR_WORKER);
    assert_int_equal(reset->phase, ERRAND_WAITS_FOR_WORKER);
    assert_false(scripted_session_was_called("jobs"));
    handout_workers_ready(&fixture.handout);
    handout_settle(&fixture);
    handout_assert_done(&fixture, url, "circ_gw0", "");
    handout_assert_done(&fixture, reset, "circ_gw1", "\"from\"");
}

/* `create` tells of its own workers' databases, and of nobody else's. */
static void test_an_unknown_worker_waits_for_its_own_database(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *first, *second;
    (void)state;

    handout_fixture_open(&fixture, false);
    first = handout_asks(&fixture, "url gw9", one);
    handout_workers_ready(&fixture.handout);
    second = handout_asks(&fixture, "url gw9", other);
    assert_int_equal(second->phase, ERRAND_WAITS_FOR_WORKER);
    handout_settle(&fixture);
    handout_assert_done(&fixture, first, "circ_r1_gw9", "");
    handout_assert_done(&fixture, second, "circ_r1_gw9", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_take_under_a_name),
        cmocka_unit_test(test_holders),
        cmocka_unit_test(test_names_that_cannot_be_given),
        cmocka_unit_test(test_a_name_that_the_server_refuses),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_a_name_that_was_given_back_can_be_had_again),
        cmocka_unit_test(test_a_name_whose_drop_is_to_come_is_swapped),
        cmocka_unit_test(test_a_name_whose_database_is_gone_already),
        cmocka_unit_test(test_a_name_whose_swap_fails),
        cmocka_unit_test(test_reset_of_a_worker),
        cmocka_unit_test(test_reset_of_a_copy),
        cmocka_unit_test(test_a_swap_that_the_server_refuses),
        cmocka_unit_test(test_a_swap_whose_connection_is_lost),
        cmocka_unit_test(test_requests_behind_a_lost_connection_are_answered),
        cmocka_unit_test(test_requests_about_one_name_wait_for_each_other),
        cmocka_unit_test(test_two_takes_of_one_name),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_an_unknown_worker_gets_a_database_once),
        cmocka_unit_test(test_an_unknown_worker_whose_database_fails),
        cmocka_unit_test(test_an_unknown_worker_whose_client_goes),
        cmocka_unit_test(test_a_worker_whose_database_is_being_made),
        cmocka_unit_test(test_an_unknown_worker_waits_for_its_own_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
