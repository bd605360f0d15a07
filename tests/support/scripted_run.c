#include "scripted_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/listener.h"

static struct {
    struct listener listener;
    pid_t run;
    int heard; /* what it has heard comes through this pipe */
} script;

static void answer(int listener, int heard, const char *const *answers)
{
    for (; *answers != NULL; answers++) {
        char request[256];
        int peer = accept(listener, NULL, NULL);
        ssize_t length = read(peer, request, sizeof request);

        if (length <= 0 || write(heard, request, (size_t)length) != length ||
            dprintf(peer, "%s\n", *answers) < 0)
            break;
        (void)close(peer);
    }
    if (*answers == NULL)
        (void)close(accept(listener, NULL, NULL));
}

void scripted_run_begin(const char *const *answers)
{
    int ends[2];
    int listener;

    script.listener = LISTENER_NONE;
    assert_true(listener_open(&script.listener, NULL));
    listener = script.listener.descriptor;
    assert_int_equal(fcntl(listener, F_SETFL, 0), 0);
    assert_int_equal(pipe(ends), 0);
    script.heard = ends[0];
    script.run = fork();
    if (script.run == 0) {
        (void)alarm(20);
        answer(listener, ends[1], answers);
        _exit(0);
    }
    (void)close(ends[1]);
    assert_int_equal(setenv("PGCLONE_SOCKET", script.listener.path, 1), 0);
}

void scripted_run_end(const char *requests)
{
    char heard[1024] = "";
    size_t length = 0;
    ssize_t got;

    (void)kill(script.run, SIGTERM);
    assert_int_equal(waitpid(script.run, NULL, 0), script.run);
    while ((got = read(script.heard, heard + length, sizeof heard - 1 - length)) > 0)
        length += (size_t)got;
    (void)close(script.heard);
    listener_close(&script.listener);
    assert_int_equal(unsetenv("PGCLONE_SOCKET"), 0);
    assert_string_equal(heard, requests);
}
