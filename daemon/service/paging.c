/* paging.c: page tokens, sealed.
 * Never looks into a token's content. */
#include "daemon/service/paging.h"

#include <sodium.h>
#include <string.h>

#include "proto/bytes.h"

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    BEARER = 4 + 4,
};

static void derive_key(const struct paging *paging, uint8_t ret[static KEY])
{
    static const char purpose[] = "custody page token";
    crypto_generichash(ret, KEY, (const uint8_t *)purpose, sizeof purpose - 1,
                       paging->keys->secret_key, SEED_SIZE);
}

static void write_bearer(const struct paging *paging, uint8_t ret[static BEARER])
{
    bytes_put_u32(ret, paging->question);
    bytes_put_u32(ret + 4, paging->key);
}

/* From the content, so that no nonce serves for two contents. */
static void derive_nonce(const uint8_t key[static KEY],
                         const uint8_t bearer[static BEARER],
                         struct span content,
                         uint8_t ret[static NONCE])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, KEY, NONCE);
    crypto_generichash_update(&state, bearer, BEARER);
    crypto_generichash_update(&state, content.data, content.len);
    crypto_generichash_final(&state, ret, NONCE);
}

struct span paging_seal(const struct paging *paging, struct span content, struct arena *arena)
{
    uint8_t key[KEY], bearer[BEARER];
    size_t len = NONCE + content.len + TAG;
    uint8_t *token = arena_alloc(arena, len);
    if (token == NULL)
        return (struct span){0};
    derive_key(paging, key);
    write_bearer(paging, bearer);
    derive_nonce(key, bearer, content, token);
    crypto_aead_xchacha20poly1305_ietf_encrypt(token + NONCE, NULL, content.data, content.len,
                                               bearer, BEARER, NULL, token, key);
    digest_wipe(key, sizeof key);
    return span_of(token, len);
}

bool paging_open(const struct paging *paging,
                 struct span token,
                 struct arena *arena,
                 struct span *ret)
{
    uint8_t key[KEY], bearer[BEARER];
    if (token.len < NONCE + TAG)
        return false;
    size_t len = token.len - NONCE - TAG;
    uint8_t *content = arena_alloc(arena, len + 1);
    if (content == NULL)
        return false;
    derive_key(paging, key);
    write_bearer(paging, bearer);
    bool is_ours = crypto_aead_xchacha20poly1305_ietf_decrypt(content, NULL, NULL,
                                                              token.data + NONCE, token.len - NONCE,
                                                              bearer, BEARER, token.data, key) == 0;
    digest_wipe(key, sizeof key);
    if (is_ours)
        *ret = span_of(content, len);
    return is_ours;
}
