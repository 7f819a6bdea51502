/* treated.h: which batches treated the containers of a manifest: a record for each pair of the two, and what they come to in
 * the manifest. No bound.
 * Never decides whether the manifest is closed. */
#ifndef CUSTODY_SERVICE_TREATED_H
#define CUSTODY_SERVICE_TREATED_H

#include "daemon/service/settle.h"

/* Containers of the manifest that were fed to the batch come (1) or go (-1). */
void treated_feed(struct apply *apply, uint32_t manifest, uint32_t batch, int sign);
/* For settle_kind.finish: the batch's yields came to name another method, or none. */
void treated_method(struct apply *apply, const struct batch *batch, uint32_t number);

/* For readers: the batch that stands at that place among those that the manifest ever had, in `ret` what it has of the manifest
 * now (nothing: fed is 0). 0: there are no more. */
uint32_t treated_at(struct book *book,
                    const struct manifest *manifest,
                    uint32_t number,
                    uint32_t index,
                    struct manifest_batch *ret);

#endif
