#include "pgclone/provision/mark.h"

#include <string.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/lease.h"

static const char mark_prefix[] = IDENTITY_MARK_PREFIX;
static const int mark_version = 1;

static const char *const use_words[] = {[MARK_USE_SPARE] = "spare",
                                        [MARK_USE_TAKEN] = "taken",
                                        [MARK_USE_TEMPLATE] = "template",
                                        [MARK_USE_STORED] = "stored"};

static void mark_free_json(json_t **json)
{
    json_decref(*json);
}

/* NULL where nothing is known of any part. */
static json_t *mark_pack_parts(const struct mark_parts *parts)
{
    json_t *out = NULL;

    for (enum fingerprint_part part = 0; part < FINGERPRINT_PARTS; part++) {
        if (parts->digits[part] == NULL)
            continue;
        if (out == NULL)
            out = json_object();
        (void)json_object_set_new(out, fingerprint_part_name(part),
                                  json_string(parts->digits[part]));
    }
    return out;
}

char *mark_format(const struct mark *mark)
{
    struct strbuf out = {0};
    json_t *json OWNED(mark_free_json) = json_pack(
        "{s:i, s:s, s:s?, s:s, s:s?, s:s, s:s, s:s, s:I, s:s*, s:s*, s:s*, s:o*}", "v",
        mark_version, "project", mark->project, "run", mark->run, "worker", mark->worker,
        "template", mark->template_name, "lease", mark->lease, "created", mark->created, "host",
        mark->host, "pid", (json_int_t)mark->pid, "use", use_words[mark->use], "inside",
        mark->inside, "maker", mark->maker, "fingerprint", mark_pack_parts(&mark->parts));
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

static enum mark_use mark_use_of(const char *word)
{
    enum mark_use use = MARK_USE_STORED;

    while (use != MARK_USE_WORKER && (word == NULL || strcmp(word, use_words[use]) != 0))
        use--;
    return use;
}

/* Each is nothing without the other. */
static void mark_read_inside(const json_t *json, struct mark *out)
{
    const char *inside = json_string_value(json_object_get(json, "inside"));
    const char *maker = json_string_value(json_object_get(json, "maker"));

    if (inside == NULL || maker == NULL || !lease_is_text(maker))
        return;
    out->inside = inside;
    out->maker = maker;
}

static void mark_read_parts(const json_t *json, struct mark_parts *out)
{
    const json_t *parts = json_object_get(json, "fingerprint");

    for (enum fingerprint_part part = 0; part < FINGERPRINT_PARTS; part++)
        out->digits[part] = json_string_value(json_object_get(parts, fingerprint_part_name(part)));
}

bool mark_parse(const char *comment, struct mark *out)
{
    json_t *json OWNED(mark_free_json) = NULL;
    json_t *run, *template_name;
    struct mark mark = {0};
    json_int_t version, pid;

    if (comment == NULL || strncmp(comment, mark_prefix, sizeof mark_prefix - 1) != 0)
        return false;
    json = json_loads(comment + sizeof mark_prefix - 1, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL || json_unpack(json, "{s:I, s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:I}", "v",
                                    &version, "project", &mark.project, "run", &run, "worker",
                                    &mark.worker, "template", &template_name, "lease", &mark.lease,
                                    "created", &mark.created, "host", &mark.host, "pid", &pid) != 0)
        return false;
    if (version != mark_version || !mark_is_text_or_null(run) ||
        !mark_is_text_or_null(template_name) || !lease_is_text(mark.lease))
        return false;
    mark.run = json_string_value(run);
    mark.template_name = json_string_value(template_name);
    mark.pid = pid;
    mark.use = mark_use_of(json_string_value(json_object_get(json, "use")));
    mark_read_inside(json, &mark);
    mark_read_parts(json, &mark.parts);
    mark.json = json_incref(json);
    *out = mark;
    return true;
}

void mark_release(struct mark *mark)
{
    json_decref(mark->json);
    *mark = (struct mark){0};
}
