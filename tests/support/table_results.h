/* Result sets and looks at the catalog, written as text; the results are real libpq's. */
#ifndef PGCLONE_TESTS_TABLE_RESULTS_H
#define PGCLONE_TESTS_TABLE_RESULTS_H

#include "pgclone/postgres/results.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/inventory.h"

#define TABLE_SETS (LOOK_LEASES + 1)

/**
 * A result set from text: the first line names the columns, each further one is a row. Cells are
 * separated by "|"; "~" is SQL's NULL. NULL gives a set without columns and rows.
 */
PGresult *table_result(const char *text);

/** A look's results, each set as table_result() takes it, read as inventory_read() does. */
void table_inventory(const char *const sets[TABLE_SETS], const char *owner, const char *grant_to,
                     struct inventory *out);

#endif
