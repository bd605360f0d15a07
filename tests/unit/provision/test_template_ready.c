/* Having a template ready: used where it is there, built by one of many where it is not. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: template_fixture.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/provision/template_ready.h"
#include "provision_fixture.h"
#include "template_fixture.h"

static const char *line(const struct scripted_attempt *attempt, const char *rest)
{
    static char text[1024];

    (void)snprintf(text, sizeof text, "%s|%s\n", template_attempt_name(attempt), rest);
    return text;
}

/* Without this every create takes a round trip more, or builds again and again. */
static void test_one_that_is_there_is_used(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    (void)state;

    template_attempt_init(&attempt, "exit 9");
    template_attempt_there(line(&attempt, TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|t"));
    assert_true(template_ready(&attempt.session, &ready, &attempt.err));
    assert_false(ready.built);
    assert_string_equal(attempt.scope.template_name, template_attempt_name(&attempt));
    assert_string_equal(scripted_session_calls(), "query: look for the template\n");
}

/* Without this a first create finds no template, or one that somebody can still change. */
static void test_one_that_is_missing_is_built(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    (void)state;

    template_attempt_init(&attempt, "true");
    template_attempt_there(NULL);
    template_attempt_look(NULL, true);
    if (!template_ready(&attempt.session, &ready, &attempt.err))
        fail_msg("%s", attempt.err.message);
    assert_true(ready.built);
    scripted_session_assert_order("look circ_", "CREATE DATABASE \"pgclone_scratch_");
    scripted_session_assert_order("CREATE DATABASE", "ALLOW_CONNECTIONS false");
    scripted_session_assert_order("ALLOW_CONNECTIONS false", "IS_TEMPLATE true");
    scripted_session_assert_order("IS_TEMPLATE true", "unlock circ_");
}

/* Without this sixteen jobs that begin together run the migrations sixteen times. */
static void test_another_builder_is_waited_for(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    (void)state;

    template_attempt_init(&attempt, "exit 9");
    template_attempt_there(NULL);
    template_attempt_look(NULL, false);
    template_attempt_look(NULL, false);
    template_attempt_look(line(&attempt, TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|t|0|~"), false);
    if (!template_ready(&attempt.session, &ready, &attempt.err))
        fail_msg("%s", attempt.err.message);
    assert_false(ready.built);
    assert_int_equal(scripted_session_times_called("look circ_"), 3);
    assert_false(scripted_session_was_called("CREATE DATABASE"));
}

/* Without this a builder that fails takes those along that waited for it. */
static void test_who_waits_builds_when_the_other_fails(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    (void)state;

    template_attempt_init(&attempt, "true");
    template_attempt_there(NULL);
    template_attempt_look(NULL, false);
    template_attempt_look(NULL, true);
    assert_true(template_ready(&attempt.session, &ready, &attempt.err));
    assert_true(ready.built);
}

/* Without this tests run on what somebody did to a template when he looked into it. */
static void test_one_that_was_opened_is_built_anew(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    const char *opened;
    (void)state;

    template_attempt_init(&attempt, "true");
    opened = TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|f";
    template_attempt_there(line(&attempt, opened));
    opened = TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|t|0|~|t";
    template_attempt_look(line(&attempt, opened), true);
    template_attempt_look(line(&attempt, opened), true);
    if (!template_ready(&attempt.session, &ready, &attempt.err))
        fail_msg("%s", attempt.err.message);
    assert_true(ready.built);
    scripted_session_assert_order("CREATE DATABASE", "DROP DATABASE");
}

/* Without this a dry run changes the server. */
static void test_a_dry_run_builds_nothing(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {.dry_run = true};
    (void)state;

    template_attempt_init(&attempt, "exit 9");
    template_attempt_there(NULL);
    assert_true(template_ready(&attempt.session, &ready, &attempt.err));
    assert_true(ready.missing);
    assert_string_equal(scripted_session_calls(), "query: look for the template\n");
}

/* Without this a role without CREATEDB learns it after minutes of migrations. */
static void test_the_role_is_looked_at_first(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\nany|t\n",
        [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
                        "7|app|f|f|f|t|90\n"};
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_ready ready = {0};
    (void)state;

    template_attempt_init(&attempt, "true");
    template_attempt_there(NULL);
    scripted_session_finds(sets);
    assert_false(template_ready(&attempt.session, &ready, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_PRIVILEGE);
    assert_false(scripted_session_was_called("CREATE DATABASE"));
}

/* With `reset: undo` the built one is there first, and the one that notes changes is made from it:
 * where the first is only planned, nobody can know the second's name. */
static void test_one_that_is_built_and_watched(void **state)
{
    (void)state;

    for (int dry_run = 0; dry_run < 2; dry_run++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        struct template_ready ready = {.dry_run = dry_run};
        const char *name;

        template_attempt_init(&attempt, "true");
        scope_release(&attempt.scope);
        attempt.settings.reset = RESET_UNDO;
        fixture_scope(&attempt.settings, &attempt.scope);
        template_attempt_there(NULL);
        scripted_session_gives("look at the template",
                               "facts|busy|may_replay|role\nx|f|t|app\n\n"
                               "name|comment|invalid|sealed\n",
                               1);
        template_attempt_look(NULL, true);
        if (!template_ready(&attempt.session, &ready, &attempt.err))
            fail_msg("%s", attempt.err.message);
        name = attempt.scope.watched->name;
        assert_string_equal(scope_source(&attempt.scope), attempt.scope.built->name);
        assert_int_equal(ready.missing, dry_run);
        assert_int_equal(strcmp(name, "circ_????????????") == 0, dry_run);
        assert_int_equal(scripted_session_was_called("pgclone.undo("), !dry_run);
        if (!dry_run)
            scripted_session_assert_order(attempt.scope.built->name, name);
    }
}

/* As in the program; the end of a child is a signal, too. */
static int install(void **state)
{
    (void)state;
    return interrupt_install(NULL) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_is_there_is_used),
        cmocka_unit_test(test_one_that_is_missing_is_built),
        cmocka_unit_test(test_another_builder_is_waited_for),
        cmocka_unit_test(test_who_waits_builds_when_the_other_fails),
        cmocka_unit_test(test_one_that_was_opened_is_built_anew),
        cmocka_unit_test(test_a_dry_run_builds_nothing),
        cmocka_unit_test(test_the_role_is_looked_at_first),
        cmocka_unit_test(test_one_that_is_built_and_watched),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
