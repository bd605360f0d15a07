#include "pgclone/base/findings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

struct finding *findings_add(struct findings *findings, const struct check *check,
                             enum finding_severity severity, const char *format, ...)
{
    struct strbuf text = {0};
    struct finding *finding;
    va_list args;

    findings->items = memory_resize(findings->items, findings->count + 1, sizeof *findings->items);
    finding = &findings->items[findings->count++];
    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    *finding = (struct finding){.check = check,
                                .severity = severity,
                                .exit_code = severity == FINDING_ERROR ? 1 : 0,
                                .text = strbuf_take(&text)};
    return finding;
}

/* What libpq says of a connection has several lines; the text of a finding is the first. */
struct finding *findings_add_error(struct findings *findings, const struct check *check,
                                   const struct error *err)
{
    size_t length = strcspn(err->message, "\n");
    struct finding *finding =
        findings_add(findings, check, FINDING_ERROR, "%.*s", (int)length, err->message);
    struct strbuf detail OWNED(strbuf_release) = {0};

    finding->exit_code = error_exit_code(err);
    strbuf_add(&detail, err->message + length + (err->message[length] == '\n' ? 1 : 0));
    if (err->detail != NULL)
        strbuf_printf(&detail, "%s%s", detail.length > 0 ? "\n" : "", err->detail);
    if (detail.length > 0)
        finding->detail = strbuf_take(&detail);
    finding->advice = memory_copy_string(err->hint);
    return finding;
}

void finding_advise(struct finding *finding, const char *format, ...)
{
    struct strbuf text = {0};
    va_list args;

    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    free(finding->advice);
    finding->advice = strbuf_take(&text);
}

void finding_set_fix(struct finding *finding, enum fix_place place, const char *by, char *commands)
{
    free(finding->fix.commands);
    finding->fix = (struct fix){.place = commands != NULL ? place : FIX_NOWHERE,
                                .by = commands != NULL ? by : NULL,
                                .commands = commands};
}

int findings_exit_code(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].severity == FINDING_ERROR)
            return findings->items[i].exit_code;
    return 0;
}

const char *finding_severity_word(enum finding_severity severity)
{
    static const char *const words[] = {"ok", "warning", "error"};

    return words[severity];
}

const char *fix_place_word(enum fix_place place)
{
    static const char *const words[] = {NULL, "shell", "psql"};

    return words[place];
}

void findings_release(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].text);
        free(findings->items[i].detail);
        free(findings->items[i].advice);
        free(findings->items[i].fix.commands);
    }
    free(findings->items);
    *findings = (struct findings){0};
}
