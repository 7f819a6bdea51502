/* identity.h: the device's own keys: an Ed25519 key that signs and a CURVE pair that connects.
 * Never leaves the device: nothing here prints, copies out or sends a secret.
 *
 * Secrets lie in memory of sodium_malloc and are wiped when they go. The file `key` is 0600, its folder 0700; what is
 * looser is refused, because somebody may have read it. */
#ifndef CUSTODY_CLIENT_LIB_IDENTITY_H
#define CUSTODY_CLIENT_LIB_IDENTITY_H

#include <custody/client.h>
#include "proto/digest.h"

enum { IDENTITY_CURVE_SIZE = 32 };

struct identity {
    uint8_t public_key[PUBLIC_KEY_SIZE];
    uint8_t curve_public[IDENTITY_CURVE_SIZE];
    uint8_t *secret_key;   /* SECRET_KEY_SIZE, of sodium_malloc */
    uint8_t *curve_secret; /* IDENTITY_CURVE_SIZE, of sodium_malloc */
};

CUSTODY_CHECK enum custody_status identity_create(const char *home,
                                                  struct custody_problem *problem);
/* ERR_NOT_FOUND when there is none. */
CUSTODY_CHECK enum custody_status
identity_read(const char *home, struct identity *ret, struct custody_problem *problem);
/* From secrets at hand: an invitation's. */
CUSTODY_CHECK enum custody_status
identity_from_seed(const uint8_t seed[static SEED_SIZE],
                   const uint8_t curve_secret[static IDENTITY_CURVE_SIZE],
                   struct identity *ret,
                   struct custody_problem *problem);
/* A fresh one that is not written anywhere; the seed goes into `ret_seed`, for whoever writes an invitation. */
CUSTODY_CHECK enum custody_status identity_make(uint8_t ret_seed[static SEED_SIZE],
                                                struct identity *ret,
                                                struct custody_problem *problem);
void identity_done(struct identity *identity); /* wipes; also what was never filled */
void identity_random(void *ret, size_t len);

#endif
