#include "pgclone/postgres/url_environment.h"

#include <libpq-fe.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

static void url_environment_free(PQconninfoOption **options)
{
    PQconninfoFree(*options);
}

static void url_environment_add(const char *variable, const char *value, struct strings *out)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_printf(&text, "%s=%s", variable, value);
    strings_add(out, strbuf_text(&text));
}

/* The value that a variable is to have, or NULL where it is to stay as it is. */
static const char *url_environment_value(const struct url *url, const char *database,
                                         const char *user, const PQconninfoOption *option)
{
    const char *value = url_get(url, option->keyword);

    if (option->envvar == NULL || strcmp(option->keyword, "service") == 0)
        return NULL;
    if (strcmp(option->keyword, "dbname") == 0)
        return database;
    if (value == NULL && strcmp(option->keyword, "user") == 0)
        return user;
    if (value == NULL && strcmp(option->keyword, "port") == 0)
        return option->compiled;
    return value;
}

void url_environment(const struct url *url, const char *database, const char *user,
                     struct strings *out)
{
    char *text OWNED(memory_free_string) = url_for_database(url, database, URL_PASSWORD_SHOWN);
    char *message = NULL;
    /* An empty string gives the table of options without any values. */
    PQconninfoOption *options OWNED(url_environment_free) = PQconninfoParse("", &message);

    PQfreemem(message);
    for (const PQconninfoOption *option = options; option != NULL && option->keyword != NULL;
         option++) {
        const char *value = url_environment_value(url, database, user, option);

        if (value != NULL)
            url_environment_add(option->envvar, value, out);
    }
    url_environment_add("DATABASE_URL", text, out);
}
