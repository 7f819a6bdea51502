/* grounds.h: the entries behind a printed figure, each with what it adds: together they are the figure.
 * Never writes. */
#ifndef CUSTODY_SERVICE_GROUNDS_H
#define CUSTODY_SERVICE_GROUNDS_H

#include "daemon/service/reckoning.h"

void grounds_answer(struct asking *asking, const Custody__V1__FigureRequest *request);

#endif
