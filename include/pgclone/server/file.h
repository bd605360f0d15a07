/* Descriptors and small files, the way this room handles them: by folder and name. */
#ifndef PGCLONE_SERVER_FILE_H
#define PGCLONE_SERVER_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/strbuf.h"

/** For OWNED(file_close): closes the descriptor, -1 for none, and leaves -1. */
void file_close(int *descriptor);

/** Takes the descriptor out of an owned variable: returns it and leaves -1 there. */
int file_take(int *descriptor);

/** Opens a folder, never through a symbolic link in place of it. -1 with errno on failure. */
int file_open_folder(int parent, const char *name);

/**
 * Adds the last `limit` bytes of a regular file, all of it where it is shorter. `folder` is a
 * descriptor or AT_FDCWD. False with errno when it cannot be read.
 */
bool file_read(int folder, const char *name, size_t limit, struct strbuf *out);

/** The text without the line ends and spaces that it ends with; borrowed. */
const char *file_trim(struct strbuf *text);

/** `folder`/`name`, which the caller frees. */
char *file_join(const char *folder, const char *name);

#endif
