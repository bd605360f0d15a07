#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "pgclone/handout/stock_parts.h"
#include "pgclone/handout/visits.h"

/* The most spares that are kept for each worker where the setting leaves it to us. */
static const size_t spares_for_each_worker = 8;

/* The least and the most copies of a generation for each worker (see generation.h). */
static const size_t least_of_generation = 2;
static const size_t most_of_generation = 8;

/* What was given back is dropped together, so that it shares a checkpoint. */
static const size_t least_drops = 8;

/* The scratch names of the run's first databases have its workers' numbers. */
static const int first_scratch = 1000000;

/* What is copied by file is synced at once, and without fsync nothing is. */
static void stock_plan_generations(struct stock *stock)
{
    size_t workers = (size_t)stock->scope->settings->workers;
    size_t least = least_of_generation * workers;
    size_t most = most_of_generation * workers;

    /* Where copies are undone and used again there are few drops. */
    if (stock->scope->watched != NULL || !stock->found->fsync ||
        stock_choose(stock, least).strategy != STRATEGY_WAL_LOG)
        return;
    /* As many spares as the user wants. */
    least = least < stock->target ? stock->target : least;
    generation_open(&stock->generation, least, most < least ? least : most);
}

void stock_open(const struct session *session, const struct inventory *found, struct stock *out)
{
    const struct settings *settings = session->scope->settings;

    *out = (struct stock){
        .scope = session->scope, .found = found, .first = session, .scratch = first_scratch};
    session_open_beside(session, &out->makes);
    session_open_beside(session, &out->drops);
    session_open_beside(session, &out->visits);
    if (settings->spares == SPARES_AUTO) {
        out->most = spares_for_each_worker * (size_t)settings->workers;
    } else {
        out->most = (size_t)settings->spares;
        out->target = out->most;
    }
    stock_plan_generations(out);
}

/* ---------------------------------------------------------------------------------- the copies */

struct copy *stock_ready(const struct stock *stock)
{
    struct copy *copy = stock->copies;

    while (copy != NULL && (copy->state != COPY_READY || !visits_trust(stock, copy)))
        copy = copy->next;
    return copy;
}

size_t stock_count(const struct stock *stock, enum copy_state state)
{
    size_t count = 0;

    for (const struct copy *copy = stock->copies; copy != NULL; copy = copy->next)
        count += copy->state == state;
    return count;
}

static struct copy *stock_find(const struct stock *stock, const char *name, enum copy_state state)
{
    struct copy *copy = stock->copies;

    while (copy != NULL && (copy->state != state || strcmp(copy->name, name) != 0))
        copy = copy->next;
    return copy;
}

struct copy *stock_taken(const struct stock *stock, const char *name)
{
    return stock_find(stock, name, COPY_TAKEN);
}

bool stock_is_dropping(const struct stock *stock, const char *name)
{
    return stock_find(stock, name, COPY_DROPPING) != NULL;
}

bool stock_take_back(struct stock *stock, const char *name)
{
    struct copy *copy = stock_find(stock, name, COPY_UNWANTED);

    if (copy == NULL)
        return false;
    stock_forget(stock, copy);
    return true;
}

struct copy *stock_add(struct stock *stock, char *name, enum copy_state state)
{
    struct copy **end = &stock->copies;

    while (*end != NULL)
        end = &(*end)->next;
    *end = memory_new(1, sizeof **end);
    (*end)->name = name;
    (*end)->state = state;
    return *end;
}

void stock_give_back(struct stock *stock, struct copy *copy)
{
    if (stock->scope->watched != NULL && !copy->named)
        visits_undo(stock, copy);
    else
        copy->state = COPY_UNWANTED;
}

void stock_forget(struct stock *stock, struct copy *gone)
{
    struct copy **at = &stock->copies;

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    free(gone->name);
    free(gone->scratch);
    free(gone);
}

/* What has replaced it is in use when the generation ends, and written and synced by its drops: the
 * fewer ends the better. */
void stock_add_replaced(struct stock *stock, char *name)
{
    generation_lengthen(&stock->generation);
    stock_add_unwanted(stock, name);
}

void stock_add_unwanted(struct stock *stock, char *name)
{
    (void)stock_add(stock, name, COPY_UNWANTED);
}

char *stock_scratch_name(struct stock *stock)
{
    return lease_scratch_name(&stock->makes.lease, stock->scratch++);
}

void stock_raise(struct stock *stock)
{
    size_t raised = stock->target > 0 ? 2 * stock->target : 1;
    size_t most = stock->most;
    size_t workers = (size_t)stock->scope->settings->workers;

    /* One that is being put back is there in a moment: one more for each worker is enough. */
    if (stock_count(stock, COPY_UNDOING) > 0 && workers < most)
        most = workers;
    if (raised > most)
        raised = most;
    if (raised > stock->target)
        stock->target = raised;
}

bool stock_holds(const struct stock *stock, const struct inventory *now, const char *name)
{
    const struct inventory_database *there = inventory_find(now, name);

    return there != NULL && lease_key_of(there->lease) == stock->makes.lease.key;
}

void stock_check(struct stock *stock, const struct inventory *now)
{
    struct copy *next;

    for (struct copy *copy = stock->copies; copy != NULL; copy = next) {
        next = copy->next;
        if ((copy->state == COPY_READY || copy->state == COPY_TAKEN) &&
            !stock_holds(stock, now, copy->name))
            stock_forget(stock, copy);
    }
}

/* ------------------------------------------------------------------------ what is to be begun */

/* How many copies are to be begun now: for those who wait, and the missing ones once the stock has
 * fallen to half. Where the last ones could not be made, none is tried that nobody waits for. */
static size_t stock_missing(const struct stock *stock, size_t waiting)
{
    size_t there = stock_count(stock, COPY_READY) + stock_count(stock, COPY_MAKING) +
                   stock_count(stock, COPY_UNDOING);
    size_t wanted = (stock->failed ? 0 : stock->target) + waiting;

    if (there >= wanted || (waiting == 0 && there > stock->target / 2))
        return 0;
    return generation_room(&stock->generation, wanted - there, waiting);
}

/* Where the server syncs, a drop's checkpoint and the copying beside it hold each other up. */
static bool stock_may_begin(const struct stock *stock, const struct batch *batch,
                            const struct batch *other)
{
    return batch->count == 0 && (other->count == 0 || !stock->found->fsync);
}

/* Those that stay until the end of the run are not waited for. */
static size_t stock_in_use(const struct stock *stock)
{
    size_t count = stock_count(stock, COPY_MOVING);

    for (const struct copy *copy = stock->copies; copy != NULL; copy = copy->next)
        count += copy->state == COPY_TAKEN && copy->holder != NULL;
    return count;
}

/* Where copies cannot be made, the disk may be full: nothing that is to go waits for anything. */
static bool stock_drops_are_due(struct stock *stock, size_t waiting)
{
    const struct generation_use use = {
        .left = stock_count(stock, COPY_READY) + stock_count(stock, COPY_MAKING),
        .in_use = stock_in_use(stock),
        .waiting = waiting,
    };

    if (stock->generation.size == 0)
        return stock->making.count == 0 || stock_count(stock, COPY_UNWANTED) >= least_drops;
    return stock->failed || generation_is_over(&stock->generation, &use, clock_now_ms());
}

static void stock_begin_due_drops(struct stock *stock, size_t waiting)
{
    size_t unwanted = stock_count(stock, COPY_UNWANTED);

    if (!stock_may_begin(stock, &stock->dropping, &stock->making) ||
        !stock_drops_are_due(stock, waiting))
        return;
    generation_renew(&stock->generation);
    if (unwanted > 0)
        stock_begin_dropping(stock, unwanted);
}

bool stock_advance(struct stock *stock, size_t waiting, struct error *err)
{
    bool generations = stock->generation.size > 0;
    size_t missing;

    stock_collect_made(stock);
    visits_advance(stock);
    if (stock->dropping.count > 0 && !session_is_busy(&stock->drops))
        stock_end_dropping(stock);
    if (stock->making.count > 0 && !session_is_busy(&stock->makes) && !stock_end_making(stock, err))
        return false;
    if (generations)
        stock_begin_due_drops(stock, waiting);
    missing = stock_missing(stock, waiting);
    if (missing > 0 && stock_may_begin(stock, &stock->making, &stock->dropping))
        stock_begin_making(stock, missing);
    if (!generations)
        stock_begin_due_drops(stock, waiting);
    return true;
}

/* --------------------------------------------------------------------------------------- the loop
 */

void stock_prepare(struct stock *stock, struct poll_set *set)
{
    const struct loop_source makes = session_source(&stock->makes);
    const struct loop_source drops = session_source(&stock->drops);
    const struct loop_source visits = session_source(&stock->visits);

    makes.prepare(makes.context, set);
    drops.prepare(drops.context, set);
    visits.prepare(visits.context, set);
    if (stock->generation.until_ms > 0)
        poll_set_until(set, stock->generation.until_ms);
}

void stock_turn(struct stock *stock, const struct poll_set *set)
{
    const struct loop_source makes = session_source(&stock->makes);
    const struct loop_source drops = session_source(&stock->drops);
    const struct loop_source visits = session_source(&stock->visits);

    makes.turn(makes.context, set);
    drops.turn(drops.context, set);
    visits.turn(visits.context, set);
}

void stock_close(struct stock *stock)
{
    session_abandon(&stock->makes);
    session_abandon(&stock->drops);
    session_abandon(&stock->visits);
    stock_release_batches(stock);
    visits_release(stock);
    while (stock->copies != NULL)
        stock_forget(stock, stock->copies);
    session_close(&stock->makes);
    session_close(&stock->drops);
    session_close(&stock->visits);
    tally_release(&stock->tally);
    *stock = (struct stock){0};
}
