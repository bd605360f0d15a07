#include "pgclone/provision/holders.h"

#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"

static const int64_t session_mark = (int64_t)SQL_SESSION_MARK_SPACE << 32 | SQL_SESSION_MARK;

/* Keeps the locks of sessions that have the mark of pgclone's sessions as well: another application
 * may use the numbers of our leases. */
static void holders_keep_marked(struct holders *all, const int *marked, size_t marked_count)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++)
        for (size_t j = 0; j < marked_count; j++)
            if (all->items[i].pid == marked[j]) {
                all->items[kept++] = all->items[i];
                break;
            }
    all->count = kept;
}

void holders_read(const struct results *results, size_t set, struct holders *out)
{
    int rows = results_rows(results, set);
    int *marked = memory_new((size_t)rows, sizeof *marked);
    size_t marked_count = 0;

    out->items = memory_new((size_t)rows, sizeof *out->items);
    for (int row = 0; row < rows; row++) {
        const struct holder one = {
            .key = results_number(results, set, row, "key", 0),
            .pid = (int)results_number(results, set, row, "pid", 0),
        };

        if (results_number(results, set, row, "numbers", 0) == 1)
            out->items[out->count++] = one;
        else if (one.key == session_mark)
            marked[marked_count++] = one.pid;
    }
    holders_keep_marked(out, marked, marked_count);
    free(marked);
}

int holders_pid(const struct holders *holders, int64_t key)
{
    for (size_t i = 0; key != 0 && i < holders->count; i++)
        if (holders->items[i].key == key)
            return holders->items[i].pid;
    return 0;
}

bool holders_have(const struct holders *holders, int64_t key)
{
    return holders_pid(holders, key) != 0;
}

void holders_release(struct holders *holders)
{
    free(holders->items);
    *holders = (struct holders){0};
}
