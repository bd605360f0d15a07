/* The result sets of one query, in order: rows of text. */
#ifndef PGCLONE_POSTGRES_RESULTS_H
#define PGCLONE_POSTGRES_RESULTS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct results {
    PGresult **items; /**< owned */
    size_t count;
};

/** Adds a result set, taking it over. */
void results_add(struct results *results, PGresult *result);

/** The rows of result set `set`; 0 where there is no such set. */
int results_rows(const struct results *results, size_t set);

/** A value, borrowed; NULL for SQL's NULL. Columns are found by name. */
const char *results_text(const struct results *results, size_t set, int row, const char *column);

/** A boolean value; false for NULL. */
bool results_bool(const struct results *results, size_t set, int row, const char *column);

/** A number; `otherwise` for NULL. */
int64_t results_number(const struct results *results, size_t set, int row, const char *column,
                       int64_t otherwise);

/** Clears all result sets and leaves it empty. */
void results_release(struct results *results);

#endif
