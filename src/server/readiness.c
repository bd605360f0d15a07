#include "pgclone/server/readiness.h"

#include <inttypes.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/server/account.h"
#include "pgclone/server/binaries.h"
#include "pgclone/server/folder.h"
#include "pgclone/server/place.h"

/* A program that prints its version, on an overlay. */
static const int try_ms = 10000;

enum readiness_row { READINESS_BINARIES, READINESS_MEMORY, READINESS_OVERLAY };

static const struct check checks[] = {
    [READINESS_BINARIES] = {"ephemeral", "PostgreSQL's server programs are installed",
                            FINDING_ERROR},
    [READINESS_MEMORY] = {"memory", "a throw-away server's data fit into memory", FINDING_WARNING},
    [READINESS_OVERLAY] = {"overlay", "a throw-away server starts on data that are not copied",
                           FINDING_WARNING},
};

const struct check *readiness_check_at(size_t index)
{
    return index < sizeof checks / sizeof checks[0] ? &checks[index] : NULL;
}

/* ------------------------------------------------------------------------------------- programs
 */

/* What installs the server, by the program that this machine installs things with. */
static const struct {
    const char *program;
    const char *command;
} installers[] = {
    {"/usr/bin/apt-get", "apt-get install -y postgresql"},
    {"/usr/bin/dnf", "dnf install -y postgresql-server"},
    {"/sbin/apk", "apk add postgresql"},
    {"/usr/bin/pacman", "pacman -S --noconfirm postgresql"},
    {"/usr/bin/zypper", "zypper install -y postgresql-server"},
    {"/opt/homebrew/bin/brew", "brew install postgresql"},
};

static const char *readiness_install_command(void)
{
    for (size_t i = 0; i < sizeof installers / sizeof installers[0]; i++)
        if (file_is_program(installers[i].program))
            return installers[i].command;
    return NULL;
}

static bool readiness_find_binaries(const char *bindir, bool wanted, struct account *account,
                                    struct binaries *binaries, struct findings *findings)
{
    const struct check *check = &checks[READINESS_BINARIES];
    struct error err OWNED(error_release) = {0};
    struct finding *finding;

    if (account_choose(account, &err) && binaries_find(bindir, account, binaries, &err)) {
        (void)findings_add(findings, check, FINDING_OK,
                           "\"run --ephemeral\" would use PostgreSQL %s in \"%s\"",
                           binaries->version, binaries->folder);
        return true;
    }
    finding = findings_add_error(findings, check, &err);
    if (bindir == NULL)
        finding_set_fix(finding, FIX_IN_SHELL, "root",
                        memory_copy_string(readiness_install_command()));
    if (!wanted) {
        finding->severity = FINDING_WARNING;
        finding->exit_code = 0;
        finding_advise(finding, "\"run --ephemeral\" would not work; on a server that is there "
                                "already this does not matter.");
    }
    return false;
}

/* --------------------------------------------------------------------------------------- memory
 */

static const struct place *readiness_find_place(const struct place_list *places,
                                                const struct account *account,
                                                struct strbuf *reasons)
{
    for (size_t i = 0; i < places->count; i++) {
        struct error err OWNED(error_release) = {0};

        if (place_suits(&places->items[i], account, &err))
            return &places->items[i];
        strbuf_printf(reasons, "%s%s", reasons->length > 0 ? "\n" : "", err.message);
    }
    return NULL;
}

static void readiness_examine_memory(const struct account *account, struct findings *findings)
{
    const struct check *check = &checks[READINESS_MEMORY];
    struct strbuf reasons OWNED(strbuf_release) = {0};
    struct place_list places;
    const struct place *place;
    struct finding *finding;

    place_list(&places);
    place = readiness_find_place(&places, account, &reasons);
    if (place != NULL && place->needs_bytes > 0) {
        (void)findings_add(findings, check, FINDING_OK, "its data would be in \"%s\", in memory",
                           place->path);
        return;
    }
    finding = findings_add(findings, check, FINDING_WARNING, "%s%s%s",
                           place != NULL ? "its data would be in \"" : "there is no place for them",
                           place != NULL ? place->path : "", place != NULL ? "\", on a disk" : "");
    finding->detail = strbuf_take(&reasons);
    finding_advise(finding,
                   "A container gets more memory there with --shm-size=4g (docker run), or "
                   "shm_size: 4g in a compose file.");
    finding_set_fix(finding, FIX_IN_SHELL, "root",
                    memory_copy_string("mount -o remount,size=4G /dev/shm"));
}

/* -------------------------------------------------------------------------------------- overlay
 */

/* By starting the server's program on one that shows an empty folder. */
static bool readiness_try_overlay(const struct account *account, const struct binaries *binaries)
{
    struct folder folder OWNED(folder_remove) = FOLDER_NONE;
    struct strings arguments OWNED(strings_release) = {0};
    struct strbuf printed OWNED(strbuf_release) = {0};
    struct place_list places;
    struct overlay overlay;
    const struct spawn_options options = {.arguments = &arguments,
                                          .without = BINARIES_VARIABLES,
                                          .folder = "/",
                                          .user = account_to_become(account),
                                          .overlay = &overlay};
    int status = 0;

    place_list(&places);
    if (!folder_create(&places, account, &folder, NULL))
        return false;
    overlay = (struct overlay){.lower = folder.socket,
                               .upper = folder.changes,
                               .work = folder.work,
                               .target = folder.data};
    strings_add(&arguments, binaries->postgres);
    strings_add(&arguments, "--version");
    return spawn_run(&options, STDOUT_FILENO, try_ms, &printed, &status, NULL) && status == 0;
}

static void readiness_examine_overlay(const struct account *account,
                                      const struct binaries *binaries, struct findings *findings)
{
    const struct check *check = &checks[READINESS_OVERLAY];
    struct finding *finding;

    if (readiness_try_overlay(account, binaries)) {
        (void)findings_add(findings, check, FINDING_OK,
                           "it would start on an overlay of the cache");
        return;
    }
    finding = findings_add(findings, check, FINDING_WARNING,
                           "no overlay can be mounted: it would start on a copy of the cache");
    finding_advise(finding,
                   "That takes longer, and nothing else. An overlay needs a user namespace "
                   "(Linux 5.11), or in a container --cap-add SYS_ADMIN.");
    if (access("/proc/sys/kernel/unprivileged_userns_clone", R_OK) == 0)
        finding_set_fix(finding, FIX_IN_SHELL, "root",
                        memory_copy_string("sysctl -w kernel.unprivileged_userns_clone=1"));
}

void readiness_examine(const char *bindir, bool wanted, struct findings *findings)
{
    struct account account = {0};
    struct binaries binaries OWNED(binaries_release) = {0};

    if (!readiness_find_binaries(bindir, wanted, &account, &binaries, findings))
        return;
    readiness_examine_memory(&account, findings);
    readiness_examine_overlay(&account, &binaries, findings);
}
