/* The postmaster, the server's main process: its arguments, its lock file, and its end. */
#ifndef PGCLONE_SERVER_POSTMASTER_H
#define PGCLONE_SERVER_POSTMASTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "pgclone/base/strings.h"

/** The port of a server that has a socket only. It names the socket, of which there is no other in
 * its folder. */
#define POSTMASTER_PORT 5432

/** What the server is told about itself. */
struct postmaster_options {
    const char *program; /**< the path of `postgres` */
    const char *data;    /**< its data folder */
    const char *socket;  /**< the folder of its socket */
    int port;            /**< the number in the socket's name, and the port on 127.0.0.1 */
    const char *rules;   /**< listens on 127.0.0.1 by the rules in this file; NULL: it does not */
};

/** Adds the command line of the server, beginning with the program's path. */
void postmaster_arguments(const struct postmaster_options *options, struct strings *out);

/** What the lock file in the data folder says (postmaster.pid; PostgreSQL describes its lines in
 * miscadmin.h, LOCK_FILE_LINE_…). */
struct postmaster_file {
    pid_t pid;         /**< positive; the file has it negative for a server without a postmaster */
    bool ready;        /**< the server takes connections */
    unsigned long key; /**< of the server's System V shared memory; 0: it has none */
    int segment;       /**< that memory's id, when there is a key */
};

/** Reads the text of the file. False when it does not (yet) hold a process id. */
bool postmaster_parse(const char *text, struct postmaster_file *out);

/** Reads the file in a folder. False when there is none, or it is not yet complete. */
bool postmaster_read(const char *files, struct postmaster_file *out);

/**
 * Whether the process is a living server of that data folder: it belongs to the folder's owner, and
 * works in the folder or was started with it (with an overlay it works in a folder that only it
 * sees). So a process that has the number of a dead server is
 * not taken for it.
 */
bool postmaster_is_of(pid_t pid, const char *data);

/**
 * Ends the server of the data folder at once: our own child, or, where `child` is 0, the one that a
 * dead pgclone may have left at work there. SIGQUIT takes its sessions along, SIGKILL follows after
 * 6 s. Frees the shared memory that a killed server leaves. `files` is the folder in which its
 * files are found: the data folder, unless what the server finds there is an overlay.
 */
void postmaster_end(pid_t child, const char *data, const char *files);

#endif
