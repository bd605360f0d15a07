#include "pgclone/provision/look.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sqlstate.h"
#include "pgclone/provision/proxy.h"
#include "pgclone/provision/strategy.h"

/* Between two looks. One takes about a millisecond. */
static const int usual_pause_ms = 20;

/* How long sessions of dead processes may take to end after they were told to. */
static const int settle_patience_ms = 10000;

/* More of them than this are ended in several rounds. */
#define ORPHANS_AT_ONCE 64

/* A database that is dropped while its size is measured fails the whole look. */
static const int most_failures = 5;

void look_begin(struct session *session, const struct look_request *request, struct look *out)
{
    int64_t now_ms = clock_now_ms();

    *out = (struct look){.session = session,
                         .request = *request,
                         .began_ms = now_ms,
                         .settled_by_ms = now_ms + settle_patience_ms};
}

void look_release(struct look *look)
{
    inventory_release(&look->found);
    free(look->ending);
    *look = (struct look){0};
}

void look_end_session(struct look *look, int pid)
{
    look->ending = memory_resize(look->ending, look->ending_count + 1, sizeof *look->ending);
    look->ending[look->ending_count++] = pid;
}

/* ---------------------------------------------------------------------- beginning the next thing
 */

static enum step look_read(struct look *look)
{
    look->phase = LOOK_READS;
    look->pause_ms = usual_pause_ms;
    look->ending_count = 0;
    session_begin_look(look->session, &look->request.catalog, look->request.prewarm);
    look->request.prewarm = 0;
    return STEP_WAITS;
}

static enum step look_ask(struct look *look, enum look_phase phase, const char *sql,
                          const char *purpose)
{
    look->phase = phase;
    session_begin_query(look->session, sql, purpose);
    return STEP_WAITS;
}

static enum step look_end_sessions(struct look *look, enum look_phase phase, const int *pids,
                                   size_t count)
{
    char *sql OWNED(memory_free_string) = sql_terminate(pids, count);

    return look_ask(look, phase, sql, "end sessions");
}

static enum step look_wait(struct look *look)
{
    look->phase = LOOK_PAUSES;
    session_begin_pause(look->session, look->pause_ms);
    return STEP_WAITS;
}

/* What is only asked for where it decides, and may be asked. */
static enum step look_read_files(struct look *look)
{
    int version = session_server_version(look->session);
    char *sql OWNED(memory_free_string) = NULL;

    look->phase = LOOK_IS_DONE;
    if (!look->request.strategy ||
        !strategy_wants_files(look->session->scope->settings, &look->found, version))
        return STEP_DONE;
    sql = sql_files(look->found.source.folder, version);
    return look_ask(look, LOOK_READS_FILES, sql, "look at the template's files");
}

static enum step look_judge_found(struct look *look, struct error *err)
{
    enum look_verdict verdict = LOOK_IS_ENOUGH;

    look->found.clones = look->clones;
    if (look->request.judge != NULL)
        verdict = look->request.judge(look, clock_now_ms() - look->began_ms, err);
    if (verdict == LOOK_IS_REFUSED)
        return STEP_FAILED;
    if (verdict == LOOK_IS_ENOUGH)
        return look_read_files(look);
    if (look->ending_count == 0)
        return look_wait(look);
    return look_end_sessions(look, LOOK_DISCONNECTS, look->ending, look->ending_count);
}

/* A session whose client is gone goes on with its statement, and may yet bring a database to life.
 */
static enum step look_reap(struct look *look, struct error *err)
{
    int pids[ORPHANS_AT_ONCE];
    size_t count = 0;

    if (look->request.settle && clock_now_ms() <= look->settled_by_ms)
        count = inventory_orphans(&look->found, pids, ORPHANS_AT_ONCE);
    if (count == 0)
        return look_judge_found(look, err);
    log_message(LOG_VERBOSE, "ending %zu sessions of dead processes", count);
    return look_end_sessions(look, LOOK_REAPS, pids,
                             count < ORPHANS_AT_ONCE ? count : ORPHANS_AT_ONCE);
}

/* By trying it: pg_settings would tell as well, but the server makes all of its rows for that. */
static enum step look_try_clones(struct look *look, struct error *err)
{
    int version = session_server_version(look->session);

    if (look->knows_clones || !look->request.strategy ||
        !strategy_wants_clones(look->session->scope->settings, version))
        return look_reap(look, err);
    look->knows_clones = true;
    return look_ask(look, LOOK_TRIES_CLONES, sql_try_clone_files, "have files cloned");
}

/* -------------------------------------------------------------------- going on from what has come
 */

static enum step look_take_catalog(struct look *look, struct results *results, struct error *err)
{
    const struct sql_look *catalog = &look->request.catalog;

    inventory_read(results, catalog->owner, catalog->grant_to, &look->found);
    if (!proxy_check(look->session, &look->found, err))
        return STEP_FAILED;
    return look_try_clones(look, err);
}

static enum step look_take_files(struct look *look, const struct results *results)
{
    struct inventory_template *source = &look->found.source;

    look->phase = LOOK_IS_DONE;
    source->files = results_number(results, 0, 0, "files", 0);
    source->no_clones = !strategy_may_clone_on(results_text(results, 0, 0, "file_system"));
    return STEP_DONE;
}

/* Sizes are good to know, and no reason to fail. */
static enum step look_read_without_sizes(struct look *look, const struct error *refused)
{
    bool gone = strcmp(refused->sqlstate, SQLSTATE_UNDEFINED_DATABASE) == 0;

    if (!gone || ++look->failures == most_failures) {
        log_message(LOG_VERBOSE, "%s", refused->message);
        look->request.catalog.sizes = false;
        look->request.catalog.template_size = false;
    }
    return look_read(look);
}

/* What the server has refused may be something that can be done without. */
static enum step look_after_refusal(struct look *look, struct error *refused, struct error *err)
{
    const struct look_request *request = &look->request;
    enum look_phase phase = look->phase;
    bool goes_on = refused->kind != ERROR_CONNECTION && refused->kind != ERROR_INTERRUPTED;

    if (goes_on && phase == LOOK_READS &&
        (request->catalog.sizes || request->catalog.template_size))
        return look_read_without_sizes(look, refused);
    /* Another role's sessions may be out of our reach, and so are the databases that they make. */
    if (phase == LOOK_REAPS && refused->kind == ERROR_PRIVILEGE)
        return look_judge_found(look, err);
    /* A server that does not tell is no reason to make no databases. */
    if (goes_on && (phase == LOOK_TRIES_CLONES || phase == LOOK_READS_FILES)) {
        log_message(LOG_VERBOSE, "%s", refused->message);
        look->phase = LOOK_IS_DONE;
        return phase == LOOK_TRIES_CLONES ? look_reap(look, err) : STEP_DONE;
    }
    if (phase == LOOK_DISCONNECTS && refused->kind == ERROR_PRIVILEGE && request->explain != NULL)
        request->explain(look, refused);
    error_move(err, refused);
    return STEP_FAILED;
}

enum step look_step(struct look *look, struct error *err)
{
    struct results results OWNED(results_release) = {0};
    struct error refused OWNED(error_release) = {0};

    if (look->phase == LOOK_BEGINS)
        return look_read(look);
    if (look->phase == LOOK_IS_DONE)
        return STEP_DONE;
    if (!session_finish(look->session, &results, &refused))
        return look_after_refusal(look, &refused, err);
    switch (look->phase) {
    case LOOK_READS:
        return look_take_catalog(look, &results, err);
    case LOOK_TRIES_CLONES:
        look->clones = true;
        return look_reap(look, err);
    case LOOK_REAPS:
    case LOOK_DISCONNECTS:
        return look_wait(look);
    case LOOK_PAUSES:
        return look_read(look);
    case LOOK_READS_FILES:
        return look_take_files(look, &results);
    case LOOK_BEGINS:
    case LOOK_IS_DONE:
        break;
    }
    return STEP_DONE;
}

bool look_take(struct session *session, const struct look_request *request, struct inventory *out,
               struct error *err)
{
    struct look look OWNED(look_release) = {0};
    enum step step;

    look_begin(session, request, &look);
    while ((step = look_step(&look, err)) == STEP_WAITS)
        session_wait(session);
    if (step == STEP_FAILED)
        return false;
    inventory_release(out);
    *out = look.found;
    look.found = (struct inventory){0};
    return true;
}
