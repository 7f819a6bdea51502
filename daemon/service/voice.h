/* voice.h: whether a statement counts as a whole: in the sums that look at more than one container (tallying.h), of its
 * trip, its batch.
 * Never asks what it says: each container folds for itself.
 *
 * It is void while it is held, and once its party withdrew it. Held: until its party's admin confirms it, or its counterpart
 * countersigns it: the generator that it names, a party of the manifest that it names, the receiver that a departure names.
 * Withdrawn: by a word of its party that counts, exactly while nothing of another party builds on it. That is another
 * party's countersignature; a container in which it stands all the same (TALLY_KEPT); for a departure, a receipt by another
 * than its carrier, even one that was withdrawn since.
 *
 * What named a statement stands in its slot (book.h), whichever came first, and so whether it counts follows from the set of
 * statements. Writer's thread. */
#ifndef CUSTODY_SERVICE_VOICE_H
#define CUSTODY_SERVICE_VOICE_H

#include "daemon/service/settle.h"

/* The statement at hand, one of its slot: sets FACT_CONFIRMED of apply->base when a counterpart confirms it, and
 * apply->is_unsaid. */
void voice_weigh(struct apply *apply,
                 const struct book_slot *slot,
                 uint32_t act,
                 const ProtobufCMessage *body);
/* As voice_weigh left it. */
bool voice_is_void(const struct apply *apply);
/* The place of a statement in its slot; slot->count when it has none. */
uint32_t voice_find(const struct book_slot *slot, uint64_t entry);
/* `by` names the statement of that id: a countersignature (entry 0), a withdrawal or a dispute. Said once more it brings what
 * it has now. False when the slot has no room. */
bool voice_name(
    struct book_slot *slot, struct span id, uint32_t party, unsigned bits, uint64_t entry);
/* TALLY_KEPT. */
void voice_keep(struct apply *apply, const struct tally_part *part);

#endif
