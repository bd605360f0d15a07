#include "pgclone/provision/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"

/* datconnlimit of a database that an interrupted DROP left behind (from 15.4, 14.9, 13.12). */
static const int invalid_connection_limit = -2;

static void inventory_read_server(struct inventory *inventory)
{
    const struct results *results = &inventory->results;

    if (results_rows(results, LOOK_SERVER) == 0)
        return;
    inventory->pid = (int)results_number(results, LOOK_SERVER, 0, "pid", 0);
    inventory->role = results_text(results, LOOK_SERVER, 0, "role");
    inventory->superuser = results_bool(results, LOOK_SERVER, 0, "superuser");
    inventory->createdb = results_bool(results, LOOK_SERVER, 0, "createdb");
    inventory->recovery = results_bool(results, LOOK_SERVER, 0, "recovery");
    inventory->template_used = results_bool(results, LOOK_SERVER, 0, "template_used");
    inventory->fsync = results_bool(results, LOOK_SERVER, 0, "fsync");
    inventory->max_wal_bytes = results_number(results, LOOK_SERVER, 0, "max_wal_size", -1);
    inventory->free_connections = results_number(results, LOOK_SERVER, 0, "free_connections", 0);
}

static void inventory_read_role(const struct results *results, const char *name,
                                struct inventory_role *out)
{
    for (int row = 0; name != NULL && row < results_rows(results, LOOK_ROLES); row++) {
        if (strcmp(results_text(results, LOOK_ROLES, row, "role"), name) != 0)
            continue;
        out->found = true;
        out->inherits = results_bool(results, LOOK_ROLES, row, "inherits");
        out->may_set = results_bool(results, LOOK_ROLES, row, "may_set");
    }
}

static void inventory_read_template(const struct results *results, struct inventory_template *out)
{
    int limit;

    if (results_rows(results, LOOK_TEMPLATE) == 0)
        return;
    limit = (int)results_number(results, LOOK_TEMPLATE, 0, "connection_limit", -1);
    *out = (struct inventory_template){
        .found = true,
        .owner = results_text(results, LOOK_TEMPLATE, 0, "owner"),
        .owned = results_bool(results, LOOK_TEMPLATE, 0, "owned"),
        .is_template = results_bool(results, LOOK_TEMPLATE, 0, "is_template"),
        .invalid = limit == invalid_connection_limit,
        .has_grants = results_bool(results, LOOK_TEMPLATE, 0, "has_grants"),
        .connection_limit = limit,
        .folder = results_text(results, LOOK_TEMPLATE, 0, "folder"),
        .size_bytes = results_number(results, LOOK_TEMPLATE, 0, "size", -1),
    };
}

static void inventory_read_database(const struct results *results, int row,
                                    const struct holders *holders, struct inventory_database *out)
{
    out->name = results_text(results, LOOK_DATABASES, row, "name");
    out->marked = mark_parse(results_text(results, LOOK_DATABASES, row, "comment"), &out->mark);
    out->scratch = lease_of_scratch(out->name, out->lease);
    /* A template belongs to nobody: its maker may live on, and clone it. */
    if (!out->scratch && out->marked && out->mark.use != MARK_USE_TEMPLATE)
        memcpy(out->lease, out->mark.lease, sizeof out->lease);
    out->held = out->lease[0] != '\0' && holders_have(holders, lease_key_of(out->lease));
    out->invalid = results_bool(results, LOOK_DATABASES, row, "invalid");
    out->is_template = results_bool(results, LOOK_DATABASES, row, "is_template");
    out->is_open = results_bool(results, LOOK_DATABASES, row, "is_open");
    out->sessions = results_number(results, LOOK_DATABASES, row, "sessions", -1);
    out->size_bytes = results_number(results, LOOK_DATABASES, row, "size", -1);
}

void inventory_read(struct results *results, const char *owner, const char *grant_to,
                    struct inventory *out)
{
    struct inventory inventory = {.results = *results};
    int rows;

    *results = (struct results){0};
    inventory_read_server(&inventory);
    inventory_read_role(&inventory.results, owner, &inventory.owner);
    inventory_read_role(&inventory.results, grant_to, &inventory.grant_to);
    inventory_read_template(&inventory.results, &inventory.source);
    holders_read(&inventory.results, LOOK_MAKERS, &inventory.makers);
    holders_read(&inventory.results, LOOK_LEASES, &inventory.holders);
    rows = results_rows(&inventory.results, LOOK_DATABASES);
    inventory.database_count = (size_t)rows;
    inventory.databases = memory_new((size_t)rows, sizeof *inventory.databases);
    for (int row = 0; row < rows; row++)
        inventory_read_database(&inventory.results, row, &inventory.holders,
                                &inventory.databases[row]);
    inventory_release(out);
    *out = inventory;
}

static int inventory_compare(const void *name, const void *database)
{
    return strcmp(name, ((const struct inventory_database *)database)->name);
}

const struct inventory_database *inventory_find(const struct inventory *inventory, const char *name)
{
    /* The server sorts names by their bytes (type "name" has the collation "C"). */
    return bsearch(name, inventory->databases, inventory->database_count,
                   sizeof *inventory->databases, inventory_compare);
}

bool inventory_is_of_project(const struct inventory_database *database, const char *project)
{
    const struct mark *mark = &database->mark;

    if (database->marked)
        return strcmp(mark->project, project) == 0 ||
               (mark->inside != NULL && strcmp(mark->inside, project) == 0);
    return database->scratch;
}

bool inventory_is_under(const struct inventory_database *database, int64_t lease_key)
{
    const struct mark *mark = &database->mark;

    if (lease_key_of(database->lease) == lease_key)
        return true;
    return database->marked && mark->use != MARK_USE_TEMPLATE &&
           (lease_key_of(mark->lease) == lease_key ||
            (mark->maker != NULL && lease_key_of(mark->maker) == lease_key));
}

bool inventory_is_inside(const struct inventory_database *database, int64_t run_key)
{
    return run_key != 0 && database->marked && database->mark.maker != NULL &&
           lease_key_of(database->mark.lease) == run_key;
}

bool inventory_is_locked(const struct inventory *inventory, size_t index)
{
    return results_bool(&inventory->results, LOOK_LOCKS, (int)index, "locked");
}

bool inventory_has_other_maker(const struct inventory *inventory, int64_t own_key)
{
    const struct holders *makers = &inventory->makers;

    for (size_t i = 0; i < makers->count; i++) {
        const struct holder *holder = &makers->items[i];
        int64_t lease_key = 0;

        if (lease_is_session_key(holder->key, &lease_key) && lease_key != own_key &&
            holders_pid(makers, lease_key) != holder->pid)
            return true;
    }
    return false;
}

size_t inventory_orphans(const struct inventory *inventory, int *pids, size_t size)
{
    const struct holders *makers = &inventory->makers;
    size_t count = 0;

    for (size_t i = 0; i < makers->count; i++) {
        int64_t lease_key = 0;

        if (!lease_is_session_key(makers->items[i].key, &lease_key) ||
            holders_have(makers, lease_key))
            continue;
        if (count < size)
            pids[count] = makers->items[i].pid;
        count++;
    }
    return count;
}

const char *inventory_state(const struct inventory_database *database)
{
    if (database->invalid)
        return "invalid";
    if (database->scratch)
        return "scratch";
    if (database->mark.use == MARK_USE_STORED ||
        (database->held && database->mark.use == MARK_USE_SPARE))
        return "spare";
    if (database->held && database->mark.use == MARK_USE_TAKEN)
        return "taken";
    if (database->held)
        return "held";
    return database->is_template ? "template" : "ready";
}

void inventory_release(struct inventory *inventory)
{
    for (size_t i = 0; i < inventory->database_count; i++)
        mark_release(&inventory->databases[i].mark);
    free(inventory->databases);
    holders_release(&inventory->makers);
    holders_release(&inventory->holders);
    results_release(&inventory->results);
    *inventory = (struct inventory){0};
}
