#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/handout/errand.h"
#include "pgclone/postgres/sqlstate.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/plan_mark.h"

static enum served_from errand_from(const struct errand *errand, const struct copy *copy)
{
    if (copy->undone)
        return SERVED_UNDO;
    return errand->waited ? SERVED_CLONE : SERVED_SPARE;
}

/* The mark that goes with the name. */
static char *errand_mark(const struct handout *handout, const struct errand *errand)
{
    const char *worker = errand->worker != NULL ? errand->worker : errand->target;
    enum mark_use use = errand->worker != NULL ? MARK_USE_WORKER : MARK_USE_TAKEN;

    return plan_mark(handout->scope, &handout->swaps.lease, worker, use);
}

static void errand_send(struct handout *handout, struct errand *errand)
{
    errand->phase = ERRAND_SWAPS;
    handout_send(handout, &errand->job);
}

/* The copy gets the name that was asked for, or becomes an unknown worker's database. */
static void errand_rename(struct handout *handout, struct errand *errand)
{
    char *mark OWNED(memory_free_string) = errand_mark(handout, errand);

    job_init(&errand->job, errand->target);
    plan_add_hand_over(&errand->job, errand->copy->name, errand->target, mark,
                       handout->scope->watched != NULL);
    errand_send(handout, errand);
}

/* The copy takes the place of the database that has the name. */
static void errand_swap(struct handout *handout, struct errand *errand)
{
    char *mark OWNED(memory_free_string) = errand_mark(handout, errand);

    if (errand->worker != NULL)
        handout_find_worker(handout, errand->worker)->swapped = true;
    errand->old = stock_scratch_name(&handout->stock);
    job_init(&errand->job, errand->target);
    plan_add_swap(&errand->job, errand->target, errand->old, errand->copy->name, mark,
                  handout->scope->watched != NULL);
    errand_send(handout, errand);
}

static void errand_hand_out(struct handout *handout, struct errand *errand)
{
    struct copy *copy = errand->copy;
    char *mark OWNED(memory_free_string) =
        plan_mark(handout->scope, &handout->swaps.lease, copy->name, MARK_USE_TAKEN);

    errand_answer(handout, errand, copy->name, errand_from(errand, copy));
    handout_mark(handout, copy->name, mark);
}

void errand_take_copy(struct handout *handout, struct errand *errand)
{
    bool stays = errand->request.kind != REQUEST_TAKE;

    errand->copy = stock_ready(&handout->stock);
    if (errand->copy == NULL) {
        if (!errand->waited)
            stock_raise(&handout->stock);
        errand->waited = true;
        errand->phase = ERRAND_WAITS_FOR_COPY;
        return;
    }
    generation_take(&handout->stock.generation, errand->waited);
    errand->copy->holder = stays ? NULL : errand->client;
    errand->copy->state = errand->target == NULL ? COPY_TAKEN : COPY_MOVING;
    if (errand->target == NULL)
        errand_hand_out(handout, errand);
    else if (errand->replaces || stock_take_back(&handout->stock, errand->target))
        errand_swap(handout, errand);
    else
        errand_rename(handout, errand);
}

/* ---------------------------------------------------------------------------- when that has ended
 */

/* The copy is not in the stock any more where it has become a worker's, or taken another's name. */
static void errand_succeed(struct handout *handout, struct errand *errand)
{
    struct copy *copy = errand->copy;
    enum served_from from = errand_from(errand, copy);

    if (errand->old != NULL && !errand->replaces)
        stock_add_unwanted(&handout->stock, memory_take_string(&errand->old));
    if (errand->replaces) {
        stock_forget(&handout->stock, copy);
        stock_add_replaced(&handout->stock, memory_take_string(&errand->old));
        log_message(LOG_VERBOSE, "reset database \"%s\"", errand->target);
    } else if (errand->makes_worker) {
        struct handout_worker *worker = handout_find_worker(handout, errand->worker);

        stock_forget(&handout->stock, copy);
        worker->ready = true;
        errand_leave_worker(handout, errand);
    } else {
        memory_replace_string(&copy->name, errand->target);
        copy->named = true;
        copy->state = errand->forgotten && copy->holder != NULL ? COPY_UNWANTED : COPY_TAKEN;
    }
    errand->copy = NULL;
    if (errand->request.kind == REQUEST_URL)
        errand_answer_there(handout, errand, errand->target);
    else
        errand_answer(handout, errand, errand->target, from);
}

/* What had been given back under the name was dropped by others meanwhile: nothing is to be
 * replaced. */
static bool errand_has_nothing_to_replace(const struct errand *errand)
{
    return errand->old != NULL && !errand->replaces && errand->job.state == JOB_FAILED &&
           strcmp(errand->job.error.sqlstate, SQLSTATE_UNDEFINED_DATABASE) == 0;
}

/*
 * Where the server refused, nothing has changed names. Where the connection was lost, nobody can
 * tell: what may be there under either name is dropped if it is, and a database that was closed to
 * be replaced is opened again, or dropped as it was to be.
 */
static void errand_explain_failure(struct handout *handout, struct errand *errand)
{
    struct error err OWNED(error_release) = {0};
    bool known = errand->job.state == JOB_FAILED && errand->job.error.kind != ERROR_CONNECTION;

    if (errand->job.state == JOB_FAILED)
        error_copy(&err, &errand->job.error);
    else
        error_set(&err, ERROR_CONNECTION, "the connection to the server was lost");
    errand->copy->state = known ? COPY_READY : COPY_UNWANTED;
    errand->copy = NULL;
    if (errand->replaces)
        handout_open_database(handout, errand->target);
    else if (errand->old != NULL)
        stock_add_unwanted(&handout->stock, memory_copy_string(errand->target));
    if (!known && errand->old != NULL)
        stock_add_unwanted(&handout->stock, memory_take_string(&errand->old));
    plan_explain_hand_over(&err, errand->target, errand->makes_worker);
    errand_fail(handout, errand, &err);
}

static void errand_begin_anew(struct handout *handout, struct errand *errand)
{
    errand->copy->state = COPY_READY;
    memory_free_string(&errand->old);
    session_forget(&handout->swaps, &errand->job);
    job_release(&errand->job);
    errand_take_copy(handout, errand);
}

void errand_end_swap(struct handout *handout, struct errand *errand)
{
    if (errand->job.state == JOB_DONE)
        errand_succeed(handout, errand);
    else if (errand_has_nothing_to_replace(errand))
        errand_begin_anew(handout, errand);
    else if (job_has_ended(&errand->job))
        errand_explain_failure(handout, errand);
}
