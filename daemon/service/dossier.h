/* dossier.h: one party on one page (一企一档): who it is, what it may, what it has, what is open, what was found.
 * Never writes. */
#ifndef CUSTODY_SERVICE_DOSSIER_H
#define CUSTODY_SERVICE_DOSSIER_H

#include "daemon/service/asking.h"

void dossier_answer(struct asking *asking, const Custody__V1__DossierRequest *request);

#endif
