/* Facts about this process, and what it is tied to. */
#ifndef PGCLONE_BASE_PROCESS_H
#define PGCLONE_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The number of CPUs that this process may run on (by its affinity mask, as nproc counts them); at
 * least 1. */
int process_cpu_count(void);

/**
 * Writes the host's name, NUL-terminated and cut to `size` bytes; "unknown" if the host has none or
 * it is not UTF-8, which the comment on a database could not hold.
 */
void process_host_name(char *name, size_t size);

/**
 * In a child: has the system send it `signal` when its parent dies, however that happens (Linux;
 * elsewhere nothing does). After a change of user it has to be asked for anew. False when that
 * cannot be had, or `parent` has died already.
 */
bool process_die_with(pid_t parent, int signal);

/**
 * Opens those of the descriptors 0 to 2 that are closed, so that no socket or file of ours becomes
 * standard output. Reading standard input or writing the others is still an error then.
 */
void process_open_standard(void);

#endif
