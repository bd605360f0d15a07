#include "pgclone/settings/yaml_walk.h"

#include <stdarg.h>
#include <string.h>

#include "pgclone/settings/parse.h"

/* Settings are three deep; this only keeps hostile text from costing time. */
#define DEPTH_MAX 64

/* What YAML 1.1 gives a meaning at the start of a value, so that a string there needs quotes. */
#define INDICATORS "{}[]*&!%@`"

static const char *const kind_names[] = {
    [YAML_NULL] = "nothing",      [YAML_STRING] = "a single value", [YAML_LIST] = "a list",
    [YAML_MAPPING] = "a mapping", [YAML_ALIAS] = "an alias",
};

bool yaml_walk_begin(struct yaml_walk *walk, const char *path, const struct strbuf *text,
                     struct mistakes *mistakes)
{
    *walk = (struct yaml_walk){.path = path, .text = text, .mistakes = mistakes};
    if (yaml_parser_initialize(&walk->parser) == 0) {
        mistakes_add(mistakes, 0, "%s: out of memory", path);
        return false;
    }
    yaml_parser_set_input_string(&walk->parser, (const unsigned char *)strbuf_text(text),
                                 text->length);
    return true;
}

void yaml_walk_end(struct yaml_walk *walk)
{
    yaml_parser_delete(&walk->parser);
}

/* Where the parser gave up. The reader's mistakes have an offset in place of a line. */
static int yaml_walk_problem_line(const struct yaml_walk *walk)
{
    const char *text = strbuf_text(walk->text);
    int line = 1;

    if (walk->parser.error != YAML_READER_ERROR)
        return (int)walk->parser.problem_mark.line + 1;
    for (size_t i = 0; i < walk->parser.problem_offset && i < walk->text->length; i++)
        line += text[i] == '\n' ? 1 : 0;
    return line;
}

/* What the text of a line that the parser choked on suggests to do; "" if nothing. */
static void yaml_walk_advise(const char *text, int line, struct strbuf *advice)
{
    size_t indent;
    size_t value;

    for (; line > 1 && text != NULL; line--) {
        text = strchr(text, '\n');
        text += text != NULL ? 1 : 0;
    }
    if (text == NULL)
        return;
    indent = strspn(text, " \t");
    value = strcspn(text, ":\n");
    if (memchr(text, '\t', indent) != NULL) {
        strbuf_add(advice, "; indent with spaces, not with tabs");
        return;
    }
    if (text[value] != ':')
        return;
    value += 1 + strspn(text + value + 1, " \t");
    if (text[value] != '\0' && strchr(INDICATORS, text[value]) != NULL)
        strbuf_printf(advice, "; a string that begins with \"%c\" needs quotes", text[value]);
}

static void yaml_walk_syntax_mistake(struct yaml_walk *walk)
{
    OWNED(strbuf_release) struct strbuf advice = {0};
    int line = yaml_walk_problem_line(walk);
    const char *problem = walk->parser.problem;
    const char *context = walk->parser.context;

    yaml_walk_advise(strbuf_text(walk->text), line, &advice);
    mistakes_add_at(walk->mistakes, walk->path, line, "not valid YAML: %s%s%s%s",
                    problem != NULL ? problem : "out of memory", context != NULL ? " " : "",
                    context != NULL ? context : "", strbuf_text(&advice));
}

bool yaml_walk_next(struct yaml_walk *walk, yaml_event_t *event)
{
    if (yaml_parser_parse(&walk->parser, event) == 0) {
        yaml_walk_syntax_mistake(walk);
        return false;
    }
    return true;
}

static int yaml_walk_depth_change(const yaml_event_t *event)
{
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
        return 1;
    return event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT ? -1 : 0;
}

bool yaml_walk_skip(struct yaml_walk *walk, const yaml_event_t *first)
{
    int depth = yaml_walk_depth_change(first);

    while (depth > 0) {
        OWNED(yaml_event_delete) yaml_event_t event = {0};

        if (!yaml_walk_next(walk, &event))
            return false;
        depth += yaml_walk_depth_change(&event);
        if (depth > DEPTH_MAX)
            return yaml_walk_mistake(walk, &event, "nested too deeply");
    }
    return true;
}

bool yaml_walk_mistake(struct yaml_walk *walk, const yaml_event_t *event, const char *format, ...)
{
    OWNED(strbuf_release) struct strbuf text = {0};
    va_list args;

    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    mistakes_add_at(walk->mistakes, walk->path, yaml_walk_line(event), "%s", strbuf_text(&text));
    return false;
}

bool yaml_walk_refuse(struct yaml_walk *walk, const char *label, const char *wanted,
                      const yaml_event_t *event)
{
    enum yaml_kind kind = yaml_walk_kind(event);
    const char *advice = "";

    /* Braces and stars without quotes are how a list of kinds goes wrong: name: {base}. */
    if (kind == YAML_MAPPING && event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
        advice = "; a string that begins with \"{\" needs quotes";
    else if (kind == YAML_ALIAS)
        advice = "; a string that begins with \"*\" needs quotes";
    if (kind == YAML_NULL)
        yaml_walk_mistake(walk, event, "%smust not be empty", label);
    else
        yaml_walk_mistake(walk, event, "%s%s, not %s%s", label, wanted, kind_names[kind], advice);
    return yaml_walk_skip(walk, event);
}

static const char *yaml_walk_tag(const yaml_event_t *event)
{
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return (const char *)event->data.sequence_start.tag;
    if (event->type == YAML_MAPPING_START_EVENT)
        return (const char *)event->data.mapping_start.tag;
    return event->type == YAML_SCALAR_EVENT ? (const char *)event->data.scalar.tag : NULL;
}

bool yaml_walk_is_plain(struct yaml_walk *walk, const char *label, const yaml_event_t *event)
{
    static const char standard[] = "tag:yaml.org,2002:";
    const char *tag = yaml_walk_tag(event);

    if (tag != NULL) {
        OWNED(strbuf_release) struct strbuf shown = {0};
        bool is_standard = strncmp(tag, standard, sizeof standard - 1) == 0;

        /* As it stands in the file: libyaml writes "!!int" out. */
        strbuf_add(&shown, is_standard ? "!!" : "");
        parse_add_printable(&shown, is_standard ? tag + sizeof standard - 1 : tag);
        return yaml_walk_mistake(walk, event, "%sthe tag \"%s\" is not supported", label,
                                 strbuf_text(&shown));
    }
    if (event->type == YAML_SCALAR_EVENT &&
        strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        return yaml_walk_mistake(walk, event, "%shas a NUL character", label);
    return true;
}

static bool yaml_walk_is_null(const yaml_event_t *scalar)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (scalar->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp((const char *)scalar->data.scalar.value, words[i]) == 0)
            return true;
    return false;
}

enum yaml_kind yaml_walk_kind(const yaml_event_t *event)
{
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return YAML_LIST;
    if (event->type == YAML_MAPPING_START_EVENT)
        return YAML_MAPPING;
    if (event->type == YAML_ALIAS_EVENT)
        return YAML_ALIAS;
    return yaml_walk_is_null(event) ? YAML_NULL : YAML_STRING;
}

int yaml_walk_line(const yaml_event_t *event)
{
    return (int)event->start_mark.line + 1;
}
