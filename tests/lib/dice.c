/* dice.c: chance that can be repeated; every random test draws from one of these and prints its seed.
 * Never fit for secrets. */
#include "tests/lib/dice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

uint64_t dice_seed(void)
{
    static uint64_t seed;
    static bool known;

    if (known) {
        return seed;
    }
    const char *text = getenv("SEED");
    if (text != NULL && text[0] != '\0') {
        char *end = NULL;
        errno = 0;
        seed = strtoull(text, &end, 10);
        if (errno != 0 || *end != '\0') {
            fprintf(stderr, "SEED is not a number: %s\n", text);
            exit(EXIT_FAILURE);
        }
    } else if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        perror("getrandom");
        exit(EXIT_FAILURE);
    } else {
        seed >>= 32; /* short enough to type again */
    }
    known = true;
    printf("# seed %llu\n", (unsigned long long)seed);
    (void)fflush(stdout);
    return seed;
}

static uint64_t rotate_left(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64 - by));
}

/* The state is filled by splitmix64 and thrown by xoshiro256** (Blackman and Vigna, public domain). */
void dice_init(struct dice *ret, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        ret->state[i] = z ^ (z >> 31);
    }
}

uint64_t dice_throw(struct dice *dice)
{
    uint64_t *s = dice->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t dice_below(struct dice *dice, uint64_t limit)
{
    if (limit == 0) {
        abort();
    }
    /* Throws below 2^64 mod limit are thrown again, or small results would be likelier. */
    uint64_t uneven = (UINT64_MAX - limit + 1) % limit;
    uint64_t x = dice_throw(dice);
    while (x < uneven) {
        x = dice_throw(dice);
    }
    return x % limit;
}

uint64_t dice_between(struct dice *dice, uint64_t low, uint64_t high)
{
    if (high - low == UINT64_MAX) {
        return dice_throw(dice);
    }
    return low + dice_below(dice, high - low + 1);
}

bool dice_chance(struct dice *dice, unsigned percent)
{
    return dice_below(dice, 100) < percent;
}

void dice_fill(struct dice *dice, void *ret, size_t len)
{
    uint8_t *at = ret;
    while (len > 0) {
        uint64_t x = dice_throw(dice);
        size_t n = len < sizeof x ? len : sizeof x;
        memcpy(at, &x, n);
        at += n;
        len -= n;
    }
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = a[i];
        a[i] = b[i];
        b[i] = byte;
    }
}

void dice_shuffle(struct dice *dice, void *elements, size_t n, size_t element_size)
{
    uint8_t *bytes = elements;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)dice_below(dice, i);
        swap(bytes + (i - 1) * element_size, bytes + j * element_size, element_size);
    }
}
