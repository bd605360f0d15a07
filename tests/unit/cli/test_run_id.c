/* The run id that is made up where none is set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/run_id.h"

/* Two runs with one id would refuse each other; a `pgclone` inside the run must know it, too. */
static void test_a_run_without_an_id_gets_one_of_its_own(void **state)
{
    struct settings settings[2] = {{0}, {0}};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        assert_true(run_id_make(&settings[i], NULL));
        assert_int_equal(strlen(settings[i].run_id), 8);
        assert_int_equal(strspn(settings[i].run_id, "0123456789abcdef"), 8);
        assert_string_equal(settings[i].given[SETTING_RUN_ID], settings[i].run_id);
    }
    assert_string_not_equal(settings[0].run_id, settings[1].run_id);
    settings_release(&settings[0]);
    settings_release(&settings[1]);
}

static void test_an_id_that_is_set_stays(void **state)
{
    struct settings settings = {.run_id = memory_copy_string("ci-7")};
    (void)state;

    assert_true(run_id_make(&settings, NULL));
    assert_string_equal(settings.run_id, "ci-7");
    settings_release(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_without_an_id_gets_one_of_its_own),
        cmocka_unit_test(test_an_id_that_is_set_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
