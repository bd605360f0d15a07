#include "handout_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "provision_fixture.h"

static void fixture_open(struct handout_fixture *fixture, bool ready, enum reset_mode reset)
{
    struct scripted_attempt *base = &fixture->base;

    log_set_level(LOG_QUIET);
    scripted_attempt_init(base, 2);
    if (reset == RESET_UNDO)
        scripted_attempt_undoes(base);
    base->settings.spares = SPARES_AUTO;
    base->settings.run_id = memory_copy_string("r1");
    fixture_inventory(NULL, &base->settings, &base->inventory);
    base->inventory.fsync = false;
    assert_true(session_open(&base->scope, LEASE_RUN, &base->session, NULL));
    handout_open(&base->session, &base->inventory, ready, &fixture->handout);
}

void handout_fixture_open(struct handout_fixture *fixture, bool ready)
{
    fixture_open(fixture, ready, RESET_SWAP);
}

const char *handout_refuse_undo(size_t number, const char *sends)
{
    if (number == 0) {
        scripted_session_gives("undo the changes", SCRIPTED_REFUSED, 1);
        return "\"DDL\":1";
    }
    scripted_session_fails(sends, ERROR_CONNECTION, "", 1);
    return "\"the undo failed\":1";
}

void handout_fixture_open_undo(struct handout_fixture *fixture)
{
    fixture_open(fixture, true, RESET_UNDO);
}

void handout_fixture_close(struct handout_fixture *fixture)
{
    handout_close(&fixture->handout);
    scripted_attempt_release(&fixture->base);
}

struct errand *handout_asks(struct handout_fixture *fixture, const char *line, const void *client)
{
    struct request request = {0};
    struct errand *errand;

    assert_true(request_parse(line, &request, NULL));
    errand = handout_begin(&fixture->handout, &request, client);
    handout_go_on(&fixture->handout);
    return errand;
}

void handout_settle(struct handout_fixture *fixture)
{
    struct handout *handout = &fixture->handout;

    handout_go_on(handout);
    while (scripted_session_goes_on(&handout->stock.makes) ||
           scripted_session_goes_on(&handout->swaps) ||
           scripted_session_goes_on(&handout->stock.visits) ||
           scripted_session_goes_on(&handout->stock.drops))
        handout_go_on(handout);
}

void handout_assert_done(struct handout_fixture *fixture, struct errand *errand, const char *says,
                         const char *also)
{
    const char *answer = strbuf_text(&errand->answer);

    assert_int_equal(errand->phase, ERRAND_DONE);
    if (strstr(answer, says) == NULL || strstr(answer, also) == NULL)
        fail_msg("%s", answer);
    assert_string_equal(strchr(answer, '\n'), "\n");
    handout_end(&fixture->handout, errand);
}

void handout_assert_answer(struct handout_fixture *fixture, const char *line, const void *client,
                           const char *says, const char *also)
{
    struct errand *errand = handout_asks(fixture, line, client);

    if (errand->phase != ERRAND_DONE)
        handout_settle(fixture);
    handout_assert_done(fixture, errand, says, also);
}
