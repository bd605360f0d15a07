/* Settings, scopes and inventories of a project "circ" with workers gw0, gw1, …, to be changed by
 * the tests that use them. */
#ifndef PGCLONE_TESTS_PROVISION_FIXTURE_H
#define PGCLONE_TESTS_PROVISION_FIXTURE_H

#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"
#include "pgclone/settings/settings.h"
#include "table_results.h"

/** Leases as text: of a `create` and of a run, and the run's key. */
#define FIXTURE_LEASE "00000000000000a0"
#define FIXTURE_RUN_LEASE "00000000000000a1"
#define FIXTURE_KEY "160"
#define FIXTURE_RUN_KEY "161"

/** A comment with a mark. `run` and `lease` are JSON: "null" or "\"r1\"". */
#define FIXTURE_MARK(project, run, worker, lease)                                                  \
    "pgclone:{\"v\":1,\"project\":\"" project "\",\"run\":" run ",\"worker\":\"" worker            \
    "\",\"template\":null,\"lease\":\"" lease                                                      \
    "\",\"created\":\"2026-11-22T10:00:00Z\",\"host\":\"build1\",\"pid\":4711}"

/** The same of what a create with the lease `maker` has made inside the fixture's run of `inside`.
 */
#define FIXTURE_MARK_INSIDE(project, inside, maker)                                                \
    "pgclone:{\"v\":1,\"project\":\"" project "\",\"run\":\"r1\",\"worker\":\"gw0\","              \
    "\"template\":null,\"lease\":\"" FIXTURE_RUN_LEASE                                             \
    "\",\"created\":\"2026-11-22T10:00:00Z\",\"host\":\"build1\",\"pid\":12,\"inside\":\"" inside  \
    "\",\"maker\":\"" maker "\"}"

/** The heads of a look's tables. */
#define FIXTURE_DATABASES "name|comment|invalid|is_template|sessions|size|is_open\n"
#define FIXTURE_LEASES "key|numbers|pid\n"
#define FIXTURE_ROLES "role|inherits|may_set\n"

/** What the fixture's run holds while others may join it: the keys of its lease and of the joining.
 */
#define FIXTURE_OPEN_RUN                                                                           \
    FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1") FIXTURE_HOLDER(FIXTURE_KEY, "1")

/** Advisory locks: a session of pgclone's that holds `key`, and any application's lock. */
#define FIXTURE_HOLDER(key, pid)                                                                   \
    FIXTURE_LOCK(key, "1", pid) FIXTURE_LOCK("8099551774651711489", "2", pid)
#define FIXTURE_LOCK(key, numbers, pid) key "|" numbers "|" pid "\n"

/** Defaults, and: server postgresql://app:secret@db/circ, three workers of pytest-xdist, clone. */
void fixture_settings(struct settings *out);

/** The scope of the settings, with its workers named; fails the test if there is none. */
void fixture_scope(const struct settings *settings, struct scope *out);

/** Fills in what a look at an ordinary server gives where `sets` has NULL (or is it): role "app"
 * with CREATEDB, the template "circ" of its own, all three names locked, no databases. */
void fixture_sets(const char *const sets[TABLE_SETS], const char *all[TABLE_SETS]);

/** What looks find one after the other, the last one again and again; all zero: NULL. */
struct fixture_looks {
    const char *const *found[8];
    size_t count;
    size_t taken;
};

void fixture_looks_add(struct fixture_looks *looks, const char *const sets[TABLE_SETS]);
const char *const *fixture_looks_next(struct fixture_looks *looks);

/** An inventory of fixture_sets(). */
void fixture_inventory(const char *const sets[TABLE_SETS], const struct settings *settings,
                       struct inventory *out);

#endif
