/* digest.h: SHA-256 and Ed25519, the only cryptography that signed things rest on.
 * Never makes keys: randomness belongs to whoever holds a device.
 *
 * Ed25519 is libsodium's, and only libsodium's verdict counts (libraries disagree on 165 of 914
 * edge cases; TLOG 2). SHA-256 is libcrypto's in the hot path; digest_sha256_second is libsodium's,
 * for the second code path that checks a tree before it is signed.
 * Threads: all functions may be called from any thread; digest_init once before the others. */
#ifndef CUSTODY_PROTO_DIGEST_H
#define CUSTODY_PROTO_DIGEST_H

#include "proto/span.h"

enum {
    DIGEST_SIZE = 32,
    SIGNATURE_SIZE = 64,
    PUBLIC_KEY_SIZE = 32,
    SECRET_KEY_SIZE = 64, /* libsodium's: seed, then public key */
    SEED_SIZE = 32,
    SALT_SIZE = 16, /* in front of every record that is named by a salted digest */
};

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

/* Prepare libsodium; false when it cannot start. May be called again. */
bool digest_init(void);

struct digest digest_sha256(struct span bytes);
/* The digest of `count` spans one after another. */
struct digest digest_sha256_of(const struct span *parts, size_t count);
struct digest digest_sha256_second(const struct span *parts, size_t count);
bool digest_is_equal(const struct digest *a, const struct digest *b); /* constant time */
bool digest_is_zero(const struct digest *digest);

bool digest_verify(const uint8_t signature[static SIGNATURE_SIZE],
                   struct span message,
                   const uint8_t public_key[static PUBLIC_KEY_SIZE]);
void digest_sign(uint8_t ret_signature[static SIGNATURE_SIZE],
                 struct span message,
                 const uint8_t secret_key[static SECRET_KEY_SIZE]);
void digest_key_from_seed(const uint8_t seed[static SEED_SIZE],
                          uint8_t ret_public[static PUBLIC_KEY_SIZE],
                          uint8_t ret_secret[static SECRET_KEY_SIZE]);
void digest_wipe(void *secret, size_t len);

#endif
