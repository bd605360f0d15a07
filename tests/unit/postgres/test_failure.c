/* libpq's failures as errors. The messages are libpq's own, as they were seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/postgres/failure.h"

/* The kind is the exit code, by which scripts decide whether to try again. */
static void test_kinds(void **state)
{
    static const struct {
        const char *sqlstate;
        enum error_kind kind;
    } cases[] = {
        {"55006", ERROR_BUSY},       {"42501", ERROR_PRIVILEGE},  {"53300", ERROR_CONNECTION},
        {"57P01", ERROR_CONNECTION}, {"57P03", ERROR_CONNECTION}, {"08006", ERROR_CONNECTION},
        {"28P01", ERROR_CONNECTION}, {"28000", ERROR_CONNECTION}, {"57014", ERROR_SERVER},
        {"42P04", ERROR_SERVER},     {"3D000", ERROR_SERVER},     {"53100", ERROR_SERVER},
        {"XX000", ERROR_SERVER},     {"55P03", ERROR_SERVER},     {"", ERROR_SERVER},
        {"0", ERROR_SERVER},         {"5", ERROR_SERVER},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(failure_kind(cases[i].sqlstate), cases[i].kind);
}

#define HOST "connection to server at \"db\" (192.0.2.1), port 5432 failed: "
#define HOST2 "connection to server at \"db2\" (192.0.2.2), port 5432 failed: "
#define SOCKET "connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: "
#define REFUSED "Connection refused\n\tIs the server running on that host?\n"

static const struct {
    const char *libpq;
    const char *sqlstate;
    const char *message; /* behind "could not connect: " */
} refusals[] = {
    {HOST "FATAL:  53300: sorry, too many clients already\nLOCATION:  InitProcess, proc.c:345\n",
     "53300", HOST "FATAL:  sorry, too many clients already"},
    {SOCKET "FATAL:  57P03: the database system is starting up\n"
            "LOCATION:  ProcessStartupPacket, postmaster.c:2305\n",
     "57P03", SOCKET "FATAL:  the database system is starting up"},
    {HOST
     "FATAL:  42501: permission denied for database \"x\"\nDETAIL:  User does not have CONNECT "
     "privilege.\nLOCATION:  CheckMyDatabase, postinit.c:374\n",
     "42501",
     HOST "FATAL:  permission denied for database \"x\"\nDETAIL:  User does not have CONNECT "
          "privilege."},
    /* German, Russian, Japanese, French (which puts a no-break space before the colon). */
    {HOST "FATAL:  28P01: Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen\n"
          "ORT:  auth_failed, auth.c:335\n",
     "28P01", HOST "FATAL:  Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen"},
    {HOST "ВАЖНО:  3D000: база данных \"x\" не существует\nПОЛОЖЕНИЕ:  InitPostgres, "
          "postinit.c:885\n",
     "3D000", HOST "ВАЖНО:  база данных \"x\" не существует"},
    {HOST "FATAL:  53300: 現在クライアント数が多すぎます\n場所:  InitProcess, proc.c:345\n",
     "53300", HOST "FATAL:  現在クライアント数が多すぎます"},
    {HOST "FATAL:  57P03: le système de bases de données se lance\nEMPLACEMENT : "
          "ProcessStartupPacket, postmaster.c:2305\n",
     "57P03", HOST "FATAL:  le système de bases de données se lance"},
    /* No server answered. */
    {HOST REFUSED, "", HOST "Connection refused\n\tIs the server running on that host?"},
    {"could not translate host name \"x:  ABCDE\" to address: Name or service not known\n", "",
     "could not translate host name \"x:  ABCDE\" to address: Name or service not known"},
    {"", "", ""},
    {"\n\n", "", ""},
    /* Several hosts: the last one that answered decides. */
    {HOST REFUSED HOST2 "FATAL:  57P03: the database system is starting up\n"
                        "LOCATION:  ProcessStartupPacket, postmaster.c:2305\n",
     "57P03",
     HOST "Connection refused\n\tIs the server running on that host?\n" HOST2
          "FATAL:  the database system is starting up"},
    {HOST "FATAL:  57P03: the database system is shutting down\n"
          "LOCATION:  ProcessStartupPacket, postmaster.c:2305\n" HOST2
          "FATAL:  28000: no pg_hba.conf entry\nLOCATION:  ClientAuthentication, auth.c:543\n",
     "28000",
     HOST "FATAL:  the database system is shutting down\n" HOST2 "FATAL:  no pg_hba.conf entry"},
    /* Only looks like a code, and a message that is cut off. */
    {HOST "FATAL:  NOTES: five letters\n", "NOTES", HOST "FATAL:  five letters"},
    {HOST "FATAL:  5330: too short\n", "", HOST "FATAL:  5330: too short"},
    {HOST "FATAL:  533000: too long\n", "", HOST "FATAL:  533000: too long"},
    {HOST "FATAL:  5330a: small\n", "", HOST "FATAL:  5330a: small"},
    {"FATAL:  53300", "", "FATAL:  53300"},
    {"FATAL:  ", "", "FATAL:  "},
    {":  53300:", "", ":  53300:"},
    {":  53300: ", "53300", ":  "},
    {"DETAIL:  53300:\nHINT:  x", "", "DETAIL:  53300:\nHINT:  x"},
};

/* Without the code a server that is starting is not waited for; with it in the text the message is
 * not what PostgreSQL's users know. */
static void test_refused_connections(void **state)
{
    static const char prefix[] = "could not connect: ";
    (void)state;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct error err OWNED(error_release) = {0};

        failure_of_connect(refusals[i].libpq, false, &err);
        assert_int_equal(err.kind, ERROR_CONNECTION);
        assert_string_equal(err.sqlstate, refusals[i].sqlstate);
        assert_int_equal(strncmp(err.message, prefix, sizeof prefix - 1), 0);
        assert_string_equal(err.message + sizeof prefix - 1, refusals[i].message);
    }
}

/* What to do about it differs: a wrong password is not a server that is down. */
static void test_hints_of_refused_connections(void **state)
{
    static const struct {
        const char *libpq;
        const char *hint; /* a part of it; NULL: none */
    } cases[] = {
        {HOST REFUSED, "running"},
        {"FATAL:  28P01: password authentication failed for user \"x\"\n", "PGPASSWORD"},
        {"FATAL:  28000: no pg_hba.conf entry\n", "pg_hba.conf"},
        {"FATAL:  3D000: database \"postgres\" does not exist\n", "--maintenance-database"},
        {"FATAL:  42501: permission denied for database \"postgres\"\n", "GRANT CONNECT"},
        {"FATAL:  53300: sorry, too many clients already\n", "max_connections"},
        {"FATAL:  57P03: the database system is starting up\n", "--wait"},
        {"FATAL:  XX000: no idea\n", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err OWNED(error_release) = {0};

        failure_of_connect(cases[i].libpq, false, &err);
        if (cases[i].hint == NULL)
            assert_null(err.hint);
        else
            assert_non_null(strstr(err.hint, cases[i].hint));
    }
}

/* libpq's second line guesses, and would be repeated for every job. */
static void test_lost_connections(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    failure_of_connection("server closed the connection unexpectedly\n\tThis probably means\n",
                          &err);
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_string_equal(err.message, "lost the connection to the server: server closed the "
                                     "connection unexpectedly");
    failure_of_connection("", &err);
    assert_int_equal(err.kind, ERROR_CONNECTION);
    failure_of_timeout("db.example", "5433", 2500, &err);
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_string_equal(err.message,
                        "could not connect: no answer from \"db.example\", port 5433, within 2 s");
    failure_of_timeout(NULL, NULL, 2500, &err);
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_non_null(strstr(err.hint, "connect_timeout"));
}

/* libpq itself gives up when it has no password: no server's code says so. */
static void test_missing_password_is_told_apart(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    failure_of_connect("fe_sendauth: no password supplied\n", true, &err);
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_non_null(strstr(err.hint, "PGPASSWORD"));
}

/* A result that nobody sent has no fields: whatever it was, it is no success and no refusal. */
static void test_result_without_fields(void **state)
{
    struct error err OWNED(error_release) = {0};
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR);
    (void)state;

    failure_of_statement(result, &err);
    PQclear(result);
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_string_equal(err.sqlstate, "");
    assert_true(strlen(err.message) > 0);
    assert_null(err.detail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_refused_connections),
        cmocka_unit_test(test_hints_of_refused_connections),
        cmocka_unit_test(test_lost_connections),
        cmocka_unit_test(test_missing_password_is_told_apart),
        cmocka_unit_test(test_result_without_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
