#include "pgclone/report/text.h"

#include "pgclone/base/utf8.h"

void text_add_field(struct strbuf *out, const char *text)
{
    for (size_t control; *text != '\0'; text += control > 0 ? control : 1) {
        control = utf8_control_length(text);
        if (*text == '\t')
            strbuf_add(out, "\\t");
        else if (*text == '\n')
            strbuf_add(out, "\\n");
        else if (*text == '\r')
            strbuf_add(out, "\\r");
        else if (control == 0)
            strbuf_add_char(out, *text);
        else
            for (size_t i = 0; i < control; i++)
                strbuf_printf(out, "\\x%02x", (unsigned char)text[i]);
    }
}
