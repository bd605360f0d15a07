#include "pgclone/base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pgclone/base/utf8.h"

static const char *terminal_variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

bool terminal_obeys(int descriptor)
{
    const char *kind = terminal_variable("TERM");

    return isatty(descriptor) == 1 && *kind != '\0' && strcmp(kind, "dumb") != 0;
}

bool terminal_has_colours(int descriptor)
{
    return terminal_obeys(descriptor) && *terminal_variable("NO_COLOR") == '\0';
}

size_t terminal_columns(int descriptor)
{
    struct winsize size = {0};

    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

/* Where the first `most` characters end: at a byte that does not go on with one. */
static size_t terminal_length_of(const char *text, size_t most)
{
    size_t length = 0;
    size_t characters = 0;

    for (; text[length] != '\0'; length++)
        if (((unsigned char)text[length] & 0xC0) != 0x80 && ++characters > most)
            break;
    return length;
}

void terminal_add_cut(struct strbuf *out, const char *text, size_t room)
{
    static const char dots[] = "...";
    const size_t taken = sizeof dots - 1;

    if (utf8_count(text) <= room) {
        strbuf_add(out, text);
        return;
    }
    if (room > taken)
        strbuf_add_bytes(out, text, terminal_length_of(text, room - taken));
    strbuf_add_bytes(out, dots, room < taken ? room : taken);
}
