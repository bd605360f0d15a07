#include "pgclone/cli/init_found.h"

#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/utf8.h"

void init_add_input(const struct init_folder *folder, struct init_found *out, const char *name)
{
    /* What begins with "!" would be left out of the inputs, and no setting has a control character.
     */
    if (name[0] == '\0' || name[0] == '!' || utf8_has_control(name))
        return;
    if (init_has_file(folder, name) || init_has_folder(folder, name))
        strings_add(&out->inputs, name);
}

/* The first of a kind counts; that there are others is said. */
static void found_by(const struct init_folder *folder,
                     const struct init_detector *(*at)(size_t index), struct init_found *out)
{
    const struct init_detector *row;
    bool first = true;

    for (size_t i = 0; (row = at(i)) != NULL; i++) {
        struct init_found other OWNED(init_found_release) = {0};
        struct strbuf note OWNED(strbuf_release) = {0};
        bool found = row->find(folder, first ? out : &other);

        if (!found)
            continue;
        strbuf_printf(&note, "%s%s", row->name, first ? "" : ", which is not used");
        strings_add(&out->notes, strbuf_text(&note));
        first = false;
    }
}

void init_find(const struct init_folder *folder, struct init_found *out)
{
    found_by(folder, init_server_at, out);
    found_by(folder, init_schema_at, out);
    found_by(folder, init_runner_at, out);
}

void init_found_release(struct init_found *found)
{
    strings_release(&found->sql);
    free(found->command);
    strings_release(&found->inputs);
    free(found->server);
    free(found->database);
    strings_release(&found->notes);
    *found = (struct init_found){0};
}
