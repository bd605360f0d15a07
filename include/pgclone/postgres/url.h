/*
 * Connection URLs: what the user configured, and the URL of another database on the same server.
 */
#ifndef PGCLONE_POSTGRES_URL_H
#define PGCLONE_POSTGRES_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"

/** One of libpq's connection parameters with its value. */
struct url_parameter {
    char *keyword;
    char *value;
    bool secret;     /**< libpq marks it as a password field */
    bool configured; /**< stood in the string; else it came from the environment or a service */
};

struct url {
    char
        *scheme; /**< as configured, "postgresql+psycopg2" say; "postgresql" where there was none */
    struct url_parameter *parameters;
    size_t count;
};

/**
 * Parses a libpq URL, whose scheme may be a driver's own (postgresql+psycopg2), or a `key=value`
 * string ("" and NULL: nothing configured). Host, port, user,
 * password and database that the string leaves out are taken from libpq's environment variables
 * (PGHOST, …) or its service file, as libpq would; a user or database that nobody named stays
 * unnamed, where libpq would fall back on the operating system's user.
 * ERROR_USAGE when libpq cannot parse it; the message never holds a part of a password. `out` must
 * be empty and is untouched on failure.
 */
bool url_parse(const char *text, struct url *out, struct error *err);

/** The value of a parameter ("dbname"), borrowed; NULL when it is not known. */
const char *url_get(const struct url *url, const char *keyword);

/** Adds the value of each secret parameter. */
void url_add_secrets(const struct url *url, struct strings *out);

/** What is to be done with passwords in a URL that is printed. */
enum url_password { URL_PASSWORD_SHOWN, URL_PASSWORD_MASKED };

/**
 * The URL of `database` on this server, with the scheme that was configured, percent-encoded as RFC
 * 3986 has it: only unreserved characters stay as they are. Sockets appear as `?host=%2Fpath`. The
 * caller frees it.
 */
char *url_for_database(const struct url *url, const char *database, enum url_password password);

/** A NULL-terminated pair of lists for PQconnectStartParams(). */
struct url_connection {
    const char **keywords;
    const char **values;
};

/**
 * What to connect to `database` with: the configured parameters, UTF-8 as client encoding, and
 * "pgclone" as application name unless another is set. Borrows from `url` and `database`, which
 * must outlive it; free with url_connection_release().
 */
void url_connection_init(const struct url *url, const char *database, struct url_connection *out);

void url_connection_release(struct url_connection *connection);

/**
 * Milliseconds to wait for a connection: connect_timeout where it is set (as libpq has it: whole
 * seconds, at least 2, 0 for no limit, which is an hour here), else 10 s.
 */
int url_connect_timeout_ms(const struct url *url);

void url_release(struct url *url);

#endif
