/* health.h: what an operator must know of a ledger on one page: room, growth, what ends soon, which tables are in force.
 * Never judges (doctor.h does) and never writes: reads beside a daemon that may be running. */
#ifndef CUSTODY_SERVICE_HEALTH_H
#define CUSTODY_SERVICE_HEALTH_H

#include "daemon/domain/catalogue.h"
#include "daemon/ledger/space.h"
#include "daemon/service/ledger.h"

enum {
    HEALTH_GROWTH_DAYS = 30, /* over which growth is measured */
    HEALTH_SOON_DAYS = 30,   /* what ends within is counted */
};

/* Things of one kind that end: how many ended already and how many will soon, and when the next of these does. */
struct health_ends {
    uint32_t soon;
    int64_t next_us; /* 0: none */
    char name[80];   /* of the next: the party's, for a key; the permit's number */
};

struct health {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint64_t entries, reflected; /* in the journal; in the look-ups */
    int64_t last_recorded_us;
    struct space space;
    uint64_t used;           /* bytes of journal and look-ups */
    uint64_t growth_per_day; /* bytes, over the last 30 days or since the first entry */
    int64_t days_until_full; /* down to the reserve; -1: it does not grow */
    struct health_ends keys, permits;
    uint32_t ledger_keys;                   /* that it ever signed with */
    int64_t ledger_key_since_us;            /* when the one in force came to be it */
    bool has_two_histories;                 /* histories.h */
    bool is_key_change_cut_off;             /* the key file still has another one */
    char catalogue[CATALOGUE_NAME_MAX + 1]; /* national codes: the edition in force; empty: none */
    int64_t catalogue_from_us;
    int32_t calendar_days; /* that holidays are still known for; negative: no longer */
};

enum custody_status health_look(const struct ledger_options *options,
                                int64_t now_us,
                                char ret_sentence[static 240],
                                struct health *ret);

#endif
