#include "pgclone/provision/enclosing_run.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/utf8.h"

/* Between the lease, whose length is fixed, and the project. */
static const char separator = ':';

char *enclosing_run_variable(const struct lease *lease, const char *project)
{
    struct strbuf out = {0};

    strbuf_printf(&out, ENCLOSING_RUN_VARIABLE "=%s%c%s", lease->text, separator, project);
    return strbuf_take(&out);
}

/* The project becomes part of a mark, which takes UTF-8 only. */
static bool enclosing_run_parse(const char *value, struct enclosing_run *out)
{
    char text[LEASE_TEXT_SIZE] = "";
    size_t length = strnlen(value, sizeof text - 1);

    memcpy(text, value, length);
    if (value[length] != separator || !utf8_is_valid(value + length) ||
        !lease_read(text, &out->lease))
        return false;
    out->project = memory_copy_string(value + length + 1);
    return true;
}

bool enclosing_run_read(const char *value, struct enclosing_run *out, struct error *err)
{
    if (value == NULL || value[0] == '\0' || enclosing_run_parse(value, out))
        return true;
    error_set(err, ERROR_USAGE, ENCLOSING_RUN_VARIABLE ": this is no run's lease");
    return error_hint(err, "\"pgclone run\" sets that variable for its command; unset it "
                           "elsewhere.");
}

const struct enclosing_run *enclosing_run_on(const struct enclosing_run *run,
                                             const struct inventory *found)
{
    return run != NULL && holders_have(&found->holders, lease_join_key(&run->lease)) ? run : NULL;
}

void enclosing_run_release(struct enclosing_run *run)
{
    free(run->project);
    *run = (struct enclosing_run){0};
}
