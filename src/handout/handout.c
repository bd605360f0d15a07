#include "pgclone/handout/handout.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/handout/errand.h"
#include "pgclone/provision/plan.h"
#include "pgclone/report/answer.h"

/* Names are given and changed in a few milliseconds each. */
static const size_t swap_width = 4;

void handout_open(const struct session *session, const struct inventory *found, bool ready,
                  struct handout *out)
{
    const struct scope *scope = session->scope;

    *out = (struct handout){.scope = scope};
    stock_open(session, found, &out->stock);
    session_open_beside(session, &out->swaps);
    for (size_t i = 0; i < scope->worker_count; i++)
        handout_add_worker(out, scope->workers[i].id, scope->workers[i].name,
                           ready ? HANDOUT_IS_MADE : HANDOUT_CREATE);
}

/* ---------------------------------------------------------------------------------- the workers */

struct handout_worker *handout_add_worker(struct handout *handout, const char *id, const char *name,
                                          enum handout_maker maker)
{
    struct handout_worker *worker;

    handout->workers =
        memory_resize(handout->workers, handout->worker_count + 1, sizeof *handout->workers);
    worker = &handout->workers[handout->worker_count++];
    *worker = (struct handout_worker){.id = memory_copy_string(id),
                                      .name = memory_copy_string(name),
                                      .ready = maker == HANDOUT_IS_MADE,
                                      .making = maker == HANDOUT_CREATE};
    return worker;
}

struct handout_worker *handout_find_worker(const struct handout *handout, const char *id)
{
    for (size_t i = 0; i < handout->worker_count; i++)
        if (strcmp(runner_worker_label(handout->workers[i].id), runner_worker_label(id)) == 0)
            return &handout->workers[i];
    return NULL;
}

/* The first ones are those of the scope; others came when somebody asked for them. */
void handout_workers_ready(struct handout *handout)
{
    for (size_t i = 0; i < handout->scope->worker_count; i++) {
        handout->workers[i].ready = true;
        handout->workers[i].making = false;
    }
}

/*
 * A server that crashed may have lost a swap and kept that the database was closed before it. It
 * may have lost the name that a copy had got for a worker, which then has no database any more and
 * gets one when it asks; and the name that was given when the connection was lost may be a worker's
 * by now.
 */
void handout_check(struct handout *handout, const struct inventory *now)
{
    stock_check(&handout->stock, now);
    for (size_t i = 0; i < handout->worker_count; i++) {
        struct handout_worker *worker = &handout->workers[i];

        if (worker->making || handout_is_changing(handout, worker->name))
            continue;
        worker->ready = stock_holds(&handout->stock, now, worker->name);
        if (worker->ready && worker->swapped)
            handout_open_database(handout, worker->name);
    }
}

/* ------------------------------------------------------------------------------------- the notes
 */

void handout_send(struct handout *handout, struct job *job)
{
    session_push(&handout->swaps, job, swap_width);
}

static struct job *handout_note(struct handout *handout, const char *database, char *sql,
                                const char *purpose)
{
    struct handout_note *note = memory_new(1, sizeof *note);

    job_init(&note->job, database);
    job_add(&note->job, sql, NULL, "%s \"%s\"", purpose, database);
    note->job.optional = true;
    note->next = handout->notes;
    handout->notes = note;
    handout_send(handout, &note->job);
    return &note->job;
}

void handout_open_database(struct handout *handout, const char *name)
{
    (void)handout_note(handout, name, sql_allow_connections(name, true), "open database");
}

void handout_mark(struct handout *handout, const char *name, const char *mark)
{
    handout_note(handout, name, sql_comment(name, mark), "mark database")->quiet = true;
}

static void handout_forget_notes(struct handout *handout, bool all)
{
    struct handout_note **at = &handout->notes;

    while (*at != NULL) {
        struct handout_note *note = *at;

        if (!all && !job_has_ended(&note->job)) {
            at = &note->next;
            continue;
        }
        *at = note->next;
        session_forget(&handout->swaps, &note->job);
        job_release(&note->job);
        free(note);
    }
}

/* ----------------------------------------------------------------------------------- the errands
 */

bool handout_is_changing(const struct handout *handout, const char *name)
{
    for (const struct errand *errand = handout->errands; errand != NULL; errand = errand->next)
        if ((errand->phase == ERRAND_SWAPS || errand->phase == ERRAND_UNDOES) &&
            strcmp(errand->target, name) == 0)
            return true;
    return false;
}

struct errand *handout_begin(struct handout *handout, struct request *request, const void *client)
{
    struct errand **end = &handout->errands;

    while (*end != NULL)
        end = &(*end)->next;
    *end = memory_new(1, sizeof **end);
    **end = (struct errand){.request = *request, .client = client, .began_us = clock_now_us()};
    *request = (struct request){0};
    errand_begin(handout, *end);
    return *end;
}

/* A client that went away in the middle of its errand: the server goes on with it, and so the job
 * must stay until it has ended. */
void handout_end(struct handout *handout, struct errand *errand)
{
    struct errand **at = &handout->errands;

    if (errand->phase == ERRAND_SWAPS || errand->phase == ERRAND_UNDOES) {
        errand->client = NULL;
        errand->forgotten = true;
        return;
    }
    while (*at != errand)
        at = &(*at)->next;
    *at = errand->next;
    errand_release(handout, errand);
    free(errand);
}

/* What somebody resets is not put back beside that: each would end the other's session. Nor while
 * that waits for a copy to replace it: it could be somebody else's by then. */
void handout_give_back(struct handout *handout, struct copy *copy)
{
    const struct errand *errand = handout->errands;

    while (errand != NULL && (errand->phase == ERRAND_DONE || errand->target == NULL ||
                              strcmp(errand->target, copy->name) != 0))
        errand = errand->next;
    if (errand != NULL)
        copy->state = COPY_UNWANTED;
    else
        stock_give_back(&handout->stock, copy);
}

void handout_client_gone(struct handout *handout, const void *client)
{
    for (struct copy *copy = handout->stock.copies; copy != NULL; copy = copy->next)
        if (copy->state == COPY_TAKEN && copy->holder == client)
            handout_give_back(handout, copy);
}

static size_t handout_waiting(const struct handout *handout)
{
    size_t count = 0;

    for (const struct errand *errand = handout->errands; errand != NULL; errand = errand->next)
        count += errand->phase == ERRAND_WAITS_FOR_COPY;
    return count;
}

/* Whether any of them has gone on: the stock may have to know. */
static bool handout_advance_errands(struct handout *handout)
{
    struct errand *next;
    bool advanced = false;

    for (struct errand *errand = handout->errands; errand != NULL; errand = next) {
        enum errand_phase before = errand->phase;

        next = errand->next;
        errand_advance(handout, errand);
        advanced = advanced || errand->phase != before;
        if (errand->forgotten && errand->phase == ERRAND_DONE)
            handout_end(handout, errand);
    }
    return advanced;
}

/* A batch that failed is told to those who wait for it, and the stock goes on with the rest:
 * nothing else might ever wake it, and somebody may wait for a name that is to be dropped. */
static void handout_advance_stock(struct handout *handout)
{
    struct error err OWNED(error_release) = {0};

    while (!stock_advance(&handout->stock, handout_waiting(handout), &err)) {
        plan_explain(&err);
        for (struct errand *errand = handout->errands; errand != NULL; errand = errand->next)
            if (errand->phase == ERRAND_WAITS_FOR_COPY)
                errand_fail(handout, errand, &err);
        error_release(&err);
    }
}

void handout_prepare(struct handout *handout, struct poll_set *set)
{
    const struct loop_source swaps = session_source(&handout->swaps);

    swaps.prepare(swaps.context, set);
    stock_prepare(&handout->stock, set);
}

void handout_turn(struct handout *handout, const struct poll_set *set)
{
    const struct loop_source swaps = session_source(&handout->swaps);

    swaps.turn(swaps.context, set);
    stock_turn(&handout->stock, set);
}

void handout_go_on(struct handout *handout)
{
    handout_forget_notes(handout, false);
    (void)handout_advance_errands(handout);
    do
        handout_advance_stock(handout);
    while (handout_advance_errands(handout));
}

void handout_close(struct handout *handout)
{
    tally_say(&handout->stock.tally);
    session_abandon(&handout->swaps);
    session_abandon(&handout->stock.visits);
    handout_forget_notes(handout, true);
    while (handout->errands != NULL) {
        struct errand *errand = handout->errands;

        handout->errands = errand->next;
        errand_release(handout, errand);
        free(errand);
    }
    for (size_t i = 0; i < handout->worker_count; i++) {
        free(handout->workers[i].id);
        free(handout->workers[i].name);
    }
    free(handout->workers);
    session_close(&handout->swaps);
    stock_close(&handout->stock);
    *handout = (struct handout){0};
}
