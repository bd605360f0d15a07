#include "pgclone/base/log.h"

#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"

static enum log_level current_level = LOG_NORMAL;
static bool progress_shown;
static bool line_is_open; /* by what was passed on: nothing of ours may stand behind it */

/* There is nowhere left to report a failure. */
static void log_write(const char *text)
{
    (void)file_write(STDERR_FILENO, text, strlen(text));
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

/* What a program has written may end in the middle of a line. */
static void log_begin_line(void)
{
    log_progress_clear();
    if (line_is_open)
        log_write("\n");
    line_is_open = false;
}

/* In a chain of failures, a detail or hint that repeats the one before is written once. */
static void log_failures(const char *label, const struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    const struct error none = {0};
    const struct error *before = &none;

    for (; err != NULL; before = err, err = err->next) {
        log_add_lines(&text, label, err->message);
        if (log_is_new(err->detail, before->detail))
            log_add_lines(&text, "detail: ", err->detail);
        if (log_is_new(err->hint, before->hint))
            log_add_lines(&text, "hint: ", err->hint);
    }
    log_begin_line();
    log_write(strbuf_text(&text));
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
    log_failures("error: ", err);
}

void log_warning(const struct error *err)
{
    if (log_enabled(LOG_NORMAL))
        log_failures("warning: ", err);
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
    log_begin_line();
    log_add_lines(&line, "", strbuf_text(&text));
    log_write(strbuf_text(&line));
}

void log_pass_on(const char *bytes, size_t length)
{
    if (length == 0)
        return;
    log_progress_clear();
    (void)file_write(STDERR_FILENO, bytes, length);
    line_is_open = bytes[length - 1] != '\n';
}

void log_progress(const char *text)
{
    struct strbuf line OWNED(strbuf_release) = {0};

    if (line_is_open)
        return;
    /* Carriage return, then "erase to the end of the line" (ECMA-48 EL). */
    strbuf_printf(&line, "\r%s\033[K", text);
    log_write(strbuf_text(&line));
    progress_shown = true;
}

void log_progress_clear(void)
{
    if (progress_shown)
        log_write("\r\033[K");
    progress_shown = false;
}
