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
