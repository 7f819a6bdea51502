/* tlogproof.h: the offline proof of one entry as text (c2sp.org/tlog-proof@v1), made and read; and proof.h.
 * Never connects.
 *
 *   c2sp.org/tlog-proof@v1
 *   extra <base64 of the entry's bytes>
 *   index <number>
 *   <base64 of a hash>      the leaf's sibling first, one a line
 *
 *   <the checkpoint, as it is> */
#ifndef CUSTODY_CLIENT_LIB_TLOGPROOF_H
#define CUSTODY_CLIENT_LIB_TLOGPROOF_H

#include <custody/proof.h>
#include "client/lib/evidence.h"

#define TLOGPROOF_TITLE "c2sp.org/tlog-proof@v1"

enum { TLOGPROOF_SIZE_MAX = 4 * (ENTRY_SIZE_MAX / 3 + 2) + 64 * 48 + CHECKPOINT_SIZE_MAX + 256 };

struct tlogproof {
    uint64_t index;
    struct merkle_proof proof;
    struct span note;              /* borrowed */
    uint8_t entry[ENTRY_SIZE_MAX]; /* what `extra` held */
    size_t entry_len;              /* 0: there was none */
};

/* Length written, 0 when it does not fit. */
size_t tlogproof_write(uint64_t index,
                       struct span entry,
                       const Custody__V1__InclusionProof *proof,
                       struct span note,
                       char *ret,
                       size_t cap);
CUSTODY_CHECK enum custody_status
tlogproof_parse(struct span text, struct tlogproof *ret, struct custody_problem *problem);

#endif
