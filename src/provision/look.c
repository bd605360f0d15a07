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

void look_pause(struct look *look, int milliseconds)
{
    look->pause_ms = milliseconds;
}

/* ---------------------------------------------------------------------- beginning the next thing
 */

static enum step look_read(struct look *look)
{
    look->phase = LOOK_READS;
    session_begin_look(look->session, &look->request.catalog, look->request.prewarm);
    look->request.prewarm = 0;
    return STEP_WAITS;
}

static enum step look_ask(struct look *look, const char *sql, const char *purpose,
                          enum look_phase phase)
{
    look->phase = phase;
    session_begin_query(look->session, sql, purpose);
    return STEP_WAITS;
}

static enum step look_end_sessions(struct look *look, const int *pids, size_t count,
                                   enum look_phase phase)
{
    char *sql OWNED(memory_free_string) = sql_terminate(pids, count);

    return look_ask(look, sql, "end sessions", phase);
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
    return look_ask(look, sql, "look at the template's files", LOOK_READS_FILES);
}

static enum step look_judge_found(struct look *look, struct error *err)
{
    const struct look_request *request = &look->request;
    enum look_verdict verdict = LOOK_IS_ENOUGH;

    look->ending_count = 0;
    look->pause_ms = usual_pause_ms;
    if (request->judge != NULL)
        verdict = request->judge(look, &look->found, clock_now_ms() - look->began_ms,
                                 request->context, err);
    if (verdict == LOOK_IS_REFUSED)
        return STEP_FAILED;
    if (verdict == LOOK_IS_ENOUGH)
        return look_read_files(look);
    if (look->ending_count == 0)
        return look_wait(look);
    return look_end_sessions(look, look->ending, look->ending_count, LOOK_DISCONNECTS);
}

/* A session whose client is gone goes on with its statement, and may yet bring a database to life.
 */
static enum step look_reap(struct look *look, struct error *err)
{
    int pids[ORPHANS_AT_ONCE];
    size_t count;

    if (!look->request.settle || clock_now_ms() > look->settled_by_ms)
        return look_judge_found(look, err);
    count = inventory_orphans(&look->found, pids, ORPHANS_AT_ONCE);
    if (count == 0)
        return look_judge_found(look, err);
    log_message(LOG_VERBOSE, "ending %zu sessions of dead processes", count);
    return look_end_sessions(look, pids, count < ORPHANS_AT_ONCE ? count : ORPHANS_AT_ONCE,
                             LOOK_REAPS);
}

/* By trying it: pg_settings would tell as well, but the server makes all of its rows for that. */
static enum step look_try_clones(struct look *look, struct error *err)
{
    int version = session_server_version(look->session);

    if (look->knows_clones || !look->request.strategy ||
        !strategy_wants_clones(look->session->scope->settings, version))
        return look_reap(look, err);
    look->knows_clones = true;
    return look_ask(look, sql_try_clone_files, "have files cloned", LOOK_TRIES_CLONES);
}

/* ------------------------------------------------------------------- going on from what has come
 */

/* Whether the failure is only a refusal of what was asked, and not the end of all asking. */
static bool look_may_go_on(const struct error *refused)
{
    return refused->kind != ERROR_CONNECTION && refused->kind != ERROR_INTERRUPTED;
}

/* Sizes are good to know, and no reason to fail. */
static enum step look_read_again(struct look *look, struct error *refused, struct error *err)
{
    struct sql_look *catalog = &look->request.catalog;
    bool gone = strcmp(refused->sqlstate, SQLSTATE_UNDEFINED_DATABASE) == 0;

    if (!look_may_go_on(refused) || (!catalog->sizes && !catalog->template_size)) {
        error_move(err, refused);
        return STEP_FAILED;
    }
    if (!gone || ++look->failures == most_failures) {
        log_message(LOG_VERBOSE, "%s", refused->message);
        catalog->sizes = false;
        catalog->template_size = false;
    }
    return look_read(look);
}

static enum step look_after_reading(struct look *look, struct error *err)
{
    const struct sql_look *catalog = &look->request.catalog;
    struct results results OWNED(results_release) = {0};
    struct error refused OWNED(error_release) = {0};

    if (!session_finish(look->session, &results, &refused))
        return look_read_again(look, &refused, err);
    inventory_read(&results, catalog->owner, catalog->grant_to, &look->found);
    look->found.clones = look->clones;
    if (!proxy_check(look->session, &look->found, err))
        return STEP_FAILED;
    return look_try_clones(look, err);
}

/* A server that does not tell, whatever it has against it, is no reason to make no databases:
 * `results` stays empty then. False only where nothing more can be asked. */
static bool look_take_answer(struct look *look, struct results *results, struct error *err)
{
    struct error refused OWNED(error_release) = {0};

    if (session_finish(look->session, results, &refused))
        return true;
    if (!look_may_go_on(&refused))
        return error_move(err, &refused);
    log_message(LOG_VERBOSE, "%s", refused.message);
    return true;
}

static enum step look_after_trying_clones(struct look *look, struct error *err)
{
    struct results results OWNED(results_release) = {0};

    if (!look_take_answer(look, &results, err))
        return STEP_FAILED;
    look->clones = results.count > 0;
    look->found.clones = look->clones;
    return look_reap(look, err);
}

/* Another role's sessions may be out of our reach, and so are the databases that they make. */
static enum step look_after_reaping(struct look *look, struct error *err)
{
    struct error refused OWNED(error_release) = {0};

    look->pause_ms = usual_pause_ms;
    if (session_finish(look->session, NULL, &refused))
        return look_wait(look);
    if (refused.kind == ERROR_PRIVILEGE)
        return look_judge_found(look, err);
    error_move(err, &refused);
    return STEP_FAILED;
}

static enum step look_after_disconnecting(struct look *look, struct error *err)
{
    if (session_finish(look->session, NULL, err))
        return look_wait(look);
    if (err->kind == ERROR_PRIVILEGE && look->request.explain != NULL)
        look->request.explain(&look->found, look->request.context, err);
    return STEP_FAILED;
}

static enum step look_after_pausing(struct look *look, struct error *err)
{
    return session_finish(look->session, NULL, err) ? look_read(look) : STEP_FAILED;
}

static enum step look_after_reading_files(struct look *look, struct error *err)
{
    struct inventory_template *source = &look->found.source;
    struct results results OWNED(results_release) = {0};

    look->phase = LOOK_IS_DONE;
    if (!look_take_answer(look, &results, err))
        return STEP_FAILED;
    if (results.count == 0)
        return STEP_DONE;
    source->files = results_number(&results, 0, 0, "files", 0);
    source->no_clones = !strategy_may_clone_on(results_text(&results, 0, 0, "file_system"));
    return STEP_DONE;
}

enum step look_step(struct look *look, struct error *err)
{
    switch (look->phase) {
    case LOOK_BEGINS:
        return look_read(look);
    case LOOK_READS:
        return look_after_reading(look, err);
    case LOOK_TRIES_CLONES:
        return look_after_trying_clones(look, err);
    case LOOK_REAPS:
        return look_after_reaping(look, err);
    case LOOK_DISCONNECTS:
        return look_after_disconnecting(look, err);
    case LOOK_PAUSES:
        return look_after_pausing(look, err);
    case LOOK_READS_FILES:
        return look_after_reading_files(look, err);
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
