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
    ACCEPTED = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED,
    REJECTED = CUSTODY__V1__VERDICT__VERDICT_REJECTED,
    MISSING = CUSTODY__V1__VERDICT__VERDICT_MISSING,
    WEIGHED = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED,
    TYPED = CUSTODY__V1__MASS_SOURCE__MASS_TYPED,
};

/* A hospital, its carrier and its plant; a second carrier and a centre; somebody who has no business here. */
enum { CLINIC = 1, CARRIER = 2, PLANT = 3, OTHER_CARRIER = 4, CENTRE = 5, STRANGER = 9 };
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
    context = (struct container_context){
        .law = law_default(),
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
