/*
 * What a template is made from, as a few hexadecimal digits: they are the same wherever and
 * whenever the same files, the same command and the same kind of server are there, and others
 * where any byte of them is another.
 */
#ifndef PGCLONE_TEMPLATE_FINGERPRINT_H
#define PGCLONE_TEMPLATE_FINGERPRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/settings/settings.h"

#define FINGERPRINT_DIGITS 12
#define FINGERPRINT_PART_DIGITS 8
#define FINGERPRINT_DIGEST_BYTES 16

/** What a fingerprint is made of. */
enum fingerprint_part {
    FINGERPRINT_SQL,
    FINGERPRINT_INPUTS,
    FINGERPRINT_COMMAND,
    FINGERPRINT_SERVER,
    FINGERPRINT_PARTS
};

/** What a template is made from, without the server: a digest of each part. The server's is zero.
 */
struct fingerprint_source {
    uint8_t digest[FINGERPRINT_PARTS][FINGERPRINT_DIGEST_BYTES];
};

struct fingerprint {
    char digits[FINGERPRINT_DIGITS + 1];
    /** The first digits of each part's digest, from which is seen which of them changed. */
    char parts[FINGERPRINT_PARTS][FINGERPRINT_PART_DIGITS + 1];
};

/**
 * Reads and hashes files, folders and command. Relative paths begin at `folder` (NULL: the current
 * one). ERROR_USAGE when something cannot be read; the message begins with the key below `build`
 * (`inputs: could not read "x": …`), so that the caller puts `pgclone.yaml:7: build.` before it.
 * ERROR_INTERRUPTED when a signal arrived. `out` is untouched on failure.
 */
bool fingerprint_read(const struct settings_build *build, const char *folder,
                      struct fingerprint_source *out, struct error *err);

/**
 * The fingerprint for a server. `server` is a text of all of it that shows in a template: major
 * version, encoding, locale and collation version; for an ephemeral server its full version and
 * initdb's options.
 */
void fingerprint_make(const struct fingerprint_source *source, const char *server,
                      struct fingerprint *out);

/** "sql", "inputs", "command" or "server": for messages, and the key in a mark. */
const char *fingerprint_part_name(enum fingerprint_part part);

#endif
