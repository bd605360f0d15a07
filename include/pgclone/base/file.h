/*
 * Files, folders and pipes, by descriptor. Every descriptor that is made here is closed by exec, so
 * that no other program gets it by accident.
 */
#ifndef PGCLONE_BASE_FILE_H
#define PGCLONE_BASE_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"

/** For OWNED(file_close): closes the descriptor, -1 for none, and leaves -1. */
void file_close(int *descriptor);

/** Takes the descriptor out of an owned variable: returns it and leaves -1 there. */
int file_take(int *descriptor);

/** Makes a pipe. ERROR_SYSTEM on failure. */
bool file_pipe(int *readable, int *writable, struct error *err);

/**
 * Writes all of it, however often that takes, and waits where the descriptor is non-blocking and
 * full. False with errno when it cannot be written.
 */
bool file_write(int descriptor, const char *bytes, size_t length);

/**
 * Adds the whole content of a file, which may also be a pipe. ERROR_SYSTEM when it cannot be read
 * or is larger than `limit` bytes.
 */
bool file_read(const char *path, size_t limit, struct strbuf *out, struct error *err);

/**
 * Adds the last `limit` bytes of a regular file, all of it where it is shorter; follows no symbolic
 * link. `folder` is a descriptor or AT_FDCWD. False with errno when it cannot be read.
 */
bool file_read_end(int folder, const char *name, size_t limit, struct strbuf *out);

/** Whether this is, maybe by a symbolic link, a regular file that this process may start. */
bool file_is_program(const char *path);

/**
 * Opens a regular file of this user and locks it (flock) for as long as the descriptor is open.
 * `flags` are open()'s, O_CREAT for one. -1 with errno on failure; it is EWOULDBLOCK where another
 * process holds the lock, and EPERM where the file is something else or another user's.
 */
int file_lock(int folder, const char *name, int flags);

/** Opens a folder, never through a symbolic link in place of it. -1 with errno on failure. */
int file_open_folder(int parent, const char *name);

/** The same for a folder of this user; EPERM for one that another user could have written to. */
int file_open_own_folder(int parent, const char *name);

/** Begins to list a folder, which is opened as by file_open_folder(). NULL with errno on failure.
 */
DIR *file_list(int parent, const char *name);

/** What comes next in the folder, borrowed until the next call; NULL at the end, or with errno on
 * failure. */
const struct dirent *file_next_entry(DIR *listing);

/** The name of what comes next in the folder, in the same way. */
const char *file_next(DIR *listing);

/** For OWNED(file_close_list): ends the listing; NULL is allowed. */
void file_close_list(DIR **listing);

/** `folder`/`name`, which the caller frees. */
char *file_join(const char *folder, const char *name);

#endif
