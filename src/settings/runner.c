#include "pgclone/settings/runner.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

/* A row for each runner, in the order in which help lists them. */
static const struct runner runners[] = {
    {.name = "pytest-xdist",
     .variable = "PYTEST_XDIST_WORKER",
     .count_variable = "PYTEST_XDIST_WORKER_COUNT",
     .prefix = "gw",
     .first = 0,
     .no_worker = "master"},
    {.name = "jest", .variable = "JEST_WORKER_ID", .prefix = "", .first = 1},
    {.name = "vitest", .variable = "VITEST_POOL_ID", .prefix = "", .first = 1},
    {.name = "mocha", .variable = "MOCHA_WORKER_ID", .prefix = "", .first = 0},
    {.name = "nextest",
     .variable = "NEXTEST_TEST_GLOBAL_SLOT",
     .count_variable = "NEXTEST_TEST_THREADS",
     .prefix = "",
     .first = 0},
    {.name = "paratest", .variable = "TEST_TOKEN", .prefix = "", .first = 1},
    {.name = "mix", .variable = "MIX_TEST_PARTITION", .prefix = "", .first = 1},
    {.name = "parallel-tests",
     .variable = "TEST_ENV_NUMBER",
     .count_variable = "PARALLEL_TEST_GROUPS",
     .prefix = "",
     .first = 1,
     .first_id = ""},
    {.name = "django", .variable = NULL, .prefix = "", .first = 1},
};

#define RUNNER_COUNT (sizeof runners / sizeof runners[0])

/* A list of its own, since a constant row of the settings table refers to it. */
const char *const runner_names[] = {
    "pytest-xdist", "jest", "vitest",         "mocha",  "nextest",
    "paratest",     "mix",  "parallel-tests", "django", NULL,
};

_Static_assert(sizeof runner_names / sizeof runner_names[0] == RUNNER_COUNT + 1,
               "each runner is in the list of names");

const struct runner *runner_find(const char *name)
{
    for (size_t i = 0; i < RUNNER_COUNT; i++)
        if (strcmp(runners[i].name, name) == 0)
            return &runners[i];
    return NULL;
}

char *runner_worker_id(const struct runner *runner, int index)
{
    struct strbuf id = {0};

    if (index == 0 && runner->first_id != NULL)
        return memory_copy_string(runner->first_id);
    strbuf_printf(&id, "%s%d", runner->prefix, runner->first + index);
    return strbuf_take(&id);
}

const char *runner_worker_count(const struct runner *runner)
{
    const char *value = runner->count_variable != NULL ? getenv(runner->count_variable) : NULL;

    return value != NULL && *value != '\0' ? value : NULL;
}

char *runner_current_worker(const struct runner *runner)
{
    const char *value = runner->variable != NULL ? getenv(runner->variable) : NULL;

    /* Set to nothing is how CI systems leave a variable unset. */
    if (value == NULL || *value == '\0')
        return runner_worker_id(runner, 0);
    if (runner->no_worker != NULL && strcmp(value, runner->no_worker) == 0)
        return runner_worker_id(runner, 0);
    return memory_copy_string(value);
}

bool runner_gives(const struct runner *runner, const char *worker_id)
{
    static const size_t most_digits = 9;
    size_t prefix = strlen(runner->prefix);
    const char *number = worker_id + prefix;
    size_t digits;

    if (runner->first_id != NULL && strcmp(worker_id, runner->first_id) == 0)
        return true;
    if (strncmp(worker_id, runner->prefix, prefix) != 0)
        return false;
    digits = strspn(number, "0123456789");
    return digits > 0 && digits <= most_digits && number[digits] == '\0' &&
           (number[0] != '0' || digits == 1) &&
           strtol(number, NULL, 10) >= runner->first + (runner->first_id != NULL);
}

const char *runner_worker_label(const char *worker_id)
{
    return *worker_id == '\0' ? "1" : worker_id;
}
