/*
 * The mark: the comment (COMMENT ON DATABASE) of every database that pgclone made, one line of
 * "pgclone:" and a JSON object. A complete database without a valid mark is never dropped.
 */
#ifndef PGCLONE_PROVISION_MARK_H
#define PGCLONE_PROVISION_MARK_H

#include <stdbool.h>
#include <stdint.h>

/** All strings are owned; `run` and `template_name` are NULL where there is none. */
struct mark {
    char *project;
    char *run;
    char *worker; /**< the id; may be "" */
    char *template_name;
    char *lease;   /**< 16 hexadecimal digits */
    char *created; /**< RFC 3339, UTC */
    char *host;
    int64_t pid;
};

/** The comment for a mark. The caller frees it. */
char *mark_format(const struct mark *mark);

/**
 * Reads a comment. False when it is not a mark of version 1 with every field in its type, and
 * nothing behind it. Fields that it does not know are allowed. `out` is untouched then.
 */
bool mark_parse(const char *comment, struct mark *out);

/** Frees everything and leaves it empty. */
void mark_release(struct mark *mark);

#endif
