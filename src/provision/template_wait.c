#include "pgclone/provision/template_wait.h"

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/strbuf.h"

/* A look takes about a millisecond, so asking ten times a second burdens nobody. */
static const int pause_ms = 100;

/* Sessions that were told to end take a moment, also when there is no time to wait. */
static const int64_t disconnect_patience_ms = 5000;

static void template_wait_describe(const struct results *results, struct strbuf *out)
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

static enum look_verdict template_wait_give_up(const struct look *look, struct error *err)
{
    const struct scope *scope = look->session->scope;
    struct strbuf who OWNED(strbuf_release) = {0};

    template_wait_describe(&look->found.results, &who);
    error_set(err, ERROR_BUSY, "the template \"%s\" is in use", scope->template_name);
    error_detail(err, "In it after waiting %d s: %s.", scope->settings->wait_s, strbuf_text(&who));
    error_hint(err, "Close those sessions, wait longer with --wait, or let pgclone end them with "
                    "--disconnect-template.");
    return LOOK_IS_REFUSED;
}

static void template_wait_begin(const struct scope *scope, struct template_wait *wait)
{
    const struct settings *settings = scope->settings;

    if (wait->waits)
        return;
    wait->waits = true;
    wait->until_ms = clock_now_ms() + (int64_t)settings->wait_s * 1000;
    if (settings->disconnect_template && settings->wait_s == 0)
        wait->until_ms += disconnect_patience_ms;
    log_message(LOG_VERBOSE, "the template \"%s\" is in use, waiting", scope->template_name);
}

/* A prepared transaction has no session that could be ended. */
static void template_wait_disconnect(struct look *look)
{
    const struct results *results = &look->found.results;

    for (int row = 0; row < results_rows(results, LOOK_SESSIONS); row++) {
        int64_t pid = results_number(results, LOOK_SESSIONS, row, "pid", 0);

        if (pid > 0)
            look_end_session(look, (int)pid);
    }
}

enum look_verdict template_wait_judge(struct template_wait *wait, struct look *look,
                                      struct error *err)
{
    const struct scope *scope = look->session->scope;

    if (results_rows(&look->found.results, LOOK_SESSIONS) == 0)
        return LOOK_IS_ENOUGH;
    template_wait_begin(scope, wait);
    if (clock_now_ms() >= wait->until_ms)
        return template_wait_give_up(look, err);
    if (scope->settings->disconnect_template)
        template_wait_disconnect(look);
    look->pause_ms = pause_ms;
    return LOOK_AGAIN;
}

void template_wait_explain(const struct look *look, struct error *err)
{
    struct strbuf who OWNED(strbuf_release) = {0};

    template_wait_describe(&look->found.results, &who);
    error_detail(err, "In the template \"%s\": %s.", look->session->scope->template_name,
                 strbuf_text(&who));
    error_hint(err, "Sessions of other roles may be ended by members of pg_signal_backend, those "
                    "of superusers by superusers.");
}
