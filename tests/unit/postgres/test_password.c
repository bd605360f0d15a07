/* A role's password is set over a connection of its own, and the server never sees it. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/postgres/password.h"
#include "scripted_libpq.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    scripted_begin();
    return interrupt_install(NULL) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    interrupt_reset();
    scripted_end();
    return 0;
}

static bool set(struct error *err)
{
    return password_set("postgresql://scripted/postgres", "app", "secret", err);
}

/* Without this the password stands in the server's list of activity, or in its log. */
static void test_the_server_gets_a_verifier(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(set(&err));
    assert_string_equal(scripted_done(), "[1] ALTER ROLE \"app\" PASSWORD 'scram-sha-256$app:6'\n");
    assert_null(strstr(scripted_sent(), "secret"));
    assert_int_equal(scripted_open(), 0);
}

/* Without this the run goes on with a password that nobody can use. */
static void test_failures_are_told(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "ALTER ROLE", .sqlstate = "42704"});
    assert_false(set(&err));
    assert_int_equal(err.kind, ERROR_SERVER);
    assert_non_null(strstr(err.message, "could not set the password of \"app\": "));
    scripted_connect(2, (struct scripted_connect){.polls = "rf"});
    assert_false(set(&err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_non_null(strstr(err.message, "could not set the password of \"app\": "));
}

/* Whatever call fails, and whenever: there is an error, and it holds no password. */
static void test_no_fault_passes_for_success(void **state)
{
    int call = 0;
    (void)state;

    do {
        struct error err OWNED(error_release) = {0};

        scripted_end();
        scripted_begin();
        scripted_fail_at(++call, FAULT_BROKEN);
        if (set(&err) || scripted_hit() == NULL)
            break;
        assert_true(error_is_set(&err));
        assert_null(strstr(err.message, "secret"));
    } while (call < 100);
    assert_null(scripted_hit());
    assert_in_range(call, 5, 99);
}

/* Without this Ctrl-C does nothing while a server that hangs is waited for. */
static void test_a_signal_ends_the_wait(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_raise_at(2, SIGTERM);
    assert_false(set(&err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(err.signal, SIGTERM);
    assert_int_equal(scripted_open(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_server_gets_a_verifier, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_fault_passes_for_success, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_signal_ends_the_wait, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
