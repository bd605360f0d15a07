/* The statements of a create, and their order. */
// links: provision_fixture.c
// links: table_results.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/plan_mark.h"
#include "provision_fixture.h"

#define SCRATCH0 "\"pgclone_scratch_" FIXTURE_LEASE "_0\""
#define SCRATCH1 "\"pgclone_scratch_" FIXTURE_LEASE "_1\""
#define OURS FIXTURE_MARK("circ", "null", "gw0", FIXTURE_RUN_LEASE)

static const struct lease lease = {.key = 160, .text = FIXTURE_LEASE};

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

/* A project with two workers, and what a test changes about it. */
struct project {
    struct settings settings;
    struct scope scope;
    struct inventory inventory;
    struct strategy_choice choice;
    struct plan plan;
};

static void project_release(struct project *project)
{
    plan_release(&project->plan);
    inventory_release(&project->inventory);
    scope_release(&project->scope);
    settings_release(&project->settings);
}

static void project_init(struct project *project)
{
    *project = (struct project){.choice = {.strategy = STRATEGY_WAL_LOG, .word = "wal_log"}};
    fixture_settings(&project->settings);
    project->settings.workers = 2;
}

static void project_plan(struct project *project, const char *const sets[TABLE_SETS])
{
    fixture_scope(&project->settings, &project->scope);
    fixture_inventory(sets, &project->settings, &project->inventory);
    plan_create(&project->scope, &project->inventory, &lease, &project->choice, false,
                &project->plan);
}

/* The job's statements but for the mark's text, which has the time and the host in it. */
static void assert_statements(const struct job *job, const char *const *expected, size_t count)
{
    for (size_t i = 0; i < job->count && i < count; i++) {
        const char *sql = job->statements[i].sql;

        if (strncmp(sql, "COMMENT ", 8) == 0)
            assert_int_equal(strncmp(sql, expected[i], strlen(expected[i])), 0);
        else
            assert_string_equal(sql, expected[i]);
    }
    assert_int_equal(job->count, count);
}

#define WAIT_FOR_DISK "RESET synchronous_commit"

#define ASSERT_STATEMENTS(job, ...)                                                                \
    assert_statements(job, (const char *const[]){__VA_ARGS__},                                     \
                      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Whatever bears a worker's name is complete and marked: nothing is renamed before it is, and
 * nothing of ours is dropped before its successor is there. */
static void test_order_of_a_clone(void **state)
{
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    project_plan(&project, NULL);
    assert_int_equal(project.plan.count, 2);
    assert_int_equal(project.plan.make_count, 2);
    assert_string_equal(project.plan.make[0].label, "circ_gw0");
    ASSERT_STATEMENTS(&project.plan.make[0],
                      "CREATE DATABASE " SCRATCH0 " TEMPLATE \"circ\" STRATEGY wal_log",
                      "COMMENT ON DATABASE " SCRATCH0 " IS 'pgclone:{",
                      "GRANT ALL PRIVILEGES ON DATABASE " SCRATCH0 " TO \"app\"");
    /* A crash of the server may take anything but a database that was reported. */
    ASSERT_STATEMENTS(&project.plan.publish[0], WAIT_FOR_DISK,
                      "ALTER DATABASE " SCRATCH0 " RENAME TO \"circ_gw0\"");
    ASSERT_STATEMENTS(&project.plan.publish[1], WAIT_FOR_DISK,
                      "ALTER DATABASE " SCRATCH1 " RENAME TO \"circ_gw1\"");
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < project.plan.make[i].count; j++)
            assert_null(project.plan.make[i].statements[j].tolerated);
}

/* The word of CREATE DATABASE is the same for a copy of files. */
static void test_clones_are_asked_for_by_the_job(void **state)
{
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    project.choice = (struct strategy_choice){.strategy = STRATEGY_CLONE, .word = "file_copy"};
    project_plan(&project, NULL);
    assert_string_equal(project.plan.make[1].statements[0].sql, "SET file_copy_method = clone");
    assert_string_equal(project.plan.make[1].statements[1].sql,
                        "CREATE DATABASE " SCRATCH1 " TEMPLATE \"circ\" STRATEGY file_copy");
}

/* An empty database is a copy of template0, and has nothing of a template to copy. */
static void test_empty_databases(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_TEMPLATE] = "owner|owned|is_template|connection_limit|has_grants|size\n"
                          "boss|t|f|5|t|1\n",
        [LOOK_SETTINGS] = "role|setting\n~|work_mem=1MB\n",
    };
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    project.settings.external_schema = false;
    project.choice.word = NULL;
    project_plan(&project, sets);
    ASSERT_STATEMENTS(&project.plan.make[0], "CREATE DATABASE " SCRATCH0 " TEMPLATE \"template0\"",
                      "COMMENT ON DATABASE " SCRATCH0 " IS 'pgclone:{",
                      "GRANT ALL PRIVILEGES ON DATABASE " SCRATCH0 " TO \"app\"");
}

/* Owner and grantee as they are set; the owner has everything already. */
static void test_owner_and_grantee(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_TEMPLATE] = "owner|owned|is_template|connection_limit|has_grants|size\n"
                          "app|t|f|-1|t|1\n",
        [LOOK_GRANTS] = "role|privilege|grantable\nown|CREATE|f\napp|CREATE|f\n",
    };
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    project.settings.owner = memory_copy_string("own");
    project.settings.grant_to = memory_copy_string("tester");
    project_plan(&project, sets);
    ASSERT_STATEMENTS(&project.plan.make[0],
                      "CREATE DATABASE " SCRATCH0
                      " TEMPLATE \"circ\" STRATEGY wal_log OWNER \"own\"",
                      "COMMENT ON DATABASE " SCRATCH0 " IS 'pgclone:{",
                      "REVOKE ALL PRIVILEGES ON DATABASE " SCRATCH0 " FROM PUBLIC",
                      "GRANT CREATE ON DATABASE " SCRATCH0 " TO \"app\"",
                      "GRANT ALL PRIVILEGES ON DATABASE " SCRATCH0 " TO \"tester\"");
}

/* A URL without a user: the tests connect as the role that pgclone connects as. */
static void test_grantee_without_a_user(void **state)
{
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    memory_replace_string(&project.settings.server, "postgresql://db/circ");
    project_plan(&project, NULL);
    assert_non_null(strstr(project.plan.make[0].statements[2].sql, " TO \"app\""));
}

struct existing_case {
    enum existing existing;
    bool invalid;
    bool kept;
};

/* Kept where it is to be replaced, the tests see the last run's data; replaced where it is to be
 * kept, somebody's data is gone. */
static void test_existing_databases(void **state)
{
    static const struct existing_case cases[] = {
        {EXISTING_REPLACE, false, false},
        {EXISTING_KEEP, false, true},
        {EXISTING_REPLACE, true, false},
        {EXISTING_KEEP, true, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct project project OWNED(project_release) = {0};
        struct strbuf databases OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {0};
        const struct plan *plan = &project.plan;

        strbuf_printf(&databases, "%scirc_gw0|%s|%c|f|0|1\n", FIXTURE_DATABASES, OURS,
                      cases[i].invalid ? 't' : 'f');
        sets[LOOK_DATABASES] = databases.data;
        project_init(&project);
        project.settings.existing = cases[i].existing;
        project_plan(&project, sets);
        if (cases[i].kept) {
            assert_int_equal(plan->count, 1);
            assert_int_equal(plan->workers[0], 1);
            assert_false(plan->replaces);
            ASSERT_STATEMENTS(&plan->publish[0], WAIT_FOR_DISK,
                              "ALTER DATABASE " SCRATCH1 " RENAME TO \"circ_gw1\"");
            continue;
        }
        assert_int_equal(plan->count, 2);
        assert_true(plan->replaces);
        ASSERT_STATEMENTS(&plan->publish[0], "DROP DATABASE IF EXISTS \"circ_gw0\" WITH (FORCE)",
                          WAIT_FOR_DISK, "ALTER DATABASE " SCRATCH0 " RENAME TO \"circ_gw0\"");
        ASSERT_STATEMENTS(&plan->publish[1], WAIT_FOR_DISK,
                          "ALTER DATABASE " SCRATCH1 " RENAME TO \"circ_gw1\"");
    }
}

/* Inside a run that lives there the mark has the run's lease, and the scratch names have ours. */
static void test_mark_inside_a_run(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_LEASES] = FIXTURE_OPEN_RUN};
    char name[] = "shop";
    struct enclosing_run run = {.project = name};
    (void)state;

    assert_true(lease_read(FIXTURE_RUN_LEASE, &run.lease));
    for (int alive = 0; alive < 2; alive++) {
        struct project project OWNED(project_release) = {0};
        const char *comment;

        project_init(&project);
        fixture_scope(&project.settings, &project.scope);
        project.scope.enclosing = &run;
        fixture_inventory(alive ? sets : NULL, &project.settings, &project.inventory);
        plan_create(&project.scope, &project.inventory, &lease, &project.choice, false,
                    &project.plan);
        comment = project.plan.make[0].statements[1].sql;
        assert_non_null(strstr(comment, SCRATCH0));
        assert_non_null(strstr(comment, alive ? "\"lease\":\"" FIXTURE_RUN_LEASE "\""
                                              : "\"lease\":\"" FIXTURE_LEASE "\""));
        assert_int_equal(
            strstr(comment, "\"inside\":\"shop\",\"maker\":\"" FIXTURE_LEASE "\"") != NULL, alive);
    }
}

/* What others left behind is removed beside the work, and never at its expense. */
static void test_sweep_comes_last_and_may_fail(void **state)
{
    struct project project OWNED(project_release) = {0};
    struct job jobs[2] = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    const char *last;
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        job_init(&jobs[i], i == 0 ? "old0" : "old1");
        job_add(&jobs[i], memory_copy_string(i == 0 ? "DROP 0" : "DROP 1"), NULL, "drop");
    }
    project_init(&project);
    project_plan(&project, NULL);
    plan_add_sweep(&project.plan, jobs, 2);
    assert_null(jobs[0].statements);
    assert_int_equal(project.plan.count, 2);
    assert_int_equal(project.plan.make_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(project.plan.make[i].optional, i >= 2);
    plan_print(&project.plan, &text);
    last = strstr(text.data, "RENAME TO \"circ_gw1\";\n");
    assert_non_null(last);
    assert_string_equal(last, "RENAME TO \"circ_gw1\";\nDROP 0;\nDROP 1;\n");
    assert_true(strstr(text.data, "RENAME TO \"circ_gw0\"") < strstr(text.data, SCRATCH1));
}

/* A copy is a whole, marked spare before it has its name, and nobody waits for the disk for it. */
static void test_a_copy(void **state)
{
    struct project project OWNED(project_release) = {0};
    struct mark mark OWNED(mark_release) = {0};
    struct job job OWNED(job_release) = {0};
    char *comment OWNED(memory_free_string) = NULL;
    (void)state;

    project_init(&project);
    project_plan(&project, NULL);
    plan_copy(&project.scope, &project.inventory, &lease, &project.choice,
              "pgclone_scratch_" FIXTURE_LEASE "_7", "it's", &job);
    assert_string_equal(job.label, "it's");
    ASSERT_STATEMENTS(&job,
                      "CREATE DATABASE \"pgclone_scratch_" FIXTURE_LEASE
                      "_7\" TEMPLATE \"circ\" STRATEGY wal_log",
                      "COMMENT ON DATABASE \"pgclone_scratch_" FIXTURE_LEASE "_7\" IS 'pgclone:{",
                      "GRANT ALL PRIVILEGES ON DATABASE \"pgclone_scratch_" FIXTURE_LEASE
                      "_7\" TO \"app\"",
                      "ALTER DATABASE \"pgclone_scratch_" FIXTURE_LEASE "_7\" RENAME TO \"it's\"");
    assert_non_null(strstr(job.statements[1].sql, "\"worker\":\"it''s\""));
    comment = plan_mark(&project.scope, &lease, "it's", MARK_USE_SPARE);
    assert_true(mark_parse(comment, &mark));
    assert_int_equal(mark.use, MARK_USE_SPARE);
    assert_non_null(strstr(job.statements[1].sql, "\"use\":\"spare\"}'"));
}

/* Closed before its sessions are ended, or they come again; the names change in one transaction. */
static void test_a_swap(void **state)
{
    struct job job OWNED(job_release) = {0};
    (void)state;

    job_init(&job, "now");
    plan_add_swap(&job, "now", "old", "copy", "mark", false);
    assert_int_equal(job.count, 3);
    assert_string_equal(job.statements[0].sql, "ALTER DATABASE \"now\" ALLOW_CONNECTIONS false");
    assert_non_null(strstr(job.statements[1].sql, "pg_terminate_backend"));
    assert_non_null(strstr(job.statements[1].sql, "''now''"));
    assert_string_equal(job.statements[2].sql,
                        "ALTER DATABASE \"now\" RENAME TO \"old\"; ALTER DATABASE \"copy\" RENAME "
                        "TO \"now\"; COMMENT ON DATABASE \"now\" IS 'mark'");
    assert_string_equal(job.statements[2].purpose, "replace database \"now\"");
}

static void test_a_hand_over(void **state)
{
    struct job job OWNED(job_release) = {0};
    (void)state;

    job_init(&job, "mine");
    plan_add_hand_over(&job, "copy", "mine", "mark", false);
    assert_int_equal(job.count, 1);
    assert_string_equal(job.statements[0].sql,
                        "ALTER DATABASE \"copy\" RENAME TO \"mine\"; COMMENT "
                        "ON DATABASE \"mine\" IS 'mark'");
}

/* Our own sessions in a copy that notes its changes would keep it from being renamed. */
static void test_a_copy_that_is_visited(void **state)
{
    struct job handed OWNED(job_release) = {0};
    struct job swapped OWNED(job_release) = {0};
    (void)state;

    job_init(&handed, "mine");
    plan_add_hand_over(&handed, "copy", "mine", "mark", true);
    assert_int_equal(handed.count, 2);
    assert_non_null(strstr(handed.statements[0].sql, "pg_terminate_backend"));
    assert_non_null(strstr(handed.statements[0].sql, "'copy'"));
    job_init(&swapped, "now");
    plan_add_swap(&swapped, "now", "old", "copy", "mark", true);
    assert_int_equal(swapped.count, 4);
    assert_non_null(strstr(swapped.statements[2].sql, "pg_terminate_backend"));
    assert_non_null(strstr(swapped.statements[2].sql, "'copy'"));
}

/* Databases that note their changes say in themselves what they are like, once they have their
 * names; others are not connected to. */
static void test_databases_that_note_changes(void **state)
{
    struct project plain OWNED(project_release) = {0};
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&plain);
    project_plan(&plain, NULL);
    assert_null(plain.plan.begin);
    project_init(&project);
    project.settings.reset = RESET_UNDO;
    project_plan(&project, NULL);
    for (size_t i = 0; i < 2; i++) {
        const struct job *begin = &project.plan.begin[i];

        assert_string_equal(begin->database, i == 0 ? "circ_gw0" : "circ_gw1");
        assert_int_equal(begin->count, 1);
        assert_non_null(strstr(begin->statements[0].sql, "pgclone.begin()"));
        assert_true(begin->optional);
    }
}

/* Another client came between the look and the statement. */
static void test_what_the_codes_do_not_say(void **state)
{
    static const struct {
        enum error_kind kind;
        const char *sqlstate;
        const char *hint;
        enum error_kind then;
    } cases[] = {
        {ERROR_SERVER, "42P04", "Somebody else made that database", ERROR_GUARD},
        {ERROR_SERVER, "23505", "Somebody else made that database", ERROR_GUARD},
        {ERROR_BUSY, "55006", "--disconnect-template", ERROR_BUSY},
        {ERROR_SERVER, "53100", NULL, ERROR_SERVER},
        {ERROR_CONNECTION, "", NULL, ERROR_CONNECTION},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err OWNED(error_release) = {0};

        error_set(&err, cases[i].kind, "refused");
        (void)strncpy(err.sqlstate, cases[i].sqlstate, sizeof err.sqlstate - 1);
        plan_explain(&err);
        assert_int_equal(err.kind, cases[i].then);
        if (cases[i].hint == NULL)
            assert_null(err.hint);
        else
            assert_non_null(strstr(err.hint, cases[i].hint));
    }
}

/* `take postgres`: that database did not come a moment ago. */
static void test_a_name_that_cannot_be_given(void **state)
{
    static const char *const hints[] = {"Ask for another name", "another --name"};
    struct error other OWNED(error_release) = {0};
    (void)state;

    for (int of_worker = 0; of_worker < 2; of_worker++) {
        struct error err OWNED(error_release) = {0};

        error_set(&err, ERROR_SERVER, "refused");
        (void)snprintf(err.sqlstate, sizeof err.sqlstate, "42P04");
        plan_explain_hand_over(&err, "postgres", of_worker);
        assert_int_equal(err.kind, ERROR_GUARD);
        assert_string_equal(err.message, "the database \"postgres\" is there already, and "
                                         "this run has not handed it out");
        assert_non_null(strstr(err.hint, hints[of_worker]));
    }
    error_set(&other, ERROR_SERVER, "refused");
    (void)snprintf(other.sqlstate, sizeof other.sqlstate, "53100");
    plan_explain_hand_over(&other, "postgres", false);
    assert_string_equal(other.message, "refused");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

/* Without this what is there already is made once more, or loses what a clone has. */
static void test_a_stored_copy_is_taken(void **state)
{
    const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] =
            FIXTURE_DATABASES "kept|pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,"
                              "\"worker\":\"w\",\"template\":\"circ\","
                              "\"lease\":\"00000000000000b0\",\"created\":\"2026-11-22T10:00:00Z\","
                              "\"host\":\"h\",\"pid\":1,\"use\":\"stored\"}|f|f|0|\n"};
    struct project project OWNED(project_release) = {0};
    (void)state;

    project_init(&project);
    project_plan(&project, sets);
    ASSERT_STATEMENTS(&project.plan.make[0], "ALTER DATABASE \"kept\" RENAME TO " SCRATCH0,
                      "COMMENT ON DATABASE " SCRATCH0 " IS 'pgclone:{",
                      "GRANT ALL PRIVILEGES ON DATABASE " SCRATCH0 " TO \"app\"");
    assert_non_null(strstr(project.plan.make[1].statements[0].sql, "CREATE DATABASE " SCRATCH1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_stored_copy_is_taken, setup),
        TEST(test_clones_are_asked_for_by_the_job),
        TEST(test_order_of_a_clone),
        TEST(test_empty_databases),
        TEST(test_owner_and_grantee),
        TEST(test_grantee_without_a_user),
        TEST(test_existing_databases),
        TEST(test_mark_inside_a_run),
        TEST(test_sweep_comes_last_and_may_fail),
        TEST(test_a_copy),
        TEST(test_a_swap),
        TEST(test_a_hand_over),
        TEST(test_a_copy_that_is_visited),
        TEST(test_databases_that_note_changes),
        TEST(test_what_the_codes_do_not_say),
        TEST(test_a_name_that_cannot_be_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
