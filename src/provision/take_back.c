#include "pgclone/provision/take_back.h"

#include <stdlib.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/strategy.h"

/* How long a taking back waits for a server that says nothing. A statement may wait for a
 * checkpoint that long; a server that is frozen, or cut off, must not hold up Ctrl-C for ever. */
static const int patience_ms_after_failure = 20000;

/* How long sessions of ours may take to end after they were told to. */
static const int64_t end_patience_ms = 20000;

/* A statement goes on after its connection was lost, and would bring a database to life behind our
 * back: such sessions are ended, and waited for until they are gone. */
static enum look_verdict take_back_judge(struct look *look, const struct inventory *found,
                                         int64_t elapsed_ms, void *context, struct error *err)
{
    int64_t own_key = lease_session_key(&look->session->lease);
    bool others = false;

    (void)context;
    for (size_t i = 0; i < found->makers.count; i++) {
        const struct holder *holder = &found->makers.items[i];

        if (holder->key != own_key || holder->pid == found->pid)
            continue;
        look_end_session(look, holder->pid);
        others = true;
    }
    if (!others)
        return LOOK_IS_ENOUGH;
    if (elapsed_ms <= end_patience_ms)
        return LOOK_AGAIN;
    error_set(err, ERROR_SERVER, "sessions of this run did not end");
    return LOOK_IS_REFUSED;
}

static bool take_back_is_own(const struct session *session,
                             const struct inventory_database *database)
{
    return database != NULL && lease_key_of(database->lease) == session->lease.key;
}

/* `again` was read after the names were locked: see take_back_all(). */
static bool take_back_locked(struct session *session, const struct inventory *again,
                             const struct sql_look *look, size_t width, struct error *err)
{
    struct job *jobs = memory_new(look->name_count, sizeof *jobs);
    size_t count = 0;
    bool done;

    for (size_t i = 0; i < look->name_count; i++) {
        if (!inventory_is_locked(again, i) ||
            !take_back_is_own(session, inventory_find(again, look->names[i])))
            continue;
        job_init(&jobs[count], look->names[i]);
        plan_add_drop(look->names[i], "drop", &jobs[count++]);
    }
    done = session_run(session, "dropping", jobs, count, width, err);
    for (size_t i = 0; i < count; i++)
        job_release(&jobs[i]);
    free(jobs);
    return done;
}

/* The locks on the names went with a connection that was lost, and others may have taken us for
 * dead since: what they are replacing, or have replaced, is no longer ours. */
static bool take_back_found(struct session *session, const struct inventory *inventory,
                            struct error *err)
{
    const char **names = memory_new(inventory->database_count, sizeof *names);
    struct look_request request = {.catalog = {.names = names, .lock_names = true}};
    struct sql_look *look = &request.catalog;
    struct inventory again OWNED(inventory_release) = {0};
    bool done;

    for (size_t i = 0; i < inventory->database_count; i++)
        if (take_back_is_own(session, &inventory->databases[i]))
            names[look->name_count++] = inventory->databases[i].name;
    request.prewarm = strategy_choose(session->scope->settings, inventory,
                                      session_server_version(session), look->name_count)
                          .drop_width;
    done = look->name_count == 0 || (look_take(session, &request, &again, err) &&
                                     take_back_locked(session, &again, look, request.prewarm, err));
    free(names);
    return done;
}

bool take_back_all(struct session *session, int patience_ms, struct error *err)
{
    const struct look_request request = {.catalog = {.all_marked = true}, .judge = take_back_judge};
    struct inventory inventory OWNED(inventory_release) = {0};

    session_persist(session, patience_ms);
    session_keep_first(session);
    return look_take(session, &request, &inventory, err) &&
           take_back_found(session, &inventory, err);
}

void take_back(struct session *session)
{
    struct error err OWNED(error_release) = {0};

    if (take_back_all(session, patience_ms_after_failure, &err))
        return;
    /* What ended the connection that failed may have ended the idle first one, too: a new one may
     * do. */
    if (err.kind == ERROR_CONNECTION) {
        error_release(&err);
        if (take_back_all(session, patience_ms_after_failure, &err))
            return;
    }
    error_prefix(&err, "could not take back what was half made: ");
    error_hint(&err, "Once the server can be reached, \"pgclone drop --all\" removes it.");
    log_warning(&err);
}
