/* The marks of what this process makes: they are what a database is dropped by. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/provision/plan_mark.h"
#include "provision_fixture.h"

static const struct lease lease = {.key = 160, .text = FIXTURE_LEASE};

struct project {
    struct settings settings;
    struct scope scope;
    struct mark mark;
};

static void project_release(struct project *project)
{
    mark_release(&project->mark);
    scope_release(&project->scope);
    settings_release(&project->settings);
}

static void project_init(struct project *project)
{
    *project = (struct project){0};
    fixture_settings(&project->settings);
    project->settings.project = memory_copy_string("the \"shop\"");
    project->settings.run_id = memory_copy_string("r1");
}

/* Reads a comment, and frees it. */
static void read_mark(struct project *project, char *comment)
{
    assert_true(mark_parse(comment, &project->mark));
    memory_free_string(&comment);
    assert_string_equal(project->mark.project, "the \"shop\"");
    assert_int_equal(strlen(project->mark.created), 20);
    assert_int_equal(project->mark.pid, getpid());
}

static void test_of_a_worker(void **state)
{
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    fixture_scope(&project.settings, &project.scope);
    read_mark(&project, plan_mark(&project.scope, &lease, "gw1", MARK_USE_WORKER));
    assert_string_equal(project.mark.run, "r1");
    assert_string_equal(project.mark.worker, "gw1");
    assert_string_equal(project.mark.template_name, "circ");
    assert_string_equal(project.mark.lease, FIXTURE_LEASE);
    assert_null(project.mark.inside);
    assert_null(project.mark.maker);
}

/* It goes with the run, and with whoever made it where that fails. */
static void test_inside_a_run(void **state)
{
    struct project project OWNED(project_release) = {0};
    char name[] = "other";
    struct enclosing_run run = {.project = name};
    (void)state;

    assert_true(lease_read(FIXTURE_RUN_LEASE, &run.lease));
    project_init(&project);
    fixture_scope(&project.settings, &project.scope);
    read_mark(&project, plan_mark_inside(&project.scope, &lease, &run, "gw1", MARK_USE_WORKER));
    assert_string_equal(project.mark.lease, FIXTURE_RUN_LEASE);
    assert_string_equal(project.mark.inside, "other");
    assert_string_equal(project.mark.maker, FIXTURE_LEASE);
}

/* It belongs to no worker, and says what it was built from. */
static void test_of_a_template(void **state)
{
    struct project project OWNED(project_release) = {0};
    struct fingerprint fingerprint = {0};
    (void)state;

    for (size_t part = 0; part < FINGERPRINT_PARTS; part++)
        (void)snprintf(fingerprint.parts[part], sizeof fingerprint.parts[part], "0000000%zu", part);
    project_init(&project);
    fixture_scope(&project.settings, &project.scope);
    read_mark(&project, plan_template_mark(&project.scope, &lease, &fingerprint));
    assert_int_equal(project.mark.use, MARK_USE_TEMPLATE);
    assert_null(project.mark.template_name);
    for (size_t part = 0; part < FINGERPRINT_PARTS; part++)
        assert_string_equal(project.mark.parts.digits[part], fingerprint.parts[part]);
}

/* One of pgclone's own names the one that it was made from. */
static void test_of_a_template_that_notes_changes(void **state)
{
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    project.settings.reset = RESET_UNDO;
    fixture_scope(&project.settings, &project.scope);
    read_mark(&project, plan_watched_mark(&project.scope, &lease));
    assert_int_equal(project.mark.use, MARK_USE_TEMPLATE);
    assert_string_equal(project.mark.template_name, "circ");
    assert_string_equal(project.mark.lease, FIXTURE_LEASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_a_worker),
        cmocka_unit_test(test_inside_a_run),
        cmocka_unit_test(test_of_a_template),
        cmocka_unit_test(test_of_a_template_that_notes_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
