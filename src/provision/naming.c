#include "pgclone/provision/naming.h"

#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/utf8.h"

const char *naming_default_pattern(const char *run_id)
{
    return run_id != NULL ? "{base}_{run}_{worker}" : "{base}_{worker}";
}

static bool naming_add_placeholder(const char *word, size_t length,
                                   const struct naming_parts *parts, struct strbuf *out,
                                   struct error *err)
{
    const struct {
        const char *word;
        const char *value;
    } placeholders[] = {{"base", parts->base},
                        {"project", parts->project},
                        {"run", parts->run},
                        {"worker", parts->worker}};

    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
        if (strlen(placeholders[i].word) != length ||
            strncmp(placeholders[i].word, word, length) != 0)
            continue;
        if (placeholders[i].value == NULL) {
            error_set(err, ERROR_USAGE, "the pattern uses {%s}, but no run id is set",
                      placeholders[i].word);
            return error_hint(err, "Set one with --run-id.");
        }
        strbuf_add(out, placeholders[i].value);
        return true;
    }
    error_set(err, ERROR_USAGE, "unknown placeholder \"{%.*s}\"", (int)length, word);
    return error_hint(err, "The placeholders are {base}, {project}, {run} and {worker}; write "
                           "\"{{\" for a brace.");
}

bool naming_expand(const char *pattern, const struct naming_parts *parts, char **name,
                   struct error *err)
{
    struct strbuf out OWNED(strbuf_release) = {0};

    for (const char *at = pattern; *at != '\0'; at++) {
        const char *end = strchr(at, '}');

        if ((at[0] == '{' || at[0] == '}') && at[1] == at[0]) {
            strbuf_add_char(&out, *at++);
        } else if (*at == '}' || (*at == '{' && end == NULL)) {
            error_set(err, ERROR_USAGE, "stray \"%c\" in \"%s\"", *at, pattern);
            return error_hint(err, "Write \"%c%c\" for a brace.", *at, *at);
        } else if (*at == '{') {
            if (!naming_add_placeholder(at + 1, (size_t)(end - at - 1), parts, &out, err))
                return false;
            at = end;
        } else {
            strbuf_add_char(&out, *at);
        }
    }
    if (!naming_check(strbuf_text(&out), "database name", err))
        return false;
    *name = strbuf_take(&out);
    return true;
}

bool naming_check(const char *name, const char *what, struct error *err)
{
    size_t length = strlen(name);

    if (length == 0)
        return error_set(err, ERROR_USAGE, "%s must not be empty", what);
    if (!utf8_is_valid(name))
        return error_set(err, ERROR_USAGE, "%s is not valid UTF-8", what);
    if (utf8_has_control(name))
        return error_set(err, ERROR_USAGE, "%s must not contain control characters", what);
    if (length > IDENTITY_NAME_MAX) {
        error_set(err, ERROR_USAGE, "%s \"%s\" is %zu bytes long, and PostgreSQL takes %d", what,
                  name, length, IDENTITY_NAME_MAX);
        return error_hint(err, "PostgreSQL would cut it silently, so that two databases could get "
                               "one name; choose a shorter one (see --name).");
    }
    return true;
}
