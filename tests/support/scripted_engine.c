#include "scripted_engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "provision_fixture.h"
#include "scripted_libpq.h"

#define MOST 8

struct engine {
    struct engine_options options;
    struct job_queue *queue;
    struct results results;
    struct error failure; /* of the query */
};

struct scripted_turn {
    const char *what;
    const char *table;    /* what the query gives */
    enum error_kind kind; /* ERROR_NONE: it does not fail */
    int times;
};

static struct {
    struct fixture_looks looks;
    struct scripted_turn turns[MOST];
    size_t turn_count;
    int engines;
    bool lost;
    struct strbuf calls;
} script;

void scripted_engine_begin(void)
{
    memset(&script, 0, sizeof script);
}

void scripted_engine_end(void)
{
    strbuf_release(&script.calls);
    assert_int_equal(script.engines, 0);
}

void scripted_engine_finds(const char *const sets[TABLE_SETS])
{
    fixture_looks_add(&script.looks, sets);
}

static void add_turn(struct scripted_turn turn)
{
    assert_true(script.turn_count < MOST);
    script.turns[script.turn_count++] = turn;
}

void scripted_engine_gives(const char *purpose, const char *table, int times)
{
    add_turn((struct scripted_turn){.what = purpose, .table = table, .times = times});
}

void scripted_engine_fails(const char *what, enum error_kind kind, int times)
{
    add_turn((struct scripted_turn){.what = what, .kind = kind, .times = times});
}

void scripted_engine_loses_first(bool lost)
{
    script.lost = lost;
}

const char *scripted_engine_calls(void)
{
    return strbuf_text(&script.calls);
}

/* What the test wants of this; all zero when nothing. */
static struct scripted_turn take_turn(const char *what)
{
    for (size_t i = 0; i < script.turn_count; i++) {
        struct scripted_turn *turn = &script.turns[i];

        if (turn->times == 0 || strstr(what, turn->what) == NULL)
            continue;
        turn->times--;
        return *turn;
    }
    return (struct scripted_turn){0};
}

/* ----------------------------------------------------------------------------------- the engine */

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = memory_new(1, sizeof *engine);

    engine->options = *options;
    script.engines++;
    return engine;
}

int scripted_engine_made_for(const struct engine *engine)
{
    return engine->options.server_version;
}

char *scripted_engine_setup(const struct engine *engine, const char *database)
{
    return engine->options.session_setup(SCRIPTED_VERSION, database, engine->options.context);
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    script.engines--;
    results_release(&engine->results);
    error_release(&engine->failure);
    free(engine);
}

int engine_server_version(const struct engine *engine)
{
    assert_non_null(engine);
    return SCRIPTED_VERSION;
}

int engine_backend_pid(const struct engine *engine)
{
    assert_non_null(engine);
    return SCRIPTED_PID;
}

bool engine_is_connected(const struct engine *engine)
{
    assert_non_null(engine);
    return !script.lost;
}

int64_t engine_connected_since_us(const struct engine *engine)
{
    assert_non_null(engine);
    return script.lost ? INT64_MAX : 1;
}

bool engine_take_loss(struct engine *engine, struct error *err)
{
    assert_non_null(engine);
    if (script.lost)
        (void)error_set(err, ERROR_CONNECTION, "lost");
    return script.lost;
}

void engine_set_wait(struct engine *engine, int64_t wait_ms)
{
    engine->options.wait_ms = wait_ms;
}

void engine_persist(struct engine *engine, int64_t patience_ms)
{
    assert_non_null(engine);
    assert_true(patience_ms > 0);
    strbuf_add(&script.calls, "persists\n");
}

void engine_keep_first(struct engine *engine)
{
    assert_non_null(engine);
    strbuf_add(&script.calls, "keep first\n");
}

static void find(struct results *out)
{
    const char *all[TABLE_SETS];

    fixture_sets(fixture_looks_next(&script.looks), all);
    for (size_t i = 0; i < TABLE_SETS; i++)
        results_add(out, table_result(all[i]));
}

void engine_begin_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm)
{
    struct scripted_turn turn = take_turn(purpose);

    assert_true(prewarm > 0);
    results_release(&engine->results);
    error_release(&engine->failure);
    strbuf_printf(&script.calls, "%s\n", purpose);
    if (strstr(sql, "pg_try_advisory_lock") != NULL || strstr(sql, "pg_advisory_unlock") != NULL)
        strbuf_printf(&script.calls, "%.*s\n", (int)strcspn(sql, "\n"), sql);
    if (turn.kind != ERROR_NONE)
        (void)error_set(&engine->failure, turn.kind, "refused");
    else if (strcmp(purpose, "look at the catalog") == 0)
        find(&engine->results);
    else
        results_add(&engine->results, table_result(turn.table));
}

bool engine_end_query(struct engine *engine, struct results *out, struct error *err)
{
    if (error_is_set(&engine->failure))
        return error_move(err, &engine->failure);
    results_release(out);
    *out = engine->results;
    engine->results = (struct results){0};
    return true;
}

void engine_begin(struct engine *engine, struct job_queue *queue, size_t width)
{
    struct job *job;

    engine->queue = queue;
    strbuf_printf(&script.calls, "run over %zu:", width);
    while ((job = job_queue_take(queue, 0)) != NULL) {
        struct scripted_turn turn = take_turn(job->label);

        strbuf_printf(&script.calls, " %s", job->label);
        job->state = turn.kind != ERROR_NONE ? JOB_FAILED : JOB_DONE;
        if (turn.kind != ERROR_NONE)
            (void)error_set(&job->error, turn.kind, "refused %s", job->label);
        engine->options.job_ended(job, engine->options.context);
    }
    strbuf_add(&script.calls, "\n");
}

bool engine_end(struct engine *engine, struct error *err)
{
    return interrupt_signal() != 0 ? interrupt_error(err) : job_queue_succeeded(engine->queue, err);
}

bool engine_is_running(const struct engine *engine)
{
    assert_non_null(engine);
    return false;
}

void engine_wait(struct engine *engine)
{
    assert_non_null(engine);
}

void engine_prepare(struct engine *engine, struct poll_set *set)
{
    assert_non_null(engine);
    (void)set;
    strbuf_add(&script.calls, "prepare\n");
}

void engine_turn(struct engine *engine, const struct poll_set *set)
{
    assert_non_null(engine);
    (void)set;
    strbuf_add(&script.calls, "turn\n");
}

void engine_leave(struct engine *engine, struct error *reason)
{
    (void)engine;
    (void)reason;
    fail_msg("nothing is under way");
}
