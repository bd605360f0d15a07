/*
 * Ownership by scope. An owning local is declared with OWNED(release function), starts empty, and
 * is released on every way out of its block; the one success path takes the value out of it.
 */
#ifndef PGCLONE_BASE_CLEANUP_H
#define PGCLONE_BASE_CLEANUP_H

/** Calls `function(&variable)` when the variable goes out of scope. */
#define OWNED(function) __attribute__((cleanup(function)))

/** Makes the compiler check a printf-like call. Positions count from 1. */
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

#endif
