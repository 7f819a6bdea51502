/* consign.h: what statements say of a manifest as a whole: asked for or drawn, loaded, received, confirmed.
 * Never decides an outcome, never folds containers: their sums come through settle.h. Writer's thread. */
#ifndef CUSTODY_SERVICE_CONSIGN_H
#define CUSTODY_SERVICE_CONSIGN_H

#include "proto/custody.pb-c.h"
#include "daemon/domain/permission.h"
#include "daemon/service/settle.h"

/* A manifest that was asked for, granted or refused, or drawn; then `broken` says which rules it breaks (NULL: none).
 * `plan` is NULL when it was not understood. */
void consign_new(struct apply *apply,
                 const Custody__V1__ManifestPlan *plan,
                 struct span number,
                 const struct permission_rules *broken);
void consign_draw(struct apply *apply, const Custody__V1__DrawManifestBody *body);
/* A load or a receipt, as a statement about the whole (item 0). */
void consign_whole(struct apply *apply, uint32_t manifest, const struct fact *fact);
void consign_confirm_receipt(struct apply *apply, const Custody__V1__ConfirmReceiptBody *body);

#endif
