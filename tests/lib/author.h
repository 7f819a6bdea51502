/* author.h: a key, its chain of statements, and its connection's CURVE pair.
 * Never sends anything. */
#ifndef TESTS_LIB_AUTHOR_H
#define TESTS_LIB_AUTHOR_H

#include <protobuf-c/protobuf-c.h>

#include "proto/checkpoint.h"
#include "proto/statement.h"

enum { AUTHOR_CURVE_SIZE = 32, AUTHOR_BODY_MAX = 1024 };

struct author {
    uint8_t public_key[PUBLIC_KEY_SIZE];
    uint8_t secret_key[SECRET_KEY_SIZE];
    uint8_t curve_public[AUTHOR_CURVE_SIZE];
    uint8_t curve_secret[AUTHOR_CURVE_SIZE];
    struct digest origin;
    uint64_t sequence;
    struct digest previous;
    uint64_t seen_size; /* of the newest checkpoint that the author has verified */
    struct digest seen_root;
};

/* When and where the author says that something happened. */
struct author_moment {
    int64_t occurred_us, signed_us;
    bool position_is_known;
    int32_t latitude_e7, longitude_e7;
};

/* New keys; the chain begins. */
void author_init(struct author *ret, const char *origin);
/* A key that follows from the seed, with no connection of its own. */
void author_init_from(struct author *ret, const char *origin, const uint8_t seed[static SEED_SIZE]);
/* A checkpoint that was verified; an older one than the newest is passed over. */
void author_see(struct author *author, const struct checkpoint *head);
/* The next statement of the chain, happening now: signature, then signed bytes, as they are submitted.
 * Returns the length; `cap` must do. */
size_t author_sign(struct author *author, const ProtobufCMessage *body, uint8_t *ret, size_t cap);
/* The same, at another time. The statement's id is the author's `previous` from then on. */
size_t author_sign_at(struct author *author,
                      const ProtobufCMessage *body,
                      const struct author_moment *moment,
                      uint8_t *ret,
                      size_t cap);

#endif
