#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/age.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/template_scope.h"
#include "pgclone/provision/template_list.h"
#include "pgclone/report/output.h"

static const struct command_option template_prune_keep = {
    .flag = "keep", .argument = "N", .help = "leave the N newest of those that are out of date"};
static const struct command_option template_prune_older_than = {
    .flag = "older-than",
    .argument = AGE_ARGUMENT,
    .help = "only what is at least that old (90s, 30m, 2h, 7d)"};

static bool template_prune_read_keep(const struct invocation *invocation, size_t *keep,
                                     struct error *err)
{
    static const size_t most_digits = 6;
    const char *text = invocation_value(invocation, &template_prune_keep);
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;

    if (text == NULL)
        return true;
    if (digits == 0 || digits > most_digits || text[digits] != '\0')
        return error_set(err, ERROR_USAGE, "--keep: \"%s\" is no number", text);
    *keep = (size_t)strtoul(text, NULL, 10);
    return true;
}

static bool template_prune_run(struct invocation *invocation, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};
    struct session session OWNED(session_close) = {0};
    struct template_prune prune = {.dry_run = invocation_has(invocation, &option_dry_run)};
    struct strbuf lines OWNED(strbuf_release) = {0};
    bool done;

    if (!template_prune_read_keep(invocation, &prune.keep, err) ||
        !age_read(invocation, &template_prune_older_than, &prune.older_than_s, err) ||
        !template_scope(invocation, &scope, err) ||
        !session_open(&scope, LEASE_CREATE, &session, err))
        return false;
    done = template_list_prune(&session, &prune, &lines, err);
    return output_print_done(&lines, done, err);
}

static const struct command_option *const template_prune_options[] = {
    &template_prune_keep, &template_prune_older_than, &option_dry_run, NULL};

const struct command template_prune_command = {
    .name = "template prune",
    .summary = "drops the project's templates that are out of date",
    .description =
        "Drops those that are not current, but for what --keep and --older-than leave and what is\n"
        "in use: a living run or create clones it. Prints a line for each that is dropped or in\n"
        "use: \"dropped NAME\" or \"kept NAME: reason\".",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_CONNECT | PURPOSE_WORK,
    .options = template_prune_options,
    .run = template_prune_run,
};
