#include "pgclone/base/utf8.h"

#include <jansson.h>

size_t utf8_control_length(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    unsigned char second = first == 0xc2 ? (unsigned char)at[1] : 0;

    if ((first > 0 && first < 0x20) || first == 0x7f)
        return 1;
    return second >= 0x80 && second < 0xa0 ? 2 : 0;
}

bool utf8_has_control(const char *text)
{
    while (*text != '\0' && utf8_control_length(text) == 0)
        text++;
    return *text != '\0';
}

bool utf8_is_valid(const char *text)
{
    json_t *string = json_string(text); /* refuses what is not */
    bool valid = string != NULL;

    json_decref(string);
    return valid;
}

size_t utf8_count(const char *text)
{
    size_t count = 0;

    /* Every character has exactly one byte that is not a continuation byte (10xxxxxx). */
    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            count++;
    return count;
}

void utf8_add_printable(struct strbuf *out, const char *text, size_t length)
{
    bool valid = utf8_is_valid(text);

    for (size_t i = 0; i < length;) {
        const unsigned char *bytes = (const unsigned char *)text + i;
        size_t escaped = utf8_control_length(text + i);

        if (!valid && bytes[0] >= 0x80)
            escaped = 1;
        for (size_t j = 0; j < escaped; j++)
            strbuf_printf(out, "\\x%02x", bytes[j]);
        if (escaped == 0)
            strbuf_add_char(out, text[i]);
        i += escaped > 0 ? escaped : 1;
    }
}
