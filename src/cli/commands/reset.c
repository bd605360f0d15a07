#include <stdint.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/current_worker.h"
#include "pgclone/handout/ask.h"
#include "pgclone/provision/create.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/template_ready.h"
#include "pgclone/provision/undo.h"
#include "pgclone/report/output.h"

/* The workers that are named or, where none is, the one that this process belongs to. */
static bool reset_find_workers(struct invocation *invocation, struct strings *workers,
                               struct error *err)
{
    char *current OWNED(memory_free_string) = NULL;

    for (size_t i = 0; i < invocation->operands.count; i++)
        strings_add(workers, invocation->operands.items[i]);
    if (workers->count > 0)
        return true;
    if (!current_worker(invocation, &current, err))
        return false;
    strings_add(workers, current);
    return true;
}

/* Each by itself: what one of them comes to is nothing to the others. */
static bool reset_by_run(const struct strings *workers, struct strbuf *lines, struct error *err)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct asked asked OWNED(asked_release) = {0};

        if (!ask_run("reset", workers->items[i], &asked, err))
            return false;
        strbuf_printf(lines, "reset %s\n", asked.name);
    }
    return true;
}

/* Adds a line for each worker whose database was undone, and leaves the others in `rest`: all of
 * them, where nothing is undone. */
static bool reset_undo(struct session *session, struct strbuf *lines, struct strings *rest,
                       struct error *err)
{
    const struct scope *scope = session->scope;
    struct template_ready ready = {0};
    bool *undone = memory_new(scope->worker_count, sizeof *undone);
    bool done = scope->watched == NULL ||
                (template_ready(session, &ready, err) && undo_workers(session, undone, err));

    for (size_t i = 0; i < scope->worker_count; i++)
        if (undone[i])
            strbuf_printf(lines, "reset %s\n", scope->names[i]);
        else
            strings_add(rest, scope->workers[i].id);
    free(undone);
    return done;
}

static bool reset_by_copies(struct session *session, struct strbuf *lines, struct error *err)
{
    const struct scope *scope = session->scope;
    struct create create OWNED(create_release) = {0};

    create_begin(session, false, &create);
    create.swaps = true;
    if (!create_finish(&create, err))
        return false;
    for (size_t i = 0; i < scope->worker_count; i++)
        strbuf_printf(lines, "reset %s\n", scope->names[i]);
    return true;
}

static bool reset_by_itself(struct invocation *invocation, const struct strings *workers,
                            struct strbuf *lines, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};
    struct session session OWNED(session_close) = {0};
    struct strings rest OWNED(strings_release) = {0};

    settings_release(&invocation->settings);
    if (!invocation_load_settings(invocation, err))
        return false;
    if (scope_is_serial(&invocation->settings)) {
        error_set(err, ERROR_GUARD,
                  "creation is off (create_database: false): pgclone does not "
                  "change the configured database");
        return error_hint(err, "Let databases be created with --create.");
    }
    invocation->settings.existing = EXISTING_REPLACE;
    if (!scope_resolve(&invocation->settings, &scope, err) ||
        !scope_name_these(&scope, workers, err) ||
        !session_open(&scope, LEASE_CREATE, &session, err))
        return false;
    if (!reset_undo(&session, lines, &rest, err))
        return false;
    scope_forget_workers(&scope);
    return rest.count == 0 ||
           (scope_name_these(&scope, &rest, err) && reset_by_copies(&session, lines, err));
}

static bool reset_run(struct invocation *invocation, struct error *err)
{
    struct strings workers OWNED(strings_release) = {0};
    struct strbuf lines OWNED(strbuf_release) = {0};
    bool done;

    if (!reset_find_workers(invocation, &workers, err))
        return false;
    done = ask_socket() != NULL ? reset_by_run(&workers, &lines, err)
                                : reset_by_itself(invocation, &workers, &lines, err);
    return output_print_done(&lines, done, err);
}

const struct command reset_command = {
    .name = "reset",
    .operands = "[WORKER]...",
    .summary = "gives workers a fresh copy of the template, under the same name",
    .description =
        "Replaces the database of each worker that is named, or of the one that this process\n"
        "belongs to, by a fresh copy. It is closed, its sessions are ended, and the copy takes "
        "its\n"
        "name in one transaction: at every instant the name is borne by one whole database. "
        "Inside\n"
        "a run the run does it, in milliseconds where it has a copy ready. Prints \"reset NAME\"\n"
        "for each.",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_NAMES | PURPOSE_CONNECT | PURPOSE_WORK | PURPOSE_MAKE,
    .max_operands = SIZE_MAX,
    .run = reset_run,
};
