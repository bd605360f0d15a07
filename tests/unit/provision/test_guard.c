/* What must hold before anything is made: guards G2, G3, G5 and G6, and what a role may do. */
// links: provision_fixture.c
// links: table_results.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/guard.h"
#include "provision_fixture.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

#define SERVER "role|superuser|createdb|recovery|fsync|free_connections\n"
#define TEMPLATE "owner|owned|is_template|connection_limit|has_grants|folder|size\n"
#define NO_TEMPLATE TEMPLATE

/* A look in which everything is as it should be but for what a case says. */
struct server_case {
    const char *server;   /* a row; NULL: ordinary */
    const char *source;   /* a row, or a whole table; NULL: ordinary */
    const char *roles;    /* rows */
    const char *owner;    /* as set */
    const char *grant_to; /* as set */
    enum strategy strategy;
    bool clones;
    int version;
    enum error_kind kind; /* ERROR_NONE: let through */
    const char *message;  /* a part of it */
    const char *hint;     /* a part of it */
};

static const struct server_case server_cases[] = {
    {.version = 150000},
    /* The role. */
    {.server = "app|t|f|f|t|9", .version = 150000},
    {.server = "app|f|f|f|t|9",
     .kind = ERROR_PRIVILEGE,
     .message = "may not create databases",
     .hint = "ALTER ROLE \"app\" CREATEDB"},
    {.server = "app|t|t|t|t|9", .kind = ERROR_SERVER, .message = "standby", .hint = "primary"},
    /* The template. */
    {.source = NO_TEMPLATE,
     .kind = ERROR_SERVER,
     .message = "\"circ\" does not exist",
     .hint = "--template"},
    {.source = TEMPLATE "app|t|f|-2|f|~|1\n",
     .kind = ERROR_SERVER,
     .message = "is invalid",
     .hint = "DROP DATABASE \"circ\""},
    {.source = TEMPLATE "boss|f|f|-1|f|~|1\n",
     .kind = ERROR_PRIVILEGE,
     .message = "may not clone \"circ\", which belongs to \"boss\"",
     .hint = "IS_TEMPLATE"},
    {.source = TEMPLATE "boss|f|t|-1|f|~|1\n", .version = 150000},
    {.source = TEMPLATE "boss|f|f|-1|f|~|1\n", .server = "app|t|f|f|t|9", .version = 150000},
    /* The owner. */
    {.owner = "own",
     .kind = ERROR_SERVER,
     .message = "--owner: role \"own\" does not exist",
     .hint = "CREATE ROLE \"own\""},
    {.owner = "own", .roles = "own|t|t\n", .version = 150000},
    {.owner = "own",
     .roles = "own|t|f\n",
     .kind = ERROR_PRIVILEGE,
     .message = "may not make databases for owner \"own\"",
     .hint = "GRANT \"own\" TO \"app\""},
    {.owner = "own",
     .roles = "own|f|t\n",
     .kind = ERROR_PRIVILEGE,
     .message = "for owner \"own\"",
     .hint = "INHERIT"},
    {.owner = "own", .roles = "own|f|f\n", .server = "app|t|f|f|t|9", .version = 150000},
    {.owner = "own",
     .server = "app|t|f|f|t|9",
     .kind = ERROR_SERVER,
     .message = "--owner: role \"own\" does not exist",
     .hint = "CREATE ROLE"},
    /* The grantee. */
    {.grant_to = "tester",
     .kind = ERROR_SERVER,
     .message = "--grant-to: role \"tester\" does not exist",
     .hint = "CREATE ROLE \"tester\""},
    {.grant_to = "tester", .roles = "tester|f|f\n", .version = 150000},
    /* The strategy. */
    {.strategy = STRATEGY_WAL_LOG, .version = 150000},
    {.strategy = STRATEGY_WAL_LOG,
     .version = 140022,
     .kind = ERROR_USAGE,
     .message = "--strategy: this server (PostgreSQL 14) has no strategy wal_log",
     .hint = "PostgreSQL 15"},
    {.strategy = STRATEGY_FILE_COPY, .version = 130000},
    {.strategy = STRATEGY_CLONE, .clones = true, .version = 180000},
    {.strategy = STRATEGY_CLONE,
     .version = 180000,
     .kind = ERROR_USAGE,
     .message = "has no strategy clone",
     .hint = "PostgreSQL 18"},
    {.strategy = STRATEGY_CLONE,
     .version = 170000,
     .kind = ERROR_USAGE,
     .message = "(PostgreSQL 17) has no strategy clone",
     .hint = "file_copy"},
    {.strategy = STRATEGY_AUTO, .version = 130000},
};

static void check_server_case(const struct server_case *one, size_t number)
{
    struct strbuf server OWNED(strbuf_release) = {0};
    struct strbuf roles OWNED(strbuf_release) = {0};
    const char *sets[TABLE_SETS] = {[LOOK_TEMPLATE] = one->source};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct error err OWNED(error_release) = {0};

    strbuf_printf(&server, SERVER "%s\n", one->server != NULL ? one->server : "");
    strbuf_printf(&roles, FIXTURE_ROLES "%s", one->roles != NULL ? one->roles : "");
    sets[LOOK_SERVER] = one->server != NULL ? server.data : NULL;
    sets[LOOK_ROLES] = roles.data;
    fixture_settings(&settings);
    settings.owner = memory_copy_string(one->owner);
    settings.grant_to = memory_copy_string(one->grant_to);
    settings.strategy = one->strategy;
    fixture_scope(&settings, &scope);
    fixture_inventory(sets, &settings, &inventory);
    inventory.clones = one->clones;
    if (guard_server(&scope, &inventory, one->version, &err) != (one->kind == ERROR_NONE))
        fail_msg("case %zu: %s", number, err.message != NULL ? err.message : "let through");
    if (one->kind == ERROR_NONE)
        return;
    assert_int_equal(err.kind, one->kind);
    if (strstr(err.message, one->message) == NULL || strstr(err.hint, one->hint) == NULL)
        fail_msg("case %zu: %s / %s", number, err.message, err.hint);
}

/* Let through, it fails half-way with the server's words; refused, nothing works at all. */
static void test_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof server_cases / sizeof server_cases[0]; i++)
        check_server_case(&server_cases[i], i);
}

/* Empty databases need no template; one that is missing must not matter. */
static void test_server_without_template(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_TEMPLATE] = NO_TEMPLATE};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    fixture_settings(&settings);
    settings.external_schema = false;
    fixture_scope(&settings, &scope);
    fixture_inventory(sets, &settings, &inventory);
    assert_true(guard_server(&scope, &inventory, 150000, NULL));
}

/* A template that pgclone makes may be missing in a plan: it would be made first. */
static void test_server_with_a_template_to_be_made(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_TEMPLATE] = NO_TEMPLATE};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    fixture_settings(&settings);
    settings.reset = RESET_UNDO;
    fixture_scope(&settings, &scope);
    fixture_inventory(sets, &settings, &inventory);
    assert_true(guard_server(&scope, &inventory, 150000, NULL));
}

/* ----------------------------------------------------------------------------------------- serial
 */

struct serial_case {
    const char *server;
    int workers;
    const char *message; /* a part of it; NULL: taken */
};

/* Guards G2 and G3: several workers on one database destroy each other's data; no database at all
 * would be libpq's guess. */
static void test_serial(void **state)
{
    static const struct serial_case serials[] = {
        {"postgresql://h/app", 1, NULL},
        {"postgresql://h/postgres", 1, NULL},
        {"postgresql://h/app", 2, "must run serially, but --workers asks for 2 workers"},
        {"postgresql://h/", 2, "must run serially"},
        {"postgresql://h/", 1, "no database is configured"},
        {NULL, 1, "no database is configured"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++)
        for (int clone = 0; clone < 2; clone++) {
            struct settings settings OWNED(settings_release) = {0};
            struct scope scope OWNED(scope_release) = {0};
            struct error err OWNED(error_release) = {0};

            fixture_settings(&settings);
            memory_replace_string(&settings.server, serials[i].server);
            settings.workers = serials[i].workers;
            settings.external_schema = clone != 0;
            settings.create_database = false;
            assert_true(scope_is_serial(&settings));
            assert_true(scope_resolve(&settings, &scope, &err));
            assert_null(scope.template_name);
            assert_int_equal(guard_serial(&scope, &err), serials[i].message == NULL);
            if (serials[i].message == NULL)
                continue;
            assert_int_equal(err.kind, ERROR_GUARD);
            assert_non_null(strstr(err.message, serials[i].message));
        }
}

/* ------------------------------------------------------------------------------------------ names
 */

#define OURS FIXTURE_MARK("circ", "null", "gw1", FIXTURE_LEASE)
#define OTHERS FIXTURE_MARK("shop", "null", "gw1", FIXTURE_LEASE)
#define HELD FIXTURE_MARK("circ", "\"r1\"", "gw1", FIXTURE_RUN_LEASE)

struct name_case {
    const char *locks;    /* of the three workers' names */
    const char *database; /* circ_gw1's comment; NULL: it is not there */
    enum existing existing;
    const char *message; /* a part of it; NULL: let through */
};

static const struct name_case name_cases[] = {
    {"ttt", NULL, EXISTING_REPLACE, NULL},
    {"ttt", OURS, EXISTING_REPLACE, NULL},
    {"ttt", OURS, EXISTING_KEEP, NULL},
    {"ttt", OTHERS, EXISTING_REPLACE, NULL},
    {"ttt", OURS, EXISTING_FAIL, "\"circ_gw1\" exists already"},
    /* G5. */
    {"ttt", "~", EXISTING_REPLACE, "\"circ_gw1\" exists and was not made by pgclone"},
    {"ttt", "the shop", EXISTING_REPLACE, "was not made by pgclone"},
    {"ttt", "pgclone: the shop", EXISTING_REPLACE, "was not made by pgclone"},
    {"ttt", "~", EXISTING_KEEP, "was not made by pgclone"},
    {"ttt", "~", EXISTING_FAIL, "was not made by pgclone"},
    {"fff", "~", EXISTING_REPLACE, "being made by another pgclone"},
    /* G6. */
    {"ttt", HELD, EXISTING_REPLACE,
     "\"circ_gw1\" is held by run \"r1\" that is alive on host \"build1\", process 4711"},
    {"ttt", HELD, EXISTING_KEEP, "held by run \"r1\""},
    {"tft", HELD, EXISTING_REPLACE, "held by run \"r1\""},
    {"tft", NULL, EXISTING_REPLACE, "\"circ_gw1\" is being made by another pgclone"},
    {"tft", OURS, EXISTING_REPLACE, "\"circ_gw1\" is held by a run that is alive"},
    {"ttf", NULL, EXISTING_REPLACE, "\"circ_gw2\" is being made by another pgclone"},
    {"ftf", NULL, EXISTING_REPLACE, "\"circ_gw0\" is being made by another pgclone"},
};

/* Which of the names of three workers are locked by us, a letter for each. */
static void add_locks(const char *letters, struct strbuf *out)
{
    strbuf_add(out, "name|locked\n");
    for (int n = 0; n < 3; n++)
        strbuf_printf(out, "circ_gw%d|%c\n", n, letters[n]);
}

/* Let through, somebody's database is replaced; that is the worst that pgclone could do. */
static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof name_cases / sizeof name_cases[0]; i++) {
        const struct name_case *one = &name_cases[i];
        struct strbuf locks OWNED(strbuf_release) = {0};
        struct strbuf databases OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {[LOOK_LEASES] =
                                            FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1")};
        struct settings settings OWNED(settings_release) = {0};
        struct scope scope OWNED(scope_release) = {0};
        struct inventory inventory OWNED(inventory_release) = {0};
        struct error err OWNED(error_release) = {0};

        add_locks(one->locks, &locks);
        strbuf_add(&databases, FIXTURE_DATABASES);
        if (one->database != NULL)
            strbuf_printf(&databases, "circ_gw1|%s|f|f|0|~\n", one->database);
        sets[LOOK_LOCKS] = locks.data;
        sets[LOOK_DATABASES] = databases.data;
        fixture_settings(&settings);
        settings.existing = one->existing;
        fixture_scope(&settings, &scope);
        fixture_inventory(sets, &settings, &inventory);
        if (guard_names(&scope, &inventory, &err) != (one->message == NULL))
            fail_msg("case %zu: %s", i, err.message != NULL ? err.message : "let through");
        if (one->message == NULL)
            continue;
        assert_int_equal(err.kind, ERROR_GUARD);
        assert_non_null(err.hint);
        if (strstr(err.message, one->message) == NULL)
            fail_msg("case %zu: %s", i, err.message);
    }
}

/* Inside a run an earlier create's databases are replaced, where nobody is at work on them; the
 * run's own are not, and it is said what they are. */
static void test_names_inside_a_run(void **state)
{
    static const struct {
        const char *locks;
        const char *database;
        const char *hint; /* NULL: let through */
    } inside_cases[] = {
        {"ttt", FIXTURE_MARK_INSIDE("circ", "circ", FIXTURE_LEASE), NULL},
        {"tft", FIXTURE_MARK_INSIDE("circ", "circ", FIXTURE_LEASE), "pgclone url"},
        {"tft", HELD, "pgclone url"},
        {"ttt", HELD, "pgclone url"},
        {"tft", OURS, "Wait until that run has ended"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof inside_cases / sizeof inside_cases[0]; i++) {
        struct enclosing_run run = {0};
        struct strbuf locks OWNED(strbuf_release) = {0};
        struct strbuf databases OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {[LOOK_LEASES] = FIXTURE_OPEN_RUN};
        struct settings settings OWNED(settings_release) = {0};
        struct scope scope OWNED(scope_release) = {0};
        struct inventory inventory OWNED(inventory_release) = {0};
        struct error err OWNED(error_release) = {0};

        add_locks(inside_cases[i].locks, &locks);
        strbuf_printf(&databases, FIXTURE_DATABASES "circ_gw1|%s|f|f|0|~\n",
                      inside_cases[i].database);
        sets[LOOK_LOCKS] = locks.data;
        sets[LOOK_DATABASES] = databases.data;
        fixture_settings(&settings);
        fixture_scope(&settings, &scope);
        fixture_inventory(sets, &settings, &inventory);
        assert_true(lease_read(FIXTURE_RUN_LEASE, &run.lease));
        scope.enclosing = &run;
        assert_int_equal(guard_names(&scope, &inventory, &err), inside_cases[i].hint == NULL);
        if (inside_cases[i].hint != NULL)
            assert_non_null(strstr(err.hint, inside_cases[i].hint));
    }
}

/* The message must say which run, host and process, or nobody knows whom to ask. */
static void test_holder(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_DATABASES] = FIXTURE_DATABASES
                                                 "a|" HELD "|f|f|0|~\nb|" OURS "|f|f|0|~\n"
                                                 "c|~|f|f|0|~\n"};
    static const char *const expected[] = {
        "held by run \"r1\" that is alive on host \"build1\", process 4711",
        "held by a run that is alive on host \"build1\", process 4711",
        "held by a pgclone that is at work",
    };
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    for (size_t i = 0; i < 3; i++) {
        char *holder OWNED(memory_free_string) = guard_holder(&inventory.databases[i]);

        assert_string_equal(holder, expected[i]);
    }
}

/* ------------------------------------------------------------------------------------------ table
 */

#define FINDS(table) [LOOK_DATABASES] = FIXTURE_DATABASES table

/* Which guards fail, each by its id and message, and which pass. */
static void walk(enum guard_stage stage, const struct guard_view *view, struct strbuf *out)
{
    const struct guard *guard;

    for (size_t i = 0; (guard = guard_at(i)) != NULL; i++) {
        struct error err OWNED(error_release) = {0};

        if (guard->stage != stage)
            continue;
        if (guard->check(view, &err)) {
            strbuf_printf(out, "ok %s\n", guard->title);
        } else {
            assert_non_null(err.hint);
            strbuf_printf(out, "%s: %s\n", guard->id, err.message);
        }
    }
}

/* Who is told of one thing at a time, each time that it is mended, has as many failed runs. */
static void test_every_finding_can_be_told(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_SERVER] = SERVER "app|f|f|f|t|9\n",
        [LOOK_TEMPLATE] = TEMPLATE "boss|f|f|-1|f|~|1\n",
        [LOOK_ROLES] = FIXTURE_ROLES,
        FINDS("circ_gw0|~|f|f|0|~\ncirc_gw1|" HELD "|f|f|0|~\n"),
        [LOOK_LEASES] = FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1")};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct guard_view view = {.scope = &scope, .inventory = &inventory, .server_version = 150000};
    struct strbuf findings OWNED(strbuf_release) = {0};
    (void)state;

    fixture_settings(&settings);
    settings.owner = memory_copy_string("own");
    fixture_scope(&settings, &scope);
    fixture_inventory(sets, &settings, &inventory);
    walk(GUARD_MAKER, &view, &findings);
    walk(GUARD_SERVER, &view, &findings);
    for (; view.worker < 2; view.worker++)
        walk(GUARD_NAMES, &view, &findings);
    assert_string_equal(
        strbuf_text(&findings),
        "ok the server takes changes\n"
        "role: role \"app\" may not create databases\n"
        "template: role \"app\" may not clone \"circ\", which belongs to \"boss\"\n"
        "owner: --owner: role \"own\" does not exist\n"
        "ok the role that gets the privileges exists\n"
        "ok the server has the strategy\n"
        "G5: the database \"circ_gw0\" exists and was not made by pgclone\n"
        "ok no living process holds the worker's database\n"
        "ok the worker's database may be there already, or is not\n"
        "ok the worker's name is free, or borne by a database of pgclone's\n"
        "G6: the database \"circ_gw1\" is held by run \"r1\" that is alive on host \"build1\", "
        "process 4711\n"
        "ok the worker's database may be there already, or is not\n");
}

/* Of a worker's name everything is said before the next one's: the first that is refused is told.
 */
static void test_names_are_checked_worker_by_worker(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        FINDS("circ_gw0|" HELD "|f|f|0|~\ncirc_gw1|~|f|f|0|~\n"), [LOOK_LEASES] =
                                                                      FIXTURE_LEASES FIXTURE_HOLDER(
                                                                          FIXTURE_RUN_KEY, "1")};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    fixture_settings(&settings);
    fixture_scope(&settings, &scope);
    fixture_inventory(sets, &settings, &inventory);
    assert_false(guard_names(&scope, &inventory, &err));
    assert_non_null(strstr(err.message, "\"circ_gw0\" is held"));
}

/* Somebody's database that took the name while the copies were made is not replaced. */
static void test_what_is_replaced_is_still_ours(void **state)
{
    static const char *const ours[TABLE_SETS] = {FINDS("circ_gw1|" OURS "|f|f|0|~\n")};
    static const char *const foreign[TABLE_SETS] = {
        FINDS("circ_gw1|" OURS "|f|f|0|~\ncirc_gw2|~|f|f|0|~\n")};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    fixture_settings(&settings);
    fixture_scope(&settings, &scope);
    fixture_inventory(ours, &settings, &inventory);
    assert_true(guard_replaced(&scope, &inventory, &err));
    inventory_release(&inventory);
    fixture_inventory(foreign, &settings, &inventory);
    assert_false(guard_replaced(&scope, &inventory, &err));
    assert_int_equal(err.kind, ERROR_GUARD);
    assert_string_equal(err.message,
                        "the database \"circ_gw2\" was made by somebody else meanwhile");
    assert_non_null(strstr(err.hint, "--name"));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_server),
        TEST(test_server_without_template),
        TEST(test_server_with_a_template_to_be_made),
        TEST(test_names),
        TEST(test_names_inside_a_run),
        TEST(test_holder),
        TEST(test_serial),
        TEST(test_every_finding_can_be_told),
        TEST(test_names_are_checked_worker_by_worker),
        TEST(test_what_is_replaced_is_still_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
