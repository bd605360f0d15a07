/*
 * An engine without a server, by link-time substitution of engine.c: queries give what the test
 * wrote down, jobs are done at once or fail as the test says, and what was asked for is kept.
 */
#ifndef PGCLONE_TESTS_SCRIPTED_ENGINE_H
#define PGCLONE_TESTS_SCRIPTED_ENGINE_H

#include "pgclone/postgres/engine.h"
#include "table_results.h"

/** The process id that libpq has of every engine's first connection, and looks tell of. */
#define SCRIPTED_PID 7

/** Starts a test: looks find an ordinary server, other queries give nothing, and nothing fails. */
void scripted_engine_begin(void);

/** Ends it; fails when an engine was not freed. */
void scripted_engine_end(void);

/** What the next look that has none yet finds: sets as fixture_sets() takes them, borrowed. The
 * last ones stay. */
void scripted_engine_finds(const char *const sets[TABLE_SETS]);

/** What a query with this in its purpose gives, `times` times: a set as table_result() takes it,
 * borrowed. */
void scripted_engine_gives(const char *purpose, const char *table, int times);

/** Has the query with this in its purpose, or the job of that label, fail `times` times. */
void scripted_engine_fails(const char *what, enum error_kind kind, int times);

/** What a new connection to `database` (NULL: the engine's own) would be set up with. The caller
 * frees it. */
char *scripted_engine_setup(const struct engine *engine, const char *database);

/** Whether the first connection is gone from now on. */
void scripted_engine_loses_first(bool lost);

/**
 * What was asked for, a line each: a query by its purpose, with the statement that takes or gives
 * up locks below it, jobs as "run over WIDTH: LABEL LABEL", and other calls by their names.
 * Borrowed.
 */
const char *scripted_engine_calls(void);

/** The server's version that an engine was told when it was made. */
int scripted_engine_made_for(const struct engine *engine);

#endif
