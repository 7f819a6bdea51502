/* retell.h: statements about statements: countersign, withdraw, dispute, amend.
 * Never decides an outcome, never folds. Writer's thread.
 *
 * Each names another statement. When that is on the ledger it is gone through once more: a countersignature marks the facts
 * that it made, a withdrawal or a dispute is put beside each of them as a fact of its own; an amendment beside those of the
 * containers that it lists. When it has not arrived, its slot
 * remembers who waits for it (at most BOOK_SLOT_MAX), and it finds them when it comes: the order changes nothing. */
#ifndef CUSTODY_SERVICE_RETELL_H
#define CUSTODY_SERVICE_RETELL_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

void retell_countersign(struct apply *apply, const Custody__V1__CountersignBody *body);
void retell_withdraw(struct apply *apply, const Custody__V1__WithdrawBody *body);
void retell_dispute(struct apply *apply, const Custody__V1__DisputeBody *body);
void retell_amend(struct apply *apply, const Custody__V1__AmendBody *body);
/* A correction of the key's clock came into effect: what its statements of that range said stands at its new time. */
void retell_times(struct apply *apply, uint32_t key, uint64_t first, uint64_t last);
/* The statement at hand was applied; `slot` is its own: what waited for it comes into effect. */
void retell_arrived(struct apply *apply, const struct book_slot *slot);

#endif
