/* argv to command to exit code: the only place that exits. */
#include <string.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/process.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/help.h"
#include "pgclone/cli/options.h"

static void main_set_level(const struct invocation *invocation)
{
    if (invocation->given[OPTION_QUIET])
        log_set_level(LOG_QUIET);
    else if (invocation->values[OPTION_VERBOSE].count > 1)
        log_set_level(LOG_DEBUG);
    else if (invocation->given[OPTION_VERBOSE])
        log_set_level(LOG_VERBOSE);
}

/* Runs the command and gives the process's exit code. */
static int main_run_command(const struct command *command, int argc, char *argv[])
{
    struct invocation invocation OWNED(invocation_release) = {0};
    struct error err OWNED(error_release) = {0};
    bool done = options_parse(command, argc, argv, &invocation, &err);

    if (done) {
        main_set_level(&invocation);
        if (invocation.given[OPTION_HELP])
            done = help_print_command(command, &err);
        else if (invocation.given[OPTION_VERSION])
            done = help_print_version(&err);
        else
            done = command->run(&invocation, &err);
    }
    if (done)
        return invocation.status;
    log_error(&err);
    if (invocation.status != 0)
        return invocation.status;
    if (command->failure_code != 0 && err.kind != ERROR_INTERRUPTED)
        return command->failure_code;
    return error_exit_code(&err);
}

static bool main_without_command(const char *word, struct error *err)
{
    if (word == NULL) {
        error_set(err, ERROR_USAGE, "no command is given");
        return error_hint(err, "See \"pgclone --help\".");
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help_print_overview(err);
    if (strcmp(word, "--version") == 0)
        return help_print_version(err);
    return command_unknown(word, err);
}

int main(int argc, char *argv[])
{
    struct error err OWNED(error_release) = {0};
    const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;

    process_open_standard();
    if (interrupt_install(&err)) {
        if (command != NULL)
            return main_run_command(command, argc - 1, argv + 1);
        if (main_without_command(argv[1], &err))
            return 0;
    }
    log_error(&err);
    return error_exit_code(&err);
}
