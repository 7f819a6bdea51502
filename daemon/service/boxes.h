/* boxes.h: when turnover boxes were filled, emptied and cleaned, as statements and containers change it.
 * Never decides a rule: cleaning.h does. Never takes anybody's word for what was in a box: a filling or an emptying counts when
 * it took effect on a container (tally.h).
 *
 * By box and BOXES_DAYS civil days: a box that lies longer before it is filled again is found by what it owes, not by that.
 * Writer's thread. */
#ifndef CUSTODY_SERVICE_BOXES_H
#define CUSTODY_SERVICE_BOXES_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

enum { BOXES_DAYS = 8 };

/* So many containers more or fewer were put into a box, or left it, by one statement. */
void boxes_part(struct apply *apply, const struct tally_part *part);
void boxes_clean(struct apply *apply, const Custody__V1__CleanBody *body);

#endif
