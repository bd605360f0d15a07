/* How databases are copied and how many at once, chosen from what the look found. Pure, but for the
 * number of CPUs. */
#ifndef PGCLONE_PROVISION_STRATEGY_H
#define PGCLONE_PROVISION_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/provision/inventory.h"
#include "pgclone/settings/settings.h"

struct strategy_choice {
    enum strategy strategy; /**< never STRATEGY_AUTO */
    const char *word;       /**< for CREATE DATABASE … STRATEGY; NULL to leave it out. Static */
    size_t create_width;    /**< connections at work at once */
    size_t drop_width;
    const char *reason; /**< for -v. Static */
};

/** Chooses for `copies` databases. What the settings name is taken as it is. */
struct strategy_choice strategy_choose(const struct settings *settings,
                                       const struct inventory *inventory, int server_version,
                                       size_t copies);

/** Whether it matters if sessions may have files cloned (sql_try_clone_files), and may be so. */
bool strategy_wants_clones(const struct settings *settings, int server_version);

/** Whether the choice depends on what sql_files() tells, and the role may ask for it. */
bool strategy_wants_files(const struct settings *settings, const struct inventory *inventory,
                          int server_version);

/** Whether a file system of that name may have copies on write; NULL: it may. */
bool strategy_may_clone_on(const char *file_system);

/** How many connections every choice for `count` databases would open: no harm to begin them. */
size_t strategy_least_width(const struct settings *settings, size_t count);

#endif
