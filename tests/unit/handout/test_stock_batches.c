/* The batches of the stock: what a copy goes through until it is ready, and what is left of one
 * that could not be made. */
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

#include "pgclone/base/memory.h"
#include "scripted_session.h"
#include "shop.h"

/* The server is told nothing of a copy's own name before it is whole and marked. */
static void test_a_copy_is_whole_before_it_has_its_name(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    const char *create, *mark, *rename;
    (void)state;

    shop_open(&shop, 1, 1, shop_unsynced);
    shop_settle(&shop, 0);
    create = strstr(scripted_session_calls(), "CREATE DATABASE \"pgclone_scratch_");
    mark = strstr(scripted_session_calls(), "\"use\":\"spare\"");
    rename = strstr(scripted_session_calls(), "_1000000\" RENAME TO \"circ_r1_t1\"");
    assert_true(create != NULL && create < mark && mark < rename);
    assert_string_equal(stock_ready(&shop.stock)->name, "circ_r1_t1");
    assert_null(stock_taken(&shop.stock, "circ_r1_t1"));
    stock_ready(&shop.stock)->state = COPY_TAKEN;
    assert_non_null(stock_taken(&shop.stock, "circ_r1_t1"));
}

/* Else a template with a long name has no copies. */
static void test_a_long_base_leaves_room_for_the_number(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 1, NULL);
    shop.base.scope.base = "a_template_whose_name_is_as_long_as_a_name_may_be_in_postgresql";
    shop_settle(&shop, 0);
    assert_string_equal(stock_ready(&shop.stock)->name, "pgclone_r1_t1");
}

/* Who waits for one copy does not wait for the last of the batch. */
static void test_a_copy_is_ready_as_soon_as_it_is_made(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 4, shop_unsynced);
    shop_assert_advances(&shop, 0);
    shop.stock.making.jobs[2].state = JOB_DONE;
    shop_assert_advances(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_READY), 1);
    assert_string_equal(stock_ready(&shop.stock)->name, "circ_r1_t3");
    stock_forget(&shop.stock, stock_ready(&shop.stock));
    scripted_session_goes_on(&shop.stock.makes);
    shop_assert_advances(&shop, 0);
    assert_int_equal(shop_count(&shop, COPY_READY), 3);
}

/* What is half made is under its scratch name. */
static void test_a_copy_that_cannot_be_made_leaves_nothing(void **state)
{
    struct shop shop OWNED(shop_close) = {0};
    (void)state;

    shop_open(&shop, 1, 2, shop_unsynced);
    scripted_session_fails("RENAME TO \"circ_r1_t1\"", ERROR_SERVER, "53100", 1);
    shop_assert_advances(&shop, 0);
    scripted_session_goes_on(&shop.stock.makes);
    assert_false(stock_advance(&shop.stock, 1, &shop.base.err));
    assert_string_equal(shop.base.err.sqlstate, "53100");
    error_release(&shop.base.err);
    assert_string_equal(stock_ready(&shop.stock)->name, "circ_r1_t2");
    shop_settle(&shop, 0);
    assert_true(scripted_session_was_called("DROP DATABASE IF EXISTS \"pgclone_scratch_"));
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ"));
}

/* Another run of the same id, or one that was killed a moment ago, has a name: the next one is
 * free. Without this nobody would get a copy; and without an end to it nobody would hear why. */
static void test_names_that_are_taken(void **state)
{
    (void)state;

    for (int for_ever = 0; for_ever < 2; for_ever++) {
        struct shop shop OWNED(shop_close) = {0};
        bool goes_on = true;
        int rounds = 0;

        shop_open(&shop, 1, 1, shop_unsynced);
        scripted_session_fails("RENAME TO \"circ_r1_t", ERROR_SERVER, "42P04", for_ever ? 100 : 1);
        for (; goes_on && stock_ready(&shop.stock) == NULL; rounds++) {
            goes_on = stock_advance(&shop.stock, 1, &shop.base.err);
            if (goes_on)
                scripted_session_goes_on(&shop.stock.makes);
        }
        assert_int_equal(goes_on, !for_ever);
        assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ"));
        assert_true(rounds < 20);
        error_release(&shop.base.err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copy_is_whole_before_it_has_its_name),
        cmocka_unit_test(test_a_long_base_leaves_room_for_the_number),
        cmocka_unit_test(test_a_copy_is_ready_as_soon_as_it_is_made),
        cmocka_unit_test(test_a_copy_that_cannot_be_made_leaves_nothing),
        cmocka_unit_test(test_names_that_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
