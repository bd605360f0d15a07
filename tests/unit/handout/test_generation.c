/* When the copies of a generation are made, and when they are dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/handout/generation.h"

/* A generation of four of which so many were begun. */
static struct generation of_four(size_t begun)
{
    struct generation generation;

    generation_open(&generation, 4, 16);
    generation_add(&generation, begun);
    return generation;
}

static bool is_over(struct generation *generation, size_t left, size_t in_use, size_t waiting,
                    int64_t now_ms)
{
    const struct generation_use use = {.left = left, .in_use = in_use, .waiting = waiting};

    return generation_is_over(generation, &use, now_ms);
}

static void test_without_generations_there_is_always_room(void **state)
{
    struct generation none = {0};
    (void)state;

    generation_add(&none, 100);
    assert_int_equal(generation_room(&none, 7, 2), 7);
}

/* Spares only as far as they belong to it; but who waits is not made to wait for its end. */
static void test_room(void **state)
{
    static const struct {
        size_t begun, missing, waiting, room;
    } cases[] = {{0, 3, 0, 3}, {2, 3, 0, 2}, {2, 5, 3, 3},
                 {3, 6, 5, 5}, {4, 3, 2, 0}, {9, 1, 1, 0}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct generation generation = of_four(cases[i].begun);

        assert_int_equal(generation_room(&generation, cases[i].missing, cases[i].waiting),
                         cases[i].room);
    }
}

static void test_over_when_all_have_come_back(void **state)
{
    struct generation generation = of_four(4), begun = of_four(3);
    (void)state;

    assert_false(is_over(&begun, 0, 0, 1, 0));
    assert_false(is_over(&generation, 1, 0, 0, 0));
    assert_false(is_over(&generation, 0, 1, 0, 0));
    assert_true(is_over(&generation, 0, 0, 0, 0));
    generation_renew(&generation);
    assert_int_equal(generation_room(&generation, 9, 0), 4);
}

/* The time begins when somebody waits, and ends with a copy that can be had after all. */
static void test_patience(void **state)
{
    struct generation generation = of_four(4);
    (void)state;

    assert_false(is_over(&generation, 0, 2, 0, 1000));
    assert_false(is_over(&generation, 0, 2, 1, 9000));
    assert_int_equal(generation.until_ms, 9500);
    assert_false(is_over(&generation, 0, 2, 1, 9499));
    assert_true(is_over(&generation, 0, 2, 1, 9500));
    assert_false(is_over(&generation, 1, 2, 0, 9600));
    assert_int_equal(generation.until_ms, 0);
}

/* A generation of which so many were handed out, and so many of these after a wait. */
static size_t size_after(struct generation *generation, size_t taken, size_t waited)
{
    for (size_t i = 0; i < taken; i++)
        generation_take(generation, i < waited);
    generation_renew(generation);
    return generation->size;
}

/* Long where tests are the slower ones, short where the server is, and in between as it was. */
static void test_the_size_follows_the_tests(void **state)
{
    struct generation generation = of_four(4);
    (void)state;

    assert_int_equal(size_after(&generation, 4, 4), 4); /* no less than the least */
    assert_int_equal(size_after(&generation, 4, 2), 8);
    assert_int_equal(size_after(&generation, 8, 5), 8);
    assert_int_equal(size_after(&generation, 8, 0), 16);
    assert_int_equal(size_after(&generation, 16, 1), 16); /* no more than the most */
    assert_int_equal(size_after(&generation, 0, 0), 8);
    assert_int_equal(size_after(&generation, 8, 6), 4);
}

/* Resets want no end that can be avoided, whatever their tests are like. */
static void test_a_long_one_stays_long(void **state)
{
    struct generation generation = of_four(4), none = {0};
    (void)state;

    generation_lengthen(&generation);
    assert_int_equal(generation_room(&generation, 99, 0), 12);
    assert_int_equal(size_after(&generation, 16, 16), 16);
    generation_lengthen(&none);
    assert_int_equal(generation_room(&none, 99, 0), 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_generations_there_is_always_room),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_over_when_all_have_come_back),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_the_size_follows_the_tests),
        cmocka_unit_test(test_a_long_one_stays_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
