#include "pgclone/provision/plan_mark.h"

#include <time.h>
#include <unistd.h>

#include "pgclone/base/process.h"
#include "pgclone/base/timestamp.h"

/* The longest host name that POSIX allows, and a NUL. */
#define HOST_NAME_SIZE 256

/* Adds when, where and by whom, and gives the comment. */
static char *plan_sign(struct mark mark)
{
    char created[TIMESTAMP_SIZE];
    char host[HOST_NAME_SIZE];

    timestamp_format(time(NULL), created);
    process_host_name(host, sizeof host);
    mark.created = created;
    mark.host = host;
    mark.pid = getpid();
    return mark_format(&mark);
}

char *plan_mark_inside(const struct scope *scope, const struct lease *lease,
                       const struct enclosing_run *run, const char *worker_id, enum mark_use use)
{
    struct mark mark = {
        .project = scope->project,
        .run = scope->settings->run_id,
        .worker = worker_id,
        .template_name = scope->template_name,
        .lease = run != NULL ? run->lease.text : lease->text,
        .use = use,
        .inside = run != NULL ? run->project : NULL,
        .maker = run != NULL ? lease->text : NULL,
    };

    return plan_sign(mark);
}

char *plan_template_mark(const struct scope *scope, const struct lease *lease,
                         const struct fingerprint *fingerprint)
{
    struct mark mark = {
        .project = scope->project, .worker = "", .lease = lease->text, .use = MARK_USE_TEMPLATE};

    for (size_t part = 0; part < FINGERPRINT_PARTS; part++)
        mark.parts.digits[part] = fingerprint->parts[part];
    return plan_sign(mark);
}

char *plan_watched_mark(const struct scope *scope, const struct lease *lease)
{
    return plan_sign((struct mark){.project = scope->project,
                                   .worker = "",
                                   .template_name = scope->watched->source,
                                   .lease = lease->text,
                                   .use = MARK_USE_TEMPLATE});
}

char *plan_mark(const struct scope *scope, const struct lease *lease, const char *worker_id,
                enum mark_use use)
{
    return plan_mark_inside(scope, lease, NULL, worker_id, use);
}
