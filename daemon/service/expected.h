/* expected.h: what is on its way to a plant.
 * Never says when it will arrive: nobody has said so. Never writes. */
#ifndef CUSTODY_SERVICE_EXPECTED_H
#define CUSTODY_SERVICE_EXPECTED_H

#include "daemon/service/asking.h"

void expected_answer(struct asking *asking, const Custody__V1__ExpectedRequest *request);

#endif
