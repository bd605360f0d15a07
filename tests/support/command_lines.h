/* Command lines for the tests of cli/: a table of commands to read them by, and the program's own
 * commands run with what they print caught. */
#ifndef PGCLONE_TESTS_COMMAND_LINES_H
#define PGCLONE_TESTS_COMMAND_LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/cli/command.h"

/**
 * A table beside the program's: `make` (with --format, --output, and the settings for projects and
 * names), `keep` with a flag --keep, the group `template` with `build` (--force) and `prune`
 * (--keep N), `launch` for programs, `explain` for commands, `shell` for words.
 */
extern const struct command *const lines_table[];

extern const struct command_option lines_format;
extern const struct command_option lines_force;
extern const struct command_option lines_keep_number;

/** The words of a line, in memory that may be written to. */
struct line {
    int count;
    char **words;
};

/** A line from words, ended by NULL; the first is the program. Freed by line_release(). */
struct line line_of(const char *first, ...) __attribute__((sentinel));
void line_release(struct line *line);

#define LINE(...) line_of("pgclone", __VA_ARGS__, (char *)NULL)

/** What a call of one of the program's commands came to. */
struct called {
    bool done;
    int status;
    struct error err;
    struct strbuf out;
};

/** Runs the command line as main() does, and catches standard output. */
struct called call_line(const char *first, ...) __attribute__((sentinel));
void called_release(struct called *called);

/** Fails unless the call was done and has printed this; and unless it failed with this message and
 * has printed nothing. The call is released. */
void called_assert_prints(struct called called, const char *expected);
void called_assert_fails(struct called called, enum error_kind kind, const char *message);

#define CALL(...) call_line("pgclone", __VA_ARGS__, (char *)NULL)

#endif
