#include "pgclone/base/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"

static const struct temporary_kind folders = {
    .prefix = "pgclone-", .suffix = "", .lock_name = "lock"};

/* As many tests may start at the same moment as a machine has workers. */
static const int backlog = 128;

/* Whether a socket in such a folder has a path that a socket's address can hold. */
static bool listener_fits(const char *parent)
{
    static const char longest[] = "/pgclone-0123456789abcdef/socket";

    return strlen(parent) + sizeof longest <= sizeof((struct sockaddr_un *)NULL)->sun_path;
}

static bool listener_bind(struct listener *listener, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, listener->path, strlen(listener->path));
    listener->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->descriptor >= 0 &&
        bind(listener->descriptor, (const struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener->descriptor, backlog) == 0)
        return true;
    return error_set(err, ERROR_SYSTEM, "could not listen on the socket \"%s\": %s", listener->path,
                     strerror(errno));
}

bool listener_open(struct listener *out, struct error *err)
{
    const char *parent = listener_fits(temporary_parent()) ? temporary_parent() : "/tmp";
    struct listener listener OWNED(listener_close) = LISTENER_NONE;

    (void)temporary_sweep(&folders, parent);
    if (!temporary_make(&folders, parent, &listener.folder, err))
        return false;
    listener.path = file_join(listener.folder.path, "socket");
    if (!listener_bind(&listener, err))
        return false;
    *out = listener;
    listener = LISTENER_NONE;
    return true;
}

/* The folder keeps others out already; this is for systems where a socket's folder does not. */
static bool listener_is_own(int peer)
{
#ifdef SO_PEERCRED
    struct ucred credentials;
    socklen_t length = sizeof credentials;

    if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0)
        return credentials.uid == geteuid() || credentials.uid == 0;
#else
    (void)peer;
#endif
    return true;
}

int listener_accept(const struct listener *listener)
{
    int peer OWNED(file_close) = accept4(listener->descriptor, NULL, NULL, SOCK_CLOEXEC);

    return peer >= 0 && listener_is_own(peer) ? file_take(&peer) : -1;
}

void listener_close(struct listener *listener)
{
    file_close(&listener->descriptor);
    memory_free_string(&listener->path);
    temporary_remove(&listener->folder);
}
