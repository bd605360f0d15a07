/* The settings of the server that make tests slow, as `doctor` tells of them. */
// links: doctor_fixture.c
// links: provision_fixture.c
// links: table_results.c
#include "doctor_fixture.h"

#define TEMPLATE "owner|owned|is_template|connection_limit|has_grants|folder|size\n"
#define SYNCED(commit, standby)                                                                    \
    {                                                                                              \
        [DOCTOR_SETTINGS] =                                                                        \
            DOCTOR_SETTINGS_HEAD "fsync|on\nsynchronous_commit|" commit "\nfull_page_writes|on\n"  \
                                 "synchronous_standby_names|" standby "\n"                         \
    }

static void test_fsync(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "off"},
        {.facts = SYNCED("on", ""),
         .severity = FINDING_WARNING,
         .text = "on",
         .advice = "69 ms",
         .fix = "ALTER SYSTEM SET fsync = 'off';\nSELECT pg_reload_conf();"},
    };
    (void)state;

    DOCTOR_ASSERT("fsync", cases);
}

/* What the template has for itself is what its copies get. */
static void test_commit(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "off"},
        {.facts = {[DOCTOR_SETTINGS] = DOCTOR_SETTINGS_HEAD "fsync|off\nsynchronous_commit|on\n"},
         .text = "costs little"},
        {.facts = SYNCED("on", ""),
         .severity = FINDING_WARNING,
         .text = "on: each commit of a test waits for the disk",
         .fix = "ALTER DATABASE \"circ\" SET synchronous_commit = off;"},
        {.facts = SYNCED("on", "s1"),
         .severity = FINDING_WARNING,
         .text = "standby servers",
         .fix = "ALTER DATABASE \"circ\" SET synchronous_commit = off;"},
        {.facts = SYNCED("on", ""),
         .sets = {[LOOK_SETTINGS] = "role|setting\nann|synchronous_commit=on\n"
                                    "~|synchronous_commit=off\n"},
         .text = "off"},
        {.facts = SYNCED("on", ""),
         .sets = {[LOOK_TEMPLATE] = TEMPLATE},
         .severity = FINDING_WARNING,
         .text = "on",
         .fix = "ALTER SYSTEM SET synchronous_commit = 'off';\nSELECT pg_reload_conf();"},
    };
    (void)state;

    DOCTOR_ASSERT("synchronous_commit", cases);
}

static void test_pages(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "off"},
        {.facts = SYNCED("on", ""),
         .severity = FINDING_WARNING,
         .text = "logged whole",
         .fix = "ALTER SYSTEM SET full_page_writes = 'off';\nSELECT pg_reload_conf();"},
    };
    (void)state;

    DOCTOR_ASSERT("full_page_writes", cases);
}

#define LOG(size)                                                                                  \
    "pid|role|superuser|createdb|recovery|fsync|free_connections|max_wal_size\n"                   \
    "7|app|f|t|f|t|90|" size "\n"

static void test_wal(void **state)
{
    static const struct doctor_case cases[] = {
        {.sets = {[LOOK_SERVER] = LOG("1073741824")}, .text = "1024 MB"},
        {.sets = {[LOOK_SERVER] = LOG("20000000")},
         .severity = FINDING_WARNING,
         .text = "the copies take",
         .fix = "ALTER SYSTEM SET max_wal_size = '44MB';\nSELECT pg_reload_conf();"},
    };
    (void)state;

    DOCTOR_ASSERT("max_wal_size", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fsync),
        cmocka_unit_test(test_commit),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_wal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
