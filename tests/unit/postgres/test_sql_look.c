/* The look at the catalog and the statements about sessions. That servers understand them is for
 * the integration tests; here: the order of the result sets, their columns, and quoting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"

#define SETS (LOOK_LEASES + 1)

/* What the code that reads a set asks it for. */
static const char *const columns[SETS][8] = {
    [LOOK_LOCKS] = {"name", "locked"},
    [LOOK_SERVER] = {"role", "superuser", "createdb", "recovery", "fsync", "max_wal_size",
                     "free_connections"},
    [LOOK_ROLES] = {"role", "inherits", "may_set"},
    [LOOK_TEMPLATE] = {"owner", "owned", "is_template", "connection_limit", "has_grants", "folder",
                       "size"},
    [LOOK_SETTINGS] = {"role", "setting"},
    [LOOK_GRANTS] = {"role", "privilege", "grantable"},
    [LOOK_SESSIONS] = {"pid", "role", "application"},
    [LOOK_MAKERS] = {"key", "numbers", "pid"},
    [LOOK_DATABASES] = {"name", "comment", "invalid", "is_template", "is_open", "sessions", "size"},
    [LOOK_LEASES] = {"key", "numbers", "pid"},
};

/* The statement that gives a set, as an owned string. */
static char *take_set(const char *sql, size_t set)
{
    struct strbuf out = {0};

    for (size_t i = 0; i < set; i++) {
        sql = strstr(sql, ";\n");
        assert_non_null(sql);
        sql += 2;
    }
    strbuf_add_bytes(&out, sql, strcspn(sql, "\n"));
    return strbuf_take(&out);
}

/* A column that is not asked for reads as NULL: "not a superuser", "no grants", "not held". */
static void test_sets_in_order_with_their_columns(void **state)
{
    static const char *const names[] = {"a", "b"};
    const struct sql_look look = {
        .names = names, .name_count = 2, .all_marked = true, .template_name = "t", .grant_to = "g"};
    char *sql OWNED(memory_free_string) = sql_look(&look);
    int ends = 0;
    (void)state;

    for (const char *at = sql; (at = strstr(at, ";\n")) != NULL; at++)
        ends++;
    assert_int_equal(ends, SETS);
    for (size_t set = 0; set < SETS; set++) {
        char *statement OWNED(memory_free_string) = take_set(sql, set);

        assert_int_equal(strncmp(statement, "SELECT ", 7), 0);
        for (size_t i = 0; columns[set][i] != NULL; i++)
            if (strstr(statement, columns[set][i]) == NULL)
                fail_msg("set %zu has no column %s: %s", set, columns[set][i], statement);
    }
}

/* The sets keep their places: nothing is read from where another set was expected. */
static void test_sets_that_nobody_asked_for_are_empty(void **state)
{
    char *sql OWNED(memory_free_string) = sql_look(&(struct sql_look){0});
    (void)state;

    for (size_t set = LOOK_ROLES; set <= LOOK_SESSIONS; set++) {
        char *statement OWNED(memory_free_string) = take_set(sql, set);

        assert_string_equal(statement, "SELECT WHERE false;");
    }
    for (size_t set = LOOK_MAKERS; set <= LOOK_LEASES; set++) {
        char *statement OWNED(memory_free_string) = take_set(sql, set);

        assert_non_null(strstr(statement, " FROM "));
    }
}

/* The locks come first: what is seen after them nobody changes any more. */
static void test_names_are_locked_only_when_asked_for(void **state)
{
    static const char *const names[] = {"a'b", "c\\d"};
    struct sql_look look = {.names = names, .name_count = 2, .lock_names = true};
    char *locking = sql_look(&look);
    char *locks OWNED(memory_free_string) = take_set(locking, LOOK_LOCKS);
    char *looking;
    (void)state;

    assert_int_equal(LOOK_LOCKS, 0);
    assert_non_null(strstr(locks, "pg_try_advisory_lock("));
    assert_non_null(strstr(locks, "ARRAY['a''b', E'c\\\\d']::text[]"));
    look.lock_names = false;
    looking = sql_look(&look);
    assert_null(strstr(looking, "advisory_lock("));
    free(locking);
    free(looking);
}

/* Databases of others may be measured neither for long nor at all: only where it is asked for. */
static void test_sizes_only_when_asked_for(void **state)
{
    struct sql_look look = {.template_name = "t"};
    char *none = sql_look(&look);
    char *template_only;
    char *all;
    (void)state;

    assert_null(strstr(none, "pg_database_size"));
    look.template_size = true;
    template_only = sql_look(&look);
    look.sizes = true;
    all = sql_look(&look);
    assert_non_null(strstr(template_only, "pg_database_size"));
    assert_true(strlen(all) > strlen(template_only));
    free(none);
    free(template_only);
    free(all);
}

/* Without all_marked only what is named is seen, whatever else there is. */
static void test_marked_ones_only_when_asked_for(void **state)
{
    struct sql_look look = {0};
    char *named = sql_look(&look);
    char *marked;
    (void)state;

    look.all_marked = true;
    marked = sql_look(&look);
    assert_null(strstr(named, "pgclone:"));
    assert_null(strstr(named, "pgclone_scratch_"));
    assert_non_null(strstr(marked, "starts_with(c.description, 'pgclone:')"));
    assert_non_null(strstr(marked, "starts_with(d.datname::text, 'pgclone_scratch_')"));
    free(named);
    free(marked);
}

/* A template, an owner and a grantee of any name. */
static void test_names_are_quoted(void **state)
{
    const struct sql_look look = {.template_name = "t'%s", .owner = "o'%n", .grant_to = "g\\"};
    char *sql OWNED(memory_free_string) = sql_look(&look);
    char *roles OWNED(memory_free_string) = take_set(sql, LOOK_ROLES);
    (void)state;

    assert_non_null(strstr(roles, "('o''%n',  E'g\\\\')"));
    for (size_t set = LOOK_TEMPLATE; set <= LOOK_SESSIONS; set++) {
        char *statement OWNED(memory_free_string) = take_set(sql, set);

        assert_non_null(strstr(statement, " = 't''%s'"));
    }
}

/* A role's or database's own limits would end a long CREATE half-way. */
static void test_session_setup_by_version(void **state)
{
    static const struct {
        int version;
        const char *part;
        bool there;
    } cases[] = {
        {130000, "SET statement_timeout = 0", true},
        {130000, "SET lock_timeout = 0", true},
        {130000, "SET default_transaction_read_only = off", true},
        {130000, "SET synchronous_commit = off", true},
        {130000, "idle_session_timeout", false},
        {130000, "client_connection_check_interval", false},
        {140000, "SET idle_session_timeout = 0", true},
        {140000, "client_connection_check_interval", true},
        {160000, "transaction_timeout", false},
        {170000, "SET transaction_timeout = 0", true},
        {180000, "SET transaction_timeout = 0", true},
    };
    const struct sql_session_locks locks = {.lease_key = 12, .session_key = INT64_MIN + 12};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *sql OWNED(memory_free_string) = sql_session_setup(cases[i].version, &locks);

        assert_int_equal(strstr(sql, cases[i].part) != NULL, cases[i].there);
        assert_null(strstr(sql, "file_copy_method"));
        assert_non_null(strstr(sql, "pg_backend_pid() AS pid, pg_try_advisory_lock(12)"));
        assert_non_null(strstr(sql, "pg_advisory_lock_shared(-9223372036854775796)"));
        assert_null(strstr(sql, "pg_lock_status"));
    }
}

/* In a worker's database: the same limits are lifted, and nothing is locked. */
static void test_visit_setup(void **state)
{
    char *oldest OWNED(memory_free_string) = sql_visit_setup(130000);
    char *newest OWNED(memory_free_string) = sql_visit_setup(180000);
    (void)state;

    assert_non_null(strstr(oldest, "SET statement_timeout = 0; SET lock_timeout = 0; "));
    assert_non_null(strstr(oldest, "SET idle_in_transaction_session_timeout = 0; "
                                   "SET default_transaction_isolation = 'read committed'; "
                                   "SET session_replication_role = replica; "
                                   "SELECT pg_backend_pid() AS pid"));
    assert_null(strstr(oldest, "idle_session_timeout = 0; SELECT set_config"));
    assert_non_null(strstr(newest, "SET idle_session_timeout = 0; "));
    assert_non_null(strstr(newest, "SET transaction_timeout = 0; "));
    assert_null(strstr(newest, "advisory"));
}

/* What a run holds so that others may join it, and gives up at its end. */
static void test_session_setup_of_a_run(void **state)
{
    const struct sql_session_locks locks = {
        .lease_key = 15, .session_key = INT64_MIN + 15, .join_key = 14};
    char *sql OWNED(memory_free_string) = sql_session_setup(150000, &locks);
    char *unlock OWNED(memory_free_string) = sql_unlock_key(14);
    (void)state;

    assert_non_null(strstr(sql, "pg_advisory_lock_shared(-9223372036854775793), "
                                "pg_try_advisory_lock(14), pg_advisory_lock_shared("));
    assert_string_equal(unlock, "SELECT pg_advisory_unlock(14)");
}

/* The run's key is taken only where the run's lease is held, and before the mark by which sessions
 * are found. */
static void test_session_setup_inside_a_run(void **state)
{
    const struct sql_session_locks locks = {.lease_key = 12,
                                            .session_key = INT64_MIN + 12,
                                            .run_join_key = 14,
                                            .run_session_key = INT64_MIN + 15};
    char *sql OWNED(memory_free_string) = sql_session_setup(150000, &locks);
    (void)state;

    assert_non_null(strstr(sql, "pg_advisory_lock_shared(-9223372036854775796), "
                                "CASE WHEN EXISTS (SELECT FROM pg_lock_status()"));
    assert_non_null(strstr(sql, "objid::bigint = 14) THEN "
                                "pg_try_advisory_lock_shared(-9223372036854775793) END, "
                                "pg_advisory_lock_shared("));
}

/* A wrong number ends somebody else's session. */
static void test_terminate(void **state)
{
    static const int pids[] = {1, 22, 2147483647};
    char *sql OWNED(memory_free_string) = sql_terminate(pids, 3);
    (void)state;

    assert_non_null(strstr(sql, "ARRAY[1,22,2147483647]"));
}

/* What only 18 has a use for is not asked of the others. */
static void test_files(void **state)
{
    char *sql OWNED(memory_free_string) = sql_files("base/5", 170000);
    char *newer OWNED(memory_free_string) = sql_files("base/5", 180000);
    (void)state;

    assert_string_equal(sql, "SELECT count(*) AS files, NULL AS file_system "
                             "FROM pg_ls_dir('base/5')");
    assert_non_null(strstr(newer, "'/proc/self/mountinfo', true"));
    assert_non_null(strstr(newer, " AS file_system FROM pg_ls_dir('base/5')"));
    assert_null(strstr(newer, "data_directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_sets_in_order_with_their_columns),
        cmocka_unit_test(test_sets_that_nobody_asked_for_are_empty),
        cmocka_unit_test(test_names_are_locked_only_when_asked_for),
        cmocka_unit_test(test_sizes_only_when_asked_for),
        cmocka_unit_test(test_marked_ones_only_when_asked_for),
        cmocka_unit_test(test_names_are_quoted),
        cmocka_unit_test(test_session_setup_by_version),
        cmocka_unit_test(test_session_setup_inside_a_run),
        cmocka_unit_test(test_visit_setup),
        cmocka_unit_test(test_session_setup_of_a_run),
        cmocka_unit_test(test_terminate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
