#include "pgclone/base/error.h"

#include <stdarg.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

/* An interrupted process has 128 + the signal's number. */
static const int exit_codes[] = {
    [ERROR_NONE] = 0,  [ERROR_SERVER] = 1,     [ERROR_SYSTEM] = 1,
    [ERROR_USAGE] = 2, [ERROR_CONNECTION] = 3, [ERROR_GUARD] = 4,
    [ERROR_BUSY] = 5,  [ERROR_PRIVILEGE] = 6,  [ERROR_INTERRUPTED] = 128,
};

static void error_format(char **slot, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* An argument may be the string in the slot. */
static void error_format(char **slot, const char *format, va_list args)
{
    struct strbuf text = {0};

    strbuf_vprintf(&text, format, args);
    free(*slot);
    *slot = strbuf_take(&text);
}

bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    struct error set = {.kind = kind};
    va_list args;

    va_start(args, format);
    error_format(&set.message, format, args);
    va_end(args);
    return error_move(err, &set);
}

bool error_detail(struct error *err, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return false;
    va_start(args, format);
    error_format(&err->detail, format, args);
    va_end(args);
    return false;
}

bool error_hint(struct error *err, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return false;
    va_start(args, format);
    error_format(&err->hint, format, args);
    va_end(args);
    return false;
}

bool error_prefix(struct error *err, const char *format, ...)
{
    struct strbuf text = {0};
    va_list args;

    if (err == NULL)
        return false;
    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    strbuf_add(&text, err->message != NULL ? err->message : "");
    free(err->message);
    err->message = strbuf_take(&text);
    return false;
}

bool error_move(struct error *target, struct error *source)
{
    if (target == NULL) {
        error_release(source);
        return false;
    }
    error_release(target);
    *target = *source;
    *source = (struct error){0};
    return false;
}

bool error_copy(struct error *target, const struct error *source)
{
    struct error copy = *source;

    copy.message = memory_copy_string(source->message);
    copy.detail = memory_copy_string(source->detail);
    copy.hint = memory_copy_string(source->hint);
    copy.next = NULL;
    return error_move(target, &copy);
}

bool error_append(struct error *err, struct error *further)
{
    struct error *last = err;

    if (err == NULL || !error_is_set(err))
        return error_move(err, further);
    while (last->next != NULL)
        last = last->next;
    last->next = memory_new(1, sizeof *last->next);
    return error_move(last->next, further);
}

bool error_is_set(const struct error *err)
{
    return err->kind != ERROR_NONE;
}

int error_exit_code(const struct error *err)
{
    int code = exit_codes[err->kind];

    return err->kind == ERROR_INTERRUPTED ? code + err->signal : code;
}

enum error_kind error_kind_of_exit(int code)
{
    enum error_kind kind = ERROR_SERVER;

    while (kind < ERROR_INTERRUPTED && exit_codes[kind] != code)
        kind++;
    return kind < ERROR_INTERRUPTED ? kind : ERROR_SERVER;
}

void error_release(struct error *err)
{
    if (err->next != NULL)
        error_release(err->next);
    free(err->next);
    free(err->message);
    free(err->detail);
    free(err->hint);
    *err = (struct error){0};
}
