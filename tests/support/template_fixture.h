/* Attempts of scripted_session.h whose template is built, and what a server tells of templates. */
#ifndef PGCLONE_TESTS_TEMPLATE_FIXTURE_H
#define PGCLONE_TESTS_TEMPLATE_FIXTURE_H

#include "scripted_session.h"

/** What the server of the fixture says of itself, and the heads of its list of databases. */
#define TEMPLATE_FACTS "role|server\napp|15/UTF8/C\n\nname|comment|invalid|sealed\n"

/** The mark of a template of project "circ", made at that time. */
#define TEMPLATE_MARK(created)                                                                     \
    "pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,\"worker\":\"\",\"template\":null,"        \
    "\"lease\":\"00000000000000a0\",\"created\":\"" created                                        \
    "\",\"host\":\"h\",\"pid\":1,\"use\":\"template\",\"fingerprint\":{\"sql\":\"0\","             \
    "\"command\":\"1\"}}"

/** As scripted_attempt_init(), with one worker and a template that is built by this shell line. The
 * session is not opened, but has a lease. */
void template_attempt_init(struct scripted_attempt *attempt, const char *command);

/** The name that the template gets, borrowed until the next call. */
const char *template_attempt_name(const struct scripted_attempt *attempt);

/** Has the server say, as often as it is asked, that these databases are there, a line each;
 * NULL: none. */
void template_attempt_there(const char *databases);

/** Begins without template_attempt_init(): no look has found anything yet. */
void template_attempt_begin_looks(void);

/** Has the next look find these databases, lines under FIXTURE_DATABASES, and the lock on the
 * template's name had, or not. */
void template_attempt_look(const char *databases, bool locked);

#endif
