/* The state of the scripted libpq, shared by its two files; tests use scripted_libpq.h. */
#ifndef PGCLONE_TESTS_SCRIPTED_WORLD_H
#define PGCLONE_TESTS_SCRIPTED_WORLD_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/strbuf.h"
#include "scripted_libpq.h"

#define MOST_CONNECTIONS 256
#define MOST_ANSWERS 64
#define MOST_HELPERS 64

/* The client's end of the socket pair and the server's. */
enum { CLIENT, SERVER };

/* A finished connection stays in memory until the test ends, so that a call on it is noticed. */
struct pg_conn {
    int number;
    ConnStatusType status;
    bool finished;
    bool ended;     /* by the server, which the client has not noticed yet */
    char *database; /* as "dbname" had it; NULL: not at all */
    struct scripted_connect connect;
    size_t polls; /* answered so far */
    int ends[2];
    bool nonblocking;
    PGVerbosity verbosity;
    PQnoticeReceiver notice_receiver;
    char message[256];

    char *sql; /* the statement at work, or NULL */
    struct scripted_answer answer;
    int parts;   /* of the answer, its end included */
    int arrived; /* of them */
    int taken;   /* of them */
};

struct pg_result {
    ExecStatusType status;
    char *sqlstate; /* NULL: none */
    char *message;
    char *sql;
    bool cleared;
};

struct pg_cancel {
    PGconn *conn;
};

struct scripted_world {
    struct scripted_connect connects[MOST_CONNECTIONS];
    struct scripted_answer answers[MOST_ANSWERS];
    size_t answer_count;
    PGconn *conns[MOST_CONNECTIONS];
    int conn_count;
    PGresult **results;
    size_t result_count;
    int cancels;                  /* not yet freed */
    int helpers[MOST_HELPERS][2]; /* the ends of their sockets */
    int helper_count;
    int helpers_ended;
    int64_t helper_delay_ms; /* -1: for ever */
    int busy;
    int widest;
    int calls;
    int fail_at;
    enum scripted_fault fault;
    int raise_at;
    int signal_number;
    const char *hit;
    struct strbuf sent;
    struct strbuf done;
};

extern struct scripted_world world;

/** Counts a call that can fail; returns whether this one does. */
bool world_fails(const char *function);

/** Fails the test when there is no such connection any more. */
void world_check_usable(const PGconn *conn, const char *function);

/** The statement at work, if there is one, has ended. */
void world_end_statement(PGconn *conn);

/** The connection is lost. */
void world_break(PGconn *conn);

/** The call fails as the test wants it: with the connection, or for want of memory. */
void world_fail_connection(PGconn *conn);

/** Reads one byte of what the server has sent; false when there is none. */
bool world_take_byte(const PGconn *conn);

/** The next part of the answer, or of the connect, will be there after its delay. */
void world_expect_byte(const PGconn *conn, int64_t delay_ms);

void world_open_socket(PGconn *conn);
void world_close_socket(const int ends[2]);

/** A result for a statement: refused, where there is a SQLSTATE. */
PGresult *world_new_result(const char *sql, const char *sqlstate);

#endif
