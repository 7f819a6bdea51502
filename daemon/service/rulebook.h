/* rulebook.h: answers what set_profile recorded.
 * Never judges; who may ask is access.h's matter. Any thread. */
#ifndef CUSTODY_SERVICE_RULEBOOK_H
#define CUSTODY_SERVICE_RULEBOOK_H

#include "daemon/service/asking.h"

void rulebook_answer(struct asking *asking, const Custody__V1__ProfileRequest *request);

#endif
