/* The table of settings, row by row. */
#include <ctype.h>

#include "settings_fixture.h"

/* A name that two settings share makes one of them out of reach, or both wrong. */
static void test_names_are_the_contracts(void **state)
{
    (void)state;
    for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
        const struct setting *row = settings_row(id);

        assert_non_null(row->help);
        assert_true((row->default_text == NULL) != (row->default_value == NULL));
        /* A setting without a purpose would be taken by no command. */
        assert_int_not_equal(row->purposes & PURPOSE_ALL, 0);
        assert_int_equal(row->purposes & ~(unsigned)PURPOSE_ALL, 0);
        if (id == SETTING_BUILD)
            continue;
        assert_int_equal(strncmp(row->environment, "PGCLONE_", 8), 0);
        assert_non_null(row->flag);
        for (enum setting_id other = 0; other < id; other++) {
            const struct setting *before = settings_row(other);

            assert_string_not_equal(before->environment, row->environment);
            assert_string_not_equal(before->flag, row->flag);
            assert_int_not_equal(before->offset, row->offset);
            assert_true(before->short_flag == 0 || before->short_flag != row->short_flag);
            if (before->key != NULL)
                assert_string_not_equal(before->key, row->key);
        }
        /* The variable is the key in capitals; only `config` has no key. */
        for (size_t i = 0; row->key != NULL && i <= strlen(row->key); i++)
            assert_int_equal(toupper((unsigned char)row->key[i]), row->environment[8 + i]);
    }
    assert_null(settings_row(SETTING_CONFIG)->key);
    assert_int_equal(settings_row(SETTING_CONFIG)->short_flag, 'c');
    assert_int_equal(settings_row(SETTING_WORKERS)->short_flag, 'w');
    assert_int_equal(settings_row(SETTING_JOBS)->short_flag, 'j');
    assert_string_equal(settings_row(SETTING_CREATE_DATABASE)->negative_flag, "no-create");
    assert_string_equal(settings_row(SETTING_EXTERNAL_SCHEMA)->negative_flag, "no-clone");
    assert_null(settings_row(SETTING_DISCONNECT_TEMPLATE)->negative_flag);
}

/* Every row must be reachable from YAML and environment, and store in its own member. */
static void test_every_setting_from_yaml_and_environment(void **state)
{
    static const char yaml[] = "server: s\nmaintenance_database: m\nproject: p\nworkers: 4\n"
                               "runner: jest\ncreate_database: no\nexternal_schema: yes\n"
                               "template: t\nname: n\nrun_id: r\nowner: o\ngrant_to: g\n"
                               "strategy: clone\njobs: 5\nexisting: fail\nwait: 6\n"
                               "disconnect_template: on\nspares: 7\nreset: undo\noverlap: yes\n"
                               "build:\n  sql: a\n  command: b\n  inputs: [c, d]\n";

    (void)state;
    for (int from_environment = 0; from_environment < 2; from_environment++) {
        struct settings settings = {0};
        const char *line = yaml;

        if (from_environment == 0)
            write_file("pgclone.yaml", yaml);
        else
            unlink("pgclone.yaml");
        for (enum setting_id id = 1; from_environment == 1 && id < SETTING_BUILD; id++) {
            char value[32] = {0};
            const char *colon = strchr(line, ':');

            assert_int_equal(strncmp(line, settings_row(id)->key, (size_t)(colon - line)), 0);
            memcpy(value, colon + 2, strcspn(colon + 2, "\n"));
            setenv(settings_row(id)->environment, value, 1);
            line = strchr(line, '\n') + 1;
        }
        load(NULL, 0, &settings);
        assert_string_equal(settings.server, "s");
        assert_string_equal(settings.maintenance_database, "m");
        assert_string_equal(settings.project, "p");
        assert_int_equal(settings.workers, 4);
        assert_string_equal(settings.runner->name, "jest");
        assert_false(settings.create_database);
        assert_true(settings.external_schema);
        assert_string_equal(settings.template_name, "t");
        assert_string_equal(settings.name, "n");
        assert_string_equal(settings.run_id, "r");
        assert_string_equal(settings.owner, "o");
        assert_string_equal(settings.grant_to, "g");
        assert_int_equal(settings.strategy, STRATEGY_CLONE);
        assert_int_equal(settings.jobs, 5);
        assert_int_equal(settings.existing, EXISTING_FAIL);
        assert_int_equal(settings.wait_s, 6);
        assert_true(settings.disconnect_template);
        assert_int_equal(settings.spares, 7);
        assert_int_equal(settings.reset, RESET_UNDO);
        assert_true(settings.overlap);
        assert_int_equal(settings.build.inputs.count, from_environment == 0 ? 2 : 0);
        settings_release(&settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_are_the_contracts, clear, clear),
        cmocka_unit_test_setup_teardown(test_every_setting_from_yaml_and_environment, clear, clear),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
