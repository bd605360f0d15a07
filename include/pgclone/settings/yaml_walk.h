/* A walk over the events of libyaml's parser, which notes mistakes with their lines. */
#ifndef PGCLONE_SETTINGS_YAML_WALK_H
#define PGCLONE_SETTINGS_YAML_WALK_H

#include <stdbool.h>
#include <yaml.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/settings/mistakes.h"

/** What a value is, whatever its text. */
enum yaml_kind { YAML_NULL, YAML_STRING, YAML_LIST, YAML_MAPPING, YAML_ALIAS };

/** One walk. The functions return false when there is no going on; the mistake is then noted. */
struct yaml_walk {
    yaml_parser_t parser;
    const char *path;
    const struct strbuf *text;
    struct mistakes *mistakes;
};

/** Begins a walk over `text`, which is borrowed. yaml_walk_end() must follow. */
bool yaml_walk_begin(struct yaml_walk *walk, const char *path, const struct strbuf *text,
                     struct mistakes *mistakes);

/** Frees what the walk holds. */
void yaml_walk_end(struct yaml_walk *walk);

/** The next event; the caller owns it, OWNED(yaml_event_delete). */
bool yaml_walk_next(struct yaml_walk *walk, yaml_event_t *event);

/** Passes over the rest of the value that begins with `first`. */
bool yaml_walk_skip(struct yaml_walk *walk, const yaml_event_t *first);

/** Notes a mistake at the event's line. Returns false. */
bool yaml_walk_mistake(struct yaml_walk *walk, const yaml_event_t *event, const char *format, ...)
    PRINTF_LIKE(3, 4);

/** Notes that the value is empty or, if it is not, what kind it is and not `wanted`; skips it. */
bool yaml_walk_refuse(struct yaml_walk *walk, const char *label, const char *wanted,
                      const yaml_event_t *event);

/** Whether the value has no tag (it would be ignored) and no NUL (it would end it); notes those. */
bool yaml_walk_is_plain(struct yaml_walk *walk, const char *label, const yaml_event_t *event);

/** The kind of the value that begins with `event`. */
enum yaml_kind yaml_walk_kind(const yaml_event_t *event);

/** The event's line, from 1. */
int yaml_walk_line(const yaml_event_t *event);

#endif
