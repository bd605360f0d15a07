#include "pgclone/report/report.h"

#include <stdbool.h>
#include <string.h>

#include "pgclone/report/text.h"
#include "pgclone/settings/runner.h"

static const char *const status_names[] = {
    [REPORT_CREATED] = "created",
    [REPORT_REPLACED] = "replaced",
    [REPORT_KEPT] = "kept",
    [REPORT_CONFIGURED] = "configured",
};

/* Writes one variable in a format's own way. */
typedef void report_emit(void *out, const char *name, const char *value);

const char *report_status_name(enum report_status status)
{
    return status_names[status];
}

void report_text(const struct report *report, struct strbuf *out)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct report_database *database = &report->databases[i];

        text_add_field(out, runner_worker_label(database->worker));
        strbuf_add_char(out, '\t');
        text_add_field(out, database->name);
        strbuf_printf(out, "\t%s\n", database->masked_url);
    }
}

/* By hand, not by toupper(): a variable's name must not depend on the locale. */
static void report_add_variable_name(struct strbuf *out, const char *label)
{
    for (; *label != '\0'; label++) {
        char byte = *label;

        if (byte >= 'a' && byte <= 'z')
            strbuf_add_char(out, (char)(byte - 'a' + 'A'));
        else if ((byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
            strbuf_add_char(out, byte);
        else if (((unsigned char)byte & 0xc0) != 0x80)
            strbuf_add_char(out, '_'); /* once for a character, not for each of its bytes */
    }
}

static void report_variables(const struct report *report, report_emit *emit, void *out)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    for (size_t i = 0; i < report->count; i++) {
        strbuf_clear(&text);
        strbuf_add(&text, "PGCLONE_URL_");
        report_add_variable_name(&text, runner_worker_label(report->databases[i].worker));
        emit(out, strbuf_text(&text), report->databases[i].url);
    }
    if (report->run_id != NULL)
        emit(out, "PGCLONE_RUN_ID", report->run_id);
    strbuf_clear(&text);
    strbuf_printf(&text, "%zu", report->count);
    emit(out, "PGCLONE_WORKERS", strbuf_text(&text));
    if (report->manifest != NULL)
        emit(out, "PGCLONE_MANIFEST", report->manifest);
}

static void report_emit_string(void *out, const char *name, const char *value)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_printf(&text, "%s=%s", name, value);
    strings_add(out, strbuf_text(&text));
}

void report_environment(const struct report *report, struct strings *out)
{
    report_variables(report, report_emit_string, out);
}

static void report_emit_shell(void *out, const char *name, const char *value)
{
    strbuf_printf(out, "%s='", name);
    for (; *value != '\0'; value++) {
        if (*value == '\'')
            strbuf_add(out, "'\\''");
        else
            strbuf_add_char(out, *value);
    }
    strbuf_add(out, "'\n");
}

void report_env(const struct report *report, struct strbuf *out)
{
    report_variables(report, report_emit_shell, out);
}

static void report_emit_github(void *out, const char *name, const char *value)
{
    struct strbuf delimiter OWNED(strbuf_release) = {0};

    if (strpbrk(value, "\r\n") == NULL) {
        strbuf_printf(out, "%s=%s\n", name, value);
        return;
    }
    strbuf_add(&delimiter, "PGCLONE_END");
    while (strstr(value, strbuf_text(&delimiter)) != NULL)
        strbuf_add_char(&delimiter, '_');
    strbuf_printf(out, "%s<<%s\n%s\n%s\n", name, strbuf_text(&delimiter), value,
                  strbuf_text(&delimiter));
}

/* Workflow commands are lines; these three are what the runner decodes in their values. */
static void report_add_mask(struct strbuf *out, const char *secret)
{
    strbuf_add(out, "::add-mask::");
    for (; *secret != '\0'; secret++) {
        if (*secret == '%')
            strbuf_add(out, "%25");
        else if (*secret == '\r')
            strbuf_add(out, "%0D");
        else if (*secret == '\n')
            strbuf_add(out, "%0A");
        else
            strbuf_add_char(out, *secret);
    }
    strbuf_add_char(out, '\n');
}

void report_github(const struct report *report, struct strbuf *variables, struct strbuf *commands)
{
    for (size_t i = 0; i < report->secrets.count; i++) {
        const char *secret = report->secrets.items[i];
        struct strbuf encoded OWNED(strbuf_release) = {0};

        report_add_mask(commands, secret);
        /* The runner masks exact text only, so the form that stands in URLs has to be named, too.
         */
        strbuf_add_encoded(&encoded, secret, strlen(secret), "");
        if (strcmp(strbuf_text(&encoded), secret) != 0)
            report_add_mask(commands, strbuf_text(&encoded));
    }
    report_variables(report, report_emit_github, variables);
}
