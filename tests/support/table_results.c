#include "table_results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/strbuf.h"

/* The next cell of a line as an owned string; moves on behind it. */
static char *take_cell(const char **at)
{
    struct strbuf cell = {0};
    size_t length = strcspn(*at, "|\n");

    strbuf_add_bytes(&cell, *at, length);
    *at += length + ((*at)[length] == '|');
    return strbuf_take(&cell);
}

static const char *next_line(const char *at)
{
    return *at == '\n' ? at + 1 : at;
}

static const char *add_columns(PGresult *result, const char *at)
{
    PGresAttDesc columns[16] = {0};
    int count = 0;

    while (*at != '\0' && *at != '\n') {
        assert_true(count < 16);
        columns[count].name = take_cell(&at);
        columns[count++].typlen = -1;
    }
    assert_int_equal(PQsetResultAttrs(result, count, columns), 1);
    for (int i = 0; i < count; i++)
        free(columns[i].name);
    return next_line(at);
}

PGresult *table_result(const char *text)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    const char *at = text != NULL ? text : "";

    at = add_columns(result, at);
    for (int row = 0; *at != '\0'; row++) {
        for (int column = 0; column < PQnfields(result); column++) {
            char *cell = take_cell(&at);
            bool null = strcmp(cell, "~") == 0;
            int length = null ? -1 : (int)strlen(cell);

            assert_int_equal(PQsetvalue(result, row, column, null ? NULL : cell, length), 1);
            free(cell);
        }
        assert_true(*at == '\n' || *at == '\0');
        at = next_line(at);
    }
    return result;
}

void table_inventory(const char *const sets[TABLE_SETS], const char *owner, const char *grant_to,
                     struct inventory *out)
{
    struct results results = {0};

    for (size_t i = 0; i < TABLE_SETS; i++)
        results_add(&results, table_result(sets[i]));
    inventory_read(&results, owner, grant_to, out);
    assert_int_equal(results.count, 0);
}
