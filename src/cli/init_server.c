/* Where a project says which server it uses. Passwords are left where they are. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"
#include "pgclone/cli/init_found.h"
#include "pgclone/postgres/url.h"

static const char variable[] = "DATABASE_URL";

/* A parameter that stood in the URL, and not in libpq's own variables. */
static const char *server_parameter(const struct url *url, const char *keyword)
{
    for (size_t i = 0; i < url->count; i++)
        if (url->parameters[i].configured && strcmp(url->parameters[i].keyword, keyword) == 0)
            return url->parameters[i].value;
    return NULL;
}

static void server_add(struct strbuf *out, const char *before, const char *value, const char *after)
{
    if (value == NULL || value[0] == '\0')
        return;
    strbuf_add(out, before);
    strbuf_add_encoded(out, value, strlen(value), "");
    strbuf_add(out, after);
}

/* Only scheme, user, host, port and database: a query may hold secrets, too. */
static char *server_without_secrets(const struct url *url)
{
    const char *host = server_parameter(url, "host");
    bool is_socket = host != NULL && host[0] == '/';
    struct strbuf out = {0};

    strbuf_printf(&out, "%s://", url->scheme);
    server_add(&out, "", server_parameter(url, "user"), "@");
    if (!is_socket)
        server_add(&out, "", host, "");
    server_add(&out, ":", server_parameter(url, "port"), "");
    server_add(&out, "/", server_parameter(url, "dbname"), "");
    if (is_socket)
        server_add(&out, "?host=", host, "");
    return strbuf_take(&out);
}

/* False for a URL of another kind of server, and for what is not whole without other variables. */
static bool server_take_url(const char *text, struct init_found *out)
{
    struct url url OWNED(url_release) = {0};
    const char *database;

    if (strstr(text, "://") == NULL || strpbrk(text, "$\n") != NULL || !url_parse(text, &url, NULL))
        return false;
    database = server_parameter(&url, "dbname");
    out->has_variable = true;
    out->server = server_without_secrets(&url);
    if (database != NULL && utf8_is_valid(database) && !utf8_has_control(database))
        out->database = memory_copy_string(database);
    return true;
}

static bool server_find_variable(const struct init_folder *folder, struct init_found *out)
{
    const char *value = getenv(variable);

    (void)folder;
    return value != NULL && server_take_url(value, out);
}

/* A line of `.env`, which shells read as well: `export DATABASE_URL="…"`. */
static bool server_find_env_file(const struct init_folder *folder, struct init_found *out)
{
    static const char *const names[] = {".env.test", ".env", ".env.example", NULL};
    static const char before[] = "export ";
    struct strbuf line OWNED(strbuf_release) = {0};
    size_t indent;

    for (const char *const *name = names; *name != NULL; name++) {
        struct strbuf text OWNED(strbuf_release) = {0};
        const char *at;

        if (!init_read(folder, *name, &text))
            continue;
        at = strbuf_text(&text);
        while (init_next_line(&at, &line, &indent)) {
            bool exported = strncmp(strbuf_text(&line), before, strlen(before)) == 0;
            char *value OWNED(memory_free_string) =
                init_value(strbuf_text(&line) + (exported ? strlen(before) : 0), variable);

            if (value != NULL && server_take_url(value, out))
                return true;
        }
    }
    return false;
}

/* --------------------------------------------------------------------------------------- compose
 */

/* What a compose file says of a service, as far as it is known. */
struct server_service {
    size_t indent; /* of its keys */
    bool is_postgres;
    char *user;
    char *database;
    char *port;
};

static void server_service_release(struct server_service *service)
{
    free(service->user);
    free(service->database);
    free(service->port);
    *service = (struct server_service){0};
}

static bool server_is_image(const char *image)
{
    static const char *const images[] = {"postgres",
                                         "postgis/postgis",
                                         "pgvector/pgvector",
                                         "timescale/timescaledb",
                                         "timescale/timescaledb-ha",
                                         "bitnami/postgresql"};

    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
        size_t length = strlen(images[i]);

        if (strncmp(image, images[i], length) == 0 &&
            (image[length] == '\0' || strchr(":@", image[length]) != NULL))
            return true;
    }
    return false;
}

/* Values that other variables make are not known. */
static void server_keep(char **slot, char *value)
{
    if (value != NULL && value[0] != '\0' && strchr(value, '$') == NULL && !utf8_has_control(value))
        memory_replace_string(slot, value);
    free(value);
}

/* `"127.0.0.1:5433:5432"`, `5433:5432`: the one before the container's own. */
static void server_read_port(const char *text, struct server_service *service)
{
    static const char inner[] = ":5432";
    const char *end = strstr(text, inner);
    const char *begin = end;
    struct strbuf port OWNED(strbuf_release) = {0};

    if (end == NULL)
        return;
    while (begin > text && isdigit((unsigned char)begin[-1]))
        begin--;
    strbuf_add_bytes(&port, begin, (size_t)(end - begin));
    if (port.length > 0 && port.length <= 5)
        memory_replace_string(&service->port, strbuf_text(&port));
}

static void server_read_line(const char *line, struct server_service *service)
{
    static const char ports[] = "ports:";
    struct strbuf item OWNED(strbuf_release) = {0};
    char *image = init_value(line, "image");

    if (image != NULL && server_is_image(image))
        service->is_postgres = true;
    free(image);
    if (line[0] == '-' || strncmp(line, ports, strlen(ports)) == 0)
        server_read_port(line, service);
    if (line[0] == '-') { /* an item may be in quotes as a whole */
        line++;
        line += strspn(line, " \"'");
        strbuf_add_bytes(&item, line, strcspn(line, "\"'"));
        line = strbuf_text(&item);
    }
    server_keep(&service->user, init_value(line, "POSTGRES_USER"));
    server_keep(&service->database, init_value(line, "POSTGRES_DB"));
}

static void server_take_service(const struct server_service *service, struct init_found *out)
{
    const char *user = service->user != NULL ? service->user : "postgres";
    const char *database = service->database != NULL ? service->database : user;
    struct strbuf url = {0};

    strbuf_add(&url, "postgresql://");
    server_add(&url, "", user, "@localhost");
    server_add(&url, ":", service->port, "");
    server_add(&url, "/", database, "");
    out->server = strbuf_take(&url);
    out->database = memory_copy_string(database);
}

/* A service's lines are those that are indented deeper than its name. */
static bool server_read_compose(const char *at, struct init_found *out)
{
    struct server_service service OWNED(server_service_release) = {0};
    struct strbuf line OWNED(strbuf_release) = {0};
    size_t services = SIZE_MAX; /* the indentation of services' names */
    size_t indent;
    bool within = false;

    while (init_next_line(&at, &line, &indent)) {
        const char *text = strbuf_text(&line);

        if (text[0] == '\0' || text[0] == '#')
            continue;
        if (indent == 0) {
            within = strcmp(text, "services:") == 0;
            services = SIZE_MAX;
        } else if (within && (services == SIZE_MAX || indent <= services)) {
            if (service.is_postgres)
                break;
            services = indent;
            server_service_release(&service);
        } else if (within) {
            server_read_line(text, &service);
        }
    }
    if (service.is_postgres)
        server_take_service(&service, out);
    return service.is_postgres;
}

static bool server_find_compose(const struct init_folder *folder, struct init_found *out)
{
    static const char *const names[] = {"compose.yaml", "compose.yml", "docker-compose.yml",
                                        "docker-compose.yaml", NULL};

    for (const char *const *name = names; *name != NULL; name++) {
        struct strbuf text OWNED(strbuf_release) = {0};

        if (init_read(folder, *name, &text) && server_read_compose(strbuf_text(&text), out))
            return true;
    }
    return false;
}

static const struct init_detector rows[] = {
    {"DATABASE_URL in the environment", server_find_variable},
    {"DATABASE_URL in .env", server_find_env_file},
    {"a PostgreSQL service in the compose file", server_find_compose},
};

const struct init_detector *init_server_at(size_t index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}
