/* seal.h: pieces of a secret under a passphrase, in their order and up to their end.
 * Never keeps a passphrase and never says which byte was wrong.
 *
 * The key is Argon2id of the passphrase (libsodium's crypto_pwhash; salt and cost stand in the head), the pieces are
 * crypto_secretstream_xchacha20poly1305: one that is missing, doubled, moved or cut off is found out, and so is a missing end.
 * Opening costs the memory that the head asks for, at most SEAL_MEMORY_MAX. One thread. */
#ifndef CUSTODY_LEDGER_SEAL_H
#define CUSTODY_LEDGER_SEAL_H

#include <custody/status.h>
#include "proto/span.h"

enum {
    SEAL_HEAD = 64,     /* bytes in front of the pieces */
    SEAL_OVERHEAD = 17, /* bytes that a piece grows by */
    SEAL_MEMORY_MAX = 1 << 30,
};

struct seal;

/* A new one; its head into `ret_head`. `is_quick`: at next to no cost, for demonstrations and tests. */
enum custody_status seal_create(struct span passphrase,
                                bool is_quick,
                                uint8_t ret_head[static SEAL_HEAD],
                                struct seal **ret);
/* CORRUPT when the head is not one. Whether the passphrase is right shows with the first piece. */
enum custody_status
seal_open(struct span passphrase, const uint8_t head[static SEAL_HEAD], struct seal **ret);
/* plain.len + SEAL_OVERHEAD bytes into `ret`. */
void seal_push(struct seal *seal, struct span plain, bool is_last, uint8_t *ret);
/* sealed.len - SEAL_OVERHEAD bytes into `ret`. EVIDENCE: another passphrase, or not the piece that was pushed here. */
enum custody_status
seal_pull(struct seal *seal, struct span sealed, uint8_t *ret, bool *ret_is_last);
void seal_done(struct seal **seal); /* wipes; NULL is allowed */

#endif
