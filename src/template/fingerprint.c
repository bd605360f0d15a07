#include "pgclone/template/fingerprint.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/template/inputs.h"

_Static_assert(sizeof(XXH128_canonical_t) == FINGERPRINT_DIGEST_BYTES, "xxHash has such digests");

/* Begins whatever is hashed to a fingerprint. Another pgclone that builds templates in another way,
 * or hashes in another way, has another number here, and so makes templates of its own. */
static const char format[] = "pgclone template 1";

/* ------------------------------------------------------------------------------------- digests */

/* A part that is being hashed. Whatever goes into it says by itself where it ends, by a NUL that it
 * cannot hold or by a length, so that no content can pass for other files. */
struct digesting {
    XXH3_state_t *part;
    XXH3_state_t *file; /* the content of the file that is being told */
    uint64_t file_bytes;
};

static void digest_begin(struct digesting *digesting)
{
    digesting->part = memory_checked(XXH3_createState());
    digesting->file = memory_checked(XXH3_createState());
    (void)XXH3_128bits_reset(digesting->part);
}

static void digest_release(struct digesting *digesting)
{
    (void)XXH3_freeState(digesting->part);
    (void)XXH3_freeState(digesting->file);
}

/* The digest in an order of bytes that is the same on all machines. */
static void digest_take(const XXH3_state_t *state, uint8_t out[FINGERPRINT_DIGEST_BYTES])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    memcpy(out, canonical.digest, FINGERPRINT_DIGEST_BYTES);
}

static void digest_add_length(XXH3_state_t *state, uint64_t length)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(length >> (8 * i));
    (void)XXH3_128bits_update(state, bytes, sizeof bytes);
}

/* --------------------------------------------------------------------------------------- files */

static void digest_begin_file(void *context, const char *name, enum inputs_kind kind)
{
    struct digesting *digesting = context;
    char kind_byte = (char)kind;

    (void)XXH3_128bits_update(digesting->part, name, strlen(name) + 1);
    (void)XXH3_128bits_update(digesting->part, &kind_byte, 1);
    (void)XXH3_128bits_reset(digesting->file);
    digesting->file_bytes = 0;
}

static void digest_add_content(void *context, const void *bytes, size_t length)
{
    struct digesting *digesting = context;

    (void)XXH3_128bits_update(digesting->file, bytes, length);
    digesting->file_bytes += length;
}

/* How long a file is, is known at its end only, since it may grow while it is read: so its length
 * stands before the digest of its content, and not before the content itself. */
static void digest_end_file(void *context)
{
    struct digesting *digesting = context;
    uint8_t content[FINGERPRINT_DIGEST_BYTES];

    digest_add_length(digesting->part, digesting->file_bytes);
    digest_take(digesting->file, content);
    (void)XXH3_128bits_update(digesting->part, content, sizeof content);
}

/* ------------------------------------------------------------------------------------- reading */

static bool digest_files(const struct settings_build *build, enum fingerprint_part part,
                         const char *folder, uint8_t out[FINGERPRINT_DIGEST_BYTES],
                         struct error *err)
{
    struct digesting digesting OWNED(digest_release) = {0};
    const struct inputs_sink sink = {.begin = digest_begin_file,
                                     .add = digest_add_content,
                                     .end = digest_end_file,
                                     .context = &digesting};
    bool read;

    digest_begin(&digesting);
    read = part == FINGERPRINT_SQL ? inputs_read_files(&build->sql, folder, &sink, err)
                                   : inputs_read(&build->inputs, folder, &sink, err);
    if (!read)
        return interrupt_signal() == 0 && error_prefix(err, "%s: ", fingerprint_part_name(part));
    digest_take(digesting.part, out);
    return true;
}

/* One string for the shell is another command than a program of that name. */
static void digest_command(const struct settings_build *build,
                           uint8_t out[FINGERPRINT_DIGEST_BYTES])
{
    struct digesting digesting OWNED(digest_release) = {0};
    const char *kind = build->command_is_shell ? "s" : "l";

    digest_begin(&digesting);
    (void)XXH3_128bits_update(digesting.part, kind, 1);
    for (size_t i = 0; i < build->command.count; i++) {
        const char *argument = build->command.items[i];

        (void)XXH3_128bits_update(digesting.part, argument, strlen(argument) + 1);
    }
    digest_take(digesting.part, out);
}

bool fingerprint_read(const struct settings_build *build, const char *folder,
                      struct fingerprint_source *out, struct error *err)
{
    struct fingerprint_source source = {0};

    if (!digest_files(build, FINGERPRINT_SQL, folder, source.digest[FINGERPRINT_SQL], err) ||
        !digest_files(build, FINGERPRINT_INPUTS, folder, source.digest[FINGERPRINT_INPUTS], err))
        return false;
    digest_command(build, source.digest[FINGERPRINT_COMMAND]);
    *out = source;
    return true;
}

/* -------------------------------------------------------------------------------------- digits */

/* Two digits a byte. */
static void fingerprint_write(const uint8_t *bytes, size_t digits, char *out)
{
    for (size_t i = 0; i < digits; i += 2)
        (void)snprintf(out + i, 3, "%02x", bytes[i / 2]);
}

void fingerprint_make(const struct fingerprint_source *source, const char *server,
                      struct fingerprint *out)
{
    struct fingerprint_source whole = *source;
    struct digesting digesting OWNED(digest_release) = {0};
    uint8_t digest[FINGERPRINT_DIGEST_BYTES];

    digest_begin(&digesting);
    (void)XXH3_128bits_update(digesting.part, server, strlen(server));
    digest_take(digesting.part, whole.digest[FINGERPRINT_SERVER]);
    (void)XXH3_128bits_reset(digesting.part);
    (void)XXH3_128bits_update(digesting.part, format, sizeof format);
    for (size_t part = 0; part < FINGERPRINT_PARTS; part++) {
        (void)XXH3_128bits_update(digesting.part, whole.digest[part], sizeof whole.digest[part]);
        fingerprint_write(whole.digest[part], FINGERPRINT_PART_DIGITS, out->parts[part]);
    }
    digest_take(digesting.part, digest);
    fingerprint_write(digest, FINGERPRINT_DIGITS, out->digits);
}

const char *fingerprint_part_name(enum fingerprint_part part)
{
    static const char *const names[FINGERPRINT_PARTS] = {"sql", "inputs", "command", "server"};

    return names[part];
}
