#include "pgclone/settings/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"

/* Long enough to recognise a value by, short enough for a line of a terminal. */
#define PRINTABLE_MAX 80

/* What a password may follow; a value of the wrong kind may well be a connection string. */
static const char *const secret_marks[] = {"://", "password="};

static const struct {
    const char *word;
    bool value;
} bool_words[] = {
    {"true", true}, {"false", false}, {"yes", true}, {"no", false},
    {"on", true},   {"off", false},   {"1", true},   {"0", false},
};

/* How many bytes of `text` may be shown. */
static size_t parse_printable_length(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < sizeof secret_marks / sizeof secret_marks[0]; i++) {
        const char *mark = strcasestr(text, secret_marks[i]);
        size_t end = mark == NULL ? length : (size_t)(mark - text) + strlen(secret_marks[i]);

        length = end < length ? end : length;
    }
    if (length > PRINTABLE_MAX) {
        length = PRINTABLE_MAX;
        /* Not in the middle of a character. */
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    return length;
}

void parse_add_printable(struct strbuf *out, const char *text)
{
    size_t length = parse_printable_length(text);

    utf8_add_printable(out, text, length);
    if (text[length] != '\0')
        strbuf_add(out, "…");
}

/* Fails with the value in double quotes and what is wrong with it. */
static bool parse_fail(struct error *err, const char *value, const char *problem)
{
    OWNED(strbuf_release) struct strbuf shown = {0};

    parse_add_printable(&shown, value);
    return error_set(err, ERROR_USAGE, "\"%s\" %s", strbuf_text(&shown), problem);
}

static bool parse_emptiness(const struct setting *row, const char *value, struct error *err)
{
    if (*value != '\0' || row->may_be_empty)
        return true;
    return error_set(err, ERROR_USAGE, "must not be empty");
}

bool parse_text(const struct setting *row, const char *value, void *field, struct error *err)
{
    if (!parse_emptiness(row, value, err))
        return false;
    memory_replace_string(field, value);
    return true;
}

bool parse_pattern(const struct setting *row, const char *value, void *field, struct error *err)
{
    if (!utf8_is_valid(value))
        return parse_fail(err, value, "is not valid UTF-8");
    if (utf8_has_control(value))
        return parse_fail(err, value, "has a control character");
    return parse_text(row, value, field, err);
}

bool parse_identifier(const struct setting *row, const char *value, void *field, struct error *err)
{
    OWNED(strbuf_release) struct strbuf problem = {0};

    if (strlen(value) <= IDENTITY_NAME_MAX)
        return parse_pattern(row, value, field, err);
    strbuf_printf(&problem, "is %zu bytes long, and PostgreSQL would silently cut it to %d",
                  strlen(value), IDENTITY_NAME_MAX);
    return parse_fail(err, value, strbuf_text(&problem));
}

bool parse_number(const struct setting *row, const char *value, void *field, struct error *err)
{
    OWNED(strbuf_release) struct strbuf problem = {0};
    int *target = field;
    /* What is too large for a long is its maximum here, and too large for any row. */
    long number = strtol(value, NULL, 10);

    if (!parse_emptiness(row, value, err))
        return false;
    if (row->automatic != NULL && strcmp(value, "auto") == 0) {
        number = row->automatic();
        /* A machine may have more CPUs than there may be workers. */
        *target = number < row->maximum ? (int)number : row->maximum;
        return true;
    }
    if (value[strspn(value, "0123456789")] == '\0' && number >= row->minimum &&
        number <= row->maximum) {
        *target = (int)number;
        return true;
    }
    strbuf_printf(&problem, "is not a number from %d to %d%s", row->minimum, row->maximum,
                  row->automatic != NULL ? " or \"auto\"" : "");
    return parse_fail(err, value, strbuf_text(&problem));
}

bool parse_bool(const struct setting *row, const char *value, void *field, struct error *err)
{
    bool *target = field;

    if (!parse_emptiness(row, value, err))
        return false;
    for (size_t i = 0; i < sizeof bool_words / sizeof bool_words[0]; i++) {
        if (strcasecmp(value, bool_words[i].word) == 0) {
            *target = bool_words[i].value;
            return true;
        }
    }
    return parse_fail(err, value, "is not \"true\" or \"false\" (nor yes, no, on, off, 1 or 0)");
}

bool parse_choice(const struct setting *row, const char *value, void *field, struct error *err)
{
    OWNED(strbuf_release) struct strbuf problem = {0};
    int *index = field;

    if (!parse_emptiness(row, value, err))
        return false;
    strbuf_add(&problem, "is not one of ");
    for (int i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(row->choices[i], value) == 0) {
            *index = i;
            return true;
        }
        if (i > 0)
            strbuf_add(&problem, row->choices[i + 1] == NULL ? " or " : ", ");
        strbuf_printf(&problem, "\"%s\"", row->choices[i]);
    }
    return parse_fail(err, value, strbuf_text(&problem));
}

bool parse_runner(const struct setting *row, const char *value, void *field, struct error *err)
{
    const struct runner **target = field;
    int index = 0;

    if (!parse_choice(row, value, &index, err))
        return false;
    *target = runner_find(value);
    return true;
}
