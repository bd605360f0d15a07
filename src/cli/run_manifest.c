#include "pgclone/cli/run_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/report/output.h"

static const char name_pattern[] = "pgclone-manifest-%s.json";

static void run_manifest_path(const char *middle, struct strbuf *out)
{
    const char *folder = getenv("TMPDIR");

    strbuf_printf(out, "%s/", folder != NULL && folder[0] == '/' ? folder : "/tmp");
    strbuf_printf(out, name_pattern, middle);
}

/* Removes one file if it is ours and its run is dead. */
static void run_manifest_sweep_one(const char *path)
{
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (descriptor < 0)
        return;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
        flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        (void)unlink(path);
    (void)close(descriptor);
}

static void run_manifest_sweep(void)
{
    struct strbuf pattern OWNED(strbuf_release) = {0};
    glob_t found = {0};

    run_manifest_path("??????", &pattern);
    if (glob(pattern.data, GLOB_NOSORT, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            run_manifest_sweep_one(found.gl_pathv[i]);
    globfree(&found);
}

/* Makes a file and locks it. Another run's sweep may take it away before the lock holds: again. */
static bool run_manifest_create(struct run_manifest *manifest, struct error *err)
{
    for (;;) {
        struct strbuf path OWNED(strbuf_release) = {0};
        struct stat status;

        run_manifest_path("XXXXXX", &path);
        manifest->descriptor = mkostemps(path.data, (int)strlen(".json"), O_CLOEXEC);
        if (manifest->descriptor < 0 || flock(manifest->descriptor, LOCK_EX) != 0 ||
            fstat(manifest->descriptor, &status) != 0)
            return error_set(err, ERROR_SYSTEM, "could not create the manifest \"%s\": %s",
                             path.data, strerror(errno));
        if (status.st_nlink > 0) {
            manifest->path = strbuf_take(&path);
            return true;
        }
        (void)close(manifest->descriptor);
    }
}

bool run_manifest_write(const struct report *report, struct run_manifest *manifest,
                        struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    run_manifest_sweep();
    if (!run_manifest_create(manifest, err))
        return false;
    report_json(report, &text);
    return output_append(manifest->path, &text, err);
}

void run_manifest_release(struct run_manifest *manifest)
{
    if (manifest->path != NULL)
        (void)unlink(manifest->path);
    if (manifest->descriptor >= 0)
        (void)close(manifest->descriptor);
    free(manifest->path);
    *manifest = RUN_MANIFEST_NONE;
}
