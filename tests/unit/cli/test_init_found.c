/* What is found together, and what is said of it. */
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

/* The first of a kind counts, and of the others it is said that they do not. */
static void test_several(void **state)
{
    const struct init_folder folder = here();
    struct init_found found OWNED(init_found_release) = {0};
    (void)state;

    scratch_make_tree("alembic.ini=x;schema.sql=x;pyproject.toml=pytest-xdist;mix.exs=x;");
    init_find(&folder, &found);
    assert_string_equal(found.schema, "Alembic");
    assert_int_equal(found.sql.count, 0);
    assert_string_equal(found.runner, "pytest-xdist");
    assert_int_equal(found.notes.count, 4);
    assert_string_equal(found.notes.items[0], "Alembic (alembic.ini)");
    assert_string_equal(found.notes.items[1], "a schema in SQL, which is not used");
    assert_string_equal(found.notes.items[3], "mix (mix.exs), which is not used");
}

/* Not what would be no input in the settings. */
static void test_inputs(void **state)
{
    const struct init_folder folder = here();
    struct init_found found OWNED(init_found_release) = {0};
    (void)state;

    scratch_make_tree("!a/;b/;");
    init_add_input(&folder, &found, "!a");
    init_add_input(&folder, &found, "");
    init_add_input(&folder, &found, "gone");
    init_add_input(&folder, &found, "b");
    assert_int_equal(found.inputs.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_several, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_inputs, setup, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
