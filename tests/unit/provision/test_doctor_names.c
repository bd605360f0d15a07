/* The workers' names and what is left on the server, as `doctor` tells it. */
// links: doctor_fixture.c
// links: provision_fixture.c
// links: table_results.c
#include "doctor_fixture.h"

#define FOREIGN FIXTURE_DATABASES "circ_gw1|~|f|f|0|5|t\n"
#define OURS(lease)                                                                                \
    FIXTURE_DATABASES "circ_gw1|" FIXTURE_MARK("circ", "\"r1\"", "gw1", lease) "|f|f|0|9000000|"   \
                                                                               "t\n"
#define HELD                                                                                       \
    {                                                                                              \
        [LOOK_DATABASES] = OURS(FIXTURE_RUN_LEASE), [LOOK_LEASES] = FIXTURE_OPEN_RUN               \
    }

static void set_fail(struct settings *settings)
{
    settings->existing = EXISTING_FAIL;
}

static void set_name(struct settings *settings)
{
    settings->name = memory_copy_string("mine_{worker}");
}

/* 55 bytes: "_gw0" fits behind it, "_0123abcd_gw0" does not. */
static void set_long_name(struct settings *settings)
{
    settings->template_name =
        memory_copy_string("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffff");
}

static void test_names(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "3 names, \"circ_gw0\" to \"circ_gw2\""},
        {.sets = {[LOOK_DATABASES] = FOREIGN},
         .severity = FINDING_ERROR,
         .exit_code = 4,
         .text = "was not made by pgclone",
         .fix = "ALTER DATABASE \"circ_gw1\" RENAME TO \"circ_gw1_old\";"},
        {.sets = {[LOOK_DATABASES] = FIXTURE_DATABASES "circ_gw1|~|f|f|0|5|t\n"
                                                       "circ_gw1_old|~|f|f|0|5|t\n"
                                                       "circ_gw2|~|f|f|0|5|t\n"},
         .severity = FINDING_ERROR,
         .exit_code = 4,
         .text = "circ_gw1",
         .count = 2},
        {.sets = {[LOOK_DATABASES] = OURS(FIXTURE_LEASE)}, .text = "pgclone's own"},
    };
    (void)state;

    DOCTOR_ASSERT("names", cases);
}

static void test_held(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "held by nobody"},
        {.sets = HELD,
         .severity = FINDING_ERROR,
         .exit_code = 4,
         .text = "held by run \"r1\"",
         .fix = "export PGCLONE_RUN_ID=\"$(date +%s)\""},
        {.set = set_name,
         .sets = {[LOOK_LOCKS] = "name|locked\nmine_gw0|t\nmine_gw1|f\nmine_gw2|t\n"},
         .severity = FINDING_ERROR,
         .exit_code = 4,
         .text = "being made by another pgclone"},
    };
    (void)state;

    DOCTOR_ASSERT("held", cases);
}

static void test_existing(void **state)
{
    static const struct doctor_case cases[] = {
        {.sets = {[LOOK_DATABASES] = OURS(FIXTURE_LEASE)}, .text = "replaced"},
        {.set = set_fail, .text = "not there"},
        {.set = set_fail,
         .sets = {[LOOK_DATABASES] = OURS(FIXTURE_LEASE)},
         .severity = FINDING_ERROR,
         .exit_code = 4,
         .text = "exists already",
         .fix = "pgclone drop --name 'circ_gw1'"},
    };
    (void)state;

    DOCTOR_ASSERT("existing", cases);
}

static void test_run_names(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "circ_0123abcd_gw2"},
        {.set = set_long_name,
         .severity = FINDING_WARNING,
         .text = "63",
         .advice = "pgclone run",
         .fix = "export PGCLONE_NAME='test_{worker}'"},
    };
    (void)state;

    DOCTOR_ASSERT("run names", cases);
}

static void test_runs(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "none"},
        {.sets = HELD, .text = "alive: \"r1\" of project \"circ\", host \"build1\", process 4711"},
    };
    (void)state;

    DOCTOR_ASSERT("runs", cases);
}

static void test_stale(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "nothing"},
        {.sets = HELD, .text = "nothing"},
        {.sets = {[LOOK_DATABASES] = OURS(FIXTURE_RUN_LEASE)},
         .severity = FINDING_WARNING,
         .text = "left 1 databases, with 8789 kB",
         .fix = "pgclone drop --stale --every-project"},
    };
    (void)state;

    DOCTOR_ASSERT("stale", cases);
}

/* That of the template is told of by another check. */
static void test_invalid(void **state)
{
    static const struct doctor_case cases[] = {
        {.facts = {[DOCTOR_INVALID] = "name|owner\ncirc|app\n"}, .text = "none"},
        {.facts = {[DOCTOR_INVALID] = "name|owner\na\"b|app\n"},
         .severity = FINDING_WARNING,
         .text = "a\"b",
         .fix = "DROP DATABASE \"a\"\"b\";"},
    };
    (void)state;

    DOCTOR_ASSERT("invalid", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_held),
        cmocka_unit_test(test_existing), cmocka_unit_test(test_run_names),
        cmocka_unit_test(test_runs),     cmocka_unit_test(test_stale),
        cmocka_unit_test(test_invalid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
