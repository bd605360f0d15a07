#include "pgclone/base/timestamp.h"

#include <inttypes.h>
#include <stddef.h>

void timestamp_format(time_t when, char text[TIMESTAMP_SIZE])
{
    struct tm utc;

    text[0] = '\0';
    if (gmtime_r(&when, &utc) != NULL)
        (void)strftime(text, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

bool timestamp_parse(const char *text, time_t *when)
{
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);

    if (end == NULL || *end != '\0')
        return false;
    *when = timegm(&utc);
    return true;
}

void timestamp_add_age(int64_t seconds, struct strbuf *out)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"days", 86400}, {"h", 3600}, {"min", 60}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (seconds >= 2 * units[i].seconds) {
            strbuf_printf(out, "%" PRId64 " %s ago", seconds / units[i].seconds, units[i].unit);
            return;
        }
    strbuf_printf(out, "%" PRId64 " s ago", seconds);
}
