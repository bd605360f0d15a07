/* Which templates a project has, and which of them are dropped. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: template_fixture.c
// links: watched_fixture.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/provision/template_list.h"
#include "provision_fixture.h"
#include "template_fixture.h"
#include "watched_fixture.h"

#define OLD "circ_aaaaaaaaaaaa|" TEMPLATE_MARK("2020-01-01T00:00:00Z") "|f|t|0|7000000\n"
#define OLDER "circ_bbbbbbbbbbbb|" TEMPLATE_MARK("2019-01-01T00:00:00Z") "|f|t|0|8000000\n"

/* Three templates, one of them current, a scratch database at work, and a worker's database. */
static void there(struct scripted_attempt *attempt)
{
    char text[2048];

    template_attempt_init(attempt, "true");
    template_attempt_there(NULL);
    (void)snprintf(
        text, sizeof text,
        OLD OLDER "%s|" TEMPLATE_MARK(
            "2021-01-01T00:00:00Z") "|f|t|0|9000000\n"
                                    "circ_gw0|" FIXTURE_MARK(
                                        "circ", "null", "gw0",
                                        FIXTURE_LEASE) "|f|f|0|~\n"
                                                       "pgclone_scratch_00000000000000b0_"
                                                       "0|" TEMPLATE_MARK(
                                                           "2022-01-01T00:00:00Z") "|f|f|1|~\n",
        template_attempt_name(attempt));
    template_attempt_look(text, true);
}

/* Without this people cannot see what takes up the disk, or which one is used. */
static void test_states(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_list list OWNED(template_list_release) = {0};
    (void)state;

    there(&attempt);
    assert_true(template_list_find(&attempt.session, &list, &attempt.err));
    assert_int_equal(list.count, 3); /* the scratch database's maker is dead */
    assert_int_equal(list.items[0].state, TEMPLATE_IS_CURRENT);
    assert_string_equal(list.items[1].database->name, "circ_aaaaaaaaaaaa");
    assert_int_equal(list.items[1].state, TEMPLATE_IS_OLD);
    assert_string_equal(list.items[1].digits, "aaaaaaaaaaaa");
    assert_string_equal(list.items[2].database->name, "circ_bbbbbbbbbbbb");
    assert_string_equal(template_state_word(TEMPLATE_IS_BUILDING), "building");
}

/* With `reset: undo` both are current: what is cloned, and what that was made from. A prune leaves
 * both. */
static void test_both_current_ones(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct template_list list OWNED(template_list_release) = {0};
    struct strbuf lines OWNED(strbuf_release) = {0};
    char built[64], text[2048];
    (void)state;

    template_attempt_init(&attempt, "true");
    scope_release(&attempt.scope);
    attempt.settings.reset = RESET_UNDO;
    fixture_scope(&attempt.settings, &attempt.scope);
    template_attempt_there(NULL);
    (void)strcpy(built, template_attempt_name(&attempt));
    watched_fixture_says_of(built, "x");
    watched_fixture_says_of(built, "x");
    (void)snprintf(
        text, sizeof text,
        OLD "%s|" TEMPLATE_MARK(
            "2022-01-01T00:00:00Z") "|f|t|0|9000000\n"
                                    "%s|" TEMPLATE_MARK("2021-01-01T00:00:00Z") "|f|t|0|9000000\n",
        built, watched_fixture_name_of(built, "x"));
    template_attempt_look(text, true);
    assert_true(template_list_find(&attempt.session, &list, &attempt.err));
    assert_int_equal(list.count, 3);
    assert_int_equal(list.items[0].state, TEMPLATE_IS_CURRENT);
    assert_int_equal(list.items[1].state, TEMPLATE_IS_CURRENT);
    assert_int_equal(list.items[2].state, TEMPLATE_IS_OLD);
    assert_true(template_list_prune(&attempt.session, &(struct template_prune){0}, &lines, NULL));
    assert_string_equal(strbuf_text(&lines), "dropped circ_aaaaaaaaaaaa\n");
}

static void assert_pruned(const struct template_prune *prune, const char *expected)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct strbuf lines OWNED(strbuf_release) = {0};

    there(&attempt);
    if (!template_list_prune(&attempt.session, prune, &lines, &attempt.err))
        fail_msg("%s", attempt.err.message);
    assert_string_equal(strbuf_text(&lines), expected);
    if (!prune->dry_run && expected[0] != '\0')
        scripted_session_assert_order("IS_TEMPLATE false", "DROP DATABASE");
    else
        assert_false(scripted_session_was_called("DROP DATABASE"));
}

/* Without this the one that is in use goes, or none ever does. */
static void test_pruning(void **state)
{
    (void)state;

    assert_pruned(&(struct template_prune){0},
                  "dropped circ_aaaaaaaaaaaa\ndropped circ_bbbbbbbbbbbb\n");
    assert_pruned(&(struct template_prune){.keep = 1}, "dropped circ_bbbbbbbbbbbb\n");
    assert_pruned(&(struct template_prune){.keep = 2}, "");
    assert_pruned(&(struct template_prune){.older_than_s = (int64_t)100 * 365 * 86400}, "");
    assert_pruned(&(struct template_prune){.dry_run = true},
                  "would drop circ_aaaaaaaaaaaa\nwould drop circ_bbbbbbbbbbbb\n");
}

/* Without this a run that is alive loses its template. */
static void test_one_in_use_stays(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct strbuf lines OWNED(strbuf_release) = {0};
    (void)state;

    there(&attempt);
    template_attempt_look(OLD OLDER, false);
    assert_true(template_list_prune(&attempt.session, &(struct template_prune){.keep = 1}, &lines,
                                    &attempt.err));
    assert_string_equal(strbuf_text(&lines), "kept circ_bbbbbbbbbbbb: it is in use\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_both_current_ones),
        cmocka_unit_test(test_pruning),
        cmocka_unit_test(test_one_in_use_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
