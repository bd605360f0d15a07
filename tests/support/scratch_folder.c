#include "scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/tree.h"

static char folder[64];

int scratch_setup(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/pgclone-unit-XXXXXX");
    /* Other users pass through where a test is about them. */
    return mkdtemp(folder) != NULL && chmod(folder, 0755) == 0 ? 0 : -1;
}

int scratch_teardown(void **state)
{
    (void)state;
    return tree_remove(AT_FDCWD, folder, NULL) ? 0 : -1;
}

const char *scratch_folder(void)
{
    return folder;
}

const char *scratch_path(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void scratch_make_folder(const char *name, mode_t mode)
{
    assert_int_equal(mkdir(scratch_path(name), 0700), 0);
    assert_int_equal(chmod(scratch_path(name), mode), 0);
}

void scratch_make_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(scratch_path(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(scratch_path(name), mode), 0);
}

void scratch_make_tree(const char *entries)
{
    char entry[256];
    int length;

    for (; *entries != '\0'; entries += length + 1) {
        char *text;

        length = (int)strcspn(entries, ";");
        assert_true(length > 0 && length < (int)sizeof entry && entries[length] == ';');
        (void)snprintf(entry, sizeof entry, "%.*s", length, entries);
        text = strchr(entry, '=');
        if (text == NULL) {
            assert_int_equal(entry[length - 1], '/');
            entry[length - 1] = '\0';
            scratch_make_folder(entry, 0755);
        } else {
            *text = '\0';
            scratch_make_file(entry, text + 1, 0644);
        }
    }
}
