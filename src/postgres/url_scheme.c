#include "pgclone/postgres/url_scheme.h"

#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

#define SCHEME_CHARACTERS                                                                          \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"                               \
    "+-._"

#define FORM "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"

/* As much of an unknown scheme as a message shows. */
static const int shown_max = 40;

/* The length of the scheme that a URL begins with; 0 for what is no URL. */
static size_t scheme_length(const char *text)
{
    size_t length = strspn(text, SCHEME_CHARACTERS);

    return strncmp(text + length, "://", strlen("://")) == 0 ? length : 0;
}

/* Whether the scheme is one of libpq's, or one of those with a driver's name: postgresql+asyncpg.
 */
static bool scheme_is_known(const char *scheme, size_t length)
{
    static const char *const known[] = {"postgresql", "postgres"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t own = strlen(known[i]);

        if (strncmp(scheme, known[i], own) == 0 &&
            (length == own || (length > own + 1 && scheme[own] == '+')))
            return true;
    }
    return false;
}

bool url_scheme_take(const char *text, char **scheme, char **plain, struct error *err)
{
    struct strbuf begin = {0};
    struct strbuf all = {0};
    size_t length = scheme_length(text);

    if (strncmp(text, "jdbc:", strlen("jdbc:")) == 0) {
        error_set(err, ERROR_USAGE,
                  "\"jdbc:\" is how Java's URLs begin, and libpq cannot read them");
        return error_hint(err, "Leave out \"jdbc:\", and write user and password before the host: "
                               "\"" FORM "\".");
    }
    if (length > 0 && !scheme_is_known(text, length)) {
        error_set(err, ERROR_USAGE, "\"%.*s://\" is not how the URL of a PostgreSQL server begins",
                  length < (size_t)shown_max ? (int)length : shown_max, text);
        return error_hint(err, "For a PostgreSQL server, write \"postgresql://\" in its place; "
                               "\"postgres://\" and a driver's name, as in "
                               "\"postgresql+psycopg2://\", are understood, too.");
    }
    strbuf_add_bytes(&begin, text, length);
    strbuf_printf(&all, "%s%s", length > 0 ? "postgresql" : "", text + length);
    if (length == 0)
        strbuf_add(&begin, "postgresql");
    *scheme = strbuf_take(&begin);
    *plain = strbuf_take(&all);
    return true;
}

char *url_scheme_give(const char *text, const char *url)
{
    struct strbuf out = {0};
    const char *configured = text != NULL ? text : "";
    size_t length = scheme_length(configured);

    strbuf_add_bytes(&out, configured, length);
    strbuf_add(&out, url + (length > 0 ? scheme_length(url) : 0));
    return strbuf_take(&out);
}
