#include "pgclone/cli/run_id.h"

#include "pgclone/base/memory.h"
#include "pgclone/provision/lease.h"

/* Digits of a run id that is made up: 2^32 of them are enough to tell the runs on one server apart,
 * and short enough to leave room in names. */
static const int run_id_digits = 8;

bool run_id_make(struct settings *settings, struct error *err)
{
    struct lease random;

    if (settings->run_id != NULL)
        return true;
    if (!lease_make(LEASE_RUN, &random, err))
        return false;
    random.text[run_id_digits] = '\0';
    settings->run_id = memory_copy_string(random.text);
    settings->given[SETTING_RUN_ID] = memory_copy_string(random.text);
    return true;
}
