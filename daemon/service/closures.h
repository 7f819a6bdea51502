/* closures.h: closures by order as they are kept, one list a division, and read again.
 * Never lengthens a due time that is kept (closure.h).
 *
 * Records: SUBJECT_INCIDENT, numbered by the statement's id. Members of SUBJECT_INCIDENT: under a division the closures of
 * it, under 0 the divisions that ever had one; in order of arrival, sorted when read. */
#ifndef CUSTODY_SERVICE_CLOSURES_H
#define CUSTODY_SERVICE_CLOSURES_H

#include "proto/custody.pb-c.h"
#include "daemon/domain/closure.h"
#include "daemon/service/settle.h"

enum { CLOSURES_DIVISIONS_MAX = 256, CLOSURES_OF_DIVISION_MAX = 256 };

/* Writer's thread. Incidents that close nothing are passed over. Gone through again, one that was held or withdrawn may count. */
void closures_apply(struct apply *apply, const Custody__V1__IncidentBody *body);

/* What a reader has looked at so far: a list is read when a row first needs it. */
struct closures {
    struct book *book;
    struct arena *arena;
    bool is_loaded;
    uint32_t count;
    struct closures_list {
        uint32_t division;
        bool is_loaded;
        uint32_t count;
        struct closure *all; /* sorted */
    } lists[CLOSURES_DIVISIONS_MAX];
};

void closures_init(struct closures *closures, struct book *book, struct arena *arena);
/* True when no division was ever closed: then nothing else needs to be asked. */
bool closures_are_none(struct closures *closures);
/* When the row is due, closures added; of an obligation that was met, when it would have been. `debtor_division` 0: not known.
 * `ret_last` (may be NULL) gets the last closure that lengthened it, or NULL. */
int64_t closures_due(struct closures *closures,
                     const struct work *row,
                     uint32_t debtor_division,
                     const struct closure **ret_last);
/* The most that closures can lengthen anything by. */
int64_t closures_most_us(struct closures *closures);

#endif
