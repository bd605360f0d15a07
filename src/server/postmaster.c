#include "pgclone/server/postmaster.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/server/tcp.h"

/* A postmaster gives its sessions 5 s before it kills them (SIGKILL_CHILDREN_AFTER_SECS). */
static const int quit_ms = 6000;
static const int kill_ms = 2000;
static const int look_ms = 2;

/* The data need not survive a crash of the machine, and is thrown away when the run ends. */
static const char *const settings[] = {
    "max_connections=200",
    "shared_buffers=128MB",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "wal_init_zero=off",
    /* Bounds what the log takes of a RAM disk; without fsync a checkpoint costs next to nothing. */
    "max_wal_size=256MB",
    "min_wal_size=32MB",
    /* A new file is as quick, and what is no longer needed takes room, here and in the cache. */
    "wal_recycle=off",
    "checkpoint_timeout=1h",
    "bgwriter_lru_maxpages=0",
    /* A short run is not disturbed by it, and one of hours still gets its statistics. */
    "autovacuum_naptime=10min",
    /* Compiling costs more than the queries of a test. */
    "jit=off",
    /* Shared memory is a file in the data folder: it is removed with it, and a container's small
     * /dev/shm does not limit it. */
    "dynamic_shared_memory_type=mmap",
    /* Errors that tests cause would fill the RAM disk: only the server's start and end are logged.
     */
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_checkpoints=off",
};

static void postmaster_set(struct strings *out, const char *name, const char *value)
{
    struct strbuf setting OWNED(strbuf_release) = {0};

    strbuf_printf(&setting, "%s=%s", name, value);
    strings_add(out, "-c");
    strings_add(out, strbuf_text(&setting));
}

void postmaster_arguments(const struct postmaster_options *options, struct strings *out)
{
    struct strbuf port OWNED(strbuf_release) = {0};

    strbuf_printf(&port, "%d", options->port);
    strings_add(out, options->program);
    strings_add(out, "-D");
    strings_add(out, options->data);
    strings_add(out, "-p");
    strings_add(out, strbuf_text(&port));
    strings_add(out, "-k");
    strings_add(out, options->socket);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        strings_add(out, "-c");
        strings_add(out, settings[i]);
    }
    postmaster_set(out, "listen_addresses", options->rules != NULL ? TCP_ADDRESS : "");
    if (options->rules == NULL)
        return;
    postmaster_set(out, "hba_file", options->rules);
    /* PostgreSQL 13 has md5, and so roles that are made in the run would never be let in. */
    postmaster_set(out, "password_encryption", "scram-sha-256");
    /* For tcp_port_was_taken(), whatever LANGUAGE says. */
    postmaster_set(out, "lc_messages", "C");
}

/* ----------------------------------------------------------------------------- postmaster.pid */

/* The start of line `number`, counted from 1; NULL when the text does not hold that line whole. */
static const char *postmaster_line(const char *text, int number)
{
    for (; number > 1 && text != NULL; number--) {
        text = strchr(text, '\n');
        if (text != NULL)
            text++;
    }
    return text != NULL && strchr(text, '\n') != NULL ? text : NULL;
}

bool postmaster_parse(const char *text, struct postmaster_file *out)
{
    struct postmaster_file found = {0};
    const char *line = postmaster_line(text, 1);
    long pid = line != NULL ? strtol(line, NULL, 10) : 0;
    char *end;

    if (pid == 0)
        return false;
    found.pid = (pid_t)(pid > 0 ? pid : -pid);
    line = postmaster_line(text, 7);
    if (line != NULL) {
        found.key = strtoul(line, &end, 10);
        found.segment = (int)strtol(end, NULL, 10);
    }
    line = postmaster_line(text, 8);
    found.ready = line != NULL && strncmp(line, "ready", 5) == 0;
    *out = found;
    return true;
}

bool postmaster_read(const char *files, struct postmaster_file *out)
{
    char *path OWNED(memory_free_string) = file_join(files, "postmaster.pid");
    struct strbuf text OWNED(strbuf_release) = {0};

    return file_read_end(AT_FDCWD, path, 4096, &text) && postmaster_parse(strbuf_text(&text), out);
}

/* ------------------------------------------------------------------------------------ the end */

/* Whether the path leads to that folder. */
static bool postmaster_is_folder(const char *path, const struct stat *folder)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_dev == folder->st_dev &&
           status.st_ino == folder->st_ino;
}

/* Whether the arguments of a process, as /proc has them, hold `-D` and a path of the folder. */
static bool postmaster_has_argument(const struct strbuf *arguments, const struct stat *folder)
{
    const char *end = strbuf_text(arguments) + arguments->length;
    bool named = false;

    for (const char *word = strbuf_text(arguments); word < end; word += strlen(word) + 1) {
        if (named && postmaster_is_folder(word, folder))
            return true;
        named = strcmp(word, "-D") == 0;
    }
    return false;
}

bool postmaster_is_of(pid_t pid, const char *data)
{
    struct strbuf arguments OWNED(strbuf_release) = {0};
    struct stat process;
    struct stat folder;
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%ld", (long)pid);
    if (lstat(data, &folder) != 0 || stat(path, &process) != 0 || process.st_uid != folder.st_uid)
        return false;
    (void)snprintf(path, sizeof path, "/proc/%ld/cwd", (long)pid);
    if (postmaster_is_folder(path, &folder))
        return true;
    /* Root in a container may not ask where another user's process works. */
    (void)snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
    return file_read_end(AT_FDCWD, path, 65536, &arguments) &&
           postmaster_has_argument(&arguments, &folder);
}

/*
 * A killed postmaster leaves the few bytes of shared memory by which it kept others out of its data
 * folder. They can be freed when its last session has ended, which takes a moment.
 */
static void postmaster_free_memory(const struct postmaster_file *file, const char *data)
{
    int64_t deadline = clock_now_ms() + kill_ms;
    struct shmid_ds segment;
    struct stat folder;

    if (file->key == 0 || lstat(data, &folder) != 0)
        return;
    while (shmctl(file->segment, IPC_STAT, &segment) == 0 &&
           (unsigned long)segment.shm_perm.__key == file->key &&
           segment.shm_perm.uid == folder.st_uid) {
        if (segment.shm_nattch == 0) {
            (void)shmctl(file->segment, IPC_RMID, NULL);
            return;
        }
        if (clock_now_ms() >= deadline)
            return;
        clock_sleep_ms(look_ms);
    }
}

/* Waits until the server, which may be our child, has ended. */
static bool postmaster_gone(pid_t child, pid_t pid, const char *data, int timeout_ms)
{
    int64_t deadline = clock_now_ms() + timeout_ms;

    while (child != 0 ? !spawn_wait(child, 0, NULL) : postmaster_is_of(pid, data)) {
        if (clock_now_ms() >= deadline)
            return false;
        clock_sleep_ms(look_ms);
    }
    return true;
}

void postmaster_end(pid_t child, const char *data, const char *files)
{
    struct postmaster_file file;
    bool known = postmaster_read(files, &file);
    pid_t pid = child;

    if (pid == 0 && known && postmaster_is_of(file.pid, data))
        pid = file.pid;
    if (pid != 0) {
        (void)kill(pid, SIGQUIT);
        if (!postmaster_gone(child, pid, data, quit_ms)) {
            (void)kill(pid, SIGKILL);
            (void)postmaster_gone(child, pid, data, kill_ms);
        }
    }
    if (known)
        postmaster_free_memory(&file, data);
}
