/*
 * What the settings mean, as far as it can be said without a server: the template, the base name,
 * the project, and each worker's database. Nothing can be said of a template without a name (guard
 * G1), or of names that are never ours (G4, G5), so that these guards are here. A template that is
 * built has its name only when a server was asked (template_ready.h).
 */
#ifndef PGCLONE_PROVISION_SCOPE_H
#define PGCLONE_PROVISION_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/identity.h"
#include "pgclone/base/strings.h"
#include "pgclone/postgres/url.h"
#include "pgclone/provision/enclosing_run.h"
#include "pgclone/settings/settings.h"

/** One worker and its database. */
struct scope_worker {
    char *id;   /**< as the runner has it; may be "" */
    char *name; /**< the database */
};

/** A template that is made from files and a command (the setting `build`). */
struct scope_built {
    const struct settings_build *build; /**< borrowed */
    char *folder; /**< where its relative paths begin: the settings file's folder; NULL: the
                     current one */
    char name[IDENTITY_NAME_MAX + 1]; /**< of the template: the base name and a fingerprint; ""
                                         until template_ready() has asked the server */
};

/** A template of pgclone's own, whose copies note their changes (the setting `reset: undo`). */
struct scope_watched {
    const char *source;               /**< the template that it is made from. Borrowed */
    char name[IDENTITY_NAME_MAX + 1]; /**< the base name and a fingerprint; "" until
                                         template_ready() has asked the server */
};

struct scope {
    const struct settings *settings; /**< borrowed */
    struct url url;
    const char
        *configured; /**< the configured database; NULL when there is none. Borrowed from `url` */
    const char *template_name; /**< what is cloned; NULL when not cloning. Borrowed */
    struct scope_built *built; /**< whose name `template_name` is; NULL: nothing is built. Owned */
    struct scope_watched *watched; /**< whose name `template_name` is then; NULL: databases do not
                                      note their changes. Owned */
    const char *base;              /**< borrowed */
    const char *project;           /**< borrowed */
    /** The run that this process is in, for commands whose databases belong to it; set by them
     * after scope_resolve(). NULL: none. Borrowed */
    const struct enclosing_run *enclosing;
    struct scope_worker *workers; /**< filled by scope_name_workers() */
    const char **names;           /**< the workers' databases alone, in the same order */
    size_t worker_count;
};

/**
 * Reads the server URL and finds template, base and project. ERROR_USAGE for a URL or a name that
 * cannot be used, ERROR_GUARD (G1) when cloning without a template name. `settings` must outlive
 * `out`, which must be empty and is untouched on failure.
 */
bool scope_resolve(const struct settings *settings, struct scope *out, struct error *err);

/**
 * Names every worker's database. ERROR_USAGE for names that cannot be, or two alike; ERROR_GUARD
 * (G4, G5) for names that are never ours.
 */
bool scope_name_workers(struct scope *scope, struct error *err);

/** The same for the workers with these ids. */
bool scope_name_these(struct scope *scope, const struct strings *ids, struct error *err);

/** Leaves none of the workers that were named, so that others can be. */
void scope_forget_workers(struct scope *scope);

/** The database of one worker, by id. Errors as in scope_name_workers(). The caller frees `name`.
 */
bool scope_name_of(const struct scope *scope, const char *worker_id, char **name,
                   struct error *err);

/** Whether what is cloned is a template that pgclone makes: template_ready() must come first. */
bool scope_makes_template(const struct scope *scope);

/** The template that the user knows: what the watched one is made from, or what is cloned. NULL
 * when not cloning. */
const char *scope_source(const struct scope *scope);

/** Puts the place of the setting `build` before the message. Returns false. */
bool scope_blame_build(const struct scope *scope, struct error *err);

/** Whether this is local serial mode (`create_database: false`): the configured database is used as
 * it is. */
bool scope_is_serial(const struct settings *settings);

/** Frees everything and leaves it empty. */
void scope_release(struct scope *scope);

#endif
