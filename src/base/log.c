#include "pgclone/base/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/strbuf.h"

static enum log_level current_level = LOG_NORMAL;
static bool progress_shown;

static void log_write(const struct strbuf *text)
{
    size_t written = 0;

    while (written < text->length) {
        ssize_t count = write(STDERR_FILENO, text->data + written, text->length - written);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return; /* there is nowhere left to report it */
        written += (size_t)count;
    }
}

/* A text of several lines gives several lines with the same label. */
static void log_add_lines(struct strbuf *out, const char *label, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, "\n");

        strbuf_printf(out, "pgclone: %s%.*s\n", label, (int)length, text);
        text += length;
        text += strspn(text, "\n");
    }
}

static bool log_is_new(const char *text, const char *before)
{
    return text != NULL && (before == NULL || strcmp(text, before) != 0);
}

/* In a chain of failures, a detail or hint that repeats the one before is written once. */
static void log_add_error(struct strbuf *out, const char *label, const struct error *err)
{
    const struct error none = {0};
    const struct error *before = &none;

    for (; err != NULL; before = err, err = err->next) {
        log_add_lines(out, label, err->message);
        if (log_is_new(err->detail, before->detail))
            log_add_lines(out, "detail: ", err->detail);
        if (log_is_new(err->hint, before->hint))
            log_add_lines(out, "hint: ", err->hint);
    }
}

void log_set_level(enum log_level level)
{
    current_level = level;
}

bool log_enabled(enum log_level level)
{
    return level <= current_level;
}

void log_error(const struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    log_progress_clear();
    log_add_error(&text, "error: ", err);
    log_write(&text);
}

void log_warning(const struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    if (!log_enabled(LOG_NORMAL))
        return;
    log_progress_clear();
    log_add_error(&text, "warning: ", err);
    log_write(&text);
}

void log_message(enum log_level level, const char *format, ...)
{
    struct strbuf line OWNED(strbuf_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    log_progress_clear();
    log_add_lines(&line, "", strbuf_text(&text));
    log_write(&line);
}

void log_progress(const char *text)
{
    struct strbuf line OWNED(strbuf_release) = {0};

    /* Carriage return, then "erase to the end of the line" (ECMA-48 EL). */
    strbuf_printf(&line, "\rpgclone: %s\033[K", text);
    log_write(&line);
    progress_shown = true;
}

void log_progress_clear(void)
{
    struct strbuf line OWNED(strbuf_release) = {0};

    if (!progress_shown)
        return;
    strbuf_add(&line, "\r\033[K");
    log_write(&line);
    progress_shown = false;
}
