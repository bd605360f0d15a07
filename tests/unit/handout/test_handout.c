/* What goes on beside the requests themselves: clients that go, notes, a lease that is regained,
 * the end. */
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
#include "pgclone/handout/errand.h"
#include "provision_fixture.h"

static const char one[] = "one";
static const char other[] = "other";

/* Whoever waits first gets the first copy; the stock that grows meanwhile comes after them. */
static void test_requests_come_first_and_in_their_order(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *errands[5];
    (void)state;

    handout_fixture_open(&fixture, true);
    for (size_t i = 0; i < 5; i++)
        errands[i] = handout_asks(&fixture, "take", one);
    while (errands[4]->phase != ERRAND_DONE) {
        assert_true(scripted_session_goes_on(&fixture.handout.stock.makes));
        handout_go_on(&fixture.handout);
    }
    handout_assert_done(&fixture, errands[0], "\"circ_r1_t1\"", "");
    handout_assert_done(&fixture, errands[1], "\"circ_r1_t2\"", "");
    handout_assert_done(&fixture, errands[4], "\"circ_r1_t5\"", "");
    handout_end(&fixture.handout, errands[2]);
    handout_end(&fixture.handout, errands[3]);
}

/* A failure is told to everybody who waits for a copy, and to nobody else. */
static void test_a_failing_make_answers_those_who_wait(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *takes[2], *url;
    (void)state;

    handout_fixture_open(&fixture, false);
    url = handout_asks(&fixture, "url gw0", one);
    takes[0] = handout_asks(&fixture, "take", one);
    takes[1] = handout_asks(&fixture, "create mine", other);
    scripted_session_fails("CREATE DATABASE", ERROR_BUSY, "55006", 8);
    handout_settle(&fixture);
    handout_assert_done(&fixture, takes[0], "\"error\":\"refused\"", "\"exit\":5");
    handout_assert_done(&fixture, takes[1], "--disconnect-template", "\"exit\":5");
    assert_int_equal(url->phase, ERRAND_WAITS_FOR_WORKER);
    handout_assert_answer(&fixture, "status", one, "\"ready\":0,\"making\":0,\"taken\":0", "");
    assert_int_equal(scripted_session_jobs(&fixture.handout.stock.makes), 0);
    handout_end(&fixture.handout, url);
}

/* Nothing wakes the handout after a failure but itself: what was given back would stay, and whoever
 * waits for it to go would never be answered. */
static void test_after_a_failing_make_the_rest_goes_on(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take mine", one, "\"mine\"", "");
    handout_settle(&fixture);
    while (stock_count(&fixture.handout.stock, COPY_MAKING) == 0)
        handout_assert_answer(&fixture, "take", one, "\"name\"", "");
    handout_assert_answer(&fixture, "drop mine", one, "\"dropped\"", "");
    while (scripted_session_goes_on(&fixture.handout.swaps))
        handout_go_on(&fixture.handout);
    assert_false(scripted_session_was_called("DROP DATABASE"));
    scripted_session_fails("CREATE DATABASE", ERROR_CONNECTION, "",
                           (int)stock_count(&fixture.handout.stock, COPY_MAKING));
    handout_settle(&fixture);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"mine\""));
}

/* The server is at work on what nobody wants any more: it is dropped when that is done. */
static void test_a_client_that_goes_in_the_middle_of_a_request(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *take, *create;
    (void)state;

    handout_fixture_open(&fixture, true);
    take = handout_asks(&fixture, "take mine", one);
    create = handout_asks(&fixture, "create stays", one);
    scripted_session_goes_on(&fixture.handout.stock.makes);
    handout_go_on(&fixture.handout);
    assert_int_equal(take->phase, ERRAND_SWAPS);
    handout_end(&fixture.handout, take);
    handout_end(&fixture.handout, create);
    handout_client_gone(&fixture.handout, one);
    handout_settle(&fixture);
    assert_null(fixture.handout.errands);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"mine\""));
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"stays\""));
    handout_assert_answer(&fixture, "drop stays", other, "\"dropped\":\"stays\"", "");
}

/* Nobody hears of the mark of a copy that is gone already. */
static void test_notes_may_fail(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    scripted_session_fails("\"use\":\"taken\"", ERROR_SERVER, "3D000", 1);
    handout_assert_answer(&fixture, "take", one, "\"circ_r1_t1\"", "");
    handout_settle(&fixture);
    assert_null(fixture.handout.notes);
    handout_assert_answer(&fixture, "take", one, "\"name\"", "");
}

/* As the server tells of a database after a crash. */
static void crashed(struct handout_fixture *fixture, const char *name)
{
    const char *sets[TABLE_SETS] = {0};
    struct strbuf databases OWNED(strbuf_release) = {0};
    struct inventory now OWNED(inventory_release) = {0};

    strbuf_printf(&databases,
                  FIXTURE_DATABASES "%s|pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,"
                                    "\"worker\":\"gw0\",\"template\":null,\"lease\":\"%s\","
                                    "\"created\":\"c\",\"host\":\"h\",\"pid\":1}|f|f|0|~\n",
                  name, fixture->base.session.lease.text);
    sets[LOOK_DATABASES] = strbuf_text(&databases);
    fixture_inventory(sets, &fixture->base.settings, &now);
    handout_check(&fixture->handout, &now);
}

/* A swap may be lost with a crash, and its first step not: the old database would stay closed. A
 * run that resets nothing needs no connection for that. */
static void test_after_a_crash_databases_that_were_reset_are_opened(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    crashed(&fixture, "circ_gw0");
    handout_settle(&fixture);
    assert_false(scripted_session_was_called("ALLOW_CONNECTIONS true"));
    handout_assert_answer(&fixture, "reset gw0", one, "\"circ_gw0\"", "");
    crashed(&fixture, "circ_gw0");
    handout_settle(&fixture);
    assert_true(scripted_session_was_called("ALTER DATABASE \"circ_gw0\" ALLOW_CONNECTIONS true"));
    assert_false(scripted_session_was_called("ALTER DATABASE \"circ_gw1\" ALLOW_CONNECTIONS true"));
}

/* But not one that is being replaced just now, which must stay closed. */
static void test_what_is_being_replaced_stays_closed(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *reset;
    (void)state;

    handout_fixture_open(&fixture, true);
    reset = handout_asks(&fixture, "reset gw0", one);
    scripted_session_goes_on(&fixture.handout.stock.makes);
    handout_go_on(&fixture.handout);
    crashed(&fixture, "circ_gw0");
    handout_settle(&fixture);
    assert_false(scripted_session_was_called("ALLOW_CONNECTIONS true"));
    handout_assert_done(&fixture, reset, "circ_gw0", "\"from\"");
}

/* The name was given although the answer got lost: the worker has its database. */
static void test_a_name_that_was_given_after_all(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    const char *name;
    (void)state;

    handout_fixture_open(&fixture, true);
    scripted_session_fails("gw7\"; COMMENT", ERROR_CONNECTION, "", 1);
    handout_assert_answer(&fixture, "url gw7", one, "\"exit\":3", "");
    name = handout_find_worker(&fixture.handout, "gw7")->name;
    crashed(&fixture, name);
    handout_assert_answer(&fixture, "url gw7", one, "\"worker\":\"gw7\"", name);
}

/* The name that a copy had got for it was lost with a crash: the worker gets a database again,
 * where otherwise every request of it would fail until the end of the run. */
static void test_a_worker_whose_database_a_crash_has_taken(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "url gw7", one, "\"worker\":\"gw7\"", "");
    crashed(&fixture, "circ_gw0");
    handout_assert_answer(&fixture, "reset gw7", one, "\"worker\":\"gw7\"", "\"from\"");
    handout_assert_answer(&fixture, "reset gw7", one, "\"worker\":\"gw7\"", "\"from\"");
    assert_int_equal(scripted_session_times_called("RENAME TO \"circ_r1_gw7\""), 3);
    assert_int_equal(scripted_session_times_called("ALTER DATABASE \"circ_r1_gw7\" RENAME"), 1);
}

/* The end of a run waits for nobody's request. */
static void test_closing_in_the_middle(void **state)
{
    struct handout_fixture fixture OWNED(handout_fixture_close) = {0};
    struct errand *reset;
    (void)state;

    handout_fixture_open(&fixture, true);
    handout_assert_answer(&fixture, "take", one, "\"name\"", "");
    reset = handout_asks(&fixture, "reset gw0", one);
    assert_int_equal(reset->phase, ERRAND_SWAPS);
    (void)handout_asks(&fixture, "take mine", one);
    (void)handout_asks(&fixture, "url gw9", one);
    handout_end(&fixture.handout, reset); /* its client is gone */
    assert_true(fixture.handout.errands != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_come_first_and_in_their_order),
        cmocka_unit_test(test_a_failing_make_answers_those_who_wait),
        cmocka_unit_test(test_after_a_failing_make_the_rest_goes_on),
        cmocka_unit_test(test_a_client_that_goes_in_the_middle_of_a_request),
        cmocka_unit_test(test_notes_may_fail),
        cmocka_unit_test(test_a_worker_whose_database_a_crash_has_taken),
        cmocka_unit_test(test_after_a_crash_databases_that_were_reset_are_opened),
        cmocka_unit_test(test_what_is_being_replaced_stays_closed),
        cmocka_unit_test(test_a_name_that_was_given_after_all),
        cmocka_unit_test(test_closing_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
