#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/memory.h"

/* Without this a struct that is made empty holds a freed pointer of someone else's. */
static void test_new_is_zeroed(void **state)
{
    unsigned char *bytes = memory_new(300, 7);
    void *nothing = memory_new(0, 0);
    (void)state;

    for (size_t i = 0; i < 2100; i++)
        assert_int_equal(bytes[i], 0);
    assert_non_null(nothing);
    free(bytes);
    free(nothing);
}

/* Without this a list loses what was in it when it grows. */
static void test_resize_keeps_the_content(void **state)
{
    int *numbers = memory_resize(NULL, 2, sizeof *numbers);
    (void)state;

    numbers[0] = 7;
    numbers[1] = 8;
    numbers = memory_resize(numbers, 5000, sizeof *numbers);
    numbers[4999] = 9;
    assert_int_equal(numbers[0], 7);
    assert_int_equal(numbers[1], 8);
    numbers = memory_resize(numbers, 0, sizeof *numbers);
    assert_non_null(numbers);
    free(numbers);
}

/* Without this a size that overflows gives too little room, silently, instead of an end with a
 * message and the exit code of a failure. */
static void test_overflow_ends_the_process(void **state)
{
    char said[64] = "";
    int ends[2];
    int status;
    pid_t child;
    (void)state;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        free(memory_resize(NULL, SIZE_MAX / 2, 3));
        _exit(77);
    }
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    assert_string_equal(said, "pgclone: error: out of memory\n");
    assert_int_equal(close(ends[0]), 0);
}

/* Without this a setting that is replaced leaks, or is freed twice. */
static void test_owned_strings(void **state)
{
    char *slot OWNED(memory_free_string) = NULL;
    char *taken;
    (void)state;

    assert_null(memory_copy_string(NULL));
    memory_replace_string(&slot, "first");
    memory_replace_string(&slot, slot);
    assert_string_equal(slot, "first");
    taken = memory_take_string(&slot);
    assert_null(slot);
    assert_string_equal(taken, "first");
    memory_free_string(&taken);
    assert_null(taken);
    memory_free_string(&taken);
    memory_replace_string(&slot, "second");
    memory_replace_string(&slot, NULL);
    assert_null(slot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_is_zeroed),
        cmocka_unit_test(test_resize_keeps_the_content),
        cmocka_unit_test(test_overflow_ends_the_process),
        cmocka_unit_test(test_owned_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
