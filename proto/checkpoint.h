/* checkpoint.h: signed notes and checkpoints (C2SP signed-note and tlog-checkpoint), byte-exact.
 * Never keeps keys, never decides which checkpoint to sign.
 *
 * A checkpoint: origin, size, base64 root, each on a line; a blank line; one signature line per
 * signer. The log's key name is its origin; its key is Ed25519 (type 01). */
#ifndef CUSTODY_PROTO_CHECKPOINT_H
#define CUSTODY_PROTO_CHECKPOINT_H

#include "proto/digest.h"

enum {
    CHECKPOINT_ORIGIN_MAX = 200,
    CHECKPOINT_SIZE_MAX = 16 * 1024, /* room for many cosignatures */
    CHECKPOINT_SIGNATURES_MAX = 64,
    CHECKPOINT_VKEY_MAX = CHECKPOINT_ORIGIN_MAX + 1 + 8 + 1 + 48,
};

struct checkpoint {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint64_t size;
    struct digest root;
};

enum checkpoint_verdict {
    CHECKPOINT_OK = 0,
    CHECKPOINT_MALFORMED,
    CHECKPOINT_OTHER_ORIGIN,
    CHECKPOINT_UNSIGNED,      /* no line by this key */
    CHECKPOINT_BAD_SIGNATURE, /* a line by this key that does not verify */
};

/* Key id of signed-note: first 4 bytes of SHA-256(name, LF, type, key), big-endian. */
uint32_t
checkpoint_key_id(const char *name, uint8_t type, const uint8_t key[static PUBLIC_KEY_SIZE]);
/* `name+xxxxxxxx+base64`; returns the length, 0 when it does not fit. */
size_t checkpoint_write_vkey(const char *name,
                             const uint8_t key[static PUBLIC_KEY_SIZE],
                             char *ret,
                             size_t cap);
bool checkpoint_parse_vkey(struct span text,
                           char ret_name[static CHECKPOINT_ORIGIN_MAX + 1],
                           uint8_t ret_key[static PUBLIC_KEY_SIZE]);
/* A name or origin that the format allows: not empty, no Unicode space, no '+', no control character. */
bool checkpoint_is_name(struct span name);

/* The signed note; returns its length, 0 when it does not fit. */
size_t checkpoint_sign(const struct checkpoint *checkpoint,
                       const uint8_t secret_key[static SECRET_KEY_SIZE],
                       uint8_t *ret,
                       size_t cap);
/* One more signature line, by another key of the same name, at the end of a note of `len` bytes that checkpoint_sign wrote for
 * this checkpoint; returns the note's length, 0 when it does not fit. */
size_t checkpoint_cosign(const struct checkpoint *checkpoint,
                         const uint8_t secret_key[static SECRET_KEY_SIZE],
                         uint8_t *note,
                         size_t len,
                         size_t cap);
/* Parse without looking at signatures. */
bool checkpoint_parse(struct span note, struct checkpoint *ret);
/* Parse, require the origin, require a good signature by the key; lines by other keys are ignored. */
enum checkpoint_verdict checkpoint_verify(struct span note,
                                          const char *origin,
                                          const uint8_t key[static PUBLIC_KEY_SIZE],
                                          struct checkpoint *ret);

#endif
