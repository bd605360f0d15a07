#include "caught_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

static int saved = -1;
static FILE *caught;

void caught_log_begin(enum log_level level)
{
    caught = tmpfile();
    assert_non_null(caught);
    saved = dup(STDERR_FILENO);
    assert_true(saved >= 0 && dup2(fileno(caught), STDERR_FILENO) >= 0);
    log_set_level(level);
}

char *caught_log_end(void)
{
    struct strbuf text = {0};
    int byte;

    log_set_level(LOG_NORMAL);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    assert_int_equal(close(saved), 0);
    rewind(caught);
    while ((byte = getc(caught)) != EOF)
        strbuf_add_char(&text, (char)byte);
    assert_int_equal(fclose(caught), 0);
    return strbuf_take(&text);
}
