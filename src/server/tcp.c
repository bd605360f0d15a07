#include "pgclone/server/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"

static const char rules[] = "local all all trust\n"
                            "host all all " TCP_ADDRESS "/32 scram-sha-256\n";

bool tcp_find_port(int *port, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = 0};
    socklen_t length = sizeof address;
    int descriptor OWNED(file_close) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0 || bind(descriptor, (const struct sockaddr *)&address, length) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &length) != 0)
        return error_set(err, ERROR_SYSTEM, "could not find a free port on " TCP_ADDRESS ": %s",
                         strerror(errno));
    *port = ntohs(address.sin_port);
    return true;
}

/* What comes before it, the system's own words, differ from system to system. */
bool tcp_port_was_taken(const char *log)
{
    return strstr(log, "could not create any TCP/IP sockets") != NULL;
}

bool tcp_make_password(char password[TCP_PASSWORD_LENGTH + 1], struct error *err)
{
    unsigned char bytes[TCP_PASSWORD_LENGTH / 2];

    if (getentropy(bytes, sizeof bytes) != 0)
        return error_set(err, ERROR_SYSTEM, "could not get random numbers: %s", strerror(errno));
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(password + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* The folder of the file keeps others out, and the umask must not keep out the server's user. */
bool tcp_write_rules(const char *path, struct error *err)
{
    int file OWNED(file_close) =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

    return (file >= 0 && fchmod(file, 0644) == 0 && file_write(file, rules, sizeof rules - 1)) ||
           error_set(err, ERROR_SYSTEM, "could not write \"%s\": %s", path, strerror(errno));
}
