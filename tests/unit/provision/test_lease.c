/* Leases, their keys, and the names of scratch databases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/provision/lease.h"

/* Two processes with one lease would each keep the other's databases alive, or take them back. */
static void test_make(void **state)
{
    struct lease leases[64];
    (void)state;

    for (size_t i = 0; i < 64; i++) {
        enum lease_kind kind = i % 2 == 0 ? LEASE_CREATE : LEASE_RUN;

        assert_true(lease_make(kind, &leases[i], NULL));
        assert_true(leases[i].key > 0);
        assert_true(lease_is_text(leases[i].text));
        assert_true(lease_key_of(leases[i].text) == leases[i].key);
        assert_int_equal(lease_is_of_run(leases[i].text), kind == LEASE_RUN);
        for (size_t j = 0; j < i; j++)
            assert_true(leases[i].key != leases[j].key);
    }
}

/* Databases that outlive their run must not be swept by the next one. */
static void test_outlive(void **state)
{
    struct lease run;
    struct lease stays;
    struct lease again;
    (void)state;

    assert_true(lease_make(LEASE_RUN, &run, NULL));
    lease_outlive(&run, &stays);
    assert_false(lease_is_of_run(stays.text));
    assert_true(stays.key == run.key - 1);
    assert_true(lease_key_of(stays.text) == stays.key);
    lease_outlive(&stays, &again);
    assert_string_equal(again.text, stays.text);
}

/* What a run holds so that others may join it is no database's lease, and no session's key. */
static void test_join_key(void **state)
{
    static const enum lease_kind kinds[] = {LEASE_CREATE, LEASE_RUN};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct lease lease;
        int64_t ignored = 0;

        assert_true(lease_make(kinds[i], &lease, NULL));
        assert_true(lease_join_key(&lease) > 0);
        assert_true(lease_join_key(&lease) != lease.key);
        assert_false(lease_is_session_key(lease_join_key(&lease), &ignored));
    }
}

static void test_read(void **state)
{
    struct lease lease;
    struct lease again = {.key = 42};
    (void)state;

    assert_true(lease_make(LEASE_RUN, &lease, NULL));
    assert_false(lease_read("00000000000000A1", &again));
    assert_true(again.key == 42);
    assert_true(lease_read(lease.text, &again));
    assert_true(again.key == lease.key);
    assert_string_equal(again.text, lease.text);
}

/* The key of the sessions is another one than the lease's: a process that is dead, but whose
 * session goes on, must not look alive. */
static void test_session_keys(void **state)
{
    struct lease lease;
    int64_t key = 0;
    (void)state;

    for (int i = 0; i < 32; i++) {
        assert_true(lease_make(LEASE_RUN, &lease, NULL));
        assert_true(lease_session_key(&lease) < 0);
        assert_true(lease_is_session_key(lease_session_key(&lease), &key));
        assert_true(key == lease.key);
        assert_false(lease_is_session_key(lease.key, &key));
    }
}

static const struct {
    const char *text;
    int64_t key; /* 0: not a lease */
} texts[] = {
    {"0000000000000001", 1},         {"00000000000000a1", 161},
    {"7fffffffffffffff", INT64_MAX}, {"0000000000000000", 0},
    {"8000000000000000", 0},         {"ffffffffffffffff", 0},
    {"00000000000000A1", 0},         {"0x000000000000a1", 0},
    {"-000000000000001", 0},         {" 00000000000000a", 0},
    {"00000000000000a", 0},          {"00000000000000a10", 0},
    {"00000000000000a ", 0},         {"", 0},
};

/* A lease that is none is never held, and its database looks as if nobody had it. */
static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(lease_is_text(texts[i].text), texts[i].key != 0);
        if (texts[i].key != 0)
            assert_true(lease_key_of(texts[i].text) == texts[i].key);
    }
    assert_int_equal(lease_key_of(""), 0);
    assert_int_equal(lease_key_of("ffffffffffffffff"), 0);
}

/* Scratch databases are found again by their names alone, whenever their maker was killed. */
static void test_scratch_names(void **state)
{
    const struct lease lease = {.key = 161, .text = "00000000000000a1"};
    static const int numbers[] = {0, 1, 9, 4095, INT32_MAX};
    (void)state;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char *name OWNED(memory_free_string) = lease_scratch_name(&lease, numbers[i]);
        char text[LEASE_TEXT_SIZE] = "";

        assert_true(strlen(name) <= 63);
        assert_int_equal(strncmp(name, "pgclone_scratch_00000000000000a1_", 33), 0);
        assert_true(lease_of_scratch(name, text));
        assert_string_equal(text, lease.text);
    }
}

/* Each differs from a scratch name in one thing. */
static const char *const look_alikes[] = {
    "",
    "pgclone",
    "pgclone_scratch_",
    "pgclone_scratch_00000000000000a1",
    "pgclone_scratch_00000000000000a1_",
    "pgclone_scratch_00000000000000a1_x",
    "pgclone_scratch_00000000000000a1_1x",
    "pgclone_scratch_00000000000000a1_-1",
    "pgclone_scratch_00000000000000a1_ 1",
    "pgclone_scratch_00000000000000a1-1",
    "pgclone_scratch_00000000000000A1_1",
    "pgclone_scratch_0000000000000000_1",
    "pgclone_scratch_ffffffffffffffff_1",
    "pgclone_scratch_00000000000000a_1",
    "pgclone_scratch_00000000000000a11_1",
    "pgclone_scratch_00000000000000a1_1_2",
    "Pgclone_scratch_00000000000000a1_1",
    "pgclone_Scratch_00000000000000a1_1",
    " pgclone_scratch_00000000000000a1_1",
    "pgclone_scratch_data",
    "pgclone_scratch_00000000000000a1_1 ",
};

/* A database that only sounds like one of ours is somebody's. */
static void test_look_alikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof look_alikes / sizeof look_alikes[0]; i++) {
        char text[LEASE_TEXT_SIZE] = "untouched";

        if (lease_of_scratch(look_alikes[i], text))
            fail_msg("taken for a scratch database: %s", look_alikes[i]);
        assert_string_equal(text, "untouched");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),          cmocka_unit_test(test_outlive),
        cmocka_unit_test(test_read),          cmocka_unit_test(test_join_key),

        cmocka_unit_test(test_session_keys),  cmocka_unit_test(test_texts),
        cmocka_unit_test(test_scratch_names), cmocka_unit_test(test_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
