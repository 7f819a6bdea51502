/* contribution.h: what one container adds to everything outside itself: manifests, trips, batches.
 * Taken when a statement first touches the container and again at its end; the old is subtracted and the new is added, so
 * that every sum follows from the set of facts. What is to be summed over containers gets its field here, its copy in
 * contribution_take and its two signs in contribution_settle. Writer's thread. */
#ifndef CUSTODY_SERVICE_CONTRIBUTION_H
#define CUSTODY_SERVICE_CONTRIBUTION_H

#include "daemon/domain/tally.h"

struct apply;

/* Zeroed: nothing. Arrays live in the book's arena. */
struct contribution {
    uint32_t leg_count;
    const struct container_leg *legs;
    uint32_t feeding_count;
    const struct container_feeding *feedings;
    uint32_t yielding_count;
    const struct container_yielding *yieldings;
    const uint32_t *leg_profiles;     /* that judge what each leg carries */
    const uint32_t *feeding_profiles; /* and what each feeding took */
    const struct tally_parts *parts;  /* only those in use are there to be read; NULL: none */
};

/* `history` is scratch: what is kept of it is copied. A failure is the book's. */
void contribution_take(struct apply *apply,
                       const struct container_context *context,
                       const struct container_history *history,
                       struct contribution *ret);
void contribution_settle(struct apply *apply,
                         uint32_t container,
                         const struct contribution *before,
                         const struct contribution *after);

#endif
