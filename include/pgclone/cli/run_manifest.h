/*
 * The manifest of a run: a file for as long as the run lives. It holds passwords, so a run that was
 * killed must not leave it lying about: the file is locked while its run lives, and the next run
 * removes those that nobody has locked.
 */
#ifndef PGCLONE_CLI_RUN_MANIFEST_H
#define PGCLONE_CLI_RUN_MANIFEST_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/report/report.h"

struct run_manifest {
    char *path;
    int descriptor; /**< holds the lock; -1 without a file */
};

#define RUN_MANIFEST_NONE ((struct run_manifest){.descriptor = -1})

/**
 * Writes the manifest into a file of its own (mode 0600) in TMPDIR, or /tmp, after removing those
 * of dead runs of this user there. ERROR_SYSTEM when it cannot be written.
 */
bool run_manifest_write(const struct report *report, struct run_manifest *manifest,
                        struct error *err);

/** Removes the file. RUN_MANIFEST_NONE is allowed. */
void run_manifest_release(struct run_manifest *manifest);

#endif
