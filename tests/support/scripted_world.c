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
#include <sys/socket.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/helper.h"
#include "pgclone/base/memory.h"
#include "scripted_clock.h"

struct scripted_world world;

/* ------------------------------------------------------------------------------------- the test */

void scripted_begin(void)
{
    memset(&world, 0, sizeof world);
    scripted_clock_reset();
}

void scripted_end(void)
{
    int open = scripted_open();
    int helpers = scripted_helping();
    int results = 0;

    for (int i = 0; i < world.conn_count; i++) {
        free(world.conns[i]->database);
        free(world.conns[i]);
    }
    for (size_t i = 0; i < world.result_count; i++) {
        results += !world.results[i]->cleared;
        free(world.results[i]->sqlstate);
        free(world.results[i]->message);
        free(world.results[i]->sql);
        free(world.results[i]);
    }
    free(world.results);
    strbuf_release(&world.sent);
    strbuf_release(&world.done);
    if (open + results + world.cancels + helpers > 0)
        fail_msg("leaked %d connections, %d results, %d cancel objects, %d helpers", open, results,
                 world.cancels, helpers);
}

void scripted_connect(int number, struct scripted_connect connect)
{
    world.connects[number - 1] = connect;
}

void scripted_answer(struct scripted_answer answer)
{
    assert_true(world.answer_count < MOST_ANSWERS);
    if (answer.times == 0)
        answer.times = INT32_MAX;
    world.answers[world.answer_count++] = answer;
}

void scripted_fail_at(int call, enum scripted_fault fault)
{
    world.fail_at = call;
    world.fault = fault;
}

void scripted_raise_at(int call, int signal_number)
{
    world.raise_at = call;
    world.signal_number = signal_number;
}

void scripted_helpers(int64_t delay_ms)
{
    world.helper_delay_ms = delay_ms;
}

int scripted_helping(void)
{
    return world.helper_count - world.helpers_ended;
}

void scripted_end_idle(int connection)
{
    PGconn *conn = world.conns[connection - 1];

    assert_null(conn->sql);
    conn->ended = true;
    assert_int_equal(write(conn->ends[SERVER], "", 1), 1);
}

const char *scripted_hit(void)
{
    return world.hit;
}

const char *scripted_sent(void)
{
    return strbuf_text(&world.sent);
}

const char *scripted_done(void)
{
    return strbuf_text(&world.done);
}

int scripted_count(const char *text, const char *part)
{
    int count = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

const char *scripted_database(int connection)
{
    assert_in_range(connection, 1, world.conn_count);
    return world.conns[connection - 1]->database;
}

int scripted_attempts(void)
{
    return world.conn_count;
}

int scripted_open(void)
{
    int open = 0;

    for (int i = 0; i < world.conn_count; i++)
        open += !world.conns[i]->finished;
    return open;
}

int scripted_widest(void)
{
    return world.widest;
}

/* ----------------------------------------------------------------------------------- the script */

bool world_fails(const char *function)
{
    world.calls++;
    if (world.calls == world.raise_at) {
        world.hit = function;
        assert_int_equal(raise(world.signal_number), 0);
    }
    if (world.calls != world.fail_at)
        return false;
    world.hit = function;
    return true;
}

void world_check_usable(const PGconn *conn, const char *function)
{
    if (conn == NULL)
        fail_msg("%s without a connection", function);
    else if (conn->finished)
        fail_msg("%s on a finished connection", function);
}

void world_end_statement(PGconn *conn)
{
    if (conn->sql == NULL)
        return;
    free(conn->sql);
    conn->sql = NULL;
    world.busy--;
}

void world_break(PGconn *conn)
{
    conn->status = CONNECTION_BAD;
    (void)snprintf(conn->message, sizeof conn->message,
                   "server closed the connection unexpectedly\n\tThis probably means the server "
                   "terminated abnormally\n");
    world_end_statement(conn);
}

void world_fail_connection(PGconn *conn)
{
    if (world.fault != FAULT_MEMORY)
        world_break(conn);
    else
        (void)snprintf(conn->message, sizeof conn->message, "out of memory\n");
}

bool world_take_byte(const PGconn *conn)
{
    char byte;

    return read(conn->ends[CLIENT], &byte, 1) == 1;
}

void world_expect_byte(const PGconn *conn, int64_t delay_ms)
{
    scripted_clock_write(conn->ends[SERVER], clock_now_ms() + delay_ms);
}

void world_open_socket(PGconn *conn)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, conn->ends),
                     0);
}

void world_close_socket(const int ends[2])
{
    scripted_clock_forget(ends[SERVER]);
    (void)close(ends[CLIENT]);
    (void)close(ends[SERVER]);
}

/* -------------------------------------------------------------------------------------- helpers */

/* Its process id is the number of its sockets, from 1. */
bool helper_start(void (*work)(void *context), void *context, unsigned limit_s, struct helper *out)
{
    int *ends = world.helpers[world.helper_count];

    assert_true(limit_s > 0);
    *out = (struct helper){0};
    if (world_fails("helper_start"))
        return false;
    assert_true(world.helper_count < MOST_HELPERS);
    work(context);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    if (world.helper_delay_ms >= 0)
        scripted_clock_write(ends[SERVER], clock_now_ms() + world.helper_delay_ms);
    *out = (struct helper){.pid = ++world.helper_count, .descriptor = ends[CLIENT]};
    return true;
}

void helper_end(struct helper *helper)
{
    if (helper->pid == 0)
        return;
    world_close_socket(world.helpers[helper->pid - 1]);
    world.helpers_ended++;
    *helper = (struct helper){0};
}

PGresult *world_new_result(const char *sql, const char *sqlstate)
{
    PGresult *result = memory_new(1, sizeof *result);
    struct strbuf message = {0};

    strbuf_printf(&message, "refused: %s", sql);
    *result = (PGresult){.status = sqlstate != NULL ? PGRES_FATAL_ERROR : PGRES_TUPLES_OK,
                         .sqlstate = memory_copy_string(sqlstate),
                         .message = strbuf_take(&message),
                         .sql = memory_copy_string(sql)};
    world.results = memory_resize(world.results, world.result_count + 1, sizeof(PGresult *));
    world.results[world.result_count++] = result;
    return result;
}
