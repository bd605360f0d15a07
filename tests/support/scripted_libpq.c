#include "scripted_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "scripted_clock.h"

/* ---------------------------------------------------------------------------------- connecting */

PGconn *PQconnectStartParams(const char *const *keywords, const char *const *values,
                             int expand_dbname)
{
    struct scripted_connect connect = world.connects[world.conn_count];
    bool fails = world_fails("PQconnectStartParams");
    const char *database = NULL;
    PGconn *conn;

    assert_non_null(keywords);
    assert_non_null(values);
    assert_int_equal(expand_dbname, 0);
    for (size_t i = 0; keywords[i] != NULL; i++)
        if (strcmp(keywords[i], "dbname") == 0)
            database = values[i];
    if (connect.no_memory || (fails && world.fault == FAULT_MEMORY))
        return NULL;
    assert_true(world.conn_count + 1 < MOST_CONNECTIONS);
    conn = memory_new(1, sizeof *conn);
    world.conns[world.conn_count++] = conn;
    *conn = (struct pg_conn){.number = world.conn_count,
                             .status = CONNECTION_STARTED,
                             .database = memory_copy_string(database),
                             .connect = connect,
                             .verbosity = PQERRORS_DEFAULT};
    if (conn->connect.polls == NULL)
        conn->connect.polls = connect.sqlstate != NULL ? "rf" : "ro";
    world_open_socket(conn);
    if (connect.bad_at_once || fails) {
        world_break(conn);
        (void)snprintf(conn->message, sizeof conn->message, "invalid port number: \"x\"\n");
    }
    return conn;
}

ConnStatusType PQstatus(const PGconn *conn)
{
    world_check_usable(conn, "PQstatus");
    return conn->status;
}

/* As libpq writes it: the SQLSTATE is there for those who asked to have everything. */
static PostgresPollingStatusType refuse_connect(PGconn *conn)
{
    const char *sqlstate = conn->connect.sqlstate;

    conn->status = CONNECTION_BAD;
    if (sqlstate == NULL)
        (void)snprintf(conn->message, sizeof conn->message,
                       "connection to server at \"scripted\", port 5432 failed: Connection "
                       "refused\n\tIs the server running on that host?\n");
    else if (conn->verbosity == PQERRORS_VERBOSE)
        (void)snprintf(conn->message, sizeof conn->message,
                       "connection to server at \"scripted\", port 5432 failed: FATAL:  %s: "
                       "refused\nLOCATION:  InitPostgres, postinit.c:1\n",
                       sqlstate);
    else
        (void)snprintf(conn->message, sizeof conn->message,
                       "connection to server at \"scripted\", port 5432 failed: FATAL:  "
                       "refused\n");
    return PGRES_POLLING_FAILED;
}

static void move_to_another_socket(PGconn *conn)
{
    const int before[2] = {conn->ends[CLIENT], conn->ends[SERVER]};

    world_open_socket(conn); /* first, so that it has another number */
    world_close_socket(before);
}

PostgresPollingStatusType PQconnectPoll(PGconn *conn)
{
    char answer;

    world_check_usable(conn, "PQconnectPoll");
    if (world_fails("PQconnectPoll")) {
        world_fail_connection(conn);
        conn->status = CONNECTION_BAD;
        return PGRES_POLLING_FAILED;
    }
    if (conn->polls > 0 && conn->connect.polls[conn->polls - 1] == 'r' && !world_take_byte(conn))
        fail_msg("PQconnectPoll called before the socket was readable");
    answer = conn->connect.polls[conn->polls++];
    if (answer == 'f')
        return refuse_connect(conn);
    if (answer == 'o') {
        conn->status = CONNECTION_OK;
        return PGRES_POLLING_OK;
    }
    if (conn->connect.moves)
        move_to_another_socket(conn);
    if (answer == 'r' && !conn->connect.silent)
        world_expect_byte(conn, conn->connect.delay_ms);
    return answer == 'r' ? PGRES_POLLING_READING : PGRES_POLLING_WRITING;
}

int PQsocket(const PGconn *conn)
{
    world_check_usable(conn, "PQsocket");
    return conn->status == CONNECTION_BAD ? -1 : conn->ends[CLIENT];
}

int PQsetnonblocking(PGconn *conn, int arg)
{
    world_check_usable(conn, "PQsetnonblocking");
    if (world_fails("PQsetnonblocking")) {
        world_fail_connection(conn);
        return -1;
    }
    conn->nonblocking = arg != 0;
    return 0;
}

PGVerbosity PQsetErrorVerbosity(PGconn *conn, PGVerbosity verbosity)
{
    PGVerbosity before;

    world_check_usable(conn, "PQsetErrorVerbosity");
    before = conn->verbosity;
    conn->verbosity = verbosity;
    return before;
}

PQnoticeReceiver PQsetNoticeReceiver(PGconn *conn, PQnoticeReceiver proc, void *arg)
{
    (void)arg;
    world_check_usable(conn, "PQsetNoticeReceiver");
    conn->notice_receiver = proc;
    return NULL;
}

int PQserverVersion(const PGconn *conn)
{
    world_check_usable(conn, "PQserverVersion");
    return conn->status == CONNECTION_OK ? SCRIPTED_VERSION : 0;
}

int PQconnectionNeedsPassword(const PGconn *conn)
{
    world_check_usable(conn, "PQconnectionNeedsPassword");
    return 0;
}

char *PQhost(const PGconn *conn)
{
    static char host[] = "scripted";

    world_check_usable(conn, "PQhost");
    return host;
}

char *PQport(const PGconn *conn)
{
    static char port[] = "5432";

    world_check_usable(conn, "PQport");
    return port;
}

int PQbackendPID(const PGconn *conn)
{
    if (conn == NULL)
        return 0;
    world_check_usable(conn, "PQbackendPID");
    return conn->status == CONNECTION_OK ? 1000 + conn->number : 0;
}

char *PQerrorMessage(const PGconn *conn)
{
    static char message[sizeof conn->message];

    world_check_usable(conn, "PQerrorMessage");
    memcpy(message, conn->message, sizeof message);
    return message;
}

char *PQencryptPasswordConn(PGconn *conn, const char *passwd, const char *user,
                            const char *algorithm)
{
    struct strbuf verifier = {0};

    world_check_usable(conn, "PQencryptPasswordConn");
    assert_int_equal(conn->status, CONNECTION_OK);
    if (world_fails("PQencryptPasswordConn"))
        return NULL;
    strbuf_printf(&verifier, "%s$%s:%zu", algorithm, user, strlen(passwd));
    return strbuf_take(&verifier);
}

void PQfinish(PGconn *conn)
{
    if (conn == NULL)
        return;
    world_check_usable(conn, "PQfinish");
    world_end_statement(conn);
    world_close_socket(conn->ends);
    conn->finished = true;
}

/* ---------------------------------------------------------------------------------- statements */

static struct scripted_answer find_answer(const char *sql)
{
    for (size_t i = 0; i < world.answer_count; i++) {
        struct scripted_answer *answer = &world.answers[i];

        if (answer->times == 0 || strstr(sql, answer->sql) == NULL)
            continue;
        answer->times--;
        return *answer;
    }
    return (struct scripted_answer){0};
}

static void begin_answer(PGconn *conn, struct scripted_answer answer)
{
    conn->answer = answer;
    if (conn->answer.results == 0 && answer.sqlstate == NULL)
        conn->answer.results = 1;
    conn->parts = conn->answer.results + (answer.sqlstate != NULL) + (answer.further != NULL) + 1;
    if (!answer.never)
        world_expect_byte(conn, answer.delay_ms);
}

int PQsendQuery(PGconn *conn, const char *query)
{
    world_check_usable(conn, "PQsendQuery");
    if (conn->sql != NULL)
        fail_msg("\"%s\" sent while \"%s\" is at work", query, conn->sql);
    assert_true(conn->nonblocking);
    assert_true(conn->notice_receiver != NULL);
    if (world_fails("PQsendQuery")) {
        world_fail_connection(conn);
        return 0;
    }
    if (conn->status != CONNECTION_OK)
        return 0;
    strbuf_printf(&world.sent, "[%d] %s\n", conn->number, query);
    conn->sql = memory_copy_string(query);
    conn->arrived = 0;
    conn->taken = 0;
    world.busy++;
    if (world.busy > world.widest)
        world.widest = world.busy;
    begin_answer(conn, find_answer(query));
    return 1;
}

int PQflush(PGconn *conn)
{
    world_check_usable(conn, "PQflush");
    if (world_fails("PQflush")) {
        world_fail_connection(conn);
        return -1;
    }
    return conn->answer.flushes-- > 0 ? 1 : 0;
}

int PQconsumeInput(PGconn *conn)
{
    const PGresult notice = {.status = PGRES_NONFATAL_ERROR};

    world_check_usable(conn, "PQconsumeInput");
    if (world_fails("PQconsumeInput")) {
        world_fail_connection(conn);
        return 0;
    }
    if (conn->status == CONNECTION_BAD)
        return 0;
    if (!world_take_byte(conn))
        return 1;
    if (conn->ended) {
        world_break(conn);
        return 0;
    }
    conn->notice_receiver(NULL, &notice);
    if (conn->arrived++ == 0 && conn->answer.raises != 0)
        assert_int_equal(raise(conn->answer.raises), 0);
    if (conn->answer.lost && conn->answer.sqlstate == NULL) {
        world_break(conn);
        return 0;
    }
    if (conn->arrived < conn->parts)
        world_expect_byte(conn, conn->answer.delay_ms);
    return 1;
}

int PQisBusy(PGconn *conn)
{
    world_check_usable(conn, "PQisBusy");
    return conn->sql != NULL && conn->taken == conn->arrived;
}

/* The failing PQgetResult(): none of these has a SQLSTATE. */
static PGresult *fail_result(PGconn *conn)
{
    PGresult *result = NULL;

    if (world.fault != FAULT_SILENT) {
        result = world_new_result("", NULL);
        result->status = PGRES_FATAL_ERROR;
    }
    world_fail_connection(conn);
    return result;
}

PGresult *PQgetResult(PGconn *conn)
{
    world_check_usable(conn, "PQgetResult");
    if (PQisBusy(conn))
        fail_msg("PQgetResult called when it would block");
    if (world_fails("PQgetResult"))
        return fail_result(conn);
    if (conn->sql == NULL)
        return NULL;
    conn->taken++;
    if (conn->taken <= conn->answer.results)
        return world_new_result(conn->sql, NULL);
    if (conn->taken < conn->parts)
        return world_new_result(conn->sql, conn->taken == conn->answer.results + 1
                                               ? conn->answer.sqlstate
                                               : conn->answer.further);
    if (conn->answer.sqlstate == NULL)
        strbuf_printf(&world.done, "[%d] %s\n", conn->number, conn->sql);
    if (conn->answer.lost)
        world_break(conn);
    world_end_statement(conn);
    return NULL;
}

PGcancel *PQgetCancel(PGconn *conn)
{
    PGcancel *cancel;

    world_check_usable(conn, "PQgetCancel");
    if (world_fails("PQgetCancel"))
        return NULL;
    cancel = memory_new(1, sizeof *cancel);
    cancel->conn = conn;
    world.cancels++;
    return cancel;
}

int PQcancel(PGcancel *cancel, char *errbuf, int errbufsize)
{
    PGconn *conn = cancel->conn;

    world_check_usable(conn, "PQcancel");
    strbuf_printf(&world.sent, "[%d] cancel\n", conn->number);
    if (world_fails("PQcancel")) {
        (void)snprintf(errbuf, (size_t)errbufsize, "PQcancel() -- connect() failed");
        return 0;
    }
    if (conn->sql == NULL || conn->answer.ignores_cancel || conn->arrived > 0)
        return 1;
    scripted_clock_forget(conn->ends[SERVER]);
    begin_answer(conn, (struct scripted_answer){.sqlstate = "57014"});
    return 1;
}

void PQfreeCancel(PGcancel *cancel)
{
    world.cancels -= cancel != NULL;
    free(cancel);
}

/* -------------------------------------------------------------------------------------- results */

static void check_result(const PGresult *result)
{
    assert_non_null(result);
    if (result->cleared)
        fail_msg("a result was used after it was cleared");
}

ExecStatusType PQresultStatus(const PGresult *res)
{
    check_result(res);
    return res->status;
}

char *PQresultErrorField(const PGresult *res, int fieldcode)
{
    check_result(res);
    if (fieldcode == PG_DIAG_SQLSTATE)
        return res->sqlstate;
    return fieldcode == PG_DIAG_MESSAGE_PRIMARY && res->sqlstate != NULL ? res->message : NULL;
}

void PQclear(PGresult *res)
{
    if (res == NULL)
        return;
    check_result(res);
    res->cleared = true;
}

/* One row, whose column "sql" has the statement. */
int PQntuples(const PGresult *res)
{
    check_result(res);
    return 1;
}

int PQfnumber(const PGresult *res, const char *field_name)
{
    check_result(res);
    return strcmp(field_name, "sql") == 0 ? 0 : -1;
}

int PQgetisnull(const PGresult *res, int tup_num, int field_num)
{
    check_result(res);
    return tup_num != 0 || field_num != 0;
}

char *PQgetvalue(const PGresult *res, int tup_num, int field_num)
{
    check_result(res);
    assert_int_equal(tup_num + field_num, 0);
    return res->sql;
}
