/* region.h: a region as the plans describe it: 1003 units of seven industries in 74 counties, the plants, centres and fleets
 * that serve them (NEEDS.md 5.1 to 5.4). All of it invented, and visibly so; divisions and waste codes are real.
 * Never says anything itself: region_register asks the ledger for it. */
#ifndef TESTS_MONTH_REGION_H
#define TESTS_MONTH_REGION_H

#include "tests/lib/dice.h"
#include "tests/month/hub.h"

enum industry {
    INDUSTRY_MEDICAL,
    INDUSTRY_REPAIR,
    INDUSTRY_FACTORY,
    INDUSTRY_SCHOOL,
    INDUSTRY_FARM,
    INDUSTRY_MINE,
    INDUSTRY_DISMANTLER,
    INDUSTRIES
};

enum {
    REGION_UNITS = 1003,
    REGION_COUNTIES = 74,
    REGION_PREFECTURES = 7,
    REGION_SMALL_PLANTS = 18,
    /* The regional centre, six medical centres, 18 small facilities. */
    REGION_PLANTS = 1 + 6 + REGION_SMALL_PLANTS,
    REGION_CENTRES = 6,
    REGION_CARRIERS = 2,
    REGION_TRUCKS_MAX = 256,
    REGION_STREAMS_MAX = 5,
    REGION_BAGS_MAX = 128, /* waiting at one unit */
    REGION_NAME_MAX = 96,
    REGION_COUNTY_NAME_MAX = 48,
    REGION_PARTY_MAX = 40,
};

struct bag {
    char code[24];
    uint64_t mass_g;
    uint8_t stream;
};

/* One kind of waste of one unit. */
struct stream {
    const char *code;
    uint8_t package; /* enum PackageKind */
    uint64_t month_g, left_g;
    uint32_t bags_left; /* of the month */
};

struct unit {
    char party[REGION_PARTY_MAX], name[REGION_NAME_MAX];
    enum industry industry;
    uint32_t county; /* index */
    uint32_t beds;
    struct author author;
    uint32_t stream_count;
    struct stream streams[REGION_STREAMS_MAX];
    uint32_t bag_count;
    struct bag bags[REGION_BAGS_MAX];
    uint32_t serial;
};

struct county {
    uint32_t division;
    char name[REGION_COUNTY_NAME_MAX];
    uint32_t prefecture; /* index */
    uint32_t plant;      /* that takes its medical waste */
    bool is_remote;
    uint32_t first_truck, truck_count; /* for medical waste */
    /* Without a network: what is said in that time is delivered at its end. */
    int64_t dark_from_us, dark_until_us;
    bool is_closed; /* today: the road is closed */
};

/* A plant or a collection centre. */
struct plant {
    char party[REGION_PARTY_MAX], name[REGION_NAME_MAX];
    uint32_t division, prefecture;
    bool is_centre;
    struct author gate, office;
    void *stock; /* of a centre: what waits to be sent on (days.c) */
};

struct truck {
    char plate[32];
    uint32_t carrier; /* index */
    bool is_medical;
    struct author driver;
    struct digest trip; /* that it is on */
};

struct carrier {
    char party[REGION_PARTY_MAX], name[REGION_NAME_MAX];
};

/* A block of numbers for roads without a signal. */
struct number_block {
    struct digest statement;
    uint8_t key[PUBLIC_KEY_SIZE];
    uint64_t sequence;
    struct hub_grant grant;
    uint32_t used;
};

struct region {
    struct hub *hub;
    struct dice dice;
    struct county counties[REGION_COUNTIES];
    uint32_t prefectures[REGION_PREFECTURES]; /* divisions */
    struct unit units[REGION_UNITS];
    struct plant plants[REGION_PLANTS];
    struct plant centres[REGION_CENTRES];
    struct carrier carriers[REGION_CARRIERS];
    uint32_t truck_count;
    struct truck trucks[REGION_TRUCKS_MAX];
    uint32_t haulers[REGION_PREFECTURES]; /* trucks for all other waste */
    struct number_block blocks[REGION_COUNTIES];
    uint64_t total_g;
};

/* Read the table of divisions, make everybody. `month_g` is split to the gram. The caller frees the memory. */
struct region *
region_make(struct hub *hub, const char *divisions_file, uint64_t seed, uint64_t month_g);
/* Register everybody, grant permits, enrol keys, reserve numbers; then open the ledger. */
void region_register(struct region *region, int64_t open_us);
/* A truck that is not on file: its driver's key is not enrolled yet either. */
struct truck *
region_add_truck(struct region *region, const char *plate, uint32_t carrier, bool is_medical);
/* Ask the ledger, now, for a grant. */
void region_grant(struct region *region, const ProtobufCMessage *body, struct hub_grant *ret);
void region_enrol(
    struct region *region, struct author *author, const char *party, int role, bool is_admin);
const char *region_industry_name(enum industry industry);
/* Split `total` by weights, to the last unit of it. */
void region_split(uint64_t total, const uint64_t *weights, size_t count, uint64_t *ret);

#endif
