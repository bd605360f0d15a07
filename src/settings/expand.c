#include "pgclone/settings/expand.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/strbuf.h"

/* By hand and not by isalpha(): a locale must not change what is a name. */
#define NAME_START "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define NAME_REST NAME_START "0123456789"

/*
 * Expands the reference whose text after "${" is `text`, and sets `end` behind its brace. Messages
 * show the name only: what follows it may be part of a password that merely has "${" in it.
 */
static bool expand_reference(const char *text, const char **end, struct strbuf *out,
                             struct error *err)
{
    OWNED(strbuf_release) struct strbuf buffer = {0};
    const char *rest = text + (strspn(text, NAME_START) > 0 ? strspn(text, NAME_REST) : 0);
    const char *brace = strchr(rest, '}');
    const char *name;
    const char *value;

    strbuf_add_bytes(&buffer, text, (size_t)(rest - text));
    name = strbuf_text(&buffer);
    if (*name == '\0')
        return error_set(err, ERROR_USAGE,
                         "\"${\" must be followed by the name of a variable (write \"$${\" for the "
                         "characters themselves)");
    if (*rest != '}' && strncmp(rest, ":-", 2) != 0)
        return error_set(err, ERROR_USAGE,
                         "variable \"%s\" must be followed by \"}\" or \":-default}\"", name);
    if (brace == NULL)
        return error_set(err, ERROR_USAGE, "variable \"%s\" has a default without a closing \"}\"",
                         name);
    value = getenv(name);
    if (*rest == '}' && value == NULL)
        return error_set(err, ERROR_USAGE, "variable \"%s\" is not set and has no default", name);
    if (*rest == ':' && (value == NULL || *value == '\0'))
        strbuf_add_bytes(out, rest + 2, (size_t)(brace - rest) - 2);
    else
        strbuf_add(out, value);
    *end = brace + 1;
    return true;
}

bool expand_variables(const char *text, char **out, struct error *err)
{
    OWNED(strbuf_release) struct strbuf expanded = {0};
    const char *rest = text;

    while (*rest != '\0') {
        if (strncmp(rest, "${", 2) == 0) {
            if (!expand_reference(rest + 2, &rest, &expanded, err))
                return false;
            continue;
        }
        if (strncmp(rest, "$$", 2) == 0)
            rest++;
        strbuf_add_char(&expanded, *rest++);
    }
    *out = strbuf_take(&expanded);
    return true;
}
