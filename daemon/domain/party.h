/* party.h: what the registry knows of parties, places, vehicles and permits, and how each stood at a time.
 * Never judges a later time by an earlier record or the other way round: everything has its from and until.
 *
 * Numbers (`uint32_t`) are given by the ledger at first mention; 0 is nobody. Records are parsed from and written to
 * bytes; a record that does not parse is damage, not a state. The code of place_..., vehicle_... and permit_... is in
 * place.c, vehicle.c and permit.c. */
#ifndef CUSTODY_DOMAIN_PARTY_H
#define CUSTODY_DOMAIN_PARTY_H

#include "proto/bytes.h"
#include "proto/digest.h"
#include "proto/waste.h"
#include "daemon/domain/suspension.h"

enum {
    PARTY_VERSIONS_MAX = 16,
    VEHICLE_FILINGS_MAX = 16,
    VEHICLE_SCOPES_MAX = 8,
    VEHICLE_ANY_WASTE = 255, /* a scope that says "hazardous waste" instead of a class */
    PARTY_SECTOR_MAX = 16,
    PERMIT_PATTERNS_MAX = 64,
    PERMIT_METHODS_MAX = 16,
    PERMIT_METHOD_MAX = 8,
    PERMIT_NUMBER_MAX = 64,
    PERMITS_MAX = 256,       /* of one party */
    PARTY_RECORD_MAX = 4096, /* bytes of any record of this header, written */
};

/* Bits: 1 << enum PartyKind, 1 << enum Role, 1 << enum Activity of custody.proto. */
typedef uint16_t party_bits;

struct party_version {
    int64_t from_us;
    party_bits kinds;
    uint8_t site;
    bool is_closed;
    uint32_t division;
    uint32_t parent;
    uint32_t successor;
    uint32_t beds;
    char sector[PARTY_SECTOR_MAX + 1]; /* code of the industry, e.g. Q8432; empty: not told */
    struct digest name;
};

struct party {
    uint64_t entry;     /* that registered it; the record exists only then */
    uint32_t registrar; /* whose key registered it; 0: a root key */
    /* How many there are; members of the party. */
    uint32_t permits;
    uint32_t keys;
    uint32_t blocks;
    uint32_t approvals; /* as generator */
    uint32_t documents; /* that name it */
    struct suspensions suspensions;
    uint32_t count;
    struct party_version versions[PARTY_VERSIONS_MAX]; /* from rising */
};

struct place {
    uint64_t entry;
    uint32_t party;
    uint8_t kind;
    uint8_t temperature;
    bool is_remote;
    uint32_t division;
    uint64_t capacity_g;
    int64_t from_us;
    struct digest name;
};

struct vehicle_filing {
    int64_t from_us;
    int64_t until_us; /* INT64_MAX: no end */
    uint32_t carrier;
    bool is_medical;
    uint64_t capacity_g;                 /* 0: not told */
    uint32_t scope_count;                /* 0: not told */
    uint8_t scopes[VEHICLE_SCOPES_MAX];  /* vehicle_scope */
    char licence[PERMIT_NUMBER_MAX + 1]; /* road transport licence number; empty: not told */
    uint64_t entry;
};

struct vehicle {
    struct suspensions suspensions;
    uint32_t count;
    struct vehicle_filing filings[VEHICLE_FILINGS_MAX];
};

/* Expired also says suspended. */
enum vehicle_standing { VEHICLE_FILED = 0, VEHICLE_UNREGISTERED = 1, VEHICLE_EXPIRED = 2 };

struct permit {
    uint64_t entry;
    uint32_t party;
    party_bits activities;
    int64_t from_us;
    int64_t until_us;
    uint64_t mass_hourly_g, mass_daily_g, mass_yearly_g, storage_limit_g;
    char number[PERMIT_NUMBER_MAX + 1];
    char order[PERMIT_NUMBER_MAX +
               1]; /* emergency activation: of the order; empty: an ordinary permit */
    struct suspensions suspensions;
    /* What manifests of one civil year plan to bring, in ledger order; a younger year begins at nothing. */
    int32_t planned_year;
    uint64_t planned_g;
    uint32_t method_count; /* none: any */
    char methods[PERMIT_METHODS_MAX][PERMIT_METHOD_MAX + 1];
    uint32_t pattern_count;
    char patterns[PERMIT_PATTERNS_MAX][WASTE_CODE_MAX + 1];
};

/* NULL before the first version. */
const struct party_version *party_at(const struct party *party, int64_t at_us);
/* Neither still to come nor closed nor suspended. */
bool party_is_open_at(const struct party *party, int64_t at_us);
/* Kinds at that time; 0 when it is not open. */
party_bits party_kinds_at(const struct party *party, int64_t at_us);
/* False when there is no room. A version with the same from replaces. */
bool party_add_version(struct party *party, const struct party_version *version);

/* NULL when none is in force. */
const struct vehicle_filing *vehicle_filing_at(const struct vehicle *vehicle, int64_t at_us);
enum vehicle_standing vehicle_at(const struct vehicle *vehicle, int64_t at_us);
/* A scope of a road transport licence (道路运输证): a class of dangerous goods or a division of one, times ten ("6.2" is 62, "6"
 * is 60), or 危险废物 for VEHICLE_ANY_WASTE. 0: neither. */
uint8_t vehicle_scope(struct span text);
/* May it carry that class, times ten, by its licence? A filing that told no scopes may carry any. */
bool vehicle_may_carry(const struct vehicle_filing *filing, int64_t goods_class);
bool vehicle_add_filing(struct vehicle *vehicle, const struct vehicle_filing *filing);
bool vehicle_overlaps(const struct vehicle *vehicle, int64_t from_us, int64_t until_us);

/* Any of the activities, for whatever waste; not suspended. */
bool permit_is_in_force(const struct permit *permit, party_bits activity, int64_t at_us);
/* Any of the activities; `code` is a waste code, or a pattern, all of which must be covered by one of the permit's. */
bool permit_covers(const struct permit *permit,
                   party_bits activity,
                   struct span code,
                   int64_t at_us);

/* The permit names the method, or names none; an empty method is any. */
bool permit_allows_method(const struct permit *permit, struct span method);
/* What is planned for that civil year already. */
uint64_t permit_planned_g(const struct permit *permit, int32_t year);
/* Adds to it, or takes back (`is_added` false) what was added in the same year. */
void permit_plan(struct permit *permit, int32_t year, uint64_t mass_g, bool is_added);

/* Records. Write gives the length, 0 when it does not fit; parse gives false on damage. */
size_t party_write(const struct party *party, uint8_t *ret, size_t cap);
bool party_parse(struct span bytes, struct party *ret);
size_t place_write(const struct place *place, uint8_t *ret, size_t cap);
bool place_parse(struct span bytes, struct place *ret);
size_t vehicle_write(const struct vehicle *vehicle, uint8_t *ret, size_t cap);
bool vehicle_parse(struct span bytes, struct vehicle *ret);
size_t permit_write(const struct permit *permit, uint8_t *ret, size_t cap);
bool permit_parse(struct span bytes, struct permit *ret);

#endif
