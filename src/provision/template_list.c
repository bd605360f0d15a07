#include "pgclone/provision/template_list.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/timestamp.h"
#include "pgclone/provision/drop.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/template_facts.h"
#include "pgclone/provision/watched.h"

/* How long the locks of a process that was killed a moment ago are waited for. Who lives and uses a
 * template does so for long. */
static const int prune_patience_ms = 200;

const char *template_state_word(enum template_state state)
{
    static const char *const words[] = {"current", "old", "building"};

    return words[state];
}

/* The digits behind the last "_" of a template's name. */
static void list_read_digits(const char *name, char digits[FINGERPRINT_DIGITS + 1])
{
    const char *last = strrchr(name, '_');

    if (last != NULL && strlen(last + 1) == FINGERPRINT_DIGITS)
        memcpy(digits, last + 1, FINGERPRINT_DIGITS + 1);
}

/* Whether a template that pgclone made is one that a create would use now: what it clones, and what
 * that was made from. */
static bool list_is_current(const struct scope *scope, const char *name)
{
    return (scope->built != NULL && strcmp(scope->built->name, name) == 0) ||
           (scope->watched != NULL && strcmp(scope->watched->name, name) == 0);
}

/* Whether a database is to be shown, and as what. A scratch database whose maker is dead is
 * rubbish, not a template. */
static bool list_takes(const struct scope *scope, const struct inventory_database *database,
                       struct template_item *out)
{
    if (!database->marked || database->mark.use != MARK_USE_TEMPLATE ||
        strcmp(database->mark.project, scope->project) != 0 ||
        (database->scratch && !database->held))
        return false;
    *out = (struct template_item){.database = database, .state = TEMPLATE_IS_OLD};
    if (database->scratch)
        out->state = TEMPLATE_IS_BUILDING;
    else if (list_is_current(scope, database->name))
        out->state = TEMPLATE_IS_CURRENT;
    if (!database->scratch)
        list_read_digits(database->name, out->digits);
    return true;
}

static int list_newest_first(const void *a, const void *b)
{
    const struct template_item *first = a;
    const struct template_item *second = b;
    int order = strcmp(second->database->mark.created, first->database->mark.created);

    /* Times are whole seconds. */
    if (order == 0)
        order = (second->state == TEMPLATE_IS_CURRENT) - (first->state == TEMPLATE_IS_CURRENT);
    return order != 0 ? order : strcmp(first->database->name, second->database->name);
}

bool template_list_find(struct session *session, struct template_list *out, struct error *err)
{
    const struct scope *scope = session->scope;
    const struct look_request request = {.catalog = {.all_marked = true, .sizes = true}};
    struct template_facts facts OWNED(template_facts_release) = {0};

    /* They note the current ones' names. */
    if ((scope->built != NULL && !template_facts_ask(session, &facts, err)) ||
        (scope->watched != NULL && !watched_name(session, err)) ||
        !look_take(session, &request, &out->inventory, err))
        return false;
    out->items = memory_new(out->inventory.database_count, sizeof *out->items);
    for (size_t i = 0; i < out->inventory.database_count; i++)
        if (list_takes(scope, &out->inventory.databases[i], &out->items[out->count]))
            out->count++;
    if (out->count > 0)
        qsort(out->items, out->count, sizeof *out->items, list_newest_first);
    return true;
}

static bool list_is_young(const struct inventory_database *database, int64_t older_than_s)
{
    time_t created;

    return older_than_s > 0 && timestamp_parse(database->mark.created, &created) &&
           time(NULL) - created < older_than_s;
}

static void list_select(const struct template_list *list, const struct template_prune *prune,
                        struct selected_list *out)
{
    size_t old = 0;

    out->items = memory_new(list->count, sizeof *out->items);
    for (size_t i = 0; i < list->count; i++) {
        const struct template_item *item = &list->items[i];

        if (item->state != TEMPLATE_IS_OLD || old++ < prune->keep ||
            list_is_young(item->database, prune->older_than_s))
            continue;
        out->items[out->count++].database = item->database;
    }
}

bool template_list_prune(struct session *session, const struct template_prune *prune,
                         struct strbuf *lines, struct error *err)
{
    struct template_list list OWNED(template_list_release) = {0};
    struct drop_work work OWNED(drop_work_release) = {
        .dry_run = prune->dry_run, .settle = true, .patience_ms = prune_patience_ms};
    bool done;

    if (!template_list_find(session, &list, err))
        return false;
    list_select(&list, prune, &work.selected);
    done = drop_selected(session, &list.inventory, &work, err);
    drop_report(&work, lines);
    return done;
}

void template_list_release(struct template_list *list)
{
    free(list->items);
    inventory_release(&list->inventory);
    *list = (struct template_list){0};
}
