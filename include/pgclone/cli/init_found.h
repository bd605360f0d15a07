/* What `init` has found in a project's folder. */
#ifndef PGCLONE_CLI_INIT_FOUND_H
#define PGCLONE_CLI_INIT_FOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/strings.h"
#include "pgclone/cli/init_folder.h"

struct init_found {
    /* How the schema is made: of several ways the first that is found. */
    const char *schema;    /**< "Django"; static; NULL: nothing was found */
    struct strings sql;    /**< files */
    char *command;         /**< for a shell; NULL: none */
    struct strings inputs; /**< what the command reads */
    const char *advice;    /**< a sentence for the file; static, or NULL */

    /* The server. */
    char *server;      /**< a URL without a password; NULL: it is not known */
    bool has_variable; /**< DATABASE_URL says it, at least at times */
    char *database;    /**< what the application calls its database; NULL: not known */

    /* The tests. */
    const char *runner; /**< as the setting has it; static; NULL: not known */

    struct strings notes; /**< for people, "Django (manage.py)" */
};

/** A way to find something: false where the folder does not show it. */
struct init_detector {
    const char *name; /**< what is looked for: "Django" */
    bool (*find)(const struct init_folder *folder, struct init_found *out);
};

/** How schemas are made; the rows in order of preference. NULL behind the last. */
const struct init_detector *init_schema_at(size_t index);
/** Where servers are configured. */
const struct init_detector *init_server_at(size_t index);
/** What runs tests. */
const struct init_detector *init_runner_at(size_t index);

/** Finds all there is. `out` must be empty. */
void init_find(const struct init_folder *folder, struct init_found *out);

/** Notes a path, where it is there. */
void init_add_input(const struct init_folder *folder, struct init_found *out, const char *name);

void init_found_release(struct init_found *found);

#endif
