#include "create_attempt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "provision_fixture.h"

const char *const create_one_there[TABLE_SETS] = {
    [LOOK_DATABASES] = FIXTURE_DATABASES
    "circ_gw1|" FIXTURE_MARK("circ", "null", "gw1", CREATE_DEAD_LEASE) "|f|f|0|~\n"};

const char *const create_foreign_there[TABLE_SETS] = {[LOOK_DATABASES] =
                                                          FIXTURE_DATABASES "circ_gw1|~|f|f|0|~\n"};

void create_attempt_init(struct create_attempt *attempt)
{
    scripted_attempt_init(&attempt->base, 2);
    attempt->outcome = (struct create_outcome){0};
    assert_true(session_open(&attempt->base.scope, LEASE_CREATE, &attempt->base.session, NULL));
}

bool create_attempt_run(struct create_attempt *attempt)
{
    return create_databases(&attempt->base.session, NULL, &attempt->outcome, &attempt->base.err);
}

void create_attempt_release(struct create_attempt *attempt)
{
    create_outcome_release(&attempt->outcome);
    scripted_attempt_release(&attempt->base);
}

const char *create_attempt_call(const char *begin)
{
    const char *at = strstr(scripted_session_calls(), begin);

    if (at == NULL)
        fail_msg("no \"%s\" in:\n%s", begin, scripted_session_calls());
    return at;
}
