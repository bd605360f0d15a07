#include "pgclone/handout/errand.h"
#include "pgclone/handout/visits.h"

/* A request that is served by putting the database back which it is about; where that cannot be,
 * the database is replaced. */

void errand_begin_undo(struct handout *handout, struct errand *errand)
{
    errand->phase = ERRAND_UNDOES;
    undo_job(errand->target, &errand->job);
    visits_send(&handout->stock, &errand->job);
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
    if (result.outcome == UNDO_DONE) {
        visits_done(&handout->stock, errand->target, &result);
        errand_answer(handout, errand, errand->target, SERVED_UNDO);
    } else if (result.outcome == UNDO_PREPARED && errand->rounds++ < VISITS_MOST_ROUNDS) {
        undo_again(errand->target, &result, &errand->job);
        visits_send(&handout->stock, &errand->job);
    } else {
        visits_refused(&handout->stock, errand->target, &result);
        errand_replace(handout, errand);
    }
}
