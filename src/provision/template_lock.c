#include "pgclone/provision/template_lock.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/template_build.h"

/* Between two looks at a template that somebody else is building: a build takes seconds. */
static const int first_pause_ms = 20;
static const int longest_pause_ms = 200;

/* What takes longer is told, as progress is. */
static const int64_t silent_ms = 500;

/* A template that is to be there, and the look that waits for whoever builds it. */
struct waiting {
    const char *name;
    bool force;
    bool waited;
    bool said; /* that somebody else builds it */
    int pause_ms;
};

/* Whether a database is a template that was built, whole, and still as it was: nobody has opened it
 * since, to look at it or to change it. */
bool template_lock_is_built(const struct inventory_database *database)
{
    return database != NULL && database->marked && database->mark.use == MARK_USE_TEMPLATE &&
           database->is_template && !database->is_open && !database->invalid;
}

/* The builder waits for its command to end, which would wait for the builder. */
static enum look_verdict lock_refuse_circle(const char *name, struct error *err)
{
    error_set(err, ERROR_GUARD,
              "the template \"%s\" is being built by the command that asks for it", name);
    error_hint(err, "The command of \"build\" is to fill the database that DATABASE_URL and "
                    "PGDATABASE name, without asking pgclone for one.");
    return LOOK_IS_REFUSED;
}

static bool lock_is_in_build(const char *name)
{
    const char *building = getenv(TEMPLATE_BUILDING_VARIABLE);

    return building != NULL && strcmp(building, name) == 0;
}

/* A build may take minutes, in which nothing else is heard of this process. */
static void lock_say_waiting(struct waiting *waiting, int64_t elapsed_ms)
{
    if (waiting->said || (elapsed_ms < silent_ms && !log_enabled(LOG_VERBOSE)))
        return;
    waiting->said = true;
    log_message(LOG_NORMAL, "waiting for another pgclone that is building the template \"%s\"",
                waiting->name);
}

static enum look_verdict lock_judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    struct waiting *waiting = look->request.context;

    if (inventory_is_locked(&look->found, 0) ||
        (!waiting->force && template_lock_is_built(inventory_find(&look->found, waiting->name))))
        return LOOK_IS_ENOUGH;
    if (lock_is_in_build(waiting->name))
        return lock_refuse_circle(waiting->name, err);
    waiting->waited = true;
    lock_say_waiting(waiting, elapsed_ms);
    look->pause_ms = waiting->pause_ms;
    waiting->pause_ms =
        waiting->pause_ms * 2 < longest_pause_ms ? waiting->pause_ms * 2 : longest_pause_ms;
    return LOOK_AGAIN;
}

/* Takes the lock on the template's name, or waits until whoever has it is done. */
static bool lock_take(struct session *session, const char *name, bool force,
                      struct inventory *found, bool *waited, struct error *err)
{
    struct waiting waiting = {.name = name, .force = force, .pause_ms = first_pause_ms};
    const struct look_request request = {
        .catalog = {.names = &name, .name_count = 1, .lock_names = true, .all_marked = true},
        .settle = true,
        .judge = lock_judge,
        .context = &waiting,
    };

    *waited = false;
    if (!look_take(session, &request, found, err))
        return false;
    *waited = waiting.waited;
    return true;
}

bool template_lock(struct session *session, const char *name, bool force, struct inventory *found,
                   bool *waited, struct error *err)
{
    const struct inventory_database *there;

    if (!lock_take(session, name, force, found, waited, err))
        return false;
    there = inventory_find(found, name);
    if (there == NULL || (there->marked && there->mark.use == MARK_USE_TEMPLATE))
        return true;
    error_set(err, ERROR_GUARD, "the database \"%s\" exists and is not a template of pgclone's",
              name);
    return error_hint(err, "A template that pgclone makes is to bear that name: drop or rename "
                           "that database yourself, or choose another --template.");
}

bool template_unlock(struct session *session, const char *name, bool done, struct error *err)
{
    session_begin_unlock(session, &name, 1);
    session_wait(session);
    return session_finish(session, NULL, done ? err : NULL) && done;
}
