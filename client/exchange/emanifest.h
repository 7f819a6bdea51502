/* emanifest.h: a manifest as the US e-Manifest system (RCRAInfo) writes it in JSON: its plan, its receipt, and back.
 * Never converts a volume into a mass.
 *
 * Taken: the three kinds of parties by their EPA id (epa:...), wastes with the first federal code, quantity and container, transporters in
 * their order as legs, the management method, rejections and discrepancies. Pounds and short tons become whole grams. What is taken is
 * taken out of the document; the caller reports what is left. */
#ifndef CUSTODY_CLIENT_EXCHANGE_EMANIFEST_H
#define CUSTODY_CLIENT_EXCHANGE_EMANIFEST_H

#include "proto/custody.pb-c.h"
#include "client/exchange/picking.h"

/* The body of issue_manifest; NULL with the fault filled. */
json_t *emanifest_plan(json_t *document, struct picking_fault *ret_fault);
/* The body of confirm_receipt for that manifest; NULL with the fault filled. */
json_t *emanifest_receipt(json_t *document, const char *manifest, struct picking_fault *ret_fault);
/* A manifest as such a document, as far as the ledger knows it. A new reference. */
json_t *emanifest_write(const Custody__V1__ManifestView *manifest);

#endif
