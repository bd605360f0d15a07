#include "pgclone/server/cluster.h"

#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"

/* The number of the cache's format, one more with every change to what is in an entry. */
static const int cache_format = 2;
/* initdb takes half a second; a minute is for a machine that is overloaded. */
static const int initdb_ms = 60000;

char *cluster_cache_folder(void)
{
    const char *base = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    struct strbuf path = {0};

    /* The XDG base directory specification has relative paths ignored. */
    if (base != NULL && base[0] == '/')
        strbuf_printf(&path, "%s/pgclone", base);
    /* Root's HOME may be that of another user, after sudo. */
    else if (geteuid() == 0)
        strbuf_add(&path, "/var/cache/pgclone");
    else if (home != NULL && home[0] == '/')
        strbuf_printf(&path, "%s/.cache/pgclone", home);
    else
        return NULL;
    return strbuf_take(&path);
}

/*
 * Either locale orders text by its bytes, on every machine. Where the system has C.UTF-8 (glibc,
 * musl), upper() and lower() know all letters, too.
 */
static const char *cluster_locale(void)
{
    locale_t found = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);

    if (found == (locale_t)0)
        return "C";
    freelocale(found);
    return "C.UTF-8";
}

void cluster_initdb_options(const struct binaries *binaries, struct strings *out)
{
    static const char *const options[] = {
        "--username=postgres", "--encoding=UTF8",
        "--auth-local=trust", /* whoever can reach the socket, whose folder is private */
        "--auth-host=reject",  "--no-sync",
        "--wal-segsize=1", /* 15 MB less to copy than with the usual 16 */
    };
    struct strbuf locale OWNED(strbuf_release) = {0};

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        strings_add(out, options[i]);
    strbuf_printf(&locale, "--locale=%s", cluster_locale());
    strings_add(out, strbuf_text(&locale));
    /* Checksums became the default in 18. */
    if (binaries->major >= 18)
        strings_add(out, "--no-data-checksums");
}

/* ------------------------------------------------------------------------------- the cache key */

/* FNV-1a, 64 bits. The NUL counts, so that "a" and "bc" do not hash as "ab" and "c" do. */
static uint64_t cluster_hash(uint64_t hash, const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;

    do {
        hash = (hash ^ *byte) * UINT64_C(1099511628211);
    } while (*byte++ != '\0');
    return hash;
}

char *cluster_cache_key(const struct binaries *binaries)
{
    struct strings options OWNED(strings_release) = {0};
    char *program OWNED(memory_free_string) = realpath(binaries->initdb, NULL);
    struct strbuf key = {0};
    uint64_t hash = UINT64_C(14695981039346656037);

    cluster_initdb_options(binaries, &options);
    hash = cluster_hash(hash, program != NULL ? program : binaries->initdb);
    hash = cluster_hash(hash, binaries->version);
    for (size_t i = 0; i < options.count; i++)
        hash = cluster_hash(hash, options.items[i]);
    strbuf_add(&key, "postgresql-");
    strbuf_add_bytes(&key, binaries->version,
                     strspn(binaries->version, "0123456789.abcdefghijklmnopqrstuvwxyz"));
    strbuf_printf(&key, "-%d-%016" PRIx64, cache_format, hash);
    return strbuf_take(&key);
}

/* ------------------------------------------------------------------------------------- making */

static bool cluster_initdb(const struct binaries *binaries, const struct account *account,
                           const char *data, struct error *err)
{
    struct strbuf words OWNED(strbuf_release) = {0};
    struct strings arguments OWNED(strings_release) = {0};
    struct strings additions OWNED(strings_release) = {0};
    struct strbuf end OWNED(strbuf_release) = {0};
    const struct spawn_options run = {.arguments = &arguments,
                                      .additions = &additions,
                                      .without = BINARIES_VARIABLES,
                                      .folder = "/",
                                      .user = account_to_become(account)};
    int status;

    strings_add(&arguments, binaries->initdb);
    strings_add(&arguments, "-D");
    strings_add(&arguments, data);
    cluster_initdb_options(binaries, &arguments);
    /* initdb writes the time zone down: the same on every machine. */
    strings_add(&additions, "TZ=UTC");
    if (!spawn_run(&run, STDERR_FILENO, initdb_ms, &words, &status, err))
        return false;
    if (status == 0)
        return true;
    spawn_describe(status, &end);
    error_set(err, ERROR_SYSTEM, "\"%s\" %s", binaries->initdb, strbuf_text(&end));
    return error_detail(err, "%s", strbuf_trim(&words));
}

bool cluster_make(const struct binaries *binaries, const struct cache *cache, const char *data,
                  struct error *err)
{
    char *key OWNED(memory_free_string) = cluster_cache_key(binaries);
    struct error reason OWNED(error_release) = {0};

    if (!cluster_initdb(binaries, cache->account, data, err))
        return false;
    if (cache->path != NULL && cache->limit > 0 && !cache_store(cache, key, data, &reason))
        log_message(LOG_VERBOSE, "initdb's result is not kept: %s", reason.message);
    return interrupt_signal() == 0 || interrupt_error(err);
}
