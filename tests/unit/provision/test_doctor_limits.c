/* How copies are made and what the server has room for, as `doctor` tells it. */
// links: doctor_fixture.c
// links: provision_fixture.c
// links: table_results.c
#include "doctor_fixture.h"

#define SETTINGS(connections, locks)                                                               \
    DOCTOR_SETTINGS_HEAD "max_connections|" connections                                            \
                         "\nsuperuser_reserved_connections|3\nreserved_connections|2\n"            \
                         "max_locks_per_transaction|" locks "\nmax_prepared_transactions|0\n"

static void set_clone(struct settings *settings)
{
    settings->strategy = STRATEGY_CLONE;
}

static void set_jobs(struct settings *settings)
{
    settings->jobs = 40;
}

static void test_strategy(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "wal_log"},
        {.version = 140000, .text = "the only one before PostgreSQL 15"},
        {.set = set_clone,
         .severity = FINDING_ERROR,
         .exit_code = 2,
         .text = "no strategy clone",
         .fix = "export PGCLONE_STRATEGY='auto'"},
    };
    (void)state;

    DOCTOR_ASSERT("strategy", cases);
}

static void test_reflink(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "came with PostgreSQL 18"},
        {.version = 180000, .text = "lets nobody"},
        {.version = 180000, .clones = true, .no_clones = true, .text = "cannot", .advice = "XFS"},
        {.version = 180000, .clones = true, .text = "are cloned"},
    };
    (void)state;

    DOCTOR_ASSERT("reflink", cases);
}

/* A pool of five for each of three workers, or as many jobs as are set. */
static void test_connections(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "93 of 97 connections are free, and 15 may be wanted"},
        {.facts = {[DOCTOR_SETTINGS] = SETTINGS("23", "64")},
         .severity = FINDING_WARNING,
         .text = "14 of 18",
         .fix = "ALTER SYSTEM SET max_connections = '44';"},
        {.set = set_jobs,
         .facts = {[DOCTOR_SETTINGS] = SETTINGS("49", "64")},
         .severity = FINDING_WARNING,
         .text = "40 of 44 connections are free, and 41 may be wanted",
         .fix = "ALTER SYSTEM SET max_connections = '70';"},
    };
    (void)state;

    DOCTOR_ASSERT("connections", cases);
}

static void test_role_limit(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "no limit"},
        {.facts = {[DOCTOR_SERVER] = DOCTOR_SERVER_HEAD "15.8|4|15|1|f\n"}, .text = "high enough"},
        {.facts = {[DOCTOR_SERVER] = DOCTOR_SERVER_HEAD "15.8|4|14|1|f\n"},
         .severity = FINDING_WARNING,
         .text = "may have 14 connections",
         .fix = "ALTER ROLE \"app\" CONNECTION LIMIT -1;"},
    };
    (void)state;

    DOCTOR_ASSERT("role limit", cases);
}

static void test_locks(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "6400 locks; how many"},
        {.files = 600, .text = "6400 locks"},
        {.files = 600,
         .facts = {[DOCTOR_SETTINGS] = SETTINGS("20", "10")},
         .severity = FINDING_WARNING,
         .text = "200 locks",
         .fix = "ALTER SYSTEM SET max_locks_per_transaction = '40';"},
    };
    (void)state;

    DOCTOR_ASSERT("locks", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strategy),    cmocka_unit_test(test_reflink),
        cmocka_unit_test(test_connections), cmocka_unit_test(test_role_limit),
        cmocka_unit_test(test_locks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
