#include "pgclone/settings/yaml_places.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "pgclone/base/memory.h"
#include "pgclone/settings/parse.h"

/* The file, `build`, and a list below it: a list or mapping inside of that is no setting's value.
 */
#define DEPTH_MAX 3

/* What YAML 1.1 gives a meaning at the start of a value, so that a string there needs quotes. */
#define INDICATORS "{}[]*&!%@`"

/* One pass. Its functions return false when there is no going on. */
struct scan {
    yaml_parser_t parser;
    yaml_event_t event; /* the one that is looked at */
    const struct strbuf *text;
    struct yaml_places *places;
    struct mistakes *mistakes;
};

/* Adds what the text of a line that the parser could not read suggests to do, if anything. */
static void scan_advise(const char *text, int line, struct strbuf *words)
{
    size_t value;

    while (--line > 0) {
        text += strcspn(text, "\n");
        text += *text == '\n' ? 1 : 0;
    }
    value = strcspn(text, ":\n");
    if (memchr(text, '\t', strspn(text, " \t")) != NULL) {
        strbuf_add(words, "; indent with spaces, not with tabs");
    } else if (text[value] == ':') {
        value += 1 + strspn(text + value + 1, " \t");
        if (text[value] != '\0' && strchr(INDICATORS, text[value]) != NULL)
            strbuf_printf(words, "; a string that begins with \"%c\" needs quotes", text[value]);
    }
}

static bool scan_syntax_mistake(struct scan *scan)
{
    OWNED(strbuf_release) struct strbuf words = {0};
    const yaml_parser_t *parser = &scan->parser;
    const char *text = strbuf_text(scan->text);
    int line = (int)parser->problem_mark.line + 1;

    strbuf_printf(&words, "not valid YAML: %s",
                  parser->problem != NULL ? parser->problem : "out of memory");
    if (parser->context != NULL)
        strbuf_printf(&words, " %s", parser->context);
    if (parser->error != YAML_READER_ERROR)
        scan_advise(text, line, &words);
    /* Of bytes that are not text libyaml gives the offset and no line. */
    for (size_t i = 0; parser->error == YAML_READER_ERROR && i < parser->problem_offset; i++)
        line += text[i] == '\n' ? 1 : 0;
    mistakes_add_at(scan->mistakes, scan->places->path, line, "%s", strbuf_text(&words));
    return false;
}

static bool scan_next(struct scan *scan)
{
    yaml_event_delete(&scan->event);
    return yaml_parser_parse(&scan->parser, &scan->event) != 0 || scan_syntax_mistake(scan);
}

static int scan_line(const struct scan *scan)
{
    return (int)scan->event.start_mark.line + 1;
}

static bool scan_is_null(const yaml_event_t *scalar)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp((const char *)scalar->data.scalar.value, words[i]) == 0)
            return scalar->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return false;
}

static enum yaml_kind scan_kind(const yaml_event_t *event)
{
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return YAML_LIST;
    if (event->type == YAML_SCALAR_EVENT)
        return scan_is_null(event) ? YAML_NULL : YAML_STRING;
    return event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? YAML_BRACES : YAML_MAPPING;
}

static bool scan_mistake(struct scan *scan, const char *label, const char *words)
{
    mistakes_add_at(scan->mistakes, scan->places->path, scan_line(scan), "%s%s%s", label,
                    *label != '\0' ? ": " : "", words);
    return false;
}

/* Looks for what libcyaml passes over: a tag, and all that follows a NUL character. Strings, lists
 * and mappings all begin with their anchor and tag. */
static void scan_check(struct scan *scan, const char *label)
{
    const yaml_event_t *event = &scan->event;

    if (event->data.scalar.tag != NULL)
        (void)scan_mistake(scan, label, "tags (words that begin with \"!\") are not supported");
    if (event->type == YAML_SCALAR_EVENT &&
        strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        (void)scan_mistake(scan, label, "has a NUL character");
}

/* Adds a key to its mapping's label, and goes on to its value. */
static bool scan_key(struct scan *scan, struct strbuf *label)
{
    const yaml_event_t *key = &scan->event;

    if (key->type != YAML_SCALAR_EVENT)
        return scan_mistake(scan, "",
                            "a key must be a single word; one that begins with \"*\" needs quotes");
    strbuf_add(label, label->length > 0 ? "." : "");
    parse_add_printable(label, (const char *)key->data.scalar.value);
    scan_check(scan, strbuf_text(label));
    return scan_next(scan);
}

/* Notes the value that begins with the event, and what is in it. */
static bool scan_value(struct scan *scan, const char *label, int line, int depth)
{
    struct yaml_places *places = scan->places;
    struct yaml_place place = {.line = line, .value_line = scan_line(scan), .depth = depth};

    if (scan->event.type == YAML_ALIAS_EVENT)
        return scan_mistake(scan, label,
                            "aliases are not supported; a string that begins with \"*\" needs "
                            "quotes");
    place.label = memory_copy_string(label);
    place.kind = scan_kind(&scan->event);
    places->items = memory_resize(places->items, places->count + 1, sizeof *places->items);
    places->items[places->count++] = place;
    scan_check(scan, label);
    if (place.kind != YAML_LIST && place.kind != YAML_MAPPING && place.kind != YAML_BRACES)
        return true;
    /* libcyaml refuses what is nested deeper; a million brackets must cost no time before that. */
    for (size_t item = 1; depth < DEPTH_MAX && scan_next(scan); item++) {
        OWNED(strbuf_release) struct strbuf inner = {0};

        if (scan->event.type == YAML_SEQUENCE_END_EVENT ||
            scan->event.type == YAML_MAPPING_END_EVENT)
            return true;
        strbuf_add(&inner, label);
        line = scan_line(scan);
        if (place.kind == YAML_LIST)
            strbuf_printf(&inner, ": item %zu", item);
        else if (!scan_key(scan, &inner))
            return false;
        if (!scan_value(scan, strbuf_text(&inner), line, depth + 1))
            return false;
    }
    return false;
}

/* A stream is a start, then documents of a start, a value and an end each, then an end. */
static void scan_stream(struct scan *scan)
{
    if (!scan_next(scan) || !scan_next(scan) || scan->event.type == YAML_STREAM_END_EVENT)
        return;
    if (scan_next(scan) && scan_value(scan, "", scan_line(scan), 0) && scan_next(scan) &&
        scan_next(scan) && scan->event.type != YAML_STREAM_END_EVENT)
        (void)scan_mistake(scan, "", "a second document begins here, and there may be only one");
}

bool yaml_places_read(const char *path, const struct strbuf *text, struct yaml_places *out,
                      struct mistakes *mistakes)
{
    struct scan scan = {.text = text, .places = out, .mistakes = mistakes};
    size_t before = mistakes->count;

    out->path = path;
    if (yaml_parser_initialize(&scan.parser) == 0)
        return scan_syntax_mistake(&scan);
    /* Not UTF-16, whatever the first bytes say: libcyaml would hand out UTF-8 all the same, but
     * lines could not be counted. */
    yaml_parser_set_encoding(&scan.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&scan.parser, (const unsigned char *)strbuf_text(text),
                                 text->length);
    scan_stream(&scan);
    yaml_event_delete(&scan.event);
    yaml_parser_delete(&scan.parser);
    return mistakes->count == before;
}

const struct yaml_place *yaml_places_find(const struct yaml_places *places, const char *label)
{
    for (size_t i = 0; i < places->count; i++)
        if (strcmp(places->items[i].label, label) == 0)
            return &places->items[i];
    return NULL;
}

void yaml_places_release(struct yaml_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free(places->items[i].label);
    free(places->items);
    *places = (struct yaml_places){0};
}
