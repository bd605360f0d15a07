/* What can come next on a command line, as the shells' scripts ask for it. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/completion.h"

static char *answer(struct line line)
{
    struct strbuf out = {0};

    completion_answer(lines_table, line.count, line.words, &out);
    line_release(&line);
    return strbuf_take(&out);
}

static void assert_answer(struct line line, const char *expected)
{
    char *text OWNED(memory_free_string) = answer(line);

    assert_string_equal(text, expected);
}

/* The answer offers the word, or does not. */
static void assert_offers(struct line line, const char *word, bool expected)
{
    char *text OWNED(memory_free_string) = answer(line);
    struct strbuf row OWNED(strbuf_release) = {0};

    strbuf_printf(&row, "\n%s\t", word);
    if ((strstr(text, strbuf_text(&row)) != NULL) != expected)
        fail_msg("\"%s\" in:\n%s", word, text);
}

static void test_commands(void **state)
{
    static const char top[] = "words\nexplain\texplains one\nkeep\tkeeps them\n"
                              "launch\tlaunches a program\nmake\tmakes them\n"
                              "shell\tnames one\ntemplate\ttemplates\n";
    (void)state;

    assert_answer(LINE(""), top);
    assert_answer(LINE("ma"), top);
    assert_answer(LINE("--server", "x", ""), top);
    assert_answer(LINE("--server=x", "-v", "ma"), top);
    assert_answer(LINE("template", ""), "words\nbuild\tbuilds one\nprune\tdrops old ones\n");
    assert_answer(LINE("explain", ""), top);
    assert_answer(LINE("explain", "template", ""),
                  "words\nbuild\tbuilds one\nprune\tdrops old ones\n");
}

/* Only what the command takes; and where nothing else can come. */
static void test_flags(void **state)
{
    (void)state;
    assert_offers(LINE("make", "--form"), "--format", true);
    assert_offers(LINE("make", "-"), "--workers", true);
    assert_offers(LINE("make", "-"), "--owner", false);
    assert_offers(LINE("make", ""), "--format", true);
    assert_offers(LINE("-v", "make", "--"), "--no-create", true);
    assert_offers(LINE("template", "build", "-"), "--force", true);
    assert_offers(LINE("template", "build", "-"), "--keep", false);
    assert_offers(LINE("-"), "--help", true);
}

static void test_values(void **state)
{
    (void)state;
    assert_answer(LINE("make", "--format", ""), "words\ntext\t\njson\t\n");
    assert_answer(LINE("make", "--format=js"), "words\n--format=text\t\n--format=json\t\n");
    assert_answer(LINE("make", "-w", ""), "words\nauto\t\n");
    assert_answer(LINE("make", "-wa"), "words\n-wauto\t\n");
    assert_answer(LINE("make", "--name", ""), "words\n");
    assert_answer(LINE("make", "--verbose="), "words\n");
    assert_answer(LINE("-c", ""), "files\n");
    assert_answer(LINE("make", "--output=x"), "files\n");
    assert_answer(LINE("shell", ""), "words\nbash\t\nzsh\t\n");
}

/* The shell completes what belongs to a program of the user's. */
static void test_programs(void **state)
{
    (void)state;
    assert_answer(LINE("launch", "--", ""), "program 3\n");
    assert_answer(LINE("launch", "--", "git", "-"), "program 3\n");
    assert_answer(LINE("-v", "launch", "git", "x", ""), "program 3\n");
    assert_answer(LINE("launch", "gi"), "program 2\n");
    assert_offers(LINE("launch", "-"), "--help", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
