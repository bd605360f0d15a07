/* What runs a project's tests. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/init_found.h"

static bool runner_is(struct init_found *out, const char *name)
{
    out->runner = name;
    return true;
}

static bool runner_find_xdist(const struct init_folder *folder, struct init_found *out)
{
    static const char *const files[] = {"pyproject.toml",
                                        "requirements.txt",
                                        "requirements-dev.txt",
                                        "requirements-test.txt",
                                        "dev-requirements.txt",
                                        "requirements/dev.txt",
                                        "requirements/test.txt",
                                        "requirements/local.txt",
                                        "setup.cfg",
                                        "setup.py",
                                        "tox.ini",
                                        "Pipfile",
                                        NULL};

    return init_first(folder, files, "pytest-xdist") != NULL && runner_is(out, "pytest-xdist");
}

/* Without xdist: its own runner can do several at a time. */
static bool runner_find_django(const struct init_folder *folder, struct init_found *out)
{
    return init_mentions(folder, "manage.py", "DJANGO_SETTINGS_MODULE") && runner_is(out, "django");
}

static bool runner_find_nextest(const struct init_folder *folder, struct init_found *out)
{
    return (init_has_file(folder, ".config/nextest.toml") ||
            init_mentions(folder, "Cargo.toml", "nextest")) &&
           runner_is(out, "nextest");
}

static bool runner_find_parallel_tests(const struct init_folder *folder, struct init_found *out)
{
    return init_mentions(folder, "Gemfile", "parallel_tests") && runner_is(out, "parallel-tests");
}

static bool runner_find_mix(const struct init_folder *folder, struct init_found *out)
{
    return init_has_file(folder, "mix.exs") && runner_is(out, "mix");
}

/* ------------------------------------------------------------------------------------------ JSON
 */

static void *runner_allocate(size_t size)
{
    return memory_new(1, size);
}

static void runner_free_json(json_t **root)
{
    json_decref(*root);
}

static json_t *runner_read_json(const struct init_folder *folder, const char *name)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    json_set_alloc_funcs(runner_allocate, free);
    return init_read(folder, name, &text) ? json_loads(strbuf_text(&text), 0, NULL) : NULL;
}

/* Whether one of these objects of the file has the package as a key. */
static bool runner_depends(const json_t *root, const char *const *groups, const char *package)
{
    for (; *groups != NULL; groups++)
        if (json_object_get(json_object_get(root, *groups), package) != NULL)
            return true;
    return false;
}

/* Whether the word begins one of the script's: "jest" in "cross-env CI=1 jest --ci". */
static bool runner_runs(const char *script, const char *word)
{
    const char *at = script;

    while (at != NULL && (at = strstr(at, word)) != NULL) {
        char after = at[strlen(word)];

        if ((at == script || strchr(" /;&\"'", at[-1]) != NULL) && strchr(" ;&\"'", after) != NULL)
            return true;
        at++;
    }
    return false;
}

/* What the script for tests calls comes before what is only installed. */
static const char *runner_of_package(const json_t *root)
{
    static const char *const names[] = {"vitest", "jest", "mocha", NULL};
    static const char *const groups[] = {"devDependencies", "dependencies", NULL};
    const char *script =
        json_string_value(json_object_get(json_object_get(root, "scripts"), "test"));

    for (const char *const *name = names; *name != NULL; name++)
        if (runner_runs(script, *name))
            return *name;
    for (const char *const *name = names; *name != NULL; name++)
        if (runner_depends(root, groups, *name))
            return *name;
    return NULL;
}

static bool runner_find_node(const struct init_folder *folder, struct init_found *out)
{
    json_t *root OWNED(runner_free_json) = runner_read_json(folder, "package.json");

    out->runner = runner_of_package(root);
    return out->runner != NULL;
}

static bool runner_find_php(const struct init_folder *folder, struct init_found *out)
{
    static const char *const groups[] = {"require-dev", "require", NULL};
    json_t *root OWNED(runner_free_json) = runner_read_json(folder, "composer.json");

    return (runner_depends(root, groups, "brianium/paratest") ||
            runner_depends(root, groups, "phpunit/phpunit")) &&
           runner_is(out, "paratest");
}

static const struct init_detector rows[] = {
    {"pytest-xdist", runner_find_xdist},
    {"a runner in package.json", runner_find_node},
    {"nextest", runner_find_nextest},
    {"PHPUnit or paratest (composer.json)", runner_find_php},
    {"parallel_tests (Gemfile)", runner_find_parallel_tests},
    {"mix (mix.exs)", runner_find_mix},
    {"Django's test runner", runner_find_django},
};

const struct init_detector *init_runner_at(size_t index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}
