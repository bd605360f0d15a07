#include "pgclone/base/timestamp.h"

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
