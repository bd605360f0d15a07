/* What a walk tells of files, as one text that a test compares. */
#ifndef PGCLONE_TESTS_TOLD_FILES_H
#define PGCLONE_TESTS_TOLD_FILES_H

#include "pgclone/template/inputs.h"

/** A sink that notes each file as `name=content;`, and each link as `name->text;`. */
extern const struct inputs_sink told_files_sink;

/** Forgets what was told, and what told_files_during() has asked for. */
void told_files_clear(void);

/** For cmocka_unit_test_setup_teardown(), of tests that have a scratch folder: forgets it, and
 * removes the folder. */
int told_files_teardown(void **state);

/** What was told since then. */
const char *told_files(void);

/** Has `change` called when the file `name` begins, as if another process were at work. */
void told_files_during(const char *name, void (*change)(void));

#endif
