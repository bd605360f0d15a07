#include "pgclone/server/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/tree.h"
#include "pgclone/server/postmaster.h"

#define NAME_PREFIX "pgclone-ephemeral-"
#define DATA_NAME "data"
#define CHANGES_NAME "changes"
#define SOCKET_NAME "socket"
#define LONGEST_PORT "65535"

_Static_assert(sizeof "/" NAME_PREFIX "/" SOCKET_NAME "/.s.PGSQL." LONGEST_PORT - 1 +
                       TEMPORARY_DIGITS ==
                   PLACE_ADDED_BYTES,
               "place.h counts what is added to a place's path");

static void folder_end_server(const char *path)
{
    char *data OWNED(memory_free_string) = file_join(path, DATA_NAME);
    char *changes OWNED(memory_free_string) = file_join(path, CHANGES_NAME);
    struct postmaster_file file;

    postmaster_end(0, data, postmaster_read(changes, &file) ? changes : data);
}

static const struct temporary_kind folder_kind = {
    .prefix = NAME_PREFIX,
    .suffix = "",
    .lock_name = "pgclone-ephemeral.lock",
    .end_leftovers = folder_end_server,
};

/* Lets the server's group pass through; the umask may have taken anything. */
static bool folder_open_up(const char *path, const struct account *account)
{
    return (!account->other || lchown(path, (uid_t)-1, account->user.gid) == 0) &&
           chmod(path, account->other ? 0710 : 0700) == 0;
}

static bool folder_make_data(const struct folder *folder, const struct account *account)
{
    return account_make_folder(account, folder->data) &&
           account_make_folder(account, folder->changes) &&
           account_make_folder(account, folder->work);
}

/* Fills the temporary folder that was just made. False with errno on failure. */
static bool folder_fill(struct folder *folder, const struct account *account)
{
    const char *path = folder->temporary.path;

    folder->data = file_join(path, DATA_NAME);
    folder->changes = file_join(path, CHANGES_NAME);
    folder->work = file_join(path, "work");
    folder->socket = file_join(path, SOCKET_NAME);
    folder->log = file_join(path, "server.log");
    folder->rules = file_join(path, "pg_hba.conf");
    return folder_open_up(path, account) && folder_make_data(folder, account) &&
           account_make_folder(account, folder->socket);
}

static bool folder_create_in(const struct place *place, const struct account *account,
                             struct folder *out, struct error *err)
{
    struct folder folder OWNED(folder_remove) = FOLDER_NONE;

    if (!place_suits(place, account, err) ||
        !temporary_make(&folder_kind, place->path, &folder.temporary, err))
        return false;
    if (!folder_fill(&folder, account))
        return error_set(err, ERROR_SYSTEM, "could not make a folder in \"%s\": %s",
                         folder.temporary.path, strerror(errno));
    *out = folder;
    folder = FOLDER_NONE;
    return true;
}

bool folder_create(const struct place_list *places, const struct account *account,
                   struct folder *out, struct error *err)
{
    struct strbuf reasons OWNED(strbuf_release) = {0};

    for (size_t i = 0; i < places->count; i++) {
        struct error reason OWNED(error_release) = {0};

        if (folder_create_in(&places->items[i], account, out, &reason))
            return true;
        strbuf_printf(&reasons, "%s%s", i > 0 ? "; " : "", reason.message);
    }
    error_set(err, ERROR_SYSTEM, "no place for the throw-away server's folder");
    error_detail(err, "%s", strbuf_text(&reasons));
    return error_hint(err, "Set TMPDIR to a folder with a short path that you may write to.");
}

const char *folder_files(const struct folder *folder)
{
    return folder->overlaid ? folder->changes : folder->data;
}

bool folder_renew(struct folder *folder, const struct account *account, struct error *err)
{
    const char *const made[] = {folder->data, folder->changes, folder->work, folder->log};

    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        if (!tree_remove(AT_FDCWD, made[i], err))
            return false;
    folder->overlaid = false;
    return folder_make_data(folder, account) ||
           error_set(err, ERROR_SYSTEM, "could not make a folder in \"%s\": %s",
                     folder->temporary.path, strerror(errno));
}

void folder_remove(struct folder *folder)
{
    temporary_remove(&folder->temporary);
    memory_free_string(&folder->data);
    memory_free_string(&folder->changes);
    memory_free_string(&folder->work);
    memory_free_string(&folder->socket);
    memory_free_string(&folder->log);
    memory_free_string(&folder->rules);
}

void folder_sweep(const struct place_list *places)
{
    for (size_t i = 0; i < places->count; i++)
        temporary_sweep(&folder_kind, places->items[i].path);
}
