/* digest.c: SHA-256 and Ed25519, by two libraries that are good at them.
 * Never makes keys and never compares secrets byte by byte. */

/* OpenSSL 3 calls the SHA256_ functions deprecated, in favour of EVP, which allocates a context for
 * every digest and looks its algorithm up again. These hash without a heap, four times as fast as
 * libsodium, and stay in libcrypto 3 for good. The level must be set before its headers are read. */
#define OPENSSL_API_COMPAT 10101

#include "proto/digest.h"

#include <openssl/sha.h>
#include <sodium.h>

_Static_assert(DIGEST_SIZE == SHA256_DIGEST_LENGTH, "libcrypto's SHA-256");
_Static_assert(DIGEST_SIZE == crypto_hash_sha256_BYTES, "libsodium's SHA-256");
_Static_assert(SIGNATURE_SIZE == crypto_sign_ed25519_BYTES, "an Ed25519 signature");
_Static_assert(PUBLIC_KEY_SIZE == crypto_sign_ed25519_PUBLICKEYBYTES, "an Ed25519 public key");
_Static_assert(SECRET_KEY_SIZE == crypto_sign_ed25519_SECRETKEYBYTES, "libsodium's secret key");
_Static_assert(SEED_SIZE == crypto_sign_ed25519_SEEDBYTES, "an Ed25519 seed");

bool digest_init(void)
{
    return sodium_init() >= 0;
}

struct digest digest_sha256(struct span bytes)
{
    return digest_sha256_of(&bytes, 1);
}

struct digest digest_sha256_of(const struct span *parts, size_t count)
{
    struct digest digest;
    SHA256_CTX state;
    SHA256_Init(&state);
    for (size_t i = 0; i < count; i++)
        SHA256_Update(&state, parts[i].data, parts[i].len);
    SHA256_Final(digest.bytes, &state);
    return digest;
}

struct digest digest_sha256_second(const struct span *parts, size_t count)
{
    struct digest digest;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            crypto_hash_sha256_update(&state, parts[i].data, parts[i].len);
    }
    crypto_hash_sha256_final(&state, digest.bytes);
    return digest;
}

bool digest_is_equal(const struct digest *a, const struct digest *b)
{
    return sodium_memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

bool digest_is_zero(const struct digest *digest)
{
    return sodium_is_zero(digest->bytes, DIGEST_SIZE) == 1;
}

bool digest_verify(const uint8_t signature[static SIGNATURE_SIZE],
                   struct span message,
                   const uint8_t public_key[static PUBLIC_KEY_SIZE])
{
    return crypto_sign_ed25519_verify_detached(signature, message.data, message.len, public_key) ==
           0;
}

void digest_sign(uint8_t ret_signature[static SIGNATURE_SIZE],
                 struct span message,
                 const uint8_t secret_key[static SECRET_KEY_SIZE])
{
    crypto_sign_ed25519_detached(ret_signature, NULL, message.data, message.len, secret_key);
}

void digest_key_from_seed(const uint8_t seed[static SEED_SIZE],
                          uint8_t ret_public[static PUBLIC_KEY_SIZE],
                          uint8_t ret_secret[static SECRET_KEY_SIZE])
{
    crypto_sign_ed25519_seed_keypair(ret_public, ret_secret, seed);
}

void digest_wipe(void *secret, size_t len)
{
    sodium_memzero(secret, len);
}
