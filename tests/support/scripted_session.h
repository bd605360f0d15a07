/*
 * A session without a server, by link-time substitution of session.c: looks find what the test
 * wrote down, jobs are done at once or fail as the test says, and what was asked for is kept.
 */
#ifndef PGCLONE_TESTS_SCRIPTED_SESSION_H
#define PGCLONE_TESTS_SCRIPTED_SESSION_H

#include "pgclone/provision/session.h"
#include "table_results.h"

/** What a test of provision/ runs on; it begins and ends the script, too. */
struct scripted_attempt {
    struct settings settings; /* the fixture's */
    struct scope scope;
    struct session session; /* not opened */
    struct inventory inventory;
    struct error err;
};

/** Begins a test with so many workers: every look finds an ordinary server, and nothing fails. */
void scripted_attempt_init(struct scripted_attempt *attempt, int workers);

/** Has its databases note their changes (`reset: undo`): they are cloned from SCRIPTED_WATCHED. */
void scripted_attempt_undoes(struct scripted_attempt *attempt);
#define SCRIPTED_WATCHED "circ_0123456789ab"

/** Frees everything. */
void scripted_attempt_release(struct scripted_attempt *attempt);

/** What the next look that has none yet finds: sets as fixture_inventory() takes them, borrowed
 * until it has been. The last ones stay. */
void scripted_session_finds(const char *const sets[TABLE_SETS]);

/** Has calls with `call` in their line of scripted_session_calls() fail, `times` times. */
void scripted_session_fails(const char *call, enum error_kind kind, const char *sqlstate,
                            int times);

/** The server's version, if not SCRIPTED_VERSION, and what it tells about a template's files: a
 * table as table_result() takes it. Borrowed. */
void scripted_session_is(int server_version, const char *files);

/** What a query with this in its purpose gives, or a job that collects results and has it in that
 * of its last statement, `times` times: a table as table_result() takes it, or several with an
 * empty line between them. Borrowed. */
void scripted_session_gives(const char *purpose, const char *table, int times);

/** What a job that collects results gives otherwise: the database was put back. And two others. */
#define SCRIPTED_UNDO "outcome|reason|detail|vacuum\n"
#define SCRIPTED_UNDONE SCRIPTED_UNDO "undone|~|~|f\n"
#define SCRIPTED_REFUSED SCRIPTED_UNDO "refused|DDL|pg_attribute|~\n"
#define SCRIPTED_PREPARED SCRIPTED_UNDO "prepared|~|ROLLBACK PREPARED 'one'|~\n"

/** What is sent for it to a database, as scripted_session_calls() has it. */
#define SCRIPTED_SENDS_BEGIN(name)                                                                 \
    "in " name ": SELECT outcome, reason, detail, vacuum FROM pgclone.begin()"
#define SCRIPTED_SENDS_UNDO(name)                                                                  \
    "in " name ": SELECT outcome, reason, detail, vacuum FROM pgclone.undo()"

/**
 * Sessions of session_open_beside() do what they are asked for when the test says so: their jobs
 * are run to their end, or to the first loss of the connection, which those behind it do not
 * outlive. In scripted_session_calls() they are a line "jobs 2 over 1", those of session_push()
 * none, and the statements follow when they are sent. Nothing is to be done: false.
 */
bool scripted_session_goes_on(const struct session *session);

/** How many jobs a session beside has been given that have not ended. */
size_t scripted_session_jobs(const struct session *session);

/** How often the first connection is not there when it is looked for. */
void scripted_session_is_lost(int times);

/** Since when the first connection has been there, if not always; INT64_MAX: it is not. */
void scripted_session_is_connected_since(int64_t us);

/** The process id of the first connection's backend, as looks tell it, too. */
#define SCRIPTED_PID 7

/**
 * What was asked for, a line each. A look is "look" with the names it locks, and jobs are a line
 * "creating 2 over 1" and then their statements, each job's together; they end at one that fails.
 * Statements for a database of their own are "in circ_gw0: " and the statement. Borrowed.
 */
const char *scripted_session_calls(void);

/** Whether a part of scripted_session_calls() reads so. */
bool scripted_session_was_called(const char *part);

/** How often it is in one. */
int scripted_session_times_called(const char *part);

/** Fails unless a call has `first` in it, and that one or a later one `then`. */
void scripted_session_assert_order(const char *first, const char *then);

#endif
