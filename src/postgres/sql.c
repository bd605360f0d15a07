#include "pgclone/postgres/sql.h"

#include <string.h>
#include <strings.h>

const char sql_session_reset[] = "RESET ALL; SELECT pg_advisory_unlock_all()";

void sql_identifier(struct strbuf *out, const char *name)
{
    strbuf_add_char(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            strbuf_add_char(out, '"');
        strbuf_add_char(out, *name);
    }
    strbuf_add_char(out, '"');
}

void sql_literal(struct strbuf *out, const char *text)
{
    /* Only the E'' form reads a backslash the same under every setting, as in libpq's own. */
    if (strchr(text, '\\') != NULL)
        strbuf_add(out, " E");
    strbuf_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            strbuf_add_char(out, *text);
        strbuf_add_char(out, *text);
    }
    strbuf_add_char(out, '\'');
}

/* `before` name `after`: the shape of most statements. */
static void sql_add_named(struct strbuf *out, const char *before, const char *name,
                          const char *after)
{
    strbuf_add(out, before);
    sql_identifier(out, name);
    strbuf_add(out, after);
}

const char sql_clone_files[] = "SET file_copy_method = clone";
const char sql_try_clone_files[] = "SELECT set_config('file_copy_method', 'clone', true)";
const char sql_reset_commit[] = "RESET synchronous_commit";

char *sql_create_database(const struct sql_create *create)
{
    struct strbuf out = {0};

    sql_add_named(&out, "CREATE DATABASE ", create->name, "");
    sql_add_named(&out, " TEMPLATE ", create->template_name, "");
    if (create->strategy != NULL)
        strbuf_printf(&out, " STRATEGY %s", create->strategy);
    if (create->owner != NULL)
        sql_add_named(&out, " OWNER ", create->owner, "");
    return strbuf_take(&out);
}

char *sql_comment(const char *database, const char *comment)
{
    struct strbuf out = {0};

    sql_add_named(&out, "COMMENT ON DATABASE ", database, " IS ");
    sql_literal(&out, comment);
    return strbuf_take(&out);
}

char *sql_rename(const char *database, const char *new_name)
{
    struct strbuf out = {0};

    sql_add_named(&out, "ALTER DATABASE ", database, "");
    sql_add_named(&out, " RENAME TO ", new_name, "");
    return strbuf_take(&out);
}

char *sql_drop(const char *database)
{
    struct strbuf out = {0};

    sql_add_named(&out, "DROP DATABASE IF EXISTS ", database, " WITH (FORCE)");
    return strbuf_take(&out);
}

char *sql_drop_unforced(const char *database)
{
    struct strbuf out = {0};

    sql_add_named(&out, "DROP DATABASE IF EXISTS ", database, "");
    return strbuf_take(&out);
}

char *sql_grant_all(const char *database, const char *role)
{
    struct strbuf out = {0};

    sql_add_named(&out, "GRANT ALL PRIVILEGES ON DATABASE ", database, "");
    sql_add_named(&out, " TO ", role, "");
    return strbuf_take(&out);
}

char *sql_revoke_public(const char *database)
{
    struct strbuf out = {0};

    sql_add_named(&out, "REVOKE ALL PRIVILEGES ON DATABASE ", database, " FROM PUBLIC");
    return strbuf_take(&out);
}

char *sql_grant(const char *database, const char *privilege, const char *role, bool grantable)
{
    struct strbuf out = {0};

    strbuf_printf(&out, "GRANT %s", privilege);
    sql_add_named(&out, " ON DATABASE ", database, " TO ");
    if (role != NULL)
        sql_identifier(&out, role);
    else
        strbuf_add(&out, "PUBLIC");
    if (grantable)
        strbuf_add(&out, " WITH GRANT OPTION");
    return strbuf_take(&out);
}

/* The variables that hold a list of quoted names (GUC_LIST_QUOTE; pg_dump has the same list). */
static bool sql_is_list_variable(const char *variable)
{
    static const char *const lists[] = {
        "local_preload_libraries",  "search_path",      "session_preload_libraries",
        "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories",
    };

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcasecmp(lists[i], variable) == 0)
            return true;
    return false;
}

/* Adds the elements of a list as literals: `"$user", public` gives `'$user', 'public'`. */
static void sql_add_list(struct strbuf *out, const char *list)
{
    struct strbuf element OWNED(strbuf_release) = {0};
    bool quoted = false;

    for (; *list != '\0'; list++) {
        if (*list == '"' && quoted && list[1] == '"') {
            strbuf_add_char(&element, '"');
            list++;
        } else if (*list == '"') {
            quoted = !quoted;
        } else if (*list == ',' && !quoted) {
            sql_literal(out, strbuf_text(&element));
            strbuf_add(out, ", ");
            strbuf_clear(&element);
        } else if (quoted || *list != ' ') {
            strbuf_add_char(&element, *list);
        }
    }
    sql_literal(out, strbuf_text(&element));
}

char *sql_set(const char *database, const char *role, const char *variable, const char *value)
{
    struct strbuf out = {0};

    if (role != NULL) {
        sql_add_named(&out, "ALTER ROLE ", role, "");
        sql_add_named(&out, " IN DATABASE ", database, "");
    } else {
        sql_add_named(&out, "ALTER DATABASE ", database, "");
    }
    strbuf_add(&out, " SET ");
    /* A custom variable's name may have several parts: "app.mode". */
    for (const char *part = variable;;) {
        size_t length = strcspn(part, ".");
        struct strbuf name OWNED(strbuf_release) = {0};

        strbuf_add_bytes(&name, part, length);
        sql_identifier(&out, strbuf_text(&name));
        if (part[length] == '\0')
            break;
        strbuf_add_char(&out, '.');
        part += length + 1;
    }
    strbuf_add(&out, " TO ");
    if (sql_is_list_variable(variable))
        sql_add_list(&out, value);
    else
        sql_literal(&out, value);
    return strbuf_take(&out);
}

char *sql_connection_limit(const char *database, int limit)
{
    struct strbuf out = {0};

    sql_add_named(&out, "ALTER DATABASE ", database, "");
    strbuf_printf(&out, " CONNECTION LIMIT %d", limit);
    return strbuf_take(&out);
}
