/* evidence.h: does what the ledger showed hold? Checkpoints, inclusion, consistency, receipts, entries.
 * Never connects, never reads a file, never remembers: what was verified before is handed in.
 *
 * Answers are CUSTODY_OK, or CUSTODY_ERR_EVIDENCE with the name of what failed in the problem's field. */
#ifndef CUSTODY_CLIENT_LIB_EVIDENCE_H
#define CUSTODY_CLIENT_LIB_EVIDENCE_H

#include <custody/client.h>
#include "proto/checkpoint.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "proto/keyring.h"
#include "proto/merkle.h"

/* Whose word counts. */
struct evidence_ledger {
    const char *origin;
    const uint8_t *key; /* PUBLIC_KEY_SIZE bytes: it alone, when there is no `keyring` */
    const struct keyring
        *keyring; /* all keys that are known of it, each for its own heads; may be NULL */
};

CUSTODY_CHECK enum custody_status evidence_check_note(const struct evidence_ledger *ledger,
                                                      struct span note,
                                                      struct checkpoint *ret,
                                                      struct custody_problem *problem);
/* `proof` may be NULL; then, and always, equal sizes need equal roots. A new head smaller than the old is ERR_ROLLBACK. */
CUSTODY_CHECK enum custody_status
evidence_check_consistency(const struct checkpoint *older,
                           const struct checkpoint *newer,
                           const Custody__V1__ConsistencyProof *proof,
                           struct custody_problem *problem);
CUSTODY_CHECK enum custody_status evidence_check_inclusion(const struct checkpoint *checkpoint,
                                                           uint64_t entry,
                                                           const struct digest *leaf,
                                                           const Custody__V1__InclusionProof *proof,
                                                           struct custody_problem *problem);

/* What a receipt proves. */
struct evidence_receipt {
    struct checkpoint checkpoint;
    struct digest leaf;
    uint8_t outcome; /* of the entry, which is what is proved */
    uint16_t reason;
    uint64_t entry;
    int64_t recorded_at_us;
    char detail[ENTRY_DETAIL_MAX + 1];
};

/* Head, own statement and signature make the leaf; the leaf is in the checkpoint; the ledger signed it; and what the receipt
 * says in words is what the entry says. */
CUSTODY_CHECK enum custody_status
evidence_check_receipt(const struct evidence_ledger *ledger,
                       const Custody__V1__Receipt *receipt,
                       struct span statement,
                       const uint8_t signature[static SIGNATURE_SIZE],
                       struct evidence_receipt *ret,
                       struct custody_problem *problem);
/* An answered entry: its bytes hash to its leaf, and, when there are a proof and a checkpoint (may be NULL), the leaf is
 * in the checkpoint. */
CUSTODY_CHECK enum custody_status evidence_check_entry(const Custody__V1__Entry *entry,
                                                       const struct checkpoint *checkpoint,
                                                       struct custody_problem *problem);
/* The bytes of an entry: form, number, the statement's signature, its address. `origins` are those that this ledger
 * accepts: its own first, then its predecessors'. */
CUSTODY_CHECK enum custody_status evidence_check_bytes(struct span bytes,
                                                       uint64_t number,
                                                       const struct digest *origins,
                                                       size_t origin_count,
                                                       struct entry *ret_entry,
                                                       struct statement *ret_statement,
                                                       struct custody_problem *problem);

#endif
