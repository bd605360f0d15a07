#include "pgclone/server/binaries.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"

/* How long a program may take to print a line: ten seconds are for a disk that has to wake up. */
static const int answer_ms = 10000;

void binaries_release(struct binaries *binaries)
{
    memory_free_string(&binaries->folder);
    memory_free_string(&binaries->initdb);
    memory_free_string(&binaries->postgres);
    memory_free_string(&binaries->version);
    binaries->major = 0;
}

int binaries_parse_version(const char *printed, const char **version)
{
    static const char start[] = "postgres (PostgreSQL) ";
    long major;

    if (strncmp(printed, start, sizeof start - 1) != 0)
        return 0;
    major = strtol(printed + sizeof start - 1, NULL, 10);
    if (major < 1 || major > 10000)
        return 0;
    *version = printed + sizeof start - 1;
    return (int)major;
}

/* Runs `program argument` and adds the first line that it prints. */
static bool binaries_ask(const char *program, const char *argument, const struct spawn_user *user,
                         struct strbuf *out, struct error *err)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct strbuf printed OWNED(strbuf_release) = {0};
    const struct spawn_options options = {
        .arguments = &arguments, .without = BINARIES_VARIABLES, .folder = "/", .user = user};
    int status;

    strings_add(&arguments, program);
    strings_add(&arguments, argument);
    if (!spawn_run(&options, STDOUT_FILENO, answer_ms, &printed, &status, err))
        return false;
    if (status != 0)
        return error_set(err, ERROR_SYSTEM, "\"%s %s\" failed", program, argument);
    strbuf_printf(out, "%.*s", (int)strcspn(strbuf_text(&printed), "\n"), strbuf_text(&printed));
    return true;
}

/* Fills `out` where the folder holds a PostgreSQL installation that pgclone can use. */
static bool binaries_check(const char *folder, const struct account *account, struct binaries *out,
                           struct error *err)
{
    char *initdb OWNED(memory_free_string) = file_join(folder, "initdb");
    char *postgres OWNED(memory_free_string) = file_join(folder, "postgres");
    struct strbuf printed OWNED(strbuf_release) = {0};
    const char *version;
    int major;

    if (!file_is_program(initdb) || !file_is_program(postgres))
        return error_set(err, ERROR_SYSTEM, "\"%s\" does not hold both \"initdb\" and \"postgres\"",
                         folder);
    if (!binaries_ask(postgres, "--version", account_to_become(account), &printed, err))
        return false;
    major = binaries_parse_version(strbuf_text(&printed), &version);
    if (major == 0)
        return error_set(err, ERROR_SYSTEM, "\"%s\" is not PostgreSQL", postgres);
    if (major < BINARIES_OLDEST_MAJOR)
        return error_set(err, ERROR_SYSTEM, "\"%s\" is PostgreSQL %s, older than %d", postgres,
                         version, BINARIES_OLDEST_MAJOR);
    *out = (struct binaries){.folder = memory_copy_string(folder),
                             .initdb = memory_take_string(&initdb),
                             .postgres = memory_take_string(&postgres),
                             .version = memory_copy_string(version),
                             .major = major};
    return true;
}

/* ---------------------------------------------------------------------------------- searching */

/* Tries one folder. That it holds no server is not worth a word, that its server cannot be used
 * is: `reasons` are for that. */
static bool binaries_try(const struct binaries_search *search, const char *folder,
                         struct strbuf *reasons, struct binaries *out)
{
    struct error reason OWNED(error_release) = {0};
    char *postgres OWNED(memory_free_string) = file_join(folder, "postgres");

    if (interrupt_signal() != 0 || !file_is_program(postgres))
        return false;
    if (binaries_check(folder, search->account, out, &reason))
        return true;
    strbuf_printf(reasons, "%s%s", reasons->length > 0 ? "; " : "", reason.message);
    return false;
}

static bool binaries_try_path(const struct binaries_search *search, struct strbuf *reasons,
                              struct binaries *out)
{
    char *folders OWNED(memory_free_string) = memory_copy_string(search->path);
    char *rest = folders;
    const char *folder;

    while ((folder = strsep(&rest, ":")) != NULL)
        /* The programs are started from "/": a relative folder would be another one there. */
        if (folder[0] == '/' && binaries_try(search, folder, reasons, out))
            return true;
    return false;
}

static bool binaries_try_asked(const struct binaries_search *search, struct strbuf *reasons,
                               struct binaries *out)
{
    struct strbuf folder OWNED(strbuf_release) = {0};

    return search->asked != NULL && binaries_ask(search->asked, "--bindir", NULL, &folder, NULL) &&
           strbuf_text(&folder)[0] == '/' &&
           binaries_try(search, strbuf_text(&folder), reasons, out);
}

static int binaries_newer_first(const void *left, const void *right)
{
    return strverscmp(*(char *const *)right, *(char *const *)left);
}

static bool binaries_try_usual(const struct binaries_search *search, struct strbuf *reasons,
                               struct binaries *out)
{
    bool found = false;

    for (const char *const *usual = search->usual; *usual != NULL && !found; usual++) {
        glob_t matches OWNED(globfree) = {0};

        if (glob(*usual, GLOB_NOSORT, NULL, &matches) != 0)
            continue;
        qsort(matches.gl_pathv, matches.gl_pathc, sizeof *matches.gl_pathv, binaries_newer_first);
        for (size_t i = 0; i < matches.gl_pathc && !found; i++)
            found = binaries_try(search, matches.gl_pathv[i], reasons, out);
    }
    return found;
}

static bool binaries_from_flag(const struct binaries_search *search, struct binaries *out,
                               struct error *err)
{
    struct error reason OWNED(error_release) = {0};
    char *folder OWNED(memory_free_string) = realpath(search->flag, NULL);

    if (folder == NULL)
        return error_set(err, ERROR_USAGE, "--postgres-bindir: could not open \"%s\": %s",
                         search->flag, strerror(errno));
    if (binaries_check(folder, search->account, out, &reason))
        return true;
    if (reason.kind == ERROR_INTERRUPTED)
        return error_move(err, &reason);
    return error_set(err, ERROR_USAGE, "--postgres-bindir: %s", reason.message);
}

bool binaries_search(const struct binaries_search *search, struct binaries *out, struct error *err)
{
    struct strbuf reasons OWNED(strbuf_release) = {0};

    if (search->flag != NULL)
        return binaries_from_flag(search, out, err);
    if (binaries_try_path(search, &reasons, out) || binaries_try_asked(search, &reasons, out) ||
        binaries_try_usual(search, &reasons, out))
        return true;
    if (interrupt_signal() != 0)
        return interrupt_error(err);
    error_set(err, ERROR_SYSTEM, "no PostgreSQL server programs found (initdb, postgres)");
    if (reasons.length > 0)
        error_detail(err, "%s.", strbuf_text(&reasons));
    return error_hint(err, "Install the package \"postgresql\" (Debian, Ubuntu, Alpine, Homebrew) "
                           "or \"postgresql-server\" (Fedora, RHEL), or name the programs' folder "
                           "with --postgres-bindir.");
}

bool binaries_find(const char *flag, const struct account *account, struct binaries *out,
                   struct error *err)
{
    static const char *const usual[] = {
        "/usr/lib/postgresql/*/bin", /* Debian, Ubuntu */
        "/usr/pgsql-*/bin",          /* PostgreSQL's own RPMs */
        "/usr/libexec/postgresql*",  /* Alpine */
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin", /* Homebrew */
        "/usr/local/pgsql/bin",           /* make install */
        NULL,
    };
    const struct binaries_search search = {
        .flag = flag,
        .path = getenv("PATH"),
        .asked = "pg_config",
        .usual = usual,
        .account = account,
    };

    return binaries_search(&search, out, err);
}
