/* What this process is and may use. */
#ifndef PGCLONE_BASE_PROCESS_H
#define PGCLONE_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The number of CPUs this process may run on (its affinity mask, as nproc has it); at least 1. */
int process_cpu_count(void);

/**
 * Writes the host's name, NUL-terminated and cut to `size` bytes; "unknown" if there is none or it
 * is not UTF-8, which a mark could not hold.
 */
void process_host_name(char *name, size_t size);

/**
 * In a child: has the system send it `signal` when its parent dies, however that happens (Linux;
 * elsewhere nothing does). After a change of user it has to be asked for anew. False when that
 * cannot be had, or `parent` has died already.
 */
bool process_die_with(pid_t parent, int signal);

/**
 * Makes sure that descriptors 0 to 2 are taken, so that no socket or file of ours becomes standard
 * output. One that was closed can then neither be read nor written, so using it is still an error.
 */
void process_open_standard(void);

#endif
