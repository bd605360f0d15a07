#include "pgclone/provision/template_ready.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/template_build.h"
#include "pgclone/provision/template_facts.h"

/* Between two looks at a template that somebody else is building: a build takes seconds. */
static const int first_pause_ms = 20;
static const int longest_pause_ms = 200;

/* What takes longer is told, as progress is. */
static const int64_t silent_ms = 500;

/* Files may change while they are read by a build, once: the second build has read what is there.
 */
static const int most_builds = 2;

/* A template that is to be there, and the look that waits for whoever builds it. */
struct waiting {
    const char *name;
    bool force;
    bool waited;
    bool said; /* that somebody else builds it */
    int pause_ms;
};

/* What came of an attempt to have it ready. */
struct attempt {
    bool ran;     /* the recipe, to its end */
    bool changed; /* the files are others than those that were read before */
};

/* Whether a database is a template that was built, whole, and still as it was: nobody has opened it
 * since, to look at it or to change it. */
static bool ready_is_built(const struct inventory_database *database)
{
    return database != NULL && database->marked && database->mark.use == MARK_USE_TEMPLATE &&
           database->is_template && !database->is_open && !database->invalid;
}

/* The builder waits for its command to end, which would wait for the builder. */
static enum look_verdict ready_refuse_circle(const char *name, struct error *err)
{
    error_set(err, ERROR_GUARD,
              "the template \"%s\" is being built by the command that asks for it", name);
    error_hint(err, "The command of \"build\" is to fill the database that DATABASE_URL and "
                    "PGDATABASE name, without asking pgclone for one.");
    return LOOK_IS_REFUSED;
}

static bool ready_is_in_build(const char *name)
{
    const char *building = getenv(TEMPLATE_BUILDING_VARIABLE);

    return building != NULL && strcmp(building, name) == 0;
}

/* A build may take minutes, in which nothing else is heard of this process. */
static void ready_say_waiting(struct waiting *waiting, int64_t elapsed_ms)
{
    if (waiting->said || (elapsed_ms < silent_ms && !log_enabled(LOG_VERBOSE)))
        return;
    waiting->said = true;
    log_message(LOG_NORMAL, "waiting for another pgclone that is building the template \"%s\"",
                waiting->name);
}

static enum look_verdict ready_judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    struct waiting *waiting = look->request.context;

    if (inventory_is_locked(&look->found, 0) ||
        (!waiting->force && ready_is_built(inventory_find(&look->found, waiting->name))))
        return LOOK_IS_ENOUGH;
    if (ready_is_in_build(waiting->name))
        return ready_refuse_circle(waiting->name, err);
    waiting->waited = true;
    ready_say_waiting(waiting, elapsed_ms);
    look->pause_ms = waiting->pause_ms;
    waiting->pause_ms =
        waiting->pause_ms * 2 < longest_pause_ms ? waiting->pause_ms * 2 : longest_pause_ms;
    return LOOK_AGAIN;
}

/* Takes the lock on the template's name, or waits until whoever has it is done. */
static bool ready_look(struct session *session, const char *name, bool force,
                       struct inventory *found, bool *waited, struct error *err)
{
    struct waiting waiting = {.name = name, .force = force, .pause_ms = first_pause_ms};
    const struct look_request request = {
        .catalog = {.names = &name, .name_count = 1, .lock_names = true, .all_marked = true},
        .settle = true,
        .judge = ready_judge,
        .context = &waiting,
    };

    *waited = false;
    if (!look_take(session, &request, found, err))
        return false;
    *waited = waiting.waited;
    return true;
}

static bool ready_refuse(const char *name, struct error *err)
{
    error_set(err, ERROR_GUARD, "the database \"%s\" exists and is not a template of pgclone's",
              name);
    return error_hint(err, "A template built from these files is to bear that name: drop or rename "
                           "that database yourself, or choose another --template.");
}

/* Whoever was waited for may have written into the files, and built under another fingerprint: of
 * any number of waiters none is to do that again. */
static bool ready_make(struct session *session, const struct template_facts *facts,
                       const struct inventory *found, bool waited, struct attempt *out,
                       struct error *err)
{
    if (!guard_maker(session->scope, found, session_server_version(session), err) ||
        (waited && !template_facts_reread(facts, session->scope, &out->changed, err)))
        return false;
    if (out->changed)
        return true;
    out->ran = true;
    return template_build(session, facts, found, &out->changed, err);
}

/* The template is there, or was built by this process; the lock on its name is had and given back.
 */
static bool ready_build(struct session *session, struct template_ready *ready,
                        const struct template_facts *facts, struct attempt *out, struct error *err)
{
    const char *name = session->scope->built->name;
    struct inventory found OWNED(inventory_release) = {0};
    const struct inventory_database *there;
    bool waited;
    bool done = true;

    if (!ready_look(session, name, ready->force, &found, &waited, err))
        return false;
    there = inventory_find(&found, name);
    if (there != NULL && (!there->marked || there->mark.use != MARK_USE_TEMPLATE))
        return ready_refuse(name, err);
    if (ready->force || !ready_is_built(there))
        done = ready_make(session, facts, &found, waited, out, err);
    ready->built = done && out->ran && !out->changed;
    session_begin_unlock(session, &name, 1);
    session_wait(session);
    return session_finish(session, NULL, done ? err : NULL) && done;
}

bool template_ready(struct session *session, struct template_ready *ready, struct error *err)
{
    for (int builds = 0; builds < most_builds;) {
        struct template_facts facts OWNED(template_facts_release) = {0};
        struct attempt attempt = {0};

        if (!template_facts_ask(session, &facts, err))
            return false;
        if (facts.current != NULL && facts.current->built && !ready->force)
            return true;
        ready->missing = ready->dry_run;
        if (ready->dry_run)
            return true;
        template_facts_say_changes(&facts, session->scope);
        if (!ready_build(session, ready, &facts, &attempt, err))
            return false;
        if (!attempt.changed)
            return true;
        log_message(LOG_VERBOSE, "the template's files changed while it was built: it is looked "
                                 "for again");
        builds += attempt.ran ? 1 : 0;
    }
    error_set(err, ERROR_SYSTEM, "the template's files changed again while it was built");
    scope_blame_build(session->scope, err);
    return error_hint(err, "Where the command itself writes into its inputs, leave those files out "
                           "of the inputs with \"!PATTERN\".");
}
