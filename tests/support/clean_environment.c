#include "clean_environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/strbuf.h"

static void unset(const char *assignment)
{
    struct strbuf name OWNED(strbuf_release) = {0};

    strbuf_add_bytes(&name, assignment, strcspn(assignment, "="));
    (void)unsetenv(strbuf_text(&name));
}

void clean_environment(void)
{
    /* unsetenv() moves what follows to the place of what it takes out. */
    for (size_t i = 0; environ[i] != NULL;)
        if (strncmp(environ[i], "PG", 2) == 0)
            unset(environ[i]);
        else
            i++;
}
