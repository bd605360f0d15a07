/* What the tests are told: every worker's database, and where it is. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/worker_report.h"
#include "provision_fixture.h"

struct given {
    struct settings settings;
    struct scope scope;
    struct worker_report workers;
};

static void given_init(struct given *given)
{
    *given = (struct given){0};
    fixture_settings(&given->settings);
    fixture_scope(&given->settings, &given->scope);
}

static void given_release(struct given *given)
{
    worker_report_release(&given->workers);
    scope_release(&given->scope);
    settings_release(&given->settings);
}

/* Each worker has its own database's status, time and URLs, in the workers' order. */
static void test_every_worker_gets_its_own(void **state)
{
    static enum create_status statuses[] = {CREATE_REPLACED, CREATE_KEPT, CREATE_CREATED};
    static int64_t elapsed_ms[] = {11, 0, 13};
    static const char *const expected[] = {"replaced", "kept", "created"};
    static const char *const ids[] = {"gw0", "gw1", "gw2"};
    static const char *const names[] = {"circ_gw0", "circ_gw1", "circ_gw2"};
    static const char *const urls[] = {"postgresql://app:secret@db/circ_gw0",
                                       "postgresql://app:secret@db/circ_gw1",
                                       "postgresql://app:secret@db/circ_gw2"};
    static const char *const masked[] = {"postgresql://app:***@db/circ_gw0",
                                         "postgresql://app:***@db/circ_gw1",
                                         "postgresql://app:***@db/circ_gw2"};
    const struct create_outcome outcome = {.statuses = statuses,
                                           .elapsed_ms = elapsed_ms,
                                           .count = 3,
                                           .strategy = "clone",
                                           .server_version = 180004};
    struct given given OWNED(given_release);
    const struct report *report = &given.workers.report;
    (void)state;

    given_init(&given);
    worker_report_of_create(&given.scope, &outcome, 42, &given.workers);
    assert_string_equal(report->project, "circ");
    assert_null(report->run_id);
    assert_string_equal(report->template_name, "circ");
    assert_string_equal(report->strategy, "clone");
    assert_int_equal(report->secrets.count, 1);
    assert_string_equal(report->secrets.items[0], "secret");
    assert_int_equal(report->server_version, 180004);
    assert_int_equal(report->elapsed_ms, 42);
    assert_int_equal(report->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct report_database *database = &report->databases[i];

        assert_string_equal(database->worker, ids[i]);
        assert_string_equal(database->name, names[i]);
        assert_string_equal(database->url, urls[i]);
        assert_string_equal(database->masked_url, masked[i]);
        assert_string_equal(database->status, expected[i]);
        assert_int_equal(database->elapsed_ms, elapsed_ms[i]);
    }
}

/* Serial mode: the configured database, under the id that the runner's first worker has. */
static void test_serial_mode_gets_the_configured_database(void **state)
{
    static const struct {
        const char *runner;
        const char *worker;
    } runners[] = {{"pytest-xdist", "gw0"}, {"jest", "1"}, {"parallel-tests", ""}};
    (void)state;

    for (size_t i = 0; i < sizeof runners / sizeof runners[0]; i++) {
        struct given given OWNED(given_release);
        const struct report *report = &given.workers.report;

        given_init(&given);
        given.settings.runner = runner_find(runners[i].runner);
        worker_report_of_serial(&given.scope, &given.workers);
        assert_int_equal(report->count, 1);
        assert_string_equal(report->databases[0].worker, runners[i].worker);
        assert_string_equal(report->databases[0].name, "circ");
        assert_string_equal(report->databases[0].url, "postgresql://app:secret@db/circ");
        assert_string_equal(report->databases[0].status, "configured");
        assert_int_equal(report->server_version, 0);
        assert_null(report->template_name);
        assert_null(report->strategy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_worker_gets_its_own),
        cmocka_unit_test(test_serial_mode_gets_the_configured_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
