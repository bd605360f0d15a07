/* The mount table of a Linux machine, which need not be this one. */
#ifndef PGCLONE_BASE_MOUNTS_H
#define PGCLONE_BASE_MOUNTS_H

/**
 * The name of the file system that `path` is on ("xfs"), from `mounts`, the text of a
 * /proc/self/mounts. `path` is absolute and without symbolic links. The caller frees it; NULL where
 * the table has no such place, and on systems whose C library cannot read it.
 */
char *mounts_file_system(const char *mounts, const char *path);

#endif
