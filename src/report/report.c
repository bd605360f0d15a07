#include "pgclone/report/report.h"

#include <string.h>

#include "pgclone/report/text.h"
#include "pgclone/settings/runner.h"

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

static void report_add_variable(struct strings *out, const char *name, const char *value)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_printf(&text, "%s=%s", name, value);
    strings_add(out, strbuf_text(&text));
}

void report_environment(const struct report *report, struct strings *out)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    for (size_t i = 0; i < report->count; i++) {
        strbuf_clear(&text);
        strbuf_add(&text, "PGCLONE_URL_");
        report_add_variable_name(&text, runner_worker_label(report->databases[i].worker));
        report_add_variable(out, strbuf_text(&text), report->databases[i].url);
    }
    if (report->run_id != NULL)
        report_add_variable(out, "PGCLONE_RUN_ID", report->run_id);
    strbuf_clear(&text);
    strbuf_printf(&text, "%zu", report->count);
    if (!report->copies)
        report_add_variable(out, "PGCLONE_WORKERS", strbuf_text(&text));
    if (report->manifest != NULL)
        report_add_variable(out, "PGCLONE_MANIFEST", report->manifest);
    if (report->socket != NULL)
        report_add_variable(out, "PGCLONE_SOCKET", report->socket);
}

void report_env(const struct report *report, struct strbuf *out)
{
    struct strings variables OWNED(strings_release) = {0};

    report_environment(report, &variables);
    for (size_t i = 0; i < variables.count; i++) {
        const char *value = strchr(variables.items[i], '=') + 1;

        strbuf_add_bytes(out, variables.items[i], (size_t)(value - variables.items[i]));
        strbuf_add_char(out, '\'');
        for (; *value != '\0'; value++) {
            if (*value == '\'')
                strbuf_add(out, "'\\''");
            else
                strbuf_add_char(out, *value);
        }
        strbuf_add(out, "'\n");
    }
}

/* A value of several lines stands between two delimiters that are not in it. */
static void report_add_github(struct strbuf *out, const char *variable)
{
    struct strbuf delimiter OWNED(strbuf_release) = {0};
    const char *value = strchr(variable, '=') + 1;

    if (strpbrk(value, "\r\n") == NULL) {
        strbuf_printf(out, "%s\n", variable);
        return;
    }
    strbuf_add(&delimiter, "PGCLONE_END");
    while (strstr(value, strbuf_text(&delimiter)) != NULL)
        strbuf_add_char(&delimiter, '_');
    strbuf_printf(out, "%.*s<<%s\n%s\n%s\n", (int)(value - variable) - 1, variable,
                  strbuf_text(&delimiter), value, strbuf_text(&delimiter));
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
    struct strings environment OWNED(strings_release) = {0};

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
    report_environment(report, &environment);
    for (size_t i = 0; i < environment.count; i++)
        report_add_github(variables, environment.items[i]);
}
