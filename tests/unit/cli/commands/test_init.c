/* `pgclone init`: writes the file, once. */
// links: command_lines.c
// links: clean_environment.c
// links: scratch_folder.c
#include "command_lines.h"

#include <sys/stat.h>
#include <unistd.h>

#include "clean_environment.h"
#include "pgclone/base/file.h"
#include "pgclone/base/log.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    clean_environment();
    (void)unsetenv("DATABASE_URL");
    log_set_level(LOG_QUIET);
    return scratch_setup(state) != 0 || chdir(scratch_folder()) != 0;
}

static int teardown(void **state)
{
    log_set_level(LOG_NORMAL);
    return chdir("/") != 0 || scratch_teardown(state) != 0;
}

static void test_writes(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    scratch_make_tree("schema.sql=SELECT 1\n;");
    called_assert_prints(CALL("init"), "");
    assert_true(file_read("pgclone.yaml", 10000, &text, NULL));
    assert_non_null(strstr(strbuf_text(&text), "  sql:\n    - \"schema.sql\"\n"));
}

static void test_replaces_nothing(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    scratch_make_file("pgclone.yaml", "workers: 7\n", 0600);
    called_assert_fails(CALL("init"), ERROR_GUARD,
                        "there is a pgclone.yaml already, which is left as it is");
    assert_true(file_read("pgclone.yaml", 10000, &text, NULL));
    assert_string_equal(strbuf_text(&text), "workers: 7\n");
}

/* A link that leads nowhere is there, too: what it means is not ours to make. */
static void test_follows_no_link(void **state)
{
    (void)state;
    assert_int_equal(symlink("elsewhere", "pgclone.yaml"), 0);
    called_assert_fails(CALL("init"), ERROR_GUARD,
                        "there is a pgclone.yaml already, which is left as it is");
    assert_int_not_equal(access("elsewhere", F_OK), 0);
}

static void test_dry_run(void **state)
{
    struct called called = CALL("init", "--dry-run");
    (void)state;

    assert_true(called.done);
    assert_non_null(strstr(strbuf_text(&called.out), "workers: auto\n"));
    assert_int_not_equal(access("pgclone.yaml", F_OK), 0);
    called_release(&called);
}

static void test_a_folder_that_may_not_be_written(void **state)
{
    (void)state;
    if (geteuid() == 0)
        return;
    assert_int_equal(chmod(".", 0500), 0);
    called_assert_fails(CALL("init"), ERROR_SYSTEM,
                        "could not write pgclone.yaml: Permission denied");
    assert_int_equal(chmod(".", 0700), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_writes),
        TEST(test_replaces_nothing),
        TEST(test_follows_no_link),
        TEST(test_dry_run),
        TEST(test_a_folder_that_may_not_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
