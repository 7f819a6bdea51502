/* rotation.h: how a device learns that its ledger signs with another key now, however many changes later.
 * Never takes a key on the word of a key: what counts is what both root keys said on the ledger, under a head that continues the
 * one that this device kept (PROTOCOL.md 5.8).
 *
 * What was learnt is kept in the file `keys` of the home folder (keyring_write_vkeys), so that receipts of earlier keys verify and the
 * old keys' secrets are worth nothing for later heads. The ledger file stays as it was handed over. */
#ifndef CUSTODY_CLIENT_LIB_ROTATION_H
#define CUSTODY_CLIENT_LIB_ROTATION_H

#include "client/lib/card.h"
#include "client/lib/evidence.h"

/* The keys of the card's ledger that this home knows: at first the card's alone. */
CUSTODY_CHECK enum custody_status rotation_open(const char *home,
                                                const struct card *card,
                                                struct keyring *ret,
                                                struct custody_problem *problem);
/* Is this a checkpoint of that ledger, signed by no key that is known? It may be worth asking whether there is a newer one. */
bool rotation_is_due(const struct evidence_ledger *ledger, struct span note);
/* Newer keys out of the answer to `head`. `kept` is the head that this device has verified; with none (size 0) the answer must
 * begin at one by a known key, or nothing says which root keys are the ledger's. `ret` may be `known`. ERR_EVIDENCE when anything does not hold. */
CUSTODY_CHECK enum custody_status rotation_check(const char *origin,
                                                 const struct keyring *known,
                                                 const struct checkpoint *kept,
                                                 const Custody__V1__HeadReply *reply,
                                                 struct keyring *ret,
                                                 struct custody_problem *problem);
CUSTODY_CHECK enum custody_status rotation_save(const char *home,
                                                const char *origin,
                                                const struct keyring *keyring,
                                                struct custody_problem *problem);

#endif
