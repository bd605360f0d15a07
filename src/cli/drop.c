#include "pgclone/provision/drop.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/cli/commands.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/output.h"

static bool drop_check_selectors(const struct invocation *invocation, struct error *err)
{
    const bool *given = invocation->given;
    bool wide = given[OPTION_ALL] || given[OPTION_STALE];
    bool any = wide || given[OPTION_SELECT_RUN_ID] || given[OPTION_WORKER];

    if (!any && !given[OPTION_SELECT_NAME]) {
        error_set(err, ERROR_USAGE, "nothing says what to drop");
        return error_hint(err, "Give a selector: --all, --run-id ID, --worker ID, --name NAME or "
                               "--stale.");
    }
    if (given[OPTION_SELECT_NAME] && (any || given[OPTION_EVERY_PROJECT])) {
        error_set(err, ERROR_USAGE, "--name goes with no other selector");
        return error_hint(err, "It drops exactly the databases it names.");
    }
    if (given[OPTION_EVERY_PROJECT] && !wide) {
        error_set(err, ERROR_USAGE, "--every-project widens --all and --stale");
        return error_hint(err, "Add one of them.");
    }
    if (given[OPTION_OLDER_THAN] && !given[OPTION_STALE]) {
        error_set(err, ERROR_USAGE, "--older-than goes with --stale");
        return error_hint(err, "Add --stale.");
    }
    return true;
}

/* "90s", "30m", "2h" or "7d" in seconds. */
static bool drop_parse_age(const char *text, int64_t *seconds, struct error *err)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    static const size_t most_digits = 6;
    size_t digits = strspn(text, "0123456789");

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (digits == 0 || digits > most_digits || text[digits] != units[i].unit ||
            text[digits + 1] != '\0')
            continue;
        *seconds = strtoll(text, NULL, 10) * units[i].seconds;
        return *seconds > 0 || error_set(err, ERROR_USAGE, "--older-than: \"%s\" is no age", text);
    }
    error_set(err, ERROR_USAGE, "--older-than: \"%s\" is no age", text);
    return error_hint(err, "Write a number and a unit: 90s, 30m, 2h or 7d.");
}

bool drop_command_run(struct invocation *invocation, struct error *err)
{
    const char *age = invocation_value(invocation, OPTION_OLDER_THAN);
    struct selection selection = {
        .all = invocation->given[OPTION_ALL],
        .every_project = invocation->given[OPTION_EVERY_PROJECT],
        .stale = invocation->given[OPTION_STALE],
        .held = invocation->given[OPTION_HELD],
        .now = time(NULL),
        .names = &invocation->values[OPTION_SELECT_NAME],
        .run_ids = &invocation->values[OPTION_SELECT_RUN_ID],
        .workers = &invocation->values[OPTION_WORKER],
    };
    struct scope scope OWNED(scope_release) = {0};
    struct strbuf lines OWNED(strbuf_release) = {0};
    struct output output OWNED(output_release) = {0};
    bool done;

    if (!drop_check_selectors(invocation, err) ||
        (age != NULL && !drop_parse_age(age, &selection.older_than_s, err)))
        return false;
    if (scope_is_serial(&invocation->settings)) {
        log_message(LOG_NORMAL, "creation is off (create_database: false): nothing to drop");
        return true;
    }
    if (!scope_resolve(&invocation->settings, &scope, err) || !output_open(NULL, &output, err))
        return false;
    done = drop_databases(&scope, &selection, invocation->given[OPTION_DRY_RUN], &lines, err);
    /* The lines of those that were dropped are owed also when others failed. */
    return output_write(&output, &lines, done ? err : NULL) && done;
}
