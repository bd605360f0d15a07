/*
 * Where the throw-away server's folder goes: a RAM disk when there is room, else a temporary
 * folder. The socket lies in it, too, so that its path must be short.
 */
#ifndef PGCLONE_SERVER_PLACE_H
#define PGCLONE_SERVER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "pgclone/base/error.h"
#include "pgclone/server/account.h"

/**
 * What must be free on a RAM disk, and in memory, before it is used: 256 MB of write-ahead log,
 * four copies of a template of 300 MB, and as much left for everybody else. A container's usual
 * /dev/shm of 64 MB is far from it.
 */
#define PLACE_RAM_BYTES (UINT64_C(2) << 30)

/** The bytes that a folder's name and the socket's in it (folder.h) add to the place's path. */
#define PLACE_ADDED_BYTES 56

/** The longest path that a place may have, for the socket's address to hold it (107 bytes on
 * Linux, 103 elsewhere). */
#define PLACE_PATH_LIMIT (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1 - PLACE_ADDED_BYTES)

struct place {
    const char *path;     /**< borrowed from the environment, or static */
    uint64_t needs_bytes; /**< that much must be free there and in memory; 0: no matter */
};

/** What place_list() gives: /dev/shm, XDG_RUNTIME_DIR, TMPDIR, /tmp, those that are set. */
struct place_list {
    struct place items[4];
    size_t count;
};

/** The places in the order in which they are tried. Borrows from the environment. */
void place_list(struct place_list *out);

/**
 * Whether the server's folder may be made there: a folder by an absolute and short path that the
 * server's user can reach, in which others cannot rename what is ours, and with room.
 * ERROR_SYSTEM says what is wrong with it.
 */
bool place_suits(const struct place *place, const struct account *account, struct error *err);

/**
 * The bytes that may be taken without swapping: MemAvailable, or what the container's limit
 * (cgroup v2) leaves where that is less; UINT64_MAX where the system does not say. The files are
 * the contents of /proc/meminfo, memory.max, memory.current and memory.stat; NULL: not there.
 */
struct place_memory {
    const char *meminfo;
    const char *limit;
    const char *current;
    const char *stat;
};
uint64_t place_memory_bytes(const struct place_memory *files);

#endif
