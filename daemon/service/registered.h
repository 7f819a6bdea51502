/* registered.h: what the registry holds of one party: how it stands, its keys, permits, blocks of numbers, approvals and documents.
 * Never writes. Readers' threads. */
#ifndef CUSTODY_SERVICE_REGISTERED_H
#define CUSTODY_SERVICE_REGISTERED_H

#include "daemon/service/asking.h"

/* The party as people read it; nothing before its registration. Who may see it is the caller's to check. */
void registered_fill(struct asking *asking, uint32_t number, Custody__V1__PartyReply *reply);
void registered_party(struct asking *asking, const Custody__V1__PartyRequest *request);

#endif
