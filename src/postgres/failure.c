#include "pgclone/postgres/failure.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sqlstate.h"

/* What pgclone knows of the server's codes, by their first characters; the first row that fits
 * holds, so that codes stand before their classes. */
static const struct failure_code {
    const char *sqlstate;
    enum error_kind kind;
    int first_ms; /* before the second try of what passes by itself; 0: it does not */
    int cap_ms;
    const char *connect_hint; /* what to do where a connection was refused for it */
} codes[] = {
    /* A session in the template or the database. The server has already polled for 5 s by itself,
     * so there is no need to wait long before asking again. */
    {SQLSTATE_OBJECT_IN_USE, ERROR_BUSY, 50, 500, NULL},
    {SQLSTATE_INSUFFICIENT_PRIVILEGE, ERROR_PRIVILEGE, 0, 0,
     "GRANT CONNECT on that database to the user, or name another one to connect to with "
     "--maintenance-database."},
    /* Another client must leave first. */
    {SQLSTATE_TOO_MANY_CONNECTIONS, ERROR_CONNECTION, 100, 1000,
     "Close other connections, raise max_connections on the server, or wait longer with --wait."},
    {SQLSTATE_CANNOT_CONNECT_NOW, ERROR_CONNECTION, 50, 500,
     "The server is starting up or shutting down; wait longer with --wait."},
    {SQLSTATE_CLASS_SESSION_ENDED, ERROR_CONNECTION, 0, 0, NULL},
    {SQLSTATE_CLASS_CONNECTION_EXCEPTION, ERROR_CONNECTION, 0, 0, NULL},
    {SQLSTATE_INVALID_PASSWORD, ERROR_CONNECTION, 0, 0,
     "Check the user and the password in the server URL, PGUSER and PGPASSWORD, or the password "
     "file ~/.pgpass."},
    {SQLSTATE_INVALID_AUTHORIZATION, ERROR_CONNECTION, 0, 0,
     "Check the user in the server URL, and that pg_hba.conf on the server lets it in."},
    {SQLSTATE_CLASS_INVALID_AUTHORIZATION, ERROR_CONNECTION, 0, 0, NULL},
    {SQLSTATE_UNDEFINED_DATABASE, ERROR_SERVER, 0, 0,
     "Create that database, or name another one to connect to with --maintenance-database."},
    {SQLSTATE_UNDO_GUARD, ERROR_GUARD, 0, 0, NULL},
    {SQLSTATE_UNDO_PRIVILEGE, ERROR_PRIVILEGE, 0, 0, NULL},
    /* Everything else, query_canceled among it. */
    {"", ERROR_SERVER, 0, 0, NULL},
};

static const struct failure_code *failure_find(const char *sqlstate)
{
    const struct failure_code *code = codes;

    while (strncmp(sqlstate, code->sqlstate, strlen(code->sqlstate)) != 0)
        code++;
    return code;
}

enum error_kind failure_kind(const char *sqlstate)
{
    return failure_find(sqlstate)->kind;
}

int64_t failure_retry_delay_ms(const char *sqlstate, int attempt, unsigned random)
{
    const struct failure_code *code = failure_find(sqlstate);
    int64_t delay = code->first_ms;

    if (delay == 0)
        return -1;
    for (int n = 1; n < attempt && delay < code->cap_ms; n++)
        delay *= 2;
    if (delay > code->cap_ms)
        delay = code->cap_ms;
    return delay * (75 + random % 51) / 100;
}

/* In PQERRORS_VERBOSE a server's message reads `FATAL:  57P03: …`; the severity is translated, two
 * spaces and five capital letters or digits before a colon and a space are not. */
static const char *failure_find_sqlstate(const char *line, size_t length)
{
    for (size_t i = 0; i + 10 <= length; i++) {
        size_t code = i + 3;
        size_t n = 0;

        if (strncmp(line + i, ":  ", 3) != 0)
            continue;
        while (n < 5 &&
               (isdigit((unsigned char)line[code + n]) || isupper((unsigned char)line[code + n])))
            n++;
        if (n == 5 && strncmp(line + code + n, ": ", 2) == 0)
            return line + code;
    }
    return NULL;
}

/* The last line of a verbose message, `LOCATION:  InitPostgres, postinit.c:799` in any language. */
static bool failure_is_location(const char *line, size_t length)
{
    size_t end = length;

    while (end > 0 && isdigit((unsigned char)line[end - 1]))
        end--;
    return end < length && end >= 3 && strncmp(line + end - 3, ".c:", 3) == 0;
}

/* Adds a line of libpq's message without the SQLSTATE, which goes to `sqlstate`. */
static void failure_add_line(struct strbuf *out, const char *line, size_t length, char *sqlstate)
{
    const char *code = failure_find_sqlstate(line, length);

    if (length == 0 || failure_is_location(line, length))
        return;
    if (out->length > 0)
        strbuf_add_char(out, '\n');
    if (code == NULL) {
        strbuf_add_bytes(out, line, length);
        return;
    }
    memcpy(sqlstate, code, 5);
    sqlstate[5] = '\0';
    strbuf_add_bytes(out, line, (size_t)(code - line));
    code += strlen(SQLSTATE_CANNOT_CONNECT_NOW ": ");
    strbuf_add_bytes(out, code, (size_t)(line + length - code));
}

void failure_of_connect(const char *message, bool needs_password, struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    char sqlstate[6] = "";
    const char *hint;

    while (*message != '\0') {
        size_t length = strcspn(message, "\n");

        failure_add_line(&text, message, length, sqlstate);
        message += length;
        message += strspn(message, "\n");
    }
    error_set(err, ERROR_CONNECTION, "could not connect: %s", strbuf_text(&text));
    memcpy(err->sqlstate, sqlstate, sizeof sqlstate);
    hint = failure_find(needs_password ? SQLSTATE_INVALID_PASSWORD : sqlstate)->connect_hint;
    if (hint == NULL && sqlstate[0] == '\0')
        hint = "Check that the server is running and that host and port in the server URL "
               "(--server, PGHOST, PGPORT) are right.";
    if (hint != NULL)
        error_hint(err, "%s", hint);
}

void failure_of_timeout(const char *host, const char *port, int timeout_ms, struct error *err)
{
    error_set(err, ERROR_CONNECTION,
              "could not connect: no answer from \"%s\", port %s, within %d s",
              host != NULL ? host : "", port != NULL ? port : "", timeout_ms / 1000);
    error_hint(err, "Check host and port in the server URL, or allow more time with "
                    "connect_timeout in it.");
}

void failure_of_connection(const char *message, struct error *err)
{
    size_t length = strcspn(message, "\n");

    error_set(err, ERROR_CONNECTION, "lost the connection to the server: %.*s", (int)length,
              length > 0 ? message : "");
    error_hint(err, "See the server's log for the reason.");
}

static const char *failure_field(const PGresult *result, int field)
{
    const char *text = PQresultErrorField(result, field);

    return text != NULL && text[0] != '\0' ? text : NULL;
}

void failure_of_statement(const PGresult *result, struct error *err)
{
    const char *sqlstate = failure_field(result, PG_DIAG_SQLSTATE);
    const char *message = failure_field(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = failure_field(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = failure_field(result, PG_DIAG_MESSAGE_HINT);

    error_set(err, sqlstate != NULL ? failure_kind(sqlstate) : ERROR_CONNECTION, "%s",
              message != NULL ? message : "the server's answer could not be understood");
    if (sqlstate != NULL)
        (void)snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate);
    if (detail != NULL)
        error_detail(err, "%s", detail);
    if (hint != NULL)
        error_hint(err, "%s", hint);
}
