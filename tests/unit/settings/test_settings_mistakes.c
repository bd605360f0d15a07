/* All mistakes in the values of all sources at once, each with its source. */
#include "settings_fixture.h"

/* One mistake per attempt is what makes people give up on a tool: all of them at once, in order. */
static void test_mistakes_of_all_sources(void **state)
{
    static const struct settings_flag flags[] = {
        {SETTING_WORKERS, false, "four"},
        {SETTING_OWNER, false, "fine"},
        {SETTING_STRATEGY, false, "fast"},
        {SETTING_WORKERS, false, "5"},
    };

    (void)state;
    write_file("pgclone.yaml", "jobs: 0\nowner: x\nserver: ${PGT_UNSET}\nrun_id:\n");
    setenv("PGCLONE_WAIT", "1h", 1);
    setenv("PGCLONE_CONFIG", "", 1);
    assert_mistakes(
        flags, COUNT(flags),
        "PGCLONE_CONFIG: must not be empty\n"
        "pgclone.yaml:1: jobs: \"0\" is not a number from 1 to 1000 or \"auto\"\n"
        "pgclone.yaml:3: server: variable \"PGT_UNSET\" is not set and has no default\n"
        "pgclone.yaml:4: run_id: must not be empty\n"
        "PGCLONE_WAIT: \"1h\" is not a number from 0 to 86400\n"
        "--workers: \"four\" is not a number from 1 to 4096 or \"auto\"\n"
        "--strategy: \"fast\" is not one of \"auto\", \"wal_log\", \"file_copy\" or \"clone\"");
}

/* A file whose form is wrong has no values, but those of the other sources are looked at. */
static void test_mistake_in_form_beside_others(void **state)
{
    static const struct settings_flag flag = {SETTING_WORKERS, false, "four"};

    (void)state;
    write_file("pgclone.yaml", "jobs: 0\nwrokers: 1\nworkres: 2\n");
    setenv("PGCLONE_WAIT", "1h", 1);
    assert_mistakes(&flag, 1,
                    "pgclone.yaml:2: wrokers: unknown key; did you mean \"workers\"?\n"
                    "PGCLONE_WAIT: \"1h\" is not a number from 0 to 86400\n"
                    "--workers: \"four\" is not a number from 1 to 4096 or \"auto\"");
}

#define A16 "aaaaaaaaaaaaaaaa"

/* Every mistake that a value can have, about one a line, none of which may hide another. */
static const char wrong_yaml[] =
    "# every mistake of a value, one per line, none of which may hide another\n"
    "server: postgresql://app:${PGT_SECRET}@db/shop\n"
    "maintenance_database: ~\n"
    "project: \"tab\\there\"\n"
    "workers: 4097\n"
    "runner: pytest\n"
    "create_database: perhaps\n"
    "external_schema: sometimes\n"
    "template: " A16 A16 A16 A16 "\n"
    "name: \"{base}\\x01\"\n"
    "run_id: ''\n"
    "owner: ${PGT_OWNER\n"
    "grant_to: ${1PERSON}\n"
    "strategy: reflink\n"
    "jobs: -1\n"
    "existing: drop\n"
    "wait: 99999999999999999999\n"
    "disconnect_template: 7\n"
    "spares: 1001\n"
    "build:\n"
    "  sql:\n"
    "    - schema.sql\n"
    "    -\n"
    "    - ${PGT_SQL}\n"
    "  command: ['', db]\n"
    "  inputs:\n";
static const char wrong_yaml_mistakes[] =
    "pgclone.yaml:2: server: variable \"PGT_SECRET\" is not set and has no default\n"
    "pgclone.yaml:3: maintenance_database: must not be empty\n"
    "pgclone.yaml:4: project: \"tab\\x09here\" has a control character\n"
    "pgclone.yaml:5: workers: \"4097\" is not a number from 1 to 4096 or \"auto\"\n"
    "pgclone.yaml:6: runner: \"pytest\" is not one of \"pytest-xdist\", \"jest\", \"vitest\", "
    "\"mocha\", \"nextest\", \"paratest\", \"mix\", \"parallel-tests\" or \"django\"\n"
    "pgclone.yaml:7: create_database: \"perhaps\" is not \"true\" or \"false\" (nor yes, no, "
    "on, off, 1 or 0)\n"
    "pgclone.yaml:8: external_schema: \"sometimes\" is not \"true\" or \"false\" (nor yes, no, "
    "on, off, 1 or 0)\n"
    "pgclone.yaml:9: template: \"" A16 A16 A16 A16 "\" is 64 bytes long, and PostgreSQL would "
    "silently cut it to 63\n"
    "pgclone.yaml:10: name: \"{base}\\x01\" has a control character\n"
    "pgclone.yaml:11: run_id: must not be empty\n"
    "pgclone.yaml:12: owner: variable \"PGT_OWNER\" must be followed by \"}\" or "
    "\":-default}\"\n"
    "pgclone.yaml:13: grant_to: \"${\" must be followed by the name of a variable (write "
    "\"$${\" for the characters themselves)\n"
    "pgclone.yaml:14: strategy: \"reflink\" is not one of \"auto\", \"wal_log\", "
    "\"file_copy\" or \"clone\"\n"
    "pgclone.yaml:15: jobs: \"-1\" is not a number from 1 to 1000 or \"auto\"\n"
    "pgclone.yaml:16: existing: \"drop\" is not one of \"replace\", \"keep\" or \"fail\"\n"
    "pgclone.yaml:17: wait: \"99999999999999999999\" is not a number from 0 to 86400\n"
    "pgclone.yaml:18: disconnect_template: \"7\" is not \"true\" or \"false\" (nor yes, no, "
    "on, off, 1 or 0)\n"
    "pgclone.yaml:19: spares: \"1001\" is not a number from 0 to 1000 or \"auto\"\n"
    "pgclone.yaml:23: build.sql: item 2: must not be empty\n"
    "pgclone.yaml:24: build.sql: item 3: variable \"PGT_SQL\" is not set and has no default\n"
    "pgclone.yaml:25: build.command: item 1: must not be empty\n"
    "pgclone.yaml:26: build.inputs: must not be empty";

/* Whoever gets every setting wrong must learn of each mistake at once, by file and line. */
static void test_every_mistake_in_one_file(void **state)
{
    (void)state;
    write_file("pgclone.yaml", wrong_yaml);
    assert_mistakes(NULL, 0, wrong_yaml_mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mistakes_of_all_sources, clear, clear),
        cmocka_unit_test_setup_teardown(test_mistake_in_form_beside_others, clear, clear),
        cmocka_unit_test_setup_teardown(test_every_mistake_in_one_file, clear, clear),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
