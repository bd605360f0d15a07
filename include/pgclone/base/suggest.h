/* The name that a user may have meant: "did you mean …?" */
#ifndef PGCLONE_BASE_SUGGEST_H
#define PGCLONE_BASE_SUGGEST_H

#include <stddef.h>

/**
 * The index of the name that is most like `word`, or `count` if none is: up to a third of the
 * word's letters may be wrong, three at most, where a letter too much, too little, another or two
 * swapped count one each, and case none. Names may be NULL and are passed over.
 */
size_t suggest_nearest(const char *word, const char *const *names, size_t count);

#endif
