#include "provision_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"

void fixture_settings(struct settings *out)
{
    *out = (struct settings){
        .server = memory_copy_string("postgresql://app:secret@db/circ"),
        .maintenance_database = memory_copy_string("postgres"),
        .workers = 3,
        .runner = runner_find("pytest-xdist"),
        .create_database = true,
        .external_schema = true,
        .wait_s = 10,
    };
}

void fixture_scope(const struct settings *settings, struct scope *out)
{
    struct error err OWNED(error_release) = {0};

    if (!scope_resolve(settings, out, &err) || !scope_name_workers(out, &err))
        fail_msg("%s", err.message);
}

void fixture_sets(const char *const sets[TABLE_SETS], const char *all[TABLE_SETS])
{
    static const char *const ordinary[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\ncirc_gw0|t\ncirc_gw1|t\ncirc_gw2|t\n",
        [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
                        "7|app|f|t|f|t|90\n",
        [LOOK_TEMPLATE] = "owner|owned|is_template|connection_limit|has_grants|folder|size\n"
                          "app|t|f|-1|f|base/16384|8000000\n",
    };

    for (size_t i = 0; i < TABLE_SETS; i++)
        all[i] = sets != NULL && sets[i] != NULL ? sets[i] : ordinary[i];
}

void fixture_looks_add(struct fixture_looks *looks, const char *const sets[TABLE_SETS])
{
    assert_true(looks->count < sizeof looks->found / sizeof looks->found[0]);
    looks->found[looks->count++] = sets;
}

const char *const *fixture_looks_next(struct fixture_looks *looks)
{
    size_t number = looks->taken++;

    if (looks->count == 0)
        return NULL;
    return looks->found[number < looks->count ? number : looks->count - 1];
}

void fixture_inventory(const char *const sets[TABLE_SETS], const struct settings *settings,
                       struct inventory *out)
{
    const char *all[TABLE_SETS];

    fixture_sets(sets, all);
    table_inventory(all, settings->owner, settings->grant_to, out);
}
