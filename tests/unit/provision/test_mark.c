/* The mark: what is written is read again, and nothing that only looks like one is taken for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/mark.h"

static void assert_same_text(const char *one, const char *other)
{
    if (one == NULL || other == NULL)
        assert_ptr_equal(one, other);
    else
        assert_string_equal(one, other);
}

/* What `text` is written for in every field comes back. */
static void assert_round_trip(const char *text, const char *run)
{
    const struct mark mark = {
        .project = text,
        .run = run,
        .worker = text,
        .template_name = run,
        .lease = "00000000000000a1",
        .created = "2026-11-22T16:30:13Z",
        .host = text,
        .pid = INT32_MAX,
    };
    struct mark back OWNED(mark_release) = {0};
    char *comment OWNED(memory_free_string) = mark_format(&mark);

    assert_int_equal(strncmp(comment, "pgclone:{", 9), 0);
    assert_null(strchr(comment, '\n'));
    if (!mark_parse(comment, &back))
        fail_msg("not read again: %s", comment);
    assert_same_text(back.project, mark.project);
    assert_same_text(back.run, mark.run);
    assert_same_text(back.worker, mark.worker);
    assert_same_text(back.template_name, mark.template_name);
    assert_same_text(back.lease, mark.lease);
    assert_same_text(back.created, mark.created);
    assert_same_text(back.host, mark.host);
    assert_true(back.pid == mark.pid);
}

/* A mark that cannot be read again makes a database that pgclone never drops. */
static void test_round_trip(void **state)
{
    static const char *const texts[] = {
        "circ", "", "it's \"x\" \\ /", "D\xc3\xbcsseldorf \xf0\x9f\x90\x98", "a\nb\tc\x01", "{}:,",
    };
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_round_trip(texts[i], NULL);
        assert_round_trip(texts[i], texts[i]);
    }
}

/* Other versions of pgclone, and whoever reads pg_database, count on these names. */
static void test_text_is_the_contracts(void **state)
{
    const struct mark mark = {
        .project = "p",
        .worker = "gw0",
        .lease = "00000000000000a1",
        .created = "c",
        .host = "h",
        .pid = 12,
    };
    char *comment OWNED(memory_free_string) = mark_format(&mark);
    (void)state;

    assert_string_equal(comment,
                        "pgclone:{\"v\":1,\"project\":\"p\",\"run\":null,\"worker\":\"gw0\","
                        "\"template\":null,\"lease\":\"00000000000000a1\",\"created\":\"c\","
                        "\"host\":\"h\",\"pid\":12}");
}

#define HEAD "pgclone:{\"v\":1,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,"
#define LEASE "\"lease\":\"00000000000000a1\","
#define TAIL "\"created\":\"c\",\"host\":\"h\",\"pid\":1}"
#define GOOD HEAD LEASE TAIL

/* Each differs from a mark in one thing. */
static const char *const look_alikes[] = {
    NULL,
    "",
    "pgclone",
    "pgclone:",
    "pgclone:{}",
    "pgclone: template of the shop",
    "pgclone:null",
    "pgclone:[]",
    "pgclone:\"v\"",
    "Pgclone" HEAD,
    "PGCLONE:{}",
    " " GOOD,
    "x" GOOD,
    GOOD "x",
    GOOD "}",
    GOOD " {}",
    GOOD GOOD,
    HEAD LEASE "\"created\":\"c\",\"host\":\"h\",\"pid\":1",
    HEAD LEASE "\"created\":\"c\",\"host\":\"h\"}",
    HEAD LEASE "\"created\":\"c\",\"pid\":1}",
    HEAD LEASE "\"host\":\"h\",\"pid\":1}",
    HEAD TAIL,
    HEAD LEASE LEASE TAIL,
    HEAD LEASE "\"pid\":1," TAIL,
    HEAD "\"lease\":null," TAIL,
    HEAD "\"lease\":161," TAIL,
    HEAD "\"lease\":\"\"," TAIL,
    HEAD "\"lease\":\"a1\"," TAIL,
    HEAD "\"lease\":\"0000000000000000\"," TAIL,
    HEAD "\"lease\":\"8000000000000001\"," TAIL,
    HEAD "\"lease\":\"00000000000000A1\"," TAIL,
    HEAD "\"lease\":\"00000000000000a10\"," TAIL,
    HEAD "\"lease\":\"00000000000000g1\"," TAIL,
    HEAD LEASE "\"created\":1,\"host\":\"h\",\"pid\":1}",
    HEAD LEASE "\"created\":\"c\",\"host\":null,\"pid\":1}",
    HEAD LEASE "\"created\":\"c\",\"host\":\"h\",\"pid\":\"1\"}",
    HEAD LEASE "\"created\":\"c\",\"host\":\"h\",\"pid\":1.5}",
    HEAD LEASE "\"created\":\"c\",\"host\":\"\\ud800\",\"pid\":1}",
    HEAD LEASE "\"created\":\"c\",\"host\":\"\xff\",\"pid\":1}",
    HEAD LEASE "\"created\":\"c\",\"host\":\"a\\u0000b\",\"pid\":1}",
};

/* Each with another version, or a field that has another type, near the beginning. */
static const char *const heads[] = {
    "\"v\":2,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":0,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":-1,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":4294967297,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":\"1\",\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":1.0,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":true,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":1,\"project\":null,\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":1,\"run\":null,\"worker\":\"w\",\"template\":null,",
    "\"v\":1,\"project\":\"p\",\"worker\":\"w\",\"template\":null,",
    "\"v\":1,\"project\":\"p\",\"run\":1,\"worker\":\"w\",\"template\":null,",
    "\"v\":1,\"project\":\"p\",\"run\":{},\"worker\":\"w\",\"template\":null,",
    "\"v\":1,\"project\":\"p\",\"run\":null,\"worker\":null,\"template\":null,",
    "\"v\":1,\"project\":\"p\",\"run\":null,\"worker\":0,\"template\":null,",
    "\"v\":1,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":[],",
    "\"v\":1,\"project\":\"p\",\"run\":null,\"worker\":\"w\",",
    "\"v\":1,\"v\":1,\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null,",
};

static void assert_no_mark(const char *comment)
{
    struct mark untouched = {.pid = 42};

    if (mark_parse(comment, &untouched))
        fail_msg("taken for a mark: %s", comment);
    assert_null(untouched.project);
    assert_int_equal(untouched.pid, 42);
}

/* What is taken for a mark may be dropped: somebody's database with a comment of their own. */
static void test_look_alikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof look_alikes / sizeof look_alikes[0]; i++)
        assert_no_mark(look_alikes[i]);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct strbuf comment OWNED(strbuf_release) = {0};

        strbuf_printf(&comment, "pgclone:{%s%s%s", heads[i], LEASE, TAIL);
        assert_no_mark(comment.data);
    }
}

/* A mark that is cut off anywhere is none. */
static void test_cut_marks(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(GOOD); length++) {
        struct strbuf comment OWNED(strbuf_release) = {0};

        strbuf_add_bytes(&comment, GOOD, length);
        assert_no_mark(strbuf_text(&comment));
    }
}

/* A later version of pgclone may add fields; its databases are still ours to drop. */
static void test_further_fields_and_order_do_not_matter(void **state)
{
    static const char *const comments[] = {
        GOOD,
        HEAD LEASE "\"spare\":true," TAIL,
        "pgclone:{" LEASE "\"v\":1,\"worker\":\"w\",\"run\":null,\"project\":\"p\","
        "\"template\":null," TAIL,
        "pgclone: {\"v\": 1, "
        "\"project\":\"p\",\"run\":null,\"worker\":\"w\",\"template\":null," LEASE TAIL,
    };
    (void)state;

    for (size_t i = 0; i < sizeof comments / sizeof comments[0]; i++) {
        struct mark mark OWNED(mark_release) = {0};

        assert_true(mark_parse(comments[i], &mark));
        assert_string_equal(mark.project, "p");
        assert_null(mark.run);
    }
}

/* A worker's mark says nothing of it, as older versions write it; a word of a later version's is
 * taken for a worker's, which nothing but its lease decides about. */
static void test_what_a_database_is_used_for(void **state)
{
    static const char *const words[] = {NULL, "\"use\":\"spare\"}", "\"use\":\"taken\"}",
                                        "\"use\":\"template\"}", "\"use\":\"stored\"}"};
    struct mark later OWNED(mark_release) = {0};
    (void)state;

    for (enum mark_use use = MARK_USE_WORKER; use <= MARK_USE_STORED; use++) {
        const struct mark mark = {.project = "p",
                                  .worker = "w",
                                  .lease = "00000000000000a1",
                                  .created = "c",
                                  .host = "h",
                                  .use = use};
        struct mark back OWNED(mark_release) = {0};
        char *comment OWNED(memory_free_string) = mark_format(&mark);

        if (words[use] == NULL)
            assert_null(strstr(comment, "use"));
        else
            assert_non_null(strstr(comment, words[use]));
        assert_true(mark_parse(comment, &back));
        assert_int_equal(back.use, use);
    }
    assert_true(mark_parse(HEAD LEASE "\"use\":\"lent\"," TAIL, &later));
    assert_int_equal(later.use, MARK_USE_WORKER);
    mark_release(&later);
    assert_true(mark_parse(HEAD LEASE "\"use\":7," TAIL, &later));
    assert_int_equal(later.use, MARK_USE_WORKER);
}

/* What a create inside a run has made belongs to that run and to a project of its own; half of it
 * is nothing. */
static void test_what_was_made_inside_a_run(void **state)
{
    static const char *const halves[] = {
        "\"inside\":\"p\",",
        "\"maker\":\"00000000000000b0\",",
        "\"inside\":\"p\",\"maker\":\"b0\",",
        "\"inside\":7,\"maker\":\"00000000000000b0\",",
    };
    const struct mark mark = {.project = "p",
                              .worker = "w",
                              .lease = "00000000000000a1",
                              .created = "c",
                              .host = "h",
                              .inside = "it's \"x\"",
                              .maker = "00000000000000b0"};
    struct mark back OWNED(mark_release) = {0};
    char *comment OWNED(memory_free_string) = mark_format(&mark);
    (void)state;

    assert_true(mark_parse(comment, &back));
    assert_string_equal(back.inside, mark.inside);
    assert_string_equal(back.maker, mark.maker);
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
        struct strbuf text OWNED(strbuf_release) = {0};
        struct mark half OWNED(mark_release) = {0};

        strbuf_printf(&text, HEAD LEASE "%s" TAIL, halves[i]);
        assert_true(mark_parse(strbuf_text(&text), &half));
        assert_null(half.inside);
        assert_null(half.maker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_text_is_the_contracts),
        cmocka_unit_test(test_look_alikes),
        cmocka_unit_test(test_cut_marks),
        cmocka_unit_test(test_further_fields_and_order_do_not_matter),
        cmocka_unit_test(test_what_a_database_is_used_for),
        cmocka_unit_test(test_what_was_made_inside_a_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
