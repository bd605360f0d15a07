/* The server's main process: what it is started with, what it says of itself, and its end. */
#ifndef PGCLONE_SERVER_POSTMASTER_H
#define PGCLONE_SERVER_POSTMASTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "pgclone/base/strings.h"

/** The port that names the socket, in a folder where there is no other. */
#define POSTMASTER_PORT "5432"

/** Adds what `postgres` is started with, from the program's path on. */
void postmaster_arguments(const char *program, const char *data, const char *socket,
                          struct strings *out);

/** What the lock file in its data folder says (postmaster.pid; miscadmin.h: LOCK_FILE_LINE_…). */
struct postmaster_file {
    pid_t pid;         /**< positive; the file has it negative for a server without a postmaster */
    bool ready;        /**< it takes connections */
    unsigned long key; /**< of its System V shared memory; 0: none */
    int segment;       /**< that memory's id, when there is a key */
};

/** Reads the text of the file. False when it does not (yet) hold a process id. */
bool postmaster_parse(const char *text, struct postmaster_file *out);

/** Reads the file in a data folder. False when there is none, or it is not whole yet. */
bool postmaster_read(const char *data, struct postmaster_file *out);

/**
 * Whether the process is a living server of that data folder: one of the folder's owner, that
 * works in it or was started with it. False for a process of another, whatever its number.
 */
bool postmaster_is_of(pid_t pid, const char *data);

/**
 * Ends the server that may be left in the data folder of a dead pgclone, at once (SIGQUIT takes
 * its sessions along; SIGKILL after 6 s), and frees the shared memory that a killed one has left.
 */
void postmaster_end_leftover(const char *data);

/**
 * Ends our own child, as postmaster_end_leftover() does.
 */
void postmaster_end_child(pid_t pid, const char *data);

#endif
