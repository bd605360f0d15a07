/*
 * The lease: what tells the databases of a living process from those of a dead one. It is a
 * session-level advisory lock in the maintenance database on a random key, held for as long as the
 * process lives; the server frees it when that process dies, however it dies.
 */
#ifndef PGCLONE_PROVISION_LEASE_H
#define PGCLONE_PROVISION_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/error.h"

/** Bytes of a lease as text, with the NUL: 16 hexadecimal digits. */
#define LEASE_TEXT_SIZE 17

/**
 * What becomes of databases when their maker has ended. The lowest bit of a lease says it, so that
 * the mark needs no further field: 0, the last digit even, for LEASE_CREATE.
 */
enum lease_kind {
    LEASE_CREATE, /**< they are meant to outlive it: left alone until they are dropped or replaced
                   */
    LEASE_RUN,    /**< they are not: the next run of the project removes them */
};

struct lease {
    int64_t key; /**< positive, 62 random bits and the kind */
    char text[LEASE_TEXT_SIZE];
};

/** Makes a new one. ERROR_SYSTEM when the kernel has no random numbers. */
bool lease_make(enum lease_kind kind, struct lease *out, struct error *err);

/** Reads a lease as text; false, and `out` untouched, when it is not one. */
bool lease_read(const char *text, struct lease *out);

/** Whether a lease as text is a run's. */
bool lease_is_of_run(const char *text);

/** A run's lease turned into one whose databases are meant to stay (`run --keep-on-failure`). */
void lease_outlive(const struct lease *lease, struct lease *out);

/** Whether an advisory lock's key is a session key, and of which lease. */
bool lease_is_session_key(int64_t key, int64_t *lease_key);

/**
 * The key that every session of the process holds shared, so that a session can be found and ended
 * when its client is dead while the statement at work goes on: the lease's with the sign bit set.
 */
int64_t lease_session_key(const struct lease *lease);

/**
 * The key that a run holds beside its lease for as long as a `create` inside it may join it: at its
 * end it gives that up first, so that whatever has joined can be seen from then on. It is the
 * lease's with the other kind, which nothing bears while the run lives.
 */
int64_t lease_join_key(const struct lease *lease);

/** Whether `text` is a lease as text. */
bool lease_is_text(const char *text);

/** The key of a lease as text; 0 if it is not one. */
int64_t lease_key_of(const char *text);

/** The name of scratch database `number` of a lease, `pgclone_scratch_<lease>_<n>`. The caller
 * frees it. */
char *lease_scratch_name(const struct lease *lease, int number);

/** Reads the lease out of a scratch database's name; false when the name is not one. */
bool lease_of_scratch(const char *name, char lease[LEASE_TEXT_SIZE]);

#endif
