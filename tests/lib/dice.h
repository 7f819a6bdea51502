/* dice.h: chance that can be repeated; every random test draws from one of these and prints its seed.
 * Never fit for secrets. */
#ifndef TESTS_LIB_DICE_H
#define TESTS_LIB_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state[4];
};

/* The seed of this run: SEED from the environment, else a new one. Printed on the first call as
 * "seed N", and the same on every later call. */
uint64_t dice_seed(void);

/* The same seed gives the same throws for ever. */
void dice_init(struct dice *ret, uint64_t seed);

uint64_t dice_throw(struct dice *dice);
/* 0 <= result < limit, each equally likely; limit is not 0. */
uint64_t dice_below(struct dice *dice, uint64_t limit);
/* low <= result <= high. */
uint64_t dice_between(struct dice *dice, uint64_t low, uint64_t high);
/* True in `percent` of 100 throws. */
bool dice_chance(struct dice *dice, unsigned percent);
void dice_fill(struct dice *dice, void *ret, size_t len);
/* Every order of the n elements is equally likely. */
void dice_shuffle(struct dice *dice, void *elements, size_t n, size_t element_size);

#endif
