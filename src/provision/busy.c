#include "pgclone/provision/busy.h"

#include <inttypes.h>
#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

/* A look takes about a millisecond, so asking ten times a second burdens nobody. */
static const int pause_ms = 100;

/* Sessions that were told to end take a moment, also when there is no time to wait. */
static const int64_t disconnect_patience_ms = 5000;

static void busy_describe(const struct results *results, struct strbuf *out)
{
    int rows = results_rows(results, LOOK_SESSIONS);

    for (int row = 0; row < rows; row++) {
        const char *pid = results_text(results, LOOK_SESSIONS, row, "pid");
        const char *role = results_text(results, LOOK_SESSIONS, row, "role");
        const char *application = results_text(results, LOOK_SESSIONS, row, "application");

        strbuf_add(out, row > 0 ? "; " : "");
        if (pid != NULL)
            strbuf_printf(out, "process %s", pid);
        strbuf_printf(out, "%suser \"%s\"", pid != NULL ? ", " : "", role != NULL ? role : "");
        if (application != NULL && application[0] != '\0')
            strbuf_printf(out, ", application \"%s\"", application);
    }
}

static bool busy_error(const struct session *session, const struct inventory *inventory,
                       struct error *err)
{
    struct strbuf who OWNED(strbuf_release) = {0};
    const struct scope *scope = session->scope;

    busy_describe(&inventory->results, &who);
    error_set(err, ERROR_BUSY, "the template \"%s\" is in use", scope->template_name);
    error_detail(err, "In it after waiting %d s: %s.", scope->settings->wait_s, strbuf_text(&who));
    return error_hint(err, "Close those sessions, wait longer with --wait, or let pgclone end "
                           "them with --disconnect-template.");
}

static bool busy_disconnect(struct session *session, const struct inventory *inventory,
                            struct error *err)
{
    int rows = results_rows(&inventory->results, LOOK_SESSIONS);
    int *pids = memory_new((size_t)rows, sizeof *pids);
    size_t count = 0;
    bool done = true;

    for (int row = 0; row < rows; row++) {
        int64_t pid = results_number(&inventory->results, LOOK_SESSIONS, row, "pid", 0);

        if (pid > 0)
            pids[count++] = (int)pid;
    }
    if (count > 0)
        done = session_terminate(session, pids, count, err);
    free(pids);
    if (!done && err->kind == ERROR_PRIVILEGE) {
        struct strbuf who OWNED(strbuf_release) = {0};

        busy_describe(&inventory->results, &who);
        error_detail(err, "In the template \"%s\": %s.", session->scope->template_name,
                     strbuf_text(&who));
        error_hint(err, "Sessions of other roles may be ended by members of pg_signal_backend, "
                        "those of superusers by superusers.");
    }
    return done;
}

bool busy_wait_for_template(struct session *session, const struct sql_look *look,
                            struct inventory *inventory, struct error *err)
{
    const struct settings *settings = session->scope->settings;
    int64_t until_ms = clock_now_ms() + (int64_t)settings->wait_s * 1000;
    bool waited = false;

    if (settings->disconnect_template && settings->wait_s == 0)
        until_ms += disconnect_patience_ms;
    while (results_rows(&inventory->results, LOOK_SESSIONS) > 0) {
        if (clock_now_ms() >= until_ms)
            return busy_error(session, inventory, err);
        if (!waited)
            log_message(LOG_VERBOSE, "the template \"%s\" is in use, waiting",
                        session->scope->template_name);
        waited = true;
        if (settings->disconnect_template && !busy_disconnect(session, inventory, err))
            return false;
        if (!interrupt_sleep_ms(pause_ms))
            return interrupt_error(err);
        if (!session_look(session, look, inventory, err))
            return false;
    }
    return true;
}
