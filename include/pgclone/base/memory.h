/*
 * Allocation that does not fail. When memory runs out the process ends at once with a message, as
 * if it had been killed: what it leaves behind on a server is then found and removed by the next
 * call, like after any other kill (docs/architecture.md, "Crash-only").
 */
#ifndef PGCLONE_BASE_MEMORY_H
#define PGCLONE_BASE_MEMORY_H

#include <stddef.h>

/** Gives back what a library has allocated, and ends the process where that is NULL. */
void *memory_checked(void *memory);

/** Zeroed room for `count` items of `size` bytes; the caller frees it with free(). */
void *memory_new(size_t count, size_t size);

/** Grows or shrinks `old` (may be NULL) to `count` items of `size` bytes; new bytes are not zeroed.
 */
void *memory_resize(void *old, size_t count, size_t size);

/** A copy of `text` that the caller frees; NULL for NULL. */
char *memory_copy_string(const char *text);

/** Replaces the owned string in `*slot` by a copy of `text` (NULL allowed). */
void memory_replace_string(char **slot, const char *text);

/** Takes the value out of an owned pointer: returns `*slot` and leaves NULL there. */
char *memory_take_string(char **slot);

/** For OWNED(memory_free_string): frees the string. */
void memory_free_string(char **slot);

#endif
