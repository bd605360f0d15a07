/*
 * The throw-away server on 127.0.0.1, for drivers that know no sockets: a port that is free, a
 * password for the run, and the rules by which the server asks for it.
 */
#ifndef PGCLONE_SERVER_TCP_H
#define PGCLONE_SERVER_TCP_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/** The one address that the server listens on: this machine alone reaches it. */
#define TCP_ADDRESS "127.0.0.1"

/** 128 bits in hexadecimal digits, which need no encoding in a URL and no quotes in a shell. */
#define TCP_PASSWORD_LENGTH 32

/**
 * Finds a port that nobody uses now. Somebody else may take it before the server does, so whoever
 * starts the server tries another one where tcp_port_was_taken(). ERROR_SYSTEM where there is none.
 */
bool tcp_find_port(int *port, struct error *err);

/** Whether the server says in its log, in English, that it ended since it did not get its port. */
bool tcp_port_was_taken(const char *log);

/** Makes up a password, NUL-terminated. ERROR_SYSTEM where there are no random numbers. */
bool tcp_make_password(char password[TCP_PASSWORD_LENGTH + 1], struct error *err);

/**
 * Writes the server's rules about who may connect (pg_hba.conf) into a new file: by the socket
 * whoever reaches it, as without TCP, and by TCP whoever has the password. The server's user may
 * read it. ERROR_SYSTEM on failure.
 */
bool tcp_write_rules(const char *path, struct error *err);

#endif
