#include "pgclone/cli/run_content.h"

#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/stored.h"
#include "pgclone/provision/template_facts.h"
#include "pgclone/provision/template_ready.h"
#include "pgclone/template/self_contained.h"

/* ------------------------------------------------------------------------------------ reading */

/* Whether the run has a template that is built. */
static bool content_is_built(const struct settings *settings)
{
    return settings->origin[SETTING_BUILD].kind != ORIGIN_DEFAULT && settings->external_schema &&
           !scope_is_serial(settings);
}

static bool content_read_build(const struct settings *settings, struct run_content *content,
                               struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};

    if (!scope_resolve(settings, &scope, err))
        return false;
    content->known = scope.built != NULL;
    return !content->known || template_facts_read_files(&scope, &content->source, err);
}

/* That a file cannot be read is told when it is to be loaded. */
static bool content_read_files(struct run_content *content)
{
    const struct settings_build build = {.sql = *content->files};

    return self_contained(content->files) && fingerprint_read(&build, NULL, &content->source, NULL);
}

bool run_content_read(const struct settings *settings, struct run_content *content,
                      struct error *err)
{
    content->known = false;
    if (content->files->count == 0)
        return !content_is_built(settings) || content_read_build(settings, content, err);
    content->known = content_read_files(content);
    if (!content->known)
        log_message(LOG_VERBOSE, "throw-away server: what --sql loads is not kept, since it may "
                                 "read other files");
    return true;
}

/* Whether it is still what it was, and so what the databases were filled with. */
static bool content_is_same(const struct settings *settings, const struct run_content *content)
{
    struct run_content now = {.files = content->files};

    return run_content_read(settings, &now, NULL) && now.known &&
           memcmp(&now.source, &content->source, sizeof now.source) == 0;
}

/* ------------------------------------------------------------------------------------ filling */

/* Makes the template, where it is built, and copies of it where they cost nothing: by an overlay
 * they are there in a later run, but a copy of the data folder would have to copy them, too. */
static bool content_fill(const struct settings *settings, const struct ephemeral *server,
                         struct error *err)
{
    struct template_ready ready = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct session session OWNED(session_close) = {0};

    return scope_resolve(settings, &scope, err) && scope_name_workers(&scope, err) &&
           session_open(&scope, LEASE_CREATE, &session, err) &&
           (!scope_makes_template(&scope) || template_ready(&session, &ready, err)) &&
           (!ephemeral_may_overlay(server) || stored_make(&session, scope.worker_count, err));
}

bool run_content_keep(const struct settings *settings, const struct run_content *content,
                      struct ephemeral *server, struct error *err)
{
    if (!scope_is_serial(settings) && !content_fill(settings, server, err))
        return false;
    if (content_is_same(settings, content))
        return ephemeral_keep(server, err);
    log_message(LOG_VERBOSE, "throw-away server: its databases are not kept, since the files they "
                             "were filled from have changed");
    return true;
}
