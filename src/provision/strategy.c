#include "pgclone/provision/strategy.h"

/*
 * A copy of files costs two checkpoints and a sync for each file, a copy by write-ahead log hardly
 * anything for a file but twice its bytes. So they are level at so many bytes per file; and by size
 * where the number of files is not known, which only superusers may ask. docs/performance.md has
 * the measurements.
 */
static const int64_t copy_from_bytes_per_file = 50LL * 1000;
static const int64_t clone_from_bytes_per_file = 35LL * 1000;
static const int64_t copy_from_bytes = 24LL * 1024 * 1024;

/* Outside of these it makes little difference how many files there are: a database has no fewer
 * than its catalogs' 300, and 10,000 are an unusual schema. */
static const int64_t smallest_in_doubt_bytes = 20LL * 1024 * 1024;
static const int64_t largest_in_doubt_bytes = 512LL * 1024 * 1024;

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

bool strategy_wants_files(const struct settings *settings, const struct inventory *inventory,
                          int server_version)
{
    return settings->strategy == STRATEGY_AUTO && server_version >= 150000 && inventory->fsync &&
           inventory->superuser && inventory->source.size_bytes > smallest_in_doubt_bytes &&
           inventory->source.size_bytes < largest_in_doubt_bytes;
}

static bool strategy_is_many_small_files(const struct inventory *inventory)
{
    const struct inventory_template *source = &inventory->source;

    if (source->files == 0)
        return source->size_bytes <= copy_from_bytes;
    return source->size_bytes <= source->files * (inventory->clones ? clone_from_bytes_per_file
                                                                    : copy_from_bytes_per_file);
}

static void strategy_pick(const struct settings *settings, const struct inventory *inventory,
                          int server_version, struct strategy_choice *choice)
{
    choice->strategy = inventory->clones ? STRATEGY_CLONE : STRATEGY_FILE_COPY;
    if (settings->strategy != STRATEGY_AUTO) {
        choice->strategy = settings->strategy;
        choice->reason = "as set";
    } else if (server_version < 150000) {
        choice->reason = "the only one before PostgreSQL 15";
    } else if (!inventory->fsync) {
        choice->reason = "fsync is off, so checkpoints are cheap";
    } else if (strategy_is_many_small_files(inventory)) {
        choice->strategy = STRATEGY_WAL_LOG;
        choice->reason = "the template is small";
    } else {
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
