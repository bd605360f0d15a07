/* The templates of a project that pgclone has built, and dropping those that nobody needs. */
#ifndef PGCLONE_PROVISION_TEMPLATE_LIST_H
#define PGCLONE_PROVISION_TEMPLATE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"

enum template_state {
    TEMPLATE_IS_CURRENT,  /**< what the files are now */
    TEMPLATE_IS_OLD,      /**< what they were, or are elsewhere */
    TEMPLATE_IS_BUILDING, /**< a scratch database at which a living process is at work */
};

struct template_item {
    const struct inventory_database *database; /**< borrowed from the inventory */
    enum template_state state;
    char digits[FINGERPRINT_DIGITS + 1]; /**< of the fingerprint; "" while it is built */
};

struct template_list {
    struct inventory inventory;
    struct template_item *items; /**< owned; the newest first */
    size_t count;
};

/** Finds the project's templates. Where the scope has no template that is built, all are old. `out`
 * must be empty. */
bool template_list_find(struct session *session, struct template_list *out, struct error *err);

/** What `template prune` leaves. */
struct template_prune {
    size_t keep;          /**< so many of the newest that are not current */
    int64_t older_than_s; /**< those that are younger; 0: none for that reason */
    bool dry_run;
};

/**
 * Drops the project's templates that are not current, but for those that are to be left and those
 * that somebody uses. Adds a line for each: `dropped NAME`, `would drop NAME`, `kept NAME: reason`;
 * also on failure.
 */
bool template_list_prune(struct session *session, const struct template_prune *prune,
                         struct strbuf *lines, struct error *err);

/** The word for a state. */
const char *template_state_word(enum template_state state);

/** Frees everything and leaves it empty. */
void template_list_release(struct template_list *list);

#endif
