#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/template_scope.h"
#include "pgclone/provision/template_ready.h"
#include "pgclone/report/output.h"

static const struct command_option template_build_force = {
    .flag = "force", .help = "build it anew where it is there already"};

/* The templates that a create would use; of one that is missing the names of those that are made
 * from it are not known. */
static void template_build_add(const struct scope *scope, bool missing, struct strbuf *lines)
{
    const char *verb = missing ? "would build " : "";

    if (scope->built != NULL)
        strbuf_printf(lines, "%s%s\n", verb, scope->built->name);
    if (scope->watched != NULL && !(missing && scope->built != NULL))
        strbuf_printf(lines, "%s%s\n", verb, scope->watched->name);
}

static bool template_build_run(struct invocation *invocation, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};
    struct session session OWNED(session_close) = {0};
    struct template_ready ready = {.force = invocation_has(invocation, &template_build_force),
                                   .dry_run = invocation_has(invocation, &option_dry_run)};
    struct strbuf line OWNED(strbuf_release) = {0};

    if (!template_scope(invocation, &scope, err) ||
        !session_open(&scope, LEASE_CREATE, &session, err) ||
        !template_ready(&session, &ready, err))
        return false;
    template_build_add(&scope, ready.missing, &line);
    return output_print(&line, err);
}

static const struct command_option *const template_build_options[] = {&template_build_force,
                                                                      &option_dry_run, NULL};

const struct command template_build_command = {
    .name = "template build",
    .summary = "builds the template where it is missing, and prints its name",
    .description =
        "Runs the SQL files and the command of \"build\" on a scratch database, which is sealed "
        "and\n"
        "becomes the template: {template}_{fingerprint}. Of several processes one builds, and the\n"
        "others wait for it. Where the template is there already nothing is done.",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_CONNECT,
    .options = template_build_options,
    .run = template_build_run,
};
