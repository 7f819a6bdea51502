/* enact.h: what a granted permission changes in the registry.
 * Never decides: permission.h does, this carries out. Writer's thread. */
#ifndef CUSTODY_SERVICE_ENACT_H
#define CUSTODY_SERVICE_ENACT_H

#include "daemon/domain/permission.h"
#include "daemon/service/apply.h"

/* The records that a granted permission makes. `author` is the number of the key that signed. */
void enact_permission(struct book *book,
                      const struct apply_entry *entry,
                      uint32_t author,
                      struct work_set *ret_findings);
/* A manifest that was asked for is granted: its plan counts against the receiver's permits, its management plan and its
 * approval. */
void enact_transfer_issue(struct book *book, const Custody__V1__ManifestPlan *plan, int64_t at_us);
/* A number was drawn from a block, or would have been: the same, and the block's own. */
void enact_transfer_draw(struct book *book,
                         const Custody__V1__DrawManifestBody *body,
                         int64_t at_us,
                         struct work_set *ret_findings);
/* The next local number for a generator in `division`, `count` of them; nothing is changed. */
void enact_next_number(struct book *book,
                       uint32_t division,
                       int64_t now_us,
                       char ret[static MANIFEST_NUMBER_MAX + 1]);
/* A local number and the `count - 1` after it were given. National numbers change nothing. */
void enact_serial(struct book *book, struct span number, uint32_t count);

#endif
