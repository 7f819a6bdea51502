/* trust.h: the newest checkpoint that this device has verified, and the one way to a newer one.
 * Never goes back, and never forward without a proof.
 *
 * Kept in the file `head`, the signed note as it came. Another process may have gone further meanwhile: the file is
 * replaced only when it still holds what this process started from, so a head that was never linked to the kept one does
 * not take its place. */
#ifndef CUSTODY_CLIENT_LIB_TRUST_H
#define CUSTODY_CLIENT_LIB_TRUST_H

#include "client/lib/evidence.h"

struct trust {
    struct evidence_ledger ledger;
    char *path;
    struct checkpoint head; /* size 0: none yet */
    struct checkpoint saved;
    uint8_t *note; /* of `head` */
    size_t note_len;
};

/* `ledger` is borrowed. A file that does not verify is ERR_EVIDENCE. */
CUSTODY_CHECK enum custody_status trust_open(const char *home,
                                             const struct evidence_ledger *ledger,
                                             struct trust *ret,
                                             struct custody_problem *problem);
void trust_done(struct trust *trust);

/* Go on to the checkpoint in `note`, over `proof` (NULL: none). The first one is taken on the ledger's signature alone. With
 * one that is as new as the head, nothing changes; an older one is ERR_ROLLBACK; one that no proof links is ERR_EVIDENCE and
 * is kept. Not yet in the file. */
CUSTODY_CHECK enum custody_status trust_advance(struct trust *trust,
                                                struct span note,
                                                const Custody__V1__ConsistencyProof *proof,
                                                struct custody_problem *problem);
/* Two signed notes that cannot both be true are the proof of it: keep the head's and this one, in a file `evidence-...` beside
 * the head, and say so in the problem. */
void trust_keep_evidence(const struct trust *trust,
                         struct span note,
                         struct custody_problem *problem);
/* Put the head in the file, if it is newer than what the file holds. */
CUSTODY_CHECK enum custody_status trust_save(struct trust *trust, struct custody_problem *problem);

#endif
