#include "pgclone/provision/proxy.h"

/* Which backend serves a second connection. */
static bool proxy_ask_second(const struct session *session, struct results *results,
                             struct error *err)
{
    struct session second OWNED(session_close) = {0};

    return session_open(session->scope, LEASE_CREATE, &second, err) &&
           session_query(&second, sql_backend_pid, "look for a proxy", results, err);
}

/*
 * A proxy has process ids of its own. Behind one, a second connection that is served by the
 * backend that the first one still believes to be its own shows transaction pooling.
 */
bool proxy_check(struct session *session, const struct inventory *inventory, struct error *err)
{
    struct results results OWNED(results_release) = {0};

    if (session->proxy_checked || inventory->pid == session_backend_pid(session)) {
        session->proxy_checked = true;
        return true;
    }
    if (!proxy_ask_second(session, &results, err))
        return false;
    session->proxy_checked = true;
    if (results_number(&results, 0, 0, "pid", 0) != inventory->pid)
        return true;
    /* What the set-up has left in a pooled session would be its next client's, and our locks would
     * be held for as long as the pool lives. Best effort: which session a statement gets is the
     * pool's business, but the one used last is the first to be used again. */
    (void)session_query(session, sql_session_reset, "put back a pooled session", NULL, NULL);
    error_set(err, ERROR_SERVER, "the server is behind a proxy that pools transactions");
    error_detail(err, "Leases and locks live in sessions, and such a proxy (PgBouncer with "
                      "pool_mode = transaction) gives each transaction another one.");
    return error_hint(err, "Connect to the server itself, or to a pool with pool_mode = session.");
}
