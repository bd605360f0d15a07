#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/handout/stock_parts.h"
#include "pgclone/handout/visits.h"
#include "pgclone/provision/naming.h"
#include "pgclone/provision/plan.h"

/* How often in a row copies get other names, since theirs are taken. */
static const int most_collisions = 8;

struct strategy_choice stock_choose(const struct stock *stock, size_t copies)
{
    return strategy_choose(stock->scope->settings, stock->found,
                           session_server_version(&stock->makes), copies);
}

static void batch_release(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        job_release(&batch->jobs[i]);
    free(batch->jobs);
    free(batch->copies);
    *batch = (struct batch){0};
}

static void batch_open(size_t count, struct batch *out)
{
    *out = (struct batch){.jobs = memory_new(count, sizeof *out->jobs),
                          .copies = memory_new(count, sizeof(struct copy *))};
}

/* Where the base leaves no room for it in a name, the run's id alone tells copies apart. */
static char *stock_copy_name(struct stock *stock)
{
    const char *run = stock->scope->settings->run_id;
    struct strbuf name = {0};

    strbuf_printf(&name, "%s_%s_t%d", stock->scope->base, run, ++stock->names);
    if (naming_check(strbuf_text(&name), "copy", NULL))
        return strbuf_take(&name);
    strbuf_clear(&name);
    strbuf_printf(&name, "pgclone_%s_t%d", run, stock->names);
    return strbuf_take(&name);
}

void stock_begin_making(struct stock *stock, size_t count)
{
    struct strategy_choice choice = stock_choose(stock, count);

    batch_open(count, &stock->making);
    generation_add(&stock->generation, count);
    for (size_t i = 0; i < count; i++) {
        struct batch *batch = &stock->making;
        char *scratch OWNED(memory_free_string) = stock_scratch_name(stock);
        char *name = stock_copy_name(stock);

        plan_copy(stock->scope, stock->found, &stock->makes.lease, &choice, scratch, name,
                  &batch->jobs[i]);
        batch->copies[batch->count] = stock_add(stock, name, COPY_MAKING);
        batch->copies[batch->count++]->scratch = memory_take_string(&scratch);
    }
    session_begin_jobs(&stock->makes, NULL, stock->making.jobs, count, choice.create_width);
}

void stock_begin_dropping(struct stock *stock, size_t count)
{
    size_t width = stock_choose(stock, count).drop_width;

    batch_open(count, &stock->dropping);
    for (struct copy *copy = stock->copies; copy != NULL; copy = copy->next) {
        struct batch *batch = &stock->dropping;

        if (copy->state != COPY_UNWANTED)
            continue;
        copy->state = COPY_DROPPING;
        job_init(&batch->jobs[batch->count], copy->name);
        plan_add_drop(copy->name, "drop", &batch->jobs[batch->count]);
        batch->copies[batch->count++] = copy;
    }
    session_begin_jobs(&stock->drops, NULL, stock->dropping.jobs, count, width);
}

/* Nobody waits for the rest of a batch: each copy can be handed out as soon as it is made. */
void stock_collect_made(struct stock *stock)
{
    struct batch *batch = &stock->making;

    for (size_t i = 0; i < batch->count; i++) {
        if (batch->copies[i] == NULL || batch->jobs[i].state != JOB_DONE)
            continue;
        log_message(LOG_VERBOSE, "made copy \"%s\"", batch->copies[i]->name);
        if (stock->scope->watched != NULL)
            visits_begin(stock, batch->copies[i]);
        else
            batch->copies[i]->state = COPY_READY;
        batch->copies[i] = NULL;
    }
}

/* Whether all that went wrong is that others have these names: another run of the same id, or what
 * was left by one that was killed a moment ago. The next names may be free. */
static bool stock_may_name_anew(const struct stock *stock, const struct error *why)
{
    if (stock->collisions > most_collisions)
        return false;
    for (const struct error *one = why; one != NULL; one = one->next)
        if (!plan_name_is_taken(one))
            return false;
    return true;
}

/*
 * What could not be made may be there, half made, under its scratch name. Not under its own: that
 * is given in the last statement, which the server may have refused because somebody else's
 * database has it. Where nobody knows, since the connection was lost, it goes with the run.
 */
bool stock_end_making(struct stock *stock, struct error *err)
{
    struct batch *batch = &stock->making;
    struct error why OWNED(error_release) = {0};
    bool done = session_finish(&stock->makes, NULL, &why);

    stock->collisions = done ? 0 : stock->collisions + 1;
    for (size_t i = 0; i < batch->count; i++) {
        struct copy *copy = batch->copies[i];

        if (copy == NULL)
            continue;
        stock_add_unwanted(stock, memory_take_string(&copy->scratch));
        stock_forget(stock, copy);
    }
    batch_release(batch);
    if (!done && stock_may_name_anew(stock, &why))
        return true;
    stock->failed = !done;
    return done || error_move(err, &why);
}

/* What could not be dropped is tried again at the end of the run. */
void stock_end_dropping(struct stock *stock)
{
    struct error err OWNED(error_release) = {0};
    struct batch *batch = &stock->dropping;

    if (!session_finish(&stock->drops, NULL, &err))
        log_message(LOG_VERBOSE, "%s", err.message);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->jobs[i].state == JOB_DONE)
            log_message(LOG_VERBOSE, "dropped copy \"%s\"", batch->copies[i]->name);
        stock_forget(stock, batch->copies[i]);
    }
    batch_release(batch);
}

void stock_release_batches(struct stock *stock)
{
    batch_release(&stock->making);
    batch_release(&stock->dropping);
}
