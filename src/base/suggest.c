#include "pgclone/base/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Names are short; a longer word is not a slip of the pen for one of them. */
#define WORD_MAX 64
#define WRONG_MAX 3

static bool suggest_same(char left, char right)
{
    return tolower((unsigned char)left) == tolower((unsigned char)right);
}

static size_t suggest_least(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Optimal string alignment: Levenshtein's distance with swaps of neighbours. */
static size_t suggest_distance(const char *left, const char *right)
{
    /* Three rows of the matrix are enough, used in turn. */
    size_t rows[3][WORD_MAX + 1] = {{0}};
    size_t left_length = strlen(left);
    size_t right_length = strlen(right);

    for (size_t j = 0; j <= right_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= left_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above_that = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= right_length; j++) {
            size_t other = suggest_same(left[i - 1], right[j - 1]) ? 0 : 1;

            row[j] = suggest_least(above[j - 1] + other, suggest_least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && suggest_same(left[i - 1], right[j - 2]) &&
                suggest_same(left[i - 2], right[j - 1]))
                row[j] = suggest_least(row[j], above_that[j - 2] + 1);
        }
    }
    return rows[left_length % 3][right_length];
}

size_t suggest_nearest(const char *word, const char *const *names, size_t count)
{
    size_t nearest = count;
    size_t limit = suggest_least(strlen(word) / 3, WRONG_MAX);

    if (strlen(word) > WORD_MAX)
        return count;
    for (size_t i = 0; i < count; i++) {
        size_t distance;

        if (names[i] == NULL || strlen(names[i]) > WORD_MAX)
            continue;
        distance = suggest_distance(word, names[i]);
        if (distance <= limit && (nearest == count || distance < limit)) {
            nearest = i;
            limit = distance;
        }
    }
    return nearest;
}
