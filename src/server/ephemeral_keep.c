#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/identity.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/postgres/password.h"
#include "pgclone/server/cluster.h"
#include "pgclone/server/ephemeral.h"

/* A server that ends writes what it has in memory; a minute is for a machine that is overloaded. */
static const int end_ms = 60000;
static const int look_ms = 20;
/* A program that prints its version, on an overlay. */
static const int try_ms = 10000;

/* By initdb's own entry, as that of the content will be: what the overlay is like does not matter.
 * The folders in which it would be made are not in use where the data is none. */
bool ephemeral_may_overlay(const struct ephemeral *server)
{
    const struct folder *folder = &server->folder;
    char *path OWNED(memory_free_string) = NULL;
    const struct cache cache = ephemeral_cache(server, &path);
    char *base OWNED(memory_free_string) = cluster_cache_key(&server->binaries);
    struct cache_entry entry OWNED(cache_close) = CACHE_NO_ENTRY;
    struct overlay overlay = {
        .upper = folder->changes, .work = folder->work, .target = folder->data};
    struct strings arguments OWNED(strings_release) = {0};
    const struct spawn_options options = {.arguments = &arguments,
                                          .without = BINARIES_VARIABLES,
                                          .folder = "/",
                                          .user = account_to_become(&server->account),
                                          .overlay = &overlay};
    struct strbuf printed OWNED(strbuf_release) = {0};
    int status = 0;

    if (folder->overlaid || !cache_open(&cache, base, &entry))
        return folder->overlaid;
    overlay.lower = entry.path;
    strings_add(&arguments, server->binaries.postgres);
    strings_add(&arguments, "--version");
    return spawn_run(&options, STDOUT_FILENO, try_ms, &printed, &status, NULL) && status == 0;
}

/* Ends the server so that its data folder is whole without it. */
static bool keep_end_server(struct ephemeral *server, struct error *err)
{
    int64_t deadline = clock_now_ms() + end_ms;
    struct strbuf end OWNED(strbuf_release) = {0};
    int status = 0;

    (void)kill(server->pid, SIGINT);
    while (!spawn_wait(server->pid, look_ms, &status)) {
        if (interrupt_signal() != 0)
            return interrupt_error(err);
        if (clock_now_ms() >= deadline)
            return error_set(err, ERROR_SYSTEM,
                             "the throw-away server did not end within %d seconds", end_ms / 1000);
    }
    server->pid = 0;
    if (status == 0)
        return true;
    spawn_describe(status, &end);
    return error_set(err, ERROR_SYSTEM, "the throw-away server %s", strbuf_text(&end));
}

static void keep_store(const struct ephemeral *server)
{
    char *path OWNED(memory_free_string) = NULL;
    const struct cache cache = ephemeral_cache(server, &path);
    struct error reason OWNED(error_release) = {0};
    int64_t begun = clock_now_ms();

    if (cache_store(&cache, server->key, server->folder.data, &reason))
        log_message(LOG_VERBOSE,
                    "throw-away server: its databases are kept for later runs "
                    "(%lld ms)",
                    (long long)(clock_now_ms() - begun));
    else
        log_message(LOG_VERBOSE, "throw-away server: its databases are not kept: %s",
                    reason.message);
}

bool ephemeral_keep(struct ephemeral *server, struct error *err)
{
    char *url OWNED(memory_free_string) = NULL;

    if (server->key == NULL || server->filled)
        return true;
    url = ephemeral_url(server, IDENTITY_MAINTENANCE_DATABASE);
    /* The password of this run is to let nobody into a later one. */
    if ((server->tcp && !password_set(url, EPHEMERAL_USER, NULL, err)) ||
        !keep_end_server(server, err))
        return false;
    keep_store(server);
    if (interrupt_signal() != 0)
        return interrupt_error(err);
    (void)unlink(server->folder.log);
    (void)unlink(server->folder.rules);
    return ephemeral_run(server, NULL, err);
}
