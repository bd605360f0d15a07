/* The YAML file: text in, values and mistakes out. */
#ifndef PGCLONE_SETTINGS_YAML_H
#define PGCLONE_SETTINGS_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/settings/mistakes.h"
#include "pgclone/settings/settings.h"

/** The largest file that is read, 1 MiB; a settings file has a few hundred bytes. */
#define YAML_SIZE_MAX 1048576

/** A top-level key with its value: expanded, but not parsed yet. */
struct yaml_entry {
    enum setting_id id;
    int line;    /**< of the key, from 1 */
    char *value; /**< owned; "" for null */
};

struct yaml_file {
    struct yaml_entry *entries; /**< in the order of the file, without `build` */
    size_t count;
    struct settings_build build;
    int build_line; /**< of the key, from 1; 0 where the file does not have it */
};

/**
 * Reads the file at `path` (a pipe, too) into `text`, which must be empty. ERROR_SYSTEM for a file
 * that cannot be read, a folder, and more than YAML_SIZE_MAX bytes.
 */
bool yaml_read(const char *path, struct strbuf *text, struct error *err);

/**
 * Takes the text of the file at `path` apart. Every mistake is added to `mistakes` as
 * `path:line: key: …`: unknown and duplicate keys, values of the wrong kind, variables without a
 * value, what is not YAML. `out` must be empty. It gets as many values as can be had even where
 * there are mistakes, so that the caller can look for mistakes in the values, too.
 */
void yaml_parse(const char *path, const struct strbuf *text, struct yaml_file *out,
                struct mistakes *mistakes);

/** Frees everything and leaves it empty. */
void yaml_release(struct yaml_file *file);

#endif
