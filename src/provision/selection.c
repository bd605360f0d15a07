#include "pgclone/provision/selection.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/timestamp.h"
#include "pgclone/provision/guard.h"
#include "pgclone/settings/parse.h"
#include "pgclone/settings/runner.h"

/* More projects than these are only counted. */
static const size_t most_projects_named = 3;

/* ------------------------------------------------------------------------------------- judging */

static bool selection_has(const struct strings *list)
{
    return list != NULL && list->count > 0;
}

static bool selection_matches_run(const struct inventory_database *database,
                                  const struct strings *run_ids)
{
    if (!selection_has(run_ids))
        return true;
    return database->marked && database->mark.run != NULL &&
           strings_contain(run_ids, database->mark.run);
}

/* The empty id of parallel-tests is also known as 1, as in its database's name. */
static bool selection_matches_worker(const struct inventory_database *database,
                                     const struct strings *workers)
{
    if (!selection_has(workers))
        return true;
    for (size_t i = 0; database->marked && i < workers->count; i++)
        if (strcmp(runner_worker_label(workers->items[i]),
                   runner_worker_label(database->mark.worker)) == 0)
            return true;
    return false;
}

/* The process of a plain `create` has always ended, so only age can say that nobody wants its
 * databases any more. */
static bool selection_is_stale(const struct inventory_database *database,
                               const struct selection *selection)
{
    time_t created;

    if (database->held)
        return false;
    if (database->scratch || lease_is_of_run(database->lease))
        return true;
    return selection->older_than_s > 0 && database->marked &&
           timestamp_parse(database->mark.created, &created) &&
           selection->now - created >= selection->older_than_s;
}

/* Without a selector nothing is selected, and not everything. */
static bool selection_has_selector(const struct selection *selection)
{
    return selection->all || selection->stale || selection_has(selection->run_ids) ||
           selection_has(selection->workers);
}

/* Templates that were built are dropped by name, or pruned: what is made again in milliseconds goes
 * at the end of the tests, and what takes a build stays for the next ones. */
static bool selection_is_built_template(const struct inventory_database *database)
{
    return database->marked && database->mark.use == MARK_USE_TEMPLATE && !database->scratch;
}

static bool selection_means(const struct inventory_database *database,
                            const struct selection *selection, const char *project)
{
    return selection_has_selector(selection) && (database->marked || database->scratch) &&
           (selection->templates || !selection_is_built_template(database)) &&
           (selection->every_project || inventory_is_of_project(database, project)) &&
           (!selection->stale || selection_is_stale(database, selection)) &&
           selection_matches_run(database, selection->run_ids) &&
           selection_matches_worker(database, selection->workers);
}

enum selection_verdict selection_judge(const struct inventory_database *database,
                                       const struct selection *selection, const char *project)
{
    if (selection_has(selection->names)) {
        if (!strings_contain(selection->names, database->name))
            return SELECTION_IGNORED;
        if (!database->marked && !database->scratch)
            return SELECTION_UNMARKED;
    } else if (!selection_means(database, selection, project)) {
        return SELECTION_IGNORED;
    }
    return database->held && !selection->held && !inventory_is_inside(database, selection->own_run)
               ? SELECTION_HELD
               : SELECTION_TAKEN;
}

/* ------------------------------------------------------------------------------------- finding */

static bool selection_refuse(const struct inventory_database *database, struct error *err)
{
    error_set(err, ERROR_GUARD, "the database \"%s\" was not made by pgclone", database->name);
    return error_hint(err, "It does not carry pgclone's mark; nothing was dropped. Drop it with "
                           "dropdb if you mean it.");
}

/* As people count: gw2 before gw10. What has no mark yet, and so no project, comes last. */
static int selection_order(const void *a, const void *b)
{
    const struct inventory_database *first = ((const struct selected *)a)->database;
    const struct inventory_database *second = ((const struct selected *)b)->database;
    int order = (int)second->marked - (int)first->marked;

    if (order == 0 && first->marked)
        order = strverscmp(first->mark.project, second->mark.project);
    return order != 0 ? order : strverscmp(first->name, second->name);
}

void selected_list_sort(struct selected_list *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, selection_order);
}

bool selection_find(const struct inventory *inventory, const struct selection *selection,
                    const char *project, struct selected_list *out, struct error *err)
{
    out->items = memory_new(inventory->database_count, sizeof *out->items);
    for (size_t i = 0; i < inventory->database_count; i++) {
        const struct inventory_database *database = &inventory->databases[i];
        enum selection_verdict verdict = selection_judge(database, selection, project);

        if (verdict == SELECTION_UNMARKED) {
            selected_list_release(out);
            return selection_refuse(database, err);
        }
        if (verdict != SELECTION_IGNORED)
            out->items[out->count++] = (struct selected){
                .database = database,
                .kept = verdict == SELECTION_HELD ? guard_holder(database) : NULL,
            };
    }
    selected_list_sort(out);
    return true;
}

bool selection_could_grow(const struct inventory *inventory, const struct selection *selection,
                          const char *project, int64_t own_key)
{
    for (size_t i = 0; i < inventory->database_count; i++) {
        struct inventory_database freed = inventory->databases[i];

        freed.held = false;
        if (selection_judge(&inventory->databases[i], selection, project) != SELECTION_TAKEN &&
            selection_judge(&freed, selection, project) == SELECTION_TAKEN)
            return true;
    }
    return inventory_has_other_maker(inventory, own_key);
}

/* -------------------------------------------------------------------------- what others have */

static bool selection_project_has_any(const struct inventory *inventory, const char *project)
{
    for (size_t i = 0; i < inventory->database_count; i++)
        if (inventory->databases[i].marked &&
            inventory_is_of_project(&inventory->databases[i], project))
            return true;
    return false;
}

/* Adds the first projects, and how many more there are; the list has those of each together. */
static void selection_add_projects(const struct selected_list *found, struct strbuf *out)
{
    const char *last = NULL;
    size_t projects = 0;

    for (size_t i = 0; i < found->count && found->items[i].database->marked; i++) {
        const char *project = found->items[i].database->mark.project;

        if (last != NULL && strcmp(project, last) == 0)
            continue;
        last = project;
        if (++projects > most_projects_named)
            continue;
        strbuf_add(out, projects == 1 ? "\"" : ", \"");
        parse_add_printable(out, project);
        strbuf_add_char(out, '"');
    }
    if (projects > most_projects_named)
        strbuf_printf(out, " and %zu more", projects - most_projects_named);
}

char *selection_hint_elsewhere(const struct inventory *inventory, const struct selection *selection,
                               const char *project)
{
    struct selection wide = *selection;
    struct selected_list found OWNED(selected_list_release) = {0};
    struct strbuf out = {0};
    size_t count = 0;

    wide.every_project = true;
    if (selection->every_project || selection_has(selection->names) ||
        selection_project_has_any(inventory, project) ||
        !selection_find(inventory, &wide, project, &found, NULL))
        return NULL;
    while (count < found.count && found.items[count].database->marked)
        count++;
    if (count == 0)
        return NULL;
    strbuf_add(&out, "No database on this server is of project \"");
    parse_add_printable(&out, project);
    strbuf_printf(&out, "\", but %zu %s: ", count, count == 1 ? "is of another" : "are of others");
    selection_add_projects(&found, &out);
    strbuf_add(&out, ". Name the project with --project");
    if (selection->all || selection->stale)
        strbuf_add(&out, ", or add --every-project");
    strbuf_add_char(&out, '.');
    return strbuf_take(&out);
}

void selected_list_release(struct selected_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].kept);
    free(list->items);
    *list = (struct selected_list){0};
}
