#include "pgclone/postgres/url.h"

#include <string.h>

#include "pgclone/base/strbuf.h"

static void url_add_user(const struct url *url, enum url_password password, struct strbuf *out)
{
    const char *user = url_get(url, "user");
    const char *secret = url_get(url, "password");

    if (user == NULL && secret == NULL)
        return;
    if (user != NULL)
        strbuf_add_encoded(out, user, strlen(user), "");
    if (secret != NULL) {
        strbuf_add_char(out, ':');
        if (password == URL_PASSWORD_MASKED)
            strbuf_add(out, "***");
        else
            strbuf_add_encoded(out, secret, strlen(secret), "");
    }
    strbuf_add_char(out, '@');
}

/* Socket folders ("/…", and "@…" for abstract ones) and unnamed hosts cannot stand before the path.
 */
static bool url_hosts_fit_authority(const char *hosts)
{
    if (hosts == NULL)
        return false;
    for (const char *host = hosts;; host++) {
        size_t length = strcspn(host, ",");

        if (length == 0 || host[0] == '/' || host[0] == '@')
            return false;
        host += length;
        if (*host == '\0')
            return true;
    }
}

/* Adds `host:port,…`. A single port holds for all hosts, as in libpq. */
static void url_add_hosts(const char *hosts, const char *ports, struct strbuf *out)
{
    bool one_port = ports != NULL && strchr(ports, ',') == NULL;
    const char *port = ports;

    for (const char *host = hosts;;) {
        size_t length = strcspn(host, ",");
        size_t port_length = port != NULL ? strcspn(port, ",") : 0;
        bool address = memchr(host, ':', length) != NULL; /* IPv6 */

        strbuf_add(out, address ? "[" : "");
        strbuf_add_encoded(out, host, length, address ? ":" : "");
        strbuf_add(out, address ? "]" : "");
        if (port_length > 0)
            strbuf_printf(out, ":%.*s", (int)port_length, port);
        if (host[length] == '\0')
            return;
        strbuf_add_char(out, ',');
        host += length + 1;
        if (port != NULL && !one_port)
            port += port_length + (port[port_length] == ',');
    }
}

static bool url_is_in_query(const char *keyword, bool hosts_in_authority)
{
    /* The service's own values stand in the URL, so that drivers without libpq can use it. */
    static const char *const elsewhere[] = {"user", "password", "dbname", "service",
                                            "fallback_application_name"};

    if (strcmp(keyword, "host") == 0 || strcmp(keyword, "port") == 0)
        return !hosts_in_authority;
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (strcmp(keyword, elsewhere[i]) == 0)
            return false;
    return true;
}

char *url_for_database(const struct url *url, const char *database, enum url_password password)
{
    struct strbuf out OWNED(strbuf_release) = {0};
    const char *hosts = url_get(url, "host");
    bool hosts_in_authority = url_hosts_fit_authority(hosts);
    char separator = '?';

    strbuf_printf(&out, "%s://", url->scheme);
    url_add_user(url, password, &out);
    if (hosts_in_authority)
        url_add_hosts(hosts, url_get(url, "port"), &out);
    strbuf_add_char(&out, '/');
    strbuf_add_encoded(&out, database, strlen(database), "");
    for (size_t i = 0; i < url->count; i++) {
        const struct url_parameter *parameter = &url->parameters[i];

        if (!url_is_in_query(parameter->keyword, hosts_in_authority))
            continue;
        strbuf_printf(&out, "%c%s=", separator, parameter->keyword);
        separator = '&';
        if (parameter->secret && password == URL_PASSWORD_MASKED)
            strbuf_add(&out, "***");
        else
            strbuf_add_encoded(&out, parameter->value, strlen(parameter->value), "");
    }
    return strbuf_take(&out);
}
