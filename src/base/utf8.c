#include "pgclone/base/utf8.h"

/* The lead bytes of RFC 3629, section 4, with the range that the second byte must be in. */
static const struct {
    unsigned char lead_first;
    unsigned char lead_last;
    unsigned char second_first;
    unsigned char second_last;
    size_t length;
} forms[] = {
    {0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

#define FORM_COUNT (sizeof forms / sizeof forms[0])

/* The length in bytes of the character at `bytes`, or 0 if there is no valid one. */
static size_t utf8_character_length(const unsigned char *bytes)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (bytes[0] < forms[i].lead_first || bytes[0] > forms[i].lead_last)
            continue;
        if (forms[i].length > 1 &&
            (bytes[1] < forms[i].second_first || bytes[1] > forms[i].second_last))
            return 0;
        for (size_t j = 2; j < forms[i].length; j++)
            if ((bytes[j] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

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
    const unsigned char *bytes = (const unsigned char *)text;

    while (*bytes != '\0') {
        size_t length = utf8_character_length(bytes);

        if (length == 0)
            return false;
        bytes += length;
    }
    return true;
}
