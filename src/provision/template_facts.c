#include "pgclone/provision/template_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sql.h"

/* The result sets of sql_template_facts(). */
enum { FACTS_SERVER, FACTS_DATABASES };

bool template_facts_read_files(const struct scope *scope, struct fingerprint_source *out,
                               struct error *err)
{
    char *origin OWNED(memory_free_string) = NULL;
    struct error why OWNED(error_release) = {0};

    if (fingerprint_read(scope->built->build, scope->built->folder, out, &why))
        return true;
    origin = settings_origin_text(scope->settings, SETTING_BUILD);
    /* The message begins with the key below it: "inputs: …". */
    if (why.kind == ERROR_USAGE)
        error_prefix(&why, "%s.", origin);
    return error_move(err, &why);
}

void template_fact_read(const struct results *results, size_t set, int row,
                        struct template_fact *out)
{
    out->name = results_text(results, set, row, "name");
    out->marked = mark_parse(results_text(results, set, row, "comment"), &out->mark);
    out->built = out->marked && out->mark.use == MARK_USE_TEMPLATE &&
                 results_bool(results, set, row, "sealed") &&
                 !results_bool(results, set, row, "invalid");
}

static void facts_read(const struct scope *scope, struct template_facts *facts)
{
    const struct results *results = &facts->results;
    const char *server = results_text(results, FACTS_SERVER, 0, "server");
    struct scope_built *built = scope->built;

    facts->role = results_text(results, FACTS_SERVER, 0, "role");
    fingerprint_make(&facts->source, server != NULL ? server : "", &facts->fingerprint);
    (void)snprintf(built->name, sizeof built->name, "%s_%s", scope->base,
                   facts->fingerprint.digits);
    facts->count = (size_t)results_rows(results, FACTS_DATABASES);
    facts->items = memory_new(facts->count, sizeof *facts->items);
    for (size_t i = 0; i < facts->count; i++) {
        template_fact_read(results, FACTS_DATABASES, (int)i, &facts->items[i]);
        if (strcmp(facts->items[i].name, built->name) == 0)
            facts->current = &facts->items[i];
    }
}

/* Whether a worker's database is to have the template's name: guard G4. */
static bool facts_check_workers(const struct scope *scope, struct error *err)
{
    for (size_t i = 0; i < scope->worker_count; i++)
        if (strcmp(scope->names[i], scope->built->name) == 0) {
            error_set(err, ERROR_GUARD, "the template \"%s\" is also a worker's database",
                      scope->names[i]);
            return error_hint(err, "Choose another --name, with {worker} in it.");
        }
    return true;
}

bool template_facts_ask(struct session *session, struct template_facts *out, struct error *err)
{
    const struct scope *scope = session->scope;
    struct template_facts facts OWNED(template_facts_release) = {0};
    char *sql OWNED(memory_free_string) = NULL;

    if (!template_facts_read_files(scope, &facts.source, err))
        return false;
    sql = sql_template_facts(scope->base);
    if (!session_query(session, sql, "look for the template", &facts.results, err))
        return false;
    facts_read(scope, &facts);
    if (!facts_check_workers(scope, err))
        return false;
    *out = facts;
    facts = (struct template_facts){0};
    return true;
}

/* The newest template of the project that is not the one that is to be built. */
static const struct template_fact *facts_newest(const struct template_facts *facts,
                                                const struct scope *scope)
{
    const struct template_fact *newest = NULL;

    for (size_t i = 0; i < facts->count; i++) {
        const struct template_fact *one = &facts->items[i];

        if (one->built && one != facts->current && strcmp(one->mark.project, scope->project) == 0 &&
            (newest == NULL || strcmp(newest->mark.created, one->mark.created) < 0))
            newest = one;
    }
    return newest;
}

void template_facts_say_changes(const struct template_facts *facts, const struct scope *scope)
{
    const struct template_fact *newest = facts_newest(facts, scope);
    struct strbuf parts OWNED(strbuf_release) = {0};

    if (newest == NULL) {
        log_message(LOG_VERBOSE, "the template \"%s\" is to be built", scope->built->name);
        return;
    }
    for (enum fingerprint_part part = 0; part < FINGERPRINT_PARTS; part++) {
        const char *digits = newest->mark.parts.digits[part];

        if (digits != NULL && strcmp(digits, facts->fingerprint.parts[part]) != 0)
            strbuf_printf(&parts, "%s%s", parts.length > 0 ? ", " : "",
                          fingerprint_part_name(part));
    }
    log_message(LOG_VERBOSE,
                "the template \"%s\" is to be built: since \"%s\" there is a change in %s",
                scope->built->name, newest->name,
                parts.length > 0 ? strbuf_text(&parts) : "what this version of pgclone counts");
}

bool template_facts_reread(const struct template_facts *facts, const struct scope *scope,
                           bool *changed, struct error *err)
{
    struct fingerprint_source now = {0};

    if (!template_facts_read_files(scope, &now, err))
        return false;
    *changed = memcmp(&now, &facts->source, sizeof now) != 0;
    return true;
}

void template_facts_release(struct template_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        mark_release(&facts->items[i].mark);
    free(facts->items);
    results_release(&facts->results);
    *facts = (struct template_facts){0};
}
