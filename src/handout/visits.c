#include "pgclone/handout/visits.h"

#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"

/* The most sessions that are kept in databases: one for each that is in use, as far as the server
 * has them. Where there are more databases, sessions move from one to another. */
static const size_t visit_width = 64;

/* Who waits for a test's database does not wait for long. */
struct visit {
    struct job job;
    struct copy *copy; /* borrowed: it is not forgotten while it is visited; NULL: the notes' pages
                          are vacuumed, and nobody waits for that */
    bool undoes;
    int64_t began_us;
    int rounds;
    struct visit *next;
};

void visits_send(struct stock *stock, struct job *job)
{
    session_push(&stock->visits, job, visit_width);
}

static struct visit *visit_add(struct stock *stock, struct copy *copy, bool undoes)
{
    struct visit **end = &stock->visiting;

    while (*end != NULL)
        end = &(*end)->next;
    *end = memory_new(1, sizeof **end);
    (*end)->copy = copy;
    (*end)->undoes = undoes;
    (*end)->began_us = clock_now_us();
    return *end;
}

void visits_begin(struct stock *stock, struct copy *copy)
{
    struct visit *visit = visit_add(stock, copy, false);

    undo_begin(copy->name, &visit->job);
    visits_send(stock, &visit->job);
}

void visits_undo(struct stock *stock, struct copy *copy)
{
    struct visit *visit = visit_add(stock, copy, true);

    copy->state = COPY_UNDOING;
    undo_job(copy->name, &visit->job);
    visits_send(stock, &visit->job);
}

void visits_refused(struct stock *stock, const char *name, const struct undo_result *result)
{
    tally_refuse(&stock->tally, undo_reason(result));
    undo_say(name, result);
}

void visits_done(struct stock *stock, const char *name, const struct undo_result *result)
{
    struct visit *visit;

    undo_say(name, result);
    if (!result->vacuum)
        return;
    visit = visit_add(stock, NULL, false);
    undo_vacuum(name, &visit->job);
    visits_send(stock, &visit->job);
}

/* Whether it has ended; if not, it goes on in another round. */
static bool visit_end(struct stock *stock, struct visit *visit)
{
    struct undo_result result OWNED(undo_result_release) = {0};
    struct copy *copy = visit->copy;
    bool failed = visit->job.state != JOB_DONE;

    session_forget(&stock->visits, &visit->job);
    if (copy != NULL)
        undo_read(&visit->job, &result);
    job_release(&visit->job);
    if (copy == NULL)
        return true;
    copy->visited_us = visit->began_us;
    if (!visit->undoes) {
        copy->state = failed && !visits_hold(stock, visit->began_us) ? COPY_UNWANTED : COPY_READY;
    } else if (result.outcome == UNDO_DONE) {
        copy->state = COPY_READY;
        copy->undone = true;
        visits_done(stock, copy->name, &result);
    } else if (result.outcome == UNDO_PREPARED && visit->rounds++ < UNDO_MOST_ROUNDS) {
        undo_again(copy->name, &result, &visit->job);
        visits_send(stock, &visit->job);
        return false;
    } else {
        visits_refused(stock, copy->name, &result);
        copy->state = COPY_UNWANTED;
    }
    return true;
}

bool visits_hold(const struct stock *stock, int64_t since_us)
{
    return session_connected_since_us(stock->first) <= since_us;
}

bool visits_trust(const struct stock *stock, const struct copy *copy)
{
    return !copy->undone || visits_hold(stock, copy->visited_us);
}

/* After a crash none could be undone again, since its notes and counters are lost. */
static void visits_distrust(struct stock *stock)
{
    for (struct copy *copy = stock->copies; copy != NULL; copy = copy->next)
        if (copy->state == COPY_READY && !visits_trust(stock, copy))
            copy->state = COPY_UNWANTED;
}

void visits_advance(struct stock *stock)
{
    struct visit **at = &stock->visiting;

    while (*at != NULL) {
        struct visit *visit = *at;

        if (!job_has_ended(&visit->job) || !visit_end(stock, visit)) {
            at = &visit->next;
            continue;
        }
        *at = visit->next;
        free(visit);
    }
    visits_distrust(stock);
}

void visits_release(struct stock *stock)
{
    while (stock->visiting != NULL) {
        struct visit *visit = stock->visiting;

        stock->visiting = visit->next;
        job_release(&visit->job);
        free(visit);
    }
}
