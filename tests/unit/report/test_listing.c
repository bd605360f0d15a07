#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pgclone/report/listing.h"

#define MADE "2026-01-02T03:04:05Z"

/* Three minutes after that. */
static const struct listing_viewer viewer = {.now = 1767323225};

static const struct listing_row rows[] = {
    {"p1", "gw0", "prüfung_gw0", "7", "held", 12, INT64_C(18874368), MADE, NULL},
    {"a\tb", "", "a\tb", NULL, "ready", 0, 8192, MADE, NULL},
    {NULL, NULL, "pgclone_scratch_1_2", NULL, "scratch", -1, -1, NULL, NULL},
};

/* Without this `pgclone list | cut -f2` gives another field on the day something is unknown, or the
 * worker's id is empty. */
static void test_tabs(void **state)
{
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    listing_tabs(rows, 3, LISTING_PROJECT, &out);
    assert_string_equal(strbuf_text(&out), "gw0\tprüfung_gw0\t7\theld\t12\t18874368\t" MADE "\n"
                                           "1\ta\\tb\t-\tready\t0\t8192\t" MADE "\n"
                                           "-\tpgclone_scratch_1_2\t-\tscratch\t-\t-\t-\n");
}

/* Without this the columns are askew, and numbers are hard to compare. */
static void test_table(void **state)
{
    struct strbuf out OWNED(strbuf_release) = {0};
    (void)state;

    listing_table(rows, 3, LISTING_PROJECT, &viewer, &out);
    assert_string_equal(
        strbuf_text(&out),
        "WORKER  NAME                 RUN  STATE    SESSIONS        SIZE  CREATED\n"
        "gw0     prüfung_gw0          7    held           12       18 MB  3 min ago\n"
        "1       a\\tb                 -    ready           0  8192 bytes  3 min ago\n"
        "-       pgclone_scratch_1_2  -    scratch         -           -  -\n");
}

/* Without this nobody knows whose the databases of a shared server are. */
static void test_project_first(void **state)
{
    struct strbuf tabs OWNED(strbuf_release) = {0};
    struct strbuf table OWNED(strbuf_release) = {0};
    (void)state;

    listing_tabs(rows, 3, LISTING_EVERY_PROJECT, &tabs);
    assert_string_equal(strbuf_text(&tabs),
                        "p1\tgw0\tprüfung_gw0\t7\theld\t12\t18874368\t" MADE "\n"
                        "a\\tb\t1\ta\\tb\t-\tready\t0\t8192\t" MADE "\n"
                        "-\t-\tpgclone_scratch_1_2\t-\tscratch\t-\t-\t-\n");
    listing_table(rows, 3, LISTING_EVERY_PROJECT, &viewer, &table);
    assert_string_equal(
        strbuf_text(&table),
        "PROJECT  WORKER  NAME                 RUN  STATE    SESSIONS        SIZE  CREATED\n"
        "p1       gw0     prüfung_gw0          7    held           12       18 MB  3 min ago\n"
        "a\\tb     1       a\\tb                 -    ready           0  8192 bytes  3 min ago\n"
        "-        -       pgclone_scratch_1_2  -    scratch         -           -  -\n");
}

/* Without this a script reads a heading as a database when there is none. */
static void test_nothing_to_list(void **state)
{
    struct strbuf tabs OWNED(strbuf_release) = {0};
    struct strbuf table OWNED(strbuf_release) = {0};
    (void)state;

    listing_tabs(NULL, 0, LISTING_PROJECT, &tabs);
    assert_string_equal(strbuf_text(&tabs), "");
    listing_table(NULL, 0, LISTING_PROJECT, &viewer, &table);
    assert_string_equal(strbuf_text(&table), "WORKER  NAME  RUN  STATE  SESSIONS  SIZE  CREATED\n");
}

/* Without this `list` and psql's \l+ show different sizes for one database. The expected texts are
 * what pg_size_pretty() of PostgreSQL 15 gives. */
static void test_sizes_are_those_of_pg_size_pretty(void **state)
{
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 bytes"},
        {1, "1 bytes"},
        {10239, "10239 bytes"},
        {10240, "10 kB"},
        {10751, "10 kB"},
        {10752, "11 kB"},
        {INT64_C(10485247), "10239 kB"},
        {INT64_C(10485248), "10 MB"},
        {INT64_C(18874368), "18 MB"},
        {INT64_C(1288490189), "1229 MB"},
        {INT64_C(10736893952), "10 GB"},
        {INT64_C(10994579406848), "10 TB"},
        {INT64_C(11258449312612352), "10 PB"},
        {INT64_MAX, "8192 PB"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct listing_row row = {"p", "w", "n", "r", "s", 1, cases[i].bytes, "c", NULL};
        struct strbuf out OWNED(strbuf_release) = {0};
        struct strbuf end OWNED(strbuf_release) = {0};

        listing_table(&row, 1, LISTING_PROJECT, &viewer, &out);
        strbuf_printf(&end, " %s  c\n", cases[i].text);
        assert_true(out.length > end.length);
        assert_string_equal(out.data + out.length - end.length, strbuf_text(&end));
    }
}

/* Without this a clock that goes wrong on another machine gives ages that are none. */
static void test_times_that_have_no_age(void **state)
{
    static const char *const times[] = {"2026-01-02T03:07:06Z", "yesterday"};
    (void)state;

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const struct listing_row row = {"p", "w", "n", "r", "s", 1, 1, times[i], NULL};
        struct strbuf out OWNED(strbuf_release) = {0};

        listing_table(&row, 1, LISTING_PROJECT, &viewer, &out);
        assert_non_null(strstr(strbuf_text(&out), times[i]));
    }
}

/* Without this columns are askew where there are colours. */
static void test_colours(void **state)
{
    static const struct listing_viewer coloured = {.now = 1767323225, .colours = true};
    static const struct {
        const char *state, *shown;
    } cases[] = {
        {"ready", "\033[32mready\033[0m         1  "},
        {"current", "\033[32mcurrent\033[0m         1  "},
        {"held", "\033[36mheld\033[0m          1  "},
        {"scratch", "\033[33mscratch\033[0m         1  "},
        {"invalid", "\033[31minvalid\033[0m         1  "},
        {"template", " template         1  "},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct listing_row row = {"p", "w", "n", "r", cases[i].state, 1, 1, MADE, NULL};
        struct strbuf out OWNED(strbuf_release) = {0};
        struct strbuf plain OWNED(strbuf_release) = {0};

        listing_table(&row, 1, LISTING_PROJECT, &coloured, &out);
        if (strstr(strbuf_text(&out), cases[i].shown) == NULL)
            fail_msg("%s", strbuf_text(&out));
        listing_table(&row, 1, LISTING_PROJECT, &viewer, &plain);
        assert_null(strchr(strbuf_text(&plain), '\033'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tabs),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_project_first),
        cmocka_unit_test(test_nothing_to_list),
        cmocka_unit_test(test_times_that_have_no_age),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_sizes_are_those_of_pg_size_pretty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
