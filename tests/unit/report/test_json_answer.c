/* Answers to requests for databases: what a client in any language reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/report/answer.h"

static void assert_line(struct strbuf *out, const char *expected)
{
    assert_string_equal(strbuf_text(out), expected);
    strbuf_release(out);
}

/* Keys that a request has no use for are left out, and times have one decimal. */
static void test_databases(void **state)
{
    struct strbuf out = {0};
    (void)state;

    answer_database(&(struct answer){.name = "circ_t1",
                                     .url = "postgresql://u:p%22@h/circ_t1",
                                     .from = "spare",
                                     .elapsed_us = 1870},
                    &out);
    assert_line(&out, "{\"name\":\"circ_t1\",\"url\":\"postgresql://u:p%22@h/circ_t1\","
                      "\"from\":\"spare\",\"elapsed_ms\":1.9}\n");
    answer_database(&(struct answer){.worker = "", .name = "c\"1\n", .url = "u"}, &out);
    assert_line(&out, "{\"worker\":\"\",\"name\":\"c\\\"1\\n\",\"url\":\"u\"}\n");
    answer_dropped("ü", &out);
    assert_line(&out, "{\"dropped\":\"ü\"}\n");
}

static void test_status(void **state)
{
    struct strbuf out = {0};
    (void)state;

    answer_status(
        &(struct answer_status){
            .ready = 3, .making = 4, .taken = 5, .served = INT64_C(5000000000), .waited = 2},
        &out);
    assert_line(&out,
                "{\"ready\":3,\"making\":4,\"taken\":5,\"served\":5000000000,\"waited\":2}\n");
}

/* Without this nobody finds out why their databases are swapped all the same. */
static void test_status_says_what_was_not_undone(void **state)
{
    char ddl[] = "DDL";
    char quoted[] = "a \"trigger\"";
    const struct answer_reason reasons[] = {{.text = ddl, .count = 2},
                                            {.text = quoted, .count = 1}};
    struct strbuf out = {0};
    (void)state;

    answer_status(
        &(struct answer_status){
            .served = 9, .undoes = true, .undone = 6, .reasons = reasons, .reason_count = 2},
        &out);
    assert_line(&out,
                "{\"ready\":0,\"making\":0,\"taken\":0,\"served\":9,\"waited\":0,\"undone\":6,"
                "\"not_undone\":{\"DDL\":2,\"a \\\"trigger\\\"\":1}}\n");
}

/* A client can tell whether to try again by the same codes as a script that calls the program. */
static void test_errors(void **state)
{
    struct error err OWNED(error_release) = {0};
    struct strbuf out = {0};
    (void)state;

    error_set(&err, ERROR_BUSY, "the template \"t\" is in use");
    answer_error(&err, &out);
    assert_line(&out,
                "{\"error\":\"the template \\\"t\\\" is in use\",\"hint\":null,\"exit\":5}\n");
    error_detail(&err, "In it: process 7.");
    error_hint(&err, "Close it.");
    answer_error(&err, &out);
    assert_line(&out, "{\"error\":\"the template \\\"t\\\" is in use (In it: process 7.)\","
                      "\"hint\":\"Close it.\",\"exit\":5}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_databases),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_status_says_what_was_not_undone),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
