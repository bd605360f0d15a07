/* How `doctor` asks a server, and what it says where that does not answer. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/provision/doctor.h"
#include "provision_fixture.h"
#include "scripted_session.h"

#define SERVER "pid|role|superuser|createdb|recovery|fsync|free_connections\n"

/* What the server tells beside a look. */
static const char facts[] = "server|in_use|role_limit|role_in_use|may_replay\n15.8|4|-1|1|f\n\n"
                            "name|value\nfsync|off\n\nis_open|size|recorded|actual\n"
                            "t|8000000|~|~\n\nowner\n\nname|owner\n";

struct patient {
    struct scripted_attempt attempt;
    struct findings findings;
};

static void patient_release(struct patient *patient)
{
    findings_release(&patient->findings);
    scripted_attempt_release(&patient->attempt);
}

static void patient_init(struct patient *patient)
{
    scripted_attempt_init(&patient->attempt, 3);
    patient->findings = (struct findings){0};
    scripted_session_gives("examine", facts, -1);
}

static bool patient_examine(struct patient *patient)
{
    return doctor_examine(&patient->attempt.settings, NULL, &patient->findings,
                          &patient->attempt.err);
}

static const struct finding *patient_find(const struct patient *patient, const char *check)
{
    for (size_t i = 0; i < patient->findings.count; i++)
        if (strcmp(patient->findings.items[i].check->id, check) == 0)
            return &patient->findings.items[i];
    fail_msg("nothing is found of \"%s\"", check);
    return patient->findings.items; /* the compiler does not know that fail_msg() does not return */
}

/* Nothing but questions is sent, and every row has its finding. */
static void test_all_is_well(void **state)
{
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    assert_true(patient_examine(&patient));
    assert_int_equal(findings_exit_code(&patient.findings), 0);
    assert_string_equal(patient_find(&patient, "connection")->text, "the server can be reached");
    assert_string_equal(patient_find(&patient, "max_wal_size")->check->id, "max_wal_size");
    assert_string_equal(scripted_session_calls(),
                        "open\nquery: connect\nlook with sizes circ_gw0 circ_gw1 circ_gw2\n"
                        "query: examine the server\nclose\n");
}

/* Superusers may ask how many files there are. */
static void test_files(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_SERVER] = SERVER "7|app|t|t|f|f|90\n"};
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    scripted_session_finds(sets);
    assert_true(patient_examine(&patient));
    assert_non_null(strstr(patient_find(&patient, "template")->text, "326 files"));
}

/* A create waits for whoever is in the template, and then fails. */
static void test_waits_for_the_template(void **state)
{
    static const char *const busy[TABLE_SETS] = {[LOOK_SESSIONS] =
                                                     "pid|role|application\n12|ann|psql\n"};
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    scripted_session_finds(busy);
    scripted_session_finds(busy);
    scripted_session_finds(NULL);
    assert_true(patient_examine(&patient));
    assert_int_equal(findings_exit_code(&patient.findings), 0);
    assert_int_equal(scripted_session_times_called("look with sizes"), 3);
    assert_false(scripted_session_was_called("terminate"));
}

static void test_the_template_stays_busy(void **state)
{
    static const char *const busy[TABLE_SETS] = {[LOOK_SESSIONS] =
                                                     "pid|role|application\n12|ann|psql\n"};
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    scripted_session_finds(busy);
    assert_true(patient_examine(&patient));
    assert_int_equal(findings_exit_code(&patient.findings), 5);
    assert_true(scripted_session_times_called("look with sizes") > 50);
}

/* What ends a create at once is not waited before. */
static void test_does_not_wait_in_vain(void **state)
{
    static const char *const busy[TABLE_SETS] = {[LOOK_SERVER] = SERVER "7|app|f|f|f|f|90\n",
                                                 [LOOK_SESSIONS] =
                                                     "pid|role|application\n12|ann|psql\n"};
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    scripted_session_finds(busy);
    assert_true(patient_examine(&patient));
    assert_int_equal(findings_exit_code(&patient.findings), 6);
    assert_int_equal(scripted_session_times_called("look with sizes"), 1);
}

/* Each way not to be let in has its code, and its fix where there is one. */
static void test_no_connection(void **state)
{
    static const struct {
        const char *sqlstate;
        const char *server;
        const char *fix;
    } cases[] = {
        {"", NULL, NULL},
        {"3D000", NULL, "export PGCLONE_MAINTENANCE_DATABASE='template1'"},
        {"28P01", "postgresql://app@h/circ", "read -rs PGPASSWORD && export PGPASSWORD"},
        {"28P01", NULL, NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct patient patient OWNED(patient_release);
        const struct finding *found;

        patient_init(&patient);
        if (cases[i].server != NULL)
            memory_replace_string(&patient.attempt.settings.server, cases[i].server);
        scripted_session_fails("query: connect", ERROR_CONNECTION, cases[i].sqlstate, 1);
        assert_true(patient_examine(&patient));
        found = patient_find(&patient, "connection");
        assert_int_equal(found->exit_code, 3);
        assert_true((found->fix.commands == NULL) == (cases[i].fix == NULL));
        if (cases[i].fix != NULL)
            assert_string_equal(found->fix.commands, cases[i].fix);
    }
}

/* The server itself says where it can be reached. */
static void test_a_proxy(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_SERVER] = SERVER "99|app|f|t|f|f|90\n"};
    struct patient patient OWNED(patient_release);
    const struct finding *found;
    (void)state;

    patient_init(&patient);
    scripted_session_finds(sets);
    scripted_session_gives("look for a proxy", "pid\n99\n", 1);
    scripted_session_gives("where the server is", "address|port\n10.0.0.7|5433\n", 1);
    assert_true(patient_examine(&patient));
    found = patient_find(&patient, "proxy");
    assert_int_equal(found->exit_code, 1);
    assert_string_equal(found->fix.commands,
                        "export PGCLONE_SERVER='host=10.0.0.7 port=5433 user=app dbname=circ'");
}

/* A session that is pooled whole works; that there is a proxy is told. */
static void test_a_pool_of_sessions(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_SERVER] = SERVER "99|app|f|t|f|f|90\n"};
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    scripted_session_finds(sets);
    scripted_session_gives("look for a proxy", "pid\n98\n", 1);
    assert_true(patient_examine(&patient));
    assert_int_equal(patient_find(&patient, "pool")->severity, FINDING_WARNING);
}

/* What is asked of a template that is built is refused in its name, not the connection's. */
static void test_a_template_that_is_refused(void **state)
{
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    strings_add(&patient.attempt.settings.build.sql, __FILE__);
    patient.attempt.settings.origin[SETTING_BUILD].kind = ORIGIN_YAML;
    scripted_session_fails("query: look for the template", ERROR_GUARD, "", 1);
    assert_true(patient_examine(&patient));
    assert_int_equal(findings_exit_code(&patient.findings), 4);
    assert_string_equal(patient.findings.items[patient.findings.count - 1].check->id, "build");
}

static void test_an_interrupt_ends_it(void **state)
{
    static const char *const calls[] = {"query: connect", "look", "query: examine"};
    (void)state;

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct patient patient OWNED(patient_release);

        patient_init(&patient);
        scripted_session_fails(calls[i], ERROR_INTERRUPTED, "", 1);
        assert_false(patient_examine(&patient));
        assert_int_equal(patient.attempt.err.kind, ERROR_INTERRUPTED);
    }
}

/* With `reset: undo` the template is still the one that the user knows. */
static void test_the_template_of_undo(void **state)
{
    struct patient patient OWNED(patient_release);
    (void)state;

    patient_init(&patient);
    patient.attempt.settings.reset = RESET_UNDO;
    assert_true(patient_examine(&patient));
    assert_int_equal(findings_exit_code(&patient.findings), 6);
    assert_non_null(strstr(patient_find(&patient, "template")->text, "\"circ\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_well),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_waits_for_the_template),
        cmocka_unit_test(test_the_template_stays_busy),
        cmocka_unit_test(test_does_not_wait_in_vain),
        cmocka_unit_test(test_no_connection),
        cmocka_unit_test(test_a_proxy),
        cmocka_unit_test(test_a_pool_of_sessions),
        cmocka_unit_test(test_a_template_that_is_refused),
        cmocka_unit_test(test_an_interrupt_ends_it),
        cmocka_unit_test(test_the_template_of_undo),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
