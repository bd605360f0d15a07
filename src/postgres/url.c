#include "pgclone/postgres/url.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/url_scheme.h"

static const int default_connect_timeout_ms = 10000;
static const int longest_connect_timeout_s = 3600;

/* Of what drivers and frameworks add to a URL: "pool", "serverVersion". */
#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"

static void url_free_options(PQconninfoOption **options)
{
    PQconninfoFree(*options);
}

/* ------------------------------------------------------------------------------------ parsing */

/*
 * Whether a message may show what libpq took for the name of a query parameter. It may not where
 * that could be a part of a password: of one that is a parameter itself, or of one that was not
 * percent-encoded, so that its "?" begins the query for libpq. The signs of that are an "@" after
 * the "?", or a ":" without an "@" before it. `name` is libpq's text from the name on, which ends
 * with a quotation mark.
 */
static bool url_parameter_may_be_named(const char *text, const char *name)
{
    const char *authority = strstr(text, "://");
    const char *query = strchr(text, '?');
    size_t length;

    if (name[strspn(name, NAME_LETTERS)] != '"' || authority == NULL || query == NULL ||
        query < authority || strpbrk(query, "@%") != NULL || strcasestr(query, "password") != NULL)
        return false;
    authority += strlen("://");
    length = (size_t)(query - authority);
    return memchr(authority, ':', length) == NULL || memchr(authority, '@', length) != NULL;
}

/*
 * libpq's message quotes the part of the string that it could not read, which may be the password
 * or hold it. Only what stands before the first quotation mark is passed on, and the name of an
 * unknown query parameter where that is safe.
 */
static bool url_parse_error(const char *text, const char *libpq_message, struct error *err)
{
    static const char parameter[] = "invalid URI query parameter: \"";
    static const char missing[] = "missing \"=\" after ";
    const char *message = libpq_message != NULL ? libpq_message : "out of memory";
    size_t length = strcspn(message, "\"\n");
    bool named = strncmp(message, parameter, sizeof parameter - 1) == 0 &&
                 url_parameter_may_be_named(text, message + sizeof parameter - 1);

    if (named)
        length = strcspn(message, "\n");
    if (strncmp(message, missing, sizeof missing - 1) == 0)
        length = strlen("missing \"=\"");
    while (length > 0 && strchr(" :(", message[length - 1]) != NULL)
        length--;
    error_set(err, ERROR_USAGE, "not a usable connection URL or \"key=value\" string: %.*s",
              (int)length, message);
    if (named)
        return error_hint(err,
                          "Leave it out in what you give to pgclone (PGCLONE_SERVER, --server): "
                          "libpq does not know it, and only your application's driver can.");
    return error_hint(err, "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special "
                           "characters in it percent-encoded (\"@\" as %%40), or "
                           "\"host=… user=… dbname=…\".");
}

static void url_add(struct url *url, const PQconninfoOption *option, bool configured)
{
    url->parameters = memory_resize(url->parameters, url->count + 1, sizeof *url->parameters);
    url->parameters[url->count++] = (struct url_parameter){
        .keyword = memory_copy_string(option->keyword),
        .value = memory_copy_string(option->val),
        .secret = option->dispchar != NULL && option->dispchar[0] == '*',
        .configured = configured,
    };
}

static bool url_has_value(const PQconninfoOption *option)
{
    return option->val != NULL && option->val[0] != '\0';
}

/*
 * Whether a default of libpq's says where the user wants to go. PQconndefaults() also gives what
 * was compiled in, and the operating system's user as "user", which nobody configured. A service's
 * values cannot be told from those, so with a service all of them count, but for what libpq has by
 * itself. That is left out only where no variable could say otherwise to whoever gets the URL.
 */
static bool url_default_counts(const PQconninfoOption *option, bool service)
{
    static const char *const kept[] = {"host", "hostaddr", "port", "user", "password", "dbname"};
    bool in_environment = option->envvar != NULL && getenv(option->envvar) != NULL;

    if (!url_has_value(option))
        return false;
    if (service)
        return in_environment || option->compiled == NULL ||
               strcmp(option->compiled, option->val) != 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strcmp(option->keyword, kept[i]) == 0)
            return in_environment;
    return false;
}

/* PQconndefaults() finds a service by PGSERVICE only, so the configured one stands there for the
 * length of the call. */
static PQconninfoOption *url_defaults(const char *service)
{
    const char *variable = "PGSERVICE";
    char *before OWNED(memory_free_string) = memory_copy_string(getenv(variable));
    PQconninfoOption *defaults;

    if (service != NULL)
        (void)setenv(variable, service, 1);
    defaults = PQconndefaults();
    if (service != NULL && before != NULL)
        (void)setenv(variable, before, 1);
    else if (service != NULL)
        (void)unsetenv(variable);
    return defaults;
}

static bool url_add_defaults(struct url *url, struct error *err)
{
    const char *configured = url_get(url, "service");
    const char *service = configured != NULL ? configured : getenv("PGSERVICE");
    PQconninfoOption *defaults OWNED(url_free_options) = url_defaults(configured);

    if (defaults == NULL) {
        error_set(err, ERROR_USAGE, "libpq could not read its defaults");
        return error_hint(err, "Check the service \"%s\" and the file that PGSERVICEFILE names.",
                          service != NULL ? service : "");
    }
    for (const PQconninfoOption *option = defaults; option->keyword != NULL; option++)
        if (url_default_counts(option, service != NULL) && url_get(url, option->keyword) == NULL)
            url_add(url, option, false);
    return true;
}

/* libpq would refuse a wrong port only when it connects. The message does not quote the port: in a
 * URL that lacks its "@" it may be the password. */
static bool url_check_port(const struct url *url, struct error *err)
{
    const char *ports = url_get(url, "port");
    long number;

    for (const char *port = ports; port != NULL; port = strchr(port, ',')) {
        size_t digits;

        port += *port == ',';
        digits = strspn(port, "0123456789");
        number = strtol(port, NULL, 10);
        if ((port[digits] != ',' && port[digits] != '\0') ||
            (digits > 0 && (digits > 5 || number < 1 || number > 65535)))
            return error_set(err, ERROR_USAGE, "the port is not a number from 1 to 65535");
    }
    return true;
}

bool url_parse(const char *text, struct url *out, struct error *err)
{
    struct url url OWNED(url_release) = {0};
    char *plain OWNED(memory_free_string) = NULL;
    PQconninfoOption *options OWNED(url_free_options) = NULL;
    char *message = NULL;

    if (!url_scheme_take(text != NULL ? text : "", &url.scheme, &plain, err))
        return false;
    options = PQconninfoParse(plain, &message);
    if (options == NULL) {
        url_parse_error(plain, message, err);
        PQfreemem(message);
        return false;
    }
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (url_has_value(option))
            url_add(&url, option, true);
    if (!url_add_defaults(&url, err) || !url_check_port(&url, err))
        return false;
    *out = url;
    url = (struct url){0};
    return true;
}

const char *url_get(const struct url *url, const char *keyword)
{
    for (size_t i = 0; i < url->count; i++)
        if (strcmp(url->parameters[i].keyword, keyword) == 0)
            return url->parameters[i].value;
    return NULL;
}

void url_add_secrets(const struct url *url, struct strings *out)
{
    for (size_t i = 0; i < url->count; i++)
        if (url->parameters[i].secret)
            strings_add(out, url->parameters[i].value);
}

void url_release(struct url *url)
{
    for (size_t i = 0; i < url->count; i++) {
        free(url->parameters[i].keyword);
        free(url->parameters[i].value);
    }
    free(url->parameters);
    free(url->scheme);
    *url = (struct url){0};
}

/* --------------------------------------------------------------------------------- connecting */

void url_connection_init(const struct url *url, const char *database, struct url_connection *out)
{
    size_t count = 0;

    static const char *const defaults[][2] = {
        {"fallback_application_name", "pgclone"},
        /* The connection that holds the lease idles for as long as the tests run: a server that
         * went away without a word is noticed after a minute, not after two hours. */
        {"keepalives_idle", "30"},
        {"keepalives_interval", "10"},
        {"keepalives_count", "3"},
    };
    static const size_t default_count = sizeof defaults / sizeof defaults[0];

    out->keywords = memory_new(url->count + default_count + 3, sizeof *out->keywords);
    out->values = memory_new(url->count + default_count + 3, sizeof *out->values);
    for (size_t i = 0; i < url->count; i++) {
        const struct url_parameter *parameter = &url->parameters[i];

        if (!parameter->configured || strcmp(parameter->keyword, "dbname") == 0 ||
            strcmp(parameter->keyword, "client_encoding") == 0)
            continue;
        out->keywords[count] = parameter->keyword;
        out->values[count++] = parameter->value;
    }
    out->keywords[count] = "dbname";
    out->values[count++] = database;
    /* Names in settings are UTF-8; without this PGCLIENTENCODING would decide what they mean. */
    out->keywords[count] = "client_encoding";
    out->values[count++] = "UTF8";
    for (size_t i = 0; i < default_count; i++) {
        if (url_get(url, defaults[i][0]) != NULL)
            continue;
        out->keywords[count] = defaults[i][0];
        out->values[count++] = defaults[i][1];
    }
}

void url_connection_release(struct url_connection *connection)
{
    free(connection->keywords);
    free(connection->values);
    *connection = (struct url_connection){0};
}

int url_connect_timeout_ms(const struct url *url)
{
    const char *text = url_get(url, "connect_timeout");
    long seconds;

    if (text == NULL)
        text = getenv("PGCONNECT_TIMEOUT");
    if (text == NULL)
        return default_connect_timeout_ms;
    seconds = strtol(text, NULL, 10);
    if (seconds <= 0 || seconds > longest_connect_timeout_s)
        seconds = longest_connect_timeout_s;
    return (int)(seconds < 2 ? 2 : seconds) * 1000;
}
