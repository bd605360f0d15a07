/*
 * A libpq without a server, by link-time substitution: it answers connects and statements as the
 * test says, over real sockets, on the scripted clock. A helper (base/helper.h) does its work at
 * once, and seems to need as long for it as the test says. It is stricter than libpq: what would
 * block, a call on a finished connection, a statement sent while another is at work, and whatever
 * is not given back at the end fail the test.
 */
#ifndef PGCLONE_TESTS_SCRIPTED_LIBPQ_H
#define PGCLONE_TESTS_SCRIPTED_LIBPQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPTED_VERSION 150018

/** What an attempt to connect comes to. All zero: it succeeds. */
struct scripted_connect {
    /** PQconnectPoll()'s answers: 'r' and 'w' wait for reading and writing, 'o' is OK, 'f' failed.
     * NULL: "ro", or "rf" with a `sqlstate`. */
    const char *polls;
    const char *sqlstate; /**< the server's reason for 'f'; NULL: it could not be reached */
    int64_t delay_ms;     /**< until the server's part of each 'r' is there */
    bool bad_at_once;     /**< PQconnectStartParams() gives a connection that is bad already */
    bool no_memory;       /**< PQconnectStartParams() gives NULL */
    bool silent;          /**< the server never says a word */
    bool moves;           /**< each poll goes on with another socket, as with several hosts */
};

/** What a statement comes to. All zero but `sql`: success, at once, with one result set. */
struct scripted_answer {
    const char *sql;      /**< answers statements in which this stands */
    const char *sqlstate; /**< refused with it; NULL: done */
    const char *further;  /**< a second refusal behind the first; NULL: none */
    int results;          /**< result sets (before the refusal, if there is one) */
    int times;            /**< how many statements are answered so; 0: all */
    int64_t delay_ms;     /**< until each part of the answer is there */
    int flushes;          /**< how often PQflush() says that there is more to write */
    bool lost;            /**< the connection breaks, after the refusal if there is one */
    bool never;           /**< no answer until it is cancelled */
    bool ignores_cancel;  /**< the cancel request does nothing */
    int raises;           /**< a signal that is raised when the first part is read; 0: none */
};

/** How a call fails. */
enum scripted_fault {
    FAULT_BROKEN, /**< the connection breaks; PQgetResult() gives an error without SQLSTATE */
    FAULT_MEMORY, /**< out of memory: the connection is still there */
    FAULT_SILENT, /**< the connection breaks; PQgetResult() gives NULL as if all were done */
    FAULT_COUNT
};

/** Starts a test: nothing scripted, nothing open. */
void scripted_begin(void);

/** Ends it: fails when a connection, a result or a cancel object was not given back. */
void scripted_end(void);

/** Scripts attempt `number` (from 1) to connect. */
void scripted_connect(int number, struct scripted_connect connect);

/** Scripts statements; of several that fit the first that is not used up holds. */
void scripted_answer(struct scripted_answer answer);

/** Has the call number `call` (from 1) of those that can fail do so. */
void scripted_fail_at(int call, enum scripted_fault fault);

/** Raises a signal at call number `call` of those that can fail. */
void scripted_raise_at(int call, int signal_number);

/** How long helpers that are started from now on seem to need; -1: for ever. */
void scripted_helpers(int64_t delay_ms);

/** Has the server end a connection (numbered from 1) that is idle. */
void scripted_end_idle(int connection);

/** The function that failed, or in which the signal was raised; NULL when it did not come so far.
 */
const char *scripted_hit(void);

/** What was sent: lines "[connection] statement" and "[connection] cancel". Borrowed. */
const char *scripted_sent(void);

/** What the server did and said so: lines as above. Borrowed. */
const char *scripted_done(void);

/** How often `part` stands in `text`. */
int scripted_count(const char *text, const char *part);

/** The "dbname" of a connection, or of an attempt (numbered from 1). Borrowed. */
const char *scripted_database(int connection);

/** Connections made or being made so far, the refused ones included. */
int scripted_attempts(void);

/** Helpers that are at work now. */
int scripted_helping(void);

/** Connections that are open now. */
int scripted_open(void);

/** The most statements that were at work at once. */
int scripted_widest(void);

#endif
