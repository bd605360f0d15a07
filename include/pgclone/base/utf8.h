/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef PGCLONE_BASE_UTF8_H
#define PGCLONE_BASE_UTF8_H

#include <stdbool.h>

/** Whether the string is valid UTF-8. */
bool utf8_is_valid(const char *text);

#endif
