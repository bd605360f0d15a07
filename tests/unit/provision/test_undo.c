/* Putting databases back: what is sent, what came of it, and which databases it is tried on. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: watched_fixture.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/undo.h"
#include "provision_fixture.h"
#include "scripted_session.h"
#include "watched_fixture.h"

#define FACTS "16384/0"
#define UNDO(name) SCRIPTED_SENDS_UNDO(name)

/* ------------------------------------------------------------------------------------- one job */

/* In the database itself, and no reason for anything else to fail. */
static void test_jobs(void **state)
{
    char detail[] = "ROLLBACK PREPARED 'a'\nROLLBACK PREPARED 'b;c'";
    const struct undo_result prepared = {.outcome = UNDO_PREPARED, .detail = detail};
    struct job jobs[3] = {0};
    (void)state;

    undo_begin("db", &jobs[0]);
    undo_job("db", &jobs[1]);
    undo_again("db", &prepared, &jobs[2]);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(jobs[i].database, "db");
        assert_true(jobs[i].optional && jobs[i].collect);
        assert_int_equal(jobs[i].count, i == 2 ? 3 : 1);
    }
    assert_non_null(strstr(jobs[0].statements[0].sql, "pgclone.begin()"));
    assert_non_null(strstr(jobs[1].statements[0].sql, "pgclone.undo()"));
    assert_true(jobs[1].quiet && jobs[2].quiet); /* a swap follows, which is no news */
    assert_string_equal(jobs[2].statements[0].sql, "ROLLBACK PREPARED 'a'");
    assert_string_equal(jobs[2].statements[1].sql, "ROLLBACK PREPARED 'b;c'");
    assert_non_null(strstr(jobs[2].statements[2].sql, "pgclone.undo()"));
    for (size_t i = 0; i < 3; i++)
        job_release(&jobs[i]);
}

/* What is not told to be undone is not: a wrong guess here is a wrong test. */
static void test_reading(void **state)
{
    static const struct {
        enum job_state state;
        const char *gives;
        enum undo_outcome outcome;
        const char *reason;
        const char *detail;
    } cases[] = {
        {JOB_DONE, SCRIPTED_UNDONE, UNDO_DONE, NULL, NULL},
        {JOB_DONE, SCRIPTED_REFUSED, UNDO_REFUSED, "DDL", "pg_attribute"},
        {JOB_DONE, SCRIPTED_PREPARED, UNDO_PREPARED, NULL, "ROLLBACK PREPARED 'one'"},
        {JOB_DONE, SCRIPTED_UNDO "something else|x|~|~\n", UNDO_REFUSED, "x", NULL},
        {JOB_DONE, SCRIPTED_UNDO "~|~|~|~\n", UNDO_REFUSED, "the undo failed", NULL},
        {JOB_DONE, SCRIPTED_UNDO, UNDO_REFUSED, "the undo failed", NULL},
        {JOB_FAILED, NULL, UNDO_REFUSED, "the undo failed", "a session did not end"},
        {JOB_FAILED, SCRIPTED_UNDONE, UNDO_REFUSED, "the undo failed", "a session did not end"},
        {JOB_SKIPPED, NULL, UNDO_REFUSED, "the undo failed", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct job job OWNED(job_release) = {0};
        struct undo_result result OWNED(undo_result_release) = {0};

        undo_job("db", &job);
        job.state = cases[i].state;
        if (cases[i].gives != NULL)
            results_add(&job.results, table_result(cases[i].gives));
        if (job.state == JOB_FAILED)
            error_set(&job.error, ERROR_SERVER, "a session did not end");
        undo_read(&job, &result);
        assert_int_equal(result.outcome, cases[i].outcome);
        assert_int_equal(result.reason != NULL, cases[i].reason != NULL);
        assert_int_equal(result.detail != NULL, cases[i].detail != NULL);
        if (cases[i].reason != NULL)
            assert_string_equal(result.reason, cases[i].reason);
        if (cases[i].detail != NULL)
            assert_string_equal(result.detail, cases[i].detail);
    }
}

/* Without this the notes' pages grow, and each undo reads all of them. */
static void test_vacuum(void **state)
{
    struct job undo OWNED(job_release) = {0};
    struct job vacuum OWNED(job_release) = {0};
    struct undo_result result OWNED(undo_result_release) = {0};
    (void)state;

    undo_job("db", &undo);
    undo.state = JOB_DONE;
    results_add(&undo.results, table_result(SCRIPTED_UNDO "undone|~|~|t\n"));
    undo_read(&undo, &result);
    assert_int_equal(result.outcome, UNDO_DONE);
    assert_true(result.vacuum);
    undo_vacuum("db", &vacuum);
    assert_string_equal(vacuum.database, "db");
    assert_string_equal(vacuum.statements[0].sql, "VACUUM pgclone.note");
    assert_true(vacuum.optional && vacuum.quiet && !vacuum.collect);
}

/* ------------------------------------------------------------------------------ several at once */

/* Three workers whose databases are cloned from the present template, but for what `rest` says of
 * the last one, a line under FIXTURE_DATABASES. */
static void begin(struct scripted_attempt *attempt, const char *rest)
{
    static char databases[2048];
    static const char *sets[TABLE_SETS];
    const char *mark = watched_fixture_mark(FACTS);

    log_set_level(LOG_QUIET);
    scripted_attempt_init(attempt, 3);
    scripted_attempt_undoes(attempt);
    assert_true(session_open(&attempt->scope, LEASE_CREATE, &attempt->session, NULL));
    (void)strcpy(attempt->scope.watched->name, watched_fixture_name(FACTS));
    (void)snprintf(databases, sizeof databases,
                   FIXTURE_DATABASES "circ_gw0|%s|f|f|0|~\ncirc_gw1|%s|f|f|0|~\n%s", mark, mark,
                   rest);
    sets[LOOK_DATABASES] = databases;
    scripted_session_finds(sets);
}

static void assert_undoes(struct scripted_attempt *attempt, bool first, bool second)
{
    bool undone[3] = {false};

    if (!undo_workers(&attempt->session, undone, &attempt->err))
        fail_msg("%s", attempt->err.message);
    assert_int_equal(undone[0], first);
    assert_int_equal(undone[1], second);
    assert_false(undone[2]);
}

/* What is not there, is half dropped, or comes from another template is for a copy to replace. */
static void test_only_copies_of_the_present_template(void **state)
{
    char invalid[512];
    const char *rests[] = {
        "", "circ_gw2|" FIXTURE_MARK("circ", "null", "gw2", FIXTURE_LEASE) "|f|f|0|~\n", invalid};
    (void)state;

    (void)snprintf(invalid, sizeof invalid, "circ_gw2|%s|t|f|0|~\n", watched_fixture_mark(FACTS));
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);

        begin(&attempt, rests[i]);
        assert_undoes(&attempt, true, true);
        assert_true(scripted_session_was_called("look circ_gw0 circ_gw1 circ_gw2\n"));
        scripted_session_assert_order(UNDO("circ_gw0"), UNDO("circ_gw1"));
        assert_int_equal(scripted_session_times_called("pgclone.undo()"), 2);
    }
}

/* One that cannot be put back takes no other one along. */
static void test_each_by_itself(void **state)
{
    (void)state;

    for (int lost = 0; lost < 2; lost++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);

        begin(&attempt, "");
        if (lost)
            scripted_session_fails(UNDO("circ_gw0"), ERROR_CONNECTION, "", 1);
        else
            scripted_session_gives("undo the changes in \"circ_gw0\"", SCRIPTED_REFUSED, 1);
        assert_undoes(&attempt, false, true);
    }
}

/* Without this a transaction that a test has prepared costs a swap, or keeps us for ever. */
static void test_prepared_transactions(void **state)
{
    (void)state;

    for (int rounds = 1; rounds <= 4; rounds++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);

        begin(&attempt, "");
        scripted_session_gives("undo the changes in \"circ_gw1\"", SCRIPTED_PREPARED, rounds);
        assert_undoes(&attempt, true, rounds <= 3);
        assert_int_equal(scripted_session_times_called("in circ_gw1: ROLLBACK PREPARED 'one'"),
                         rounds <= 3 ? rounds : 3);
    }
}

/* Without this somebody's own database is emptied, or all of our guards are for copies only. */
static void test_the_guards_come_first(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    bool undone[3] = {false};
    (void)state;

    begin(&attempt, "circ_gw2|~|f|f|0|~\n");
    assert_false(undo_workers(&attempt.session, undone, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_GUARD);
    assert_false(scripted_session_was_called("pgclone.undo()"));
    assert_false(undone[0] || undone[1]);
}

/* The session's own end is told, and nothing is said to be undone behind it. */
static void test_the_session_ends(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    bool undone[3] = {false};
    (void)state;

    begin(&attempt, "");
    scripted_session_fails(" 2 over 8", ERROR_INTERRUPTED, "", 1);
    assert_false(undo_workers(&attempt.session, undone, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_INTERRUPTED);
    assert_false(undone[0] || undone[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_vacuum),
        cmocka_unit_test(test_only_copies_of_the_present_template),
        cmocka_unit_test(test_each_by_itself),
        cmocka_unit_test(test_prepared_transactions),
        cmocka_unit_test(test_the_guards_come_first),
        cmocka_unit_test(test_the_session_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
