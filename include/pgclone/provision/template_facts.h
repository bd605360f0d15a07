/* What the server says of templates that are built on it: which there are, and what they depend on.
 */
#ifndef PGCLONE_PROVISION_TEMPLATE_FACTS_H
#define PGCLONE_PROVISION_TEMPLATE_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/postgres/results.h"
#include "pgclone/provision/mark.h"
#include "pgclone/provision/session.h"
#include "pgclone/template/fingerprint.h"

/** A database whose name may be that of a template of this base name. */
struct template_fact {
    const char *name; /**< borrowed from the results */
    bool marked;
    bool built;       /**< it is a template that was built, sealed and whole */
    struct mark mark; /**< valid where `marked` */
};

/** Reads a row of what sql_template_databases() gives; `out` must be empty, and its mark is
 * released by the caller. */
void template_fact_read(const struct results *results, size_t set, int row,
                        struct template_fact *out);

struct template_facts {
    struct fingerprint_source source; /**< of the files, as they were read for this */
    struct fingerprint fingerprint;
    const char *role; /**< the connecting one; borrowed from the results */
    struct template_fact *items;
    size_t count;
    const struct template_fact *current; /**< the one that bears the template's name, or NULL */
    struct results results;
};

/** Reads the files that the template is made from; no server is asked. ERROR_USAGE, with the place
 * of the setting, where one cannot be read, ERROR_INTERRUPTED when a signal arrived. */
bool template_facts_read_files(const struct scope *scope, struct fingerprint_source *out,
                               struct error *err);

/** Reads the files, asks the server in one round trip, and notes the template's name in the scope.
 * Errors as in template_facts_read_files(). `out` must be empty. */
bool template_facts_ask(struct session *session, struct template_facts *out, struct error *err);

/** With -v: that the template is built, and what has changed since the newest one of the project.
 */
void template_facts_say_changes(const struct template_facts *facts, const struct scope *scope);

/** Whether the files are no longer what they were when the facts were asked for. False, with
 * `err`, where they cannot be read any more. */
bool template_facts_reread(const struct template_facts *facts, const struct scope *scope,
                           bool *changed, struct error *err);

/** Frees everything and leaves it empty. */
void template_facts_release(struct template_facts *facts);

#endif
