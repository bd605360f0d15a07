#include "pgclone/cli/run_manifest.h"

#include "pgclone/base/strbuf.h"
#include "pgclone/report/output.h"

static const struct temporary_kind manifests = {.prefix = "pgclone-manifest-", .suffix = ".json"};

bool run_manifest_write(const struct report *report, struct temporary *manifest, struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    temporary_sweep(&manifests, temporary_parent());
    if (!temporary_make(&manifests, temporary_parent(), manifest, err))
        return error_prefix(err, "could not write the manifest: ");
    report_json(report, &text);
    return output_append(manifest->path, &text, err);
}
