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
    scripted_session_assert_order("RENAME TO \"circ_r1_t1\"",
                                  "COMMENT ON DATABASE \"circ_r1_t1\" IS 'pgclone:{");
    assert_int_equal(scripted_session_times_called("\"use\":\"taken\""), 2);
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
    scripted_session_assert_order("RENAME TO \"it's\"", "\"use\":\"taken\"}");
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
    assert_int_equal(scripted_session_times_called("DROP DATABASE IF EXISTS"), 1);
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
    scripted_session_assert_order("DROP DATABASE IF EXISTS \"mine\"", "RENAME TO \"mine\"");
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
    assert_int_equal(scripted_session_times_called("RENAME TO \"mine\""), 1);
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
    assert_int_equal(scripted_session_times_called("_gw7\" IS 'pgclone:{"), 2);
    handout_assert_answer(&fixture, "url gw7", one, "gw7", "");
    assert_int_equal(scripted_session_times_called("_gw7\" IS 'pgclone:{"), 2);
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
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_a_name_that_was_given_back_can_be_had_again),
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
