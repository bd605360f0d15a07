#include "pgclone/template/recipe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/loop.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/progress.h"
#include "pgclone/base/relay.h"
#include "pgclone/base/spawn.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/template/psql.h"

/* Of what a program has written with -q: enough for an error and the way to it. */
#define SHOWN_BYTES 8192

/* A program at work. */
struct recipe_program {
    pid_t pid;
    bool ended;
    int status; /* or 128 + the signal's number */
    struct progress progress;
    struct relay relay; /* where there is a progress line */
};

/* What a program is called: in messages, and while it runs. */
struct recipe_title {
    const char *what;
    const char *running;
};

/* The program is the leader of a process group, since the terminal's Ctrl-C is not to reach some of
 * its processes twice, and a signal from elsewhere not only its first. */
static void recipe_pass_on(const struct interrupt_event *event, void *context)
{
    const struct recipe_program *program = context;

    if (!program->ended)
        (void)kill(-program->pid, interrupt_insists() ? SIGKILL : event->signal);
}

static void recipe_ended(int status, void *context)
{
    struct recipe_program *program = context;

    program->ended = true;
    program->status = status;
}

static void recipe_prepare(void *context, struct poll_set *set)
{
    struct recipe_program *program = context;

    relay_prepare(&program->relay, set);
    progress_prepare(&program->progress, set);
}

static void recipe_turn(void *context, const struct poll_set *set)
{
    struct recipe_program *program = context;

    relay_turn(&program->relay, set);
}

static void recipe_wait(struct recipe_program *program)
{
    struct loop loop OWNED(loop_release) = {.signal = recipe_pass_on,
                                            .child = program->pid,
                                            .child_ended = recipe_ended,
                                            .context = program};
    const struct loop_source shown = {
        .prepare = recipe_prepare, .turn = recipe_turn, .context = program};

    relay_give(&program->relay);
    loop_add(&loop, &shown);
    while (!program->ended)
        loop_turn(&loop);
}

static void recipe_release(struct recipe_program *program)
{
    relay_close(&program->relay);
    progress_end(&program->progress);
}

static void recipe_close(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

/* What the program has written, as the error's detail. */
static void recipe_show(FILE *written, struct error *err)
{
    char bytes[SHOWN_BYTES];
    struct strbuf text OWNED(strbuf_release) = {0};
    size_t length;

    if (fseek(written, -(long)sizeof bytes, SEEK_END) != 0)
        rewind(written); /* it is shorter */
    length = fread(bytes, 1, sizeof bytes, written);
    strbuf_add_bytes(&text, bytes, length);
    if (length > 0)
        error_detail(err, "%s", strbuf_trim(&text));
}

static bool recipe_fail(const struct recipe_program *program, const char *what, struct error *err)
{
    if (program->status > 128)
        return error_set(err, ERROR_SYSTEM, "%s was ended by signal %d", what,
                         program->status - 128);
    return error_set(err, ERROR_SYSTEM, "%s exited with status %d", what, program->status);
}

/* Where its output goes: to standard error, through us where a progress line is shown; or with -q
 * into a file of no name. */
static int recipe_output(struct recipe_program *program, FILE **written, struct error *err)
{
    if (program->progress.enabled && relay_open(&program->relay))
        return program->relay.follower;
    program->progress.enabled = false;
    if (log_enabled(LOG_NORMAL))
        return STDERR_FILENO;
    *written = tmpfile();
    if (*written == NULL || fcntl(fileno(*written), F_SETFD, FD_CLOEXEC) != 0) {
        error_set(err, ERROR_SYSTEM, "could not make a temporary file");
        return -1;
    }
    return fileno(*written);
}

static bool recipe_run_program(const struct recipe *recipe, const struct strings *arguments,
                               const struct strings *variables, const struct recipe_title *title,
                               struct error *err)
{
    struct strbuf running OWNED(strbuf_release) = {0};
    FILE *written OWNED(recipe_close) = NULL;
    struct recipe_program program OWNED(recipe_release) = {.relay = {.leader = -1, .follower = -1}};
    struct spawn_options options = {
        .arguments = arguments,
        .additions = variables,
        .without = recipe->without,
        .folder = recipe->folder,
        .own_session = true,
        .death_signal = SIGTERM,
    };

    strbuf_printf(&running, "building \"%s\": %s", recipe->name, title->running);
    progress_begin(&program.progress, strbuf_text(&running), 0, clock_now_ms());
    options.output = options.errors = recipe_output(&program, &written, err);
    if (options.output < 0)
        return false;
    if (!spawn_start(&options, &program.pid, err))
        return err == NULL || err->kind == ERROR_INTERRUPTED
                   ? false
                   : error_prefix(err, "%s: ", title->what);
    recipe_wait(&program);
    if (interrupt_signal() != 0)
        return interrupt_error(err);
    if (program.status == 0)
        return true;
    recipe_fail(&program, title->what, err);
    if (written != NULL)
        recipe_show(written, err);
    return false;
}

static bool recipe_run_sql(const struct recipe *recipe, struct error *err)
{
    static const struct recipe_title title = {"psql, which runs the SQL files,", "psql"};
    char *psql OWNED(memory_free_string) = NULL;
    struct strings arguments OWNED(strings_release) = {0};
    struct strings variables OWNED(strings_release) = {0};

    if (recipe->build->sql.count == 0)
        return true;
    psql = psql_find(NULL, err);
    if (psql == NULL)
        return false;
    psql_arguments(psql, &arguments);
    psql_add_files(&recipe->build->sql, &arguments);
    /* First, so that the user's own options win. */
    strings_add(&variables, psql_quiet_variable);
    for (size_t i = 0; i < recipe->environment->count; i++)
        strings_add(&variables, recipe->environment->items[i]);
    return recipe_run_program(recipe, &arguments, &variables, &title, err);
}

static bool recipe_run_command(const struct recipe *recipe, struct error *err)
{
    static const struct recipe_title title = {"the build's command", "the build's command"};
    const struct settings_build *build = recipe->build;
    struct strings arguments OWNED(strings_release) = {0};

    if (build->command.count == 0)
        return true;
    if (build->command_is_shell) {
        strings_add(&arguments, "/bin/sh");
        strings_add(&arguments, "-c");
    }
    for (size_t i = 0; i < build->command.count; i++)
        strings_add(&arguments, build->command.items[i]);
    return recipe_run_program(recipe, &arguments, recipe->environment, &title, err);
}

bool recipe_run(const struct recipe *recipe, struct error *err)
{
    return recipe_run_sql(recipe, err) && recipe_run_command(recipe, err);
}
