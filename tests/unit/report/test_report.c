#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/report/report.h"

#define ODD "it's \"odd\" $HOME `id` \\ %s %27 ünï\t*"

/* Runs `script` in /bin/sh and gives what it printed. */
static void run_shell(const struct strbuf *script, struct strbuf *out)
{
    char path[] = "/tmp/pgclone_test_XXXXXX";
    char command[64];
    char bytes[4096];
    size_t count;
    FILE *pipe;
    int descriptor = mkstemp(path);

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, script->data, script->length), script->length);
    assert_int_equal(close(descriptor), 0);
    (void)snprintf(command, sizeof command, "/bin/sh -eu %s", path);
    pipe = popen(command, "r"); /* NOLINT(cert-env33-c): a shell is what is being tested */
    assert_non_null(pipe);
    while ((count = fread(bytes, 1, sizeof bytes, pipe)) > 0)
        strbuf_add_bytes(out, bytes, count);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(unlink(path), 0);
}

/* Without this a password shows on the terminal, or parallel-tests' first line begins with a tab
 * and `read` takes the name for the worker. */
static void test_text_masks_and_names_the_empty_worker(void **state)
{
    const struct report_database databases[] = {
        {.worker = "", .name = "app_1", .url = "u:secret", .masked_url = "postgresql://u:***@h/1"},
        {.worker = "2", .name = "a\tb", .url = "u:secret", .masked_url = "postgresql://u:***@h/2"},
    };
    const struct report report = {.databases = databases, .count = 2};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    report_text(&report, &out);
    assert_string_equal(strbuf_text(&out), "1\tapp_1\tpostgresql://u:***@h/1\n"
                                           "2\ta\\tb\tpostgresql://u:***@h/2\n");
}

/* Without this `eval "$(pgclone create --format env)"` runs what a password says, or a test reads
 * another URL than the one that was made. */
static void test_env_survives_eval(void **state)
{
    const struct report_database databases[] = {
        {.worker = "gw0", .name = "a", .url = ODD},
        {.worker = "a-b.ü9", .name = "b", .url = "''"},
        {.worker = "", .name = "c", .url = ""},
    };
    const struct report report = {
        .databases = databases, .count = 3, .run_id = ODD, .manifest = "/tmp/m 1.json"};
    struct strbuf script OWNED(strbuf_release) = {0};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    report_env(&report, &script);
    strbuf_add(&script, "printf '%s\\n' \"$PGCLONE_URL_GW0\" \"$PGCLONE_URL_A_B__9\" "
                        "\"$PGCLONE_URL_1\" \"$PGCLONE_RUN_ID\" \"$PGCLONE_WORKERS\" "
                        "\"$PGCLONE_MANIFEST\"\n");
    run_shell(&script, &out);
    assert_string_equal(strbuf_text(&out), ODD "\n''\n\n" ODD "\n3\n/tmp/m 1.json\n");
}

/* Without this a plain create sets PGCLONE_RUN_ID or PGCLONE_MANIFEST to nothing, and hides those
 * of the run around it. */
static void test_env_leaves_out_what_is_not_there(void **state)
{
    const struct report report = {.count = 0};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    report_env(&report, &out);
    assert_string_equal(strbuf_text(&out), "PGCLONE_WORKERS='0'\n");
}

/* Without this a password shows in a CI log: the runner masks exact text only, so the plain and
 * the percent-encoded form both have to be named, in the runner's own escapes. */
static void test_github_masks_every_form_of_each_secret(void **state)
{
    static const struct {
        const char *secrets[2];
        const char *url;
        const char *commands;
    } cases[] = {
        {{NULL}, "postgresql:///db?host=%2Ftmp&user=a:b@c", ""},
        {{NULL}, "postgresql://me@host/db", ""},
        {{"plain"}, "postgresql://u:plain@host/db", "::add-mask::plain\n"},
        {{"p@ss%"},
         "postgresql://u:p%40ss%25@h/db",
         "::add-mask::p@ss%25\n::add-mask::p%2540ss%2525\n"},
        {{"a\r\nb"},
         "postgresql://u:a%0D%0Ab@[::1]:5432/db",
         "::add-mask::a%0D%0Ab\n::add-mask::a%250D%250Ab\n"},
        {{"of PGPASSWORD"},
         "postgresql://u@h/db",
         "::add-mask::of PGPASSWORD\n::add-mask::of%2520PGPASSWORD\n"},
        {{"plain", "of/key"},
         "postgresql://u:plain@h/db?sslpassword=of%2Fkey",
         "::add-mask::plain\n::add-mask::of/key\n::add-mask::of%252Fkey\n"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct report_database database = {.worker = "1", .name = "db", .url = cases[i].url};
        struct report report = {.databases = &database, .count = 1};
        struct strings secrets OWNED(strings_release) = {0};
        struct strbuf variables OWNED(strbuf_release) = {0};
        struct strbuf commands OWNED(strbuf_release) = {0};
        struct strbuf expected OWNED(strbuf_release) = {0};

        for (size_t j = 0; j < 2 && cases[i].secrets[j] != NULL; j++)
            strings_add(&secrets, cases[i].secrets[j]);
        report.secrets = secrets;
        report_github(&report, &variables, &commands);
        assert_string_equal(strbuf_text(&commands), cases[i].commands);
        strbuf_printf(&expected, "PGCLONE_URL_1=%s\nPGCLONE_WORKERS=1\n", cases[i].url);
        assert_string_equal(strbuf_text(&variables), strbuf_text(&expected));
    }
}

/* Without this a run id with a line feed sets variables of its own choosing in a CI job. */
static void test_github_keeps_line_feeds_inside_their_value(void **state)
{
    const struct report report = {.run_id = "7\nPATH=/evil\nPGCLONE_END", .manifest = "/m.json"};
    struct strbuf variables OWNED(strbuf_release) = {0};
    struct strbuf commands OWNED(strbuf_release) = {0};
    (void)state;

    report_github(&report, &variables, &commands);
    assert_string_equal(strbuf_text(&variables),
                        "PGCLONE_RUN_ID<<PGCLONE_END_\n7\nPATH=/evil\nPGCLONE_END\nPGCLONE_END_\n"
                        "PGCLONE_WORKERS=0\nPGCLONE_MANIFEST=/m.json\n");
    assert_string_equal(strbuf_text(&commands), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_masks_and_names_the_empty_worker),
        cmocka_unit_test(test_env_survives_eval),
        cmocka_unit_test(test_env_leaves_out_what_is_not_there),
        cmocka_unit_test(test_github_masks_every_form_of_each_secret),
        cmocka_unit_test(test_github_keeps_line_feeds_inside_their_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
