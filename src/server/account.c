#include "pgclone/server/account.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/memory.h"

bool account_choose(struct account *out, struct error *err)
{
    static const char *const names[] = {"postgres", "nobody"};

    if (geteuid() != 0) {
        *out = (struct account){.user = {.uid = geteuid(), .gid = getegid()}};
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct passwd *entry = getpwnam(names[i]);

        if (entry != NULL && entry->pw_uid != 0) {
            *out = (struct account){.user = {.uid = entry->pw_uid, .gid = entry->pw_gid},
                                    .other = true};
            return true;
        }
    }
    error_set(err, ERROR_SYSTEM, "no user to run the throw-away server as");
    return error_hint(err, "PostgreSQL does not run as root: make a user \"postgres\", or call "
                           "pgclone as an ordinary user.");
}

const struct spawn_user *account_to_become(const struct account *account)
{
    return account->other ? &account->user : NULL;
}

bool account_make_folder(const struct account *account, const char *path)
{
    return mkdir(path, 0700) == 0 &&
           (!account->other || lchown(path, account->user.uid, account->user.gid) == 0);
}

/* Whether the user may look up names in the folder. */
static bool account_can_pass(const struct account *account, const char *folder)
{
    struct stat status;
    mode_t needed = S_IXOTH;

    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
        return false;
    if (status.st_uid == account->user.uid)
        needed = S_IXUSR;
    else if (status.st_gid == account->user.gid)
        needed = S_IXGRP;
    return (status.st_mode & needed) != 0;
}

bool account_can_reach(const struct account *account, const char *path)
{
    char *prefix OWNED(memory_free_string) = memory_copy_string(path);

    if (!account->other)
        return true;
    for (char *slash = strchr(prefix + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!account_can_pass(account, prefix))
            return false;
        *slash = '/';
    }
    return account_can_pass(account, prefix);
}
