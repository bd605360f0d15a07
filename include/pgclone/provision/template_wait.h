/* A template that others are in cannot be cloned: waiting for them, or ending their sessions. */
#ifndef PGCLONE_PROVISION_TEMPLATE_WAIT_H
#define PGCLONE_PROVISION_TEMPLATE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/look.h"

struct template_wait {
    bool waits;       /**< somebody has been found in the template */
    int64_t until_ms; /**< when to give up, on clock_now_ms()'s clock; set where `waits` */
};

/**
 * What it means for a look whether others are in the template: another look, for `wait`
 * seconds at the most, and with `disconnect_template` after ending their sessions. ERROR_BUSY, when
 * time is up, names who is in it. `wait` is all zero before the first look.
 */
enum look_verdict template_wait_judge(struct template_wait *wait, struct look *look,
                                      struct error *err);

/** Adds to the error that refused the ending of sessions whose they are, and who may end them. */
void template_wait_explain(const struct look *look, struct error *err);

#endif
