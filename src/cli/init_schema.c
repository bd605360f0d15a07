/* How a project makes its schema. The commands are those of docs/recipes/templates.md. */
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/init_found.h"

static const char reads_url[] =
    "The command finds the database to fill in DATABASE_URL, PGHOST, PGDATABASE and so on: your\n"
    "# project's settings must read one of these.";

static bool schema_is(struct init_found *out, const char *name, const char *command)
{
    out->schema = name;
    out->command = memory_copy_string(command);
    out->advice = reads_url;
    return true;
}

/* Adds those of the names that are there. */
static void schema_add_inputs(const struct init_folder *folder, struct init_found *out,
                              const char *const *names)
{
    for (; *names != NULL; names++)
        init_add_input(folder, out, *names);
}

static bool schema_find_django(const struct init_folder *folder, struct init_found *out)
{
    static const char *const inputs[] = {"manage.py", "requirements.txt", "poetry.lock",
                                         "uv.lock",   "Pipfile.lock",     NULL};

    if (!init_mentions(folder, "manage.py", "DJANGO_SETTINGS_MODULE"))
        return false;
    init_find_folders(folder, "migrations", &out->inputs);
    schema_add_inputs(folder, out, inputs);
    return schema_is(out, "Django", "python manage.py migrate --noinput");
}

static bool schema_find_rails(const struct init_folder *folder, struct init_found *out)
{
    static const char *const inputs[] = {"db/schema.rb", "db/structure.sql", "db/migrate",
                                         "Gemfile.lock", NULL};

    if (!init_has_file(folder, "config/database.yml"))
        return false;
    schema_add_inputs(folder, out, inputs);
    return schema_is(out, "Rails",
                     init_has_file(folder, "bin/rails")
                         ? "RAILS_ENV=test bin/rails db:schema:load"
                         : "RAILS_ENV=test bundle exec rails db:schema:load");
}

static bool schema_find_alembic(const struct init_folder *folder, struct init_found *out)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct strbuf line OWNED(strbuf_release) = {0};
    const char *at;
    size_t indent;

    if (!init_read(folder, "alembic.ini", &text))
        return false;
    at = strbuf_text(&text);
    while (init_next_line(&at, &line, &indent)) {
        char *place OWNED(memory_free_string) = init_value(strbuf_text(&line), "script_location");
        static const char here[] = "%(here)s/";

        if (place == NULL)
            continue;
        init_add_input(folder, out,
                       strncmp(place, here, strlen(here)) == 0 ? place + strlen(here) : place);
        break;
    }
    init_add_input(folder, out, "alembic.ini");
    return schema_is(out, "Alembic", "alembic upgrade head");
}

static bool schema_find_prisma(const struct init_folder *folder, struct init_found *out)
{
    if (!init_has_file(folder, "prisma/schema.prisma"))
        return false;
    init_add_input(folder, out, "prisma");
    return schema_is(out, "Prisma",
                     init_has_folder(folder, "prisma/migrations")
                         ? "npx prisma migrate deploy"
                         : "npx prisma db push --skip-generate");
}

static const char *schema_first_folder(const struct init_folder *folder, const char *const *names)
{
    while (*names != NULL && !init_has_folder(folder, *names))
        names++;
    return *names;
}

static bool schema_find_flyway(const struct init_folder *folder, struct init_found *out)
{
    static const char *const files[] = {"flyway.conf", "flyway.toml", "conf/flyway.conf", NULL};
    static const char *const folders[] = {"src/main/resources/db/migration", "db/migration",
                                          "migrations", "sql", NULL};
    static const char *const usual[] = {"src/main/resources/db/migration", NULL};
    const char *file = init_first(folder, files, NULL);
    const char *place = schema_first_folder(folder, file != NULL ? folders : usual);

    if (file == NULL && place == NULL)
        return false;
    if (file != NULL)
        init_add_input(folder, out, file);
    if (place != NULL)
        init_add_input(folder, out, place);
    return schema_is(out, "Flyway",
                     "flyway -url=\"jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE\" "
                     "-user=\"$PGUSER\" -password=\"$PGPASSWORD\" migrate");
}

static bool schema_find_liquibase(const struct init_folder *folder, struct init_found *out)
{
    static const char *const inputs[] = {"liquibase.properties", "changelog",
                                         "src/main/resources/db/changelog", "db/changelog", NULL};

    if (!init_has_file(folder, "liquibase.properties") &&
        !init_has_folder(folder, "src/main/resources/db/changelog"))
        return false;
    schema_add_inputs(folder, out, inputs);
    return schema_is(out, "Liquibase",
                     "liquibase --url=\"jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE\" "
                     "--username=\"$PGUSER\" --password=\"$PGPASSWORD\" update");
}

static bool schema_find_ecto(const struct init_folder *folder, struct init_found *out)
{
    if (!init_mentions(folder, "mix.exs", "ecto") && !init_has_folder(folder, "priv/repo"))
        return false;
    if (!init_has_file(folder, "mix.exs"))
        return false;
    init_add_input(folder, out, "priv/repo");
    init_add_input(folder, out, "mix.lock");
    return schema_is(out, "Ecto", "MIX_ENV=test mix ecto.migrate");
}

static bool schema_find_sqlx(const struct init_folder *folder, struct init_found *out)
{
    if (!init_mentions(folder, "Cargo.toml", "sqlx") || !init_has_folder(folder, "migrations"))
        return false;
    init_add_input(folder, out, "migrations");
    return schema_is(out, "sqlx", "sqlx migrate run");
}

static bool schema_find_diesel(const struct init_folder *folder, struct init_found *out)
{
    if (!init_has_file(folder, "diesel.toml"))
        return false;
    init_add_input(folder, out, "migrations");
    init_add_input(folder, out, "diesel.toml");
    return schema_is(out, "Diesel", "diesel migration run");
}

static const char *const go_folders[] = {"migrations",     "db/migrations",          "db/migration",
                                         "sql/migrations", "internal/db/migrations", NULL};

/* The folder is one of ours: it needs no quotes. */
static bool schema_find_go(const struct init_folder *folder, struct init_found *out,
                           const char *module, const char *name, const char *before,
                           const char *after)
{
    const char *place = schema_first_folder(folder, go_folders);
    struct strbuf command OWNED(strbuf_release) = {0};

    if (place == NULL || !init_mentions(folder, "go.mod", module))
        return false;
    init_add_input(folder, out, place);
    strbuf_printf(&command, "%s%s%s", before, place, after);
    return schema_is(out, name, strbuf_text(&command));
}

static bool schema_find_goose(const struct init_folder *folder, struct init_found *out)
{
    return schema_find_go(folder, out, "pressly/goose", "goose", "goose -dir ",
                          " postgres \"$DATABASE_URL\" up");
}

static bool schema_find_migrate(const struct init_folder *folder, struct init_found *out)
{
    return schema_find_go(folder, out, "golang-migrate/migrate", "golang-migrate", "migrate -path ",
                          " -database \"$DATABASE_URL\" up");
}

static bool schema_find_sql(const struct init_folder *folder, struct init_found *out)
{
    static const char *const files[] = {"schema.sql",
                                        "structure.sql",
                                        "db/schema.sql",
                                        "db/structure.sql",
                                        "sql/schema.sql",
                                        "database/schema.sql",
                                        NULL};
    const char *file = init_first(folder, files, NULL);

    if (file == NULL)
        return false;
    out->schema = "SQL";
    strings_add(&out->sql, file);
    return true;
}

/* Plain SQL is last: a project that has migrations has it as their result. */
static const struct init_detector rows[] = {
    {"Django (manage.py)", schema_find_django},
    {"Rails (config/database.yml)", schema_find_rails},
    {"Alembic (alembic.ini)", schema_find_alembic},
    {"Prisma (prisma/schema.prisma)", schema_find_prisma},
    {"Ecto (mix.exs)", schema_find_ecto},
    {"Diesel (diesel.toml)", schema_find_diesel},
    {"sqlx (Cargo.toml, migrations)", schema_find_sqlx},
    {"goose (go.mod)", schema_find_goose},
    {"golang-migrate (go.mod)", schema_find_migrate},
    {"Flyway", schema_find_flyway},
    {"Liquibase", schema_find_liquibase},
    {"a schema in SQL", schema_find_sql},
};

const struct init_detector *init_schema_at(size_t index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}
