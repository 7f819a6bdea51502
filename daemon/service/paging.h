/* paging.h: page tokens, sealed: where a list goes on is the ledger's own note to itself, and nobody else's.
 * Never looks into a token's content.
 *
 * A list is cut at a row that the asker may not see, or at a place that tells how much others did. So a token is encrypted
 * (XChaCha20-Poly1305, with a key made from the ledger's) and bound to the kind of question and to the key that asked: it opens
 * for nobody else, and cannot be made up. Tokens outlive a restart. The same content gives the same token. Any thread. */
#ifndef CUSTODY_SERVICE_PAGING_H
#define CUSTODY_SERVICE_PAGING_H

#include "daemon/base/arena.h"
#include "daemon/service/ledger.h"

/* Who asks what. */
struct paging {
    const struct ledger_keys *keys;
    uint16_t question; /* enum envelope_kind */
    uint32_t key;      /* number of the asker's */
};

/* NULL data when memory is used up. */
struct span paging_seal(const struct paging *paging, struct span content, struct arena *arena);
/* False when it is no token that was given to this asker by this question, or memory is used up. */
bool paging_open(const struct paging *paging,
                 struct span token,
                 struct arena *arena,
                 struct span *ret);

#endif
