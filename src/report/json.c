#include <jansson.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"
#include "pgclone/report/answer.h"
#include "pgclone/report/checkup.h"
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
    /* Fifteen digits give back a number as it was rounded: 1.9, not 1.8999999999999999. */
    char *text OWNED(memory_free_string) = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15));

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

void listing_templates_json(const struct listing_row *rows, size_t count, struct strbuf *out)
{
    json_t *templates;

    json_prepare();
    templates = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct listing_row *row = &rows[i];

        (void)json_array_append_new(templates,
                                    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "project",
                                              json_text(row->project), "name", json_text(row->name),
                                              "fingerprint", json_text(row->fingerprint), "state",
                                              json_text(row->state), "size",
                                              json_number(row->size_bytes, row->size_bytes >= 0),
                                              "created", json_text(row->created)));
    }
    json_finish(json_pack("{s:i, s:o}", "pgclone", REPORT_JSON_VERSION, "templates", templates),
                out);
}

void checkup_json(const struct findings *findings, struct strbuf *out)
{
    json_t *items;

    json_prepare();
    items = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        (void)json_array_append_new(
            items,
            json_pack("{s:o, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "check",
                      json_text(finding->check->id), "severity",
                      finding_severity_word(finding->severity), "exit", finding->exit_code, "text",
                      json_text(finding->text), "detail", json_text(finding->detail), "advice",
                      json_text(finding->advice), "fix", json_text(finding->fix.commands), "fix_in",
                      json_text(fix_place_word(finding->fix.place)), "fix_by",
                      json_text(finding->fix.by)));
    }
    json_finish(json_pack("{s:i, s:i, s:o}", "pgclone", REPORT_JSON_VERSION, "exit",
                          findings_exit_code(findings), "findings", items),
                out);
}

/* ----------------------------------------------------------------------------------- answers */

static void json_add_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        (void)json_object_set_new(object, key, json_text(text));
}

/* Milliseconds with one decimal. */
static json_t *json_elapsed(int64_t elapsed_us)
{
    static const int64_t tenth_us = 100;
    int64_t tenths = (elapsed_us + tenth_us / 2) / tenth_us;

    return json_real((double)tenths / 10);
}

void answer_database(const struct answer *answer, struct strbuf *out)
{
    json_t *object;

    json_prepare();
    object = json_object();
    json_add_text(object, "worker", answer->worker);
    json_add_text(object, "name", answer->name);
    json_add_text(object, "url", answer->url);
    json_add_text(object, "from", answer->from);
    if (answer->from != NULL)
        (void)json_object_set_new(object, "elapsed_ms", json_elapsed(answer->elapsed_us));
    json_finish(object, out);
}

void answer_dropped(const char *name, struct strbuf *out)
{
    json_prepare();
    json_finish(json_pack("{s:o}", "dropped", json_text(name)), out);
}

void answer_status(const struct answer_status *status, struct strbuf *out)
{
    json_t *object;
    json_t *refused;

    json_prepare();
    object = json_pack("{s:I, s:I, s:I, s:I, s:I}", "ready", (json_int_t)status->ready, "making",
                       (json_int_t)status->making, "taken", (json_int_t)status->taken, "served",
                       (json_int_t)status->served, "waited", (json_int_t)status->waited);
    if (status->undoes) {
        refused = json_object();
        for (size_t i = 0; i < status->reason_count; i++)
            (void)json_object_set_new(refused, status->reasons[i].text,
                                      json_integer(status->reasons[i].count));
        (void)json_object_set_new(object, "undone", json_integer(status->undone));
        (void)json_object_set_new(object, "not_undone", refused);
    }
    json_finish(object, out);
}

void answer_error(const struct error *err, struct strbuf *out)
{
    struct strbuf message OWNED(strbuf_release) = {0};

    strbuf_add(&message, err->message);
    if (err->detail != NULL)
        strbuf_printf(&message, " (%s)", err->detail);
    json_prepare();
    json_finish(json_pack("{s:o, s:o, s:i}", "error", json_text(strbuf_text(&message)), "hint",
                          json_text(err->hint), "exit", error_exit_code(err)),
                out);
}
