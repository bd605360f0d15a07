#include "pgclone/cli/init_text.h"

#include <ctype.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"

/* So long that "_", a fingerprint, and a worker's or a run's id fit behind it. */
static const size_t longest_name = 40;

/* Text without control characters: what has some was passed by. */
void init_text_quote(struct strbuf *out, const char *text)
{
    strbuf_add_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_add_char(out, '\\');
        /* `${` begins a variable, and `$$` is one sign; any other stands for itself. */
        if (*text == '$' && (text[1] == '{' || text[1] == '$'))
            strbuf_add_char(out, '$');
        strbuf_add_char(out, *text);
    }
    strbuf_add_char(out, '"');
}

/* A name of letters, digits and underscores. */
static char *text_make_name(const char *project)
{
    struct strbuf out = {0};

    for (; *project != '\0' && out.length < longest_name; project++)
        if (isalnum((unsigned char)*project))
            strbuf_add_char(&out, (char)tolower((unsigned char)*project));
        else if (out.length > 0 && out.data[out.length - 1] != '_')
            strbuf_add_char(&out, '_');
    if (out.length == 0)
        strbuf_add(&out, "app");
    return strbuf_take(&out);
}

/* The application's own database where it is one, and can be a template. */
static char *text_template(const struct init_found *found, const char *project)
{
    const char *own = found->database;

    if (own == NULL || own[0] == '\0' || strlen(own) > longest_name ||
        strcmp(own, IDENTITY_MAINTENANCE_DATABASE) == 0 ||
        strcmp(own, IDENTITY_EMPTY_DATABASE) == 0)
        return text_make_name(project);
    return memory_copy_string(own);
}

static void text_add_server(const struct init_found *found, struct strbuf *out)
{
    strbuf_add(out,
               "# The server, and the database that your application is configured with. A "
               "password does\n# not belong here: PGPASSWORD, ~/.pgpass, or the variable below "
               "has it.\n");
    if (found->server == NULL) {
        strbuf_add(out, "# server: postgresql://user@localhost/database\n\n");
        return;
    }
    strbuf_add(out, "server: ");
    if (found->has_variable) /* the default is encoded, so that no sign of it means anything here */
        strbuf_printf(out, "\"${DATABASE_URL:-%s}\"", found->server);
    else
        init_text_quote(out, found->server);
    strbuf_add(out, "\n\n");
}

static void text_add_template(const struct init_found *found, const char *project,
                              struct strbuf *out)
{
    char *name OWNED(memory_free_string) = text_template(found, project);
    bool known = found->schema != NULL || found->database != NULL;

    strbuf_add(out, found->schema != NULL
                        ? "# What the template is called: this, and a fingerprint of what it was "
                          "built from.\n"
                        : "# The database that every worker gets a copy of: with the schema in it, "
                          "and nobody\n# connected to it. Without one the workers' databases are "
                          "empty.\n");
    strbuf_add(out, known ? "template: " : "# template: ");
    init_text_quote(out, name);
    strbuf_add(out, "\n\n");
}

static void text_add_runner(const struct init_found *found, struct strbuf *out)
{
    strbuf_add(out, "# What runs the tests, which says how workers are called, and how many there "
                    "are.\n");
    if (found->runner != NULL)
        strbuf_printf(out, "runner: %s\nworkers: auto\n\n", found->runner);
    else
        strbuf_add(out, "# runner: pytest-xdist\nworkers: auto\n\n");
}

static void text_add_list(const char *key, const struct strings *list, struct strbuf *out)
{
    if (list->count == 0)
        return;
    strbuf_printf(out, "  %s:\n", key);
    for (size_t i = 0; i < list->count; i++) {
        strbuf_add(out, "    - ");
        init_text_quote(out, list->items[i]);
        strbuf_add_char(out, '\n');
    }
}

static void text_add_build(const struct init_found *found, struct strbuf *out)
{
    if (found->schema == NULL) {
        strbuf_add(out, "# How the template is built, once for each content of these files: SQL "
                        "files, or a command\n# and what it reads (docs/recipes/templates.md).\n"
                        "# build:\n#   sql: [schema.sql]\n");
        return;
    }
    strbuf_printf(out,
                  "# How the template is built, once for each content of these files: as %s does "
                  "it.\n",
                  found->schema);
    if (found->advice != NULL)
        strbuf_printf(out, "# %s\n", found->advice);
    strbuf_add(out, "build:\n");
    text_add_list("sql", &found->sql, out);
    if (found->command != NULL) {
        strbuf_add(out, "  command: ");
        init_text_quote(out, found->command);
        strbuf_add_char(out, '\n');
        strbuf_add(out, "  # Whatever the result depends on: what is forgotten leaves an old "
                        "template in use.\n");
    }
    text_add_list("inputs", &found->inputs, out);
}

void init_text(const struct init_found *found, const char *project, struct strbuf *out)
{
    strbuf_add(out,
               "# Settings of pgclone: a PostgreSQL database for every test worker. \"pgclone "
               "doctor\" says\n# whether they work, \"pgclone create --help\" what else can be "
               "set.\n\n");
    text_add_server(found, out);
    text_add_template(found, project, out);
    text_add_runner(found, out);
    text_add_build(found, out);
}
