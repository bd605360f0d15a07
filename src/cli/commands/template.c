#include "pgclone/cli/command.h"

const struct command template_command = {
    .name = "template",
    .summary = "makes templates from files and a command, once per content",
    .description =
        "With \"build\" in pgclone.yaml a template is made from SQL files and a command, and "
        "bears\n"
        "a fingerprint of their content in its name. What needs it builds it where it is missing;\n"
        "these commands do only that, show the templates, and drop those that are out of date.",
    .section = SECTION_DATABASES,
};
