/* What the checks of `doctor` look at, written as text, and what they are to find. */
#ifndef PGCLONE_TESTS_DOCTOR_FIXTURE_H
#define PGCLONE_TESTS_DOCTOR_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/provision/doctor_checks.h"
#include "provision_fixture.h"

/** An ordinary server: what sql_doctor() gives there, as fixture_sets() does for a look. */
#define DOCTOR_FACTS (DOCTOR_INVALID + 1)
#define DOCTOR_SERVER_HEAD "server|in_use|role_limit|role_in_use|may_replay\n"
#define DOCTOR_SETTINGS_HEAD "name|value\n"
#define DOCTOR_TEMPLATE_HEAD "is_open|size|recorded|actual\n"
extern const char *const doctor_ordinary_facts[DOCTOR_FACTS];

/** A look and more in which everything is as it should be but for what a case says. */
struct doctor_case {
    const char *sets[TABLE_SETS];
    const char *facts[DOCTOR_FACTS];
    void (*set)(struct settings *settings); /**< NULL: the fixture's settings */
    int version;                            /**< 0: 150000 */
    int64_t files;
    bool pooled;
    bool missing;
    bool clones;
    bool no_clones;

    /* What the check's first finding is. */
    enum finding_severity severity;
    int exit_code;
    const char *text;   /**< a part of it */
    const char *advice; /**< a part of it; NULL: whatever it is */
    const char *fix;    /**< the whole of it; NULL: there is none */
    size_t count;       /**< of findings; 0: one */
};

/** Fails unless the check finds in each case what that says. */
void doctor_fixture_assert(const char *id, const struct doctor_case *cases, size_t count);

#define DOCTOR_ASSERT(id, cases) doctor_fixture_assert(id, cases, sizeof(cases) / sizeof(cases)[0])

#endif
