/* A run that answers as the test says: the other end of a socket, in a process of its own. */
#ifndef PGCLONE_TESTS_SCRIPTED_RUN_H
#define PGCLONE_TESTS_SCRIPTED_RUN_H

/** Begins: sets PGCLONE_SOCKET to a socket where each request is answered with the next of
 * `answers` (NULL-terminated, each without its line's end); after the last one the run hangs up. */
void scripted_run_begin(const char *const *answers);

/** Ends it, and unsets PGCLONE_SOCKET. Fails unless the requests were these, a line each. */
void scripted_run_end(const char *requests);

#endif
