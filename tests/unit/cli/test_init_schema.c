/* How a project makes its schema: small folders. */
// links: scratch_folder.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/cli/init_found.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    clean_environment();
    (void)unsetenv("DATABASE_URL");
    return scratch_setup(state);
}

static struct init_folder here(void)
{
    return (struct init_folder){.path = scratch_folder()};
}

struct schema_case {
    const char *tree;
    const char *schema;
    const char *command; /* the whole of it; NULL: none */
    const char *inputs;  /* or files of SQL, with a space between them */
};

static const struct schema_case cases[] = {
    {"manage.py=\"DJANGO_SETTINGS_MODULE\";shop/;shop/migrations/;uv.lock=1;", "Django",
     "python manage.py migrate --noinput", "shop/migrations manage.py uv.lock"},
    {"config/;config/database.yml=a;db/;db/migrate/;bin/;bin/rails=x;", "Rails",
     "RAILS_ENV=test bin/rails db:schema:load", "db/migrate"},
    {"config/;config/database.yml=a;db/;db/structure.sql=x;", "Rails",
     "RAILS_ENV=test bundle exec rails db:schema:load", "db/structure.sql"},
    {"alembic.ini=script_location = %(here)s/revisions;revisions/;", "Alembic",
     "alembic upgrade head", "revisions alembic.ini"},
    {"alembic.ini=script_location = gone;", "Alembic", "alembic upgrade head", "alembic.ini"},
    {"prisma/;prisma/schema.prisma=x;prisma/migrations/;", "Prisma", "npx prisma migrate deploy",
     "prisma"},
    {"prisma/;prisma/schema.prisma=x;", "Prisma", "npx prisma db push --skip-generate", "prisma"},
    {"mix.exs={:ecto_sql};priv/;priv/repo/;", "Ecto", "MIX_ENV=test mix ecto.migrate", "priv/repo"},
    {"diesel.toml=x;migrations/;", "Diesel", "diesel migration run", "migrations diesel.toml"},
    {"Cargo.toml=sqlx = 1;migrations/;", "sqlx", "sqlx migrate run", "migrations"},
    {"go.mod=require github.com/pressly/goose/v3;db/;db/migrations/;", "goose",
     "goose -dir db/migrations postgres \"$DATABASE_URL\" up", "db/migrations"},
    {"go.mod=require github.com/golang-migrate/migrate/v4;migrations/;", "golang-migrate",
     "migrate -path migrations -database \"$DATABASE_URL\" up", "migrations"},
    {"flyway.conf=x;sql/;", "Flyway",
     "flyway -url=\"jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE\" -user=\"$PGUSER\" "
     "-password=\"$PGPASSWORD\" migrate",
     "flyway.conf sql"},
    {"liquibase.properties=x;", "Liquibase",
     "liquibase --url=\"jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE\" --username=\"$PGUSER\" "
     "--password=\"$PGPASSWORD\" update",
     "liquibase.properties"},
    {"db/;db/structure.sql=x;", "SQL", NULL, "db/structure.sql"},
    /* Nothing of the kind. */
    {"manage.py=print(1);mix.exs=x;go.mod=x;migrations/;Cargo.toml=x;", NULL, NULL, ""},
    {"migrations/;", NULL, NULL, ""},
    {"", NULL, NULL, ""},
};

static void assert_joined(const struct strings *list, const char *expected)
{
    struct strbuf out OWNED(strbuf_release) = {0};

    for (size_t i = 0; i < list->count; i++)
        strbuf_printf(&out, "%s%s", i > 0 ? " " : "", list->items[i]);
    assert_string_equal(strbuf_text(&out), expected);
}

static void check_case(const struct schema_case *one)
{
    const struct init_folder folder = here();
    struct init_found found OWNED(init_found_release) = {0};

    scratch_make_tree(one->tree);
    init_find(&folder, &found);
    if (one->schema == NULL)
        assert_null(found.schema);
    else
        assert_string_equal(found.schema, one->schema);
    if (one->command == NULL)
        assert_null(found.command);
    else
        assert_string_equal(found.command, one->command);
    assert_joined(found.sql.count > 0 ? &found.sql : &found.inputs, one->inputs);
}

static void test_schemas(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(setup(state), 0);
        check_case(&cases[i]);
        assert_int_equal(scratch_teardown(state), 0);
    }
}

/* Each row of the table is found in some folder above. */
static void test_rows(void **state)
{
    size_t rows = 0;
    (void)state;

    while (init_schema_at(rows) != NULL)
        rows++;
    assert_int_equal(rows, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemas),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
