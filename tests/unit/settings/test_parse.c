/* The parsers of numbers, words and choices, called as the settings table calls them. */
#include "pgclone/base/process.h"
#include "pgclone/settings/parse.h"
#include "settings_fixture.h"

struct number_case {
    enum setting_id id;
    int number; /* what is stored; -1 where it is refused */
    const char *value;
    const char *message; /* "" where it is taken */
};

#define WORKERS_RULE " is not a number from 1 to 4096 or \"auto\""
#define JOBS_RULE " is not a number from 1 to 1000 or \"auto\""
#define WAIT_RULE " is not a number from 0 to 86400"
#define SPARES_RULE " is not a number from 0 to 1000 or \"auto\""

/* A wrong limit, or a "4x" taken as 4, runs tests on a number of databases nobody asked for. */
static void test_numbers(void **state)
{
    static const struct number_case cases[] = {
        {SETTING_WORKERS, 1, "1", ""},
        {SETTING_WORKERS, 4096, "4096", ""},
        {SETTING_WORKERS, 16, "0016", ""},
        {SETTING_WORKERS, -1, "0", "\"0\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "4097", "\"4097\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "four", "\"four\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "-1", "\"-1\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "+4", "\"+4\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, " 4", "\" 4\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "4 ", "\"4 \"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "4x", "\"4x\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "0x4", "\"0x4\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "1e3", "\"1e3\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "4294967297", "\"4294967297\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "18446744073709551617", "\"18446744073709551617\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "AUTO", "\"AUTO\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "\xd9\xa4", "\"\xd9\xa4\"" WORKERS_RULE},
        {SETTING_WORKERS, -1, "", "must not be empty"},
        {SETTING_JOBS, 0, "auto", ""},
        {SETTING_JOBS, 1, "1", ""},
        {SETTING_JOBS, 1000, "1000", ""},
        {SETTING_JOBS, -1, "0", "\"0\"" JOBS_RULE},
        {SETTING_JOBS, -1, "1001", "\"1001\"" JOBS_RULE},
        {SETTING_JOBS, -1, "", "must not be empty"},
        {SETTING_WAIT, 0, "0", ""},
        {SETTING_WAIT, 86400, "86400", ""},
        {SETTING_WAIT, -1, "86401", "\"86401\"" WAIT_RULE},
        {SETTING_WAIT, -1, "1.5", "\"1.5\"" WAIT_RULE},
        {SETTING_WAIT, -1, "10s", "\"10s\"" WAIT_RULE},
        {SETTING_WAIT, -1, "auto", "\"auto\"" WAIT_RULE},
        {SETTING_WAIT, -1, "", "must not be empty"},
        {SETTING_SPARES, SPARES_AUTO, "auto", ""},
        {SETTING_SPARES, 0, "0", ""},
        {SETTING_SPARES, 1000, "1000", ""},
        {SETTING_SPARES, -1, "1001", "\"1001\"" SPARES_RULE},
        {SETTING_SPARES, -1, "", "must not be empty"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings settings = {.workers = -1, .jobs = -1, .wait_s = -1, .spares = -1};
        char *message = parse_message(cases[i].id, cases[i].value, &settings);
        const int numbers[SETTING_COUNT] = {[SETTING_WORKERS] = settings.workers,
                                            [SETTING_JOBS] = settings.jobs,
                                            [SETTING_WAIT] = settings.wait_s,
                                            [SETTING_SPARES] = settings.spares};

        assert_string_equal(message, cases[i].message);
        assert_int_equal(numbers[cases[i].id], cases[i].number);
        free(message);
    }
}

/* Without it `workers: auto` in a container of 2 CPUs makes a database per CPU of the machine. */
static void test_workers_auto_counts_cpus(void **state)
{
    struct settings settings = {0};
    char *message = parse_message(SETTING_WORKERS, "auto", &settings);

    (void)state;
    assert_string_equal(message, "");
    assert_int_equal(settings.workers, process_cpu_count());
    free(message);
}

static int many_cpus(void)
{
    return 5000;
}

/* A machine with more CPUs than the limit must not get past it by `auto`. */
static void test_auto_stays_within_the_limit(void **state)
{
    struct setting row = *settings_row(SETTING_WORKERS);
    struct error err = {0};
    int workers = 0;

    (void)state;
    row.automatic = many_cpus;
    assert_true(parse_number(&row, "auto", &workers, &err));
    assert_int_equal(workers, 4096);
}

struct text_case {
    enum setting_id id;
    const char *value;
    const char *message;
};

/* Docker users write yes, systemd users on, and all of them mean it. */
static void test_bools(void **state)
{
    static const struct {
        const char *value;
        int result; /* -1: refused */
    } cases[] = {
        {"true", 1},  {"TRUE", 1}, {"Yes", 1},  {"on", 1},       {"1", 1},  {"false", 0},
        {"False", 0}, {"NO", 0},   {"off", 0},  {"0", 0},        {"2", -1}, {"y", -1},
        {"tru", -1},  {"", -1},    {"oN ", -1}, {"enabled", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings settings = {.create_database = cases[i].result != 1};
        char *message = parse_message(SETTING_CREATE_DATABASE, cases[i].value, &settings);

        if (cases[i].result >= 0) {
            assert_string_equal(message, "");
            assert_int_equal(settings.create_database, cases[i].result);
        } else {
            assert_true(settings.create_database);
            assert_string_not_equal(message, "");
        }
        free(message);
    }
}

/* A user who mistypes a word needs the list of words, not a search in the manual. */
static void test_words(void **state)
{
    static const struct text_case cases[] = {
        {SETTING_CREATE_DATABASE, "maybe",
         "\"maybe\" is not \"true\" or \"false\" (nor yes, no, on, off, 1 or 0)"},
        {SETTING_CREATE_DATABASE, "", "must not be empty"},
        {SETTING_STRATEGY, "fast",
         "\"fast\" is not one of \"auto\", \"wal_log\", \"file_copy\" or \"clone\""},
        {SETTING_STRATEGY, "WAL_LOG",
         "\"WAL_LOG\" is not one of \"auto\", \"wal_log\", \"file_copy\" or \"clone\""},
        {SETTING_STRATEGY, "", "must not be empty"},
        {SETTING_EXISTING, "drop", "\"drop\" is not one of \"replace\", \"keep\" or \"fail\""},
        {SETTING_RUNNER, "pytest",
         "\"pytest\" is not one of \"pytest-xdist\", \"jest\", \"vitest\", \"mocha\", \"nextest\", "
         "\"paratest\", \"mix\", \"parallel-tests\" or \"django\""},
        {SETTING_RUNNER, "", "must not be empty"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings settings = {0};
        char *message = parse_message(cases[i].id, cases[i].value, &settings);

        assert_string_equal(message, cases[i].message);
        assert_null(settings.runner);
        free(message);
    }
}

/* The order of the words is the order of the enum: `keep` taken as `fail` would end CI runs. */
static void test_choices_are_stored(void **state)
{
    struct settings settings = {0};

    (void)state;
    free(parse_message(SETTING_STRATEGY, "wal_log", &settings));
    assert_int_equal(settings.strategy, STRATEGY_WAL_LOG);
    free(parse_message(SETTING_STRATEGY, "file_copy", &settings));
    assert_int_equal(settings.strategy, STRATEGY_FILE_COPY);
    free(parse_message(SETTING_STRATEGY, "clone", &settings));
    assert_int_equal(settings.strategy, STRATEGY_CLONE);
    assert_string_equal(settings_strategy_name(settings.strategy), "clone");
    free(parse_message(SETTING_EXISTING, "keep", &settings));
    assert_int_equal(settings.existing, EXISTING_KEEP);
    free(parse_message(SETTING_EXISTING, "fail", &settings));
    assert_int_equal(settings.existing, EXISTING_FAIL);
    free(parse_message(SETTING_RUNNER, "mix", &settings));
    assert_ptr_equal(settings.runner, runner_find("mix"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_workers_auto_counts_cpus),
        cmocka_unit_test(test_auto_stays_within_the_limit),
        cmocka_unit_test(test_bools),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_choices_are_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
