#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pgclone/base/terminal.h"

/* A pseudo-terminal, of which both descriptors are one. */
static int open_terminal(void)
{
    int descriptor = posix_openpt(O_RDWR | O_NOCTTY);

    assert_true(descriptor >= 0);
    return descriptor;
}

/* Without this a CI log is full of escape sequences, or nobody who asked for no colours gets none.
 */
static void test_what_it_can_do(void **state)
{
    static const struct {
        const char *term, *no_color;
        bool obeys, has_colours;
    } cases[] = {
        {"xterm", NULL, true, true},  {"xterm", "", true, true}, {"xterm", "1", true, false},
        {"dumb", NULL, false, false}, {"", NULL, false, false},  {NULL, NULL, false, false},
    };
    int terminal = open_terminal();
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(unsetenv("TERM") | unsetenv("NO_COLOR"), 0);
        if (cases[i].term != NULL)
            assert_int_equal(setenv("TERM", cases[i].term, 1), 0);
        if (cases[i].no_color != NULL)
            assert_int_equal(setenv("NO_COLOR", cases[i].no_color, 1), 0);
        assert_int_equal(terminal_obeys(terminal), cases[i].obeys);
        assert_int_equal(terminal_has_colours(terminal), cases[i].has_colours);
        assert_false(terminal_obeys(null));
        assert_false(terminal_has_colours(null));
    }
    assert_int_equal(close(null) | close(terminal), 0);
}

/* Without this a window that tells no width (a serial line) gets no line at all. */
static void test_its_width(void **state)
{
    const struct winsize size = {.ws_row = 24, .ws_col = 132};
    int terminal = open_terminal();
    (void)state;

    assert_int_equal(terminal_columns(terminal), 80);
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    assert_int_equal(terminal_columns(terminal), 132);
    assert_int_equal(close(terminal), 0);
    assert_int_equal(terminal_columns(-1), 80);
}

/* Without this a name is cut in the middle of a character. */
static void test_cut_between_characters(void **state)
{
    static const struct {
        const char *text;
        size_t room;
        const char *cut;
    } cases[] = {
        {"abcdef", 6, "abcdef"},     {"abcdef", 5, "ab..."},
        {"prüfung", 7, "prüfung"},   {"prüfung", 6, "prü..."},
        {"日本日本", 4, "日本日本"}, {"日本日本日", 4, "日..."},
        {"abcdef", 3, "..."},        {"abcdef", 2, ".."},
        {"abcdef", 0, ""},           {"", 0, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf out OWNED(strbuf_release) = {0};

        terminal_add_cut(&out, cases[i].text, cases[i].room);
        assert_string_equal(strbuf_text(&out), cases[i].cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_can_do),
        cmocka_unit_test(test_its_width),
        cmocka_unit_test(test_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
