/* What `create` says on standard output, in its formats. */
#ifndef PGCLONE_REPORT_REPORT_H
#define PGCLONE_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/base/strings.h"

/** The version of the JSON objects; readers refuse one that they do not know. */
#define REPORT_JSON_VERSION 1

/** One worker's database. All strings are borrowed. */
struct report_database {
    const char *worker;     /**< the id; may be "" */
    const char *name;       /**< the database */
    const char *url;        /**< with the real password */
    const char *masked_url; /**< the same with the password as `***` */
    const char *status;     /**< created, replaced, kept or configured */
    int64_t elapsed_ms;
};

/** The outcome of a create. All strings are borrowed; NULL where there is none. */
struct report {
    const char *project;
    const char *run_id;
    const char *template_name;
    const char *strategy;
    const char *manifest; /**< absolute path of the manifest */
    const char *socket;   /**< of the run's socket */
    int server_version;   /**< as libpq has it, 150018; 0 when no server was asked */
    int64_t elapsed_ms;
    const struct report_database *databases;
    size_t count;
    bool copies; /**< they are no workers', and say nothing of how many workers there are */
    struct strings secrets; /**< the passwords in the URLs; borrowed; for masking in `github` */
};

/**
 * `WORKER<TAB>NAME<TAB>URL` lines, the password shown as `***`, fields as text_add_field() has
 * them, the empty id as runner_worker_label() does.
 */
void report_text(const struct report *report, struct strbuf *out);

/**
 * Shell assignments, single-quoted, safe to eval in sh: `PGCLONE_URL_<ID>` for each database (the
 * id's label upper-cased, each character that is not an ASCII letter or digit as `_`),
 * `PGCLONE_WORKERS` (their number), and `PGCLONE_RUN_ID` and `PGCLONE_MANIFEST` where there is one.
 */
void report_env(const struct report *report, struct strbuf *out);

/** The same variables as `NAME=value` strings, for a child's environment. */
void report_environment(const struct report *report, struct strings *out);

/**
 * One JSON object and a line feed: the manifest. NULL becomes null, and so does a server version
 * of 0; what is not UTF-8 becomes U+FFFD.
 */
void report_json(const struct report *report, struct strbuf *out);

/**
 * For GitHub Actions: `variables` gets the `NAME=value` lines for the file that GITHUB_ENV names,
 * `commands` the `::add-mask::` lines for each secret as it is and, where that differs, as it is
 * percent-encoded in the URLs; they are to be printed first.
 */
void report_github(const struct report *report, struct strbuf *variables, struct strbuf *commands);

#endif
