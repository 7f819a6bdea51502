/* handover.h: acts of custody that move a container on its way: transfer and relabel.
 * Never decides an outcome, never folds. Writer's thread. */
#ifndef CUSTODY_SERVICE_HANDOVER_H
#define CUSTODY_SERVICE_HANDOVER_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

/* On to another trip, or into a collection centre: of containers, of boxes, or of all that is in transit on `from_trip`. */
void handover_transfer(struct apply *apply, const Custody__V1__TransferBody *body);
/* Stands in the records of both labels (gather.h). */
void handover_relabel(struct apply *apply, const Custody__V1__RelabelBody *body);

#endif
