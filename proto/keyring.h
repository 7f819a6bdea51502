/* keyring.h: the keys that a ledger signs its heads with, one after the other, and who may change them.
 * Never holds a secret and never reads a disk.
 *
 * A key signs heads up to a size and the next one those beyond. The change is two statements rotate_ledger_key on the ledger,
 * one by each root key and naming the same next key; the later one's entry is the last under the old key. So the thief of a
 * ledger's key cannot pass on to another one, and who knows the root keys needs no word of the old key to learn the new one.
 * The ledger replays this over its granted entries, a device over those that it was shown and has verified. */
#ifndef CUSTODY_PROTO_KEYRING_H
#define CUSTODY_PROTO_KEYRING_H

#include "proto/bytes.h"
#include "proto/checkpoint.h"

enum {
    KEYRING_MAX = 16, /* keys of one ledger, one after the other */
    KEYRING_ROOTS = 2,
    KEYRING_BYTES_MAX = 2048, /* of keyring_write */
};

struct keyring_key {
    uint8_t key[PUBLIC_KEY_SIZE];
    uint64_t until; /* the largest head that it signs; of the key in force: UINT64_MAX */
    uint64_t said[KEYRING_ROOTS]; /* entries by which it came into force; zeros of the first key */
};

struct keyring {
    uint32_t count; /* 0: none yet. The last key is in force */
    struct keyring_key keys[KEYRING_MAX];
    uint8_t roots[KEYRING_ROOTS][PUBLIC_KEY_SIZE];
    /* One root key has named it, the other not yet. */
    bool is_asked;
    uint8_t asked_by; /* which root key */
    uint8_t asked_key[PUBLIC_KEY_SIZE];
    uint64_t asked_at;
};

/* As the ledger was founded; what was before is forgotten. */
void keyring_found(struct keyring *keyring,
                   const uint8_t key[static PUBLIC_KEY_SIZE],
                   const uint8_t first_root[static PUBLIC_KEY_SIZE],
                   const uint8_t second_root[static PUBLIC_KEY_SIZE]);
/* May `next` follow? Not when it was the ledger's key before, or when there is no room. */
bool keyring_may_follow(const struct keyring *keyring, const uint8_t next[static PUBLIC_KEY_SIZE]);
bool keyring_is_root(const struct keyring *keyring, const uint8_t key[static PUBLIC_KEY_SIZE]);
/* A root key names the next key in this entry; what is no root key's, or may not follow, changes nothing. True when the key in
 * force changed. */
bool keyring_say(struct keyring *keyring,
                 const uint8_t root[static PUBLIC_KEY_SIZE],
                 const uint8_t next[static PUBLIC_KEY_SIZE],
                 uint64_t entry);

/* The key that signs heads of that size; NULL when there is none. */
const uint8_t *keyring_at(const struct keyring *keyring, uint64_t size);
const uint8_t *keyring_in_force(const struct keyring *keyring); /* NULL when there is none */
/* checkpoint_verify under the key that signs heads of the note's size. */
enum checkpoint_verdict keyring_verify(const struct keyring *keyring,
                                       struct span note,
                                       const char *origin,
                                       struct checkpoint *ret);

/* The next key's own word that it is to be this ledger's: its signature over the origin. */
void keyring_sign_proof(const char *origin,
                        const uint8_t secret_key[static SECRET_KEY_SIZE],
                        uint8_t ret[static SIGNATURE_SIZE]);
bool keyring_check_proof(const char *origin,
                         const uint8_t next[static PUBLIC_KEY_SIZE],
                         const uint8_t proof[static SIGNATURE_SIZE]);

/* Keys as text for people and for other programs' trust: one vkey a line, the oldest first; after each but the last a space and
 * the largest head that it signs. A single vkey is such a text. Returns the length, without the NUL at the end; 0 when it does not
 * fit. Root keys are not in it. */
enum { KEYRING_TEXT_MAX = KEYRING_MAX * (CHECKPOINT_VKEY_MAX + 24) };
size_t
keyring_write_vkeys(const struct keyring *keyring, const char *origin, char *ret, size_t cap);
bool keyring_parse_vkeys(struct span text,
                         char ret_origin[static CHECKPOINT_ORIGIN_MAX + 1],
                         struct keyring *ret);

/* For the ledger's own record. */
size_t keyring_write(const struct keyring *keyring, uint8_t *ret, size_t cap);
bool keyring_parse(struct span bytes, struct keyring *ret);

#endif
