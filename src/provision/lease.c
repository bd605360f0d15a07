#include "pgclone/provision/lease.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/strbuf.h"

static const char scratch_prefix[] = IDENTITY_SCRATCH_PREFIX;

/* Set in the leases of runs. */
static const uint64_t run_bit = 1;

static void lease_set(struct lease *lease, uint64_t bits)
{
    lease->key = (int64_t)bits;
    (void)snprintf(lease->text, sizeof lease->text, "%016" PRIx64, bits);
}

bool lease_make(enum lease_kind kind, struct lease *out, struct error *err)
{
    uint64_t bits = 0;

    while (bits < 2) {
        if (getentropy(&bits, sizeof bits) != 0)
            return error_set(err, ERROR_SYSTEM, "could not get random numbers: %s",
                             strerror(errno));
        bits &= INT64_MAX ^ run_bit;
    }
    lease_set(out, kind == LEASE_RUN ? bits | run_bit : bits);
    return true;
}

bool lease_read(const char *text, struct lease *out)
{
    if (!lease_is_text(text))
        return false;
    lease_set(out, (uint64_t)lease_key_of(text));
    return true;
}

bool lease_is_of_run(const char *text)
{
    return ((uint64_t)lease_key_of(text) & run_bit) != 0;
}

void lease_outlive(const struct lease *lease, struct lease *out)
{
    lease_set(out, (uint64_t)lease->key & ~run_bit);
}

bool lease_is_session_key(int64_t key, int64_t *lease_key)
{
    if (key >= 0)
        return false;
    *lease_key = key - INT64_MIN;
    return true;
}

int64_t lease_session_key(const struct lease *lease)
{
    return INT64_MIN + lease->key;
}

int64_t lease_join_key(const struct lease *lease)
{
    return (int64_t)((uint64_t)lease->key ^ run_bit);
}

bool lease_is_text(const char *text)
{
    size_t length = strspn(text, "0123456789abcdef");

    return length == LEASE_TEXT_SIZE - 1 && text[length] == '\0' && lease_key_of(text) > 0;
}

int64_t lease_key_of(const char *text)
{
    uint64_t bits = strtoull(text, NULL, 16);

    return bits > INT64_MAX ? 0 : (int64_t)bits;
}

char *lease_scratch_name(const struct lease *lease, int number)
{
    struct strbuf out = {0};

    strbuf_printf(&out, "%s%s_%d", scratch_prefix, lease->text, number);
    return strbuf_take(&out);
}

bool lease_of_scratch(const char *name, char lease[LEASE_TEXT_SIZE])
{
    char text[LEASE_TEXT_SIZE] = "";
    const char *rest = name + sizeof scratch_prefix - 1;

    if (strncmp(name, scratch_prefix, sizeof scratch_prefix - 1) != 0)
        return false;
    (void)snprintf(text, sizeof text, "%s", rest);
    if (!lease_is_text(text))
        return false;
    rest += sizeof text - 1;
    if (*rest++ != '_' || !isdigit((unsigned char)*rest) ||
        rest[strspn(rest, "0123456789")] != '\0')
        return false;
    memcpy(lease, text, sizeof text);
    return true;
}
