/*
 * Completion in shells. The script of a shell only asks and shows: it calls the program with the
 * words of the line, and what can come next is found here, from the same tables and by the same
 * reader as the line itself is read later.
 */
#ifndef PGCLONE_CLI_COMPLETION_H
#define PGCLONE_CLI_COMPLETION_H

#include "pgclone/base/strbuf.h"
#include "pgclone/cli/command.h"

/** A shell and its script. All strings are static. */
struct completion_script {
    const char *shell;
    const char *text;
};

/**
 * For bash 4.0 or newer, zsh and fish 3.0 or newer, ended by a row whose shell is NULL. The build
 * makes it from src/cli/completion.
 */
extern const struct completion_script completion_scripts[];

/**
 * Adds how the last of `words` can go on; the first is the program, the last may be "" (`count` is
 * at least 2). The first line of the answer says what it is:
 *
 *     words       one a line, and behind a tab what each means, follow
 *     files       the path of a file
 *     program N   a command line of another program's, whose name is word N, from 0
 */
void completion_answer(const struct command *const *table, int count, char *const words[],
                       struct strbuf *out);

#endif
