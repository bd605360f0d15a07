/* The stock of copies: how many are made, in which batches, and what is dropped when. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: shop.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "provision_fixture.h"
#include "scripted_clock.h"
#include "scripted_session.h"
#include "shop.h"

/* --------------------------------------------------------------------------------- how many */

/* A run whose tests ask for nothing pays for nothing. */
static void test_nothing_is_made_before_the_first_request(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 3, SPARES_AUTO, shop_unsynced);
    shop_settle(&shop, 0);
    assert_string_equal(scripted_session_calls(), "open\n");
    assert_null(stock_ready(&shop.stock));
}

/* Each time that somebody has to wait, more are kept: up to eight for each worker. */
static void test_the_target_grows_when_somebody_has_to_wait(void **state)
{
    static const size_t targets[] = {1, 2, 4, 8, 16, 24, 24};
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 3, SPARES_AUTO, shop_unsynced);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        stock_raise(&shop.stock);
        assert_int_equal(shop.stock.target, targets[i]);
    }
    shop_settle(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_READY), 24);
}

/* While copies are put back, and so are there again in a moment, one for each worker is enough. */
static void test_the_target_where_copies_are_put_back(void **state)
{
    static const size_t targets[] = {1, 2, 3, 3};
    struct shop shop OWNED(shop_close) = {0};
    struct copy *copy;
    (void)state;

    shop_open(&shop, 3, SPARES_AUTO, shop_unsynced);
    stock_raise(&shop.stock);
    shop_settle(&shop, 0);
    copy = stock_ready(&shop.stock);
    shop.stock.target = 0;
    copy->state = COPY_UNDOING;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        stock_raise(&shop.stock);
        assert_int_equal(shop.stock.target, targets[i]);
    }
    copy->state = COPY_READY;
    stock_raise(&shop.stock);
    copy->state = COPY_UNDOING;
    stock_raise(&shop.stock);
    assert_int_equal(shop.stock.target, 6); /* it never falls */
}

/* The user's number holds: from the start, and it never grows. */
static void test_a_number_of_spares_that_is_set(void **state)
{
    static const int numbers[] = {0, 3};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct shop shop OWNED(shop_close) = {0};

        shop_open(&shop, 3, numbers[i], shop_unsynced);
        shop_settle(&shop, 0);
        assert_int_equal(shop_count(&shop, COPY_READY), numbers[i]);
        stock_raise(&shop.stock);
        shop_settle(&shop, 0);
        assert_int_equal(shop_count(&shop, COPY_READY), numbers[i]);
        shop_give_back(&shop, (size_t)numbers[i]);
        shop_assert_advances(&shop, 2);
        assert_int_equal(shop_count(&shop, COPY_MAKING), numbers[i] + 2);
    }
}

/* A batch shares a checkpoint: it is not begun for each copy that is taken. */
static void test_a_batch_is_made_when_half_are_gone(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 8, shop_unsynced);
    shop_settle(&shop, 0);
    assert_true(scripted_session_was_called("jobs 8 over "));
    for (size_t taken = 1; taken <= 3; taken++) {
        stock_ready(&shop.stock)->state = COPY_TAKEN;
        shop_assert_advances(&shop, 0);
        assert_int_equal(shop_count(&shop, COPY_MAKING), 0);
    }
    stock_ready(&shop.stock)->state = COPY_TAKEN;
    shop_assert_advances(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 4);
    assert_true(scripted_session_was_called("jobs 4 over "));
    stock_ready(&shop.stock)->state = COPY_TAKEN;
    shop_assert_advances(&shop, 0); /* one batch at a time */
    assert_int_equal(shop_count(&shop, COPY_MAKING), 4);
}

/* Whoever waits is not held up by a stock that is not yet half empty. */
static void test_those_who_wait_are_waited_for_at_once(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, SPARES_AUTO, shop_unsynced);
    shop_assert_advances(&shop, 3);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 3);
}

/* A template that is gone, or a server that is, would be asked without a pause. */
static void test_after_a_failure_nothing_is_made_that_nobody_waits_for(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 4, shop_unsynced);
    scripted_session_fails("CREATE DATABASE", ERROR_SERVER, "3D000", 4);
    shop_assert_advances(&shop, 0);
    scripted_session_goes_on(&shop.stock.makes);
    assert_false(stock_advance(&shop.stock, 0, NULL));
    shop_settle(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 0);
    shop_assert_advances(&shop, 1);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 1); /* a request tries again */
    scripted_session_goes_on(&shop.stock.makes);
    shop_assert_advances(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 3);
}

/* --------------------------------------------------------------------------------- drops */

/* With nothing else to do even one is dropped, so that the disk does not fill up. */
static void test_one_is_dropped_when_there_is_nothing_else_to_do(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 8, shop_unsynced);
    shop_settle(&shop, 0);
    assert_false(stock_is_dropping(&shop.stock, "circ_r1_t1"));
    shop_give_back(&shop, 1);
    assert_false(stock_is_dropping(&shop.stock, "circ_r1_t1"));
    shop_assert_advances(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 1);
    assert_true(stock_is_dropping(&shop.stock, "circ_r1_t1"));
    scripted_session_goes_on(&shop.stock.drops);
    shop_assert_advances(&shop, 0);
    assert_false(stock_is_dropping(&shop.stock, "circ_r1_t1"));
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_r1_t1\" WITH (FORCE)"));
}

/* What is copied by file is synced at once: but each of the two would wait for the other's
 * checkpoint. */
static void test_nothing_is_dropped_beside_a_making_where_the_server_syncs(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open_with(&shop, 3, 20, STRATEGY_FILE_COPY);
    shop_settle(&shop, 0);
    shop_give_back(&shop, 12);
    shop_assert_advances(&shop, 0); /* requests come first, and so does the stock */
    assert_int_equal(shop_count(&shop, COPY_MAKING), 12);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 0);
    scripted_session_goes_on(&shop.stock.makes);
    shop_assert_advances(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 12);
    shop_assert_advances(&shop, 30);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 0);
    scripted_session_goes_on(&shop.stock.drops);
    shop_assert_advances(&shop, 30);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 30);
}

/* Where it does not, drops go on beside the making, but not one by one. */
static void test_eight_are_dropped_beside_a_making_where_it_does_not(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 3, 20, shop_unsynced);
    shop_settle(&shop, 0);
    shop_give_back(&shop, 7);
    shop_assert_advances(&shop, 30);
    assert_true(shop_count(&shop, COPY_MAKING) > 0);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 0);
    shop_give_back(&shop, 1);
    shop_assert_advances(&shop, 30);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 8);
    scripted_session_goes_on(&shop.stock.drops);
    shop_assert_advances(&shop, 30);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 0);
}

/* By log, copies that are dropped before a checkpoint comes are never written: so they are made and
 * used, and then dropped all together. */
static void test_where_the_log_is_synced_copies_come_and_go_in_generations(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open_with(&shop, 2, SPARES_AUTO, STRATEGY_WAL_LOG);
    shop_settle(&shop, 3);
    assert_int_equal(shop_count(&shop, COPY_READY), 3);
    shop_give_back(&shop, 2);
    shop_settle(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_UNWANTED), 2);
    shop_take(&shop, 1);
    shop_settle(&shop, 2); /* the last of the four, and one more since somebody waits for it */
    assert_int_equal(shop_count(&shop, COPY_READY), 2);
    shop_take(&shop, 2);
    shop_settle(&shop, 1); /* three are in use: what was given back waits for them */
    assert_int_equal(shop_count(&shop, COPY_MAKING) + shop_count(&shop, COPY_READY), 0);
    assert_false(scripted_session_was_called("DROP DATABASE"));
    shop_give_back_taken(&shop);
    shop_assert_advances(&shop, 1);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 5);
    assert_int_equal(shop_count(&shop, COPY_MAKING), 0);
    shop_settle(&shop, 1);
    assert_int_equal(shop_count(&shop, COPY_READY), 1);
}

/* A test that takes long must not keep the others from theirs. */
static void test_those_in_use_are_waited_for_half_a_second(void **state)
{
    struct poll_set set OWNED(poll_set_release) = {0};
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open_with(&shop, 1, SPARES_AUTO, STRATEGY_WAL_LOG);
    shop_settle(&shop, 2);
    shop_give_back(&shop, 1);
    shop_take(&shop, 1);
    shop_settle(&shop, 1);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 0);
    poll_set_clear(&set);
    stock_prepare(&shop.stock, &set);
    assert_int_equal(set.until_ms, clock_now_ms() + 500);
    scripted_clock_pass(500);
    shop_assert_advances(&shop, 1);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 1);
    shop_settle(&shop, 1);
    assert_int_equal(shop_count(&shop, COPY_READY), 1);
    assert_int_equal(shop_count(&shop, COPY_TAKEN), 1);
}

/* The disk may be full of them. */
static void test_when_making_fails_what_was_given_back_goes_at_once(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open_with(&shop, 2, SPARES_AUTO, STRATEGY_WAL_LOG);
    shop_settle(&shop, 2);
    shop_give_back(&shop, 1);
    shop_settle(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_UNWANTED), 1);
    scripted_session_fails("CREATE DATABASE", ERROR_SERVER, "53100", 1);
    shop_assert_advances(&shop, 2);
    scripted_session_goes_on(&shop.stock.makes);
    assert_false(stock_advance(&shop.stock, 2, NULL));
    shop_assert_advances(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_DROPPING), 2); /* and what was half made */
}

/* What stays until the end of the run is not waited for. */
static void test_what_stays_holds_no_generation_up(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open_with(&shop, 1, SPARES_AUTO, STRATEGY_WAL_LOG);
    shop_settle(&shop, 2);
    shop_take(&shop, 2);
    shop.stock.copies->holder = NULL;
    shop.stock.copies->next->holder = NULL;
    shop_settle(&shop, 1);
    assert_int_equal(shop_count(&shop, COPY_READY), 1);
    assert_int_equal(shop_count(&shop, COPY_TAKEN), 2);
}

/* Those that resets have put in the place of others are in use at each end of a generation. */
static void test_resets_make_generations_longer(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open_with(&shop, 2, SPARES_AUTO, STRATEGY_WAL_LOG);
    shop_settle(&shop, 1);
    stock_add_replaced(&shop.stock, memory_copy_string("old"));
    shop_settle(&shop, 16);
    assert_int_equal(shop_count(&shop, COPY_READY), 16);
    shop_give_back(&shop, 16);
    shop_settle(&shop, 0);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"old\""));
}

/* The user's number of spares is had even so. */
static void test_a_generation_has_room_for_the_spares_that_are_set(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open_with(&shop, 1, 10, STRATEGY_WAL_LOG);
    shop_settle(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_READY), 10);
}

/* It goes with the run, and the server is not asked again and again. */
static void test_what_cannot_be_dropped_is_left_to_the_end(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 1, shop_unsynced);
    shop_settle(&shop, 0);
    stock_add_unwanted(&shop.stock, memory_copy_string("odd"));
    scripted_session_fails("\"odd\"", ERROR_SERVER, "55006", 1);
    shop_settle(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_UNWANTED) + shop_count(&shop, COPY_DROPPING), 0);
    assert_int_equal(shop_count(&shop, COPY_READY), 1);
}

/* While the lease was lost another run may have swept what was ours, and one with the same name may
 * be another's by now. */
static void test_what_was_swept_meanwhile_is_forgotten(void **state)
{
    const char *sets[TABLE_SETS] = {0};
    struct strbuf databases OWNED(strbuf_release) = {0};
    struct inventory now OWNED(inventory_release) = {0};
    struct shop shop OWNED(shop_close) = {0};
    const char *lease;
    (void)state;

    shop_open(&shop, 1, 3, shop_unsynced);
    shop_settle(&shop, 0);
    lease = shop.base.session.lease.text;
    strbuf_printf(&databases,
                  FIXTURE_DATABASES "circ_r1_t1|pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,"
                                    "\"worker\":\"gw0\",\"template\":null,\"lease\":\"%s\","
                                    "\"created\":\"c\",\"host\":\"h\",\"pid\":1}|f|f|0|~\n"
                                    "circ_r1_t2|" FIXTURE_MARK("circ", "null", "gw0",
                                                               "00000000000000b1") "|f|f|0|~\n",
                  lease);
    sets[LOOK_DATABASES] = strbuf_text(&databases);
    fixture_inventory(sets, &shop.base.settings, &now);
    stock_check(&shop.stock, &now);
    assert_int_equal(shop_count(&shop, COPY_READY), 1);
    assert_string_equal(stock_ready(&shop.stock)->name, "circ_r1_t1");
    assert_true(stock_holds(&shop.stock, &now, "circ_r1_t1"));
    assert_false(stock_holds(&shop.stock, &now, "circ_r1_t2"));
    assert_false(stock_holds(&shop.stock, &now, "circ_r1_t3"));
}

/* The end of a run waits for nothing that is under way. */
static void test_closing_leaves_what_is_under_way(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 4, shop_unsynced);
    shop_settle(&shop, 0);
    shop_give_back(&shop, 4);
    shop_assert_advances(&shop, 10);
    assert_true(scripted_session_jobs(&shop.stock.makes) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_made_before_the_first_request),
        cmocka_unit_test(test_the_target_grows_when_somebody_has_to_wait),
        cmocka_unit_test(test_the_target_where_copies_are_put_back),
        cmocka_unit_test(test_a_number_of_spares_that_is_set),
        cmocka_unit_test(test_a_batch_is_made_when_half_are_gone),
        cmocka_unit_test(test_those_who_wait_are_waited_for_at_once),
        cmocka_unit_test(test_after_a_failure_nothing_is_made_that_nobody_waits_for),
        cmocka_unit_test(test_one_is_dropped_when_there_is_nothing_else_to_do),
        cmocka_unit_test(test_nothing_is_dropped_beside_a_making_where_the_server_syncs),
        cmocka_unit_test(test_eight_are_dropped_beside_a_making_where_it_does_not),
        cmocka_unit_test(test_where_the_log_is_synced_copies_come_and_go_in_generations),
        cmocka_unit_test(test_those_in_use_are_waited_for_half_a_second),
        cmocka_unit_test(test_when_making_fails_what_was_given_back_goes_at_once),
        cmocka_unit_test(test_what_stays_holds_no_generation_up),
        cmocka_unit_test(test_resets_make_generations_longer),
        cmocka_unit_test(test_a_generation_has_room_for_the_spares_that_are_set),
        cmocka_unit_test(test_what_cannot_be_dropped_is_left_to_the_end),
        cmocka_unit_test(test_what_was_swept_meanwhile_is_forgotten),
        cmocka_unit_test(test_closing_leaves_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
