/* The lock on a template's name: one makes it, and the others wait for as long as that one lives.
 */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: template_fixture.c
// links: caught_log.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "caught_log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/template_lock.h"
#include "provision_fixture.h"
#include "scripted_clock.h"
#include "template_fixture.h"

#define NAME "circ_aaaaaaaaaaaa"
#define THERE NAME "|" TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|t|0|~\n"
#define OPENED NAME "|" TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|t|0|~|t\n"

static void begin(struct scripted_attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_clock_reset();
    scripted_attempt_init(attempt, 1);
    template_attempt_begin_looks();
}

static bool take(struct scripted_attempt *attempt, bool force, bool *waited)
{
    inventory_release(&attempt->inventory);
    return template_lock(&attempt->session, NAME, force, &attempt->inventory, waited,
                         &attempt->err);
}

/* Nobody else is there: no time is spent. */
static void test_a_free_name(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    bool waited = true;
    (void)state;

    begin(&attempt);
    template_attempt_look(NULL, true);
    assert_true(take(&attempt, false, &waited));
    assert_false(waited);
    assert_string_equal(scripted_session_calls(), "look " NAME "\n");
}

/* What another one has made is enough, though it still has the lock; unless it is to be made anew,
 * or was opened meanwhile. */
static void test_another_one_makes_it(void **state)
{
    static const struct {
        const char *there;
        bool force;
        bool enough;
    } cases[] = {{THERE, false, true}, {THERE, true, false}, {OPENED, false, false}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        bool waited = false;

        begin(&attempt);
        template_attempt_look(NULL, false);
        template_attempt_look(cases[i].there, false);
        template_attempt_look(cases[i].there, true);
        if (!take(&attempt, cases[i].force, &waited))
            fail_msg("%s", attempt.err.message);
        assert_true(waited);
        assert_int_equal(scripted_session_times_called("look " NAME), cases[i].enough ? 2 : 3);
    }
}

/* A build may take minutes: whoever waits for it is told for what, once, and not for a moment. */
static void test_a_long_wait_is_told(void **state)
{
    (void)state;

    for (int looks = 2; looks <= 7; looks += 5) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        char *said OWNED(memory_free_string) = NULL;
        bool waited, taken;

        begin(&attempt);
        for (int i = 0; i < looks; i++)
            template_attempt_look(NULL, i == looks - 1);
        caught_log_begin(LOG_NORMAL);
        taken = take(&attempt, false, &waited);
        said = caught_log_end();
        assert_true(taken && waited);
        assert_string_equal(said, looks == 2 ? ""
                                             : "pgclone: waiting for another pgclone that is "
                                               "building the template \"" NAME "\"\n");
    }
}

/* Without this a command that calls `pgclone create` waits for itself, for ever. */
static void test_the_programs_of_a_build_do_not_wait_for_it(void **state)
{
    (void)state;

    for (int other = 0; other < 2; other++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        bool waited;

        begin(&attempt);
        template_attempt_look(NULL, false);
        template_attempt_look(NULL, true);
        setenv("PGCLONE_BUILDING", other == 0 ? NAME : "other", 1);
        assert_int_equal(take(&attempt, false, &waited), other);
        unsetenv("PGCLONE_BUILDING");
        if (other == 0) {
            assert_int_equal(attempt.err.kind, ERROR_GUARD);
            assert_non_null(attempt.err.hint);
        }
    }
}

/* Without this somebody's own database is swapped for a template. */
static void test_what_is_not_ours_stays(void **state)
{
    static const char *const others[] = {
        NAME "|~|f|f|0|~\n",
        NAME "|" FIXTURE_MARK("circ", "null", "gw0", FIXTURE_LEASE) "|f|f|0|~\n"};
    (void)state;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        bool waited;

        begin(&attempt);
        template_attempt_look(others[i], true);
        assert_false(take(&attempt, i == 1, &waited));
        assert_int_equal(attempt.err.kind, ERROR_GUARD);
        assert_non_null(strstr(attempt.err.message, NAME));
        assert_false(scripted_session_was_called("DATABASE"));
    }
}

/* What was done under the lock decides, and says why; that the lock could not be given back matters
 * where it has succeeded. */
static void test_giving_it_back(void **state)
{
    (void)state;

    for (int done = 0; done < 2; done++)
        for (int fails = 0; fails < 2; fails++) {
            struct scripted_attempt attempt OWNED(scripted_attempt_release);

            begin(&attempt);
            if (fails)
                scripted_session_fails("unlock", ERROR_CONNECTION, "", 1);
            if (!done)
                error_set(&attempt.err, ERROR_SYSTEM, "could not fill");
            assert_int_equal(template_unlock(&attempt.session, NAME, done, &attempt.err),
                             done && !fails);
            assert_string_equal(scripted_session_calls(), "unlock " NAME "\n");
            if (!done)
                assert_string_equal(attempt.err.message, "could not fill");
            else
                assert_int_equal(error_is_set(&attempt.err), fails);
        }
}

/* A template that is half dropped, open, or no template is none that a create may clone. */
static void test_what_is_built(void **state)
{
    static const struct {
        const char *databases;
        bool built;
    } cases[] = {
        {THERE, true},
        {OPENED, false},
        {NAME "|" TEMPLATE_MARK("2026-11-26T00:00:00Z") "|t|t|0|~\n", false},
        {NAME "|" TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|f|0|~\n", false},
        {NAME "|" FIXTURE_MARK("circ", "null", "", FIXTURE_LEASE) "|f|t|0|~\n", false},
        {NAME "|~|f|t|0|~\n", false},
        {"", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings settings OWNED(settings_release) = {0};
        struct inventory found OWNED(inventory_release) = {0};
        struct strbuf text OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {0};

        fixture_settings(&settings);
        strbuf_printf(&text, FIXTURE_DATABASES "%s", cases[i].databases);
        sets[LOOK_DATABASES] = strbuf_text(&text);
        fixture_inventory(sets, &settings, &found);
        assert_int_equal(template_lock_is_built(inventory_find(&found, NAME)), cases[i].built);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_free_name),
        cmocka_unit_test(test_another_one_makes_it),
        cmocka_unit_test(test_a_long_wait_is_told),
        cmocka_unit_test(test_the_programs_of_a_build_do_not_wait_for_it),
        cmocka_unit_test(test_what_is_not_ours_stays),
        cmocka_unit_test(test_giving_it_back),
        cmocka_unit_test(test_what_is_built),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
