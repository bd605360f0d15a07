#include "pgclone/base/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/log.h"
#include "pgclone/base/strbuf.h"

/* Shorter work shows no line: it would only flicker. */
#define PROGRESS_DELAY_MS 500

/* Ten lines a second are as many as an eye follows. */
#define PROGRESS_INTERVAL_MS 100

static bool progress_has_terminal(void)
{
    const char *terminal = getenv("TERM");

    return isatty(STDERR_FILENO) == 1 && terminal != NULL && *terminal != '\0' &&
           strcmp(terminal, "dumb") != 0;
}

void progress_begin(struct progress *progress, const char *verb, size_t total, int64_t now_ms)
{
    *progress = (struct progress){
        .verb = verb,
        .total = total,
        .next_ms = now_ms + PROGRESS_DELAY_MS,
        .enabled = log_enabled(LOG_NORMAL) && !log_enabled(LOG_VERBOSE) && progress_has_terminal(),
    };
}

void progress_update(struct progress *progress, size_t done, int64_t now_ms)
{
    struct strbuf line OWNED(strbuf_release) = {0};

    if (!progress->enabled || now_ms < progress->next_ms)
        return;
    strbuf_printf(&line, "%s databases: %zu of %zu", progress->verb, done, progress->total);
    log_progress(strbuf_text(&line));
    progress->next_ms = now_ms + PROGRESS_INTERVAL_MS;
}

void progress_end(struct progress *progress)
{
    if (progress->enabled)
        log_progress_clear();
    progress->enabled = false;
}
