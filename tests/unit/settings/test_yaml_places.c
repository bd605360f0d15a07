/* Text that is not YAML, and what libcyaml would let pass. */
#include "yaml_fixture.h"

#include "pgclone/settings/yaml_places.h"

/* libyaml's words alone do not tell a user of tabs and braces what to do. */
static void test_syntax(void **state)
{
    static const struct form_case cases[] = {
        {"owner: x\n\twait: 1\n",
         "f.yaml:2: not valid YAML: found a tab character that violates indentation while scanning "
         "a plain scalar; indent with spaces, not with tabs"},
        {"name: {base}_{worker}\n", "f.yaml:1: not valid YAML: did not find expected key while "
                                    "parsing a block mapping" QUOTE_BRACE},
        {"name: @x\n",
         "f.yaml:1: not valid YAML: found character that cannot start any token while scanning for "
         "the next token; a string that begins with \"@\" needs quotes"},
        {"owner: x\nname: \"abc\nwait: 3\n",
         "f.yaml:4: not valid YAML: found unexpected end of stream while scanning a quoted scalar"},
        {"owner: x\nserver: a: b\n",
         "f.yaml:2: not valid YAML: mapping values are not allowed in this context"},
        {"owner: x\nname: [a\x01\n",
         "f.yaml:2: not valid YAML: control characters are not allowed"},
        {"%YAML 2.0\n---\nowner: x\n",
         "f.yaml:1: not valid YAML: found incompatible YAML document"},
        {"owner: x\nname: caf\xe9\n", "f.yaml:2: not valid YAML: incomplete UTF-8 octet sequence"},
    };

    (void)state;
    ASSERT_FORMS(cases);
}

/* libcyaml ends at the first document and at the first NUL, and gives "!vault x" as "x". */
static void test_what_would_be_lost(void **state)
{
    static const struct form_case cases[] = {
        {"owner: x\n---\nowner: y\n",
         "f.yaml:2: a second document begins here, and there may be only one"},
        {"owner: \"a\\0b\"\n", "f.yaml:1: owner: has a NUL character"},
        {"\"owner\\0\": 1\n", "f.yaml:1: owner: has a NUL character"},
        {"workers: !!int 4\n", "f.yaml:1: workers: " NO_TAGS},
        {"server: !vault |\n  abc\n", "f.yaml:1: server: " NO_TAGS},
        {"!!str owner: 1\n", "f.yaml:1: owner: " NO_TAGS},
        {"!!map {owner: 1}\n", "f.yaml:1: " NO_TAGS},
        {"build:\n  sql: !!seq\n  - !t e\n  - \"f\\0\"\n",
         "f.yaml:2: build.sql: " NO_TAGS "\nf.yaml:3: build.sql: item 1: " NO_TAGS "\n"
         "f.yaml:4: build.sql: item 2: has a NUL character"},
        {"? [a]\n: b\n", "f.yaml:1: " NO_WORD},
        {"owner: &a x\n*a : y\n", "f.yaml:2: " NO_WORD},
    };

    (void)state;
    ASSERT_FORMS(cases);
}

/* A mistake is told at the line of its key or of its value, and found by its label. */
static void test_places(void **state)
{
    static const char yaml[] = "owner:\n  x\nbuild:\n  sql: [a, b]\n  command: ~\nname: {}\n";
    static const struct yaml_place expected[] = {
        {"", 1, 1, YAML_MAPPING, 0},
        {"owner", 1, 2, YAML_STRING, 1},
        {"build", 3, 4, YAML_MAPPING, 1},
        {"build.sql", 4, 4, YAML_LIST, 2},
        {"build.sql: item 1", 4, 4, YAML_STRING, 3},
        {"build.sql: item 2", 4, 4, YAML_STRING, 3},
        {"build.command", 5, 5, YAML_NULL, 2},
        {"name", 6, 6, YAML_BRACES, 1},
    };
    struct strbuf text = {0};
    struct yaml_places places = {0};
    struct mistakes mistakes = {0};

    (void)state;
    strbuf_add(&text, yaml);
    assert_true(yaml_places_read("f.yaml", &text, &places, &mistakes));
    assert_int_equal(places.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < places.count; i++) {
        assert_string_equal(places.items[i].label, expected[i].label);
        assert_int_equal(places.items[i].line, expected[i].line);
        assert_int_equal(places.items[i].value_line, expected[i].value_line);
        assert_int_equal(places.items[i].kind, expected[i].kind);
        assert_int_equal(places.items[i].depth, expected[i].depth);
        assert_ptr_equal(yaml_places_find(&places, expected[i].label), &places.items[i]);
    }
    assert_null(yaml_places_find(&places, "sql"));
    yaml_places_release(&places);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_what_would_be_lost),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
