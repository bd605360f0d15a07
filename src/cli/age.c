#include "pgclone/cli/age.h"

#include <stdlib.h>
#include <string.h>

bool age_read(const struct invocation *invocation, const struct command_option *option,
              int64_t *seconds, struct error *err)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    static const size_t most_digits = 6;
    const char *text = invocation_value(invocation, option);
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;

    if (text == NULL)
        return true;
    for (size_t i = 0; digits <= most_digits && i < sizeof units / sizeof units[0]; i++) {
        if (text[digits] != units[i].unit || text[digits + 1] != '\0' ||
            strtol(text, NULL, 10) == 0)
            continue;
        *seconds = strtol(text, NULL, 10) * units[i].seconds;
        return true;
    }
    error_set(err, ERROR_USAGE, "--%s: \"%s\" is no age", option->flag, text);
    return error_hint(err, "Write a number and a unit: 90s, 30m, 2h or 7d.");
}
