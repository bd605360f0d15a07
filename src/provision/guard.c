#include "pgclone/provision/guard.h"

#include <inttypes.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

/* -------------------------------------------------------------------------------------- server */

static bool guard_role(const struct inventory *inventory, struct error *err)
{
    if (inventory->recovery) {
        error_set(err, ERROR_SERVER, "the server is a standby and takes no changes");
        return error_hint(err, "Connect to the primary server.");
    }
    if (inventory->superuser || inventory->createdb)
        return true;
    error_set(err, ERROR_PRIVILEGE, "role \"%s\" may not create databases", inventory->role);
    return error_hint(err, "As a superuser: ALTER ROLE \"%s\" CREATEDB", inventory->role);
}

static bool guard_template(const struct scope *scope, const struct inventory *inventory,
                           struct error *err)
{
    const struct inventory_template *source = &inventory->source;
    const char *name = scope->template_name;

    if (name == NULL)
        return true;
    if (!source->found) {
        error_set(err, ERROR_SERVER, "the template database \"%s\" does not exist", name);
        return error_hint(err, "Create and fill it first (createdb, your migrations), or name "
                               "another one with --template.");
    }
    if (source->invalid) {
        error_set(err, ERROR_SERVER,
                  "the template database \"%s\" is invalid: a DROP DATABASE of "
                  "it was interrupted",
                  name);
        return error_hint(err, "It can only be dropped: DROP DATABASE \"%s\"; then make it anew.",
                          name);
    }
    if (source->owned || source->is_template || inventory->superuser)
        return true;
    error_set(err, ERROR_PRIVILEGE, "role \"%s\" may not clone \"%s\", which belongs to \"%s\"",
              inventory->role, name, source->owner);
    return error_hint(err,
                      "As its owner or a superuser: ALTER DATABASE \"%s\" OWNER TO \"%s\", or "
                      "ALTER DATABASE \"%s\" IS_TEMPLATE true",
                      name, inventory->role, name);
}

static bool guard_missing_role(const struct scope *scope, enum setting_id source, const char *role,
                               struct error *err)
{
    char *origin OWNED(memory_free_string) = settings_origin_text(scope->settings, source);

    error_set(err, ERROR_SERVER, "%s: role \"%s\" does not exist", origin, role);
    return error_hint(err, "CREATE ROLE \"%s\", or name another one.", role);
}

/*
 * Making a database for another owner takes SET ROLE to it; marking, granting and renaming it
 * afterwards takes its privileges. From 16 on these are two options of a membership.
 */
static bool guard_owner(const struct scope *scope, const struct inventory *inventory,
                        struct error *err)
{
    const char *owner = scope->settings->owner;

    if (owner == NULL || inventory->superuser)
        return owner == NULL || inventory->owner.found ||
               guard_missing_role(scope, SETTING_OWNER, owner, err);
    if (!inventory->owner.found)
        return guard_missing_role(scope, SETTING_OWNER, owner, err);
    if (inventory->owner.may_set && inventory->owner.inherits)
        return true;
    error_set(err, ERROR_PRIVILEGE, "role \"%s\" may not make databases for owner \"%s\"",
              inventory->role, owner);
    error_detail(err,
                 "It must be a member of \"%s\" that may SET ROLE to it and inherits its "
                 "privileges.",
                 owner);
    return error_hint(err,
                      "GRANT \"%s\" TO \"%s\" (from PostgreSQL 16 on WITH INHERIT TRUE, SET "
                      "TRUE; before, the role needs the INHERIT attribute)",
                      owner, inventory->role);
}

static bool guard_strategy(const struct scope *scope, const struct inventory *inventory,
                           int server_version, struct error *err)
{
    enum strategy strategy = scope->settings->strategy;
    char *origin OWNED(memory_free_string) =
        settings_origin_text(scope->settings, SETTING_STRATEGY);

    if (strategy == STRATEGY_WAL_LOG && server_version < 150000) {
        error_set(err, ERROR_USAGE, "%s: this server (PostgreSQL %d) has no strategy wal_log",
                  origin, server_version / 10000);
        return error_hint(err, "It came with PostgreSQL 15; use auto or file_copy.");
    }
    if (strategy == STRATEGY_CLONE && !inventory->clones) {
        error_set(err, ERROR_USAGE, "%s: this server (PostgreSQL %d) has no strategy clone", origin,
                  server_version / 10000);
        return error_hint(err, "It takes PostgreSQL 18 built with a cloning system call, and "
                               "file_copy_method must be settable; use auto or file_copy.");
    }
    return true;
}

bool guard_server(const struct scope *scope, const struct inventory *inventory, int server_version,
                  struct error *err)
{
    const char *grant_to = scope->settings->grant_to;

    return guard_role(inventory, err) && guard_template(scope, inventory, err) &&
           guard_owner(scope, inventory, err) &&
           (grant_to == NULL || inventory->grant_to.found ||
            guard_missing_role(scope, SETTING_GRANT_TO, grant_to, err)) &&
           guard_strategy(scope, inventory, server_version, err);
}

/* --------------------------------------------------------------------------------------- names */

char *guard_holder(const struct inventory_database *database)
{
    const struct mark *mark = &database->mark;
    struct strbuf out = {0};

    if (!database->marked)
        return memory_copy_string("held by a pgclone that is at work");
    strbuf_add(&out, "held by ");
    if (mark->run != NULL)
        strbuf_printf(&out, "run \"%s\"", mark->run);
    else
        strbuf_add(&out, "a run");
    strbuf_printf(&out, " that is alive on host \"%s\", process %" PRId64, mark->host, mark->pid);
    return strbuf_take(&out);
}

static bool guard_held(const char *name, const struct inventory_database *database,
                       struct error *err)
{
    char *holder OWNED(memory_free_string) =
        database != NULL ? guard_holder(database)
                         : memory_copy_string("being made by another pgclone at this moment");

    error_set(err, ERROR_GUARD, "the database \"%s\" is %s", name, holder);
    return error_hint(err, "Wait until that run has ended, or tell runs apart with --run-id.");
}

static bool guard_name(const struct scope *scope, const struct inventory *inventory, size_t index,
                       struct error *err)
{
    const char *name = scope->workers[index].name;
    const struct inventory_database *database = inventory_find(inventory, name);

    if (database != NULL && !database->marked) {
        error_set(err, ERROR_GUARD, "the database \"%s\" exists and was not made by pgclone", name);
        return error_hint(err, "pgclone never replaces what it did not make: drop or rename that "
                               "database yourself, or choose another --name.");
    }
    if (!inventory_is_locked(inventory, index) || (database != NULL && database->held))
        return guard_held(name, database, err);
    if (database != NULL && scope->settings->existing == EXISTING_FAIL) {
        error_set(err, ERROR_GUARD, "the database \"%s\" exists already", name);
        return error_hint(err, "Drop it with \"pgclone drop\", or let it be replaced or kept with "
                               "--existing.");
    }
    return true;
}

bool guard_names(const struct scope *scope, const struct inventory *inventory, struct error *err)
{
    for (size_t i = 0; i < scope->worker_count; i++)
        if (!guard_name(scope, inventory, i, err))
            return false;
    return true;
}
