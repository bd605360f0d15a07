/* What is cloned, and who is in it, as `doctor` tells it. */
// links: doctor_fixture.c
// links: provision_fixture.c
// links: table_results.c
#include "doctor_fixture.h"

#define TEMPLATE "owner|owned|is_template|connection_limit|has_grants|folder|size\n"

static void set_empty(struct settings *settings)
{
    settings->external_schema = false;
}

static void set_disconnect(struct settings *settings)
{
    settings->disconnect_template = true;
}

static void test_template(void **state)
{
    static const struct doctor_case cases[] = {
        {.files = 326, .text = "\"circ\", which the role owns, 7812 kB in 326 files, open"},
        {.facts = {[DOCTOR_TEMPLATE] = DOCTOR_TEMPLATE_HEAD "f|~|~|~\n"},
         .text = "\"circ\", which the role owns, sealed"},
        {.set = set_empty, .sets = {[LOOK_TEMPLATE] = TEMPLATE}, .text = "no template"},
        {.missing = true, .text = "is to be built"},
        {.sets = {[LOOK_TEMPLATE] = TEMPLATE},
         .severity = FINDING_ERROR,
         .exit_code = 1,
         .text = "does not exist",
         .advice = "migrations",
         .fix = "CREATE DATABASE \"circ\" OWNER \"app\";"},
        {.sets = {[LOOK_TEMPLATE] = TEMPLATE "app|t|f|-2|f|~|1\n"},
         .severity = FINDING_ERROR,
         .exit_code = 1,
         .text = "is invalid",
         .fix = "DROP DATABASE \"circ\";\nCREATE DATABASE \"circ\" OWNER \"app\";"},
        {.sets = {[LOOK_TEMPLATE] = TEMPLATE "boss|f|f|-1|f|~|1\n"},
         .severity = FINDING_ERROR,
         .exit_code = 6,
         .text = "may not clone",
         .fix = "ALTER DATABASE \"circ\" IS_TEMPLATE true;"},
    };
    (void)state;

    DOCTOR_ASSERT("template", cases);
}

#define SESSIONS "pid|role|application\n"

static void test_busy(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "nobody is in \"circ\""},
        {.sets = {[LOOK_TEMPLATE] = TEMPLATE}, .text = "not there"},
        {.sets = {[LOOK_SESSIONS] = SESSIONS "12|ann|psql\n13|ben|\n"},
         .severity = FINDING_ERROR,
         .exit_code = 5,
         .text = "user \"ann\", process 12, application \"psql\"; user \"ben\", process 13",
         .fix = "SELECT pg_terminate_backend(12);\nSELECT pg_terminate_backend(13);"},
        {.sets = {[LOOK_SESSIONS] = SESSIONS "~|ann|prepared transaction it's\n"},
         .severity = FINDING_ERROR,
         .exit_code = 5,
         .text = "prepared transaction",
         .fix = "\\connect \"circ\"\nROLLBACK PREPARED 'it''s';"},
        {.set = set_disconnect,
         .sets = {[LOOK_SESSIONS] = SESSIONS "12|ann|psql\n"},
         .severity = FINDING_WARNING,
         .text = "in use",
         .advice = "disconnect_template",
         .fix = "SELECT pg_terminate_backend(12);"},
    };
    (void)state;

    DOCTOR_ASSERT("busy", cases);
}

static void test_collation(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "version 2.36"},
        {.facts = {[DOCTOR_TEMPLATE] = DOCTOR_TEMPLATE_HEAD "t|1|~|~\n"}, .text = "without"},
        {.facts = {[DOCTOR_TEMPLATE] = DOCTOR_TEMPLATE_HEAD "t|1|2.31|2.36\n"},
         .severity = FINDING_ERROR,
         .exit_code = 1,
         .text = "2.31",
         .fix = "\\connect \"circ\"\nREINDEX DATABASE \"circ\";\n"
                "ALTER DATABASE \"circ\" REFRESH COLLATION VERSION;"},
        {.facts = {[DOCTOR_TEMPLATE] = DOCTOR_TEMPLATE_HEAD "f|1|2.31|2.36\n"},
         .severity = FINDING_ERROR,
         .exit_code = 1,
         .text = "2.36",
         .fix = "ALTER DATABASE \"circ\" REFRESH COLLATION VERSION;"},
    };
    (void)state;

    DOCTOR_ASSERT("collation", cases);
}

static void test_limit(void **state)
{
    static const struct doctor_case cases[] = {
        {.text = "no limit"},
        {.sets = {[LOOK_TEMPLATE] = TEMPLATE "app|t|f|5|f|~|1\n"}, .text = "high enough"},
        {.sets = {[LOOK_TEMPLATE] = TEMPLATE "app|t|f|4|f|~|1\n"},
         .severity = FINDING_WARNING,
         .text = "allows 4 connections",
         .fix = "ALTER DATABASE \"circ\" CONNECTION LIMIT -1;"},
    };
    (void)state;

    DOCTOR_ASSERT("limit", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_template),
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_collation),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
