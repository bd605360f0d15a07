#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "pgclone/handout/errand.h"
#include "pgclone/handout/visits.h"

/* A request that is served by putting the database back which it is about; where that cannot be,
 * the database is replaced. */

/* `prepared`: what came of the last round; NULL: this is the first. */
static void errand_undo(struct handout *handout, struct errand *errand,
                        const struct undo_result *prepared)
{
    errand->phase = ERRAND_UNDOES;
    errand->undo_began_us = clock_now_us();
    if (prepared != NULL && prepared->outcome == UNDO_PREPARED)
        undo_again(errand->target, prepared, &errand->job);
    else
        undo_job(errand->target, &errand->job);
    visits_send(&handout->stock, &errand->job);
}

void errand_begin_undo(struct handout *handout, struct errand *errand)
{
    errand_undo(handout, errand, NULL);
}

/* Where nobody waits for it any more the database may be somebody else's by now. */
static void errand_replace(struct handout *handout, struct errand *errand)
{
    if (errand->forgotten) {
        errand->phase = ERRAND_DONE;
        return;
    }
    errand->replaces = true;
    errand_take_copy(handout, errand);
}

void errand_end_undo(struct handout *handout, struct errand *errand)
{
    struct undo_result result OWNED(undo_result_release) = {0};

    if (!job_has_ended(&errand->job))
        return;
    undo_read(&errand->job, &result);
    session_forget(&handout->stock.visits, &errand->job);
    job_release(&errand->job);
    if (result.outcome == UNDO_DONE && visits_hold(&handout->stock, errand->undo_began_us)) {
        visits_done(&handout->stock, errand->target, &result);
        errand_answer(handout, errand, errand->target, SERVED_UNDO);
    } else if (result.outcome != UNDO_REFUSED && errand->rounds++ < UNDO_MOST_ROUNDS) {
        errand_undo(handout, errand, &result);
    } else {
        if (result.outcome == UNDO_DONE) {
            result.outcome = UNDO_REFUSED;
            memory_replace_string(&result.reason, "the connection to the server was lost");
        }
        visits_refused(&handout->stock, errand->target, &result);
        errand_replace(handout, errand);
    }
}
