/* What tests of yaml_parse() share. */
#ifndef PGCLONE_TESTS_YAML_FIXTURE_H
#define PGCLONE_TESTS_YAML_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/settings/yaml.h"

#define NO_TAGS "tags (words that begin with \"!\") are not supported"
#define NO_ALIAS "aliases are not supported; a string that begins with \"*\" needs quotes"
#define NO_WORD "a key must be a single word; one that begins with \"*\" needs quotes"
#define QUOTE_BRACE "; a string that begins with \"{\" needs quotes"

struct form_case {
    const char *text;
    const char *message; /* "" where there is no mistake */
};

/* Parses `length` bytes into `file`. Returns the mistakes, "" for none; the caller frees them. */
static inline char *parse_bytes(const char *bytes, size_t length, struct yaml_file *file)
{
    struct strbuf text = {0};
    struct mistakes mistakes = {0};
    struct error err = {0};
    char *message = NULL;

    strbuf_add_bytes(&text, bytes, length);
    yaml_parse("f.yaml", &text, file, &mistakes);
    mistakes_sort(&mistakes);
    if (!mistakes_none(&mistakes, &err))
        message = memory_take_string(&err.message);
    error_release(&err);
    mistakes_release(&mistakes);
    strbuf_release(&text);
    return message != NULL ? message : memory_copy_string("");
}

static inline void assert_forms(const struct form_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct yaml_file file = {0};
        char *message = parse_bytes(cases[i].text, strlen(cases[i].text), &file);

        assert_string_equal(message, cases[i].message);
        free(message);
        yaml_release(&file);
    }
}

#define ASSERT_FORMS(cases) assert_forms(cases, sizeof(cases) / sizeof(cases)[0])

#endif
