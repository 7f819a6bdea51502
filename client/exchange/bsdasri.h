/* bsdasri.h: a French BSDASRI as Trackdéchets' API writes it in JSON: its plan and its receipt.
 * Never takes a synthesis or grouping apart: the bordereaux within are told as not taken.
 *
 * Taken: emitter, transporter and destination by SIRET (siret:...), the waste code, weights (kilograms), packagings, the first plate, the
 * acceptation and the operation. What is taken is taken out of the document; the caller reports what is left. */
#ifndef CUSTODY_CLIENT_EXCHANGE_BSDASRI_H
#define CUSTODY_CLIENT_EXCHANGE_BSDASRI_H

#include "client/exchange/picking.h"

/* The body of issue_manifest; NULL with the fault filled. */
json_t *bsdasri_plan(json_t *document, struct picking_fault *ret_fault);
/* The body of confirm_receipt for that manifest; NULL with the fault filled. */
json_t *bsdasri_receipt(json_t *document, const char *manifest, struct picking_fault *ret_fault);

#endif
