/*
 * A folder that shows another one, and takes what is changed in it elsewhere (overlayfs, Linux): so
 * a program has a copy of a folder that cost nothing to make. The mount lives in a mount namespace
 * of the program's own: nobody else sees it, and it goes with the program and its children, however
 * they end.
 */
#ifndef PGCLONE_BASE_OVERLAY_H
#define PGCLONE_BASE_OVERLAY_H

/** Absolute paths of folders, none of which is a symbolic link. */
struct overlay {
    const char *lower;  /**< what is shown; it must not change meanwhile */
    const char *upper;  /**< empty, and of the owner and mode that the shown folder is to have */
    const char *work;   /**< empty, and on the file system of `upper` */
    const char *target; /**< where it is mounted */
};

/**
 * Takes this process, which has one thread, into a mount namespace of its own and mounts there.
 * Root does so before it becomes another user; anybody else needs a user namespace, in which the
 * process stays the user that it is. NULL; or what failed, with errno, as in "could not mount the
 * overlay of", and the process is then good for nothing but its end.
 */
const char *overlay_enter(const struct overlay *overlay);

#endif
