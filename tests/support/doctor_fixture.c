#include "doctor_fixture.h"

#include <string.h>

const char *const doctor_ordinary_facts[DOCTOR_FACTS] = {
    [DOCTOR_SERVER] = DOCTOR_SERVER_HEAD "15.8|4|-1|1|f\n",
    [DOCTOR_SETTINGS] = DOCTOR_SETTINGS_HEAD "max_connections|100\n"
                                             "superuser_reserved_connections|3\n"
                                             "max_locks_per_transaction|64\n"
                                             "max_prepared_transactions|0\n"
                                             "fsync|off\n"
                                             "synchronous_commit|off\n"
                                             "full_page_writes|off\n"
                                             "synchronous_standby_names|\n",
    [DOCTOR_TEMPLATE] = DOCTOR_TEMPLATE_HEAD "t|8000000|2.36|2.36\n",
    [DOCTOR_OWNERS] = "owner\n",
    [DOCTOR_INVALID] = "name|owner\n",
};

static const struct doctor_check *find(const char *id)
{
    const struct doctor_check *row;

    for (size_t i = 0; (row = doctor_check_at(i)) != NULL; i++)
        if (strcmp(row->check.id, id) == 0)
            return row;
    fail_msg("no check \"%s\"", id);
    return doctor_check_at(0); /* the compiler does not know that fail_msg() does not return */
}

static bool has(const char *text, const char *part)
{
    return part == NULL || (text != NULL && strstr(text, part) != NULL);
}

static void compare(const struct doctor_case *one, const struct findings *findings, size_t number)
{
    const struct finding *found = findings->items;
    const char *fix = found->fix.commands;

    assert_int_equal(findings->count, one->count > 0 ? one->count : 1);
    if (found->severity != one->severity || found->exit_code != one->exit_code ||
        !has(found->text, one->text) || !has(found->advice, one->advice))
        fail_msg("case %zu: %s (%d): %s / %s", number, finding_severity_word(found->severity),
                 found->exit_code, found->text, found->advice != NULL ? found->advice : "");
    if ((fix == NULL) != (one->fix == NULL) || (fix != NULL && strcmp(fix, one->fix) != 0))
        fail_msg("case %zu: fix: %s", number, fix != NULL ? fix : "none");
}

static void check_case(const struct doctor_check *row, const struct doctor_case *one, size_t number)
{
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct results facts OWNED(results_release) = {0};
    struct findings findings OWNED(findings_release) = {0};
    struct scope plain;
    struct doctor_view view = {.scope = &plain,
                               .inventory = &inventory,
                               .facts = &facts,
                               .libpq_version = 150018,
                               .server_version = one->version != 0 ? one->version : 150008,
                               .pooled = one->pooled,
                               .missing = one->missing};

    fixture_settings(&settings);
    if (one->set != NULL)
        one->set(&settings);
    fixture_scope(&settings, &scope);
    plain = scope;
    plain.template_name = scope_source(&scope);
    plain.watched = NULL;
    fixture_inventory(one->sets, &settings, &inventory);
    inventory.clones = one->clones;
    inventory.source.files = one->files;
    inventory.source.no_clones = one->no_clones;
    for (size_t i = 0; i < DOCTOR_FACTS; i++)
        results_add(&facts,
                    table_result(one->facts[i] != NULL ? one->facts[i] : doctor_ordinary_facts[i]));
    row->examine(&view, row, &findings);
    compare(one, &findings, number);
}

void doctor_fixture_assert(const char *id, const struct doctor_case *cases, size_t count)
{
    const struct doctor_check *row = find(id);

    for (size_t i = 0; i < count; i++)
        check_case(row, &cases[i], i);
}
