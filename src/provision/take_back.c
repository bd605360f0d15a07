#include "pgclone/provision/take_back.h"

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/drop.h"
#include "pgclone/provision/look.h"

/* How long a taking back waits for a server that says nothing. A statement may wait for a
 * checkpoint that long; a server that is frozen, or cut off, must not hold up Ctrl-C for ever. */
static const int patience_ms_after_failure = 20000;

/* How long sessions of ours may take to end after they were told to. */
static const int64_t end_patience_ms = 20000;

/* A statement goes on after its connection was lost, and would bring a database to life behind our
 * back: such sessions are ended, and waited for until they are gone. */
static enum look_verdict take_back_judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    int64_t own_key = lease_session_key(&look->session->lease);

    for (size_t i = 0; i < look->found.makers.count; i++) {
        const struct holder *holder = &look->found.makers.items[i];

        if (holder->key == own_key && holder->pid != look->found.pid)
            look_end_session(look, holder->pid);
    }
    if (look->ending_count == 0)
        return LOOK_IS_ENOUGH;
    if (elapsed_ms <= end_patience_ms)
        return LOOK_AGAIN;
    error_set(err, ERROR_SERVER, "sessions of this run did not end");
    return LOOK_IS_REFUSED;
}

static bool take_back_is_copy(const struct inventory_database *database)
{
    return database->scratch || database->mark.use != MARK_USE_WORKER;
}

/* What belongs to this process: the copies, the other databases, or both. */
static void take_back_select(const struct session *session, const struct inventory *inventory,
                             bool copies, bool others, struct selected_list *out)
{
    out->items = memory_new(inventory->database_count, sizeof *out->items);
    for (size_t i = 0; i < inventory->database_count; i++) {
        const struct inventory_database *database = &inventory->databases[i];

        if (inventory_is_under(database, session->lease.key) &&
            (take_back_is_copy(database) ? copies : others))
            out->items[out->count++].database = database;
    }
    selected_list_sort(out);
}

/* The locks on the names went with a connection that was lost, and others may have taken us for
 * dead since: what they are replacing, or have replaced, is no longer ours. */
static bool take_back_found(struct session *session, const struct inventory *inventory,
                            bool copies_only, struct error *err)
{
    struct drop_work work OWNED(drop_work_release) = {0};

    take_back_select(session, inventory, true, !copies_only, &work.selected);
    return work.selected.count == 0 || drop_selected(session, inventory, &work, err);
}

/* A create inside a run may be at work for another role, whose sessions are out of our reach; that
 * is no reason to leave everything else. */
static bool take_back_look(struct session *session, int patience_ms, struct inventory *found,
                           struct error *err)
{
    struct look_request request = {.catalog = {.all_marked = true}, .judge = take_back_judge};
    struct error refused OWNED(error_release) = {0};

    session_persist(session, patience_ms);
    session_keep_first(session);
    if (!session_end_joining(session, err))
        return false;
    if (look_take(session, &request, found, &refused))
        return true;
    if (refused.kind != ERROR_PRIVILEGE)
        return error_move(err, &refused);
    request.judge = NULL;
    return look_take(session, &request, found, err);
}

static bool take_back_try(struct session *session, int patience_ms, bool copies_only,
                          struct error *err)
{
    struct inventory found OWNED(inventory_release) = {0};

    return take_back_look(session, patience_ms, &found, err) &&
           take_back_found(session, &found, copies_only, err);
}

bool take_back_all(struct session *session, int patience_ms, struct error *err)
{
    return take_back_try(session, patience_ms, false, err);
}

bool take_back_copies(struct session *session, int patience_ms, struct inventory *found,
                      struct selected_list *rest, struct error *err)
{
    if (!take_back_look(session, patience_ms, found, err))
        return false;
    take_back_select(session, found, false, true, rest);
    return take_back_found(session, found, true, err);
}

void take_back(struct session *session, bool copies_only)
{
    struct error err OWNED(error_release) = {0};

    if (take_back_try(session, patience_ms_after_failure, copies_only, &err))
        return;
    /* What ended the connection that failed may have ended the idle first one, too: a new one may
     * do. */
    if (err.kind == ERROR_CONNECTION) {
        error_release(&err);
        if (take_back_try(session, patience_ms_after_failure, copies_only, &err))
            return;
    }
    error_prefix(&err, "could not take back what was half made: ");
    error_hint(&err, "Once the server can be reached, \"pgclone drop --all\" removes it.");
    log_warning(&err);
}
