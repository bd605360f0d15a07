#include "pgclone/report/manifest.h"

#include <jansson.h>
#include <string.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/report/report.h"
#include "pgclone/settings/runner.h"

/* 64 MiB; a worker takes a few hundred bytes of it. */
static const size_t manifest_size_max = 67108864;

static void manifest_release(json_t **root)
{
    json_decref(*root);
}

static bool manifest_malformed(const char *path, const char *reason, struct error *err)
{
    error_set(err, ERROR_USAGE, "manifest \"%s\": %s", path, reason);
    return error_hint(err, "Write it anew with pgclone create --format json -o FILE.");
}

static bool manifest_read(const char *path, json_t **root, struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct strbuf reason OWNED(strbuf_release) = {0};
    struct error why OWNED(error_release) = {0};
    json_error_t where;

    if (!file_read(path, manifest_size_max, &text, &why))
        return error_set(err, ERROR_USAGE, "manifest: %s", why.message);
    *root = json_loadb(strbuf_text(&text), text.length, JSON_REJECT_DUPLICATES, &where);
    if (*root != NULL)
        return true;
    /* Not jansson's own text: it quotes what it stumbled over, and that may be a password. */
    strbuf_printf(&reason, "not valid JSON at line %d, column %d", where.line, where.column);
    return manifest_malformed(path, strbuf_text(&reason), err);
}

/* The empty id of parallel-tests may also be asked for as it is written in names. */
static bool manifest_worker_matches(const char *known, const char *asked)
{
    return strcmp(known, asked) == 0 ||
           (*known == '\0' && strcmp(runner_worker_label(known), asked) == 0);
}

static bool manifest_unknown_worker(const char *path, const char *worker, const json_t *databases,
                                    struct error *err)
{
    struct strbuf known OWNED(strbuf_release) = {0};
    size_t i;
    const json_t *database;

    json_array_foreach(databases, i, database)
    {
        const char *id = json_string_value(json_object_get(database, "worker"));

        strbuf_printf(&known, "%s%s", i > 0 ? ", " : "", runner_worker_label(id));
    }
    error_set(err, ERROR_USAGE, "worker \"%s\" is not in the manifest \"%s\"", worker, path);
    if (known.length == 0)
        return error_detail(err, "It holds no workers.");
    return error_detail(err, "It knows these workers: %s.", strbuf_text(&known));
}

bool manifest_find_url(const char *path, const char *worker, char **url, struct error *err)
{
    json_t *root OWNED(manifest_release) = NULL;
    const json_t *databases;
    const json_t *database;
    const char *found = NULL;
    size_t i;

    if (!manifest_read(path, &root, err))
        return false;
    if (!json_is_integer(json_object_get(root, "pgclone")))
        return manifest_malformed(path, "not a manifest of pgclone", err);
    if (json_integer_value(json_object_get(root, "pgclone")) != REPORT_JSON_VERSION)
        return manifest_malformed(path, "written by another version of pgclone", err);
    databases = json_object_get(root, "databases");
    if (!json_is_array(databases))
        return manifest_malformed(path, "the list of databases is missing", err);
    json_array_foreach(databases, i, database)
    {
        const char *id = json_string_value(json_object_get(database, "worker"));
        const char *its_url = json_string_value(json_object_get(database, "url"));

        if (id == NULL || its_url == NULL)
            return manifest_malformed(path, "a database lacks its worker or URL", err);
        if (found == NULL && manifest_worker_matches(id, worker))
            found = its_url;
    }
    if (found == NULL)
        return manifest_unknown_worker(path, worker, databases, err);
    *url = memory_copy_string(found);
    return true;
}
