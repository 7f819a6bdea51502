/* pickups.h: visits at generators and what waits there, as statements and containers change them.
 * Never decides what is owed: pickup.h does. Writer's thread. */
#ifndef CUSTODY_SERVICE_PICKUPS_H
#define CUSTODY_SERVICE_PICKUPS_H

#include "daemon/domain/tally.h"
#include "daemon/service/settle.h"

/* TALLY_WAITING. */
void pickups_wait(struct apply *apply, const struct tally_part *part);
/* The statement is a load at that generator, whether or not there was anything to collect. */
void pickups_visit(struct apply *apply, uint32_t generator);

#endif
