#include "pgclone/base/strbuf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"

static void strbuf_reserve(struct strbuf *buffer, size_t extra)
{
    size_t needed = buffer->length + extra + 1;
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : 64;

    if (needed <= buffer->capacity)
        return;
    while (capacity < needed)
        capacity *= 2;
    buffer->data = memory_resize(buffer->data, capacity, 1);
    buffer->capacity = capacity;
}

void strbuf_add_bytes(struct strbuf *buffer, const char *bytes, size_t length)
{
    strbuf_reserve(buffer, length);
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void strbuf_add(struct strbuf *buffer, const char *text)
{
    strbuf_add_bytes(buffer, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buffer, char character)
{
    strbuf_add_bytes(buffer, &character, 1);
}

void strbuf_add_encoded(struct strbuf *buffer, const char *text, size_t length, const char *also)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte < 0x80 && (isalnum(byte) || strchr("-._~", byte) || strchr(also, byte)))
            strbuf_add_char(buffer, (char)byte);
        else
            strbuf_printf(buffer, "%%%02X", byte);
    }
}

void strbuf_printf(struct strbuf *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strbuf_vprintf(buffer, format, args);
    va_end(args);
}

void strbuf_vprintf(struct strbuf *buffer, const char *format, va_list args)
{
    va_list measure;
    int length;

    va_copy(measure, args);
    length = vsnprintf(NULL, 0, format, measure);
    va_end(measure);
    if (length < 0)
        return;
    strbuf_reserve(buffer, (size_t)length);
    (void)vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, args);
    buffer->length += (size_t)length;
}

const char *strbuf_text(const struct strbuf *buffer)
{
    return buffer->data != NULL ? buffer->data : "";
}

const char *strbuf_trim(struct strbuf *buffer)
{
    while (buffer->length > 0 && isspace((unsigned char)buffer->data[buffer->length - 1]))
        buffer->data[--buffer->length] = '\0';
    return strbuf_text(buffer);
}

void strbuf_remove(struct strbuf *buffer, size_t length)
{
    if (length == 0)
        return;
    buffer->length -= length;
    memmove(buffer->data, buffer->data + length, buffer->length + 1);
}

void strbuf_cut(struct strbuf *buffer, size_t length)
{
    if (length >= buffer->length)
        return;
    buffer->length = length;
    buffer->data[length] = '\0';
}

void strbuf_clear(struct strbuf *buffer)
{
    strbuf_cut(buffer, 0);
}

char *strbuf_take(struct strbuf *buffer)
{
    char *taken = buffer->data;

    if (taken == NULL)
        taken = memory_copy_string("");
    *buffer = (struct strbuf){0};
    return taken;
}

void strbuf_release(struct strbuf *buffer)
{
    free(buffer->data);
    *buffer = (struct strbuf){0};
}
