/* A template that others are in: waiting for them, ending their sessions, and giving up. */
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

#include "pgclone/base/clock.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/template_wait.h"
#include "provision_fixture.h"
#include "scripted_clock.h"
#include "scripted_session.h"

#define SESSIONS "pid|role|application\n"

static const char *const used[TABLE_SETS] = {
    [LOOK_SESSIONS] = SESSIONS "11|app|psql\n12|dba|~\n~|app|prepared transaction x\n"};
static const char *const prepared[TABLE_SETS] = {[LOOK_SESSIONS] =
                                                     SESSIONS "~|app|prepared transaction x\n"};
static const char *const unused[TABLE_SETS] = {[LOOK_SESSIONS] = SESSIONS};

struct attempt {
    struct scripted_attempt base;
    struct template_wait wait;
    int64_t began_ms;
};

static void attempt_init(struct attempt *attempt, const char *const first[TABLE_SETS])
{
    scripted_attempt_init(&attempt->base, 3);
    scripted_clock_reset();
    scripted_session_finds(first);
    attempt->wait = (struct template_wait){0};
    attempt->began_ms = clock_now_ms();
}

static enum look_verdict judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    struct attempt *attempt = look->request.context;

    (void)elapsed_ms;
    return template_wait_judge(&attempt->wait, look, err);
}

/* Looks, with the template's judge. */
static bool attempt_run(struct attempt *attempt)
{
    const struct look_request request = {.catalog = {.template_name = "circ"},
                                         .judge = judge,
                                         .explain = template_wait_explain,
                                         .context = attempt};

    return look_take(&attempt->base.session, &request, &attempt->base.inventory,
                     &attempt->base.err);
}

static int64_t attempt_ms(const struct attempt *attempt)
{
    return clock_now_ms() - attempt->began_ms;
}

static void attempt_release(struct attempt *attempt)
{
    scripted_attempt_release(&attempt->base);
}

/* Nobody is there: no look, and no time, is spent. */
static void test_unused_template_costs_nothing(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt, unused);
    assert_true(attempt_run(&attempt));
    assert_string_equal(scripted_session_calls(), "look\n");
    assert_int_equal(attempt_ms(&attempt), 0);
}

/* A migration that is about to end: the create goes on as soon as it has, and what it goes on with
 * is the last look, not the first. */
static void test_waits_until_they_are_gone(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt, used);
    scripted_session_finds(used);
    scripted_session_finds(prepared);
    scripted_session_finds(unused);
    assert_true(attempt_run(&attempt));
    assert_string_equal(scripted_session_calls(), "look\nlook\nlook\nlook\n");
    assert_int_equal(results_rows(&attempt.base.inventory.results, LOOK_SESSIONS), 0);
    assert_in_range(attempt_ms(&attempt), 1, 1000);
}

/* The one thing to know when it is given up: who is in there. */
static void test_gives_up_and_says_who_it_is(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt, used);
    attempt.base.settings.wait_s = 3;
    scripted_session_finds(used);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_BUSY);
    assert_string_equal(attempt.base.err.message, "the template \"circ\" is in use");
    assert_string_equal(attempt.base.err.detail,
                        "In it after waiting 3 s: process 11, user \"app\", application \"psql\"; "
                        "process 12, user \"dba\"; user \"app\", application \"prepared "
                        "transaction x\".");
    assert_non_null(strstr(attempt.base.err.hint, "--disconnect-template"));
    assert_in_range(attempt_ms(&attempt), 3000, 3200);
    assert_null(strstr(scripted_session_calls(), "terminate"));
}

/* wait: 0 means now or never. */
static void test_does_not_wait_unless_told_to(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt, used);
    attempt.base.settings.wait_s = 0;
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_BUSY);
    assert_int_equal(attempt_ms(&attempt), 0);
}

/* Told to, it ends the sessions, also without time to wait: they need a moment to be gone. */
static void test_ends_their_sessions_when_told_to(void **state)
{
    static const int waits_s[] = {0, 10};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt, used);
        attempt.base.settings.disconnect_template = true;
        attempt.base.settings.wait_s = waits_s[i];
        scripted_session_finds(unused);
        assert_true(attempt_run(&attempt));
        assert_string_equal(scripted_session_calls(), "look\nterminate 11,12\nlook\n");
    }
}

/* A prepared transaction has no session to end; it is named in place of being waited for for ever.
 */
static void test_cannot_end_a_prepared_transaction(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt, prepared);
    attempt.base.settings.disconnect_template = true;
    attempt.base.settings.wait_s = 0;
    scripted_session_finds(prepared);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_BUSY);
    assert_non_null(strstr(attempt.base.err.detail, "prepared transaction x"));
    assert_null(strstr(scripted_session_calls(), "terminate"));
}

/* A superuser's session, say: who it is, and who may end it. */
static void test_says_whose_session_it_may_not_end(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt, used);
    attempt.base.settings.disconnect_template = true;
    scripted_session_fails("terminate", ERROR_PRIVILEGE, "42501", 1);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_PRIVILEGE);
    assert_non_null(strstr(attempt.base.err.detail, "process 12, user \"dba\""));
    assert_non_null(strstr(attempt.base.err.hint, "pg_signal_backend"));
    assert_string_equal(scripted_session_calls(), "look\nterminate 11,12\n");
}

/* The server goes away meanwhile: that is what is said, not that the template is busy. */
static void test_a_lost_server_ends_the_waiting(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt, used);
    attempt.base.settings.disconnect_template = true;
    scripted_session_fails("terminate", ERROR_CONNECTION, "", 1);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_CONNECTION);
    assert_null(attempt.base.err.hint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unused_template_costs_nothing),
        cmocka_unit_test(test_waits_until_they_are_gone),
        cmocka_unit_test(test_gives_up_and_says_who_it_is),
        cmocka_unit_test(test_does_not_wait_unless_told_to),
        cmocka_unit_test(test_ends_their_sessions_when_told_to),
        cmocka_unit_test(test_cannot_end_a_prepared_transaction),
        cmocka_unit_test(test_says_whose_session_it_may_not_end),
        cmocka_unit_test(test_a_lost_server_ends_the_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
