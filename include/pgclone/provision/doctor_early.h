/* What `doctor` examines before there is a connection: settings, names, files. Asks no server. */
#ifndef PGCLONE_PROVISION_DOCTOR_EARLY_H
#define PGCLONE_PROVISION_DOCTOR_EARLY_H

#include <stdbool.h>

#include "pgclone/base/findings.h"
#include "pgclone/provision/scope.h"
#include "pgclone/settings/settings.h"

/** The rows of doctor_early_check_at(). */
enum doctor_early {
    EARLY_SETTINGS,
    EARLY_SCOPE,
    EARLY_SERIAL,
    EARLY_BUILD,
    EARLY_CONNECTION, /* by doctor.c */
    EARLY_PROXY,      /* by doctor.c */
};

const struct check *doctor_early_check(enum doctor_early row);

/** Resolves the scope, names the workers, and reads the files of `build`. False where no server is
 * to be asked: something is wrong, or creation is off. `scope` must be empty. */
bool doctor_examine_early(const struct settings *settings, struct scope *scope,
                          struct findings *findings);

#endif
