// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/server/account.h"
#include "scratch_folder.h"

/* Neither the files' owner nor in their group. */
static const struct account stranger = {.user = {.uid = 54321, .gid = 54321}, .other = true};

/* Without this the server is started as root, which it refuses, or as someone else than us. */
static void test_choice(void **state)
{
    struct account account = {0};
    (void)state;

    assert_true(account_choose(&account, NULL));
    assert_int_equal(account.other, geteuid() == 0);
    assert_int_not_equal(account.user.uid, 0);
    assert_int_equal(account_to_become(&account) != NULL, geteuid() == 0);
    if (geteuid() != 0)
        assert_int_equal(account.user.uid, geteuid());
}

/* Without this root puts the data where the server's user cannot get at it. */
static void test_reach(void **state)
{
    struct account self = {.user = {.uid = geteuid(), .gid = getegid()}, .other = true};
    (void)state;

    scratch_make_folder("open", 0755);
    scratch_make_folder("open/closed", 0700);
    scratch_make_folder("open/closed/open", 0777);
    assert_true(account_can_reach(&stranger, "/"));
    assert_true(account_can_reach(&stranger, scratch_path("open")));
    assert_false(account_can_reach(&stranger, scratch_path("open/closed")));
    assert_false(account_can_reach(&stranger, scratch_path("open/closed/open")));
    assert_true(account_can_reach(&self, scratch_path("open/closed/open")));
    assert_false(account_can_reach(&self, scratch_path("none")));
    self.other = false;
    assert_true(account_can_reach(&self, scratch_path("none")));
}

/* Without this the group's bits are not looked at, or those of others in their place. */
static void test_reach_by_group(void **state)
{
    const struct account member = {.user = {.uid = 54321, .gid = getegid()}, .other = true};
    (void)state;

    scratch_make_folder("group", 0710);
    assert_true(account_can_reach(&member, scratch_path("group")));
    assert_int_equal(chmod(scratch_path("group"), 0701), 0);
    assert_false(account_can_reach(&member, scratch_path("group")));
}

int main(void)
{
#define ACCOUNT_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        ACCOUNT_TEST(test_choice),
        ACCOUNT_TEST(test_reach),
        ACCOUNT_TEST(test_reach_by_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
