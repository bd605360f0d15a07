/*
 * The entries of the cache of data folders. An entry is a folder:
 *     <key>/data     the data folder, which belongs to the server's user
 *     <key>/state    how many files and bytes it holds, and a digest of their names, sizes and
 * times It is made under another name and renamed when it is whole, and `state` is written last. It
 * is compared with what there is each time before it is used: so what was cut off or removed at any
 * point, by a crash or by a cleaner, is noticed, and so is whatever was written to it later. What
 * keeps size and time, such as a bit that a disk has lost, is not.
 *
 * The cache is closed to all but the user who calls; when root calls, it belongs to root, and only
 * what is below `data` to the server's user, who cannot get there. Who uses an entry holds a shared
 * lock (flock) on its folder, and who removes it an exclusive one. Who stores one holds the cache's
 * lock, and nobody waits for either: when several first runs begin at once, one of them stores.
 *
 * The entries together are held below a limit: those that were used last stay (cache_room.c).
 * Whatever goes wrong here, the worst that can happen is that initdb runs again; so nothing is an
 * error to the user.
 */
#ifndef PGCLONE_SERVER_CACHE_H
#define PGCLONE_SERVER_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/tree.h"
#include "pgclone/server/account.h"

/** The variable that says how large the cache may be, and what holds where it is not set. */
#define CACHE_SIZE_VARIABLE "PGCLONE_CACHE_SIZE"
#define CACHE_SIZE_DEFAULT (UINT64_C(2) << 30)

/** An entry that no run has used for so many days is removed when another one is stored. */
#define CACHE_UNUSED_DAYS 90

/** Room for the text of a state: two numbers of 20 digits, one of 16, spaces, line's end, NUL. */
#define CACHE_STATE_SIZE 61

/** The names of what is in an entry. */
#define CACHE_DATA "data"
#define CACHE_STATE "state"

struct cache {
    const char *path;              /**< its folder, which need not exist; NULL: there is no cache */
    uint64_t limit;                /**< the bytes that it may hold; 0: it is not used */
    const struct account *account; /**< the server's user */
};

/** An entry that is in use: for as long as it is open nobody removes it. */
struct cache_entry {
    int folder; /**< the descriptor with the lock */
    int data;   /**< the descriptor of the data folder */
    char *path; /**< of the data folder */
    struct tree_count count;
};

/** No entry. */
#define CACHE_NO_ENTRY ((struct cache_entry){.folder = -1, .data = -1})

/** Reads the limit from PGCLONE_CACHE_SIZE: `0`, or a number with `kB`, `MB`, `GB` or `TB`.
 * ERROR_USAGE for anything else. */
bool cache_read_limit(uint64_t *out, struct error *err);

/**
 * Opens the entry of the key. False when there is none, when it is not what was stored (damaged) or
 * another user could have put it there, and while somebody removes it.
 */
bool cache_open(const struct cache *cache, const char *key, struct cache_entry *out);

/** For OWNED(cache_close): leaves CACHE_NO_ENTRY, which is allowed, too. */
void cache_close(struct cache_entry *entry);

/** Copies an open entry into the empty folder `data`. ERROR_SYSTEM on failure, ERROR_INTERRUPTED
 * when a signal arrived; `data` may then hold a part of it. */
bool cache_copy(const struct cache *cache, const struct cache_entry *entry, const char *data,
                struct error *err);

/**
 * Stores a copy of `data`, of which no server is at work, as the entry of the key, in place of an
 * older one, unless another process is storing something or uses the older one right now. Removes
 * other entries as far as that is needed. ERROR_SYSTEM when it was not stored, ERROR_INTERRUPTED
 * when a signal arrived.
 */
bool cache_store(const struct cache *cache, const char *key, const char *data, struct error *err);

/** Of the file of that name in the entry's folder: false when it is not there, or not whole. */
bool cache_read_state(int entry, struct tree_state *out);

/** Removes an entry of the cache, a descriptor. False with errno when somebody uses it, or it
 * cannot be removed; that there is none is no failure. */
bool cache_remove(int cache, const char *key);

/**
 * Removes from the cache, a descriptor, what is no entry any more or has not been used for
 * CACHE_UNUSED_DAYS, and then what was not used for the longest time until `bytes` more are within
 * the limit. What is in use stays. False when that leaves too little room. To be called under the
 * cache's lock.
 */
bool cache_make_room(int cache, uint64_t limit, uint64_t bytes);

#endif
