/* gauges.h: the state of the ledger and its disk for Prometheus: health.h's figures, each under a name of its own.
 * Never judges: deploy/monitoring/custody.rules.yml says what is too much. */
#ifndef CUSTODY_SERVER_GAUGES_H
#define CUSTODY_SERVER_GAUGES_H

#include "daemon/base/exposition.h"
#include "daemon/service/health.h"

/* What never was is told as time 0, what never ends as endless. */
void gauges_expose(const struct health *health, int64_t now_us, struct exposition *page);

#endif
