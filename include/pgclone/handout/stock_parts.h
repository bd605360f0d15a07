/* What the stock's own files share: the making and the dropping of batches. Nobody else includes
 * it.
 */
#ifndef PGCLONE_HANDOUT_STOCK_PARTS_H
#define PGCLONE_HANDOUT_STOCK_PARTS_H

#include "pgclone/handout/stock.h"
#include "pgclone/provision/strategy.h"

/** How so many copies are best made and dropped. */
struct strategy_choice stock_choose(const struct stock *stock, size_t copies);

/** Adds a copy, taking over its name. */
struct copy *stock_add(struct stock *stock, char *name, enum copy_state state);

/** Begins to make `count` copies. No batch may be being made. */
void stock_begin_making(struct stock *stock, size_t count);

/** Makes those ready that are made: nobody waits for the rest of their batch. */
void stock_collect_made(struct stock *stock);

/** Ends the batch that was being made; false, with the reason, where not all of it could be made.
 */
bool stock_end_making(struct stock *stock, struct error *err);

/** Begins to drop the `count` copies that are unwanted. No batch may be being dropped. */
void stock_begin_dropping(struct stock *stock, size_t count);

/** Ends the batch that was being dropped. */
void stock_end_dropping(struct stock *stock);

/** Frees the batches, with what is under way. */
void stock_release_batches(struct stock *stock);

#endif
