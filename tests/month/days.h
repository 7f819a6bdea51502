/* days.h: what a region does in a month: pack, ask for manifests, load, countersign, receive, feed, confirm, clean.
 * Never decides what the ledger should say of it.
 *
 * Things happen in the order of their times, whoever's; each is signed when it happens and delivered when its place has a
 * network. */
#ifndef TESTS_MONTH_DAYS_H
#define TESTS_MONTH_DAYS_H

#include "tests/month/region.h"

#define DAYS_MINUTE_US (INT64_C(60) * 1000000)
#define DAYS_HOUR_US   (60 * DAYS_MINUTE_US)
#define DAYS_DAY_US    (24 * DAYS_HOUR_US)

struct days;
typedef void days_happen(struct days *days, void *what);

struct days *days_make(struct region *region, int64_t start_us, uint32_t count);
void days_free(struct days *days);
struct region *days_region(const struct days *days);
/* Minute `minute` of day `day` (0 is the first). */
int64_t days_at(const struct days *days, uint32_t day, uint32_t minute);
/* Have it happen then. `what` is the caller's. */
void days_plan(struct days *days, int64_t at_us, days_happen *happen, void *what);
/* The moment of what happens now. */
int64_t days_now_us(const struct days *days);
/* Say a fact of a county now, or while it is dark at its end. */
void days_say(struct days *days,
              uint32_t county,
              struct author *author,
              const ProtobufCMessage *body);
/* The same at another time and place than here and now; delivered `late_us` later. */
void days_say_at(struct days *days,
                 uint32_t county,
                 struct author *author,
                 const ProtobufCMessage *body,
                 const struct author_moment *moment,
                 int64_t late_us);
/* Let the days pass until then: what would happen later does not. `progress` (may be NULL) is told how far it is. */
void days_run(struct days *days, int64_t until_us, void (*progress)(uint32_t day, uint32_t count));

/* What stories need of a usual day. Pack one bag of the unit now; it waits to be collected. */
void days_pack(
    struct days *days, struct unit *unit, uint32_t stream, uint64_t mass_g, bool is_typed);
/* A pickup of all that waits at the unit by that truck, on a trip of its own: departs now, loads in 30 minutes, arrives
 * after that; `weighed_per_mille` of the mass is what the receiver weighs. `county` says who delivers. */
void days_collect(struct days *days,
                  struct unit *unit,
                  struct truck *truck,
                  struct plant *plant,
                  uint32_t weighed_per_mille);

struct days_tally {
    uint64_t packed_g, packed, loaded_g, received_g, fed_g, manifests, pickups;
    uint64_t industry_g[INDUSTRIES];
};
struct days_tally days_tally(const struct days *days);

#endif
