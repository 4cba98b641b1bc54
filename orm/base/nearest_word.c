#include <string.h>

#include "base/text.h"

/* Nobody slips on a word longer than this; it bounds the table. */
#define LONGEST_WORD 64

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Optimal string alignment: insert, delete, replace, swap two neighbours. Three rows of the table are enough. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t  rows[3][LONGEST_WORD + 1];
    size_t *above2 = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        above2[j] = above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *spare = above2;

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t cost = lower(a[i - 1]) != lower(b[j - 1]);

            row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
                above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
        above2 = above;
        above = row;
        row = spare;
    }
    return above[b_length];
}

const char *orm_nearest_word(const char *word, const char *const *words, size_t count)
{
    size_t      length = strlen(word);
    const char *best = NULL;
    size_t      best_distance = 0;

    if (length > LONGEST_WORD)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t candidate = strlen(words[i]);
        size_t longer = candidate > length ? candidate : length;
        size_t allowed = longer / 3 > 3 ? 3 : longer / 3;
        size_t found;

        if (candidate > LONGEST_WORD)
            continue;
        found = distance(word, length, words[i], candidate);
        if (found <= allowed && (best == NULL || found < best_distance)) {
            best = words[i];
            best_distance = found;
        }
    }
    return best;
}
