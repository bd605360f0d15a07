#include "pgclone/base/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/log.h"

/* The name of the other side; a system's answer is far shorter. */
enum { NAME_SIZE = 128, CHUNK_BYTES = 4096 };

/* More than a terminal holds: beyond that it is a process in the background that goes on writing.
 */
static const int most_chunks = 64;

/* Lines end as the program has written them: our own terminal does with them what it would have
 * done. */
static bool relay_be_alike(int follower)
{
    struct termios mode;

    if (tcgetattr(STDERR_FILENO, &mode) != 0)
        return false;
    mode.c_oflag &= ~(tcflag_t)OPOST;
    return tcsetattr(follower, TCSANOW, &mode) == 0;
}

static void relay_resize(const struct relay *relay)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        (void)ioctl(relay->leader, TIOCSWINSZ, &size);
}

static bool relay_open_follower(struct relay *relay)
{
    char name[NAME_SIZE];

    if (relay->leader < 0 || grantpt(relay->leader) != 0 || unlockpt(relay->leader) != 0 ||
        ptsname_r(relay->leader, name, sizeof name) != 0)
        return false;
    relay->follower = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return relay->follower >= 0 && relay_be_alike(relay->follower);
}

bool relay_open(struct relay *relay)
{
    *relay = (struct relay){.leader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), .follower = -1};
    if (relay_open_follower(relay) && fcntl(relay->leader, F_SETFL, O_NONBLOCK) == 0) {
        relay_resize(relay);
        return true;
    }
    file_close(&relay->follower);
    file_close(&relay->leader);
    return false;
}

void relay_give(struct relay *relay)
{
    file_close(&relay->follower);
}

/* False when nothing more has come yet, or ever will. */
static bool relay_pass_on(struct relay *relay)
{
    char bytes[CHUNK_BYTES];
    ssize_t length = read(relay->leader, bytes, sizeof bytes);

    if (length > 0)
        log_pass_on(bytes, (size_t)length);
    else if (length == 0 ||
             (errno != EAGAIN && errno != EINTR)) /* EIO: nobody has the other side */
        file_close(&relay->leader);
    return length > 0;
}

void relay_prepare(struct relay *relay, struct poll_set *set)
{
    relay->waits = relay->leader >= 0;
    if (!relay->waits)
        return;
    relay_resize(relay);
    relay->entry = poll_set_add(set, relay->leader, POLLIN);
}

void relay_turn(struct relay *relay, const struct poll_set *set)
{
    if (relay->waits && relay->leader >= 0 && poll_set_ready(set, relay->entry) != 0)
        (void)relay_pass_on(relay);
}

void relay_close(struct relay *relay)
{
    file_close(&relay->follower);
    for (int i = 0; i < most_chunks && relay->leader >= 0 && relay_pass_on(relay); i++)
        continue;
    file_close(&relay->leader);
}
