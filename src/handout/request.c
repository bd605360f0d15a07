#include "pgclone/handout/request.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"

/* Whether a request goes with a name. */
enum request_naming { NAME_NONE, NAME_OPTIONAL, NAME_NEEDED };

static const struct {
    const char *word;
    enum request_naming naming;
} verbs[] = {
    [REQUEST_TAKE] = {"take", NAME_OPTIONAL}, [REQUEST_CREATE] = {"create", NAME_NEEDED},
    [REQUEST_DROP] = {"drop", NAME_NEEDED},   [REQUEST_RESET] = {"reset", NAME_NEEDED},
    [REQUEST_URL] = {"url", NAME_NEEDED},     [REQUEST_STATUS] = {"status", NAME_NONE},
};

static bool request_refuse(struct error *err)
{
    return error_hint(err, "The requests are: take [NAME], create NAME, drop NAME, reset WORKER, "
                           "reset NAME, url WORKER, status.");
}

bool request_parse(const char *line, struct request *out, struct error *err)
{
    size_t length = strcspn(line, " ");
    const char *name = line[length] == ' ' ? line + length + 1 : NULL;

    if (!utf8_is_valid(line)) {
        error_set(err, ERROR_USAGE, "the request is not valid UTF-8");
        return request_refuse(err);
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strlen(verbs[i].word) != length || strncmp(verbs[i].word, line, length) != 0)
            continue;
        if ((name == NULL && verbs[i].naming == NAME_NEEDED) ||
            (name != NULL && verbs[i].naming == NAME_NONE)) {
            error_set(err, ERROR_USAGE, "the request \"%s\" %s", verbs[i].word,
                      name == NULL ? "needs a name" : "goes without a name");
            return request_refuse(err);
        }
        *out = (struct request){.kind = (enum request_kind)i, .name = memory_copy_string(name)};
        return true;
    }
    error_set(err, ERROR_USAGE, "unknown request");
    return request_refuse(err);
}

void request_release(struct request *request)
{
    free(request->name);
    *request = (struct request){0};
}
