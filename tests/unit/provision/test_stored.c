/* Copies that are there before anybody creates. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/stored.h"
#include "provision_fixture.h"
#include "scripted_session.h"

/* The mark of a stored copy of that template. */
#define STORED(template)                                                                                                                                               \
    "pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,\"worker\":\"w\",\"template\":\"" template "\","                                                               \
                                                                                                   "\"lease\":\"" FIXTURE_LEASE                                        \
                                                                                                   "\",\"created\":\"2026-11-22T10:00:00Z\",\"host\":\"h\",\"pid\":1," \
                                                                                                   "\"use\":\"stored\"}"

/* Without this copies are made by a way that leaves a log as large as they are, or a sweep takes
 * them for leftovers. */
static void test_make(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 2);
    assert_true(session_open(&attempt.scope, LEASE_CREATE, &attempt.session, NULL));
    assert_true(stored_make(&attempt.session, 2, &attempt.err));
    assert_int_equal(scripted_session_times_called("CREATE DATABASE \"pgclone_stored_"), 2);
    assert_true(scripted_session_was_called("_1\" TEMPLATE \"circ\" STRATEGY file_copy"));
    assert_int_equal(scripted_session_times_called("\"use\":\"stored\""), 2);
    assert_false(scripted_session_was_called("pgclone_scratch_"));
}

static void test_make_fails(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 2);
    assert_true(session_open(&attempt.scope, LEASE_CREATE, &attempt.session, NULL));
    scripted_session_fails("_1\" TEMPLATE", ERROR_SERVER, "53100", 1);
    assert_false(stored_make(&attempt.session, 2, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_SERVER);
}

/* Without this a database of somebody else's becomes a worker's, or one with another content. */
static void test_find(void **state)
{
    const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES "a|" STORED(
            "circ") "|f|f|0|\n"
                    "b|" STORED("other") "|f|f|0|\n"
                                         "c|" STORED(
                                             "circ") "|t|f|0|\n"
                                                     "d|" FIXTURE_MARK(
                                                         "circ", "null", "gw0",
                                                         FIXTURE_LEASE) "|f|f|0|\n"
                                                                        "e|" STORED(
                                                                            "circ") "|f|f|0|\n"};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    fixture_settings(&settings);
    fixture_scope(&settings, &scope);
    fixture_inventory(sets, &settings, &inventory);
    assert_string_equal(stored_find(&inventory, &scope, 0), "a");
    assert_string_equal(stored_find(&inventory, &scope, 1), "e");
    assert_null(stored_find(&inventory, &scope, 2));
    assert_string_equal(inventory_state(inventory_find(&inventory, "a")), "spare");
    settings.owner = memory_copy_string("somebody");
    assert_null(stored_find(&inventory, &scope, 0));
    memory_free_string(&settings.owner);
    scope.template_name = NULL;
    assert_null(stored_find(&inventory, &scope, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_make_fails),
        cmocka_unit_test(test_find),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
