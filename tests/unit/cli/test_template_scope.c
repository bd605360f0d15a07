/* What the commands on templates need, and what they say where it is missing. */
// links: clean_environment.c
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clean_environment.h"
#include "pgclone/cli/template_scope.h"
#include "scratch_folder.h"

static char before[4096];

static int setup(void **state)
{
    clean_environment();
    scratch_setup(state);
    assert_non_null(getcwd(before, sizeof before));
    return chdir(scratch_folder());
}

static int teardown(void **state)
{
    assert_int_equal(chdir(before), 0);
    return scratch_teardown(state);
}

static bool find(const char *yaml, struct error *err)
{
    struct invocation invocation = {0};
    struct scope scope = {0};
    bool done;

    scratch_make_file("pgclone.yaml", yaml, 0644);
    done = template_scope(&invocation, &scope, err);
    if (done) {
        assert_string_equal(scope.base, "circ");
        assert_true(scope_makes_template(&scope));
        assert_string_equal(scope.template_name, "");
    }
    scope_release(&scope);
    invocation_release(&invocation);
    return done;
}

/* Without this a template has to be named twice, or cloning has to be turned on by hand. */
static void test_build_implies_cloning(void **state)
{
    (void)state;

    assert_true(find("server: postgresql://h/circ\nbuild: {sql: a.sql}\n", NULL));
    assert_true(find("template: circ\nbuild: {sql: a.sql}\n", NULL));
}

/* With `reset: undo` there is one to make from the template that is named. */
static void test_undo_needs_no_build(void **state)
{
    (void)state;

    assert_true(find("template: circ\nreset: undo\n", NULL));
}

static void test_refusals(void **state)
{
    static const struct {
        const char *yaml;
        const char *message;
    } cases[] = {
        {"template: circ\n", "nothing says how the template is built"},
        {"template: circ\ncreate_database: false\nbuild: {sql: a}\n",
         "there is no template to build: pgclone.yaml:2: create_database turns creation off"},
        {"server: postgresql://h/circ\nexternal_schema: false\nbuild: {sql: a}\n",
         "there is no template to build: pgclone.yaml:2: external_schema turns cloning off"},
        {"template: a23456789012345678901234567890123456789012345678901\nbuild: {sql: a}\n",
         "has more than 50 bytes"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err OWNED(error_release) = {0};

        assert_false(find(cases[i].yaml, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strstr(err.message, cases[i].message) == NULL)
            fail_msg("%s", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_build_implies_cloning, setup, teardown),
        cmocka_unit_test_setup_teardown(test_undo_needs_no_build, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
