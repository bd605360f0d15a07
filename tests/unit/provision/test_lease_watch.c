/* A lease that is lost while something else goes on: without this another pgclone takes the
 * databases of a living process for a dead one's. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/log.h"
#include "pgclone/base/loop.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/lease_watch.h"
#include "scripted_session.h"

#define TRY "wait 0 ms\nlook circ_gw0 circ_gw1\nwait 10000 ms\n"

struct told {
    int regained;
    bool in_use;
};

static void regained(const struct inventory *found, void *context)
{
    struct told *told = context;

    assert_non_null(found);
    told->regained++;
}

static bool is_in_use(const void *context)
{
    const struct told *told = context;

    return told->in_use;
}

static void begin(struct scripted_attempt *attempt, struct told *told, struct lease_watch *watch)
{
    log_set_level(LOG_QUIET);
    scripted_attempt_init(attempt, 2);
    *watch = (struct lease_watch){.session = &attempt->session,
                                  .hint = "It is tried again.",
                                  .regained = regained,
                                  .is_in_use = is_in_use,
                                  .context = told};
}

/* Tried at once and then after pauses, until the server is back; whoever handed databases out is
 * told which are left. */
static void test_is_taken_again(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct loop loop OWNED(loop_release) = {0};
    struct told told = {0};
    struct lease_watch watch;
    struct loop_source sources[2];
    (void)state;

    begin(&attempt, &told, &watch);
    sources[0] = session_source(&attempt.session);
    sources[1] = lease_watch_source(&watch);
    scripted_session_is_lost(2); /* it is asked before the wait and behind it */
    scripted_session_fails("look", ERROR_CONNECTION, "", 1);
    loop_add(&loop, &sources[0]);
    loop_add(&loop, &sources[1]);
    while (told.regained == 0)
        loop_turn(&loop);
    assert_string_equal(scripted_session_calls(), TRY TRY);
    lease_watch_end(&watch);
    assert_string_equal(scripted_session_calls(), TRY TRY "abandon\nwait 10000 ms\n");
    assert_int_equal(told.regained, 1);
}

/* Without this the look would end a create that goes on in the same session. */
static void test_who_is_at_work_notices_by_himself(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct told told = {.in_use = true};
    struct poll_set set OWNED(poll_set_release) = {0};
    struct lease_watch watch;
    struct loop_source source;
    (void)state;

    begin(&attempt, &told, &watch);
    source = lease_watch_source(&watch);
    scripted_session_is_lost(2);
    source.prepare(source.context, &set);
    source.turn(source.context, &set);
    assert_string_equal(scripted_session_calls(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_taken_again),
        cmocka_unit_test(test_who_is_at_work_notices_by_himself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
