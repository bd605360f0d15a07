/* What is asked of the server before a template is used or built, and what is said of changes. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: template_fixture.c
// links: caught_log.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "caught_log.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/template_facts.h"
#include "provision_fixture.h"
#include "template_fixture.h"

/* Without this a typing mistake in pgclone.yaml is looked for on the server. */
static void test_a_missing_file_is_told_before_anything(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_facts facts OWNED(template_facts_release) = {0};
    (void)state;

    template_attempt_init(&attempt, "true");
    attempt.settings.config = memory_copy_string("/nowhere/pgclone.yaml");
    strings_add(&attempt.settings.build.sql, "/nowhere/schema.sql");
    assert_false(template_facts_ask(&attempt.session, &facts, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_USAGE);
    assert_non_null(strstr(attempt.err.message, "/nowhere/pgclone.yaml:7: build.sql: "));
    assert_non_null(strstr(attempt.err.message, "/nowhere/schema.sql"));
    assert_string_equal(scripted_session_calls(), "");
}

/* Without this another database with such a name is cloned. */
static void test_only_what_is_sealed_is_built(void **state)
{
    static const struct {
        const char *rest;
        bool built;
    } cases[] = {
        {TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|t", true},
        {TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|f", false},
        {TEMPLATE_MARK("2026-11-26T00:00:00Z") "|t|t", false},
        {"~|f|t", false},
        {FIXTURE_MARK("circ", "null", "gw0", FIXTURE_LEASE) "|f|t", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        struct template_facts facts OWNED(template_facts_release) = {0};
        char line[1024];

        template_attempt_init(&attempt, "true");
        (void)snprintf(line, sizeof line, "%s|%s\n", template_attempt_name(&attempt),
                       cases[i].rest);
        template_attempt_there(line);
        assert_true(template_facts_ask(&attempt.session, &facts, &attempt.err));
        assert_non_null(facts.current);
        assert_int_equal(facts.current->built, cases[i].built);
        assert_string_equal(facts.role, "app");
    }
}

/* Without this a worker's database takes the template's place. */
static void test_a_worker_may_not_have_the_name(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_facts facts OWNED(template_facts_release) = {0};
    (void)state;

    template_attempt_init(&attempt, "true");
    attempt.scope.names[0] = template_attempt_name(&attempt);
    template_attempt_there(NULL);
    assert_false(template_facts_ask(&attempt.session, &facts, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_GUARD);
}

/* Without this nobody knows why it is built again. */
static void test_what_changed_is_told(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_facts facts OWNED(template_facts_release) = {0};
    (void)state;

    template_attempt_init(&attempt, "true");
    template_attempt_there("circ_aaaaaaaaaaaa|" TEMPLATE_MARK(
        "2026-11-24T00:00:00Z") "|f|t\n"
                                "circ_bbbbbbbbbbbb|" TEMPLATE_MARK(
                                    "2026-11-25T00:00:00Z") "|f|t\n"
                                                            "circ_cccccccccccc|~|f|t\n");
    assert_true(template_facts_ask(&attempt.session, &facts, &attempt.err));
    caught_log_begin(LOG_VERBOSE);
    template_facts_say_changes(&facts, &attempt.scope);
    {
        char *said OWNED(memory_free_string) = caught_log_end();

        assert_non_null(
            strstr(said, "since \"circ_bbbbbbbbbbbb\" there is a change in sql, command"));
        assert_null(strstr(said, "inputs"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_missing_file_is_told_before_anything),
        cmocka_unit_test(test_only_what_is_sealed_is_built),
        cmocka_unit_test(test_a_worker_may_not_have_the_name),
        cmocka_unit_test(test_what_changed_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
