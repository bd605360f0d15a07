#include "pgclone/handout/tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"

const char *tally_word(enum served_from from)
{
    static const char *const words[SERVED_KINDS] = {
        [SERVED_SPARE] = "spare", [SERVED_CLONE] = "clone", [SERVED_UNDO] = "undo"};

    return words[from];
}

int64_t tally_served(const struct tally *tally)
{
    int64_t served = 0;

    for (enum served_from from = 0; from < SERVED_KINDS; from++)
        served += tally->served[from];
    return served;
}

void tally_refuse(struct tally *tally, const char *reason)
{
    struct answer_reason *added;

    for (size_t i = 0; i < tally->reason_count; i++)
        if (strcmp(tally->reasons[i].text, reason) == 0) {
            tally->reasons[i].count++;
            return;
        }
    tally->reasons = memory_resize(tally->reasons, tally->reason_count + 1, sizeof *tally->reasons);
    added = &tally->reasons[tally->reason_count++];
    *added = (struct answer_reason){.text = memory_copy_string(reason), .count = 1};
}

void tally_say(const struct tally *tally)
{
    if (tally_served(tally) > 0)
        log_message(LOG_VERBOSE,
                    "pristine databases: %" PRId64 " undone, %" PRId64 " spare copies, %" PRId64
                    " copies that were waited for",
                    tally->served[SERVED_UNDO], tally->served[SERVED_SPARE],
                    tally->served[SERVED_CLONE]);
    for (size_t i = 0; i < tally->reason_count; i++)
        log_message(LOG_VERBOSE, "could not be undone %" PRId64 " times: %s",
                    tally->reasons[i].count, tally->reasons[i].text);
}

void tally_release(struct tally *tally)
{
    for (size_t i = 0; i < tally->reason_count; i++)
        free(tally->reasons[i].text);
    free(tally->reasons);
    *tally = (struct tally){0};
}
