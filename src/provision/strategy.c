#include "pgclone/provision/strategy.h"

/* A copy of files costs two checkpoints and little per byte, one by write-ahead log the other way
 * round. They were level between 18 MB and 33 MB on PostgreSQL 15, stock settings, 16 copies
 * (tests/bench/run.sh --regret). */
static const int64_t wal_log_up_to_bytes = 24LL * 1024 * 1024;

static const size_t create_width_disk = 4;
static const size_t create_width_no_fsync = 32;

/* Drops that are issued together share one checkpoint, so they go wide: 64 drops of 18 MB took 3.2
 * s 64 wide and 16.0 s 16 wide on a stock PostgreSQL 18. Without fsync there is less to share. */
static const size_t drop_width_disk = 64;
static const size_t drop_width_no_fsync = 32;

static size_t strategy_width(int jobs, size_t automatic, int64_t free_connections, size_t copies)
{
    size_t width = jobs > 0 ? (size_t)jobs : automatic;
    /* One connection is ours already, and one is left for whoever comes. */
    size_t spare = free_connections > 1 ? (size_t)free_connections - 1 : 1;

    if (jobs == 0 && width > spare)
        width = spare;
    return width < copies ? width : copies;
}

size_t strategy_least_width(const struct settings *settings, size_t count)
{
    size_t width = settings->jobs > 0 ? (size_t)settings->jobs : create_width_disk;

    return width < count ? width : count;
}

static void strategy_pick(const struct settings *settings, const struct inventory *inventory,
                          int server_version, struct strategy_choice *choice)
{
    int64_t size_bytes = inventory->source.size_bytes;

    if (settings->strategy != STRATEGY_AUTO) {
        choice->strategy = settings->strategy;
        choice->reason = "as set";
    } else if (server_version < 150000) {
        choice->strategy = STRATEGY_FILE_COPY;
        choice->reason = "the only one before PostgreSQL 15";
    } else if (!inventory->fsync) {
        choice->strategy = STRATEGY_FILE_COPY;
        choice->reason = "fsync is off, so checkpoints are cheap";
    } else if (size_bytes <= wal_log_up_to_bytes) {
        choice->strategy = STRATEGY_WAL_LOG;
        choice->reason = "the template is small";
    } else {
        choice->strategy = STRATEGY_FILE_COPY;
        choice->reason = "the template is large";
    }
}

struct strategy_choice strategy_choose(const struct settings *settings,
                                       const struct inventory *inventory, int server_version,
                                       size_t copies)
{
    struct strategy_choice choice = {0};

    strategy_pick(settings, inventory, server_version, &choice);
    if (server_version >= 150000)
        choice.word = choice.strategy == STRATEGY_WAL_LOG ? "wal_log" : "file_copy";
    choice.create_width =
        strategy_width(settings->jobs, inventory->fsync ? create_width_disk : create_width_no_fsync,
                       inventory->free_connections, copies);
    choice.drop_width =
        strategy_width(settings->jobs, inventory->fsync ? drop_width_disk : drop_width_no_fsync,
                       inventory->free_connections, copies);
    return choice;
}
