/*
 * What a throw-away server's databases are filled from, and what is kept of them: the template that
 * `build` or --sql describes, and copies of it where they cost nothing. A later run with the same
 * content starts on what was kept.
 */
#ifndef PGCLONE_CLI_RUN_CONTENT_H
#define PGCLONE_CLI_RUN_CONTENT_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/server/ephemeral.h"
#include "pgclone/settings/settings.h"
#include "pgclone/template/fingerprint.h"

struct run_content {
    const struct strings *files; /**< of --sql; borrowed */
    bool known;                  /**< there is content, and `source` tells whether it changes */
    struct fingerprint_source source;
};

/**
 * Reads what there is; `files` is set before. ERROR_USAGE where what `build` names cannot be read.
 * Files of --sql that read others (self_contained.h) are not known: nobody could tell when those
 * change.
 */
bool run_content_read(const struct settings *settings, struct run_content *content,
                      struct error *err);

/**
 * Fills the server, to which the settings point, as far as that is not done yet, and keeps what it
 * has then (ephemeral_keep()); not where the files are others than those that were read. Fails as a
 * `create` does, and as that.
 */
bool run_content_keep(const struct settings *settings, const struct run_content *content,
                      struct ephemeral *server, struct error *err);

#endif
