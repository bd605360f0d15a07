/* Filling a database as the setting `build` says: SQL files by psql, then a command. */
#ifndef PGCLONE_TEMPLATE_RECIPE_H
#define PGCLONE_TEMPLATE_RECIPE_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/settings/settings.h"

struct recipe {
    const struct settings_build *build;
    const char *name;                  /**< the template's, for the progress line */
    const char *folder;                /**< where relative paths begin; NULL: the current one */
    const struct strings *environment; /**< `NAME=value`s that say which database is meant */
    const char *without; /**< variables that begin so would mean another; NULL: none */
};

/**
 * Runs it to its end. What the programs write goes to standard error, with -q only when one of them
 * fails; on a terminal a line below it says what is running, and for how long. They have no
 * standard input and a session of their own; SIGINT, SIGTERM and SIGHUP are passed on to all of it,
 * and a signal that insists (interrupt_insists()) kills it. ERROR_SYSTEM where a program cannot be
 * run or fails, ERROR_INTERRUPTED when a signal arrived.
 */
bool recipe_run(const struct recipe *recipe, struct error *err);

#endif
