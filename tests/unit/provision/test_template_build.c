/* Building a template from files and a command; a failure leaves nothing. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: template_fixture.c
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/template_build.h"
#include "scratch_folder.h"
#include "template_fixture.h"

/* Builds from what a look has found, as template_ready() does. */
static bool build(struct scripted_attempt *attempt, bool *changed)
{
    const char *name = attempt->scope.built->name;
    const struct look_request request = {.catalog = {.names = &name, .name_count = 1}};
    struct template_facts facts OWNED(template_facts_release) = {0};

    assert_true(template_facts_ask(&attempt->session, &facts, NULL));
    assert_true(look_take(&attempt->session, &request, &attempt->inventory, NULL));
    return template_build(&attempt->session, &facts, &attempt->inventory, changed, &attempt->err);
}

/* `changed`: whether the files are others afterwards. */
static void assert_builds(struct scripted_attempt *attempt, bool changed)
{
    bool found = !changed;

    if (!build(attempt, &found))
        fail_msg("%s", attempt->err.message);
    assert_int_equal(found, changed);
}

/* On a server that has no template yet. */
static void begin(struct scripted_attempt *attempt, const char *command)
{
    template_attempt_init(attempt, command);
    template_attempt_there(NULL);
}

/* Without this a failed migration leaves a database, or a template that lacks it. */
static void test_a_failed_command_leaves_nothing(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    bool changed = false;
    (void)state;

    begin(&attempt, "exit 3");
    template_attempt_look(NULL, true);
    assert_false(build(&attempt, &changed));
    assert_int_equal(attempt.err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(attempt.err.message, "could not build the template \"circ_"));
    assert_non_null(strstr(attempt.err.message, "exited with status 3"));
    assert_false(scripted_session_was_called("IS_TEMPLATE"));
    scripted_session_assert_order("CREATE DATABASE", "persist");
    scripted_session_assert_order("persist", "look");
}

/* Without this a template says that it has files in it that were not there when it was built. */
static void test_files_that_change_meanwhile(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    template_attempt_init(&attempt, "echo more >> input");
    scratch_make_file("input", "some\n", 0644);
    strings_add(&attempt.settings.build.inputs, "input");
    attempt.scope.built->folder = memory_copy_string(scratch_folder());
    template_attempt_there(NULL);
    template_attempt_look(NULL, true);
    assert_builds(&attempt, true);
    assert_false(scripted_session_was_called("IS_TEMPLATE"));
    scripted_session_assert_order("CREATE DATABASE", "DROP DATABASE");
}

/* Without this a template lacks what the command has made, or anybody can still change it. */
static void test_a_build(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    begin(&attempt, "true");
    template_attempt_look(NULL, true);
    assert_builds(&attempt, false);
    scripted_session_assert_order("TEMPLATE \"template0\"", "COMMENT ON DATABASE");
    scripted_session_assert_order("ALLOW_CONNECTIONS false", "IS_TEMPLATE true");
}

static int setup(void **state)
{
    log_set_level(LOG_QUIET);
    return scratch_setup(state);
}

/* As in the program; the end of a child is a signal, too. */
static int install(void **state)
{
    (void)state;
    return interrupt_install(NULL) ? 0 : -1;
}

int main(void)
{
#define BUILD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        BUILD_TEST(test_a_build),
        BUILD_TEST(test_a_failed_command_leaves_nothing),
        BUILD_TEST(test_files_that_change_meanwhile),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
