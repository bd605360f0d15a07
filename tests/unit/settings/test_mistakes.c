/* The list of mistakes, by itself and as settings_load() fills it. */
#include "pgclone/settings/mistakes.h"
#include "settings_fixture.h"

/* Mistakes are mended from the top of the file down: the order must be the file's. */
static void test_order_of_lines(void **state)
{
    static const int lines[] = {9, 2, 0, 7, 2, 5, 1, 2, 0, 7, 8};
    struct mistakes mistakes = {0};
    struct error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        mistakes_add(&mistakes, lines[i], "%d.%zu", lines[i], i);
    mistakes_sort(&mistakes);
    assert_false(mistakes_none(&mistakes, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, "0.2\n0.8\n1.6\n2.1\n2.4\n2.7\n5.5\n7.3\n7.9\n8.10\n9.0");
    error_release(&err);
    mistakes_release(&mistakes);
}

/* The line number is what an editor jumps to. */
static void test_place(void **state)
{
    struct mistakes mistakes = {0};
    struct error err = {0};

    (void)state;
    mistakes_add_at(&mistakes, "dir/pgclone.yaml", 7, "%s: %s", "workers", "no");
    assert_false(mistakes_none(&mistakes, &err));
    assert_string_equal(err.message, "dir/pgclone.yaml:7: workers: no");
    error_release(&err);
    mistakes_release(&mistakes);
}

/* No mistakes must not be an error, nor crash when sorted. */
static void test_none(void **state)
{
    struct mistakes mistakes = {0};
    struct error err = {0};

    (void)state;
    mistakes_sort(&mistakes);
    assert_true(mistakes_none(&mistakes, &err));
    assert_false(error_is_set(&err));
    mistakes_release(&mistakes);
}

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
    write_file("pgclone.yaml", "jobs: 0\nwrokers: 1\nserver: ${PGT_UNSET}\nrun_id:\n");
    setenv("PGCLONE_WAIT", "1h", 1);
    setenv("PGCLONE_CONFIG", "", 1);
    assert_mistakes(
        flags, COUNT(flags),
        "PGCLONE_CONFIG: must not be empty\n"
        "pgclone.yaml:1: jobs: \"0\" is not a number from 1 to 1000 or \"auto\"\n"
        "pgclone.yaml:2: wrokers: unknown key; did you mean \"workers\"?\n"
        "pgclone.yaml:3: server: variable \"PGT_UNSET\" is not set and has no default\n"
        "pgclone.yaml:4: run_id: must not be empty\n"
        "PGCLONE_WAIT: \"1h\" is not a number from 0 to 86400\n"
        "--workers: \"four\" is not a number from 1 to 4096 or \"auto\"\n"
        "--strategy: \"fast\" is not one of \"auto\", \"wal_log\", \"file_copy\" or \"clone\"");
}

#define A16 "aaaaaaaaaaaaaaaa"

/* Every mistake of the contract's section 2, about one a line, none of which may hide another. */
static const char wrong_yaml[] =
    "# every mistake of section 2, one per line, none of which may hide another\n"
    "server: postgresql://app:${PGT_SECRET}@db/shop\n"
    "maintenance_database: ~\n"
    "project: \"tab\\there\"\n"
    "workers: 4097\n"
    "runner: pytest\n"
    "create_database: perhaps\n"
    "external_schema: {clone: true}\n"
    "template: " A16 A16 A16 A16 "\n"
    "name: {base}\n"
    "run_id: ''\n"
    "owner:\n"
    "  - app\n"
    "grant_to: \"nul\\0here\"\n"
    "strategy: reflink\n"
    "jobs: -1\n"
    "existing: drop\n"
    "wait: 10s\n"
    "disconnect_template: !!bool yes\n"
    "spares: 1001\n"
    "workers: eight\n"
    "wrokers: 8\n"
    "clone: true\n"
    "turbo: {on: [yes, {very: much}]}\n"
    "build:\n"
    "  sql:\n"
    "    - schema.sql\n"
    "    - [seed.sql]\n"
    "    -\n"
    "    - ${PGT_SQL}\n"
    "  comand: make db\n"
    "  command: ['', db]\n"
    "  inputs: {folder: migrations}\n"
    "  sql: again.sql\n"
    "build: again\n"
    "? [a, list]\n"
    ": as a key\n"
    "maintenance-database: template1\n"
    "project: *shop\n"
    "external_schema: sometimes\n"
    "wait: 99999999999999999999\n"
    "PGCLONE_TEMPLATE: as the variable is called\n"
    "grant_to: ${1PERSON}\n"
    "owner: ${PGT_OWNER\n"
    "strategy: @fast # and nothing can be read after this\n";
static const char wrong_yaml_mistakes[] =
    "pgclone.yaml:2: server: variable \"PGT_SECRET\" is not set and has no default\n"
    "pgclone.yaml:3: maintenance_database: must not be empty\n"
    "pgclone.yaml:4: project: \"tab\\x09here\" has a control character\n"
    "pgclone.yaml:5: workers: \"4097\" is not a number from 1 to 4096 or \"auto\"\n"
    "pgclone.yaml:6: runner: \"pytest\" is not one of \"pytest-xdist\", \"jest\", \"vitest\", "
    "\"mocha\", \"nextest\", \"paratest\", \"mix\", \"parallel-tests\" or \"django\"\n"
    "pgclone.yaml:7: create_database: \"perhaps\" is not \"true\" or \"false\" (nor yes, no, "
    "on, off, 1 or 0)\n"
    "pgclone.yaml:8: external_schema: must be a single value, not a mapping; a string that "
    "begins with \"{\" needs quotes\n"
    "pgclone.yaml:9: template: \"" A16 A16 A16 A16 "\" is 64 bytes long, and PostgreSQL would "
    "silently cut it to 63\n"
    "pgclone.yaml:10: name: must be a single value, not a mapping; a string that begins with "
    "\"{\" needs quotes\n"
    "pgclone.yaml:11: run_id: must not be empty\n"
    "pgclone.yaml:13: owner: must be a single value, not a list\n"
    "pgclone.yaml:14: grant_to: has a NUL character\n"
    "pgclone.yaml:15: strategy: \"reflink\" is not one of \"auto\", \"wal_log\", "
    "\"file_copy\" or \"clone\"\n"
    "pgclone.yaml:16: jobs: \"-1\" is not a number from 1 to 1000 or \"auto\"\n"
    "pgclone.yaml:17: existing: \"drop\" is not one of \"replace\", \"keep\" or \"fail\"\n"
    "pgclone.yaml:18: wait: \"10s\" is not a number from 0 to 86400\n"
    "pgclone.yaml:19: disconnect_template: the tag \"!!bool\" is not supported\n"
    "pgclone.yaml:20: spares: \"1001\" is not a number from 0 to 1000\n"
    "pgclone.yaml:21: workers: duplicate key; the first is on line 5\n"
    "pgclone.yaml:21: workers: \"eight\" is not a number from 1 to 4096 or \"auto\"\n"
    "pgclone.yaml:22: wrokers: unknown key; did you mean \"workers\"?\n"
    "pgclone.yaml:23: clone: unknown key; did you mean \"external_schema\"?\n"
    "pgclone.yaml:24: turbo: unknown key\n"
    "pgclone.yaml:28: build.sql: item 2: must be a single value, not a list\n"
    "pgclone.yaml:29: build.sql: item 3: must not be empty\n"
    "pgclone.yaml:30: build.sql: item 4: variable \"PGT_SQL\" is not set and has no default\n"
    "pgclone.yaml:31: build.comand: unknown key; did you mean \"command\"?\n"
    "pgclone.yaml:32: build.command: item 1: must not be empty\n"
    "pgclone.yaml:33: build.inputs: must be a string or a list of strings, not a mapping; a "
    "string that begins with \"{\" needs quotes\n"
    "pgclone.yaml:34: build.sql: duplicate key; the first is on line 26\n"
    "pgclone.yaml:35: build: duplicate key; the first is on line 25\n"
    "pgclone.yaml:35: build: must be a mapping with \"sql\", \"command\" or \"inputs\", not a "
    "single value\n"
    "pgclone.yaml:36: a key must be a single word, not a list\n"
    "pgclone.yaml:38: maintenance-database: unknown key; did you mean "
    "\"maintenance_database\"?\n"
    "pgclone.yaml:39: project: duplicate key; the first is on line 4\n"
    "pgclone.yaml:39: project: must be a single value, not an alias; a string that begins with "
    "\"*\" needs quotes\n"
    "pgclone.yaml:40: external_schema: duplicate key; the first is on line 8\n"
    "pgclone.yaml:40: external_schema: \"sometimes\" is not \"true\" or \"false\" (nor yes, "
    "no, "
    "on, off, 1 or 0)\n"
    "pgclone.yaml:41: wait: duplicate key; the first is on line 18\n"
    "pgclone.yaml:41: wait: \"99999999999999999999\" is not a number from 0 to 86400\n"
    "pgclone.yaml:42: PGCLONE_TEMPLATE: unknown key\n"
    "pgclone.yaml:43: grant_to: duplicate key; the first is on line 14\n"
    "pgclone.yaml:43: grant_to: \"${\" must be followed by the name of a variable (write "
    "\"$${\" for the characters themselves)\n"
    "pgclone.yaml:44: owner: duplicate key; the first is on line 12\n"
    "pgclone.yaml:44: owner: variable \"PGT_OWNER\" must be followed by \"}\" or "
    "\":-default}\"\n"
    "pgclone.yaml:45: not valid YAML: found character that cannot start any token while "
    "scanning for the next token; a string that begins with \"@\" needs quotes";

/* Whoever gets a thousand bytes of settings wrong must learn of each mistake, by file and line. */
static void test_every_mistake_in_one_file(void **state)
{
    (void)state;
    write_file("pgclone.yaml", wrong_yaml);
    assert_in_range(sizeof wrong_yaml, 900, 1200);
    assert_mistakes(NULL, 0, wrong_yaml_mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_lines),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_none),
        cmocka_unit_test_setup_teardown(test_mistakes_of_all_sources, clear, clear),
        cmocka_unit_test_setup_teardown(test_every_mistake_in_one_file, clear, clear),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
