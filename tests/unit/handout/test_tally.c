/* Counting how requests were served, and what could not be undone. */
// links: caught_log.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "caught_log.h"
#include "pgclone/base/memory.h"
#include "pgclone/handout/tally.h"

static void test_words(void **state)
{
    (void)state;

    assert_string_equal(tally_word(SERVED_SPARE), "spare");
    assert_string_equal(tally_word(SERVED_CLONE), "clone");
    assert_string_equal(tally_word(SERVED_UNDO), "undo");
}

/* Each reason once, however often it came up, and in the order in which it did. */
static void test_counting(void **state)
{
    struct tally tally OWNED(tally_release) = {.served = {2, 3, 4}};
    char reason[] = "DDL";
    (void)state;

    assert_int_equal(tally_served(&tally), 9);
    tally_refuse(&tally, reason);
    tally_refuse(&tally, "large objects");
    memcpy(reason, "xxx", 3); /* it is kept, not borrowed */
    tally_refuse(&tally, "DDL");
    assert_int_equal(tally.reason_count, 2);
    assert_string_equal(tally.reasons[0].text, "DDL");
    assert_int_equal(tally.reasons[0].count, 2);
    assert_string_equal(tally.reasons[1].text, "large objects");
    assert_int_equal(tally.reasons[1].count, 1);
}

/* A run that has handed out nothing says nothing. */
static void test_saying(void **state)
{
    struct tally tally OWNED(tally_release) = {0};
    char *said;
    (void)state;

    caught_log_begin(LOG_VERBOSE);
    tally_say(&tally);
    said = caught_log_end();
    assert_string_equal(said, "");
    free(said);
    tally.served[SERVED_UNDO] = 5;
    tally.served[SERVED_SPARE] = 1;
    tally_refuse(&tally, "DDL");
    caught_log_begin(LOG_VERBOSE);
    tally_say(&tally);
    said = caught_log_end();
    assert_string_equal(said, "pgclone: pristine databases: 5 undone, 1 spare copies, 0 copies "
                              "that were waited for\n"
                              "pgclone: could not be undone 1 times: DDL\n");
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_counting),
        cmocka_unit_test(test_saying),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
