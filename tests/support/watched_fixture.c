#include "watched_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sql_undo.h"
#include "pgclone/template/fingerprint.h"
#include "scripted_session.h"
#include "template_fixture.h"

#define MOST 4

const char *watched_fixture_name_of(const char *source, const char *facts)
{
    static char name[IDENTITY_NAME_MAX + 1];
    const struct fingerprint_source nothing = {0};
    struct fingerprint fingerprint;
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_printf(&text, "%s/%s\n%s", source, facts, sql_undo_schema);
    fingerprint_make(&nothing, strbuf_text(&text), &fingerprint);
    (void)snprintf(name, sizeof name, "circ_%s", fingerprint.digits);
    return name;
}

const char *watched_fixture_name(const char *facts)
{
    return watched_fixture_name_of("circ", facts);
}

const char *watched_fixture_mark(const char *facts)
{
    static char mark[512];

    (void)snprintf(mark, sizeof mark,
                   "pgclone:{\"v\":1,\"project\":\"circ\",\"run\":null,\"worker\":\"gw0\","
                   "\"template\":\"%s\",\"lease\":\"00000000000000a0\","
                   "\"created\":\"2026-11-22T10:00:00Z\",\"host\":\"h\",\"pid\":1}",
                   watched_fixture_name(facts));
    return mark;
}

static void says(const char *source, const char *facts, bool busy, bool there)
{
    static char texts[MOST][1024];
    static size_t next;
    char *text = texts[next++ % MOST];

    (void)snprintf(text, sizeof texts[0],
                   "facts|busy|may_replay|role\n%s|%c|t|app\n\nname|comment|invalid|sealed\n"
                   "%s|" TEMPLATE_MARK("2026-11-26T00:00:00Z") "|f|%c\n",
                   facts, busy ? 't' : 'f', watched_fixture_name_of(source, facts),
                   there ? 't' : 'f');
    scripted_session_gives("look at the template", text, 1);
}

void watched_fixture_says(const char *facts, bool busy, bool there)
{
    says("circ", facts, busy, there);
}

void watched_fixture_says_of(const char *source, const char *facts)
{
    says(source, facts, false, true);
}
