#include "pgclone/server/ephemeral.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/identity.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/postgres/password.h"
#include "pgclone/server/cluster.h"

/* Not made by url_parse(), which takes from the environment what a URL leaves out. */
char *ephemeral_url(const struct ephemeral *server, const char *database)
{
    struct strbuf url = {0};

    strbuf_add(&url, "postgresql://" EPHEMERAL_USER "@/");
    strbuf_add_encoded(&url, database, strlen(database), "");
    strbuf_add(&url, "?host=");
    strbuf_add_encoded(&url, server->folder.socket, strlen(server->folder.socket), "");
    strbuf_printf(&url, "&port=%d", server->port);
    return strbuf_take(&url);
}

char *ephemeral_tcp_url(const struct ephemeral *server, const char *database)
{
    struct strbuf url = {0};

    strbuf_printf(&url, "postgresql://" EPHEMERAL_USER ":%s@" TCP_ADDRESS ":%d/", server->password,
                  server->port);
    strbuf_add_encoded(&url, database, strlen(database), "");
    return strbuf_take(&url);
}

bool ephemeral_set_password(const struct ephemeral *server, struct error *err)
{
    char *url OWNED(memory_free_string) = ephemeral_url(server, IDENTITY_MAINTENANCE_DATABASE);

    return password_set(url, EPHEMERAL_USER, server->password, err);
}

/* ----------------------------------------------------------------------------------- starting */

/* The ways to a server with data, of which the first that works is taken. */
enum ephemeral_way { EPHEMERAL_BY_OVERLAY, EPHEMERAL_BY_COPY, EPHEMERAL_BY_INITDB, EPHEMERAL_WAYS };

static const char *const way_texts[EPHEMERAL_WAYS] = {
    [EPHEMERAL_BY_OVERLAY] = "on an overlay of the cache",
    [EPHEMERAL_BY_COPY] = "on a copy of the cache",
    [EPHEMERAL_BY_INITDB] = "by initdb",
};

/* Starts the server on what the cache has, without copying it. */
static bool ephemeral_on_overlay(struct ephemeral *server, struct error *err)
{
    const struct folder *folder = &server->folder;
    const struct overlay overlay = {.lower = server->entry.path,
                                    .upper = folder->changes,
                                    .work = folder->work,
                                    .target = folder->data};

    return ephemeral_run(server, &overlay, err);
}

static bool ephemeral_try(struct ephemeral *server, const struct cache *cache,
                          enum ephemeral_way way, struct error *err)
{
    const char *data = server->folder.data;

    if (way == EPHEMERAL_BY_OVERLAY)
        return ephemeral_on_overlay(server, err);
    if (way == EPHEMERAL_BY_COPY)
        return cache_copy(cache, &server->entry, data, err) && ephemeral_run(server, NULL, err);
    /* Nobody stores in place of what is in use. */
    cache_close(&server->entry);
    server->filled = false;
    return cluster_make(&server->binaries, cache, data, err) && ephemeral_run(server, NULL, err);
}

/*
 * Tries one way after the other. A server that ends at its start may do so because of its data: the
 * cache notices much, but not all, and not every file system is one that an overlay can show. So it
 * is always tried with fresh data, too, and what that says is what counts.
 */
static bool ephemeral_go(struct ephemeral *server, const struct cache *cache,
                         enum ephemeral_way way, struct error *err)
{
    struct error reason OWNED(error_release) = {0};

    for (; !ephemeral_try(server, cache, way, &reason); way++) {
        if (way + 1 == EPHEMERAL_WAYS || interrupt_signal() != 0 || server->pid != 0)
            return error_move(err, &reason);
        log_message(LOG_VERBOSE, "throw-away server: not %s: %s", way_texts[way], reason.message);
        if (!folder_renew(&server->folder, &server->account, err))
            return false;
    }
    server->way = way_texts[way];
    return true;
}

struct cache ephemeral_cache(const struct ephemeral *server, char **path)
{
    *path = cluster_cache_folder();
    return (struct cache){.path = *path, .limit = server->cache_limit, .account = &server->account};
}

/* The key of a data folder with content: that of initdb's alone, and a fingerprint. */
static char *ephemeral_key(const char *base, const struct ephemeral_options *options)
{
    struct strbuf server OWNED(strbuf_release) = {0};
    struct fingerprint fingerprint;
    struct strbuf key = {0};

    strbuf_printf(&server, "%s %s", base, options->database);
    if (options->also != NULL)
        strbuf_printf(&server, "\n%s", options->also);
    fingerprint_make(options->content, strbuf_text(&server), &fingerprint);
    strbuf_printf(&key, "%s-%s", base, fingerprint.digits);
    return strbuf_take(&key);
}

/* Starts it on the best that the cache has. What is to be filled and kept is copied: what is found
 * by an overlay could not be stored. */
static bool ephemeral_begin(const struct ephemeral_options *options, struct ephemeral *server,
                            struct error *err)
{
    char *path OWNED(memory_free_string) = NULL;
    const struct cache cache = ephemeral_cache(server, &path);
    char *base OWNED(memory_free_string) = cluster_cache_key(&server->binaries);

    if (options->content != NULL && cache.path != NULL && cache.limit > 0)
        server->key = ephemeral_key(base, options);
    server->filled = server->key != NULL && cache_open(&cache, server->key, &server->entry);
    if (server->filled)
        return ephemeral_go(server, &cache, EPHEMERAL_BY_OVERLAY, err);
    if (!cache_open(&cache, base, &server->entry))
        return ephemeral_go(server, &cache, EPHEMERAL_BY_INITDB, err);
    return ephemeral_go(server, &cache,
                        server->key != NULL ? EPHEMERAL_BY_COPY : EPHEMERAL_BY_OVERLAY, err);
}

static bool ephemeral_build(const struct ephemeral_options *options,
                            const struct place_list *places, struct ephemeral *server,
                            struct error *err)
{
    server->port = POSTMASTER_PORT;
    server->tcp = options->tcp;
    return cache_read_limit(&server->cache_limit, err) && account_choose(&server->account, err) &&
           binaries_find(options->bindir, &server->account, &server->binaries, err) &&
           folder_create(places, &server->account, &server->folder, err) &&
           ephemeral_begin(options, server, err);
}

bool ephemeral_start(const struct ephemeral_options *options, struct ephemeral *out,
                     struct error *err)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    int64_t begun = clock_now_ms();
    struct place_list places;

    place_list(&places);
    folder_sweep(&places);
    if (!ephemeral_build(options, &places, &server, err))
        return false;
    log_message(LOG_VERBOSE, "throw-away server: PostgreSQL %s in \"%s\", %s%s, started in %lld ms",
                server.binaries.version, server.folder.temporary.path, server.way,
                server.filled ? " with its databases" : "", (long long)(clock_now_ms() - begun));
    *out = server;
    server = EPHEMERAL_NONE;
    return true;
}

void ephemeral_stop(struct ephemeral *server)
{
    int64_t begun = clock_now_ms();
    int64_t ended;

    if (server->folder.data != NULL)
        postmaster_end(server->pid, server->folder.data, folder_files(&server->folder));
    ended = clock_now_ms();
    folder_remove(&server->folder);
    cache_close(&server->entry);
    if (server->pid != 0)
        log_message(LOG_VERBOSE, "throw-away server: ended in %lld ms, removed in %lld ms",
                    (long long)(ended - begun), (long long)(clock_now_ms() - ended));
    binaries_release(&server->binaries);
    memory_free_string(&server->key);
    *server = EPHEMERAL_NONE;
}
