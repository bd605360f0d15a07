/* Where values come from, and which of them wins. */
#include <sys/stat.h>

#include "pgclone/base/process.h"
#include "settings_fixture.h"

static void assert_origin(const struct settings *settings, enum setting_id id, const char *text)
{
    char *origin = settings_origin_text(settings, id);

    assert_string_equal(origin, text);
    free(origin);
}

/* Whoever sets nothing must get the defaults that help and manual show. */
static void test_defaults(void **state)
{
    struct settings settings = {0};

    (void)state;
    load(NULL, 0, &settings);
    assert_null(settings.config);
    assert_null(settings.server);
    assert_string_equal(settings.maintenance_database, "postgres");
    assert_null(settings.project);
    assert_int_equal(settings.workers, 1);
    assert_string_equal(settings.runner->name, "pytest-xdist");
    assert_true(settings.create_database);
    assert_false(settings.external_schema);
    assert_null(settings.template_name);
    assert_null(settings.name);
    assert_null(settings.run_id);
    assert_null(settings.owner);
    assert_null(settings.grant_to);
    assert_int_equal(settings.strategy, STRATEGY_AUTO);
    assert_int_equal(settings.jobs, 0);
    assert_int_equal(settings.existing, EXISTING_REPLACE);
    assert_int_equal(settings.wait_s, 10);
    assert_false(settings.disconnect_template);
    assert_int_equal(settings.spares, SPARES_AUTO);
    assert_int_equal(settings.build.sql.count, 0);
    for (enum setting_id id = 0; id < SETTING_COUNT; id++)
        assert_int_equal(settings.origin[id].kind, ORIGIN_DEFAULT);
    settings_release(&settings);
}

/* A flag on the command line that loses to a variable of the CI job drops the wrong databases. */
static void test_precedence(void **state)
{
    static const struct settings_flag flags[] = {
        {SETTING_OWNER, false, "earlier"},
        {SETTING_OWNER, false, "flag"},
    };
    struct settings settings = {0};

    (void)state;
    write_file("pgclone.yaml", "owner: yaml\nproject: yaml\ngrant_to: yaml\n");
    setenv("PGCLONE_OWNER", "variable", 1);
    setenv("PGCLONE_PROJECT", "variable", 1);
    load(flags, COUNT(flags), &settings);
    assert_string_equal(settings.owner, "flag");
    assert_string_equal(settings.project, "variable");
    assert_string_equal(settings.grant_to, "yaml");
    assert_origin(&settings, SETTING_OWNER, "--owner");
    assert_origin(&settings, SETTING_PROJECT, "PGCLONE_PROJECT");
    assert_origin(&settings, SETTING_GRANT_TO, "pgclone.yaml:3: grant_to");
    assert_origin(&settings, SETTING_TEMPLATE, "--template");
    assert_origin(&settings, SETTING_BUILD, "build");
    settings_release(&settings);
}

/* --create and --no-create have no argument: their spelling is the value, and the last one wins. */
static void test_flags_without_arguments(void **state)
{
    static const struct settings_flag flags[] = {
        {SETTING_CREATE_DATABASE, false, NULL},     {SETTING_CREATE_DATABASE, true, NULL},
        {SETTING_EXTERNAL_SCHEMA, true, NULL},      {SETTING_EXTERNAL_SCHEMA, false, NULL},
        {SETTING_DISCONNECT_TEMPLATE, false, NULL}, {SETTING_WORKERS, false, "auto"},
    };
    struct settings settings = {0};

    (void)state;
    load(flags, COUNT(flags), &settings);
    assert_false(settings.create_database);
    assert_true(settings.external_schema);
    assert_true(settings.disconnect_template);
    assert_int_equal(settings.workers, process_cpu_count());
    assert_origin(&settings, SETTING_CREATE_DATABASE, "--no-create");
    assert_origin(&settings, SETTING_EXTERNAL_SCHEMA, "--clone");
    settings_release(&settings);
}

/* Of one source, or of two of which the template's is the lower, what is said outright holds. */
static void test_no_clone_beside_template(void **state)
{
    static const struct settings_flag flags[] = {{SETTING_EXTERNAL_SCHEMA, true, NULL},
                                                 {SETTING_TEMPLATE, false, "x"}};
    struct settings settings = {0};

    (void)state;
    load(flags, COUNT(flags), &settings);
    assert_false(settings.external_schema);
    settings_release(&settings);
    setenv("PGCLONE_TEMPLATE", "x", 1);
    load(flags, 1, &settings);
    assert_false(settings.external_schema);
    settings_release(&settings);
    setenv("PGCLONE_EXTERNAL_SCHEMA", "false", 1);
    load(NULL, 0, &settings);
    assert_false(settings.external_schema);
    settings_release(&settings);
    unsetenv("PGCLONE_EXTERNAL_SCHEMA");
    write_file("pgclone.yaml", "external_schema: false\n");
    load(NULL, 0, &settings);
    assert_true(settings.external_schema);
    settings_release(&settings);
}

/* Naming a template and getting empty databases, or the reverse, fails every test of a suite. */
static void test_template_implies_clone(void **state)
{
    static const struct {
        const char *yaml;
        const char *environment; /* PGCLONE_EXTERNAL_SCHEMA, or NULL */
        struct settings_flag flag;
        size_t flag_count;
        bool clone;
    } cases[] = {
        {"owner: x\n", NULL, {SETTING_OWNER, false, "x"}, 0, false},
        {"template: x\n", NULL, {SETTING_OWNER, false, "x"}, 0, true},
        {"template:\n", NULL, {SETTING_OWNER, false, "x"}, 0, true},
        {"owner: x\n", NULL, {SETTING_TEMPLATE, false, ""}, 1, true},
        {"template: x\nexternal_schema: false\n", NULL, {SETTING_OWNER, false, "x"}, 0, false},
        {"external_schema: false\n", NULL, {SETTING_TEMPLATE, false, "x"}, 1, true},
        {"external_schema: false\n", NULL, {SETTING_TEMPLATE, false, ""}, 1, true},
        {"owner: x\n", "no", {SETTING_TEMPLATE, false, "x"}, 1, true},
        {"external_schema: true\n", "no", {SETTING_OWNER, false, "x"}, 0, false},
        {"template: x\n", "no", {SETTING_OWNER, false, "x"}, 0, false},
        {"template: x\n", NULL, {SETTING_EXTERNAL_SCHEMA, true, NULL}, 1, false},
        {"template: x\n", "no", {SETTING_EXTERNAL_SCHEMA, false, NULL}, 1, true},
        {"owner: x\n", "yes", {SETTING_OWNER, false, "x"}, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct settings settings = {0};

        write_file("pgclone.yaml", cases[i].yaml);
        if (cases[i].environment != NULL)
            setenv("PGCLONE_EXTERNAL_SCHEMA", cases[i].environment, 1);
        load(&cases[i].flag, cases[i].flag_count, &settings);
        assert_int_equal(settings.external_schema, cases[i].clone);
        settings_release(&settings);
        clear(NULL);
    }
}

/* A named file that is missing must not be taken for "no settings"; the default's may be. */
static void test_config(void **state)
{
    static const struct settings_flag other = {SETTING_CONFIG, false, "other.yaml"};
    static const struct settings_flag twice[] = {{SETTING_CONFIG, false, "none.yaml"},
                                                 {SETTING_CONFIG, false, "other.yaml"}};
    static const struct settings_flag empty = {SETTING_CONFIG, false, ""};
    struct settings settings = {0};

    (void)state;
    assert_mistakes(&other, 1,
                    "--config: could not open \"other.yaml\": No such file or directory");
    setenv("PGCLONE_CONFIG", "none.yaml", 1);
    assert_mistakes(NULL, 0,
                    "PGCLONE_CONFIG: could not open \"none.yaml\": No such file or directory");
    write_file("other.yaml", "owner: other\n");
    write_file("pgclone.yaml", "owner: default\n");
    load(&other, 1, &settings);
    assert_string_equal(settings.config, "other.yaml");
    assert_string_equal(settings.owner, "other");
    assert_origin(&settings, SETTING_OWNER, "other.yaml:1: owner");
    settings_release(&settings);
    load(twice, 2, &settings);
    assert_string_equal(settings.owner, "other");
    settings_release(&settings);
    unsetenv("PGCLONE_CONFIG");
    load(NULL, 0, &settings);
    assert_string_equal(settings.config, "pgclone.yaml");
    assert_string_equal(settings.owner, "default");
    settings_release(&settings);
    assert_mistakes(&empty, 1, "--config: must not be empty");
    unlink("pgclone.yaml");
    assert_int_equal(mkdir("pgclone.yaml", 0700), 0);
    assert_mistakes(NULL, 0, "could not read \"pgclone.yaml\": Is a directory");
    assert_int_equal(rmdir("pgclone.yaml"), 0);
}

/* A wrong file must not be read into all memory; what fits is read whole. */
static void test_size_of_config(void **state)
{
    static const struct settings_flag zero = {SETTING_CONFIG, false, "/dev/zero"};
    struct settings settings = {0};
    struct strbuf text = {0};

    (void)state;
    assert_mistakes(&zero, 1, "--config: could not read \"/dev/zero\": larger than 1048576 bytes");
    while (text.length < 1048576 - 16)
        strbuf_add(&text, "# 3456789012345\n");
    strbuf_add(&text, "owner: at_end  \n");
    write_file("pgclone.yaml", strbuf_text(&text));
    load(NULL, 0, &settings);
    assert_string_equal(settings.owner, "at_end");
    settings_release(&settings);
    strbuf_add(&text, "\n");
    write_file("pgclone.yaml", strbuf_text(&text));
    assert_mistakes(NULL, 0, "could not read \"pgclone.yaml\": larger than 1048576 bytes");
    strbuf_release(&text);
}

/* An empty variable is how CI systems pass a secret that is not there: it must be told. */
static void test_empty_values(void **state)
{
    (void)state;
    for (enum setting_id id = 0; id < SETTING_BUILD; id++) {
        const struct setting *row = settings_row(id);
        const struct settings_flag flag = {id, false, ""};
        char message[128];

        setenv(row->environment, "", 1);
        if (id == SETTING_SERVER || id == SETTING_TEMPLATE) {
            struct settings settings = {0};

            load(&flag, 1, &settings);
            assert_string_equal(id == SETTING_SERVER ? settings.server : settings.template_name,
                                "");
            settings_release(&settings);
        } else {
            assert_true(snprintf(message, sizeof message,
                                 "%s: must not be empty\n--%s: must not be empty", row->environment,
                                 row->flag) > 0);
            assert_mistakes(&flag, 1, message);
        }
        unsetenv(row->environment);
    }
}

/* A `pgclone` inside a run, in whatever folder it is called, speaks of the same server and project:
 * what was given is handed on, and defaults are not, since they may depend on where one is. */
static void test_settings_in_force_as_variables(void **state)
{
    static const struct settings_flag flags[] = {
        {SETTING_CREATE_DATABASE, true, NULL}, {SETTING_CREATE_DATABASE, false, NULL},
        {SETTING_WORKERS, false, "3"},         {SETTING_PROJECT, false, "a=b c"},
        {SETTING_SPARES, false, "auto"},
    };
    struct settings settings = {0};
    struct settings again = {0};
    struct strings variables OWNED(strings_release) = {0};

    (void)state;
    write_file("pgclone.yaml", "owner: yaml\nwait: 7\ndisconnect_template: true\n");
    setenv("PGCLONE_WAIT", "9", 1);
    load(flags, COUNT(flags), &settings);
    settings_environment(&settings, &variables);
    assert_true(strings_contain(&variables, "PGCLONE_OWNER=yaml"));
    assert_true(strings_contain(&variables, "PGCLONE_WAIT=9"));
    assert_true(strings_contain(&variables, "PGCLONE_WORKERS=3"));
    assert_true(strings_contain(&variables, "PGCLONE_PROJECT=a=b c"));
    assert_true(strings_contain(&variables, "PGCLONE_SPARES=auto"));
    for (size_t i = 0; i < variables.count; i++)
        assert_null(strstr(variables.items[i], "PGCLONE_GRANT_TO"));
    /* By its whole path: what has no variable is in the file. */
    assert_int_equal(strncmp(variables.items[0], "PGCLONE_CONFIG=/", 16), 0);
    strings_remove(&variables, variables.items[0]);
    assert_int_equal(unlink("pgclone.yaml"), 0);
    for (size_t i = 0; i < variables.count; i++)
        assert_int_equal(putenv(variables.items[i]), 0);
    load(NULL, 0, &again);
    assert_string_equal(again.owner, "yaml");
    assert_string_equal(again.project, "a=b c");
    assert_int_equal(again.wait_s, 9);
    assert_int_equal(again.workers, 3);
    assert_int_equal(again.create_database, settings.create_database);
    assert_true(again.disconnect_template);
    assert_int_equal(again.spares, SPARES_AUTO);
    clear(NULL);
    settings_release(&again);
    settings_release(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, clear, clear),
        cmocka_unit_test_setup_teardown(test_precedence, clear, clear),
        cmocka_unit_test_setup_teardown(test_flags_without_arguments, clear, clear),
        cmocka_unit_test_setup_teardown(test_template_implies_clone, clear, clear),
        cmocka_unit_test_setup_teardown(test_no_clone_beside_template, clear, clear),
        cmocka_unit_test_setup_teardown(test_config, clear, clear),
        cmocka_unit_test_setup_teardown(test_size_of_config, clear, clear),
        cmocka_unit_test_setup_teardown(test_empty_values, clear, clear),
        cmocka_unit_test_setup_teardown(test_settings_in_force_as_variables, clear, clear),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
