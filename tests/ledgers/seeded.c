/* seeded.c: libsodium's random bytes from a seed, preloaded while a ledger is made for safe-keeping, so that the same script
 * makes the same keys, statements and entries. Never part of a program. */
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of (seed, count): the seed is another one for every process. */
void randombytes_buf(void *const buffer, const size_t size)
{
    static uint64_t count;
    uint8_t *at = buffer;
    for (size_t left = size; left > 0;) {
        char text[80];
        uint8_t hash[crypto_hash_sha256_BYTES];
        const char *seed = getenv("SEEDED");
        int len = snprintf(text, sizeof(text), "%s/%llu", seed == NULL ? "" : seed,
                           (unsigned long long)__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED));
        crypto_hash_sha256(hash, (const uint8_t *)text, (unsigned long long)len);
        size_t part = left < sizeof(hash) ? left : sizeof(hash);
        memcpy(at, hash, part);
        at += part;
        left -= part;
    }
}
