/* argv to command to exit code: the only place that exits. */
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/process.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/help.h"
#include "pgclone/cli/options.h"

static void main_set_level(const struct invocation *invocation)
{
    if (invocation_has(invocation, &option_quiet))
        log_set_level(LOG_QUIET);
    else if (invocation_values(invocation, &option_verbose)->count > 1)
        log_set_level(LOG_DEBUG);
    else if (invocation_has(invocation, &option_verbose))
        log_set_level(LOG_VERBOSE);
}

static bool main_do(struct invocation *invocation, struct error *err)
{
    main_set_level(invocation);
    if (invocation_has(invocation, &option_help))
        return help_print(invocation->command, err);
    if (invocation_has(invocation, &option_version))
        return help_print_version(err);
    return invocation->command->run(invocation, err);
}

int main(int argc, char *argv[])
{
    struct error err OWNED(error_release) = {0};
    struct invocation invocation OWNED(invocation_release) = {0};
    const struct command *command;

    process_open_standard();
    command = options_command(command_table, argc, argv);
    if (interrupt_install(&err) &&
        options_parse(command_table, command, argc, argv, &invocation, &err) &&
        main_do(&invocation, &err))
        return invocation.status;
    log_error(&err);
    if (invocation.status != 0)
        return invocation.status;
    if (command != NULL && command->failure_code != 0 && err.kind != ERROR_INTERRUPTED)
        return command->failure_code;
    return error_exit_code(&err);
}
