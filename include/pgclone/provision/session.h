/*
 * A command's dealings with one server: its connections, its lease, and what is asked and done over
 * them. Nothing above it sees the engine.
 *
 * What is begun goes on while session_wait() waits, or while the loop that has session_source()
 * turns; when session_is_busy() no longer holds, session_finish() gives what came of it. A session
 * does one thing at a time. The functions that wait by themselves do all three.
 */
#ifndef PGCLONE_PROVISION_SESSION_H
#define PGCLONE_PROVISION_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/loop.h"
#include "pgclone/base/progress.h"
#include "pgclone/base/strings.h"
#include "pgclone/postgres/job.h"
#include "pgclone/postgres/results.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/lease.h"
#include "pgclone/provision/scope.h"

struct engine;

/** What a session is at work on. */
enum session_work {
    SESSION_IDLE,
    SESSION_QUERY,
    SESSION_LOCKS, /**< a look that also takes locks on names */
    SESSION_JOBS,
    SESSION_PAUSE,
};

struct session {
    const struct scope *scope; /**< borrowed */
    struct lease lease;
    bool may_be_joined; /**< by a create inside the run: set by the run before it connects */
    bool proxy_checked; /**< nothing between us and the server breaks sessions apart (proxy.h) */

    /* The session's own. */
    struct url_connection connection;
    struct engine *engine;
    enum session_work work;
    struct job_queue jobs;
    struct progress progress;
    size_t ended;           /* jobs of the work that have ended */
    int64_t pause_until_ms; /* on clock_now_ms()'s clock */
    struct strings locked;  /* names whose locks the first connection holds */
    bool persists;
};

/** Gets ready; nothing is connected yet. `session` must stay where it is until session_close(). */
bool session_open(const struct scope *scope, enum lease_kind kind, struct session *session,
                  struct error *err);

/**
 * Gets another session of the same process ready, which works under the first one's lease and takes
 * jobs on all of its connections. The same holds for it; it is closed before the first one.
 */
void session_open_beside(const struct session *first, struct session *session);

/** From here on no create joins the run; those that have joined can be seen by their sessions, and
 * what they have made by its lease. Nothing where none may. */
bool session_end_joining(struct session *session, struct error *err);

/** Begins to ask the server over the first connection, which takes the lease when it is made. `sql`
 * is one statement or several; `purpose` is for messages ("end sessions"). */
void session_begin_query(struct session *session, const char *sql, const char *purpose);

/**
 * Begins to look at the catalog, in one round trip. Locks on names that the session holds already
 * are not taken again, so that each is held once. `prewarm` connections for jobs are begun
 * meanwhile.
 */
void session_begin_look(struct session *session, const struct sql_look *look, size_t prewarm);

/**
 * Begins to run jobs over at most `width` connections, with a progress line: `verb` is "creating"
 * or "dropping". The jobs are borrowed until session_finish().
 */
void session_begin_jobs(struct session *session, const char *verb, struct job *jobs, size_t count,
                        size_t width);

/** Begins to give up the locks on these names, which a look took. */
void session_begin_unlock(struct session *session, const char *const *names, size_t count);

/**
 * Adds a job to those that are at work, or begins with it, over at most `width` connections. It is
 * borrowed until session_forget(), and its state says when it has ended.
 */
void session_push(struct session *session, struct job *job, size_t width);

/** Gives back a job of session_push() that has ended. */
void session_forget(struct session *session, const struct job *job);

/** Begins a pause, which a signal ends, unless the session persists. */
void session_begin_pause(struct session *session, int milliseconds);

/** Whether what was begun is still under way. */
bool session_is_busy(const struct session *session);

/** Waits until it is not. Signals stop what is at work, unless the session persists. */
void session_wait(struct session *session);

/**
 * What came of what was begun. A query's and a look's result sets replace what is in `results`,
 * which may be NULL for everything else. The failures of jobs are a chain in the jobs' order.
 * ERROR_INTERRUPTED when a signal ended a session_wait().
 */
bool session_finish(struct session *session, struct results *results, struct error *err);

/** The session as a source of a loop: what is at work goes on in it, and while nothing is, the
 * first connection is watched. Signals are the loop's. */
struct loop_source session_source(struct session *session);

/** Whether the first connection is not there while nothing is under way over it. */
bool session_is_lost(const struct session *session);

/** Since when the first connection has been there without a break; INT64_MAX: it is not, or the
 * server is seen to have ended it. */
int64_t session_connected_since_us(const struct session *session);

/** Moves to `err` why the first connection was lost while it was idle; false where that is not the
 * case, or was told already. */
bool session_take_loss(struct session *session, struct error *err);

/** Leaves what is at work to the server, as a failure of its own; nothing more is waited for. */
void session_abandon(struct session *session);

/** Asks and waits for the answer. */
bool session_query(struct session *session, const char *sql, const char *purpose,
                   struct results *results, struct error *err);

/** Runs jobs to their end. */
bool session_run(struct session *session, const char *verb, struct job *jobs, size_t count,
                 size_t width, struct error *err);

/**
 * From here on no signal stops what is done, unless it insists (interrupt_insists()), nor does
 * anything but a server that answers nothing for `patience_ms`.
 */
void session_persist(struct session *session, int patience_ms);

/** Sets how long what the server refuses for the moment is tried again, in place of the setting
 * `wait`. */
void session_set_wait(struct session *session, int64_t wait_ms);

/** Closes every connection but the first. */
void session_keep_first(struct session *session);

/** The server's version as libpq has it (150018); 0 before the first connection. */
int session_server_version(const struct session *session);

/** The first connection's process id as libpq was told it, which a proxy may have made up. */
int session_backend_pid(const struct session *session);

/** Closes the connections, which frees the lease. A session that was never opened is allowed. */
void session_close(struct session *session);

#endif
