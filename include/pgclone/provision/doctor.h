/*
 * The examination behind `doctor`: whether a create would work, and what to do where it would not.
 * It connects as a create does, and changes nothing.
 */
#ifndef PGCLONE_PROVISION_DOCTOR_H
#define PGCLONE_PROVISION_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/findings.h"
#include "pgclone/provision/enclosing_run.h"
#include "pgclone/settings/settings.h"

/** What is examined before there is a connection, and the connection: the rows come before those of
 * doctor_check_at(). NULL behind the last. */
const struct check *doctor_early_check_at(size_t index);

/** Adds a finding for each mistake in the settings, as settings_load() has put it: nothing else can
 * be examined then. */
void doctor_add_mistakes(const struct error *err, struct findings *findings);

/**
 * Adds what is found. `enclosing` is the run that this process is in, or NULL. Waits while somebody
 * is in the template, as a create does. False where nothing can be said: ERROR_INTERRUPTED, or
 * ERROR_SYSTEM.
 */
bool doctor_examine(const struct settings *settings, const struct enclosing_run *enclosing,
                    struct findings *findings, struct error *err);

#endif
