/* seal.c: libsodium's password hash and secret stream, and the head that says how they were used.
 * Never writes a key anywhere. */
#include "daemon/ledger/seal.h"

#include <sodium.h>

#include "proto/bytes.h"

/* Head: title, u64 operations, u64 memory, salt, the stream's own header. */
static const char title[8] = "cseal/1\n";

enum {
    SALT_AT = 24,
    STREAM_AT = SALT_AT + crypto_pwhash_SALTBYTES,
};

_Static_assert((int)STREAM_AT + (int)crypto_secretstream_xchacha20poly1305_HEADERBYTES ==
                   (int)SEAL_HEAD,
               "the head's parts fill it");
_Static_assert((int)crypto_secretstream_xchacha20poly1305_ABYTES == (int)SEAL_OVERHEAD,
               "a piece grows by what the header says");

struct seal {
    crypto_secretstream_xchacha20poly1305_state state;
};

static enum custody_status
derive(struct span passphrase,
       const uint8_t head[static SEAL_HEAD],
       uint8_t ret[static crypto_secretstream_xchacha20poly1305_KEYBYTES])
{
    uint64_t operations = bytes_get_u64(head + 8), memory = bytes_get_u64(head + 16);
    if (memcmp(head, title, sizeof(title)) != 0 || operations < crypto_pwhash_OPSLIMIT_MIN ||
        operations > crypto_pwhash_OPSLIMIT_SENSITIVE || memory < crypto_pwhash_MEMLIMIT_MIN ||
        memory > SEAL_MEMORY_MAX) {
        return CUSTODY_ERR_CORRUPT;
    }
    return crypto_pwhash(ret, crypto_secretstream_xchacha20poly1305_KEYBYTES,
                         (const char *)passphrase.data, passphrase.len, head + SALT_AT, operations,
                         (size_t)memory, crypto_pwhash_ALG_ARGON2ID13) == 0
               ? CUSTODY_OK
               : CUSTODY_ERR_MEMORY;
}

enum custody_status seal_create(struct span passphrase,
                                bool is_quick,
                                uint8_t ret_head[static SEAL_HEAD],
                                struct seal **ret)
{
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    struct seal *seal = sodium_malloc(sizeof(*seal));
    if (seal == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    memcpy(ret_head, title, sizeof(title));
    bytes_put_u64(ret_head + 8,
                  is_quick ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_MODERATE);
    bytes_put_u64(ret_head + 16,
                  is_quick ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_MODERATE);
    randombytes_buf(ret_head + SALT_AT, crypto_pwhash_SALTBYTES);
    enum custody_status status = derive(passphrase, ret_head, key);
    if (status == CUSTODY_OK) {
        crypto_secretstream_xchacha20poly1305_init_push(&seal->state, ret_head + STREAM_AT, key);
        *ret = seal;
    } else {
        sodium_free(seal);
    }
    sodium_memzero(key, sizeof(key));
    return status;
}

enum custody_status
seal_open(struct span passphrase, const uint8_t head[static SEAL_HEAD], struct seal **ret)
{
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    struct seal *seal = sodium_malloc(sizeof(*seal));
    if (seal == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = derive(passphrase, head, key);
    if (status == CUSTODY_OK &&
        crypto_secretstream_xchacha20poly1305_init_pull(&seal->state, head + STREAM_AT, key) != 0) {
        status = CUSTODY_ERR_CORRUPT;
    }
    sodium_memzero(key, sizeof(key));
    if (status != CUSTODY_OK) {
        sodium_free(seal);
        return status;
    }
    *ret = seal;
    return CUSTODY_OK;
}

void seal_push(struct seal *seal, struct span plain, bool is_last, uint8_t *ret)
{
    crypto_secretstream_xchacha20poly1305_push(
        &seal->state, ret, NULL, plain.data, plain.len, NULL, 0,
        is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
}

enum custody_status
seal_pull(struct seal *seal, struct span sealed, uint8_t *ret, bool *ret_is_last)
{
    unsigned char tag = 0;
    if (sealed.len < SEAL_OVERHEAD ||
        crypto_secretstream_xchacha20poly1305_pull(&seal->state, ret, NULL, &tag, sealed.data,
                                                   sealed.len, NULL, 0) != 0) {
        return CUSTODY_ERR_EVIDENCE;
    }
    *ret_is_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return CUSTODY_OK;
}

void seal_done(struct seal **seal)
{
    /* sodium_free wipes. */
    sodium_free(*seal);
    *seal = NULL;
}
