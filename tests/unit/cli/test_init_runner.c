/* What runs a project's tests: small folders. */
// links: scratch_folder.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/cli/init_found.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    clean_environment();
    (void)unsetenv("DATABASE_URL");
    return scratch_setup(state);
}

static struct init_folder here(void)
{
    return (struct init_folder){.path = scratch_folder()};
}

static const struct {
    const char *tree;
    const char *runner; /* NULL: none */
} cases[] = {
    {"pyproject.toml=dependencies = [\"pytest-xdist\"];", "pytest-xdist"},
    {"requirements-dev.txt=pytest-xdist==3;", "pytest-xdist"},
    {"setup.cfg=pytest-xdist;manage.py=DJANGO_SETTINGS_MODULE;", "pytest-xdist"},
    {"manage.py=DJANGO_SETTINGS_MODULE;", "django"},
    {"requirements.txt=# pytest-xdist;", NULL},
    {"package.json={\"devDependencies\": {\"jest\": \"1\"}};", "jest"},
    {"package.json={\"devDependencies\": {\"jest\": \"1\", \"mocha\": \"1\"}, "
     "\"scripts\": {\"test\": \"NODE_ENV=test mocha --parallel\"}};",
     "mocha"},
    {"package.json={\"scripts\": {\"test\": \"node_modules/.bin/vitest\"}};", "vitest"},
    {"package.json={\"scripts\": {\"test\": \"my-jester run\"}};", NULL},
    {"package.json={\"scripts\": 7, \"devDependencies\": [\"jest\"]};", NULL},
    {"package.json={\"devDependencies\": ;", NULL},
    {".config/;.config/nextest.toml=x;", "nextest"},
    {"Cargo.toml=nextest-version = 1;", "nextest"},
    {"composer.json={\"require-dev\": {\"brianium/paratest\": \"7\"}};", "paratest"},
    {"composer.json={\"require-dev\": {\"phpunit/phpunit\": \"7\"}};", "paratest"},
    {"Gemfile=gem 'parallel_tests';", "parallel-tests"},
    {"mix.exs=x;", "mix"},
    {"", NULL},
};

static void check_case(const char *tree, const char *runner)
{
    const struct init_folder folder = here();
    struct init_found found OWNED(init_found_release) = {0};

    scratch_make_tree(tree);
    init_find(&folder, &found);
    if (runner == NULL)
        assert_null(found.runner);
    else
        assert_string_equal(found.runner, runner);
}

static void test_runners(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(setup(state), 0);
        check_case(cases[i].tree, cases[i].runner);
        assert_int_equal(scratch_teardown(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
