/* `pgclone doctor`: what it prints and exits with. This test stands in for the examination. */
// links: command_lines.c
// links: clean_environment.c
#include "command_lines.h"

#include "clean_environment.h"
#include "pgclone/provision/doctor.h"
#include "pgclone/server/readiness.h"

static const struct check room = {"room", "there is room", FINDING_ERROR};
static const struct check cellar = {"cellar", "there is one", FINDING_ERROR};

static int room_exit;
static bool interrupted;

bool doctor_examine(const struct settings *settings, const struct enclosing_run *enclosing,
                    struct findings *findings, struct error *err)
{
    assert_non_null(settings->maintenance_database);
    assert_null(enclosing);
    if (interrupted)
        return error_set(err, ERROR_INTERRUPTED, "interrupted");
    findings_add(findings, &room, room_exit != 0 ? FINDING_ERROR : FINDING_OK, "full")->exit_code =
        room_exit;
    return true;
}

void doctor_add_mistakes(const struct error *err, struct findings *findings)
{
    findings_add(findings, &room, FINDING_ERROR, "%s", err->message)->exit_code = 2;
}

void readiness_examine(const char *bindir, bool wanted, struct findings *findings)
{
    (void)findings_add(findings, &cellar, FINDING_OK, "%s, %s", bindir != NULL ? bindir : "any",
                       wanted ? "wanted" : "not wanted");
}

static int setup(void **state)
{
    (void)state;
    clean_environment();
    room_exit = 0;
    interrupted = false;
    return 0;
}

static void test_all_is_well(void **state)
{
    struct called called = CALL("doctor");
    (void)state;

    assert_int_equal(called.status, 0);
    called_assert_prints(called, "ok       room    full\nok       cellar  any, not wanted\n");
}

/* What is found is a result; nothing has failed. */
static void test_an_error_is_the_exit_code(void **state)
{
    struct called called;
    (void)state;

    room_exit = 6;
    called = CALL("doctor");
    assert_true(called.done);
    assert_int_equal(called.status, 6);
    called_release(&called);
}

static void test_mistakes_are_findings(void **state)
{
    struct called called;
    (void)state;

    assert_int_equal(setenv("PGCLONE_JOBS", "many", 1), 0);
    called = CALL("doctor");
    assert_true(called.done);
    assert_int_equal(called.status, 2);
    assert_non_null(strstr(strbuf_text(&called.out), "PGCLONE_JOBS"));
    called_release(&called);
}

static void test_json(void **state)
{
    struct called called = CALL("doctor", "--format", "json");
    (void)state;

    assert_true(called.done);
    assert_int_equal(strncmp(strbuf_text(&called.out), "{\"pgclone\":1,\"exit\":0,", 21), 0);
    called_release(&called);
}

/* No server is asked. */
static void test_ephemeral(void **state)
{
    (void)state;
    called_assert_prints(CALL("doctor", "--ephemeral", "--postgres-bindir", "/opt"),
                         "ok       cellar  /opt, wanted\n");
}

static void test_an_interrupt(void **state)
{
    (void)state;
    interrupted = true;
    called_assert_fails(CALL("doctor"), ERROR_INTERRUPTED, "interrupted");
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_is_well),
        TEST(test_an_error_is_the_exit_code),
        TEST(test_mistakes_are_findings),
        TEST(test_json),
        TEST(test_ephemeral),
        TEST(test_an_interrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
