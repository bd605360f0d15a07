#include "pgclone/report/text.h"

void text_add_field(struct strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '\t')
            strbuf_add(out, "\\t");
        else if (byte == '\n')
            strbuf_add(out, "\\n");
        else if (byte == '\r')
            strbuf_add(out, "\\r");
        else if (byte < 0x20 || byte == 0x7f)
            strbuf_printf(out, "\\x%02x", byte);
        else
            strbuf_add_char(out, *text);
    }
}

size_t text_count_characters(const char *text)
{
    size_t count = 0;

    /* Every character has exactly one byte that is not a continuation byte (10xxxxxx). */
    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            count++;
    return count;
}
