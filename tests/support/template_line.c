#include "template_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "clean_environment.h"
#include "scratch_folder.h"

static char before[4096];

int template_line_setup(void **state)
{
    clean_environment();
    scratch_setup(state);
    scratch_make_file("pgclone.yaml",
                      "server: postgresql://h/circ\nbuild:\n  command: make schema\n", 0644);
    assert_non_null(getcwd(before, sizeof before));
    return chdir(scratch_folder());
}

int template_line_teardown(void **state)
{
    assert_int_equal(chdir(before), 0);
    return scratch_teardown(state);
}
