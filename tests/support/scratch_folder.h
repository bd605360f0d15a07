/* A folder for a test's files, made before a test and removed after it. */
#ifndef PGCLONE_TESTS_SCRATCH_FOLDER_H
#define PGCLONE_TESTS_SCRATCH_FOLDER_H

#include <sys/types.h>

/** For cmocka_unit_test_setup_teardown(). */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/** The folder's path. */
const char *scratch_folder(void);

/** `name` in it; a few of these live at a time, in turn. */
const char *scratch_path(const char *name);

/** Makes a folder in it. */
void scratch_make_folder(const char *name, mode_t mode);

/** Makes a file in it. */
void scratch_make_file(const char *name, const char *text, mode_t mode);

/** Makes folders and files in it, in this order: each is `folder/;` or `file=text;`. */
void scratch_make_tree(const char *entries);

#endif
