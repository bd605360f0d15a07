/* A stock of copies over scripted sessions: the server answers when the test says so. */
#ifndef PGCLONE_TESTS_SHOP_H
#define PGCLONE_TESTS_SHOP_H

#include "pgclone/handout/stock.h"
#include "scripted_session.h"

struct shop {
    struct scripted_attempt base;
    struct stock stock;
};

/** What a server without fsync says of itself; the fixture's has it. */
extern const char *const shop_unsynced[];

/** A run's stock; `server` is what the server says of itself, NULL: as the fixture's. */
void shop_open(struct shop *shop, int workers, int spares, const char *const *server);

/** The same with a strategy, on a server that syncs. */
void shop_open_with(struct shop *shop, int workers, int spares, enum strategy strategy);
void shop_close(struct shop *shop);

/** Begins what is due while `waiting` wait for a copy; nothing may have failed. */
void shop_assert_advances(struct shop *shop, size_t waiting);

/** Everything under way comes to its end, and what follows from it, too. */
void shop_settle(struct shop *shop, size_t waiting);

size_t shop_count(const struct shop *shop, enum copy_state state);

/** Gives back so many copies that were ready. */
void shop_give_back(const struct shop *shop, size_t number);

/** Hands out copies that were ready, to somebody who will give them back. */
void shop_take(const struct shop *shop, size_t number);

/** Gives back all that are taken. */
void shop_give_back_taken(const struct shop *shop);

#endif
