/* How databases are copied, and how many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/provision/strategy.h"

#define MB (1024LL * 1024)

static const int versions[] = {130000, 140000, 150000, 160000, 170000, 180000, 190000};

/* A word that the server does not know is a syntax error; one left out is a slow copy. */
static void test_word_by_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        for (int64_t size = -1; size < 4096 * MB; size = size * 8 + 9 * MB)
            for (int fsync = 0; fsync < 2; fsync++) {
                const struct settings settings = {.strategy = STRATEGY_AUTO};
                const struct inventory inventory = {
                    .fsync = fsync != 0, .free_connections = 90, .source = {.size_bytes = size}};
                struct strategy_choice choice =
                    strategy_choose(&settings, &inventory, versions[i], 8);

                assert_int_not_equal(choice.strategy, STRATEGY_AUTO);
                assert_true(strlen(choice.reason) > 0);
                if (versions[i] < 150000) {
                    assert_null(choice.word);
                    assert_int_equal(choice.strategy, STRATEGY_FILE_COPY);
                } else {
                    assert_non_null(choice.word);
                    assert_int_equal(strcmp(choice.word, "wal_log") == 0,
                                     choice.strategy == STRATEGY_WAL_LOG);
                }
            }
}

/* Small templates by log, large ones and those on throw-away servers by file: 4 to 60 times. */
static void test_automatic_choice(void **state)
{
    static const struct {
        int64_t size;
        int64_t files; /* 0: not known */
        bool fsync;
        bool clones;
        enum strategy strategy;
    } cases[] = {
        {8 * MB, 0, true, false, STRATEGY_WAL_LOG},
        {18 * MB, 0, true, false, STRATEGY_WAL_LOG},
        {18 * MB, 1500, true, false, STRATEGY_WAL_LOG},
        {18 * MB, 320, true, false, STRATEGY_FILE_COPY},
        {32 * MB, 1500, true, false, STRATEGY_WAL_LOG},
        {32 * MB, 1500, true, true, STRATEGY_CLONE},
        {64 * MB, 1500, true, false, STRATEGY_FILE_COPY},
        {144 * MB, 0, true, false, STRATEGY_FILE_COPY},
        {144 * MB, 320, true, true, STRATEGY_CLONE},
        {1200 * MB, 0, true, false, STRATEGY_FILE_COPY},
        {18 * MB, 0, false, false, STRATEGY_FILE_COPY},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct settings settings = {.strategy = STRATEGY_AUTO};
        const struct inventory inventory = {
            .fsync = cases[i].fsync,
            .clones = cases[i].clones,
            .free_connections = 90,
            .source = {.found = true, .size_bytes = cases[i].size, .files = cases[i].files}};
        int version = cases[i].clones ? 180000 : 150000;

        assert_int_equal(strategy_choose(&settings, &inventory, version, 8).strategy,
                         cases[i].strategy);
    }
}

/* Copies that are made together share their checkpoints, those by log share nothing. */
static void test_more_copies_favour_files(void **state)
{
    const struct settings settings = {.strategy = STRATEGY_AUTO};
    struct inventory inventory = {
        .fsync = true, .free_connections = 90, .source = {.size_bytes = 60 * MB, .files = 1400}};
    (void)state;

    assert_int_equal(strategy_choose(&settings, &inventory, 150000, 1).strategy, STRATEGY_WAL_LOG);
    assert_int_equal(strategy_choose(&settings, &inventory, 150000, 4).strategy, STRATEGY_WAL_LOG);
    assert_int_equal(strategy_choose(&settings, &inventory, 150000, 16).strategy,
                     STRATEGY_FILE_COPY);
}

/* What is written over and over costs as much as what is synced; on a server that was given more
 * room for its log that comes later. */
static void test_a_full_log_favours_files(void **state)
{
    static const struct {
        int64_t max_wal_bytes;
        size_t copies;
        enum strategy strategy;
    } cases[] = {
        {1024 * MB, 16, STRATEGY_WAL_LOG},     {1024 * MB, 32, STRATEGY_WAL_LOG},
        {1024 * MB, 64, STRATEGY_FILE_COPY},   {16384 * MB, 64, STRATEGY_WAL_LOG},
        {256 * MB, 16, STRATEGY_FILE_COPY},    {-1, 64, STRATEGY_WAL_LOG},
        {1024 * MB, 4096, STRATEGY_FILE_COPY}, {1024 * MB, 0, STRATEGY_WAL_LOG},
    };
    const struct settings settings = {.strategy = STRATEGY_AUTO};
    struct inventory inventory = {
        .fsync = true, .free_connections = 90, .source = {.size_bytes = 33 * MB, .files = 1400}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        inventory.max_wal_bytes = cases[i].max_wal_bytes;
        assert_int_equal(strategy_choose(&settings, &inventory, 150000, cases[i].copies).strategy,
                         cases[i].strategy);
    }
}

/* Asking for clones where there can be none takes up to twice as long as copying. */
static void test_no_clones_where_the_file_system_has_none(void **state)
{
    const struct settings settings = {.strategy = STRATEGY_AUTO};
    struct inventory inventory = {.fsync = true,
                                  .clones = true,
                                  .free_connections = 90,
                                  .source = {.found = true, .size_bytes = 200 * MB, .files = 400}};
    struct strategy_choice choice = strategy_choose(&settings, &inventory, 180000, 4);
    (void)state;

    assert_int_equal(choice.strategy, STRATEGY_CLONE);
    inventory.source.no_clones = true;
    choice = strategy_choose(&settings, &inventory, 180000, 4);
    assert_int_equal(choice.strategy, STRATEGY_FILE_COPY);
    /* Of empty databases nobody asks; a throw-away server's overlay fails there. */
    inventory.source = (struct inventory_template){0};
    choice = strategy_choose(&settings, &inventory, 180000, 4);
    assert_int_not_equal(choice.strategy, STRATEGY_CLONE);
    assert_true(strategy_may_clone_on("xfs"));
    assert_true(strategy_may_clone_on(NULL));
    assert_false(strategy_may_clone_on("ext4"));
    assert_false(strategy_may_clone_on("tmpfs"));
}

/* The files are counted only where that decides, and where the server lets us: for others the
 * question would fail the create. */
static void test_files_are_counted_where_they_decide(void **state)
{
    const struct settings automatic = {.strategy = STRATEGY_AUTO};
    const struct settings set = {.strategy = STRATEGY_WAL_LOG};
    const struct inventory doubt = {
        .fsync = true, .superuser = true, .source = {.folder = "base/5", .size_bytes = 60 * MB}};
    struct inventory other = doubt;
    (void)state;

    assert_true(strategy_wants_files(&automatic, &doubt, 150000));
    assert_false(strategy_wants_files(&set, &doubt, 150000));
    assert_false(strategy_wants_files(&automatic, &doubt, 140000));
    other.superuser = false;
    assert_false(strategy_wants_files(&automatic, &other, 150000));
    other = doubt;
    other.fsync = false;
    assert_false(strategy_wants_files(&automatic, &other, 150000));
    other = doubt;
    other.source.size_bytes = -1;
    assert_false(strategy_wants_files(&automatic, &other, 150000));
    other.source.size_bytes = 4096 * MB;
    assert_false(strategy_wants_files(&automatic, &other, 150000));
    other.clones = true;
    assert_true(strategy_wants_files(&automatic, &other, 180000));
    other.source.folder = NULL;
    assert_false(strategy_wants_files(&automatic, &other, 180000));
}

/* Before 18 the question would fail, and whoever wants no clones has no use for the answer. */
static void test_clones_are_tried_where_they_may_be_wanted(void **state)
{
    static const enum strategy wanted[] = {STRATEGY_AUTO, STRATEGY_CLONE};
    static const enum strategy unwanted[] = {STRATEGY_WAL_LOG, STRATEGY_FILE_COPY};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct settings settings = {.strategy = wanted[i]};

        assert_true(strategy_wants_clones(&settings, 180000));
        assert_false(strategy_wants_clones(&settings, 170005));
        settings.strategy = unwanted[i];
        assert_false(strategy_wants_clones(&settings, 180000));
    }
}

/* Who names a strategy knows why. */
static void test_what_is_set_is_taken(void **state)
{
    static const enum strategy strategies[] = {STRATEGY_WAL_LOG, STRATEGY_FILE_COPY,
                                               STRATEGY_CLONE};
    static const char *const words[] = {"wal_log", "file_copy", "file_copy"};
    (void)state;

    for (size_t i = 0; i < 3; i++)
        for (int64_t size = -1; size < 4096 * MB; size = size * 8 + 9 * MB) {
            const struct settings settings = {.strategy = strategies[i]};
            const struct inventory inventory = {
                .fsync = size % 2 == 0, .free_connections = 90, .source = {.size_bytes = size}};
            struct strategy_choice choice = strategy_choose(&settings, &inventory, 180000, 4);

            assert_int_equal(choice.strategy, strategies[i]);
            assert_string_equal(choice.word, words[i]);
        }
}

/* Wide where copies share their checkpoints; elsewhere by CPUs, but wide enough for a machine whose
 * CPUs are at work already. */
static void test_width_by_what_is_shared(void **state)
{
    static const struct {
        enum strategy strategy;
        bool fsync;
        int64_t size;
        size_t least;
        size_t most;
    } cases[] = {
        {STRATEGY_WAL_LOG, true, 18 * MB, 4, 8},    {STRATEGY_FILE_COPY, true, 144 * MB, 33, 64},
        {STRATEGY_FILE_COPY, true, -1, 33, 64},     {STRATEGY_FILE_COPY, true, 1200 * MB, 4, 8},
        {STRATEGY_CLONE, true, 1200 * MB, 8, 16},   {STRATEGY_FILE_COPY, false, 18 * MB, 4, 8},
        {STRATEGY_FILE_COPY, false, 144 * MB, 4, 8}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct settings settings = {.strategy = cases[i].strategy};
        const struct inventory inventory = {.fsync = cases[i].fsync,
                                            .free_connections = 90,
                                            .source = {.size_bytes = cases[i].size}};
        size_t width = strategy_choose(&settings, &inventory, 180000, 64).create_width;

        assert_in_range(width, cases[i].least, cases[i].most);
    }
}

/* What is opened before the look must be of use whatever it finds, or it was opened in vain. */
static void test_least_width_is_part_of_every_choice(void **state)
{
    static const enum strategy strategies[] = {STRATEGY_AUTO, STRATEGY_WAL_LOG, STRATEGY_FILE_COPY,
                                               STRATEGY_CLONE};
    (void)state;

    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++)
        for (int fsync = 0; fsync < 2; fsync++)
            for (int jobs = 0; jobs < 6; jobs++)
                for (size_t copies = 1; copies < 70; copies += 3)
                    for (int64_t size = -1; size < 4096 * MB; size = size * 8 + 9 * MB) {
                        const struct settings settings = {.strategy = strategies[i], .jobs = jobs};
                        const struct inventory inventory = {.fsync = fsync != 0,
                                                            .free_connections = 90,
                                                            .source = {.size_bytes = size}};
                        struct strategy_choice choice =
                            strategy_choose(&settings, &inventory, 180000, copies);
                        size_t least = strategy_least_width(&settings, copies);

                        assert_true(least >= 1);
                        assert_true(least <= choice.create_width && least <= choice.drop_width);
                    }
}

/* Never more connections than databases or than the server has left, never none, and exactly as
 * many as --jobs says. */
static void test_widths(void **state)
{
    (void)state;
    for (int jobs = 0; jobs < 70; jobs++)
        for (size_t copies = 1; copies < 70; copies += 3)
            for (int64_t left = -3; left < 100; left += 7) {
                const struct settings settings = {.jobs = jobs};
                const struct inventory inventory = {.fsync = true, .free_connections = left};
                struct strategy_choice choice =
                    strategy_choose(&settings, &inventory, 150000, copies);
                size_t expected = (size_t)jobs < copies ? (size_t)jobs : copies;

                assert_true(choice.create_width >= 1 && choice.create_width <= copies);
                assert_true(choice.drop_width >= 1 && choice.drop_width <= copies);
                if (jobs > 0) {
                    assert_int_equal(choice.create_width, expected);
                    assert_int_equal(choice.drop_width, expected);
                } else if (left > 2) {
                    assert_true(choice.create_width < (size_t)left);
                    assert_true(choice.drop_width < (size_t)left);
                }
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_word_by_version),
        cmocka_unit_test(test_automatic_choice),
        cmocka_unit_test(test_more_copies_favour_files),
        cmocka_unit_test(test_a_full_log_favours_files),
        cmocka_unit_test(test_no_clones_where_the_file_system_has_none),
        cmocka_unit_test(test_files_are_counted_where_they_decide),
        cmocka_unit_test(test_clones_are_tried_where_they_may_be_wanted),
        cmocka_unit_test(test_what_is_set_is_taken),
        cmocka_unit_test(test_width_by_what_is_shared),
        cmocka_unit_test(test_least_width_is_part_of_every_choice),
        cmocka_unit_test(test_widths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
