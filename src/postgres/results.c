#include "pgclone/postgres/results.h"

#include <stdlib.h>

#include "pgclone/base/memory.h"

void results_add(struct results *results, PGresult *result)
{
    results->items = memory_resize(results->items, results->count + 1, sizeof(PGresult *));
    results->items[results->count++] = result;
}

int results_rows(const struct results *results, size_t set)
{
    return set < results->count ? PQntuples(results->items[set]) : 0;
}

const char *results_text(const struct results *results, size_t set, int row, const char *column)
{
    const PGresult *result = results->items[set];
    int number = PQfnumber(result, column);

    if (number < 0 || PQgetisnull(result, row, number))
        return NULL;
    return PQgetvalue(result, row, number);
}

bool results_bool(const struct results *results, size_t set, int row, const char *column)
{
    const char *text = results_text(results, set, row, column);

    return text != NULL && text[0] == 't';
}

int64_t results_number(const struct results *results, size_t set, int row, const char *column,
                       int64_t otherwise)
{
    const char *text = results_text(results, set, row, column);

    return text != NULL ? strtoll(text, NULL, 10) : otherwise;
}

void results_release(struct results *results)
{
    for (size_t i = 0; i < results->count; i++)
        PQclear(results->items[i]);
    free(results->items);
    *results = (struct results){0};
}
