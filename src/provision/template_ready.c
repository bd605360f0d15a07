#include "pgclone/provision/template_ready.h"

#include <stdio.h>

#include "pgclone/base/log.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/template_build.h"
#include "pgclone/provision/template_facts.h"
#include "pgclone/provision/template_lock.h"
#include "pgclone/provision/watched.h"

/* Files may change while they are read by a build, once: the second build has read what is there.
 */
static const int most_builds = 2;

/* What came of an attempt to have it ready. */
struct attempt {
    bool ran;     /* the recipe, to its end */
    bool changed; /* the files are others than those that were read before */
};

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
    bool waited;
    bool done = true;

    if (!template_lock(session, name, ready->force, &found, &waited, err))
        return false;
    if (ready->force || !template_lock_is_built(inventory_find(&found, name)))
        done = ready_make(session, facts, &found, waited, out, err);
    ready->built = done && out->ran && !out->changed;
    return template_unlock(session, name, done, err);
}

static bool ready_from_files(struct session *session, struct template_ready *ready,
                             struct error *err)
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

bool template_ready(struct session *session, struct template_ready *ready, struct error *err)
{
    const struct scope *scope = session->scope;

    if (scope->built != NULL && !ready_from_files(session, ready, err))
        return false;
    if (scope->watched == NULL)
        return true;
    if (!ready->missing)
        return watched_ready(session, ready, err);
    /* Its fingerprint is that of a template that is not there. */
    (void)snprintf(scope->watched->name, sizeof scope->watched->name, "%s_????????????",
                   scope->base);
    return true;
}
