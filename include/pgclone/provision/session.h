/* A command's dealings with one server: its connections, its lease, and looks at the catalog. */
#ifndef PGCLONE_PROVISION_SESSION_H
#define PGCLONE_PROVISION_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/postgres/engine.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/lease.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/progress.h"

struct session {
    const struct scope *scope; /**< borrowed */
    struct url_connection connection;
    struct lease lease;
    struct engine *engine;
    struct progress progress;
    size_t ended;       /**< jobs of the run at work that have ended */
    bool proxy_checked; /**< nothing between us and the server breaks sessions apart */
    size_t prewarm;     /**< connections for jobs to begin during the next look; set as needed */
};

/** Gets ready; nothing is connected yet. `session` must stay where it is until session_close(). */
bool session_open(const struct scope *scope, enum lease_kind kind, struct session *session,
                  struct error *err);

/**
 * Looks at the catalog, in one round trip, over the first connection, which takes the lease when
 * it is made. ERROR_SERVER when a transaction-pooling proxy stands
 * in between, through which neither leases nor locks can work.
 */
bool session_look(struct session *session, const struct sql_look *look, struct inventory *out,
                  struct error *err);

/**
 * session_look(), after ending the sessions of dead processes, so that nothing of theirs comes to
 * life after the look. Waits for them for some seconds at the most.
 */
bool session_look_settled(struct session *session, const struct sql_look *look,
                          struct inventory *out, struct error *err);

/** Whether what a look found may be gone in a moment, and is worth another look. */
typedef bool session_waits(const struct session *session, const struct sql_look *look,
                           const struct inventory *found);

/**
 * session_look_settled() again and again for as long as `waits` says so, for `patience_ms` at the
 * most: a process that was killed a moment ago keeps its lease and its locks until the server has
 * noticed (client_connection_check_interval; before PostgreSQL 14 the end of its statement), and
 * only time tells it from a living one. What the last look found is in `out`.
 */
bool session_look_while(struct session *session, const struct sql_look *look, session_waits *waits,
                        int patience_ms, struct inventory *out, struct error *err);

/**
 * Runs jobs with a progress line: `verb` is "creating" or "dropping". On failure `err` is the chain
 * of all failures, in the jobs' order.
 */
bool session_run(struct session *session, const char *verb, struct job *jobs, size_t count,
                 size_t width, struct error *err);

/** How many connections to drop `count` databases over. */
size_t session_drop_width(const struct session *session, const struct inventory *inventory,
                          size_t count);

/** Ends the sessions with these process ids. */
bool session_terminate(struct session *session, const int *pids, size_t count, struct error *err);

/**
 * From here on no signal stops what is done, unless it insists (interrupt_insists()), nor does
 * anything but a server that answers nothing for `patience_ms`.
 */
void session_persist(struct session *session, int patience_ms);

/**
 * Drops everything that bears this process's lease, finished or not, after ending sessions of ours
 * that the server has not noticed to be dead. Persists, as session_persist() says.
 */
bool session_drop_own(struct session *session, int patience_ms, struct error *err);

/** session_drop_own() after a failure: what could not be taken back is said as a warning. */
void session_take_back(struct session *session);

/**
 * One try to connect again after the connection was lost, and to take the lease and the locks on
 * the workers' names again. Given up for whatever interrupt_descriptor() tells of.
 */
bool session_regain(struct session *session);

/** Gives up the locks on these names, which a look took. */
bool session_unlock(struct session *session, const char *const *names, size_t count,
                    struct error *err);

/** Closes the connections, which frees the lease. A session that never opened is allowed. */
void session_close(struct session *session);

#endif
