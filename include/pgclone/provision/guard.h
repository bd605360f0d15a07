/*
 * The guards: what must hold before anything is made, as a table. `create` stops at the first that
 * fails; whoever wants to tell them all walks the table. A guard with nothing to check passes.
 * Pure: they look at settings and at what a look found, and change nothing. Those that decide what
 * the settings mean, and so stand before everything else, are in scope.c (G1, G4); the one of
 * `drop` is in selection.c (G7).
 */
#ifndef PGCLONE_PROVISION_GUARD_H
#define PGCLONE_PROVISION_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"

/** What guards look at. All borrowed. */
struct guard_view {
    const struct scope *scope;
    const struct inventory *inventory; /**< NULL for GUARD_SERIAL */
    int server_version;                /**< as libpq has it: 150018 */
    size_t worker;                     /**< the index of the worker in question, for GUARD_NAMES */
};

/** When a guard is checked. */
enum guard_stage {
    GUARD_SERIAL, /**< in local serial mode; needs no server */
    GUARD_MAKER,  /**< when anything is to be made, after the server was looked at */
    GUARD_SERVER, /**< when databases are to be made, after the server was looked at */
    GUARD_NAMES,  /**< after that, for one worker's database; its name must have been locked */
};

struct guard {
    const char *id;    /**< "G1" to "G7" as in docs/architecture.md, or a word */
    const char *title; /**< what holds where it passes: "the role may create databases" */
    enum guard_stage stage;
    /** The error says what is wrong and, as its hint, what to do about it. */
    bool (*check)(const struct guard_view *view, struct error *err);
};

/** The guards in the order in which they are checked; NULL behind the last. */
const struct guard *guard_at(size_t index);

/** Serial mode takes one worker and a configured database: ERROR_GUARD (G2, G3). */
bool guard_serial(const struct scope *scope, struct error *err);

/** The server takes changes and the role may make databases: ERROR_SERVER, ERROR_PRIVILEGE. */
bool guard_maker(const struct scope *scope, const struct inventory *inventory, int server_version,
                 struct error *err);

/**
 * The same, template, owner, grantee and strategy: ERROR_PRIVILEGE, ERROR_SERVER, or ERROR_USAGE
 * for a strategy that this server lacks.
 */
bool guard_server(const struct scope *scope, const struct inventory *inventory, int server_version,
                  struct error *err);

/** Every worker's name, in order: ERROR_GUARD (G5, G6, and `existing: fail`). */
bool guard_names(const struct scope *scope, const struct inventory *inventory, struct error *err);

/** G5 once more, before databases are replaced: whether what bears the workers' names by now was
 * still made by pgclone. */
bool guard_replaced(const struct scope *scope, const struct inventory *now, struct error *err);

/** Who holds a database, for messages: `held by run "…" that is alive on host …, process …`. The
 * caller frees it. */
char *guard_holder(const struct inventory_database *database);

#endif
