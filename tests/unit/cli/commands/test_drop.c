/* `pgclone drop`: what its selectors become, and which go together. What is dropped is
 * provision/drop's; this test stands in for it. */
// links: command_lines.c
// links: clean_environment.c
#include "command_lines.h"

#include "clean_environment.h"
#include "pgclone/provision/drop.h"

/* A table of this command alone, so that no other one brings provision/drop in. */
extern const struct command drop_command;
const struct command *const command_table[] = {&drop_command, NULL};

/* What the last call asked for, as text. */
static struct strbuf asked;
static bool refuse;

static void note_list(const char *name, const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        strbuf_printf(&asked, " %s=%s", name, list->items[i]);
}

bool drop_databases(const struct scope *scope, const struct selection *selection, bool dry_run,
                    struct strbuf *lines, struct error *err)
{
    strbuf_clear(&asked);
    strbuf_printf(&asked, "%s:%s%s%s%s%s", scope->project, selection->all ? " all" : "",
                  selection->stale ? " stale" : "", selection->every_project ? " every" : "",
                  selection->held ? " held" : "", dry_run ? " dry" : "");
    note_list("name", selection->names);
    note_list("run", selection->run_ids);
    note_list("worker", selection->workers);
    if (selection->older_than_s > 0)
        strbuf_printf(&asked, " older=%d", (int)selection->older_than_s);
    if (selection->own_run > 0)
        strbuf_printf(&asked, " run-key=%d", (int)selection->own_run);
    strbuf_add(lines, "dropped x\n");
    return !refuse || error_set(err, ERROR_PRIVILEGE, "not y");
}

static int setup(void **state)
{
    (void)state;
    clean_environment();
    strbuf_release(&asked);
    refuse = false;
    return setenv("PGCLONE_SERVER", "postgresql://h/app", 1);
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&asked);
    return 0;
}

static void assert_asks(struct called called, const char *expected)
{
    if (!called.done)
        print_error("%s\n", called.err.message);
    assert_true(called.done);
    assert_string_equal(strbuf_text(&called.out), "dropped x\n");
    assert_string_equal(strbuf_text(&asked), expected);
    called_release(&called);
}

static void assert_refused(struct called called, const char *message)
{
    assert_false(called.done);
    assert_int_equal(called.err.kind, ERROR_USAGE);
    assert_string_equal(called.err.message, message);
    assert_string_equal(strbuf_text(&asked), "");
    called_release(&called);
}

static void test_selectors(void **state)
{
    (void)state;
    assert_asks(CALL("drop", "--all"), "app: all");
    assert_asks(CALL("--all", "drop", "--held", "--every-project", "--dry-run"),
                "app: all every held dry");
    assert_asks(CALL("drop", "--stale", "--older-than", "2h"), "app: stale older=7200");
    assert_asks(CALL("drop", "--name", "a", "--name=b"), "app: name=a name=b");
    assert_asks(CALL("drop", "--run-id", "r", "--worker", "gw1", "--worker", "gw2"),
                "app: run=r worker=gw1 worker=gw2");
    assert_asks(CALL("drop", "--all", "--project", "shop"), "shop: all");
}

/* What was made inside the run that this command is in is not held from it. */
static void test_inside_a_run(void **state)
{
    (void)state;
    assert_int_equal(setenv("PGCLONE_LEASE", "00000000000000a1:shop", 1), 0);
    assert_asks(CALL("drop", "--all"), "app: all run-key=161");
    strbuf_clear(&asked);
    assert_int_equal(setenv("PGCLONE_LEASE", "r1", 1), 0);
    assert_refused(CALL("drop", "--all"), "PGCLONE_LEASE: this is no run's lease");
    assert_int_equal(unsetenv("PGCLONE_LEASE"), 0);
}

/* --name and --run-id select here, and the settings of the same names are none of drop's. */
static void test_its_own_flags_come_before_the_settings(void **state)
{
    (void)state;
    setenv("PGCLONE_NAME", "{base}-{worker}", 1);
    setenv("PGCLONE_RUN_ID", "other", 1);
    assert_asks(CALL("drop", "--run-id", "r"), "app: run=r");
    assert_asks(CALL("drop", "--all"), "app: all");
}

/* `drop --workers 2` would drop something else than was meant, or everything. */
static void test_settings_that_make_no_sense_here(void **state)
{
    struct called workers OWNED(called_release) = CALL("drop", "--workers", "2");
    (void)state;

    assert_string_equal(workers.err.message, "\"drop\" does not use --workers");
    assert_string_equal(workers.err.hint,
                        "Did you mean \"--worker\"? See \"pgclone drop --help\".");
    assert_refused(CALL("drop", "--all", "--strategy", "clone"),
                   "\"drop\" does not use --strategy");
    setenv("PGCLONE_WORKERS", "2", 1);
    setenv("PGCLONE_STRATEGY", "clone", 1);
    assert_asks(CALL("drop", "--all", "-j", "2", "--wait", "3"), "app: all");
}

static void test_what_goes_together(void **state)
{
    (void)state;
    assert_refused(CALL("drop"), "nothing says what to drop");
    assert_refused(CALL("drop", "--held"), "nothing says what to drop");
    assert_refused(CALL("drop", "--name", "a", "--all"), "--name goes with no other selector");
    assert_refused(CALL("drop", "--name", "a", "--every-project"),
                   "--name goes with no other selector");
    assert_refused(CALL("drop", "--worker", "gw0", "--every-project"),
                   "--every-project widens --all and --stale");
    assert_refused(CALL("drop", "--all", "--older-than", "2h"), "--older-than goes with --stale");
}

static void test_ages(void **state)
{
    static const char *const wrong[] = {"", "2", "h", "2x", "2hh", "-2h", "1234567s", "0d"};
    (void)state;

    assert_asks(CALL("drop", "--stale", "--older-than", "90s"), "app: stale older=90");
    assert_asks(CALL("drop", "--stale", "--older-than", "30m"), "app: stale older=1800");
    assert_asks(CALL("drop", "--stale", "--older-than", "7d"), "app: stale older=604800");
    strbuf_clear(&asked);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct strbuf message OWNED(strbuf_release) = {0};

        strbuf_printf(&message, "--older-than: \"%s\" is no age", wrong[i]);
        assert_refused(CALL("drop", "--stale", "--older-than", wrong[i]), strbuf_text(&message));
    }
}

/* In serial mode nothing on the server is pgclone's. */
static void test_serial_mode_has_nothing_to_drop(void **state)
{
    struct called called OWNED(called_release) = CALL("drop", "--all", "--no-create");
    (void)state;

    assert_true(called.done);
    assert_string_equal(strbuf_text(&called.out), "");
    assert_string_equal(strbuf_text(&asked), "");
}

/* Whoever reads the lines must know what is gone, also when something else stayed. */
static void test_lines_are_printed_also_on_failure(void **state)
{
    struct called called OWNED(called_release) = {0};
    (void)state;

    refuse = true;
    called = CALL("drop", "--all");
    assert_false(called.done);
    assert_string_equal(called.err.message, "not y");
    assert_string_equal(strbuf_text(&called.out), "dropped x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_selectors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inside_a_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_its_own_flags_come_before_the_settings, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_settings_that_make_no_sense_here, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_goes_together, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_serial_mode_has_nothing_to_drop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_are_printed_also_on_failure, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
