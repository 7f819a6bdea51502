/* profile.h: the numbers of the rules, one table for the code, the INI files of deploy/profiles and their documentation.
 * Never a constant elsewhere: a rule that compares with a number takes it from here.
 *
 * A profile serves one family of waste in one jurisdiction (`cn-medical`). It is recorded on the ledger by set_profile and
 * then judges every statement about its waste that is effective from then on; which one judged a fact is kept with the
 * fact, so the past is never judged by a later edition. Until one is set, a built-in one serves.
 *
 * Its text is an INI file of at most PROFILE_TEXT_MAX bytes, read by libinih: `[section]`, `key = value`, comments with # or ;
 * at the start of a line or with " ;" behind a value.
 *   [profile]   name, family, edition (needed); base = general | medical (whose numbers it starts from; default general);
 *               epidemic = yes | no; codes = list of patterns (waste.h); code_form = national | solid | rcra | eu, which the
 *               patterns must have; number_form = cn-14 | rcra-12 | free; utc_offset_minutes
 *   numbers     the sections and keys of PROFILE_NUMBERS below
 *   [rules]     name of a rule = its edition | off; what is not named is as rule.h has it
 *   [calendar]  covers_from, covers_until = date; holidays, working_weekends = list of dates and ranges
 *               (2025-01-28..2025-02-04)
 * Lists are separated by commas and may be given on several lines, each with its key. Any other key twice, an unknown section
 * or key, a value that is malformed or out of range is an error that names the line.
 *
 * Every key is read by a rule or a report (a test looks). From the first release on none is removed: a text that a ledger
 * holds must stay readable.
 *
 * Zones: a profile has one offset. A region with several clocks sets one profile a zone, each for its divisions.
 *
 * Times are microseconds, masses grams, shares per mille, temperatures thousandths of a degree Celsius. 0 switches a limit off;
 * of a retention it means for ever. Immutable once parsed; any thread. */
#ifndef CUSTODY_PROTO_PROFILE_H
#define CUSTODY_PROTO_PROFILE_H

#include "proto/calendar.h"
#include "proto/rule.h"
#include "proto/waste.h"

enum {
    PROFILE_NAME_MAX = 32,
    PROFILE_PATTERNS_MAX = 32,
    PROFILE_TEXT_MAX = 32768, /* bytes of an INI file */
    PROFILE_LINE_MAX = 190,   /* bytes of a line that is no comment */
    PROFILE_WORD_MAX = 64,
};

/* How a number is written in the file; all are kept in the base unit. */
enum profile_unit {
    PROFILE_COUNT,
    PROFILE_SWITCH,  /* yes, no */
    PROFILE_MINUTES, /* -> microseconds */
    PROFILE_HOURS,   /* -> microseconds */
    PROFILE_DAYS,    /* -> microseconds */
    PROFILE_GRAMS,
    PROFILE_TONNES, /* -> grams */
    PROFILE_PER_MILLE,
    PROFILE_MONTH_DAY, /* mmdd, e.g. 0331 */
    PROFILE_KMH,
    PROFILE_DAY_OF_MONTH, /* 1 to 28, so that every month has it; 0: off */
    PROFILE_MONTHS,       /* kept as they are: civil */
    PROFILE_YEARS,        /* kept as they are: civil */
    PROFILE_CELSIUS,      /* -> thousandths of a degree */
};

/* clang-format off */
/* Section, key, field, unit, built-in value (general), built-in value (medical), source. */
#define PROFILE_NUMBERS(X) \
    X(storage, temporary_hours, storage_us, PROFILE_HOURS, 0, 48, "医疗废物管理条例 art. 17") \
    X(storage, temporary_notice_hours, storage_notice_us, PROFILE_HOURS, 0, 36, "house default") \
    X(storage, ward_hours, ward_us, PROFILE_HOURS, 0, 24, "医疗卫生机构医疗废物管理办法 (order 36) art. 16: collected inside every day") \
    X(storage, village_hours, village_us, PROFILE_HOURS, 0, 48, "医疗废物管理条例 art. 17") \
    X(storage, centre_hours, centre_us, PROFILE_HOURS, 0, 48, "医疗废物管理条例 art. 17, at a collection centre") \
    X(storage, plant_hours, plant_us, PROFILE_HOURS, 0, 24, "GB 39707-2020 5.4.6, 5 C and above") \
    X(storage, plant_cold_hours, plant_cold_us, PROFILE_HOURS, 0, 72, "GB 39707-2020 5.4.6, below 5 C") \
    X(storage, plant_remote_hours, plant_remote_us, PROFILE_HOURS, 0, 168, "GB 39707-2020 5.4.6, remote, below 5 C and disinfected") \
    X(storage, stock_days, stock_us, PROFILE_DAYS, 365, 365, "固体废物污染环境防治法 art. 81") \
    X(storage, stock_notice_days, stock_notice_us, PROFILE_DAYS, 335, 335, "house default") \
    X(storage, plant_cold_celsius, plant_cold_mc, PROFILE_CELSIUS, 5, 5, "GB 39707-2020 5.4.6: cold is below this") \
    X(storage, point_t, point_g, PROFILE_TONNES, 3, 3, "GB 18597-2023: stock at a storage point (from memory)") \
    X(collection, bedded_hours, bedded_us, PROFILE_HOURS, 0, 24, "医疗废物集中处置技术规范 4.1 (from memory)") \
    X(collection, other_hours, other_us, PROFILE_HOURS, 0, 48, "医疗废物管理条例 art. 25") \
    X(collection, bedded_above, bedded_above, PROFILE_COUNT, 19, 19, "豁免管理清单: institutions with at most 19 beds") \
    X(receipt, confirm_working_days, confirm_working_days, PROFILE_COUNT, 5, 5, "危险废物转移管理办法 art. 18") \
    X(receipt, rejected_hours, rejected_us, PROFILE_HOURS, 48, 48, "house default: a rejected load needs its next destination") \
    X(receipt, mass_tolerance_per_mille, mass_tolerance_per_mille, PROFILE_PER_MILLE, 50, 50, "house default, the law gives none") \
    X(receipt, mass_tolerance_g, mass_tolerance_g, PROFILE_GRAMS, 1000, 1000, "house default") \
    X(receipt, copy_days, copy_us, PROFILE_DAYS, 0, 0, "signed copy back: US 40 CFR 264.71 30 days, FR one month") \
    X(exception, contact_days, exception_contact_us, PROFILE_DAYS, 0, 0, "US 40 CFR 262.42: no signed copy, ask the carrier") \
    X(exception, report_days, exception_us, PROFILE_DAYS, 0, 0, "US 40 CFR 262.42: no signed copy, exception report") \
    X(batch, tolerance_per_mille, batch_tolerance_per_mille, PROFILE_PER_MILLE, 50, 50, "house default") \
    X(back_entry, working_days, back_entry_working_days, PROFILE_COUNT, 10, 10, "危险废物转移管理办法 art. 20") \
    X(approval, days, approval_us, PROFILE_DAYS, 366, 366, "危险废物转移管理办法 art. 27: 12 months") \
    X(permit, document_notice_days, document_notice_us, PROFILE_DAYS, 30, 30, "house default: a filed document is about to lapse") \
    X(manifest, expected_hours, manifest_us, PROFILE_HOURS, 720, 96, "house default") \
    X(manifest, report_hours, report_us, PROFILE_HOURS, 0, 0, "house default: off until the bureau reports") \
    X(manifest, plan_required, plan_required, PROFILE_SWITCH, 0, 0, "危险废物转移管理办法 art. 14") \
    X(manifest, contract_required, contract_required, PROFILE_SWITCH, 0, 0, "危险废物转移管理办法 art. 10") \
    X(manifest, approval_required, approval_required, PROFILE_SWITCH, 0, 0, "危险废物转移管理办法 art. 21: across provinces") \
    X(manifest, self_disposal, self_disposal, PROFILE_SWITCH, 0, 0, "医疗废物管理条例 art. 21: rural places without central disposal") \
    X(manifest, sterilise_on_site, sterilise_on_site, PROFILE_SWITCH, 0, 1, "医疗废物管理条例 art. 19") \
    X(manifest, block_notice_days, block_notice_us, PROFILE_DAYS, 7, 7, "house default: before a block of numbers lapses") \
    X(transport, permit_required, transport_permit_required, PROFILE_SWITCH, 0, 0, "危险废物转移管理办法 art. 13") \
    X(transport, crew_required, crew_required, PROFILE_SWITCH, 0, 0, "危险货物道路运输安全管理办法 art. 44") \
    X(transport, medical_vehicle, medical_vehicle, PROFILE_SWITCH, 0, 1, "医疗废物管理条例 art. 26") \
    X(transport, rail_and_air_forbidden, rail_and_air_forbidden, PROFILE_SWITCH, 0, 1, "医疗废物管理条例 art. 15") \
    X(transport, mixed_cargo_forbidden, mixed_cargo_forbidden, PROFILE_SWITCH, 0, 1, "医疗废物管理条例 art. 26") \
    X(transport, plausible_kmh, plausible_kmh, PROFILE_KMH, 120, 120, "house default: nothing drives faster between two scans") \
    X(transport, goods_class_tenths, goods_class, PROFILE_COUNT, 0, 62, "class of dangerous goods times ten that a vehicle's licence must cover: UN3291 is of 6.2 (from memory)") \
    X(transport, clean_hours, clean_us, PROFILE_HOURS, 0, 24, "GB 39707-2020 5.5.2") \
    X(plant, outage_hours, outage_us, PROFILE_HOURS, 0, 60, "GB 39707-2020 7.3.3, a year and line") \
    X(record, five_gap_minutes, five_gap_us, PROFILE_MINUTES, 120, 120, "house default") \
    X(record, late_mark_hours, late_mark_us, PROFILE_HOURS, 24, 24, "house default") \
    X(record, late_hours, late_us, PROFILE_HOURS, 168, 168, "house default: a prefecture seven days without a network") \
    X(record, cluster_count, cluster_count, PROFILE_COUNT, 50, 50, "house default") \
    X(record, cluster_days, cluster_days, PROFILE_COUNT, 7, 7, "house default") \
    X(record, pattern_count, marks_pattern_count, PROFILE_COUNT, 20, 20, "house default, marks in a month") \
    X(record, pattern_per_mille, marks_pattern_per_mille, PROFILE_PER_MILLE, 500, 500, "house default, of what the party recorded") \
    X(record, chain_gap_hours, chain_gap_us, PROFILE_HOURS, 72, 72, "house default") \
    X(record, clock_tolerance_minutes, clock_tolerance_us, PROFILE_MINUTES, 5, 5, "house default") \
    X(record, correction_minutes, correction_us, PROFILE_MINUTES, 15, 15, "house default: an author's own correction at once") \
    X(report, monthly_day, monthly_day, PROFILE_DAY_OF_MONTH, 15, 15, "HJ 1259-2022 7.2") \
    X(report, quarterly_day, quarterly_day, PROFILE_DAY_OF_MONTH, 15, 15, "HJ 1259-2022 7.2") \
    X(report, yearly_by, yearly_by, PROFILE_MONTH_DAY, 331, 331, "HJ 1259-2022 7.2") \
    X(report, plan_by, plan_by, PROFILE_MONTH_DAY, 331, 331, "HJ 1259-2022 5.2") \
    X(report, key_unit_t, key_unit_g, PROFILE_TONNES, 100, 100, "HJ 1259-2022 4.2.1") \
    X(report, simplified_t, simplified_g, PROFILE_TONNES, 10, 10, "HJ 1259-2022 4.2.1") \
    X(report, monthly_required, monthly_required, PROFILE_SWITCH, 0, 0, "HJ 1259-2022 7.2: key units") \
    X(report, quarterly_required, quarterly_required, PROFILE_SWITCH, 0, 0, "HJ 1259-2022 7.2: simplified units") \
    X(report, yearly_required, yearly_required, PROFILE_SWITCH, 0, 0, "HJ 1259-2022 7.2: everyone") \
    X(escalation, urge_days, urge_us, PROFILE_DAYS, 3, 3, "house default: 催办") \
    X(escalation, supervise_days, supervise_us, PROFILE_DAYS, 10, 10, "house default: 督办") \
    X(retention, manifest_years, manifest_years, PROFILE_YEARS, 10, 10, "危险废物转移管理办法 art. 20") \
    X(retention, ledger_years, ledger_years, PROFILE_YEARS, 5, 5, "HJ 1259-2022 6.4") \
    X(retention, operator_years, operator_years, PROFILE_YEARS, 10, 10, "危险废物经营许可证管理办法 art. 18") \
    X(retention, register_years, register_years, PROFILE_YEARS, 3, 3, "医疗废物管理条例 art. 12") \
    X(retention, waybill_months, waybill_months, PROFILE_MONTHS, 12, 12, "危险货物道路运输安全管理办法 art. 24") \
    X(retention, record_years, record_years, PROFILE_YEARS, 10, 10, "house default: records in the annex, the longest of the above")
/* clang-format on */

struct profile {
    char name[PROFILE_NAME_MAX + 1];   /* cn-medical */
    char family[PROFILE_NAME_MAX + 1]; /* medical */
    char base[PROFILE_NAME_MAX + 1];   /* the built-in one that it starts from */
    uint32_t edition;                  /* of the file */
    bool is_epidemic;                  /* serves only what was packed with the epidemic mark */
    bool is_zoned;                     /* says its offset; otherwise the ledger's holds */
    uint32_t pattern_count;            /* codes that it serves; none: every other code */
    char patterns[PROFILE_PATTERNS_MAX][WASTE_CODE_MAX + 1];
    char code_form[PROFILE_NAME_MAX + 1];
    char number_form[PROFILE_NAME_MAX + 1]; /* what a national number looks like */
    struct calendar calendar;
    uint8_t rules[RULE_NUMBER_MAX + 1]; /* edition of each rule that is on; 0: off */
#define PROFILE_X(section, key, field, unit, general, medical, source) int64_t field;
    PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
};

/* Serve until set_profile records others: national rules of China with the house's own defaults. */
const struct profile *profile_general(void);
const struct profile *profile_medical(void);

/* Is the rule on, in whatever edition? */
bool profile_has_rule(const struct profile *profile, uint16_t rule);
/* Length of the longest of its patterns that covers the code; 1 when it serves every code; 0: does not serve this one. */
uint32_t profile_covers(const struct profile *profile, struct span code);
/* The same of patterns that stand elsewhere. */
uint32_t
profile_longest(const char patterns[][WASTE_CODE_MAX + 1], uint32_t count, struct span code);
/* May stand as the name of a profile: a-z, 0-9 and -, beginning with a letter. */
bool profile_is_name(struct span name);

/* What is wrong with a text. Texts are static or within; `got` holds nothing that a terminal would obey. */
struct profile_problem {
    int line; /* 0: of the whole text, e.g. something that is missing */
    char section[PROFILE_WORD_MAX];
    char key[PROFILE_WORD_MAX];
    char expected[2 * PROFILE_WORD_MAX + 32];
    char got[PROFILE_WORD_MAX];
    char nearest
        [2 *
         PROFILE_WORD_MAX]; /* "[section] key" that may have been meant; empty: nothing is near */
};

/* On false `ret` holds nothing of use. `ret` is large: static, or in an arena. */
bool profile_parse(struct span text, struct profile *ret, struct profile_problem *ret_problem);

/* The table of numbers, for whoever lists them. */
struct profile_number {
    const char *section;
    const char *key;
    enum profile_unit unit;
    int64_t general; /* built-in value as a file writes it */
    int64_t medical;
    const char *source;
};

enum { PROFILE_VALUE_MAX = 32, PROFILE_ROW_MAX = 512 };

size_t profile_number_count(void);
const struct profile_number *profile_number_at(size_t index);
/* As a file writes it: 48, yes, 0331. */
void profile_write_number(const struct profile *profile,
                          size_t index,
                          char ret[static PROFILE_VALUE_MAX]);
/* "hours", "kg"; empty for counts and switches. */
const char *profile_unit_name(enum profile_unit unit);
/* The number's row in the table of deploy/profiles/README.md, without the end of the line. */
void profile_write_row(size_t index, char ret[static PROFILE_ROW_MAX]);

#endif
