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
/* A load, a transfer or a receipt, as a statement about the whole (item 0). */
void consign_whole(struct apply *apply, uint32_t manifest, const struct fact *fact);
/* A transfer of a whole trip: said of every manifest that was on it, as far as one trip has them (512). */
void consign_trip(struct apply *apply, const struct fact *fact);
void consign_confirm_receipt(struct apply *apply, const Custody__V1__ConfirmReceiptBody *body);
/* A national or provincial number and the reporting state. The first number that its generator or a regulator gives stands
 * for ever; a later one is on the record and changes nothing. */
void consign_number(struct apply *apply, const Custody__V1__NumberBody *body);
/* What a granted cancel_manifest or close_by_order does to a manifest; other permissions do nothing here. */
void consign_permission(struct apply *apply, const ProtobufCMessage *body);
/* Number of a short text (a method, a filing's number); 0: none was given. */
uint32_t consign_text(struct apply *apply, const char *text);

/* For settle_kind.finish: what a manifest keeps of other records (its vehicle, the methods of its batches, whether its number
 * is another's too) follows them, whichever arrives last. */
void consign_settle(struct apply *apply, const void *record, const void *before, uint64_t number);
void consign_trip_settled(struct apply *apply,
                          const void *record,
                          const void *before,
                          uint64_t number);
void consign_batch_settled(struct apply *apply,
                           const void *record,
                           const void *before,
                           uint64_t number);

#endif
