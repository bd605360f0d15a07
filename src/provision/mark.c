#include "pgclone/provision/mark.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/lease.h"

static const char mark_prefix[] = IDENTITY_MARK_PREFIX;
static const int mark_version = 1;

static void mark_free_json(json_t **json)
{
    json_decref(*json);
}

char *mark_format(const struct mark *mark)
{
    struct strbuf out = {0};
    json_t *json OWNED(mark_free_json) =
        json_pack("{s:i, s:s, s:s?, s:s, s:s?, s:s, s:s, s:s, s:I}", "v", mark_version, "project",
                  mark->project, "run", mark->run, "worker", mark->worker, "template",
                  mark->template_name, "lease", mark->lease, "created", mark->created, "host",
                  mark->host, "pid", (json_int_t)mark->pid);
    char *text OWNED(memory_free_string) = json_dumps(json, JSON_COMPACT);

    strbuf_add(&out, mark_prefix);
    strbuf_add(&out, text != NULL ? text : "");
    return strbuf_take(&out);
}

/* A field that is a string or null. */
static bool mark_is_text_or_null(const json_t *value)
{
    return json_is_string(value) || json_is_null(value);
}

bool mark_parse(const char *comment, struct mark *out)
{
    json_t *json OWNED(mark_free_json) = NULL;
    json_t *run, *template_name;
    const char *project, *worker, *lease, *created, *host;
    json_int_t version, pid;

    if (comment == NULL || strncmp(comment, mark_prefix, sizeof mark_prefix - 1) != 0)
        return false;
    json = json_loads(comment + sizeof mark_prefix - 1, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL ||
        json_unpack(json, "{s:I, s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:I}", "v", &version, "project",
                    &project, "run", &run, "worker", &worker, "template", &template_name, "lease",
                    &lease, "created", &created, "host", &host, "pid", &pid) != 0)
        return false;
    if (version != mark_version || !mark_is_text_or_null(run) ||
        !mark_is_text_or_null(template_name) || !lease_is_text(lease))
        return false;
    *out = (struct mark){
        .project = memory_copy_string(project),
        .run = memory_copy_string(json_string_value(run)),
        .worker = memory_copy_string(worker),
        .template_name = memory_copy_string(json_string_value(template_name)),
        .lease = memory_copy_string(lease),
        .created = memory_copy_string(created),
        .host = memory_copy_string(host),
        .pid = pid,
    };
    return true;
}

void mark_release(struct mark *mark)
{
    free(mark->project);
    free(mark->run);
    free(mark->worker);
    free(mark->template_name);
    free(mark->lease);
    free(mark->created);
    free(mark->host);
    *mark = (struct mark){0};
}
