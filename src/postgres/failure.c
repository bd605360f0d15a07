#include "pgclone/postgres/failure.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sqlstate.h"

/* By the first characters. Everything else, query_canceled among them, is ERROR_SERVER. */
static const struct {
    const char *sqlstate;
    enum error_kind kind;
} kinds[] = {
    {SQLSTATE_OBJECT_IN_USE, ERROR_BUSY},
    {SQLSTATE_INSUFFICIENT_PRIVILEGE, ERROR_PRIVILEGE},
    {SQLSTATE_TOO_MANY_CONNECTIONS, ERROR_CONNECTION},
    {SQLSTATE_CLASS_SESSION_ENDED, ERROR_CONNECTION},
    {SQLSTATE_CLASS_CONNECTION_EXCEPTION, ERROR_CONNECTION},
    {SQLSTATE_CLASS_INVALID_AUTHORIZATION, ERROR_CONNECTION},
};

/* What to do about a refused connection, by SQLSTATE. */
static const struct {
    const char *sqlstate;
    const char *hint;
} connect_hints[] = {
    {SQLSTATE_INVALID_PASSWORD,
     "Check the user and the password in the server URL, PGUSER and PGPASSWORD, or the "
     "password file ~/.pgpass."},
    {SQLSTATE_INVALID_AUTHORIZATION,
     "Check the user in the server URL, and that pg_hba.conf on the server lets it in."},
    {SQLSTATE_UNDEFINED_DATABASE, "Create that database, or name another one to connect to with "
                                  "--maintenance-database."},
    {SQLSTATE_INSUFFICIENT_PRIVILEGE,
     "GRANT CONNECT on that database to the user, or name another one to connect to with "
     "--maintenance-database."},
    {SQLSTATE_TOO_MANY_CONNECTIONS,
     "Close other connections, raise max_connections on the server, or wait longer with "
     "--wait."},
    {SQLSTATE_CANNOT_CONNECT_NOW,
     "The server is starting up or shutting down; wait longer with --wait."},
    {"", "Check that the server is running and that host and port in the server URL (--server, "
         "PGHOST, PGPORT) are right."},
};

enum error_kind failure_kind(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(sqlstate, kinds[i].sqlstate, strlen(kinds[i].sqlstate)) == 0)
            return kinds[i].kind;
    return ERROR_SERVER;
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

static void failure_hint_connect(const char *sqlstate, struct error *err)
{
    for (size_t i = 0; i < sizeof connect_hints / sizeof connect_hints[0]; i++)
        if (strcmp(sqlstate, connect_hints[i].sqlstate) == 0)
            error_hint(err, "%s", connect_hints[i].hint);
}

void failure_of_connect(const char *message, bool needs_password, struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    char sqlstate[6] = "";

    while (*message != '\0') {
        size_t length = strcspn(message, "\n");

        failure_add_line(&text, message, length, sqlstate);
        message += length;
        message += strspn(message, "\n");
    }
    error_set(err, ERROR_CONNECTION, "could not connect: %s", strbuf_text(&text));
    memcpy(err->sqlstate, sqlstate, sizeof sqlstate);
    failure_hint_connect(needs_password ? SQLSTATE_INVALID_PASSWORD : sqlstate, err);
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
