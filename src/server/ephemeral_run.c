#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/server/ephemeral.h"

/* A start takes some 40 ms; a minute is for a machine that is overloaded. */
static const int start_ms = 60000;
static const int look_ms = 1;
static const size_t log_tail_bytes = 2048;
/* To lose a port to somebody is rare, and to lose one after the other is a sign of something else.
 */
static const int port_attempts = 10;

/* Makes the end of the server's log the error's detail. Returns false. */
static bool ephemeral_log_tail(const struct ephemeral *server, struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    if (file_read_end(AT_FDCWD, server->folder.log, log_tail_bytes, &text) && text.length > 0)
        error_detail(err, "%s", strbuf_trim(&text));
    return false;
}

static bool ephemeral_lives(struct ephemeral *server, struct error *err)
{
    struct strbuf end OWNED(strbuf_release) = {0};
    int status = 0;

    if (!spawn_wait(server->pid, 0, &status))
        return true;
    server->pid = 0;
    spawn_describe(status, &end);
    error_set(err, ERROR_SYSTEM, "the throw-away server %s", strbuf_text(&end));
    return ephemeral_log_tail(server, err);
}

static bool ephemeral_launch(struct ephemeral *server, const struct overlay *overlay,
                             struct error *err)
{
    struct strings arguments OWNED(strings_release) = {0};
    const struct postmaster_options postmaster = {.program = server->binaries.postgres,
                                                  .data = server->folder.data,
                                                  .socket = server->folder.socket,
                                                  .port = server->port,
                                                  .rules =
                                                      server->tcp ? server->folder.rules : NULL};
    int log OWNED(file_close) =
        open(server->folder.log, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    struct spawn_options options = {.arguments = &arguments,
                                    .without = BINARIES_VARIABLES,
                                    .folder = "/",
                                    .user = account_to_become(&server->account),
                                    .overlay = overlay,
                                    .output = log,
                                    .errors = log,
                                    .own_session = true,
                                    /* An immediate shutdown: it takes its sessions along and gives
                                     * back its shared memory. SIGKILL would do neither. */
                                    .death_signal = SIGQUIT};

    if (log < 0)
        return error_set(err, ERROR_SYSTEM, "could not make \"%s\": %s", server->folder.log,
                         strerror(errno));
    postmaster_arguments(&postmaster, &arguments);
    return spawn_start(&options, &server->pid, err);
}

/* Waits until the server is ready, as its postmaster.pid tells. A try to connect would tell it,
 * too, but would leave a refused connection in the log. */
static bool ephemeral_await(struct ephemeral *server, struct error *err)
{
    int64_t deadline = clock_now_ms() + start_ms;

    while (clock_now_ms() < deadline) {
        struct postmaster_file file;

        if (!ephemeral_lives(server, err))
            return false;
        if (postmaster_read(folder_files(&server->folder), &file) && file.ready)
            return true;
        if (!interrupt_sleep_ms(look_ms))
            return interrupt_error(err);
    }
    error_set(err, ERROR_SYSTEM, "the throw-away server was not ready within %d seconds",
              start_ms / 1000);
    return ephemeral_log_tail(server, err);
}

static bool ephemeral_run_once(struct ephemeral *server, const struct overlay *overlay,
                               struct error *err)
{
    return ephemeral_launch(server, overlay, err) && ephemeral_await(server, err);
}

/* Whether the server has ended since somebody took its port between our look and its start. */
static bool ephemeral_lost_port(const struct ephemeral *server)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    return server->pid == 0 && file_read_end(AT_FDCWD, server->folder.log, log_tail_bytes, &text) &&
           tcp_port_was_taken(strbuf_text(&text));
}

static bool ephemeral_run_on_tcp(struct ephemeral *server, const struct overlay *overlay,
                                 struct error *err)
{
    struct error reason OWNED(error_release) = {0};

    if (!tcp_make_password(server->password, err) || !tcp_write_rules(server->folder.rules, err))
        return false;
    for (int attempt = 1; attempt <= port_attempts; attempt++) {
        if (!tcp_find_port(&server->port, err))
            return false;
        if (ephemeral_run_once(server, overlay, &reason))
            return true;
        if (!ephemeral_lost_port(server))
            break;
        log_message(LOG_VERBOSE, "throw-away server: somebody else took port %d", server->port);
        (void)unlink(server->folder.log);
    }
    return error_move(err, &reason);
}

bool ephemeral_run(struct ephemeral *server, const struct overlay *overlay, struct error *err)
{
    server->folder.overlaid = overlay != NULL;
    return server->tcp ? ephemeral_run_on_tcp(server, overlay, err)
                       : ephemeral_run_once(server, overlay, err);
}
