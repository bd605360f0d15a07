/* What the result sets of a look mean. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "provision_fixture.h"

#define SCRATCH "pgclone_scratch_" FIXTURE_LEASE "_3"
#define RUN_SCRATCH "pgclone_scratch_" FIXTURE_RUN_LEASE "_0"

/* Wrong here, a guard lets through what the server then refuses half-way, or the other way round.
 */
static void test_server_and_roles(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_SERVER] = "role|superuser|createdb|recovery|fsync|max_wal_size|free_connections\n"
                        "app|f|t|f|t|1073741824|17\n",
        [LOOK_ROLES] = FIXTURE_ROLES "own|t|f\ngrant|f|t\n",
    };
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    table_inventory(sets, "own", "grant", &inventory);
    assert_string_equal(inventory.role, "app");
    assert_false(inventory.superuser);
    assert_true(inventory.createdb);
    assert_false(inventory.recovery);
    assert_true(inventory.fsync);
    assert_int_equal(inventory.max_wal_bytes, 1073741824);
    assert_int_equal(inventory.free_connections, 17);
    assert_true(inventory.owner.found && inventory.owner.inherits && !inventory.owner.may_set);
    assert_true(inventory.grant_to.found && !inventory.grant_to.inherits);
    assert_true(inventory.grant_to.may_set);
    table_inventory(sets, "other", NULL, &inventory); /* over the one before */
    assert_false(inventory.owner.found);
    assert_false(inventory.grant_to.found);
}

/* What TEMPLATE does not copy is copied by what stands here. */
static void test_template(void **state)
{
    static const struct {
        const char *row;
        struct inventory_template expected;
    } cases[] = {
        {"app|t|f|-1|f|~|~", {.owned = true, .connection_limit = -1, .size_bytes = -1}},
        {"app|f|t|5|t|base/9|77",
         {.is_template = true,
          .has_grants = true,
          .connection_limit = 5,
          .folder = "base/9",
          .size_bytes = 77}},
        {"app|f|f|-2|f|~|0", {.invalid = true, .connection_limit = -2}},
        {"app|f|f|0|f|~|0", {.connection_limit = 0}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct inventory_template *expected = &cases[i].expected;
        struct strbuf text OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {0};
        struct inventory inventory OWNED(inventory_release) = {0};

        strbuf_printf(&text,
                      "owner|owned|is_template|connection_limit|has_grants|folder|size\n%s\n",
                      cases[i].row);
        sets[LOOK_TEMPLATE] = text.data;
        table_inventory(sets, NULL, NULL, &inventory);
        assert_true(inventory.source.found);
        assert_string_equal(inventory.source.owner, "app");
        assert_int_equal(inventory.source.owned, expected->owned);
        assert_int_equal(inventory.source.is_template, expected->is_template);
        assert_int_equal(inventory.source.invalid, expected->invalid);
        assert_int_equal(inventory.source.has_grants, expected->has_grants);
        assert_int_equal(inventory.source.connection_limit, expected->connection_limit);
        assert_int_equal(inventory.source.folder == NULL, expected->folder == NULL);
        if (expected->folder != NULL)
            assert_string_equal(inventory.source.folder, expected->folder);
        assert_int_equal(inventory.source.size_bytes, expected->size_bytes);
    }
}

/* A copy's mark. */
#define USED_MARK(use, lease)                                                                      \
    "pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,\"worker\":\"mine\",\"template\":null,"    \
    "\"lease\":\"" lease "\",\"created\":\"c\",\"host\":\"h\",\"pid\":1,\"use\":\"" use "\"}"

struct database_case {
    const char *row; /* name, comment, invalid, is_template, sessions, size */
    bool marked;
    bool scratch;
    bool held;
    const char *lease;
    const char *state;
};

/* The lease of runs is held in these looks, that of creates is not. */
static const struct database_case databases[] = {
    {"circ|~|f|f|0|~", false, false, false, "", "ready"},
    {"circ|a shop|f|f|0|~", false, false, false, "", "ready"},
    {"circ|pgclone: mine|f|f|0|~", false, false, false, "", "ready"},
    {"circ_gw0|" FIXTURE_MARK("circ", "null", "gw0", FIXTURE_LEASE) "|f|f|0|5", true, false, false,
     FIXTURE_LEASE, "ready"},
    {"circ_gw0|" FIXTURE_MARK("circ", "\"r\"", "gw0", FIXTURE_RUN_LEASE) "|f|f|2|5", true, false,
     true, FIXTURE_RUN_LEASE, "held"},
    {"mine|" USED_MARK("spare", FIXTURE_RUN_LEASE) "|f|f|0|5", true, false, true, FIXTURE_RUN_LEASE,
     "spare"},
    {"mine|" USED_MARK("taken", FIXTURE_RUN_LEASE) "|f|f|2|5", true, false, true, FIXTURE_RUN_LEASE,
     "taken"},
    {"mine|" USED_MARK("taken", FIXTURE_LEASE) "|f|f|0|5", true, false, false, FIXTURE_LEASE,
     "ready"}, /* its run is dead */
    {"circ_gw0|" FIXTURE_MARK("circ", "null", "gw0", FIXTURE_LEASE) "|f|t|0|5", true, false, false,
     FIXTURE_LEASE, "template"},
    {"circ_gw0|" FIXTURE_MARK("circ", "null", "gw0", FIXTURE_RUN_LEASE) "|t|f|0|~", true, false,
     true, FIXTURE_RUN_LEASE, "invalid"},
    {SCRATCH "|~|f|f|0|~", false, true, false, FIXTURE_LEASE, "scratch"},
    {RUN_SCRATCH "|~|f|f|0|~", false, true, true, FIXTURE_RUN_LEASE, "scratch"},
    {RUN_SCRATCH "|~|t|f|0|~", false, true, true, FIXTURE_RUN_LEASE, "invalid"},
    /* The name says whose a scratch database is, whatever its comment. */
    {SCRATCH "|" FIXTURE_MARK("circ", "null", "gw0", FIXTURE_RUN_LEASE) "|f|f|0|~", true, true,
     false, FIXTURE_LEASE, "scratch"},
    {"pgclone_scratch_data|~|f|f|0|~", false, false, false, "", "ready"},
};

/* A database that is held and does not look so is dropped under somebody's tests. */
static void test_databases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
        const struct database_case *one = &databases[i];
        struct strbuf text OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {[LOOK_LEASES] = FIXTURE_LEASES FIXTURE_HOLDER("5", "1")
                                            FIXTURE_HOLDER(FIXTURE_RUN_KEY, "2")
                                                FIXTURE_HOLDER("-7", "3")};
        struct inventory inventory OWNED(inventory_release) = {0};

        strbuf_printf(&text, "%s%s\n", FIXTURE_DATABASES, one->row);
        sets[LOOK_DATABASES] = text.data;
        table_inventory(sets, NULL, NULL, &inventory);
        assert_int_equal(inventory.database_count, 1);
        assert_int_equal(inventory.databases[0].marked, one->marked);
        assert_int_equal(inventory.databases[0].scratch, one->scratch);
        assert_int_equal(inventory.databases[0].held, one->held);
        assert_string_equal(inventory.databases[0].lease, one->lease);
        assert_string_equal(inventory_state(&inventory.databases[0]), one->state);
    }
}

/* Databases are found by their whole names, in the byte order that the server sorts them in. */
static void test_find(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_LOCKS] = "name|locked\nx|t\ny|f\n",
                                                 [LOOK_DATABASES] = FIXTURE_DATABASES
                                                 "Z|~|f|f|1|2\na|~|f|f|~|~\na_b|~|f|f|0|0\n"
                                                 "ab|~|f|f|0|0\n\xc3\xa4|~|f|f|0|0\n"};
    static const char *const names[] = {"Z", "a", "a_b", "ab", "\xc3\xa4"};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    for (size_t i = 0; i < 5; i++)
        assert_ptr_equal(inventory_find(&inventory, names[i]), &inventory.databases[i]);
    assert_null(inventory_find(&inventory, "b"));
    assert_null(inventory_find(&inventory, ""));
    assert_null(inventory_find(&inventory, "A"));
    assert_int_equal(inventory.databases[0].sessions, 1);
    assert_int_equal(inventory.databases[0].size_bytes, 2);
    assert_int_equal(inventory.databases[1].sessions, -1);
    assert_int_equal(inventory.databases[1].size_bytes, -1);
    assert_true(inventory_is_locked(&inventory, 0));
    assert_false(inventory_is_locked(&inventory, 1));
}

/* Another project's databases are not in the scope of list and drop --all. */
static void test_project(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES "a|" FIXTURE_MARK(
            "circ", "null", "gw0",
            FIXTURE_LEASE) "|f|f|0|0\n"
                           "b|" FIXTURE_MARK(
                               "circ2", "null", "gw0",
                               FIXTURE_LEASE) "|f|f|0|0\n"
                                              "circ|~|f|f|0|0\n" SCRATCH "|~|f|f|0|0\n" RUN_SCRATCH
                                              "|" FIXTURE_MARK("circ2", "null", "gw0",
                                                               FIXTURE_LEASE) "|f|f|0|0\n"};
    static const bool expected[] = {true, false, false, true, false};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(inventory_is_of_project(&inventory.databases[i], "circ"), expected[i]);
}

/* What a create inside a run has made is of its own project and of the run's, and belongs to the
 * run and to that create; everything else belongs to the one whose lease it bears. */
static void test_inside_a_run(void **state)
{
#define MAKER "00000000000000b0"
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES "a|" FIXTURE_MARK_INSIDE(
            "shop", "circ",
            MAKER) "|f|f|0|0\n"
                   "b|" FIXTURE_MARK(
                       "shop", "null", "gw0",
                       FIXTURE_RUN_LEASE) "|f|f|0|0\n"
                                          "pgclone_scratch_" MAKER "_0|" FIXTURE_MARK_INSIDE(
                                              "shop", "circ", MAKER) "|f|f|0|0\n"
                                                                     "pgclone_scratch_" MAKER
                                                                     "_1|~|f|f|0|0\n"};
    static const bool of_circ[] = {true, false, true, true};
    static const bool under_run[] = {true, true, true, false};
    static const bool under_maker[] = {true, false, true, true};
    static const bool inside_run[] = {true, false, true, false};
    struct inventory inventory OWNED(inventory_release) = {0};
    int64_t run = lease_key_of(FIXTURE_RUN_LEASE);
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    for (size_t i = 0; i < 4; i++) {
        const struct inventory_database *database = &inventory.databases[i];

        assert_true(inventory_is_of_project(database, "shop"));
        assert_int_equal(inventory_is_of_project(database, "circ"), of_circ[i]);
        assert_int_equal(inventory_is_under(database, run), under_run[i]);
        assert_int_equal(inventory_is_under(database, lease_key_of(MAKER)), under_maker[i]);
        assert_int_equal(inventory_is_inside(database, run), inside_run[i]);
        assert_false(inventory_is_inside(database, 0));
        assert_false(inventory_is_inside(database, lease_key_of(MAKER)));
    }
}

/* Sessions of living processes must never be counted among those that are ended. */
static void test_orphans(void **state)
{
    /* Session keys are the leases' with the sign bit set: -9223372036854775808 + 160. */
    static const char *const sets[TABLE_SETS] = {
        [LOOK_MAKERS] = FIXTURE_LEASES FIXTURE_LOCK(FIXTURE_KEY, "1", "10")
            FIXTURE_HOLDER("-9223372036854775648", "10")
                FIXTURE_HOLDER("-9223372036854775648", "11")
                    FIXTURE_HOLDER("-9223372036854775647", "20")
                        FIXTURE_HOLDER("-9223372036854775647", "21")
                            FIXTURE_HOLDER("-9223372036854775646", "30") FIXTURE_HOLDER("5", "40")};
    struct inventory inventory OWNED(inventory_release) = {0};
    int pids[8] = {0};
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    assert_int_equal(inventory_orphans(&inventory, pids, 8), 3);
    assert_int_equal(pids[0], 20);
    assert_int_equal(pids[1], 21);
    assert_int_equal(pids[2], 30);
    pids[1] = 0;
    assert_int_equal(inventory_orphans(&inventory, pids, 1), 3);
    assert_int_equal(pids[1], 0);
}

/* Who only holds a lease makes nothing; and what a session makes was not there to be seen. */
static void test_other_makers(void **state)
{
#define RUN_SESSION(pid) FIXTURE_HOLDER("-9223372036854775647", pid)
    static const struct {
        const char *locks;
        bool makes;
    } cases[] = {
        {FIXTURE_LEASES, false},
        {FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "10") RUN_SESSION("10"), false},
        {FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "10") RUN_SESSION("10") RUN_SESSION("11"),
         true},
        {FIXTURE_LEASES RUN_SESSION("11"), true}, /* an orphan that could not be ended */
        {FIXTURE_LEASES FIXTURE_HOLDER("-9223372036854775648", "11"), false}, /* our own */
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *sets[TABLE_SETS] = {[LOOK_MAKERS] = cases[i].locks};
        struct inventory inventory OWNED(inventory_release) = {0};

        table_inventory(sets, NULL, NULL, &inventory);
        if (inventory_has_other_maker(&inventory, 160) != cases[i].makes)
            fail_msg("case %zu", i);
    }
}

/* An answer without rows (a role that was just dropped) must not be read behind its end. */
static void test_empty_look(void **state)
{
    static const char *const sets[TABLE_SETS] = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    table_inventory(sets, "own", "grant", &inventory);
    assert_null(inventory.role);
    assert_false(inventory.superuser || inventory.createdb || inventory.source.found);
    assert_int_equal(inventory.database_count, 0);
    assert_int_equal(inventory_orphans(&inventory, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_and_roles), cmocka_unit_test(test_template),
        cmocka_unit_test(test_databases),        cmocka_unit_test(test_find),
        cmocka_unit_test(test_project),          cmocka_unit_test(test_inside_a_run),
        cmocka_unit_test(test_orphans),          cmocka_unit_test(test_other_makers),
        cmocka_unit_test(test_empty_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
