/*
 * A growing string. `data` is always NUL-terminated once anything was added; before that it is
 * NULL and strbuf_text() gives "". Modelled on git's strbuf.
 */
#ifndef PGCLONE_BASE_STRBUF_H
#define PGCLONE_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

#include "pgclone/base/cleanup.h"

struct strbuf {
    char *data;
    size_t length;   /**< bytes, without the NUL */
    size_t capacity; /**< bytes allocated */
};

/** Adds `length` bytes. */
void strbuf_add_bytes(struct strbuf *buffer, const char *bytes, size_t length);

/** Adds a string. */
void strbuf_add(struct strbuf *buffer, const char *text);

/** Adds one character. */
void strbuf_add_char(struct strbuf *buffer, char character);

/**
 * Adds text percent-encoded for a URL: as it is stay RFC 3986's unreserved characters (section
 * 2.3), and those in `also`.
 */
void strbuf_add_encoded(struct strbuf *buffer, const char *text, size_t length, const char *also);

/** Adds formatted text. */
void strbuf_printf(struct strbuf *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

/** strbuf_printf() for callers that have a va_list. */
void strbuf_vprintf(struct strbuf *buffer, const char *format, va_list args) PRINTF_LIKE(2, 0);

/** The text so far, borrowed; "" when nothing was added. */
const char *strbuf_text(const struct strbuf *buffer);

/** Cuts the line ends and spaces that the text ends with; gives it as strbuf_text() does. */
const char *strbuf_trim(struct strbuf *buffer);

/** Takes away the first `length` bytes. */
void strbuf_remove(struct strbuf *buffer, size_t length);

/** Takes away what is beyond the first `length` bytes. */
void strbuf_cut(struct strbuf *buffer, size_t length);

/** Empties the buffer and keeps its room. */
void strbuf_clear(struct strbuf *buffer);

/** Hands the string, never NULL, over to the caller, who frees it; the buffer is left empty. */
char *strbuf_take(struct strbuf *buffer);

/** Frees the room and leaves the buffer empty. */
void strbuf_release(struct strbuf *buffer);

#endif
