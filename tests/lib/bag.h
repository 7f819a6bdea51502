/* bag.h: one bag, those who handle it, and what they say of it: for the tests of the fold's passes.
 * Short names on purpose; a test file includes this and nothing else of the fold. */
#ifndef TESTS_LIB_BAG_H
#define TESTS_LIB_BAG_H

#include <string.h>

#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/container.h"
#include "tests/lib/check.h"

/* Short names for what facts say. */
enum {
    PACK = CUSTODY__V1__ACT__ACT_PACK,
    STORE = CUSTODY__V1__ACT__ACT_STORE,
    LOAD = CUSTODY__V1__ACT__ACT_LOAD,
    RECEIVE = CUSTODY__V1__ACT__ACT_RECEIVE,
    FEED = CUSTODY__V1__ACT__ACT_FEED,
    YIELD = CUSTODY__V1__ACT__ACT_YIELD,
    NEST = CUSTODY__V1__ACT__ACT_NEST,
    UNNEST = CUSTODY__V1__ACT__ACT_UNNEST,
    AMEND = CUSTODY__V1__ACT__ACT_AMEND,
    MEASURE = CUSTODY__V1__ACT__ACT_MEASURE,
    TRANSFER = CUSTODY__V1__ACT__ACT_TRANSFER,
    RELABEL = CUSTODY__V1__ACT__ACT_RELABEL,
    WITHDRAW = CUSTODY__V1__ACT__ACT_WITHDRAW,
    DISPUTE = CUSTODY__V1__ACT__ACT_DISPUTE,
    HOLD = CUSTODY__V1__ACT__ACT_HOLD,
    RELEASE = CUSTODY__V1__ACT__ACT_RELEASE,
    INCIDENT = CUSTODY__V1__ACT__ACT_INCIDENT,
    CLOSE = CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER,
    LEG = CUSTODY__V1__TRANSFER_KIND__TRANSFER_LEG,
    VEHICLE = CUSTODY__V1__TRANSFER_KIND__TRANSFER_VEHICLE,
    INTO_CENTRE = CUSTODY__V1__TRANSFER_KIND__TRANSFER_COLLECTION_CENTRE,
    LOSS = CUSTODY__V1__INCIDENT_KIND__INCIDENT_LOSS,
    SPILL = CUSTODY__V1__INCIDENT_KIND__INCIDENT_SPILL,
    ACCEPTED = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED,
    REJECTED = CUSTODY__V1__VERDICT__VERDICT_REJECTED,
    MISSING = CUSTODY__V1__VERDICT__VERDICT_MISSING,
    WEIGHED = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED,
    TYPED = CUSTODY__V1__MASS_SOURCE__MASS_TYPED,
};

/* A hospital, its carrier and its plant; a second carrier and a centre; somebody who has no business here. */
enum {
    CLINIC = 1,
    CARRIER = 2,
    PLANT = 3,
    OTHER_CARRIER = 4,
    CENTRE = 5,
    BUREAU = 6,
    STRANGER = 9
};
/* Manifests: the clinic's to the plant, the clinic's to the centre, the centre's to the plant. */
enum { TO_PLANT = 1, TO_CENTRE = 2, FROM_CENTRE = 3, MANIFESTS = 3 };

#define START_US INT64_C(1777593600000000)

static struct manifest manifests[MANIFESTS];
static struct container_manifest known[MANIFESTS];
static struct container_context context;
static struct fact facts[FACTS_MAX * 2];
static const struct fact *pointers[FACTS_MAX * 2];
static size_t count;
static struct container_history history;

static struct container_trip trips[3];

/* A registry: places by number, the clinic's site, the plant's permit, one profile in place of the others. */
enum { WARD = 201, VILLAGE = 202, CENTRES = 203, WARM = 204, COLD = 205, REMOTE = 206 };
static struct law registry;
static uint8_t clinic_site;
static bool plant_is_permitted;
static const struct profile *bag_profile;

static inline const struct place *registered_place(void *nothing, uint32_t number)
{
    static const struct place places[] = {
        {.kind = CUSTODY__V1__PLACE_KIND__PLACE_WARD_STORE},
        {.kind = CUSTODY__V1__PLACE_KIND__PLACE_VILLAGE_POINT},
        {.kind = CUSTODY__V1__PLACE_KIND__PLACE_COLLECTION_CENTRE},
        {.kind = CUSTODY__V1__PLACE_KIND__PLACE_PLANT_STORE,
         .temperature = CUSTODY__V1__TEMPERATURE_CLASS__TEMPERATURE_AMBIENT},
        {.kind = CUSTODY__V1__PLACE_KIND__PLACE_PLANT_STORE,
         .temperature = CUSTODY__V1__TEMPERATURE_CLASS__TEMPERATURE_BELOW_5},
        {.kind = CUSTODY__V1__PLACE_KIND__PLACE_PLANT_STORE,
         .temperature = CUSTODY__V1__TEMPERATURE_CLASS__TEMPERATURE_BELOW_5,
         .is_remote = true},
    };
    (void)nothing;
    return number >= WARD && number <= REMOTE ? &places[number - WARD] : NULL;
}

static inline const struct party_version *
registered_party(void *nothing, uint32_t party, int64_t at_us)
{
    static struct party_version version;
    (void)nothing;
    (void)at_us;
    version.site = clinic_site;
    return party == CLINIC && clinic_site != 0 ? &version : NULL;
}

static inline bool
registered_permit(void *nothing, uint32_t party, unsigned activity, uint32_t code, int64_t at_us)
{
    (void)nothing;
    (void)code;
    (void)at_us;
    return activity == CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT && party == PLANT &&
           plant_is_permitted;
}

static inline const struct profile *only_profile(void *nothing, uint32_t number)
{
    (void)nothing;
    (void)number;
    return bag_profile;
}

static inline int setup(void **state)
{
    (void)state;
    static const uint32_t generators[] = {CLINIC, CLINIC, CENTRE};
    static const uint32_t receivers[] = {PLANT, CENTRE, PLANT};
    memset(manifests, 0, sizeof manifests);
    for (uint32_t i = 0; i < MANIFESTS; i++) {
        manifests[i].is_known = true;
        manifests[i].generator = generators[i];
        manifests[i].receiver = receivers[i];
        manifests[i].leg_count = 1;
        manifests[i].carriers[0] = CARRIER;
        known[i] = (struct container_manifest){.number = i + 1, .manifest = &manifests[i]};
    }
    trips[0] = (struct container_trip){.number = 50, .carrier = CARRIER, .vehicle = 81};
    trips[1] = (struct container_trip){.number = 51, .carrier = CARRIER, .vehicle = 82};
    trips[2] = (struct container_trip){.number = 52, .carrier = OTHER_CARRIER, .vehicle = 83};
    registry = *law_default();
    registry.place = registered_place;
    registry.party = registered_party;
    registry.is_permitted = registered_permit;
    clinic_site = 0;
    plant_is_permitted = true;
    bag_profile = NULL;
    context = (struct container_context){
        .trip_count = 3,
        .trips = trips,
        .law = &registry,
        .number = 77,
        .generator = CLINIC,
        .division = 540421,
        .manifest_count = MANIFESTS,
        .manifests = known,
    };
    count = 0;
    return 0;
}

static inline party_bits kinds_of(uint32_t party)
{
    switch (party) {
    case CLINIC:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    case CARRIER:
    case OTHER_CARRIER:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_CARRIER;
    case PLANT:
    case CENTRE:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_FACILITY;
    case BUREAU:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    default:
        return 0;
    }
}

static inline int64_t hour(int64_t hours)
{
    return START_US + hours * CALENDAR_HOUR_US;
}

/* One more fact; the caller adds to it what it says. */
static inline struct fact *say(int act, uint32_t party, int64_t hours)
{
    struct fact *fact = &facts[count];
    *fact = (struct fact){
        .effective_us = hour(hours),
        .claimed_us = hour(hours),
        .recorded_us = hour(hours) + 1,
        .key_prefix = party,
        .key = party,
        .key_sequence = count + 1,
        .entry = 100 + count,
        .act = (uint8_t)act,
        .party = party,
        .kinds = kinds_of(party),
        .mass_g = FACT_NO_MASS,
    };
    pointers[count++] = fact;
    return fact;
}

static inline struct fact *pack(int64_t hours, uint64_t mass_g)
{
    struct fact *fact = say(PACK, CLINIC, hours);
    fact->mass_g = mass_g;
    fact->mass_source = TYPED;
    fact->code = 8;
    fact->bits = FACT_MEDICAL;
    fact->profile = LAW_PROFILE_MEDICAL;
    fact->place = 30;
    return fact;
}

static inline struct fact *load(int64_t hours, uint32_t manifest)
{
    struct fact *fact = say(LOAD, CARRIER, hours);
    fact->manifest = manifest;
    fact->trip = 50;
    return fact;
}

static inline struct fact *receive(int64_t hours, uint32_t party, uint32_t manifest, int verdict)
{
    struct fact *fact = say(RECEIVE, party, hours);
    fact->manifest = manifest;
    fact->trip = 50;
    fact->verdict = (uint8_t)verdict;
    fact->place = 60;
    return fact;
}

static inline struct fact *feed(int64_t hours)
{
    struct fact *fact = say(FEED, PLANT, hours);
    fact->batch = 70;
    return fact;
}

static inline struct fact *amend(int64_t hours, const struct fact *target, uint64_t mass_g)
{
    struct fact *fact = say(AMEND, target->party, hours);
    fact->target_key = target->key;
    fact->target_sequence = target->key_sequence;
    fact->mass_g = mass_g;
    fact->mass_source = TYPED;
    fact->bits = FACT_AMENDS_MASS;
    return fact;
}

static inline struct fact *transfer(int64_t hours, uint32_t party, int kind, uint32_t to_trip)
{
    struct fact *fact = say(TRANSFER, party, hours);
    fact->kind = (uint8_t)kind;
    fact->from_trip = 50;
    fact->trip = to_trip;
    return fact;
}

/* Into the store of the centre. */
static inline struct fact *deposit(int64_t hours, uint32_t party)
{
    struct fact *fact = transfer(hours, party, INTO_CENTRE, 0);
    fact->place = CENTRES;
    fact->receiver = CENTRE;
    return fact;
}

static inline struct fact *about(int act, uint32_t party, int64_t hours, const struct fact *target)
{
    struct fact *fact = say(act, party, hours);
    fact->target_key = target->key;
    fact->target_sequence = target->key_sequence;
    return fact;
}

/* What the fold reads instead of the profiles: the medical one, changed by the caller. */
static inline struct profile *change_profile(void)
{
    static struct profile profile;
    profile = *profile_medical();
    bag_profile = &profile;
    registry.profile = only_profile;
    return &profile;
}

static inline const struct container_fill *fold(void)
{
    container_fold(&context, pointers, count, &history);
    return &history.fills[history.fill_count - 1];
}

static inline enum container_state folded_state(void)
{
    return fold()->state;
}

static inline enum fact_effect effect_of(const struct fact *fact)
{
    for (uint32_t i = 0; i < history.step_count; i++) {
        if (history.steps[i].fact == fact) {
            return history.steps[i].effect;
        }
    }
    return 0;
}

static inline const struct work *find_row(enum work_kind kind, uint16_t rule)
{
    for (uint32_t i = 0; i < history.work.count; i++) {
        if (history.work.rows[i].kind == kind && history.work.rows[i].rule == rule) {
            return &history.work.rows[i];
        }
    }
    return NULL;
}

static inline const struct work *finding(uint16_t rule)
{
    return find_row(WORK_FINDING, rule);
}

static inline void assert_no_findings(void)
{
    for (uint32_t i = 0; i < history.work.count; i++) {
        const struct work *row = &history.work.rows[i];
        if (row->kind == WORK_FINDING) {
            fail_msg("there is a finding of %s", rule_find(row->rule)->name);
        }
    }
}

static inline void assert_anchor(const struct work *row, const struct fact *fact)
{
    assert_non_null(row);
    assert_int_equal(row->anchor_key, fact->key);
    assert_int_equal(row->anchor_sequence, fact->key_sequence);
    assert_int_equal(row->subject_kind, SUBJECT_CONTAINER);
    assert_int_equal(row->subject, 77);
    assert_int_equal(row->division, 540421);
}

static inline bool shows(const struct work *row, const struct fact *fact)
{
    for (uint32_t i = 0; i < row->entry_count; i++) {
        if (row->entries[i] == fact->entry) {
            return true;
        }
    }
    return false;
}

static inline struct manifest_sums sums_of(uint32_t manifest)
{
    struct manifest_sums sums = {0};
    for (uint32_t i = 0; i < history.leg_count; i++) {
        if (history.legs[i].manifest == manifest) {
            manifest_sums_add(&sums, &history.legs[i].sums, 1);
        }
    }
    return sums;
}

static inline void assert_present(uint32_t manifest,
                                  int64_t in_transit,
                                  int64_t received,
                                  int64_t rejected,
                                  int64_t missing,
                                  int64_t fed)
{
    struct manifest_sums sums = sums_of(manifest);
    assert_int_equal(sums.in_transit, in_transit);
    assert_int_equal(sums.received, received);
    assert_int_equal(sums.rejected, rejected);
    assert_int_equal(sums.missing, missing);
    assert_int_equal(sums.fed, fed);
}

#endif
