/*
 * The places where the throw-away server's folder may go: on a RAM disk where there is room for it,
 * else in a folder for temporary files. The server's socket is in that folder, too, so a place must
 * have a short path.
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
 * The bytes that must be free on a RAM disk, and in memory, before it is used: 256 MB for the
 * write-ahead log, four copies of a template of 300 MB, and the rest for everybody else. The
 * /dev/shm of 64 MB that containers usually have is far too small.
 */
#define PLACE_RAM_BYTES (UINT64_C(2) << 30)

/** The bytes that the names of the folder and of the socket in it (folder.h) add to the place's
 * path. */
#define PLACE_ADDED_BYTES 57

/** The longest path that a place may have, for the socket's address to hold it (107 bytes on
 * Linux, 103 elsewhere). */
#define PLACE_PATH_LIMIT (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1 - PLACE_ADDED_BYTES)

struct place {
    const char *path;     /**< borrowed from the environment, or static */
    uint64_t needs_bytes; /**< so much must be free there and in memory; 0: it need not be */
};

/** The places: /dev/shm, XDG_RUNTIME_DIR, TMPDIR and /tmp, as far as the variables are set. */
struct place_list {
    struct place items[4];
    size_t count;
};

/** Gives the places in the order in which they are to be tried. Borrows from the environment. */
void place_list(struct place_list *out);

/**
 * Whether the server's folder may be made there. The place must be a folder with an absolute and
 * short path that the server's user can reach, others must not be able to rename what is ours in
 * it, and there must be room. ERROR_SYSTEM tells what it lacks.
 */
bool place_suits(const struct place *place, const struct account *account, struct error *err);

/** The contents of the files that tell how much memory is free; NULL for one that does not exist.
 */
struct place_memory {
    const char *meminfo; /**< /proc/meminfo */
    const char *limit;   /**< of cgroup v2: memory.max, */
    const char *current; /**< memory.current */
    const char *stat;    /**< and memory.stat */
};

/**
 * The bytes of memory that may be taken without swapping: MemAvailable, or what the container's
 * limit leaves where that is less; UINT64_MAX where the system does not tell.
 */
uint64_t place_memory_bytes(const struct place_memory *files);

#endif
