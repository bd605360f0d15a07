#include "pgclone/postgres/sql.h"

#include <string.h>
#include <strings.h>

#include "pgclone/base/memory.h"

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

void sql_vadd(struct strbuf *out, const char *format, va_list args)
{
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            strbuf_add_char(out, *format);
            continue;
        }
        format++;
        if (*format == 'I')
            sql_identifier(out, va_arg(args, const char *));
        else if (*format == 'L')
            sql_literal(out, va_arg(args, const char *));
        else
            strbuf_add(out, va_arg(args, const char *));
    }
}

void sql_add(struct strbuf *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    sql_vadd(out, format, args);
    va_end(args);
}

/* The same as a statement of its own. */
static char *sql_text(const char *format, ...)
{
    struct strbuf out = {0};
    va_list args;

    va_start(args, format);
    sql_vadd(&out, format, args);
    va_end(args);
    return strbuf_take(&out);
}

const char sql_clone_files[] = "SET file_copy_method = clone";
const char sql_try_clone_files[] = "SELECT set_config('file_copy_method', 'clone', true)";
const char sql_reset_commit[] = "RESET synchronous_commit";

char *sql_create_database(const struct sql_create *create)
{
    struct strbuf out = {0};

    sql_add(&out, "CREATE DATABASE %I TEMPLATE %I", create->name, create->template_name);
    if (create->strategy != NULL)
        sql_add(&out, " STRATEGY %s", create->strategy);
    if (create->owner != NULL)
        sql_add(&out, " OWNER %I", create->owner);
    return strbuf_take(&out);
}

char *sql_comment(const char *database, const char *comment)
{
    return sql_text("COMMENT ON DATABASE %I IS %L", database, comment);
}

char *sql_rename(const char *database, const char *new_name)
{
    return sql_text("ALTER DATABASE %I RENAME TO %I", database, new_name);
}

char *sql_allow_connections(const char *database, bool allowed)
{
    return sql_text("ALTER DATABASE %I ALLOW_CONNECTIONS %s", database, allowed ? "true" : "false");
}

/* RENAME looks for sessions itself, but naps for 100 ms between two looks. A session leaves the
 * list of activity right before it leaves the one that RENAME looks at. One that we may not end, a
 * superuser's, may be leaving by itself: only when it is there after half a second is that an
 * error. */
char *sql_end_sessions(const char *database)
{
    char *body OWNED(memory_free_string) =
        sql_text("DECLARE leaving int[]; BEGIN "
                 "SELECT array_agg(s.pid) INTO leaving FROM pg_stat_get_activity(NULL) s "
                 "JOIN pg_database d ON d.oid = s.datid "
                 "WHERE d.datname = %L AND s.usesysid IS NOT NULL; "
                 "FOR i IN 1..coalesce(cardinality(leaving), 0) LOOP "
                 "BEGIN PERFORM pg_terminate_backend(leaving[i]); "
                 "EXCEPTION WHEN insufficient_privilege THEN NULL; END; END LOOP; "
                 "FOR i IN 1..20000 LOOP PERFORM pg_stat_clear_snapshot(); "
                 "EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_get_activity(NULL) "
                 "WHERE pid = ANY(leaving)); "
                 "IF i = 1000 THEN PERFORM pg_terminate_backend(pid) "
                 "FROM pg_stat_get_activity(NULL) WHERE pid = ANY(leaving); END IF; "
                 "PERFORM pg_sleep(0.0005); END LOOP; END",
                 database);

    return sql_text("DO %L", body); /* no name can end a literal, but it could a $tag$ */
}

/* Several statements in one message are one transaction. */
char *sql_rename_and_comment(const char *database, const char *new_name, const char *comment)
{
    return sql_text("ALTER DATABASE %I RENAME TO %I; COMMENT ON DATABASE %I IS %L", database,
                    new_name, new_name, comment);
}

char *sql_swap(const char *database, const char *old, const char *spare, const char *comment)
{
    char *arrival OWNED(memory_free_string) = sql_rename_and_comment(spare, database, comment);

    return sql_text("ALTER DATABASE %I RENAME TO %I; %s", database, old, arrival);
}

char *sql_drop(const char *database)
{
    return sql_text("DROP DATABASE IF EXISTS %I WITH (FORCE)", database);
}

char *sql_drop_unforced(const char *database)
{
    return sql_text("DROP DATABASE IF EXISTS %I", database);
}

char *sql_grant_all(const char *database, const char *role)
{
    return sql_text("GRANT ALL PRIVILEGES ON DATABASE %I TO %I", database, role);
}

char *sql_revoke_public(const char *database)
{
    return sql_text("REVOKE ALL PRIVILEGES ON DATABASE %I FROM PUBLIC", database);
}

char *sql_grant(const char *database, const char *privilege, const char *role, bool grantable)
{
    struct strbuf out = {0};

    sql_add(&out, "GRANT %s ON DATABASE %I TO ", privilege, database);
    sql_add(&out, role != NULL ? "%I" : "PUBLIC", role);
    strbuf_add(&out, grantable ? " WITH GRANT OPTION" : "");
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

    if (role != NULL)
        sql_add(&out, "ALTER ROLE %I IN DATABASE %I SET ", role, database);
    else
        sql_add(&out, "ALTER DATABASE %I SET ", database);
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

    sql_add(&out, "ALTER DATABASE %I CONNECTION LIMIT ", database);
    strbuf_printf(&out, "%d", limit);
    return strbuf_take(&out);
}

char *sql_role_password(const char *role, const char *verifier)
{
    return verifier != NULL ? sql_text("ALTER ROLE %I PASSWORD %L", role, verifier)
                            : sql_text("ALTER ROLE %I PASSWORD NULL", role);
}
