/* codes.h: what an edition of the catalogue would change, and what that would touch.
 * Never sets anything. Readers' threads. */
#ifndef CUSTODY_SERVICE_CODES_H
#define CUSTODY_SERVICE_CODES_H

#include "daemon/service/asking.h"

/* Compares the rows with the edition that decides at their date, and looks for what the dropped, renamed and changed codes
 * are used in: permits and approvals that are in force then, unclosed manifests, stock. */
void codes_check(struct asking *asking, const Custody__V1__CatalogueRequest *request);

#endif
