/* What the settings mean before any connection: template, base, project, names, guards G1 to G5. */
// links: provision_fixture.c
// links: table_results.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "provision_fixture.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

struct scope_case {
    const char *server;
    const char *template_name; /* as set; NULL: not set */
    bool clone;
    const char *cloned; /* the template; NULL: none */
    const char *base;
    enum error_kind kind; /* where it is refused */
    const char *message;  /* a part of it */
};

static const struct scope_case cases[] = {
    {"postgresql://h/app", NULL, false, NULL, "app", ERROR_NONE, NULL},
    {"postgresql://h/app", NULL, true, "app", "app", ERROR_NONE, NULL},
    {"postgresql://h/app", "tpl", true, "tpl", "tpl", ERROR_NONE, NULL},
    {"postgresql://h/app", "tpl", false, NULL, "app", ERROR_NONE, NULL},
    {"postgresql://h/", "tpl", true, "tpl", "tpl", ERROR_NONE, NULL},
    {"postgresql://h/", NULL, false, NULL, "test", ERROR_NONE, NULL},
    {"dbname=app", NULL, true, "app", "app", ERROR_NONE, NULL},
    {"postgresql://h/postgres", NULL, false, NULL, "postgres", ERROR_NONE, NULL},
    {"postgresql://h/template1", NULL, true, "template1", "template1", ERROR_NONE, NULL},
    /* G1: missing or empty. */
    {"postgresql://h/", NULL, true, NULL, NULL, ERROR_GUARD, "no template name"},
    {"postgresql://h", NULL, true, NULL, NULL, ERROR_GUARD, "no template name"},
    {"postgresql://h/?sslmode=disable", NULL, true, NULL, NULL, ERROR_GUARD, "no template name"},
    {NULL, NULL, true, NULL, NULL, ERROR_GUARD, "no template name"},
    {"dbname=''", NULL, true, NULL, NULL, ERROR_GUARD, "no template name"},
    {"postgresql://h/app", "", true, NULL, NULL, ERROR_GUARD, "--template: cloning is on"},
    /* G4. */
    {"postgresql://h/postgres", NULL, true, NULL, NULL, ERROR_GUARD, "maintenance database"},
    {"postgresql://h/app", "postgres", true, NULL, NULL, ERROR_GUARD, "maintenance database"},
    /* Names that cannot be. */
    {"postgresql://h/a%0Ab", NULL, false, NULL, NULL, ERROR_USAGE, "control characters"},
    {"postgresql://h/a%FF", NULL, true, NULL, NULL, ERROR_USAGE, "UTF-8"},
    {"postgresql://h/app", "a\nb", true, NULL, NULL, ERROR_USAGE, "--template: template must not"},
    {"postgresql://u:p%zz@h", NULL, true, NULL, NULL, ERROR_USAGE, "--server: not a usable"},
};

/* Cloning the wrong database, or making empty ones in place of clones, fails every test. */
static void test_resolve(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scope_case *one = &cases[i];
        struct settings settings OWNED(settings_release) = {0};
        struct scope scope OWNED(scope_release) = {0};
        struct error err OWNED(error_release) = {0};

        fixture_settings(&settings);
        memory_replace_string(&settings.server, one->server);
        memory_replace_string(&settings.template_name, one->template_name);
        settings.external_schema = one->clone;
        if (scope_resolve(&settings, &scope, &err) != (one->kind == ERROR_NONE))
            fail_msg("case %zu: %s", i, err.message != NULL ? err.message : "not refused");
        if (one->kind != ERROR_NONE) {
            assert_int_equal(err.kind, one->kind);
            if (strstr(err.message, one->message) == NULL)
                fail_msg("case %zu: %s", i, err.message);
            assert_null(scope.settings);
            continue;
        }
        assert_string_equal(scope.base, one->base);
        assert_string_equal(scope.project, one->base);
        if (one->cloned == NULL)
            assert_null(scope.template_name);
        else
            assert_string_equal(scope.template_name, one->cloned);
    }
}

/* The project is the scope of drop --all: another one's databases must not be in it. */
static void test_project_as_set(void **state)
{
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    (void)state;

    fixture_settings(&settings);
    settings.project = memory_copy_string("shop");
    fixture_scope(&settings, &scope);
    assert_string_equal(scope.project, "shop");
    assert_string_equal(scope.workers[0].name, "circ_gw0");
}

struct names_case {
    const char *pattern;
    const char *run_id;
    const char *runner;
    int workers;
    const char *last; /* the last worker's database; NULL: refused */
    enum error_kind kind;
    const char *message;
};

static const struct names_case name_cases[] = {
    {NULL, NULL, "pytest-xdist", 3, "circ_gw2", ERROR_NONE, NULL},
    {NULL, "r1", "pytest-xdist", 3, "circ_r1_gw2", ERROR_NONE, NULL},
    {NULL, NULL, "parallel-tests", 1, "circ_1", ERROR_NONE, NULL},
    {NULL, NULL, "parallel-tests", 3, "circ_3", ERROR_NONE, NULL},
    {"{project}.{worker}", NULL, "mocha", 2, "circ.1", ERROR_NONE, NULL},
    {"one", NULL, "pytest-xdist", 1, "one", ERROR_NONE, NULL},
    {"one", NULL, "pytest-xdist", 2, NULL, ERROR_USAGE, "--name: workers gw0 and gw1 would share"},
    {"{run}", NULL, "pytest-xdist", 1, NULL, ERROR_USAGE, "--name: the pattern uses {run}"},
    {"{x}", NULL, "pytest-xdist", 1, NULL, ERROR_USAGE, "--name: unknown placeholder"},
    {"circ", NULL, "pytest-xdist", 1, NULL, ERROR_GUARD, "also a worker's database"},
    {"postgres", NULL, "pytest-xdist", 1, NULL, ERROR_GUARD, "may not be \"postgres\""},
    {"template{worker}", NULL, "mocha", 1, NULL, ERROR_GUARD, "may not be \"template0\""},
    {"template{worker}", NULL, "jest", 1, NULL, ERROR_GUARD, "may not be \"template1\""},
    {"template{worker}", NULL, "pytest-xdist", 1, "templategw0", ERROR_NONE, NULL},
};

/* Guards G4 and G5: the databases that the server itself needs are never replaced. */
static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof name_cases / sizeof name_cases[0]; i++) {
        const struct names_case *one = &name_cases[i];
        struct settings settings OWNED(settings_release) = {0};
        struct scope scope OWNED(scope_release) = {0};
        struct error err OWNED(error_release) = {0};

        fixture_settings(&settings);
        settings.name = memory_copy_string(one->pattern);
        settings.run_id = memory_copy_string(one->run_id);
        settings.runner = runner_find(one->runner);
        settings.workers = one->workers;
        assert_true(scope_resolve(&settings, &scope, &err));
        if (scope_name_workers(&scope, &err) != (one->last != NULL))
            fail_msg("case %zu: %s", i, err.message != NULL ? err.message : "not refused");
        if (one->last != NULL) {
            assert_int_equal(scope.worker_count, one->workers);
            assert_string_equal(scope.workers[one->workers - 1].name, one->last);
            continue;
        }
        assert_int_equal(err.kind, one->kind);
        if (strstr(err.message, one->message) == NULL)
            fail_msg("case %zu: %s", i, err.message);
    }
}

/* The maintenance database is the one that is set, not the one that is usual. */
static void test_other_maintenance_database(void **state)
{
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct error err OWNED(error_release) = {0};
    char *name OWNED(memory_free_string) = NULL;
    (void)state;

    fixture_settings(&settings);
    memory_replace_string(&settings.maintenance_database, "circ_gw1");
    settings.template_name = memory_copy_string("postgres");
    settings.name = memory_copy_string("circ_{worker}");
    assert_true(scope_resolve(&settings, &scope, &err));
    assert_true(scope_name_of(&scope, "gw7", &name, &err));
    assert_string_equal(name, "circ_gw7");
    assert_false(scope_name_workers(&scope, &err));
    assert_int_equal(err.kind, ERROR_GUARD);
}

/* With `reset: undo` another template is cloned than the one that is named; a worker's database may
 * bear neither's name, and the tests are told of the one that they know. */
static void test_watched_template(void **state)
{
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    fixture_settings(&settings);
    settings.reset = RESET_UNDO;
    settings.name = memory_copy_string("circ");
    settings.workers = 1;
    assert_true(scope_resolve(&settings, &scope, &err));
    assert_true(scope_makes_template(&scope));
    assert_string_equal(scope.template_name, "");
    assert_ptr_equal(scope.template_name, scope.watched->name);
    assert_string_equal(scope_source(&scope), "circ");
    assert_string_equal(scope.base, "circ");
    assert_false(scope_name_workers(&scope, &err));
    assert_int_equal(err.kind, ERROR_GUARD);
    assert_non_null(strstr(err.message, "the template \"circ\" is also a worker's database"));
}

struct undo_case {
    const char *template_name;
    bool create;
    bool clone;
    const char *message; /* a part of it; NULL: taken, and nothing is watched */
};

/* Where nothing is cloned there is nothing to undo; the configured database is never touched. */
static void test_undo_without_a_template(void **state)
{
    static const struct undo_case undo_cases[] = {
        {NULL, true, false, "--reset: there is nothing to undo"},
        {NULL, false, true, NULL},
        {"a23456789012345678901234567890123456789012345678901", true, true, "more than 50 bytes"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof undo_cases / sizeof undo_cases[0]; i++) {
        struct settings settings OWNED(settings_release) = {0};
        struct scope scope OWNED(scope_release) = {0};
        struct error err OWNED(error_release) = {0};

        fixture_settings(&settings);
        settings.reset = RESET_UNDO;
        settings.create_database = undo_cases[i].create;
        settings.external_schema = undo_cases[i].clone;
        settings.template_name = memory_copy_string(undo_cases[i].template_name);
        assert_int_equal(scope_resolve(&settings, &scope, &err), undo_cases[i].message == NULL);
        assert_null(scope.watched);
        if (undo_cases[i].message == NULL)
            continue;
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strstr(err.message, undo_cases[i].message) == NULL)
            fail_msg("%s", err.message);
    }
}

/* `reset` undoes some workers' databases, and names the others anew. */
static void test_forgetting_workers(void **state)
{
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct strings ids OWNED(strings_release) = {0};
    (void)state;

    fixture_settings(&settings);
    fixture_scope(&settings, &scope);
    scope_forget_workers(&scope);
    assert_int_equal(scope.worker_count, 0);
    strings_add(&ids, "gw2");
    assert_true(scope_name_these(&scope, &ids, NULL));
    assert_int_equal(scope.worker_count, 1);
    assert_string_equal(scope.names[0], "circ_gw2");
}

/* A database name of 64 bytes would be cut to that of its neighbour. */
static void test_long_names(void **state)
{
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    fixture_settings(&settings);
    settings.workers = 11;
    settings.name =
        memory_copy_string("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff{worker}");
    assert_true(scope_resolve(&settings, &scope, &err));
    assert_false(scope_name_workers(&scope, &err)); /* gw0 to gw9 fit, gw10 does not */
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.message, "64 bytes"));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_resolve),
        TEST(test_project_as_set),
        TEST(test_names),
        TEST(test_other_maintenance_database),
        TEST(test_watched_template),
        TEST(test_undo_without_a_template),
        TEST(test_forgetting_workers),
        TEST(test_long_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
