/* Proxies between us and the server: which of them are taken, and what is said of the others. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/provision/proxy.h"
#include "provision_fixture.h"
#include "scripted_session.h"

static const char *const behind_proxy[TABLE_SETS] = {
    [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
                    "99|app|f|t|f|t|90\n"};

static void attempt_init(struct scripted_attempt *attempt, const char *const sets[TABLE_SETS])
{
    scripted_attempt_init(attempt, 1);
    fixture_inventory(sets, &attempt->settings, &attempt->inventory);
}

static bool attempt_run(struct scripted_attempt *attempt)
{
    return proxy_check(&attempt->session, &attempt->inventory, &attempt->err);
}

/* The backend is the one that libpq was told of: there is none, and nothing is asked. */
static void test_no_proxy_costs_nothing(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt, NULL);
    assert_true(attempt_run(&attempt));
    assert_string_equal(scripted_session_calls(), "");
}

/* A proxy between us: two connections that one backend serves cannot hold locks. What the set-up
 * has left in the pool's session is put back. */
static void test_refuses_a_proxy_that_pools_transactions(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt, behind_proxy);
    scripted_session_gives("proxy", "pid\n99\n", 1);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.err.kind, ERROR_SERVER);
    assert_non_null(strstr(attempt.err.message, "proxy"));
    assert_non_null(strstr(attempt.err.hint, "pool_mode = session"));
    assert_string_equal(scripted_session_calls(),
                        "open\nquery: look for a proxy\nclose\nquery: put back a pooled session\n");
}

/* One that gives each client a backend of its own is as good as none; it is asked about once. */
static void test_takes_a_proxy_that_pools_sessions(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt, behind_proxy);
    scripted_session_gives("proxy", "pid\n98\n", 1);
    for (int i = 0; i < 2; i++)
        assert_true(attempt_run(&attempt));
    assert_string_equal(scripted_session_calls(), "open\nquery: look for a proxy\nclose\n");
}

/* Where no second connection can be had nobody can tell: nothing is relied on, and it is said. */
static void test_what_cannot_be_told_is_a_failure(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    attempt_init(&attempt, behind_proxy);
    scripted_session_fails("look for a proxy", ERROR_CONNECTION, "53300", 1);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.err.kind, ERROR_CONNECTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_proxy_costs_nothing),
        cmocka_unit_test(test_refuses_a_proxy_that_pools_transactions),
        cmocka_unit_test(test_takes_a_proxy_that_pools_sessions),
        cmocka_unit_test(test_what_cannot_be_told_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
