/* slip.h: one manifest from a clinic to a plant, and what is said of it as a whole: for the tests of its state and of its rules.
 * Short names on purpose; a test file includes this and nothing else of the manifest. */
#ifndef TESTS_LIB_SLIP_H
#define TESTS_LIB_SLIP_H

#include <string.h>

#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/manifest.h"
#include "tests/lib/check.h"

enum {
    LOAD = CUSTODY__V1__ACT__ACT_LOAD,
    RECEIVE = CUSTODY__V1__ACT__ACT_RECEIVE,
    CONFIRM = CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT,
    NUMBERED = CUSTODY__V1__ACT__ACT_NUMBER,
};
enum { CLINIC = 1, CARRIER = 2, PLANT = 3, STRANGER = 9, NUMBER = 44, HERE = 540423 };

/* 2026-05-06 08:00 in China, a Wednesday. */
#define START_US INT64_C(1778025600000000)

static struct manifest manifest;
static struct work_set work;
/* The built-in profiles and an empty registry, until the caller changes it. */
static struct law law;

/* Issued by the clinic: one leg, one line. */
static inline void issue(void)
{
    law = *law_default();
    memset(&manifest, 0, sizeof manifest);
    manifest.is_known = true;
    manifest.entry = 10;
    manifest.key = 5;
    manifest.key_sequence = 6;
    manifest.issued_us = START_US;
    manifest.recorded_us = START_US;
    manifest.author = CLINIC;
    manifest.generator = CLINIC;
    manifest.receiver = PLANT;
    manifest.division = HERE;
    manifest.receiver_division = HERE;
    manifest.leg_count = 1;
    manifest.carriers[0] = CARRIER;
    manifest.line_count = 1;
    manifest.lines[0] = (struct manifest_line){.code = 8, .planned_g = 10000, .planned_pieces = 2};
}

static inline int64_t hour(int64_t hours)
{
    return START_US + hours * CALENDAR_HOUR_US;
}

/* One more fact; the caller adds to it what it says. */
static inline struct fact *say(int act, uint32_t party, int64_t hours)
{
    static uint64_t entry = 1000;
    struct fact fact = {
        .effective_us = hour(hours),
        .claimed_us = hour(hours),
        .recorded_us = hour(hours),
        .key_prefix = party,
        .key = party * 10,
        .key_sequence = ++entry,
        .entry = entry,
        .act = (uint8_t)act,
        .party = party,
        .mass_g = FACT_NO_MASS,
    };
    assert_true(facts_add(&manifest.facts, &fact));
    return facts_find_entry(&manifest.facts, entry, 0);
}

static inline uint32_t count_rows(enum work_kind kind, uint16_t rule)
{
    uint32_t count = 0;
    memset(&work, 0, sizeof work);
    manifest_work(&manifest, NUMBER, &law, &work);
    for (uint32_t i = 0; i < work.count; i++)
        count += work.rows[i].kind == kind && work.rows[i].rule == rule;
    return count;
}

static inline const struct work *find_row(enum work_kind kind, uint16_t rule)
{
    if (count_rows(kind, rule) == 0)
        return NULL;
    for (uint32_t i = 0;; i++)
        if (work.rows[i].kind == kind && work.rows[i].rule == rule)
            return &work.rows[i];
}

#endif
