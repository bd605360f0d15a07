#include "pgclone/handout/errand.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/naming.h"
#include "pgclone/provision/plan.h"
#include "pgclone/report/answer.h"

/* ------------------------------------------------------------------------------------- answering
 */

void errand_leave_worker(struct handout *handout, struct errand *errand)
{
    if (errand->makes_worker)
        handout_find_worker(handout, errand->worker)->making = false;
    errand->makes_worker = false;
}

void errand_fail(struct handout *handout, struct errand *errand, const struct error *err)
{
    errand_leave_worker(handout, errand);
    answer_error(err, &errand->answer);
    errand->phase = ERRAND_DONE;
}

static void errand_refuse(struct handout *handout, struct errand *errand, enum error_kind kind,
                          const char *message, const char *hint)
{
    struct error err OWNED(error_release) = {0};

    error_set(&err, kind, "%s \"%s\"", message, errand->request.name);
    error_hint(&err, "%s", hint);
    errand_fail(handout, errand, &err);
}

static void errand_tell(const struct handout *handout, struct errand *errand, const char *name,
                        const char *from)
{
    char *url OWNED(memory_free_string) =
        url_for_database(&handout->scope->url, name, URL_PASSWORD_SHOWN);
    const struct answer answer = {
        .worker = errand->worker,
        .name = name,
        .url = url,
        .from = from,
        .elapsed_us = clock_now_us() - errand->began_us,
    };

    answer_database(&answer, &errand->answer);
    errand->phase = ERRAND_DONE;
}

void errand_answer_there(struct handout *handout, struct errand *errand, const char *name)
{
    errand_tell(handout, errand, name, NULL);
}

void errand_answer(struct handout *handout, struct errand *errand, const char *name,
                   enum served_from from)
{
    errand_tell(handout, errand, name, tally_word(from));
    handout->stock.tally.served[from]++;
    handout->waited += errand->waited;
}

static void errand_status(struct handout *handout, struct errand *errand)
{
    const struct tally *tally = &handout->stock.tally;
    const struct answer_status status = {
        .ready = stock_count(&handout->stock, COPY_READY),
        .making =
            stock_count(&handout->stock, COPY_MAKING) + stock_count(&handout->stock, COPY_UNDOING),
        .taken =
            stock_count(&handout->stock, COPY_TAKEN) + stock_count(&handout->stock, COPY_MOVING),
        .served = tally_served(tally),
        .waited = handout->waited,
        .undoes = handout->scope->watched != NULL,
        .undone = tally->served[SERVED_UNDO],
        .reasons = tally->reasons,
        .reason_count = tally->reason_count,
    };

    answer_status(&status, &errand->answer);
    errand->phase = ERRAND_DONE;
}

/* ------------------------------------------------------------------------------- by kind of
 * request */

/* A name that is to be given must not be anybody's that we know of; the server knows of the others.
 */
static bool errand_check_name(const struct handout *handout, const char *name, struct error *err)
{
    bool known = stock_taken(&handout->stock, name) != NULL;

    if (!naming_check(name, "database", err))
        return false;
    for (size_t i = 0; i < handout->worker_count; i++)
        known = known || strcmp(handout->workers[i].name, name) == 0;
    if (!known)
        return true;
    error_set(err, ERROR_GUARD, "the database \"%s\" is there already", name);
    return error_hint(err, "Give it back first, or choose another name.");
}

static void errand_begin_taking(struct handout *handout, struct errand *errand)
{
    if (errand->request.name == NULL) {
        errand_take_copy(handout, errand);
        return;
    }
    errand->target = memory_copy_string(errand->request.name);
    errand->phase = ERRAND_WAITS_FOR_NAME;
}

/* Nobody is at work on the target any more. While this errand waited, another one may have got the
 * name. */
static void errand_take_copy_for_target(struct handout *handout, struct errand *errand)
{
    bool names = errand->request.kind == REQUEST_TAKE || errand->request.kind == REQUEST_CREATE;
    struct error err OWNED(error_release) = {0};

    if (names && errand->target != NULL && !errand_check_name(handout, errand->target, &err))
        errand_fail(handout, errand, &err);
    else
        errand_take_copy(handout, errand);
}

static void errand_begin_dropping(struct handout *handout, struct errand *errand)
{
    struct copy *copy = stock_taken(&handout->stock, errand->request.name);

    if (copy == NULL) {
        errand_refuse(handout, errand, ERROR_GUARD, "this run has handed out no database",
                      "What other runs or you yourself made is dropped by \"pgclone drop\" or "
                      "dropdb; workers' databases go with the run.");
        return;
    }
    answer_dropped(copy->name, &errand->answer);
    errand->phase = ERRAND_DONE;
    handout_give_back(handout, copy);
}

/* A worker that the run does not know gets a database when it first asks. */
static void errand_begin_worker(struct handout *handout, struct errand *errand)
{
    struct handout_worker *worker = handout_find_worker(handout, errand->request.name);
    struct error err OWNED(error_release) = {0};
    char *name OWNED(memory_free_string) = NULL;

    if (worker == NULL && !runner_gives(handout->scope->settings->runner, errand->request.name)) {
        errand_refuse(handout, errand, ERROR_USAGE, "this run has no worker",
                      "A worker's id is as the runner gives it (--runner).");
        return;
    }
    if (worker == NULL && !scope_name_of(handout->scope, errand->request.name, &name, &err)) {
        errand_fail(handout, errand, &err);
        return;
    }
    if (worker == NULL)
        worker = handout_add_worker(handout, errand->request.name, name, HANDOUT_NOBODY);
    errand->worker = memory_copy_string(worker->id);
    errand->target = memory_copy_string(worker->name);
    errand->phase = ERRAND_WAITS_FOR_WORKER;
}

static void errand_begin_reset(struct handout *handout, struct errand *errand)
{
    const struct copy *copy = stock_taken(&handout->stock, errand->request.name);

    if (copy == NULL) {
        errand_begin_worker(handout, errand);
        return;
    }
    errand->target = memory_copy_string(copy->name);
    errand->phase = ERRAND_WAITS_FOR_WORKER;
}

void errand_begin(struct handout *handout, struct errand *errand)
{
    switch (errand->request.kind) {
    case REQUEST_TAKE:
    case REQUEST_CREATE:
        errand_begin_taking(handout, errand);
        break;
    case REQUEST_DROP:
        errand_begin_dropping(handout, errand);
        break;
    case REQUEST_RESET:
        errand_begin_reset(handout, errand);
        break;
    case REQUEST_URL:
        errand_begin_worker(handout, errand);
        break;
    case REQUEST_STATUS:
        errand_status(handout, errand);
        break;
    }
    errand_advance(handout, errand);
}

/* ------------------------------------------------------------------------------------- going on */

/* Whether another errand is at work on the same name, or the database that had it is being
 * dropped. One that is only to be dropped is replaced instead: its drop may be due much later. */
static bool errand_is_blocked(const struct handout *handout, const struct errand *errand)
{
    return errand->target != NULL && (stock_is_dropping(&handout->stock, errand->target) ||
                                      handout_is_changing(handout, errand->target));
}

/* Where the target is there it is answered or replaced; where nobody is making it, this errand
 * does. */
static void errand_look_at_target(struct handout *handout, struct errand *errand)
{
    struct handout_worker *worker =
        errand->worker != NULL ? handout_find_worker(handout, errand->worker) : NULL;

    if (errand_is_blocked(handout, errand) || (worker != NULL && worker->making))
        return;
    if (worker != NULL && !worker->ready) {
        worker->making = true;
        errand->makes_worker = true;
    } else if (errand->request.kind == REQUEST_URL) {
        errand_answer_there(handout, errand, errand->target);
        return;
    } else if (handout->scope->watched != NULL) {
        errand_begin_undo(handout, errand);
        return;
    } else {
        errand->replaces = true;
    }
    errand_take_copy(handout, errand);
}

void errand_advance(struct handout *handout, struct errand *errand)
{
    switch (errand->phase) {
    case ERRAND_WAITS_FOR_NAME:
        if (!errand_is_blocked(handout, errand))
            errand_take_copy_for_target(handout, errand);
        break;
    case ERRAND_WAITS_FOR_WORKER:
        errand_look_at_target(handout, errand);
        break;
    case ERRAND_WAITS_FOR_COPY:
        if (stock_ready(&handout->stock) != NULL && !errand_is_blocked(handout, errand))
            errand_take_copy_for_target(handout, errand);
        break;
    case ERRAND_UNDOES:
        errand_end_undo(handout, errand);
        break;
    case ERRAND_SWAPS:
        errand_end_swap(handout, errand);
        break;
    case ERRAND_DONE:
        break;
    }
}

void errand_release(struct handout *handout, struct errand *errand)
{
    session_forget(&handout->swaps, &errand->job);
    errand_leave_worker(handout, errand);
    request_release(&errand->request);
    strbuf_release(&errand->answer);
    job_release(&errand->job);
    free(errand->worker);
    free(errand->target);
    free(errand->old);
}
