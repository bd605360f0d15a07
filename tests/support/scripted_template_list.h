/* Stands in for provision/template_list.c in the tests of commands. */
#ifndef PGCLONE_TESTS_SCRIPTED_TEMPLATE_LIST_H
#define PGCLONE_TESTS_SCRIPTED_TEMPLATE_LIST_H

#include "pgclone/provision/template_list.h"

/** What is found is a current template and one that is being built, of 8000 bytes and of a size
 * that nobody knows. */
#define SCRIPTED_TEMPLATE "circ_0123456789ab"
#define SCRIPTED_BUILDING "pgclone_scratch_00000000000000a0_0"

/** A prune that is to keep as many fails after it has dropped SCRIPTED_TEMPLATE, as every prune
 * does.
 */
#define SCRIPTED_PRUNE_FAILS 9

/** What the last prune was asked for. */
const struct template_prune *scripted_template_prune(void);

#endif
