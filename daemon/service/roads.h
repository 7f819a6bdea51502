/* roads.h: what vehicles did, as statements and trips change it: where they were seen, when they were used and cleaned.
 * Never decides a rule: sighting.h and cleaning.h do.
 *
 * A vehicle is known by its trip's depart statement. What is said on a trip before that has arrived waits with the trip.
 * Writer's thread. */
#ifndef CUSTODY_SERVICE_ROADS_H
#define CUSTODY_SERVICE_ROADS_H

#include "proto/custody.pb-c.h"
#include "daemon/domain/trip.h"
#include "daemon/service/settle.h"

/* The statement was made at the vehicle of that trip; counts if its header says where. */
void roads_see(struct apply *apply, uint32_t trip);
/* The statement is a receipt of that trip; of trip 0, of every trip that was loaded under the manifest before it. */
void roads_end(struct apply *apply, uint32_t trip, uint32_t manifest);
/* The statement is a load: receipts under its manifest that named no trip may have ended this one. */
void roads_load(struct apply *apply, uint32_t trip, uint32_t manifest);
/* The statement is a load, or a stop with nothing to collect, on that trip. */
void roads_stop(struct apply *apply, uint32_t trip);
void roads_clean(struct apply *apply, const Custody__V1__CleanBody *body);
/* For settle.c: a trip came to be another than it was. */
void roads_finish_trip(struct apply *apply,
                       const struct trip *trip,
                       const struct trip *before,
                       uint32_t number);

#endif
