#include "told_files.h"

#include <string.h>

#include "pgclone/base/strbuf.h"
#include "scratch_folder.h"

static struct strbuf told;
static const char *changed_at;
static void (*change_then)(void);

static void begin(void *context, const char *name, enum inputs_kind kind)
{
    (void)context;
    strbuf_printf(&told, "%s%s", name, kind == INPUTS_LINK ? "->" : "=");
    if (changed_at != NULL && strcmp(name, changed_at) == 0)
        change_then();
}

static void add(void *context, const void *bytes, size_t length)
{
    (void)context;
    strbuf_add_bytes(&told, bytes, length);
}

static void end(void *context)
{
    (void)context;
    strbuf_add_char(&told, ';');
}

const struct inputs_sink told_files_sink = {.begin = begin, .add = add, .end = end};

void told_files_clear(void)
{
    strbuf_release(&told);
    changed_at = NULL;
}

int told_files_teardown(void **state)
{
    told_files_clear();
    return scratch_teardown(state);
}

const char *told_files(void)
{
    return strbuf_text(&told);
}

void told_files_during(const char *name, void (*change)(void))
{
    changed_at = name;
    change_then = change;
}
