/* What `list` and `template list` say on standard output. */
#ifndef PGCLONE_REPORT_LISTING_H
#define PGCLONE_REPORT_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "pgclone/base/strbuf.h"

/** One database. All strings are borrowed; NULL or -1 where something is not known. */
struct listing_row {
    const char *project;
    const char *worker;
    const char *name;
    const char *run;
    const char *state; /**< a word: "ready", or "current" for a template */
    int64_t sessions;
    int64_t size_bytes;
    const char *created;     /**< RFC 3339 */
    const char *fingerprint; /**< of a template: its digits */
};

/** What is listed, which decides the columns. */
enum listing_kind {
    LISTING_PROJECT,       /**< a project's databases */
    LISTING_EVERY_PROJECT, /**< the same of all projects: the project comes first */
    LISTING_TEMPLATES,     /**< name, fingerprint, state, size and time */
};

/**
 * Tab-separated lines without a heading, sizes in bytes: for scripts. What is not known is `-`, the
 * empty worker id is shown as runner_worker_label() has it, fields as text_add_field() has them.
 */
void listing_tabs(const struct listing_row *rows, size_t count, enum listing_kind kind,
                  struct strbuf *out);

/** Who looks at a table, and when. */
struct listing_viewer {
    time_t now;   /**< what ages are counted from */
    bool colours; /**< states have colours: red is what is broken, yellow what is on its way */
};

/**
 * The same in aligned columns with a heading, sizes as `18 MB` (pg_size_pretty's rule) and times as
 * `2 min ago`: for people. Columns count characters, not bytes.
 */
void listing_table(const struct listing_row *rows, size_t count, enum listing_kind kind,
                   const struct listing_viewer *viewer, struct strbuf *out);

/**
 * `{"pgclone":1,"databases":[{"project":…,"worker":…,"name":…,"run":…,"state":…,"sessions":…,
 * "size":…,"created":…}]}` and a line feed: the true worker ids, sizes in bytes, null for what is
 * not known.
 */
void listing_json(const struct listing_row *rows, size_t count, struct strbuf *out);

/** `{"pgclone":1,"templates":[{"project":…,"name":…,"fingerprint":…,"state":…,"size":…,
 * "created":…}]}` and a line feed. */
void listing_templates_json(const struct listing_row *rows, size_t count, struct strbuf *out);

#endif
