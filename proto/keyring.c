/* keyring.c: the keys that a ledger signs its heads with, one after the other.
 * Never holds a secret. */
#include "proto/keyring.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_same(const uint8_t a[static PUBLIC_KEY_SIZE],
                    const uint8_t b[static PUBLIC_KEY_SIZE])
{
    return memcmp(a, b, PUBLIC_KEY_SIZE) == 0;
}

void keyring_found(struct keyring *keyring,
                   const uint8_t key[static PUBLIC_KEY_SIZE],
                   const uint8_t first_root[static PUBLIC_KEY_SIZE],
                   const uint8_t second_root[static PUBLIC_KEY_SIZE])
{
    memset(keyring, 0, sizeof(*keyring));
    keyring->count = 1;
    keyring->keys[0].until = UINT64_MAX;
    memcpy(keyring->keys[0].key, key, PUBLIC_KEY_SIZE);
    memcpy(keyring->roots[0], first_root, PUBLIC_KEY_SIZE);
    memcpy(keyring->roots[1], second_root, PUBLIC_KEY_SIZE);
}

bool keyring_may_follow(const struct keyring *keyring, const uint8_t next[static PUBLIC_KEY_SIZE])
{
    if (keyring->count == 0 || keyring->count == KEYRING_MAX)
        return false;
    for (uint32_t i = 0; i < keyring->count; i++) {
        if (is_same(keyring->keys[i].key, next))
            return false;
    }
    return true;
}

/* KEYRING_ROOTS when it is none. */
static uint8_t find_root(const struct keyring *keyring, const uint8_t key[static PUBLIC_KEY_SIZE])
{
    uint8_t root = 0;
    while (root < KEYRING_ROOTS && !is_same(keyring->roots[root], key))
        root++;
    return root;
}

bool keyring_is_root(const struct keyring *keyring, const uint8_t key[static PUBLIC_KEY_SIZE])
{
    return find_root(keyring, key) != KEYRING_ROOTS;
}

bool keyring_say(struct keyring *keyring,
                 const uint8_t root[static PUBLIC_KEY_SIZE],
                 const uint8_t next[static PUBLIC_KEY_SIZE],
                 uint64_t entry)
{
    uint8_t by = find_root(keyring, root);
    if (by == KEYRING_ROOTS || !keyring_may_follow(keyring, next))
        return false;
    bool agrees = keyring->is_asked && keyring->asked_by != by && is_same(keyring->asked_key, next);
    if (!agrees) {
        keyring->is_asked = true;
        keyring->asked_by = by;
        keyring->asked_at = entry;
        memcpy(keyring->asked_key, next, PUBLIC_KEY_SIZE);
        return false;
    }
    keyring->keys[keyring->count - 1].until = entry;
    struct keyring_key *key = &keyring->keys[keyring->count++];
    *key = (struct keyring_key){.until = UINT64_MAX, .said = {keyring->asked_at, entry}};
    memcpy(key->key, next, PUBLIC_KEY_SIZE);
    keyring->is_asked = false;
    return true;
}

const uint8_t *keyring_at(const struct keyring *keyring, uint64_t size)
{
    for (uint32_t i = 0; i < keyring->count; i++) {
        if (size <= keyring->keys[i].until)
            return keyring->keys[i].key;
    }
    return NULL;
}

const uint8_t *keyring_in_force(const struct keyring *keyring)
{
    return keyring->count == 0 ? NULL : keyring->keys[keyring->count - 1].key;
}

enum checkpoint_verdict keyring_verify(const struct keyring *keyring,
                                       struct span note,
                                       const char *origin,
                                       struct checkpoint *ret)
{
    struct checkpoint said;
    if (!checkpoint_parse(note, &said))
        return CHECKPOINT_MALFORMED;
    const uint8_t *key = keyring_at(keyring, said.size);
    return key == NULL ? CHECKPOINT_UNSIGNED : checkpoint_verify(note, origin, key, ret);
}

void keyring_sign_proof(const char *origin,
                        const uint8_t secret_key[static SECRET_KEY_SIZE],
                        uint8_t ret[static SIGNATURE_SIZE])
{
    digest_sign(ret, span_text(origin), secret_key);
}

bool keyring_check_proof(const char *origin,
                         const uint8_t next[static PUBLIC_KEY_SIZE],
                         const uint8_t proof[static SIGNATURE_SIZE])
{
    return digest_verify(proof, span_text(origin), next);
}

size_t keyring_write_vkeys(const struct keyring *keyring, const char *origin, char *ret, size_t cap)
{
    char vkey[CHECKPOINT_VKEY_MAX + 1];
    size_t len = 0;
    for (uint32_t i = 0; i < keyring->count; i++) {
        bool is_last = i + 1 == keyring->count;
        size_t vkey_len =
            checkpoint_write_vkey(origin, keyring->keys[i].key, vkey, sizeof(vkey) - 1);
        vkey[vkey_len] = '\0';
        int written = is_last ? snprintf(ret + len, cap - len, "%s\n", vkey)
                              : snprintf(ret + len, cap - len, "%s %" PRIu64 "\n", vkey,
                                         keyring->keys[i].until);
        if (vkey_len == 0 || written < 0 || (size_t)written >= cap - len)
            return 0;
        len += (size_t)written;
    }
    return len;
}

/* A line, without its end, off `text`. */
static struct span take_line(struct span *text)
{
    const uint8_t *end = memchr(text->data, '\n', text->len);
    size_t len = end == NULL ? text->len : (size_t)(end - text->data);
    struct span line = span_of(text->data, len);
    size_t skip = end == NULL ? len : len + 1;
    *text = span_of(text->data + skip, text->len - skip);
    return line;
}

bool keyring_parse_vkeys(struct span text,
                         char ret_origin[static CHECKPOINT_ORIGIN_MAX + 1],
                         struct keyring *ret)
{
    struct keyring keyring = {0};
    char origin[CHECKPOINT_ORIGIN_MAX + 1], first[CHECKPOINT_ORIGIN_MAX + 1] = "";
    while (text.len > 0) {
        struct keyring_key *key = &keyring.keys[keyring.count];
        struct span line = take_line(&text);
        const uint8_t *space = line.len == 0 ? NULL : memchr(line.data, ' ', line.len);
        size_t len = space == NULL ? line.len : (size_t)(space - line.data);
        bool is_last = text.len == 0;
        if (keyring.count == KEYRING_MAX || is_last != (space == NULL) ||
            !checkpoint_parse_vkey(span_of(line.data, len), origin, key->key))
            return false;
        key->until = UINT64_MAX;
        if (!is_last && !bytes_parse_decimal(span_of(space + 1, line.len - len - 1), &key->until))
            return false;
        if (keyring.count == 0)
            memcpy(first, origin, sizeof(first));
        else if (strcmp(origin, first) != 0 || key->until <= key[-1].until)
            return false;
        keyring.count++;
    }
    if (keyring.count == 0)
        return false;
    memcpy(ret_origin, first, sizeof(first));
    *ret = keyring;
    return true;
}

size_t keyring_write(const struct keyring *keyring, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, (uint8_t)keyring->count);
    for (uint32_t i = 0; i < keyring->count; i++) {
        const struct keyring_key *key = &keyring->keys[i];
        bytes_write_span(&writer, span_of(key->key, PUBLIC_KEY_SIZE));
        bytes_write_u64(&writer, key->until);
        bytes_write_u64(&writer, key->said[0]);
        bytes_write_u64(&writer, key->said[1]);
    }
    for (size_t i = 0; i < KEYRING_ROOTS; i++)
        bytes_write_span(&writer, span_of(keyring->roots[i], PUBLIC_KEY_SIZE));
    bytes_write_u8(&writer, keyring->is_asked);
    if (keyring->is_asked) {
        bytes_write_u8(&writer, keyring->asked_by);
        bytes_write_span(&writer, span_of(keyring->asked_key, PUBLIC_KEY_SIZE));
        bytes_write_u64(&writer, keyring->asked_at);
    }
    return bytes_written(&writer).len;
}

bool keyring_parse(struct span bytes, struct keyring *ret)
{
    struct keyring keyring = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    keyring.count = bytes_read_u8(&reader);
    if (keyring.count > KEYRING_MAX)
        return false;
    for (uint32_t i = 0; i < keyring.count; i++) {
        struct keyring_key *key = &keyring.keys[i];
        bytes_read_copy(&reader, key->key, PUBLIC_KEY_SIZE);
        key->until = bytes_read_u64(&reader);
        key->said[0] = bytes_read_u64(&reader);
        key->said[1] = bytes_read_u64(&reader);
    }
    for (size_t i = 0; i < KEYRING_ROOTS; i++)
        bytes_read_copy(&reader, keyring.roots[i], PUBLIC_KEY_SIZE);
    uint8_t asked = bytes_read_u8(&reader);
    keyring.is_asked = asked == 1;
    if (keyring.is_asked) {
        keyring.asked_by = bytes_read_u8(&reader);
        bytes_read_copy(&reader, keyring.asked_key, PUBLIC_KEY_SIZE);
        keyring.asked_at = bytes_read_u64(&reader);
    }
    if (!bytes_reader_is_done(&reader) || asked > 1 || keyring.asked_by >= KEYRING_ROOTS)
        return false;
    *ret = keyring;
    return true;
}
