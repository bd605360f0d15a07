#include "pgclone/provision/guard.h"

#include <inttypes.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

/* -------------------------------------------------------------------------------------- serial */

static bool guard_one_worker(const struct guard_view *view, struct error *err)
{
    const struct settings *settings = view->scope->settings;
    char *origin OWNED(memory_free_string) = settings_origin_text(settings, SETTING_WORKERS);

    if (settings->workers <= 1)
        return true;
    error_set(err, ERROR_GUARD,
              "creation is off, so the tests must run serially, but %s asks for %d workers", origin,
              settings->workers);
    return error_hint(err, "Set one worker, or let databases be created with --create.");
}

static bool guard_configured(const struct guard_view *view, struct error *err)
{
    if (view->scope->configured != NULL)
        return true;
    error_set(err, ERROR_GUARD, "creation is off, and no database is configured");
    return error_hint(err, "Name the database to use in the server URL "
                           "(postgresql://HOST/DATABASE) or in PGDATABASE, or let databases "
                           "be created with --create.");
}

/* -------------------------------------------------------------------------------------- server */

static bool guard_primary(const struct guard_view *view, struct error *err)
{
    if (!view->inventory->recovery)
        return true;
    error_set(err, ERROR_SERVER, "the server is a standby and takes no changes");
    return error_hint(err, "Connect to the primary server.");
}

static bool guard_createdb(const struct guard_view *view, struct error *err)
{
    const struct inventory *inventory = view->inventory;

    if (inventory->superuser || inventory->createdb)
        return true;
    error_set(err, ERROR_PRIVILEGE, "role \"%s\" may not create databases", inventory->role);
    return error_hint(err, "As a superuser: ALTER ROLE \"%s\" CREATEDB", inventory->role);
}

static bool guard_template(const struct guard_view *view, struct error *err)
{
    const struct inventory *inventory = view->inventory;
    const struct inventory_template *source = &inventory->source;
    const char *name = view->scope->template_name;

    /* One that is built is missing only in a plan, before it is. */
    if (name == NULL || (scope_makes_template(view->scope) && !source->found))
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
static bool guard_owner(const struct guard_view *view, struct error *err)
{
    const struct inventory *inventory = view->inventory;
    const char *owner = view->scope->settings->owner;

    if (owner == NULL)
        return true;
    if (!inventory->owner.found)
        return guard_missing_role(view->scope, SETTING_OWNER, owner, err);
    if (inventory->superuser || (inventory->owner.may_set && inventory->owner.inherits))
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

static bool guard_grantee(const struct guard_view *view, struct error *err)
{
    const char *grantee = view->scope->settings->grant_to;

    return grantee == NULL || view->inventory->grant_to.found ||
           guard_missing_role(view->scope, SETTING_GRANT_TO, grantee, err);
}

static bool guard_strategy(const struct guard_view *view, struct error *err)
{
    enum strategy strategy = view->scope->settings->strategy;
    int major = view->server_version / 10000;
    char *origin OWNED(memory_free_string) =
        settings_origin_text(view->scope->settings, SETTING_STRATEGY);

    if (strategy == STRATEGY_WAL_LOG && major < 15) {
        error_set(err, ERROR_USAGE, "%s: this server (PostgreSQL %d) has no strategy wal_log",
                  origin, major);
        return error_hint(err, "It came with PostgreSQL 15; use auto or file_copy.");
    }
    if (strategy == STRATEGY_CLONE && !view->inventory->clones) {
        error_set(err, ERROR_USAGE, "%s: this server (PostgreSQL %d) has no strategy clone", origin,
                  major);
        return error_hint(err, "It takes PostgreSQL 18 built with a cloning system call, and "
                               "file_copy_method must be settable; use auto or file_copy.");
    }
    return true;
}

/* --------------------------------------------------------------------------------------- names */

static const struct inventory_database *guard_bearer(const struct guard_view *view)
{
    return inventory_find(view->inventory, view->scope->workers[view->worker].name);
}

static bool guard_refuse_foreign(const char *name, const char *what, struct error *err)
{
    error_set(err, ERROR_GUARD, "the database \"%s\" %s", name, what);
    return error_hint(err, "pgclone never replaces what it did not make: drop or rename that "
                           "database yourself, or choose another --name.");
}

static bool guard_ours(const struct guard_view *view, struct error *err)
{
    const struct inventory_database *database = guard_bearer(view);

    return database == NULL || database->marked ||
           guard_refuse_foreign(database->name, "exists and was not made by pgclone", err);
}

bool guard_replaced(const struct scope *scope, const struct inventory *now, struct error *err)
{
    for (size_t i = 0; i < scope->worker_count; i++) {
        const struct inventory_database *database = inventory_find(now, scope->workers[i].name);

        if (database != NULL && !database->marked)
            return guard_refuse_foreign(database->name, "was made by somebody else meanwhile", err);
    }
    return true;
}

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

/* Inside a run what an earlier `create` made there may be replaced, but nothing else of the run's:
 * that is handed out and reset by the run itself. */
static bool guard_free(const struct guard_view *view, struct error *err)
{
    const struct inventory_database *database = guard_bearer(view);
    const struct enclosing_run *run = enclosing_run_on(view->scope->enclosing, view->inventory);
    char *holder OWNED(memory_free_string) = NULL;

    if (inventory_is_locked(view->inventory, view->worker) &&
        (database == NULL || !database->held ||
         (run != NULL && inventory_is_inside(database, run->lease.key))))
        return true;
    holder = database != NULL ? guard_holder(database)
                              : memory_copy_string("being made by another pgclone at this moment");
    error_set(err, ERROR_GUARD, "the database \"%s\" is %s",
              view->scope->workers[view->worker].name, holder);
    if (run != NULL && database != NULL && strcmp(database->lease, run->lease.text) == 0)
        return error_hint(err, "That is the run that this command is in: \"pgclone url\" tells of "
                               "its databases, \"pgclone reset\" makes them pristine; for others "
                               "choose another --template or --name.");
    return error_hint(err, "Wait until that run has ended, or tell runs apart with --run-id.");
}

static bool guard_absent(const struct guard_view *view, struct error *err)
{
    const struct inventory_database *database = guard_bearer(view);

    if (database == NULL || view->scope->settings->existing != EXISTING_FAIL)
        return true;
    error_set(err, ERROR_GUARD, "the database \"%s\" exists already", database->name);
    return error_hint(err, "Drop it with \"pgclone drop\", or let it be replaced or kept with "
                           "--existing.");
}

/* --------------------------------------------------------------------------------------- table */

static const struct guard guards[] = {
    {"G2", "serial mode has one worker", GUARD_SERIAL, guard_one_worker},
    {"G3", "serial mode has a configured database", GUARD_SERIAL, guard_configured},
    {"server", "the server takes changes", GUARD_MAKER, guard_primary},
    {"role", "the role may create databases", GUARD_MAKER, guard_createdb},
    {"template", "the role may clone what is to be cloned", GUARD_SERVER, guard_template},
    {"owner", "the role may make databases for their owner", GUARD_SERVER, guard_owner},
    {"grant_to", "the role that gets the privileges exists", GUARD_SERVER, guard_grantee},
    {"strategy", "the server has the strategy", GUARD_SERVER, guard_strategy},
    {"G5", "the worker's name is free, or borne by a database of pgclone's", GUARD_NAMES,
     guard_ours},
    {"G6", "no living process holds the worker's database", GUARD_NAMES, guard_free},
    {"existing", "the worker's database may be there already, or is not", GUARD_NAMES,
     guard_absent},
};

const struct guard *guard_at(size_t index)
{
    return index < sizeof guards / sizeof guards[0] ? &guards[index] : NULL;
}

static bool guard_check(enum guard_stage stage, const struct guard_view *view, struct error *err)
{
    const struct guard *guard;

    for (size_t i = 0; (guard = guard_at(i)) != NULL; i++)
        if (guard->stage == stage && !guard->check(view, err))
            return false;
    return true;
}

bool guard_serial(const struct scope *scope, struct error *err)
{
    return guard_check(GUARD_SERIAL, &(struct guard_view){.scope = scope}, err);
}

bool guard_maker(const struct scope *scope, const struct inventory *inventory, int server_version,
                 struct error *err)
{
    const struct guard_view view = {
        .scope = scope, .inventory = inventory, .server_version = server_version};

    return guard_check(GUARD_MAKER, &view, err);
}

bool guard_server(const struct scope *scope, const struct inventory *inventory, int server_version,
                  struct error *err)
{
    const struct guard_view view = {
        .scope = scope, .inventory = inventory, .server_version = server_version};

    return guard_check(GUARD_MAKER, &view, err) && guard_check(GUARD_SERVER, &view, err);
}

/* Worker by worker, so that the first one of which anything is refused is the one that is told of.
 */
bool guard_names(const struct scope *scope, const struct inventory *inventory, struct error *err)
{
    struct guard_view view = {.scope = scope, .inventory = inventory};

    for (; view.worker < scope->worker_count; view.worker++)
        if (!guard_check(GUARD_NAMES, &view, err))
            return false;
    return true;
}
