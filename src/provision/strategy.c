#include "pgclone/provision/strategy.h"

#include <string.h>

#include "pgclone/base/process.h"

/*
 * The rule and its numbers are from the measurements in docs/performance.md.
 *
 * A copy by write-ahead log costs twice its bytes and hardly anything for a file, one after the
 * other however many are made. A copy of files costs a sync for each file and two checkpoints,
 * which copies that are made together share. So they are level at so many bytes per file, the fewer
 * the more copies there are. Cloned files are not copied, but synced as well.
 */
static const struct {
    size_t copies; /* from so many on */
    int64_t bytes_per_file;
} level[] = {{8, 22000}, {3, 45000}, {0, 90000}};

/* The log costs more when the server has to write what is in its buffers to be able to go on. That
 * begins with half of max_wal_size, and counts when this much of it is written. */
static const int64_t full_log_percent = 150;
static const int64_t full_log_bytes_per_file = 16000;

static const int64_t level_bytes = 7000000;
static const int64_t clone_percent = 75;

/* Where the number of files is not known, which only superusers may ask: an application's. */
static const int64_t usual_files = 800;

/* For smaller and for larger templates the number of files decides nothing: a database has no fewer
 * than the 300 of its catalogs, and 10,000 are an unusual schema. */
static const int64_t smallest_in_doubt_bytes = 12000000;
static const int64_t largest_in_doubt_bytes = 1000000000;

/*
 * Where connections share nothing, more than one for each CPU gain nothing as long as the server is
 * alone. It rarely is: beside tests and builds that are at work already each connection gets a
 * share of the CPUs, so that with few of them the copies wait. Two for each CPU cost up to 5 % on
 * an idle machine of two CPUs, and saved 15 % beside two busy processes.
 */
static const size_t cpu_width_each = 2;
static const size_t cpu_width_least = 4;
static const size_t cpu_width_most = 8;

/* With 64 copies 64 wide took 5 to 7 % less than 16 wide; clones are level from 16 on. */
static const size_t copy_width = 64;
static const size_t clone_width = 16;

/* From here on copying takes so long that shared checkpoints are worth nothing beside it. */
static const int64_t long_copy_bytes = 500000000;

/*
 * Drops that are issued together share one checkpoint. What is still to be synced of a database is
 * forgotten once its drop has begun, and synced by a checkpoint that comes before: 64 databases
 * that had just been made were dropped in 1.1 s 64 wide, and in 18 s 32 wide. Without fsync there
 * is nothing to share.
 */
static const size_t drop_width_most = 256;
static const size_t drop_width_no_fsync = 16;

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
    size_t width = settings->jobs > 0 ? (size_t)settings->jobs : cpu_width_least;

    return width < count ? width : count;
}

bool strategy_wants_clones(const struct settings *settings, int server_version)
{
    return server_version >= 180000 &&
           (settings->strategy == STRATEGY_AUTO || settings->strategy == STRATEGY_CLONE);
}

bool strategy_wants_files(const struct settings *settings, const struct inventory *inventory,
                          int server_version)
{
    int64_t size_bytes = inventory->source.size_bytes;

    if (settings->strategy != STRATEGY_AUTO || server_version < 150000 || !inventory->superuser ||
        inventory->source.folder == NULL)
        return false;
    return inventory->clones || (inventory->fsync && size_bytes > smallest_in_doubt_bytes &&
                                 size_bytes < largest_in_doubt_bytes);
}

bool strategy_may_clone_on(const char *file_system)
{
    static const char *const able[] = {"xfs", "btrfs", "zfs", "bcachefs", "ocfs2", "nfs4"};

    if (file_system == NULL)
        return true;
    for (size_t i = 0; i < sizeof able / sizeof able[0]; i++)
        if (strcmp(file_system, able[i]) == 0)
            return true;
    return false;
}

static bool strategy_fills_log(const struct inventory *inventory, size_t copies)
{
    int64_t full_bytes = inventory->max_wal_bytes / 100 * full_log_percent;

    return full_bytes > 0 && inventory->source.size_bytes * (int64_t)copies > full_bytes;
}

static bool strategy_is_many_small_files(const struct inventory *inventory, bool clones,
                                         size_t copies)
{
    const struct inventory_template *source = &inventory->source;
    int64_t files = source->files > 0 ? source->files : usual_files;
    size_t i = 0;
    int64_t bytes;

    while (copies < level[i].copies)
        i++;
    bytes = level_bytes + files * (strategy_fills_log(inventory, copies) ? full_log_bytes_per_file
                                                                         : level[i].bytes_per_file);
    return source->size_bytes <= (clones ? bytes / 100 * clone_percent : bytes);
}

static void strategy_pick(const struct settings *settings, const struct inventory *inventory,
                          int server_version, size_t copies, struct strategy_choice *choice)
{
    /* Of an empty database's file system nothing is known, and on an overlay whose layers are on
     * two of them files cannot be cloned at all. */
    bool clones = inventory->clones && inventory->source.found && !inventory->source.no_clones;

    choice->strategy = clones ? STRATEGY_CLONE : STRATEGY_FILE_COPY;
    if (settings->strategy != STRATEGY_AUTO) {
        choice->strategy = settings->strategy;
        choice->reason = "as set";
    } else if (server_version < 150000) {
        choice->reason = "the only one before PostgreSQL 15";
    } else if (!inventory->fsync) {
        choice->reason = "fsync is off, so checkpoints are cheap";
    } else if (strategy_is_many_small_files(inventory, clones, copies)) {
        choice->strategy = STRATEGY_WAL_LOG;
        choice->reason = "the template is small, or many small files";
    } else {
        choice->reason = "the template is large";
    }
}

static size_t strategy_create_width(enum strategy strategy, const struct inventory *inventory)
{
    size_t width = cpu_width_each * (size_t)process_cpu_count();
    bool long_copy =
        strategy == STRATEGY_FILE_COPY && inventory->source.size_bytes >= long_copy_bytes;

    if (inventory->fsync && strategy != STRATEGY_WAL_LOG && !long_copy)
        return strategy == STRATEGY_CLONE ? clone_width : copy_width;
    /* Our own CPUs are counted, as most test suites run beside their server. */
    if (width < cpu_width_least)
        return cpu_width_least;
    return width < cpu_width_most ? width : cpu_width_most;
}

struct strategy_choice strategy_choose(const struct settings *settings,
                                       const struct inventory *inventory, int server_version,
                                       size_t copies)
{
    bool fsync = inventory->fsync;
    struct strategy_choice choice = {0};

    strategy_pick(settings, inventory, server_version, copies, &choice);
    if (server_version >= 150000)
        choice.word = choice.strategy == STRATEGY_WAL_LOG ? "wal_log" : "file_copy";
    choice.create_width =
        strategy_width(settings->jobs, strategy_create_width(choice.strategy, inventory),
                       inventory->free_connections, copies);
    choice.drop_width =
        strategy_width(settings->jobs, fsync ? drop_width_most : drop_width_no_fsync,
                       inventory->free_connections, copies);
    return choice;
}
