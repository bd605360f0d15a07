/* What the files of a create share. Nobody else includes it. */
#ifndef PGCLONE_PROVISION_CREATE_PARTS_H
#define PGCLONE_PROVISION_CREATE_PARTS_H

#include "pgclone/provision/create.h"

/** Begins the look that the plan is made from; its judge passes the guards. */
void create_begin_look(struct create *create);

/** Begins jobs of the plan, and the phase in which they are run. */
enum step create_run(struct create *create, struct job *jobs, size_t count, size_t width,
                     enum create_phase phase);

/** Each begins a phase or, where there is nothing to do in it, the one that comes after. */
enum step create_unlock(struct create *create);
enum step create_check(struct create *create);
enum step create_publish(struct create *create);
enum step create_watch(struct create *create);
enum step create_drop_old(struct create *create);

#endif
