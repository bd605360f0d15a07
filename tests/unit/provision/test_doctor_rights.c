/* Which server this is and what the role may do there, as `doctor` tells it. */
// links: doctor_fixture.c
// links: provision_fixture.c
// links: table_results.c
#include "doctor_fixture.h"

#define SERVER "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
#define TEMPLATE "owner|owned|is_template|connection_limit|has_grants|folder|size\n"
#define MAY_REPLAY DOCTOR_SERVER_HEAD "15.8|4|-1|1|t\n"

static void set_undo(struct settings *settings)
{
    settings->reset = RESET_UNDO;
}

static void set_owner(struct settings *settings)
{
    settings->owner = memory_copy_string("boss");
}

static void set_grantee(struct settings *settings)
{
    settings->grant_to = memory_copy_string("app2");
}

static void set_site_database(struct settings *settings)
{
    memory_replace_string(&settings->maintenance_database, "template1");
}

static void test_server(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "PostgreSQL 15.8, by libpq 15.18"},
        {.version = 120010, .severity = FINDING_WARNING, .text = "PostgreSQL", .advice = "13"},
    };
    (void)state;

    DOCTOR_ASSERT("server", cases);
}

/* Every plain CREATE DATABASE clones template1, and waits for our sessions there. */
static void test_maintenance(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "connected to \"postgres\" as \"app\""},
        {.set = set_site_database,
         .severity = FINDING_WARNING,
         .text = "template1",
         .fix = "export PGCLONE_MAINTENANCE_DATABASE='postgres'"},
    };
    (void)state;

    DOCTOR_ASSERT("maintenance", cases);
}

static void test_pool(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "directly"},
        {.pooled = true, .severity = FINDING_WARNING, .text = "proxy"},
    };
    (void)state;

    DOCTOR_ASSERT("pool", cases);
}

#define REPLAY_FIX "GRANT SET ON PARAMETER session_replication_role TO \"app\";"
#define REASSIGN_FIX "\\connect \"circ\"\nREASSIGN OWNED BY \"other\" TO \"app\";"

/* An error only where it is wanted: with what a create would end. */
static void test_undo(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "not set, and could not be: role \"app\"", .fix = REPLAY_FIX},
        {.set = set_undo,
         .severity = FINDING_ERROR,
         .exit_code = 6,
         .text = "session_replication_role",
         .fix = REPLAY_FIX},
        {.set = set_undo,
         .version = 140000,
         .severity = FINDING_ERROR,
         .exit_code = 2,
         .text = "PostgreSQL 14",
         .fix = "export PGCLONE_RESET='swap'"},
        {.version = 140000, .text = "not set, and could not be"},
        {.set = set_undo, .sets = {[LOOK_TEMPLATE] = TEMPLATE}, .text = "no template yet"},
        {.set = set_undo,
         .facts = {[DOCTOR_SERVER] = MAY_REPLAY, [DOCTOR_OWNERS] = "owner\nother\n"},
         .severity = FINDING_ERROR,
         .exit_code = 6,
         .text = "tables of \"other\"",
         .fix = REASSIGN_FIX},
        {.set = set_undo,
         .facts = {[DOCTOR_SERVER] = MAY_REPLAY},
         .text = "can be undone",
         .advice = "Not known"},
        {.facts = {[DOCTOR_SERVER] = MAY_REPLAY}, .text = "would work"},
    };
    (void)state;

    DOCTOR_ASSERT("undo", cases);
}

static void test_primary(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "takes changes"},
        {.sets = {[LOOK_SERVER] = SERVER "7|app|f|t|t|t|9\n"},
         .severity = FINDING_ERROR,
         .exit_code = 1,
         .text = "standby"},
    };
    (void)state;

    DOCTOR_ASSERT("primary", cases);
}

static void test_role(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "\"app\" may create databases"},
        {.sets = {[LOOK_SERVER] = SERVER "7|app|f|f|f|t|9\n"},
         .severity = FINDING_ERROR,
         .exit_code = 6,
         .text = "may not create databases",
         .fix = "ALTER ROLE \"app\" CREATEDB;"},
    };
    (void)state;

    DOCTOR_ASSERT("role", cases);
}

static void test_owner(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "belong to \"app\""},
        {.set = set_owner,
         .severity = FINDING_ERROR,
         .exit_code = 1,
         .text = "does not exist",
         .fix = "CREATE ROLE \"boss\";\nGRANT \"boss\" TO \"app\";\nALTER ROLE \"app\" INHERIT;"},
        {.set = set_owner,
         .version = 170000,
         .sets = {[LOOK_ROLES] = FIXTURE_ROLES "boss|f|f\n"},
         .severity = FINDING_ERROR,
         .exit_code = 6,
         .text = "may not make databases for owner",
         .fix = "GRANT \"boss\" TO \"app\" WITH INHERIT TRUE, SET TRUE;"},
        {.set = set_owner,
         .sets = {[LOOK_ROLES] = FIXTURE_ROLES "boss|t|t\n"},
         .text = "belong to \"boss\""},
    };
    (void)state;

    DOCTOR_ASSERT("owner", cases);
}

static void test_grantee(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "not set"},
        {.set = set_grantee,
         .severity = FINDING_ERROR,
         .exit_code = 1,
         .text = "does not exist",
         .fix = "CREATE ROLE \"app2\";"},
        {.set = set_grantee,
         .sets = {[LOOK_ROLES] = FIXTURE_ROLES "app2|f|f\n"},
         .text = "\"app2\" exists"},
    };
    (void)state;

    DOCTOR_ASSERT("grant_to", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server),  cmocka_unit_test(test_maintenance),
        cmocka_unit_test(test_pool),    cmocka_unit_test(test_undo),
        cmocka_unit_test(test_primary), cmocka_unit_test(test_role),
        cmocka_unit_test(test_owner),   cmocka_unit_test(test_grantee),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
