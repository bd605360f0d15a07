#include "pgclone/report/checkup.h"

#include <string.h>

#include "pgclone/report/text.h"

/* Text of several lines, each below the finding's first one. */
static void checkup_add_lines(const char *indent, const char *text, struct strbuf *out)
{
    while (text[0] != '\0') {
        struct strbuf line OWNED(strbuf_release) = {0};
        size_t length;

        text += strspn(text, "\t ");
        length = strcspn(text, "\n");
        strbuf_add_bytes(&line, text, length);
        strbuf_add(out, indent);
        text_add_field(out, strbuf_text(&line));
        strbuf_add_char(out, '\n');
        text += length;
        text += text[0] == '\n' ? 1 : 0;
    }
}

static void checkup_add_fix(const struct fix *fix, struct strbuf *out)
{
    if (fix->place == FIX_NOWHERE)
        return;
    strbuf_printf(out, "    fix, in %s%s%s:\n", fix->place == FIX_IN_PSQL ? "psql" : "a shell",
                  fix->by != NULL ? ", as " : "", fix->by != NULL ? fix->by : "");
    checkup_add_lines("        ", fix->commands, out);
}

void checkup_text(const struct findings *findings, struct strbuf *out)
{
    size_t width = 0;

    for (size_t i = 0; i < findings->count; i++)
        if (strlen(findings->items[i].check->id) > width)
            width = strlen(findings->items[i].check->id);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        strbuf_printf(out, "%-7s  %-*s  ", finding_severity_word(finding->severity), (int)width,
                      finding->check->id);
        text_add_field(out, finding->text);
        strbuf_add_char(out, '\n');
        if (finding->detail != NULL)
            checkup_add_lines("    ", finding->detail, out);
        if (finding->advice != NULL)
            checkup_add_lines("    ", finding->advice, out);
        checkup_add_fix(&finding->fix, out);
    }
}
