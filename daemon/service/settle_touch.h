/* settle_touch.h: the containers that a statement touches, by volume (volumes.h): folded when first touched and again at the
 * end. Everything must be touched before anything that its fold looks at is changed: members of a manifest before the
 * manifest, what may be in a box before the box. Writer's thread.
 *
 * A statement that changes where volumes begin touches the neighbours too; at the end what stands between the outer bounds
 * of neighbours that were touched is divided anew, and the sum of what those add is set against the sum of what these do. */
#ifndef CUSTODY_SERVICE_SETTLE_TOUCH_H
#define CUSTODY_SERVICE_SETTLE_TOUCH_H

#include "daemon/service/contribution.h"
#include "daemon/service/volumes.h"

/* A manifest or a trip that is named in a volume: the container is its member by that spell. */
struct settle_naming {
    uint32_t number;
    uint32_t spell;
    bool is_trip;
};

/* A volume as it was before the statement, as much as the difference needs. */
struct settle_touched {
    struct settle_touched *next; /* in the order of touching */
    struct settle_touched *next_hashed;
    uint32_t number; /* of the container */
    struct volume_bounds bounds;
    struct contribution before;
    uint32_t naming_count;
    const struct settle_naming *namings;
    const struct work_set *work;
    bool is_settled;
};

void settle_touch_members(struct apply *apply, uint32_t manifest);
void settle_touch_box(struct apply *apply, uint32_t box, int32_t day);
/* What rides or rode on the trip. */
void settle_touch_riders(struct apply *apply, uint32_t trip);
/* Touches what the fact may change, and adds it there; or, when a countersignature is applied or a clock was corrected, marks
 * or moves the one that is there. The container is made when it is not known. */
void settle_touch_with(struct apply *apply,
                       uint32_t number,
                       uint32_t generator,
                       bool is_bulk,
                       const struct fact *fact);
/* Folds all that was touched again and writes what came out differently. */
void settle_touch_settle(struct apply *apply);

#endif
