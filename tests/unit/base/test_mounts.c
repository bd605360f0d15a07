#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/mounts.h"

/* Without this clones are asked for where there are none, or not where there are. */
static void test_the_deepest_place_counts(void **state)
{
    static const char table[] = "/dev/vda / ext4 rw,relatime 0 0\n"
                                "proc /proc proc rw 0 0\n"
                                "/dev/vdb /var xfs rw 0 0\n"
                                "/dev/vdc /var/lib/postgresql btrfs rw,subvol=/@pg 0 0\n"
                                "/dev/vdd /var/my\\040disk zfs rw 0 0\n"
                                "/dev/vde /over ext4 rw 0 0\n"
                                "/dev/vdf /over xfs rw 0 0\n";
    static const struct {
        const char *path;
        const char *file_system;
    } cases[] = {
        {"/", "ext4"},
        {"/home/me/data", "ext4"},
        {"/var", "xfs"},
        {"/variety/data", "ext4"},
        {"/var/lib/postgres", "xfs"},
        {"/var/lib/postgresql/18/main", "btrfs"},
        {"/var/my disk/data", "zfs"},
        {"/over/data", "xfs"},
        {"relative", NULL},
        {"", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *found OWNED(memory_free_string) = mounts_file_system(table, cases[i].path);

        if (cases[i].file_system == NULL)
            assert_null(found);
        else
            assert_string_equal(found, cases[i].file_system);
    }
}

/* Without this what a strange server sends is taken for a file system, or ends the program. */
static void test_rubbish_names_none(void **state)
{
    static const char *const tables[] = {"",        "\n\n",       "one",
                                         "one two", "# / ext4\n", "\xff\xfe\x01 \t \n"};
    (void)state;

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_null(mounts_file_system(tables[i], "/data"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_deepest_place_counts),
        cmocka_unit_test(test_rubbish_names_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
