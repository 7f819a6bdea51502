/* entry.h: one entry of the ledger: a statement as the ledger took it.
 * Never decides an outcome; carries it.
 *
 * Layout, big-endian (PROTOCOL.md 5):
 *   0  1  format            1
 *   1  1  outcome           1 recorded, 2 granted, 3 refused, 4 held
 *   2  2  reason            number of include/custody/status.h when refused, else 0
 *   4  4  length of the statement
 *   8  8  number            0, 1, 2, ... without gaps
 *  16  8  recorded_at       us UTC, strictly rising
 *  24  1  length of detail
 *  25  -  detail            refused: the field; granted number: its text; else empty (at most 96 bytes)
 *   -  -  statement         the signed bytes, verbatim
 *   - 64  signature
 * The head is everything before the statement. The Merkle leaf is over the whole entry. */
#ifndef CUSTODY_PROTO_ENTRY_H
#define CUSTODY_PROTO_ENTRY_H

#include "proto/statement.h"

enum {
    ENTRY_FORMAT = 1,
    ENTRY_HEAD_FIXED = 25,
    ENTRY_DETAIL_MAX = 96,
    ENTRY_HEAD_MAX = ENTRY_HEAD_FIXED + ENTRY_DETAIL_MAX,
    ENTRY_SIZE_MAX = ENTRY_HEAD_MAX + STATEMENT_SIZE_MAX + SIGNATURE_SIZE,
};

_Static_assert(ENTRY_SIZE_MAX <= 65535,
               "tlog-tiles entry bundles carry at most 65,535 bytes an entry");

struct entry {
    uint8_t outcome; /* enum custody_outcome */
    uint16_t reason;
    uint64_t number;
    int64_t recorded_at_us;
    struct span detail;
    struct span statement;
    const uint8_t *signature; /* SIGNATURE_SIZE bytes */
};

/* All spans of `*ret` borrow from `bytes`. The statement is not looked into, only its length. */
bool entry_parse(struct span bytes, struct entry *ret);
/* Length written; 0 when it does not fit, or when it is none that entry_parse would take: a reason without a refusal,
 * a detail with another outcome than refused or granted, a detail that is not printable or too long. */
size_t entry_write(const struct entry *entry, uint8_t *ret, size_t cap);
size_t entry_write_head(const struct entry *entry, uint8_t ret[static ENTRY_HEAD_MAX]);
/* The leaf of an entry given in its parts, as a client holds it. False when the head is not one or disagrees with the
 * statement's length. */
bool entry_leaf_of(struct span head,
                   struct span statement,
                   const uint8_t signature[static SIGNATURE_SIZE],
                   struct digest *ret_leaf,
                   struct entry *ret);

#endif
