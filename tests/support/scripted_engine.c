#include "scripted_engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "provision_fixture.h"
#include "scripted_libpq.h"

#define MOST 8

struct engine {
    struct engine_options options;
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

void engine_free(struct engine *engine)
{
    script.engines -= engine != NULL;
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

const struct engine_options *engine_get_options(const struct engine *engine)
{
    return &engine->options;
}

void engine_set_wait(struct engine *engine, int64_t wait_ms)
{
    engine->options.wait_ms = wait_ms;
}

void engine_set_mode(struct engine *engine, enum engine_mode mode, int64_t patience_ms)
{
    static const char *const names[] = {"stops", "persists", "yields"};

    assert_non_null(engine);
    assert_true(patience_ms > 0);
    strbuf_printf(&script.calls, "%s\n", names[mode]);
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

bool engine_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm,
                  struct results *out, struct error *err)
{
    struct scripted_turn turn = take_turn(purpose);

    assert_non_null(engine);
    assert_true(prewarm > 0);
    strbuf_printf(&script.calls, "%s\n", strcmp(purpose, "end sessions") == 0 ? sql : purpose);
    if (turn.kind != ERROR_NONE)
        return error_set(err, turn.kind, "refused");
    results_release(out);
    if (strcmp(purpose, "look at the catalog") == 0)
        find(out);
    else
        results_add(out, table_result(turn.table));
    return true;
}

bool engine_run(struct engine *engine, struct job *jobs, size_t count, size_t width,
                struct error *err)
{
    bool done = true;

    strbuf_printf(&script.calls, "run over %zu:", width);
    for (size_t i = 0; i < count; i++) {
        struct scripted_turn turn = take_turn(jobs[i].label);

        strbuf_printf(&script.calls, " %s", jobs[i].label);
        jobs[i].state = turn.kind != ERROR_NONE ? JOB_FAILED : JOB_DONE;
        if (turn.kind != ERROR_NONE)
            (void)error_set(&jobs[i].error, turn.kind, "refused %s", jobs[i].label);
        if (turn.kind != ERROR_NONE && done)
            done = error_copy(err, &jobs[i].error);
        engine->options.job_ended(&jobs[i], engine->options.context);
    }
    strbuf_add(&script.calls, "\n");
    return done;
}
