/*
 * seeded.h - for tests: numbers that look random and are the same in every run (splitmix64).
 */
#ifndef ORM_TESTS_SEEDED_H
#define ORM_TESTS_SEEDED_H

#include <stdint.h>

static inline uint64_t seeded_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* 0 .. limit - 1 */
static inline uint64_t seeded_below(uint64_t *state, uint64_t limit)
{
    return seeded_next(state) % limit;
}

#endif
