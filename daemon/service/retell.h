/* retell.h: statements about statements: countersign, withdraw, dispute, amend.
 * Never decides an outcome, never folds. Writer's thread.
 *
 * Each names another statement. When that is on the ledger it is gone through once more: a countersignature marks the facts
 * that it made, a withdrawal or a dispute is put beside each of them as a fact of its own; an amendment beside those of the
 * containers that it lists. When it has not arrived, its slot
 * remembers who waits for it (at most BOOK_SLOT_NAMED_MAX), and it finds them when it comes: the order changes nothing. */
#ifndef CUSTODY_SERVICE_RETELL_H
#define CUSTODY_SERVICE_RETELL_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

void retell_countersign(struct apply *apply, const Custody__V1__CountersignBody *body);
void retell_withdraw(struct apply *apply, const Custody__V1__WithdrawBody *body);
void retell_dispute(struct apply *apply, const Custody__V1__DisputeBody *body);
void retell_amend(struct apply *apply, const Custody__V1__AmendBody *body);
/* A correction of the key's clock comes into effect: called before it does (sums let go what its statements of that range
 * said) and after (that stands at its new time). */
void retell_times(struct apply *apply, uint32_t key, uint64_t first, uint64_t last, bool is_before);
/* The statement at hand arrives; `slot` is its own. */
void retell_first(struct apply *apply, struct book_slot *slot);
/* A statement may have come to count as a whole, or ceased to (voice.h): the wholes and the sums that it is in follow. No
 * container is touched. */
void retell_review(struct apply *apply, uint64_t entry);
/* The statement at hand was applied; `slot` is its own: what waited for it comes into effect. */
void retell_arrived(struct apply *apply, const struct book_slot *slot);

#endif
