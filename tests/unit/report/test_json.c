#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "pgclone/report/listing.h"
#include "pgclone/report/report.h"

#define ODD "q\" b\\ s/ p% \t\n\x01 ü 日本"

/* Without this a script that compares or greps the output breaks: keys in the contract's order, on
 * one line, text as itself. */
static void test_report_is_written_as_the_contract_has_it(void **state)
{
    const struct report_database databases[] = {
        {.worker = "gw0",
         .name = "prüf_gw0",
         .url = "postgresql://u:s%40@h/a",
         .status = "replaced",
         .elapsed_ms = 12},
        {.worker = "", .name = "b", .url = "postgresql:///b", .status = "configured"},
    };
    const struct report report = {.project = "circ",
                                  .run_id = "7",
                                  .template_name = "tpl",
                                  .strategy = "wal_log",
                                  .server_version = 150018,
                                  .elapsed_ms = INT64_C(5000000000),
                                  .databases = databases,
                                  .count = 2};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    report_json(&report, &out);
    assert_string_equal(
        strbuf_text(&out),
        "{\"pgclone\":1,\"project\":\"circ\",\"run_id\":\"7\",\"template\":\"tpl\","
        "\"strategy\":\"wal_log\",\"server_version\":150018,\"elapsed_ms\":5000000000,"
        "\"databases\":[{\"worker\":\"gw0\",\"name\":\"prüf_gw0\","
        "\"url\":\"postgresql://u:s%40@h/a\",\"status\":\"replaced\",\"elapsed_ms\":12},"
        "{\"worker\":\"\",\"name\":\"b\",\"url\":\"postgresql:///b\",\"status\":\"configured\","
        "\"elapsed_ms\":0}]}\n");
}

/* Without this "no run id" looks like a run whose id is empty. */
static void test_report_has_null_for_what_is_not_there(void **state)
{
    const struct report report = {.project = NULL};
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    report_json(&report, &out);
    assert_string_equal(strbuf_text(&out),
                        "{\"pgclone\":1,\"project\":null,\"run_id\":null,\"template\":null,"
                        "\"strategy\":null,\"server_version\":null,\"elapsed_ms\":0,"
                        "\"databases\":[]}\n");
}

/* Without this a quote or a backslash in a password makes a manifest that no one can read. */
static void test_report_is_read_back_as_it_was(void **state)
{
    const struct report_database database = {
        .worker = ODD, .name = ODD, .url = ODD, .status = "kept"};
    const struct report report = {.project = ODD, .databases = &database, .count = 1};
    struct strbuf out OWNED(strbuf_release) = {0};
    const json_t *first;
    json_t *root;
    (void)state;

    report_json(&report, &out);
    root = json_loads(strbuf_text(&out), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    first = json_array_get(json_object_get(root, "databases"), 0);
    assert_string_equal(json_string_value(json_object_get(root, "project")), ODD);
    assert_string_equal(json_string_value(json_object_get(first, "worker")), ODD);
    assert_string_equal(json_string_value(json_object_get(first, "url")), ODD);
    json_decref(root);
}

/* Without this `list --format json` shows an unknown size as -1 bytes, or prints nothing at all
 * where one database on the server has a name that is not UTF-8. */
static void test_listing(void **state)
{
    const struct listing_row rows[] = {
        {"app", "gw0", "app_gw0", "7", "held", 2, INT64_C(18874368), "2026-01-02T03:04:05Z", NULL},
        {NULL, NULL, "caf\xe9", NULL, "scratch", -1, -1, NULL, NULL},
        {"app", "", "app_1", NULL, "ready", 0, 0, "2026-01-02T03:04:05Z", NULL},
    };
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    listing_json(rows, 3, &out);
    assert_string_equal(strbuf_text(&out), "{\"pgclone\":1,\"databases\":[{\"project\":\"app\","
                                           "\"worker\":\"gw0\",\"name\":\"app_gw0\",\"run\":\"7\","
                                           "\"state\":\"held\",\"sessions\":2,\"size\":18874368,"
                                           "\"created\":\"2026-01-02T03:04:05Z\"},"
                                           "{\"project\":null,\"worker\":null,\"name\":"
                                           "\"caf\xef\xbf\xbd\",\"run\":null,\"state\":\"scratch\","
                                           "\"sessions\":null,\"size\":null,\"created\":null},"
                                           "{\"project\":\"app\",\"worker\":\"\",\"name\":\"app_"
                                           "1\",\"run\":null,\"state\":\"ready\",\"sessions\":0,"
                                           "\"size\":0,\"created\":\"2026-01-02T03:04:05Z\"}]}\n");
}

/* Without this a script's JSON parser fails on the day there is nothing to list. */
static void test_empty_listing(void **state)
{
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    listing_json(NULL, 0, &out);
    assert_string_equal(strbuf_text(&out), "{\"pgclone\":1,\"databases\":[]}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_is_written_as_the_contract_has_it),
        cmocka_unit_test(test_report_has_null_for_what_is_not_there),
        cmocka_unit_test(test_report_is_read_back_as_it_was),
        cmocka_unit_test(test_listing),
        cmocka_unit_test(test_empty_listing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
