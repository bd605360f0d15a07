#include <stdlib.h>
#include <string.h>

#include "pgclone/base/findings.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/run_ephemeral.h"
#include "pgclone/provision/doctor.h"
#include "pgclone/report/checkup.h"
#include "pgclone/report/output.h"
#include "pgclone/server/readiness.h"

static const char *const doctor_formats[] = {"text", "json", NULL};

static const struct command_option doctor_format = {.flag = "format",
                                                    .argument = "FORMAT",
                                                    .help = "how findings are written",
                                                    .words = doctor_formats};

static const struct command_option doctor_ephemeral = {
    .flag = "ephemeral", .help = "only whether \"run --ephemeral\" would work"};

static bool doctor_check_server(const struct settings *settings, struct findings *findings,
                                struct error *err)
{
    struct enclosing_run run OWNED(enclosing_run_release) = {0};

    return enclosing_run_read(getenv(ENCLOSING_RUN_VARIABLE), &run, err) &&
           doctor_examine(settings, run.project != NULL ? &run : NULL, findings, err);
}

/* Mistakes in the settings are findings as well. */
static bool doctor_find(struct invocation *invocation, struct findings *findings, struct error *err)
{
    bool ephemeral = invocation_has(invocation, &doctor_ephemeral);
    struct error mistakes OWNED(error_release) = {0};

    if (!invocation_load_settings(invocation, &mistakes)) {
        if (mistakes.kind != ERROR_USAGE)
            return error_move(err, &mistakes);
        doctor_add_mistakes(&mistakes, findings);
        return true;
    }
    if (!ephemeral && !doctor_check_server(&invocation->settings, findings, err))
        return false;
    readiness_examine(invocation_value(invocation, &run_ephemeral_bindir), ephemeral, findings);
    return true;
}

static bool doctor_run(struct invocation *invocation, struct error *err)
{
    const char *format = invocation_value(invocation, &doctor_format);
    struct findings findings OWNED(findings_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};

    if (!doctor_find(invocation, &findings, err))
        return false;
    if (format != NULL && strcmp(format, "json") == 0)
        checkup_json(&findings, &text);
    else
        checkup_text(&findings, &text);
    if (!output_print(&text, err))
        return false;
    invocation->status = findings_exit_code(&findings);
    return true;
}

static const struct command_option *const doctor_options[] = {&doctor_format, &doctor_ephemeral,
                                                              &run_ephemeral_bindir, NULL};

const struct command doctor_command = {
    .name = "doctor",
    .summary = "checks server, role, template and limits, with a fix for each finding",
    .description =
        "Connects as create would, and changes nothing. Prints a line for each finding: ok,\n"
        "warning or error, what it is about, and what was found; below it the fix, as commands to\n"
        "paste into a shell or into psql. Exits with 0 when create would work, else with the code\n"
        "that create would end with. It says as well whether \"run --ephemeral\" would work, "
        "which\n"
        "is all that --ephemeral asks for: no server is needed then.",
    .section = SECTION_HELP,
    .purposes = PURPOSE_PROJECT | PURPOSE_NAMES | PURPOSE_CONNECT | PURPOSE_WORK | PURPOSE_MAKE,
    .options = doctor_options,
    .run = doctor_run,
};
