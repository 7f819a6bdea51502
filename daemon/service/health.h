/* health.h: what an operator must know of a ledger on one page: room, growth, what ends soon, which tables are in force, what is
 * open, and how old the last backup, drill and scrub are.
 * Never judges (doctor.h and the rules of who watches do) and never writes. */
#ifndef CUSTODY_SERVICE_HEALTH_H
#define CUSTODY_SERVICE_HEALTH_H

#include "daemon/domain/catalogue.h"
#include "daemon/domain/work.h"
#include "daemon/ledger/backup.h"
#include "daemon/ledger/scrub.h"
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

/* One of the three environments. */
struct health_store {
    uint64_t used; /* bytes */
    uint64_t
        growth_per_day; /* bytes: its share of a mean entry, for each entry of the last 30 days or since the first */
};
enum { HEALTH_JOURNAL, HEALTH_LOOKUPS, HEALTH_ANNEX, HEALTH_STORES };
extern const char *const health_store_names[HEALTH_STORES];

/* What is open of a kind, in all divisions. */
struct health_open {
    uint64_t rows;
    uint64_t mass_g;
};

struct health {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint64_t entries, reflected; /* in the journal; in the look-ups */
    int64_t first_recorded_us, last_recorded_us;
    struct space space;
    struct health_store stores[HEALTH_STORES];
    uint64_t map_size;       /* bytes that each of them may use at most */
    int64_t days_until_full; /* the disk, down to the reserve; -1: nothing grows */
    int64_t
        days_until_map_full; /* the first of them that will have no more room in its map; -1: nothing grows */
    uint64_t disk_reserve;
    struct health_ends keys, permits;
    uint32_t ledger_keys;                   /* that it ever signed with */
    int64_t ledger_key_since_us;            /* when the one in force came to be it */
    bool has_two_histories;                 /* histories.h */
    bool is_key_change_cut_off;             /* the key file still has another one */
    char catalogue[CATALOGUE_NAME_MAX + 1]; /* national codes: the edition in force; empty: none */
    int64_t catalogue_from_us;
    int32_t calendar_days; /* that holidays are still known for; negative: no longer */
    struct health_open open[WORK_KINDS]; /* by enum work_kind */
    uint64_t crashes; /* deaths of a fault of its own that a start has not outlived */
    /* at_us 0: never */
    struct backup_mark backup, drill;
    struct scrub_mark scrub;
};

/* Beside a daemon that may be running. On failure `ret_sentence` says what cannot be read. */
enum custody_status health_look(const struct ledger_options *options,
                                int64_t now_us,
                                char ret_sentence[static 240],
                                struct health *ret);
/* Of a ledger that is open here; any thread. */
enum custody_status health_of(struct ledger *ledger, int64_t now_us, struct health *ret);

#endif
