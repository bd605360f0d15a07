#include "stand_in_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "scratch_folder.h"

void stand_in_serve(const char *serve)
{
    struct strbuf script OWNED(strbuf_release) = {0};

    strbuf_printf(&script,
                  "#!/bin/sh\n"
                  "if [ \"$1\" = --version ]; then echo 'postgres (PostgreSQL) 16.1'; exit; fi\n"
                  "data=$2\n%s",
                  serve);
    scratch_make_file("bin/postgres", strbuf_text(&script), 0755);
}

void stand_in_make(const char *serve)
{
    scratch_make_folder("bin", 0755);
    stand_in_serve(serve);
    scratch_make_file("bin/initdb", "#!/bin/sh\necho made >\"$2/made\"\n", 0755);
    assert_int_equal(setenv("XDG_CACHE_HOME", scratch_path("cache"), 1), 0);
}

bool stand_in_start(bool tcp, struct ephemeral *out, struct error *err)
{
    const struct ephemeral_options options = {.bindir = scratch_path("bin"), .tcp = tcp};

    return ephemeral_start(&options, out, err);
}
