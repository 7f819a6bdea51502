/* trace.h: the chain of custody of a container, a manifest or a batch. Never writes. */
#ifndef CUSTODY_SERVICE_TRACE_H
#define CUSTODY_SERVICE_TRACE_H

#include "daemon/service/asking.h"

void trace_answer(struct asking *asking, const Custody__V1__TraceRequest *request);

#endif
