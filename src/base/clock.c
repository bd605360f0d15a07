#include "pgclone/base/clock.h"

#include <stddef.h>

int64_t clock_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_sleep_ms(int milliseconds)
{
    struct timespec left = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0)
        continue;
}

void clock_rfc3339(time_t when, char text[CLOCK_RFC3339_SIZE])
{
    struct tm utc;

    text[0] = '\0';
    if (gmtime_r(&when, &utc) != NULL)
        (void)strftime(text, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

bool clock_parse_rfc3339(const char *text, time_t *when)
{
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);

    if (end == NULL || *end != '\0')
        return false;
    *when = timegm(&utc);
    return true;
}
