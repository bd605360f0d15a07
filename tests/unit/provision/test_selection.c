/* Which databases a selection means: every selector, and every kind of database. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/timestamp.h"
#include "pgclone/provision/selection.h"
#include "provision_fixture.h"

/* Leases that nobody holds (the fixtures' are held where a look says so). */
#define DEAD_CREATE "00000000000000b0"
#define DEAD_RUN "00000000000000b1"

/* One database of each kind, in the order of their names. */
enum kind {
    FOREIGN,      /* without a mark */
    LOOKS_LIKE,   /* with a comment that only begins like a mark */
    CREATED,      /* of a plain create, worker gw0 */
    CREATED_ONE,  /* the same, worker "" (parallel-tests' first) */
    RUN_DEAD,     /* of run r1, which is dead, worker gw1 */
    RUN_ALIVE,    /* of run r2, which lives, worker gw1 */
    OTHER,        /* of another project, run r1, dead */
    SCRATCH_DEAD, /* unfinished, without a mark */
    SCRATCH_HELD, /* unfinished, its maker lives */
    KIND_COUNT
};

#define ROW(name, comment) name "|" comment "|f|f|0|~\n"
#define SCRATCH(lease) "pgclone_scratch_" lease "_0"

static const struct {
    const char *name;
    const char *comment;
} kinds[KIND_COUNT] = {
    [FOREIGN] = {"a_foreign", "~"},
    [LOOKS_LIKE] = {"b_looks_like", "pgclone:{\"v\":1}"},
    [CREATED] = {"c_created", FIXTURE_MARK("circ", "null", "gw0", DEAD_CREATE)},
    [CREATED_ONE] = {"d_created_one", FIXTURE_MARK("circ", "null", "", DEAD_CREATE)},
    [RUN_DEAD] = {"e_run_dead", FIXTURE_MARK("circ", "\"r1\"", "gw1", DEAD_RUN)},
    [RUN_ALIVE] = {"f_run_alive", FIXTURE_MARK("circ", "\"r2\"", "gw1", FIXTURE_RUN_LEASE)},
    [OTHER] = {"g_other", FIXTURE_MARK("shop", "\"r1\"", "gw1", DEAD_RUN)},
    [SCRATCH_DEAD] = {SCRATCH(DEAD_RUN), "~"},
    [SCRATCH_HELD] = {SCRATCH(FIXTURE_RUN_LEASE), "~"},
};

struct selector_case {
    struct selection selection; /* its lists come from the next three */
    const char *name;
    const char *run_id;
    const char *worker;
    const char *verdicts; /* for each kind: "." ignored, "d" selected, "h" held, "U" not ours */
};

static const struct selector_case cases[] = {
    {.selection = {.every_project = true, .held = true}, .verdicts = "........."},
    {.selection = {.all = true}, .verdicts = "..dddh.dh"},
    {.selection = {.all = true, .every_project = true}, .verdicts = "..dddhddh"},
    {.selection = {.all = true, .held = true}, .verdicts = "..dddd.dd"},
    {.selection = {.all = true, .every_project = true, .held = true}, .verdicts = "..ddddddd"},
    {.run_id = "r1", .verdicts = "....d...."},
    {.run_id = "r2", .verdicts = ".....h..."},
    {.run_id = "r2", .selection = {.held = true}, .verdicts = ".....d..."},
    {.run_id = "r3", .verdicts = "........."},
    {.run_id = "r1", .selection = {.every_project = true}, .verdicts = "....d.d.."},
    {.worker = "gw0", .verdicts = "..d......"},
    {.worker = "gw1", .verdicts = "....dh..."},
    {.worker = "1", .verdicts = "...d....."},
    {.worker = "", .verdicts = "...d....."},
    {.worker = "gw", .verdicts = "........."},
    {.worker = "gw1", .run_id = "r1", .verdicts = "....d...."},
    {.worker = "gw0", .run_id = "r1", .verdicts = "........."},
    {.worker = "gw1", .selection = {.all = true}, .verdicts = "....dh..."},
    {.selection = {.stale = true}, .verdicts = "....d..d."},
    {.selection = {.stale = true, .held = true}, .verdicts = "....d..d."},
    {.selection = {.stale = true, .every_project = true}, .verdicts = "....d.dd."},
    {.selection = {.stale = true, .older_than_s = 3600}, .verdicts = "..ddd..d."},
    {.selection = {.stale = true, .older_than_s = 7200}, .verdicts = "..ddd..d."},
    {.selection = {.stale = true, .older_than_s = 7201}, .verdicts = "....d..d."},
    {.selection = {.stale = true}, .run_id = "r1", .verdicts = "....d...."},
    {.selection = {.stale = true}, .run_id = "r2", .verdicts = "........."},
    /* G7: by name, whatever else is said. */
    {.name = "a_foreign", .verdicts = "U........"},
    {.name = "a_foreign",
     .selection = {.held = true, .every_project = true, .all = true},
     .verdicts = "U........"},
    {.name = "b_looks_like", .verdicts = ".U......."},
    {.name = "c_created", .verdicts = "..d......"},
    {.name = "f_run_alive", .verdicts = ".....h..."},
    {.name = "f_run_alive", .selection = {.held = true}, .verdicts = ".....d..."},
    {.name = "g_other", .verdicts = "......d.."},
    {.name = SCRATCH(DEAD_RUN), .verdicts = ".......d."},
    {.name = SCRATCH(FIXTURE_RUN_LEASE), .verdicts = "........h"},
    {.name = "c_create", .verdicts = "........."},
    {.name = "C_created", .verdicts = "........."},
};

static void read_table(struct inventory *inventory)
{
    struct strbuf table OWNED(strbuf_release) = {0};
    const char *sets[TABLE_SETS] = {[LOOK_LEASES] =
                                        FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1")};

    strbuf_add(&table, FIXTURE_DATABASES);
    for (size_t i = 0; i < KIND_COUNT; i++)
        strbuf_printf(&table, "%s|%s|f|f|0|~\n", kinds[i].name, kinds[i].comment);
    sets[LOOK_DATABASES] = table.data;
    table_inventory(sets, NULL, NULL, inventory);
    assert_int_equal(inventory->database_count, KIND_COUNT);
}

struct lists {
    struct strings names;
    struct strings run_ids;
    struct strings workers;
};

static void lists_release(struct lists *lists)
{
    strings_release(&lists->names);
    strings_release(&lists->run_ids);
    strings_release(&lists->workers);
}

/* The case's selection, two hours after the databases were made. */
static struct selection select_case(const struct selector_case *one, struct lists *lists)
{
    struct selection selection = one->selection;

    if (one->name != NULL)
        strings_add(&lists->names, one->name);
    if (one->run_id != NULL)
        strings_add(&lists->run_ids, one->run_id);
    if (one->worker != NULL)
        strings_add(&lists->workers, one->worker);
    selection.names = &lists->names;
    selection.run_ids = &lists->run_ids;
    selection.workers = &lists->workers;
    assert_true(timestamp_parse("2026-11-22T12:00:00Z", &selection.now));
    return selection;
}

/* In a run's command what was made inside the run can be dropped, and nothing else of it. */
static void test_inside_a_run(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] =
            FIXTURE_DATABASES ROW("a", FIXTURE_MARK("circ", "\"r1\"", "gw0", FIXTURE_RUN_LEASE))
                ROW("b", FIXTURE_MARK_INSIDE("shop", "circ", DEAD_CREATE)),
        [LOOK_LEASES] = FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1")};
    struct selection selection = {.all = true};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    for (int inside = 0; inside < 2; inside++) {
        enum selection_verdict verdict = inside ? SELECTION_TAKEN : SELECTION_HELD;

        selection.own_run = inside ? lease_key_of(FIXTURE_RUN_LEASE) : 0;
        assert_int_equal(selection_judge(&inventory.databases[0], &selection, "circ"),
                         SELECTION_HELD);
        assert_int_equal(selection_judge(&inventory.databases[1], &selection, "circ"), verdict);
        assert_int_equal(selection_judge(&inventory.databases[1], &selection, "shop"), verdict);
        assert_int_equal(selection_judge(&inventory.databases[1], &selection, "other"),
                         SELECTION_IGNORED);
    }
}

/* Every selector with every kind of database: one wrong letter is somebody's database, or one that
 * nobody ever gets rid of. */
static void test_every_selector_with_every_kind(void **state)
{
    static const char letters[] = {[SELECTION_IGNORED] = '.',
                                   [SELECTION_TAKEN] = 'd',
                                   [SELECTION_HELD] = 'h',
                                   [SELECTION_UNMARKED] = 'U'};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    read_table(&inventory);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lists lists OWNED(lists_release) = {0};
        struct selection selection = select_case(&cases[i], &lists);
        char verdicts[KIND_COUNT + 1] = "";

        for (size_t kind = 0; kind < KIND_COUNT; kind++)
            verdicts[kind] =
                letters[selection_judge(&inventory.databases[kind], &selection, "circ")];
        if (strcmp(verdicts, cases[i].verdicts) != 0)
            fail_msg("case %zu: %s, not %s", i, verdicts, cases[i].verdicts);
    }
}

/* Whatever is selected, and with whatever flags: what is not ours is never dropped. */
static void test_nothing_selects_what_is_not_ours(void **state)
{
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    read_table(&inventory);
    for (unsigned bits = 0; bits < 64; bits++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct lists lists OWNED(lists_release) = {0};
            struct selection selection = select_case(&cases[i], &lists);

            selection.all = (bits & 1) != 0;
            selection.every_project = (bits & 2) != 0;
            selection.stale = (bits & 4) != 0;
            selection.held = (bits & 8) != 0;
            selection.older_than_s = (bits & 16) != 0 ? 1 : 0;
            if ((bits & 32) != 0)
                strings_add(&lists.names, "a_foreign");
            for (size_t kind = FOREIGN; kind <= LOOKS_LIKE; kind++) {
                enum selection_verdict verdict =
                    selection_judge(&inventory.databases[kind], &selection, "circ");

                assert_true(verdict == SELECTION_IGNORED || verdict == SELECTION_UNMARKED);
            }
            if (!selection.held)
                assert_int_not_equal(
                    selection_judge(&inventory.databases[RUN_ALIVE], &selection, "circ"),
                    SELECTION_TAKEN);
        }
}

/* A mark whose time cannot be read says nothing about age: it stays. */
static void test_age_that_cannot_be_read(void **state)
{
    static const char *const created[] = {"", "yesterday", "2026-11-22", "2099-01-01T00:00:00Z"};
    const struct selector_case one = {.selection = {.stale = true, .older_than_s = 1}};
    (void)state;

    for (size_t i = 0; i < 4; i++) {
        struct lists lists OWNED(lists_release) = {0};
        struct selection selection = select_case(&one, &lists);
        struct inventory inventory OWNED(inventory_release) = {0};
        struct inventory_database database;
        struct strbuf text OWNED(strbuf_release) = {0};

        read_table(&inventory);
        database = inventory.databases[CREATED];
        strbuf_add(&text, created[i]);
        strbuf_add_char(&text, '\0');
        database.mark.created = text.data;
        assert_int_equal(selection_judge(&database, &selection, "circ"), SELECTION_IGNORED);
    }
}

/* G7: one name that is not ours, and nothing is dropped at all. */
static void test_one_foreign_name_refuses_all(void **state)
{
    const struct selector_case one = {.name = "c_created"};
    struct lists lists OWNED(lists_release) = {0};
    struct selection selection = select_case(&one, &lists);
    struct inventory inventory OWNED(inventory_release) = {0};
    struct selected_list found OWNED(selected_list_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    strings_add(&lists.names, "a_foreign");
    read_table(&inventory);
    assert_false(selection_find(&inventory, &selection, "circ", &found, &err));
    assert_int_equal(err.kind, ERROR_GUARD);
    assert_non_null(strstr(err.message, "\"a_foreign\" was not made by pgclone"));
    assert_int_equal(found.count, 0);
}

/* Each line is owed to what was selected, and says why what is held is kept. */
static void test_find(void **state)
{
    static const char *const expected[] = {
        "c_created",      "d_created_one", "e_run_dead", "f_run_alive", SCRATCH(FIXTURE_RUN_LEASE),
        SCRATCH(DEAD_RUN)};
    const struct selection all = {.all = true};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct selected_list found OWNED(selected_list_release) = {0};
    (void)state;

    read_table(&inventory);
    assert_true(selection_find(&inventory, &all, "circ", &found, NULL));
    assert_int_equal(found.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(found.items[i].database->name, expected[i]);
        assert_int_equal(found.items[i].kept != NULL, i == 3 || i == 4);
    }
    assert_string_equal(found.items[0].database->lease, DEAD_CREATE);
    assert_non_null(strstr(found.items[3].kept, "run \"r2\""));
}

/* Without this sixteen workers are listed as gw0, gw1, gw10, gw11, …, and the databases of projects
 * stand among each other's. */
static void test_natural_order(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] =
            FIXTURE_DATABASES ROW("a_gw0", FIXTURE_MARK("p10", "null", "gw0", DEAD_CREATE))
                ROW("b_gw10", FIXTURE_MARK("p9", "null", "gw10", DEAD_CREATE))
                    ROW("b_gw2", FIXTURE_MARK("p9", "null", "gw2", DEAD_CREATE))
                        ROW("b_gw9", FIXTURE_MARK("p9", "null", "gw9", DEAD_CREATE))
                            ROW(SCRATCH(DEAD_RUN), "~")
                                ROW("z_gw0", FIXTURE_MARK("p10", "null", "gw0", DEAD_CREATE))};
    static const char *const expected[] = {"b_gw2", "b_gw9", "b_gw10",
                                           "a_gw0", "z_gw0", SCRATCH(DEAD_RUN)};
    const struct selection all = {.all = true, .every_project = true};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct selected_list found OWNED(selected_list_release) = {0};
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    assert_true(selection_find(&inventory, &all, "p9", &found, NULL));
    assert_int_equal(found.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(found.items[i].database->name, expected[i]);
}

/* ----------------------------------------------------------------------- who was killed just now
 */

/* "-9223372036854775647" is the session key of lease 161: its number with the sign bit set. */
#define RUN_SESSION(pid) FIXTURE_HOLDER("-9223372036854775647", pid)
#define LIVING_RUN FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1") RUN_SESSION("1")
#define HELD_BY(lease, project) ROW("a_held", FIXTURE_MARK(project, "null", "gw0", lease))

/* Waiting without need is a tenth of a second in every teardown beside other people's runs; not to
 * wait where it is needed leaves what a killed process made. */
static void test_could_grow(void **state)
{
    static const struct {
        const char *databases; /* rows */
        const char *locks;
        struct selection selection;
        const char *name;
        bool grows;
    } rows[] = {
        {"", LIVING_RUN, {.all = true}, NULL, false},
        {"", LIVING_RUN RUN_SESSION("2"), {.all = true}, NULL, true},
        {"", LIVING_RUN RUN_SESSION("2"), {.held = true}, "a_held", true},
        {HELD_BY(FIXTURE_RUN_LEASE, "shop"), LIVING_RUN, {.all = true}, NULL, false},
        {HELD_BY(FIXTURE_RUN_LEASE, "shop"), LIVING_RUN, {.stale = true}, NULL, false},
        {HELD_BY(FIXTURE_RUN_LEASE, "shop"),
         LIVING_RUN,
         {.all = true, .every_project = true},
         NULL,
         true},
        {HELD_BY(FIXTURE_RUN_LEASE, "circ"), LIVING_RUN, {.all = true}, NULL, true},
        {HELD_BY(FIXTURE_RUN_LEASE, "circ"), LIVING_RUN, {.stale = true}, NULL, true},
        {HELD_BY(FIXTURE_RUN_LEASE, "circ"), LIVING_RUN, {.stale = true, .held = true}, NULL, true},
        {HELD_BY(FIXTURE_RUN_LEASE, "circ"), LIVING_RUN, {.all = true, .held = true}, NULL, false},
        {HELD_BY(FIXTURE_RUN_LEASE, "shop"), LIVING_RUN, {.all = false}, "a_held", true},
        {HELD_BY(FIXTURE_RUN_LEASE, "shop"), LIVING_RUN, {.all = false}, "other", false},
        {ROW(SCRATCH(FIXTURE_RUN_LEASE), "~"), LIVING_RUN, {.all = true}, NULL, true},
        {ROW(SCRATCH(DEAD_RUN), "~"), LIVING_RUN, {.all = true}, NULL, false},
        /* A plain create's, which only their age makes stale. */
        {HELD_BY(FIXTURE_LEASE, "circ"),
         FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_KEY, "1"),
         {.stale = true},
         NULL,
         false},
        {HELD_BY(FIXTURE_LEASE, "circ"),
         FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_KEY, "1"),
         {.stale = true, .older_than_s = 60},
         NULL,
         true},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct selector_case one = {.selection = rows[i].selection, .name = rows[i].name};
        struct lists lists OWNED(lists_release) = {0};
        struct selection selection = select_case(&one, &lists);
        struct strbuf databases OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {
            [LOOK_MAKERS] = rows[i].locks, [LOOK_LEASES] = rows[i].locks};
        struct inventory inventory OWNED(inventory_release) = {0};

        strbuf_printf(&databases, "%s%s", FIXTURE_DATABASES, rows[i].databases);
        sets[LOOK_DATABASES] = databases.data;
        table_inventory(sets, NULL, NULL, &inventory);
        if (selection_could_grow(&inventory, &selection, "circ", 4) != rows[i].grows)
            fail_msg("case %zu", i);
    }
}

/* Our own connections are no reason to wait. */
static void test_own_sessions_let_nothing_grow(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_MAKERS] = LIVING_RUN RUN_SESSION("2")};
    const struct selection all = {.all = true};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    table_inventory(sets, NULL, NULL, &inventory);
    assert_true(selection_could_grow(&inventory, &all, "circ", 4));
    assert_false(selection_could_grow(&inventory, &all, "circ", 161));
}

/* ------------------------------------------------------------------------------- other projects */

#define OF(project) FIXTURE_MARK(project, "\"r1\"", "gw0", DEAD_RUN)

/* Without this a teardown that lacks a setting of its create leaves thirty databases in silence;
 * and one that is told of databases that it would not get looks for them in vain. */
static void test_hint_elsewhere(void **state)
{
    static const char two[] = ROW("a", OF("circ")) ROW("b", OF("circ"));
    static const char many[] = ROW("a", OF("p10")) ROW("b", OF("p9")) ROW("c", OF("p1"))
        ROW("d", OF("p2")) ROW("e", OF("p11")) ROW("f", OF("p2"));
    static const struct {
        const char *databases;
        struct selection selection;
        const char *run_id;
        const char *name;
        const char *hint; /* NULL: none */
    } rows[] = {
        {"", {.all = true}, NULL, NULL, NULL},
        {two,
         {.all = true},
         NULL,
         NULL,
         "No database on this server is of project \"test\", but 2 are of others: \"circ\". Name "
         "the "
         "project with --project, or add --every-project."},
        {many,
         {.all = true},
         NULL,
         NULL,
         "No database on this server is of project \"test\", but 6 are of others: \"p1\", \"p2\", "
         "\"p9\" and 2 more. Name the project with --project, or add --every-project."},
        {ROW("a", OF("circ")),
         {.stale = true},
         NULL,
         NULL,
         "No database on this server is of project \"test\", but 1 is of another: \"circ\". Name "
         "the "
         "project with --project, or add --every-project."},
        {ROW("a", FIXTURE_MARK("circ", "null", "gw0", DEAD_CREATE)),
         {.stale = true},
         NULL,
         NULL,
         NULL},
        {two,
         {.all = false},
         "r1",
         NULL,
         "No database on this server is of project \"test\", but 2 are of others: \"circ\". Name "
         "the "
         "project with --project."},
        {two, {.all = false}, "r2", NULL, NULL},
        {two, {.all = true, .every_project = true}, NULL, NULL, NULL},
        {two, {.all = false}, NULL, "circ_gw0", NULL},
        {ROW("a", OF("circ")) ROW("b", OF("test")), {.all = true}, NULL, NULL, NULL},
        {ROW(SCRATCH(FIXTURE_RUN_LEASE), "~"), {.all = true}, NULL, NULL, NULL},
        {ROW("a", OF("a\\u001b[2Jb")),
         {.all = true},
         NULL,
         NULL,
         "No database on this server is of project \"test\", but 1 is of another: \"a\\x1b[2Jb\". "
         "Name the project with --project, or add --every-project."},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct selector_case one = {
            .selection = rows[i].selection, .run_id = rows[i].run_id, .name = rows[i].name};
        struct lists lists OWNED(lists_release) = {0};
        struct selection selection = select_case(&one, &lists);
        struct strbuf databases OWNED(strbuf_release) = {0};
        const char *sets[TABLE_SETS] = {0};
        struct inventory inventory OWNED(inventory_release) = {0};
        char *hint OWNED(memory_free_string) = NULL;

        strbuf_printf(&databases, "%s%s", FIXTURE_DATABASES, rows[i].databases);
        sets[LOOK_DATABASES] = databases.data;
        table_inventory(sets, NULL, NULL, &inventory);
        hint = selection_hint_elsewhere(&inventory, &selection, "test");
        if ((hint == NULL) != (rows[i].hint == NULL))
            fail_msg("case %zu: %s", i, hint != NULL ? hint : "no hint");
        if (hint != NULL)
            assert_string_equal(hint, rows[i].hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_selector_with_every_kind),
        cmocka_unit_test(test_inside_a_run),

        cmocka_unit_test(test_nothing_selects_what_is_not_ours),
        cmocka_unit_test(test_age_that_cannot_be_read),
        cmocka_unit_test(test_one_foreign_name_refuses_all),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_natural_order),
        cmocka_unit_test(test_could_grow),
        cmocka_unit_test(test_own_sessions_let_nothing_grow),
        cmocka_unit_test(test_hint_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
