/* Which databases a selection of `drop` means: every selector, and every kind of database. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/timestamp.h"
#include "pgclone/provision/drop.h"
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

static const char table[] = FIXTURE_DATABASES
    "a_foreign|~|f|f|0|~\n"
    "b_looks_like|pgclone:{\"v\":1}|f|f|0|~\n"
    "c_created|" FIXTURE_MARK(
        "circ", "null", "gw0",
        DEAD_CREATE) "|f|f|0|~\n"
                     "d_created_one|" FIXTURE_MARK(
                         "circ", "null", "",
                         DEAD_CREATE) "|f|f|0|~\n"
                                      "e_run_dead|" FIXTURE_MARK(
                                          "circ", "\"r1\"", "gw1",
                                          DEAD_RUN) "|f|f|0|~\n"
                                                    "f_run_alive|" FIXTURE_MARK(
                                                        "circ", "\"r2\"", "gw1",
                                                        FIXTURE_RUN_LEASE) "|f|f|0|~\n"
                                                                           "g_other|" FIXTURE_MARK(
                                                                               "shop", "\"r1\"",
                                                                               "gw1",
                                                                               DEAD_RUN) "|f|f|0|~"
                                                                                         "\n"
                                                                                         "pgclone_"
                                                                                         "scratch"
                                                                                         "_" DEAD_RUN
                                                                                         "_0|~|f|f|"
                                                                                         "0|~\n"
                                                                                         "pgclone_"
                                                                                         "scratch"
                                                                                         "_" FIXTURE_RUN_LEASE
                                                                                         "_0|~|f|f|"
                                                                                         "0|~\n";

struct selector_case {
    struct drop_selection selection; /* its lists come from the next three */
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
    {.name = "pgclone_scratch_" DEAD_RUN "_0", .verdicts = ".......d."},
    {.name = "pgclone_scratch_" FIXTURE_RUN_LEASE "_0", .verdicts = "........h"},
    {.name = "c_create", .verdicts = "........."},
    {.name = "C_created", .verdicts = "........."},
};

static void read_table(struct inventory *inventory)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = table,
        [LOOK_LEASES] = FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1")};

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
static struct drop_selection select_case(const struct selector_case *one, struct lists *lists)
{
    struct drop_selection selection = one->selection;

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

/* Every selector with every kind of database: one wrong letter is somebody's database, or one that
 * nobody ever gets rid of. */
static void test_every_selector_with_every_kind(void **state)
{
    static const char letters[] = {
        [DROP_IGNORED] = '.', [DROP_SELECTED] = 'd', [DROP_HELD] = 'h', [DROP_UNMARKED] = 'U'};
    struct inventory inventory OWNED(inventory_release) = {0};
    (void)state;

    read_table(&inventory);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lists lists OWNED(lists_release) = {0};
        struct drop_selection selection = select_case(&cases[i], &lists);
        char verdicts[KIND_COUNT + 1] = "";

        for (size_t kind = 0; kind < KIND_COUNT; kind++)
            verdicts[kind] = letters[drop_judge(&inventory.databases[kind], &selection, "circ")];
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
            struct drop_selection selection = select_case(&cases[i], &lists);

            selection.all = (bits & 1) != 0;
            selection.every_project = (bits & 2) != 0;
            selection.stale = (bits & 4) != 0;
            selection.held = (bits & 8) != 0;
            selection.older_than_s = (bits & 16) != 0 ? 1 : 0;
            if ((bits & 32) != 0)
                strings_add(&lists.names, "a_foreign");
            for (size_t kind = FOREIGN; kind <= LOOKS_LIKE; kind++) {
                enum drop_verdict verdict =
                    drop_judge(&inventory.databases[kind], &selection, "circ");

                assert_true(verdict == DROP_IGNORED || verdict == DROP_UNMARKED);
            }
            if (!selection.held)
                assert_int_not_equal(
                    drop_judge(&inventory.databases[RUN_ALIVE], &selection, "circ"), DROP_SELECTED);
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
        struct drop_selection selection = select_case(&one, &lists);
        struct inventory inventory OWNED(inventory_release) = {0};
        struct inventory_database database;
        struct strbuf text OWNED(strbuf_release) = {0};

        read_table(&inventory);
        database = inventory.databases[CREATED];
        strbuf_add(&text, created[i]);
        strbuf_add_char(&text, '\0');
        database.mark.created = text.data;
        assert_int_equal(drop_judge(&database, &selection, "circ"), DROP_IGNORED);
    }
}

/* G7: one name that is not ours, and nothing is dropped at all. */
static void test_one_foreign_name_refuses_all(void **state)
{
    const struct selector_case one = {.name = "c_created"};
    struct lists lists OWNED(lists_release) = {0};
    struct drop_selection selection = select_case(&one, &lists);
    struct inventory inventory OWNED(inventory_release) = {0};
    struct drop_work work OWNED(drop_work_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    strings_add(&lists.names, "a_foreign");
    read_table(&inventory);
    assert_false(drop_select(&inventory, &selection, "circ", &work, &err));
    assert_int_equal(err.kind, ERROR_GUARD);
    assert_non_null(strstr(err.message, "\"a_foreign\" was not made by pgclone"));
    assert_int_equal(work.job_count, 0);
}

/* Each line is owed to what was selected, and says why what is held is kept. */
static void test_select(void **state)
{
    const struct selector_case one = {.selection = {.all = true}};
    static const char *const expected[] = {"c_created",
                                           "d_created_one",
                                           "e_run_dead",
                                           "f_run_alive",
                                           "pgclone_scratch_" DEAD_RUN "_0",
                                           "pgclone_scratch_" FIXTURE_RUN_LEASE "_0"};
    struct lists lists OWNED(lists_release) = {0};
    struct drop_selection selection = select_case(&one, &lists);
    struct inventory inventory OWNED(inventory_release) = {0};
    struct drop_work work OWNED(drop_work_release) = {0};
    (void)state;

    read_table(&inventory);
    assert_true(drop_select(&inventory, &selection, "circ", &work, NULL));
    assert_int_equal(work.target_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(work.targets[i].name, expected[i]);
        assert_int_equal(work.targets[i].kept != NULL, i == 3 || i == 5);
    }
    assert_string_equal(work.targets[0].lease, DEAD_CREATE);
    assert_non_null(strstr(work.targets[3].kept, "run \"r2\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_selector_with_every_kind),
        cmocka_unit_test(test_nothing_selects_what_is_not_ours),
        cmocka_unit_test(test_age_that_cannot_be_read),
        cmocka_unit_test(test_one_foreign_name_refuses_all),
        cmocka_unit_test(test_select),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
