#include <jansson.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"
#include "pgclone/report/listing.h"
#include "pgclone/report/report.h"

static void *json_allocate(size_t size)
{
    return memory_new(1, size);
}

/* With memory_new() below it jansson cannot fail here: packing and dumping have no other reason. */
static void json_prepare(void)
{
    json_set_alloc_funcs(json_allocate, free);
}

/*
 * JSON is UTF-8, but a database's name and comment are whatever bytes its creator sent: in text
 * that is not UTF-8, U+FFFD stands for each byte beyond ASCII.
 */
static json_t *json_text(const char *text)
{
    struct strbuf replaced OWNED(strbuf_release) = {0};

    if (text == NULL)
        return json_null();
    if (utf8_is_valid(text))
        return json_string(text);
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x80)
            strbuf_add_char(&replaced, *text);
        else
            strbuf_add(&replaced, "\xef\xbf\xbd");
    }
    return json_string(strbuf_text(&replaced));
}

static json_t *json_number(int64_t number, bool known)
{
    return known ? json_integer(number) : json_null();
}

/* Writes and releases `root`. */
static void json_finish(json_t *root, struct strbuf *out)
{
    char *text OWNED(memory_free_string) = json_dumps(root, JSON_COMPACT);

    strbuf_printf(out, "%s\n", text);
    json_decref(root);
}

void report_json(const struct report *report, struct strbuf *out)
{
    json_t *databases;

    json_prepare();
    databases = json_array();
    for (size_t i = 0; i < report->count; i++) {
        const struct report_database *database = &report->databases[i];

        (void)json_array_append_new(
            databases,
            json_pack("{s:o, s:o, s:o, s:o, s:I}", "worker", json_text(database->worker), "name",
                      json_text(database->name), "url", json_text(database->url), "status",
                      json_text(database->status), "elapsed_ms", (json_int_t)database->elapsed_ms));
    }
    json_finish(json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "pgclone",
                          REPORT_JSON_VERSION, "project", json_text(report->project), "run_id",
                          json_text(report->run_id), "template", json_text(report->template_name),
                          "strategy", json_text(report->strategy), "server_version",
                          json_number(report->server_version, report->server_version != 0),
                          "elapsed_ms", (json_int_t)report->elapsed_ms, "databases", databases),
                out);
}

void listing_json(const struct listing_row *rows, size_t count, struct strbuf *out)
{
    json_t *databases;

    json_prepare();
    databases = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct listing_row *row = &rows[i];

        (void)json_array_append_new(
            databases, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "project",
                                 json_text(row->project), "worker", json_text(row->worker), "name",
                                 json_text(row->name), "run", json_text(row->run), "state",
                                 json_text(row->state), "sessions",
                                 json_number(row->sessions, row->sessions >= 0), "size",
                                 json_number(row->size_bytes, row->size_bytes >= 0), "created",
                                 json_text(row->created)));
    }
    json_finish(json_pack("{s:i, s:o}", "pgclone", REPORT_JSON_VERSION, "databases", databases),
                out);
}
