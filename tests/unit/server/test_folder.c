// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/server/folder.h"
#include "scratch_folder.h"

/* A folder of a living run, in the scratch folder. */
static void create(struct folder *out)
{
    const struct place_list places = {.items = {{.path = scratch_folder()}}, .count = 1};
    struct account account;

    assert_true(account_choose(&account, NULL));
    assert_true(folder_create(&places, &account, out, NULL));
}

/* Leaves it as a killed pgclone would; gives its name. */
static const char *abandon(struct folder *folder)
{
    static char name[64];

    (void)snprintf(name, sizeof name, "%s", strrchr(folder->temporary.path, '/') + 1);
    file_close(&folder->temporary.lock);
    memory_free_string(&folder->temporary.path);
    memory_free_string(&folder->data);
    memory_free_string(&folder->changes);
    memory_free_string(&folder->work);
    memory_free_string(&folder->socket);
    memory_free_string(&folder->log);
    memory_free_string(&folder->rules);
    return name;
}

/* That the server's user has the folder to itself. */
static void assert_is_servers_own(const char *path, const struct account *account)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_uid, account->user.uid);
    assert_int_equal(status.st_mode & 07777, 0700);
}

/* Without this others read the data, or a server that runs as another user cannot. */
static void test_who_may_enter(void **state)
{
    struct folder folder = FOLDER_NONE;
    struct account account;
    struct stat status;
    (void)state;

    create(&folder);
    assert_true(account_choose(&account, NULL));
    assert_int_equal(stat(folder.temporary.path, &status), 0);
    assert_int_equal(status.st_uid, geteuid());
    assert_int_equal(status.st_mode & 07777, account.other ? 0710 : 0700);
    assert_int_equal(status.st_gid, account.user.gid);
    assert_is_servers_own(folder.data, &account);
    assert_is_servers_own(folder.socket, &account);
    folder_remove(&folder);
}

/* Without this a run leaves its folder, or frees what it did not have. */
static void test_remove(void **state)
{
    struct folder folder = FOLDER_NONE;
    char *path OWNED(memory_free_string) = NULL;
    (void)state;

    folder_remove(&folder);
    create(&folder);
    path = memory_copy_string(folder.temporary.path);
    folder_remove(&folder);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_null(folder.temporary.path);
    assert_int_equal(folder.temporary.lock, -1);
}

/* Without this the first place that does not do ends the search, or the error says nothing. */
static void test_places_in_turn(void **state)
{
    struct place_list places = {
        .items = {{.path = "/none"}, {.path = "/dev/null"}, {.path = scratch_folder()}},
        .count = 3};
    const struct account account = {.user = {.uid = geteuid(), .gid = getegid()}};
    struct folder folder = FOLDER_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(folder_create(&places, &account, &folder, &err));
    assert_memory_equal(folder.temporary.path, scratch_folder(), strlen(scratch_folder()));
    folder_remove(&folder);
    places.count = 2;
    assert_false(folder_create(&places, &account, &folder, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.detail, "could not look at \"/none\": No such file or directory; "
                                    "\"/dev/null\" is not a folder");
    assert_null(folder.temporary.path);
}

/* Sweeps the scratch folder, and a place that is not there. */
static void sweep(void)
{
    folder_sweep(
        &(struct place_list){.items = {{.path = "/none"}, {.path = scratch_folder()}}, .count = 2});
}

/* Without this a start removes the data under a living run's server. */
static void test_living_one_is_left(void **state)
{
    struct folder folder = FOLDER_NONE;
    (void)state;

    create(&folder);
    sweep();
    assert_int_equal(access(folder.data, F_OK), 0);
    folder_remove(&folder);
}

/* Without this what a killed pgclone left stays on the RAM disk for ever. */
static void test_dead_one_is_removed(void **state)
{
    struct folder folder = FOLDER_NONE;
    const char *name;
    (void)state;

    create(&folder);
    name = abandon(&folder);
    sweep();
    assert_int_not_equal(access(scratch_path(name), F_OK), 0);
    create(&folder);
    name = abandon(&folder);
    create(&folder);
    sweep();
    assert_int_not_equal(access(scratch_path(name), F_OK), 0);
    assert_int_equal(access(folder.data, F_OK), 0);
    folder_remove(&folder);
    assert_int_equal(rmdir(scratch_folder()), 0);
    assert_int_equal(mkdir(scratch_folder(), 0700), 0);
}

/* Without this a second try finds what the first has left, or another user's folders. */
static void test_renew(void **state)
{
    struct folder folder = FOLDER_NONE;
    struct account account;
    (void)state;

    create(&folder);
    assert_true(account_choose(&account, NULL));
    assert_string_equal(folder_files(&folder), folder.data);
    folder.overlaid = true;
    assert_string_equal(folder_files(&folder), folder.changes);
    assert_int_equal(mkdirat(AT_FDCWD, strcat(strcpy((char[128]){0}, folder.work), "/work"), 0), 0);
    assert_int_equal(creat(folder.log, 0600) >= 0, 1);
    assert_true(folder_renew(&folder, &account, NULL));
    assert_false(folder.overlaid);
    assert_int_not_equal(access(folder.log, F_OK), 0);
    assert_int_equal(rmdir(folder.work), 0);
    assert_is_servers_own(folder.changes, &account);
    folder_remove(&folder);
}

/* A process that works in the folder; `in` is a path. */
static pid_t start_in(const char *in)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct account account;
    /* As a server is started: with SIGQUIT as it was made, whatever our own caller ignores. */
    struct spawn_options options = {.arguments = &arguments, .folder = in, .death_signal = SIGQUIT};
    pid_t pid = 0;

    assert_true(account_choose(&account, NULL));
    options.user = account_to_become(&account);
    strings_add(&arguments, "sleep");
    strings_add(&arguments, "60");
    assert_true(spawn_start(&options, &pid, NULL));
    return pid;
}

/* Without this a server that outlived its pgclone works on without its files, or the sweep ends a
 * process that has nothing but the number in common with it. */
static void test_server_of_a_dead_one_is_ended(void **state)
{
    (void)state;

    for (int turn = 0; turn < 4; turn++) {
        const bool ours = turn % 2 == 1;
        struct folder folder = FOLDER_NONE;
        char text[32];
        char path[128];
        const char *name;
        int status = 0;
        pid_t pid;

        create(&folder);
        pid = start_in(ours ? folder.data : "/");
        (void)snprintf(text, sizeof text, "%d\n", (int)pid);
        (void)snprintf(path, sizeof path, "%s/%s/postmaster.pid",
                       strrchr(folder.temporary.path, '/') + 1, turn < 2 ? "data" : "changes");
        scratch_make_file(path, text, 0600);
        name = abandon(&folder);
        sweep();
        assert_int_not_equal(access(scratch_path(name), F_OK), 0);
        assert_int_equal(spawn_wait(pid, ours ? 5000 : 50, &status), ours);
        assert_int_equal(status & 0x7f, ours ? SIGQUIT : 0);
        (void)kill(pid, SIGKILL);
        (void)spawn_wait(pid, 5000, NULL);
    }
}

int main(void)
{
#define FOLDER_TEST(function)                                                                      \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_who_may_enter),
        FOLDER_TEST(test_remove),
        FOLDER_TEST(test_places_in_turn),
        FOLDER_TEST(test_living_one_is_left),
        FOLDER_TEST(test_dead_one_is_removed),
        FOLDER_TEST(test_server_of_a_dead_one_is_ended),
        FOLDER_TEST(test_renew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
