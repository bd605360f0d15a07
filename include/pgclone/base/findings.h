/*
 * What an examination has found: a list of findings, each of a check, with what to do about it. A
 * check is a row of a table, so that what is examined can be listed.
 */
#ifndef PGCLONE_BASE_FINDINGS_H
#define PGCLONE_BASE_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/error.h"

enum finding_severity {
    FINDING_OK,
    FINDING_WARNING, /**< it works, but slowly, or not for long */
    FINDING_ERROR,   /**< it does not work */
};

/** What a check is called, and what holds where it finds nothing. All strings are static. */
struct check {
    const char *id; /**< a word or two, unlike any other check's */
    const char *title;
    enum finding_severity worst; /**< the most that it can find */
};

/** Where the commands of a fix are typed. */
enum fix_place { FIX_NOWHERE, FIX_IN_SHELL, FIX_IN_PSQL };

/** Commands to paste. */
struct fix {
    enum fix_place place; /**< FIX_NOWHERE: there are none */
    const char *by;       /**< who may do it ("a superuser"); static, or NULL: anybody */
    char *commands;       /**< a line each, without the last line end; owned */
};

struct finding {
    const struct check *check;
    enum finding_severity severity;
    int exit_code; /**< of an error: what comes of it */
    char *text;    /**< one line, as an error's message */
    char *detail;  /**< sentences, or NULL */
    char *advice;  /**< sentences that say what to do, or NULL */
    struct fix fix;
};

struct findings {
    struct finding *items; /**< owned */
    size_t count;
};

/** Adds a finding, which is borrowed until the next one. */
struct finding *findings_add(struct findings *findings, const struct check *check,
                             enum finding_severity severity, const char *format, ...)
    PRINTF_LIKE(4, 5);

/** Adds what an error says, the first of its chain: its hint is the advice. */
struct finding *findings_add_error(struct findings *findings, const struct check *check,
                                   const struct error *err);

/** Sets the advice. */
void finding_advise(struct finding *finding, const char *format, ...) PRINTF_LIKE(2, 3);

/** Sets the commands of the fix, taking them over; NULL: there are none. */
void finding_set_fix(struct finding *finding, enum fix_place place, const char *by, char *commands);

/** The exit code of the first error; 0 where there is none. */
int findings_exit_code(const struct findings *findings);

/** The word for a severity: "ok", "warning" or "error". */
const char *finding_severity_word(enum finding_severity severity);

/** The word for a place: "shell" or "psql"; NULL for nowhere. */
const char *fix_place_word(enum fix_place place);

/** Frees everything and leaves the list empty. */
void findings_release(struct findings *findings);

#endif
