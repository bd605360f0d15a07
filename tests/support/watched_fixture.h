/* What a server tells of the template "circ" and of the one that is made from it, whose copies note
 * their changes. */
#ifndef PGCLONE_TESTS_WATCHED_FIXTURE_H
#define PGCLONE_TESTS_WATCHED_FIXTURE_H

#include <stdbool.h>

/** The name of the one that is made while the server says `facts` of "circ"; borrowed until the
 * next call. */
const char *watched_fixture_name(const char *facts);

/** The same of one that is made from `source`. */
const char *watched_fixture_name_of(const char *source, const char *facts);

/** The mark of a worker's database that is cloned from it; borrowed until the next call. */
const char *watched_fixture_mark(const char *facts);

/** Has the server say of "circ", as it is asked next, these facts, and whether anybody is in it;
 * `there`: the watched one is there, sealed. Of few calls in a test. */
void watched_fixture_says(const char *facts, bool busy, bool there);

/** Has it say of `source` these facts, and that the watched one is there. */
void watched_fixture_says_of(const char *source, const char *facts);

#endif
