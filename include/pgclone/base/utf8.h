/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef PGCLONE_BASE_UTF8_H
#define PGCLONE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/strbuf.h"

/** Whether the string is valid UTF-8. */
bool utf8_is_valid(const char *text);

/** The length in bytes of the control character at `at`, 0 where there is none. Those that ASCII
 * has take one byte; terminals also act upon U+0080 to U+009F, which take two. */
size_t utf8_control_length(const char *at);

/** Whether a control character is anywhere in the string. */
bool utf8_has_control(const char *text);

/** The number of characters (code points) in `text`. */
size_t utf8_count(const char *text);

/**
 * Adds the first `length` bytes of `text` on one line: control characters become \xNN for each of
 * their bytes, and so does all that is not ASCII where the text is not valid UTF-8.
 */
void utf8_add_printable(struct strbuf *out, const char *text, size_t length);

#endif
