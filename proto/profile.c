/* profile.c: the numbers of the rules, built in or read from a text.
 * Never opens a file: the text comes from the ledger or from whoever read it. */
#include "proto/profile.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US (CALENDAR_HOUR_US / 60)

/* A number as the file writes it, in the base unit. */
#define BASE_PROFILE_COUNT        1
#define BASE_PROFILE_SWITCH       1
#define BASE_PROFILE_MINUTES      MINUTE_US
#define BASE_PROFILE_HOURS        CALENDAR_HOUR_US
#define BASE_PROFILE_DAYS         CALENDAR_DAY_US
#define BASE_PROFILE_GRAMS        1
#define BASE_PROFILE_TONNES       1000000
#define BASE_PROFILE_PER_MILLE    1
#define BASE_PROFILE_MONTH_DAY    1
#define BASE_PROFILE_KMH          1
#define BASE_PROFILE_DAY_OF_MONTH 1
#define BASE_PROFILE_MONTHS       1
#define BASE_PROFILE_YEARS        1
#define BASE_PROFILE_CELSIUS      1000

static const struct unit {
    int64_t base;
    int64_t least;
    int64_t most; /* as the file writes it; a hundred years, a million tonnes: more is a slip */
    const char *name;
    const char *expected;
} units[] = {
#define UNIT(unit, least, most, name, expected) [unit] = {BASE_##unit, least, most, name, expected}
    UNIT(PROFILE_COUNT, 0, 1000000, "", "a whole number, 0 to 1000000"),
    UNIT(PROFILE_SWITCH, 0, 1, "", "yes or no"),
    UNIT(PROFILE_MINUTES, 0, 5256000, "minutes", "minutes, 0 to 5256000"),
    UNIT(PROFILE_HOURS, 0, 876000, "hours", "hours, 0 to 876000"),
    UNIT(PROFILE_DAYS, 0, 36525, "days", "days, 0 to 36525"),
    UNIT(PROFILE_GRAMS, 0, 1000000000000, "g", "grams, 0 to 1000000000000"),
    UNIT(PROFILE_TONNES, 0, 1000000, "t", "tonnes, 0 to 1000000"),
    UNIT(PROFILE_PER_MILLE, 0, 1000, "per mille", "per mille, 0 to 1000"),
    UNIT(PROFILE_MONTH_DAY, 0, 1231, "mmdd", "month and day, e.g. 0331; 0 for none"),
    UNIT(PROFILE_KMH, 0, 300, "km/h", "km/h, 0 to 300"),
    UNIT(PROFILE_DAY_OF_MONTH, 0, 28, "day of the month", "day of the month, 1 to 28; 0 for none"),
    UNIT(PROFILE_MONTHS, 0, 1200, "months", "months, 0 to 1200"),
    UNIT(PROFILE_YEARS, 0, 100, "years", "years, 0 to 100"),
    UNIT(PROFILE_CELSIUS, -100, 200, "degrees C", "whole degrees Celsius, -100 to 200"),
#undef UNIT
};

static const struct profile_number numbers[] = {
#define PROFILE_X(section, key, field, unit, general, medical, source)                             \
    {#section, #key, unit, general, medical, source},
    PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
};
static const size_t offsets[] = {
#define PROFILE_X(section, key, field, unit, general, medical, source)                             \
    offsetof(struct profile, field),
    PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

/* A notice after its limit, a wider class below a narrower one: no number alone shows it. */
static const struct {
    size_t less; /* offset of the field that may not be more, unless the other is off */
    size_t more;
} pairs[] = {
#define PAIR(less, more)                                                                           \
    {                                                                                              \
        offsetof(struct profile, less), offsetof(struct profile, more)                             \
    }
    PAIR(storage_notice_us, storage_us), PAIR(stock_notice_us, stock_us),
    PAIR(plant_us, plant_cold_us),       PAIR(plant_cold_us, plant_remote_us),
    PAIR(simplified_g, key_unit_g),      PAIR(late_mark_us, late_us),
    PAIR(urge_us, supervise_us),         PAIR(exception_contact_us, exception_us),
#undef PAIR
};

#define RULE_X(number, name, edition, weight, row, article, zh, en) [number] = edition,
#define EVERY_RULE                                                                                 \
    {                                                                                              \
        RULES(RULE_X)                                                                              \
    }

const struct profile *profile_general(void)
{
    static const struct profile profile = {.name = "general",
                                           .family = "general",
                                           .base = "general",
                                           .edition = 1,
                                           .code_form = "national",
                                           .number_form = "cn-14",
                                           .calendar = {.utc_offset_minutes = 480},
                                           .rules = EVERY_RULE,
#define PROFILE_X(section, key, field, unit, general, medical, source)                             \
    .field = INT64_C(general) * BASE_##unit,
                                           PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
    };
    return &profile;
}

const struct profile *profile_medical(void)
{
    static const struct profile profile = {.name = "medical",
                                           .family = "medical",
                                           .base = "medical",
                                           .edition = 1,
                                           .pattern_count = 1,
                                           .patterns = {"HW01"},
                                           .code_form = "national",
                                           .number_form = "cn-14",
                                           .calendar = {.utc_offset_minutes = 480},
                                           .rules = EVERY_RULE,
#define PROFILE_X(section, key, field, unit, general, medical, source)                             \
    .field = INT64_C(medical) * BASE_##unit,
                                           PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
    };
    return &profile;
}

bool profile_has_rule(const struct profile *profile, uint16_t rule)
{
    return rule <= RULE_NUMBER_MAX && profile->rules[rule] != 0;
}

uint32_t
profile_longest(const char patterns[][WASTE_CODE_MAX + 1], uint32_t count, struct span code)
{
    if (count == 0)
        return 1;
    if (code.len == 0)
        return 0;
    uint32_t longest = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct span pattern = span_text(patterns[i]);
        if (pattern.len > longest && waste_covers(pattern, code))
            longest = (uint32_t)pattern.len;
    }
    return longest;
}

uint32_t profile_covers(const struct profile *profile, struct span code)
{
    return profile_longest(profile->patterns, profile->pattern_count, code);
}

bool profile_is_name(struct span name)
{
    if (name.len == 0 || name.len > PROFILE_NAME_MAX || name.data[0] < 'a' || name.data[0] > 'z')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
            return false;
    }
    return true;
}

/* ---- the table, for whoever lists it ------------------------------------------------------------ */

size_t profile_number_count(void)
{
    return NUMBERS;
}

const struct profile_number *profile_number_at(size_t index)
{
    return index < NUMBERS ? &numbers[index] : NULL;
}

const char *profile_unit_name(enum profile_unit unit)
{
    return units[unit].name;
}

static int64_t *number_in(struct profile *profile, size_t offset)
{
    return (int64_t *)(void *)((char *)profile + offset);
}

static int64_t number_of(const struct profile *profile, size_t offset)
{
    return *(const int64_t *)(const void *)((const char *)profile + offset);
}

static void write_value(enum profile_unit unit, int64_t value, char ret[static PROFILE_VALUE_MAX])
{
    if (unit == PROFILE_SWITCH)
        snprintf(ret, PROFILE_VALUE_MAX, "%s", value != 0 ? "yes" : "no");
    else if (unit == PROFILE_MONTH_DAY && value != 0)
        snprintf(ret, PROFILE_VALUE_MAX, "%04lld", (long long)value);
    else
        snprintf(ret, PROFILE_VALUE_MAX, "%lld", (long long)value);
}

void profile_write_number(const struct profile *profile,
                          size_t index,
                          char ret[static PROFILE_VALUE_MAX])
{
    enum profile_unit unit = numbers[index].unit;
    write_value(unit, number_of(profile, offsets[index]) / units[unit].base, ret);
}

void profile_write_row(size_t index, char ret[static PROFILE_ROW_MAX])
{
    const struct profile_number *number = &numbers[index];
    char general[PROFILE_VALUE_MAX], medical[PROFILE_VALUE_MAX];
    write_value(number->unit, number->general, general);
    write_value(number->unit, number->medical, medical);
    snprintf(ret, PROFILE_ROW_MAX, "| %s | %s | %s | %s | %s | %s |", number->section, number->key,
             number->unit == PROFILE_SWITCH ? "yes, no" : units[number->unit].name, general,
             medical, number->source);
}

/* ---- reading -------------------------------------------------------------------------------------- */

/* Keys that are no numbers. */
enum fixed_key {
    KEY_NAME,
    KEY_FAMILY,
    KEY_EDITION,
    KEY_BASE,
    KEY_EPIDEMIC,
    KEY_CODES,
    KEY_CODE_FORM,
    KEY_NUMBER_FORM,
    KEY_UTC_OFFSET_MINUTES,
    KEY_COVERS_FROM,
    KEY_COVERS_UNTIL,
    KEY_HOLIDAYS,
    KEY_WORKING_WEEKENDS,
    FIXED_KEYS,
};

static const struct {
    const char *section;
    const char *key;
} fixed_keys[FIXED_KEYS] = {
    [KEY_NAME] = {"profile", "name"},
    [KEY_FAMILY] = {"profile", "family"},
    [KEY_EDITION] = {"profile", "edition"},
    [KEY_BASE] = {"profile", "base"},
    [KEY_EPIDEMIC] = {"profile", "epidemic"},
    [KEY_CODES] = {"profile", "codes"},
    [KEY_CODE_FORM] = {"profile", "code_form"},
    [KEY_NUMBER_FORM] = {"profile", "number_form"},
    [KEY_UTC_OFFSET_MINUTES] = {"profile", "utc_offset_minutes"},
    [KEY_COVERS_FROM] = {"calendar", "covers_from"},
    [KEY_COVERS_UNTIL] = {"calendar", "covers_until"},
    [KEY_HOLIDAYS] = {"calendar", "holidays"},
    [KEY_WORKING_WEEKENDS] = {"calendar", "working_weekends"},
};

static const struct {
    const char *name;
    enum waste_form form;
} code_forms[] = {
    {"national", WASTE_NATIONAL}, {"solid", WASTE_SOLID}, {"rcra", WASTE_RCRA}, {"eu", WASTE_EU}};
static const char *const number_forms[] = {"cn-14", "rcra-12", "free"};

enum { CODE_FORMS = sizeof code_forms / sizeof code_forms[0], LINE_CUT = PROFILE_WORD_MAX - 1 };

/* libinih asks for one line after the other, so the line of a complaint is the one given last. */
struct reading {
    struct profile *profile;
    struct profile_problem *problem;
    struct span rest;
    int line;
    bool is_looking_for_base; /* the first time through: nothing but the base is taken */
    bool has_failed;
    int fixed_lines[FIXED_KEYS]; /* 0: not given */
    int number_lines[NUMBERS];
    size_t number_next; /* files mostly keep the order of the table */
    int rule_lines[RULE_NUMBER_MAX + 1];
    int pattern_lines[PROFILE_PATTERNS_MAX];
};

/* Whole characters that fit; what a terminal would obey becomes a question mark. */
static void copy_shown(char *ret, size_t cap, struct span text)
{
    size_t used = 0;
    for (size_t i = 0; i < text.len;) {
        uint8_t c = text.data[i];
        size_t len = c >= 0xC3 && c <= 0xDF   ? 2
                     : c >= 0xE0 && c <= 0xEF ? 3
                     : c >= 0xF0 && c <= 0xF4 ? 4
                                              : 1;
        bool is_shown = len == 1 ? c >= 0x20 && c < 0x7F : i + len <= text.len;
        for (size_t k = 1; k < len && is_shown; k++)
            is_shown = (text.data[i + k] & 0xC0) == 0x80;
        if (!is_shown)
            len = 1;
        if (used + len + 1 > cap)
            break;
        if (is_shown)
            memcpy(ret + used, text.data + i, len);
        else
            ret[used] = '?';
        used += len;
        i += len;
    }
    ret[used] = 0;
}

static bool complain_at(struct reading *reading,
                        int line,
                        const char *section,
                        const char *key,
                        const char *expected,
                        struct span got)
{
    struct profile_problem *problem = reading->problem;
    if (reading->has_failed)
        return false;
    reading->has_failed = true;
    problem->line = line;
    copy_shown(problem->section, sizeof problem->section, span_text(section));
    copy_shown(problem->key, sizeof problem->key, span_text(key));
    copy_shown(problem->expected, sizeof problem->expected, span_text(expected));
    copy_shown(problem->got, sizeof problem->got, got);
    return false;
}

static bool
complain(struct reading *reading, enum fixed_key key, const char *expected, struct span got)
{
    return complain_at(reading, reading->line, fixed_keys[key].section, fixed_keys[key].key,
                       expected, got);
}

/* Letters to change, add or leave out to make one word of the other. */
static size_t distance_of(const char *a, const char *b)
{
    size_t row[PROFILE_WORD_MAX + 1];
    size_t b_len = strnlen(b, PROFILE_WORD_MAX);
    for (size_t k = 0; k <= b_len; k++)
        row[k] = k;
    for (size_t i = 0; i < PROFILE_WORD_MAX && a[i] != 0; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < b_len; k++) {
            size_t changed = diagonal + (a[i] == b[k] ? 0 : 1);
            size_t least = row[k] < row[k + 1] ? row[k] + 1 : row[k + 1] + 1;
            diagonal = row[k + 1];
            row[k + 1] = changed < least ? changed : least;
        }
    }
    return row[b_len];
}

struct nearest {
    const char *section;
    const char *key;
    size_t distance;
};

/* A key of another section costs one more than the same key here. */
static void nearest_offer(struct nearest *nearest,
                          const char *section,
                          const char *key,
                          const char *known_section,
                          const char *known_key)
{
    size_t distance =
        2 * distance_of(key, known_key) + (strcmp(section, known_section) == 0 ? 0 : 1);
    if (distance < nearest->distance)
        *nearest = (struct nearest){known_section, known_key, distance};
}

static bool complain_unknown(struct reading *reading, const char *section, const char *key)
{
    struct nearest nearest = {NULL, NULL, 2 * (strlen(key) / 3 + 1) + 2};
    bool is_rule = strcmp(section, "rules") == 0;
    complain_at(reading, reading->line, section, key,
                is_rule ? "the name of a rule" : "a key that profiles have", span_text(key));
    for (size_t i = 0; i < FIXED_KEYS; i++)
        nearest_offer(&nearest, section, key, fixed_keys[i].section, fixed_keys[i].key);
    for (size_t i = 0; i < NUMBERS; i++)
        nearest_offer(&nearest, section, key, numbers[i].section, numbers[i].key);
    for (uint32_t number = 1; number <= RULE_NUMBER_MAX; number++) {
        const struct rule_row *row = rule_find((uint16_t)number);
        if (row != NULL)
            nearest_offer(&nearest, section, key, "rules", row->name);
    }
    if (nearest.key != NULL)
        snprintf(reading->problem->nearest, sizeof reading->problem->nearest, "[%s] %s",
                 nearest.section, nearest.key);
    return false;
}

static bool is_section(const char *section)
{
    bool is_known = strcmp(section, "rules") == 0;
    for (size_t i = 0; i < FIXED_KEYS && !is_known; i++)
        is_known = strcmp(section, fixed_keys[i].section) == 0;
    for (size_t i = 0; i < NUMBERS && !is_known; i++)
        is_known = strcmp(section, numbers[i].section) == 0;
    return is_known;
}

static bool complain_section(struct reading *reading, const char *section)
{
    const char *nearest = NULL;
    size_t distance = strlen(section) / 3 + 2;
    complain_at(reading, reading->line, section, "", "a section that profiles have",
                span_text(section));
    for (size_t i = 0; i < NUMBERS + FIXED_KEYS; i++) {
        const char *known = i < NUMBERS ? numbers[i].section : fixed_keys[i - NUMBERS].section;
        size_t its = distance_of(section, known);
        if (its < distance) {
            distance = its;
            nearest = known;
        }
    }
    if (nearest != NULL)
        snprintf(reading->problem->nearest, sizeof reading->problem->nearest, "[%s]", nearest);
    return false;
}

/* At most twelve digits, perhaps with a minus. */
static bool parse_whole(const char *text, int64_t *ret)
{
    enum { DIGITS_MAX = 13 };
    bool is_negative = text[0] == '-';
    const char *digits = text + is_negative;
    size_t len = strlen(digits);
    int64_t value = 0;
    if (len == 0 || len > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (digits[i] - '0');
    }
    *ret = is_negative ? -value : value;
    return true;
}

static bool parse_switch(const char *text, int64_t *ret)
{
    bool is_yes = strcmp(text, "yes") == 0;
    *ret = is_yes ? 1 : 0;
    return is_yes || strcmp(text, "no") == 0;
}

/* yyyy-mm-dd */
static bool parse_date(struct span text, int32_t *ret_day)
{
    enum { DATE_LEN = 10 };
    uint32_t parts[3] = {0};
    size_t part = 0;
    if (text.len != DATE_LEN)
        return false;
    for (size_t i = 0; i < DATE_LEN; i++) {
        uint8_t c = text.data[i];
        if (i == 4 || i == 7) {
            if (c != '-')
                return false;
            part++;
        } else if (c < '0' || c > '9') {
            return false;
        } else {
            parts[part] = parts[part] * 10 + (uint32_t)(c - '0');
        }
    }
    if (!calendar_is_civil((int32_t)parts[0], parts[1], parts[2]))
        return false;
    *ret_day = calendar_from_civil((int32_t)parts[0], parts[1], parts[2]);
    return true;
}

/* Cuts the first item of a list off `rest`; false at the end. Blanks around it are gone. */
static bool next_item(const char **rest, struct span *ret)
{
    const char *start = *rest;
    if (start == NULL)
        return false;
    size_t len = strcspn(start, ",");
    *rest = start[len] == ',' ? start + len + 1 : NULL;
    while (len > 0 && (*start == ' ' || *start == '\t')) {
        start++;
        len--;
    }
    while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\t'))
        len--;
    *ret = span_of(start, len);
    return true;
}

static bool take_number(struct reading *reading, size_t index, const char *text)
{
    const struct unit *unit = &units[numbers[index].unit];
    int64_t value;
    bool is_read = numbers[index].unit == PROFILE_SWITCH ? parse_switch(text, &value)
                                                         : parse_whole(text, &value);
    bool is_good = is_read && value >= unit->least && value <= unit->most;
    /* The 29th of February would be a deadline that most years lack. */
    if (is_good && numbers[index].unit == PROFILE_MONTH_DAY && value != 0)
        is_good = calendar_is_civil(2001, (uint32_t)value / 100, (uint32_t)value % 100);
    if (!is_good)
        return complain_at(reading, reading->line, numbers[index].section, numbers[index].key,
                           unit->expected, span_text(text));
    *number_in(reading->profile, offsets[index]) = value * unit->base;
    return true;
}

static bool take_rule(struct reading *reading, const struct rule_row *row, const char *text)
{
    int64_t edition = 0;
    bool is_off = strcmp(text, "off") == 0;
    char expected[PROFILE_WORD_MAX];
    snprintf(expected, sizeof expected, row->edition == 1 ? "1 or off" : "1 to %u or off",
             (unsigned)row->edition);
    if (!is_off && (!parse_whole(text, &edition) || edition < 1 || edition > row->edition))
        return complain_at(reading, reading->line, "rules", row->name, expected, span_text(text));
    reading->profile->rules[row->number] = (uint8_t)edition;
    return true;
}

static bool take_codes(struct reading *reading, const char *text)
{
    struct profile *profile = reading->profile;
    struct span item;
    for (const char *rest = text; next_item(&rest, &item);) {
        if (!waste_is_pattern(item))
            return complain(reading, KEY_CODES, "waste codes or patterns, e.g. HW01, 841-*", item);
        for (uint32_t i = 0; i < profile->pattern_count; i++)
            if (span_is_equal(span_text(profile->patterns[i]), item))
                return complain(reading, KEY_CODES, "each pattern once", item);
        if (profile->pattern_count == PROFILE_PATTERNS_MAX)
            return complain(reading, KEY_CODES, "at most 32 patterns", item);
        reading->pattern_lines[profile->pattern_count] = reading->line;
        char *pattern = profile->patterns[profile->pattern_count++];
        memcpy(pattern, item.data, item.len);
        pattern[item.len] = 0;
    }
    return true;
}

static bool take_days(struct reading *reading, enum fixed_key key, const char *text)
{
    struct calendar *calendar = &reading->profile->calendar;
    bool is_holiday = key == KEY_HOLIDAYS;
    struct calendar_list *list = is_holiday ? &calendar->holidays : &calendar->workdays;
    const struct calendar_list *other = is_holiday ? &calendar->workdays : &calendar->holidays;
    struct span item;
    for (const char *rest = text; next_item(&rest, &item);) {
        struct span until = item;
        int32_t first, last;
        const uint8_t *dots = memmem(item.data, item.len, "..", 2);
        if (dots != NULL) {
            until = span_of(dots + 2, item.len - (size_t)(dots + 2 - item.data));
            item.len = (size_t)(dots - item.data);
        }
        /* No holiday lasts longer than a month; a slip in the year would be a range of one. */
        if (!parse_date(item, &first) || !parse_date(until, &last) || last < first ||
            last - first > 31)
            return complain(reading, key, "days yyyy-mm-dd or ranges yyyy-mm-dd..yyyy-mm-dd", item);
        for (int32_t day = first; day <= last; day++) {
            if (!is_holiday && !calendar_is_weekend(day))
                return complain(reading, key, "a Saturday or a Sunday", item);
            if (calendar_has(other, day))
                return complain(reading, key, "a day that is not in the other list", item);
        }
        if (list->count == CALENDAR_RANGES_MAX)
            return complain(reading, key, "at most 128 ranges", item);
        if (!calendar_add(list, first, last))
            return complain(reading, key, "each day once", item);
    }
    return true;
}

static bool take_name(struct reading *reading, enum fixed_key key, const char *text, char *ret)
{
    if (!profile_is_name(span_text(text)))
        return complain(reading, key, "at most 32 of a-z, 0-9 and -, beginning with a letter",
                        span_text(text));
    snprintf(ret, PROFILE_NAME_MAX + 1, "%s", text);
    return true;
}

static bool take_base(struct reading *reading, const char *text)
{
    bool is_medical = strcmp(text, "medical") == 0;
    if (!is_medical && strcmp(text, "general") != 0)
        return complain(reading, KEY_BASE, "general or medical", span_text(text));
    if (reading->is_looking_for_base)
        *reading->profile = is_medical ? *profile_medical() : *profile_general();
    return true;
}

static bool take_code_form(struct reading *reading, const char *text)
{
    for (size_t i = 0; i < CODE_FORMS; i++)
        if (strcmp(code_forms[i].name, text) == 0) {
            snprintf(reading->profile->code_form, sizeof reading->profile->code_form, "%s", text);
            return true;
        }
    return complain(reading, KEY_CODE_FORM, "national, solid, rcra or eu", span_text(text));
}

static bool take_number_form(struct reading *reading, const char *text)
{
    for (size_t i = 0; i < sizeof number_forms / sizeof number_forms[0]; i++)
        if (strcmp(number_forms[i], text) == 0) {
            snprintf(reading->profile->number_form, sizeof reading->profile->number_form, "%s",
                     text);
            return true;
        }
    return complain(reading, KEY_NUMBER_FORM, "cn-14, rcra-12 or free", span_text(text));
}

static bool take_fixed(struct reading *reading, enum fixed_key key, const char *text)
{
    struct profile *profile = reading->profile;
    int64_t value = 0;
    switch (key) {
    case KEY_NAME:
        return take_name(reading, key, text, profile->name);
    case KEY_FAMILY:
        return take_name(reading, key, text, profile->family);
    case KEY_EDITION:
        if (!parse_whole(text, &value) || value < 1 || value > 1000000)
            return complain(reading, key, "a whole number, 1 to 1000000", span_text(text));
        profile->edition = (uint32_t)value;
        return true;
    case KEY_BASE:
        return take_base(reading, text);
    case KEY_EPIDEMIC:
        if (!parse_switch(text, &value))
            return complain(reading, key, "yes or no", span_text(text));
        profile->is_epidemic = value != 0;
        return true;
    case KEY_CODES:
        /* What the base serves is replaced, not added to. */
        if (reading->fixed_lines[KEY_CODES] == 0)
            profile->pattern_count = 0;
        return take_codes(reading, text);
    case KEY_CODE_FORM:
        return take_code_form(reading, text);
    case KEY_NUMBER_FORM:
        return take_number_form(reading, text);
    case KEY_UTC_OFFSET_MINUTES:
        if (!parse_whole(text, &value) || value < -720 || value > 840)
            return complain(reading, key, "minutes, -720 to 840", span_text(text));
        profile->calendar.utc_offset_minutes = (int32_t)value;
        profile->is_zoned = true;
        return true;
    case KEY_COVERS_FROM:
    case KEY_COVERS_UNTIL:
        if (!parse_date(span_text(text), key == KEY_COVERS_FROM ? &profile->calendar.covers_from
                                                                : &profile->calendar.covers_until))
            return complain(reading, key, "a day, yyyy-mm-dd", span_text(text));
        return true;
    case KEY_HOLIDAYS:
    case KEY_WORKING_WEEKENDS:
        return take_days(reading, key, text);
    case FIXED_KEYS:
        break;
    }
    return false;
}

static bool is_list(enum fixed_key key)
{
    return key == KEY_CODES || key == KEY_HOLIDAYS || key == KEY_WORKING_WEEKENDS;
}

/* Remembers where a key was given; false when it was given before. */
static bool take_once(struct reading *reading, int *line, const char *section, const char *key)
{
    if (*line != 0) {
        char expected[PROFILE_WORD_MAX];
        snprintf(expected, sizeof expected, "it once; it stands in line %d", *line);
        return complain_at(reading, reading->line, section, key, expected, span_text(key));
    }
    *line = reading->line;
    return true;
}

/* An ini_handler. */
static int take(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;
    if (reading->has_failed)
        return 0;
    if (reading->is_looking_for_base)
        return strcmp(section, "profile") == 0 && strcmp(key, "base") == 0
                   ? take_base(reading, value)
                   : 1;
    if (section[0] == 0)
        return complain_at(reading, reading->line, "", key, "[profile] before the first key",
                           span_text(key));
    for (size_t i = 0; i < FIXED_KEYS; i++)
        if (strcmp(key, fixed_keys[i].key) == 0 && strcmp(section, fixed_keys[i].section) == 0) {
            bool is_taken = (is_list((enum fixed_key)i) ||
                             take_once(reading, &reading->fixed_lines[i], section, key)) &&
                            take_fixed(reading, (enum fixed_key)i, value);
            reading->fixed_lines[i] = reading->line;
            return is_taken;
        }
    for (size_t k = 0; k < NUMBERS; k++) {
        size_t i = (reading->number_next + k) % NUMBERS;
        if (strcmp(key, numbers[i].key) != 0 || strcmp(section, numbers[i].section) != 0)
            continue;
        reading->number_next = i + 1;
        return take_once(reading, &reading->number_lines[i], section, key) &&
               take_number(reading, i, value);
    }
    const struct rule_row *row = strcmp(section, "rules") == 0 ? rule_find_name(key) : NULL;
    if (row == NULL)
        return complain_unknown(reading, section, key);
    return take_once(reading, &reading->rule_lines[row->number], section, key) &&
           take_rule(reading, row, value);
}

/* A section that holds nothing is not told to an ini_handler. */
static bool check_section(struct reading *reading, struct span line)
{
    char section[PROFILE_WORD_MAX];
    const uint8_t *end = memchr(line.data, ']', line.len);
    if (end == NULL || reading->is_looking_for_base)
        return true; /* libinih complains */
    copy_shown(section, sizeof section, span_of(line.data + 1, (size_t)(end - line.data) - 1));
    return is_section(section) || complain_section(reading, section);
}

/* The next line that is neither empty nor a comment, without the blanks around it, so that none is taken for the continuation
 * of the one before. Empty at the end. */
static struct span next_words(struct reading *reading)
{
    struct span line = {0};
    while (line.len == 0 && reading->rest.len > 0) {
        const uint8_t *end = memchr(reading->rest.data, '\n', reading->rest.len);
        size_t whole = end == NULL ? reading->rest.len : (size_t)(end - reading->rest.data) + 1;
        line = span_of(reading->rest.data, whole);
        reading->rest = span_of(reading->rest.data + whole, reading->rest.len - whole);
        reading->line++;
        while (line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
            line = span_of(line.data + 1, line.len - 1);
        while (line.len > 0 &&
               (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r' ||
                line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t'))
            line.len--;
        if (line.len > 0 && (line.data[0] == '#' || line.data[0] == ';'))
            line.len = 0;
    }
    return line;
}

/* An ini_reader. Of a line that does not fit libinih would take the rest for a line of its own. */
static char *next_line(char *ret, int cap, void *context)
{
    struct reading *reading = context;
    struct span line = !reading->has_failed ? next_words(reading) : (struct span){0};
    if (line.len == 0)
        return NULL;
    if (line.len > PROFILE_LINE_MAX || line.len + 2 > (size_t)cap ||
        memchr(line.data, 0, line.len) != NULL) {
        complain_at(reading, reading->line, "", "", "a line of text, at most 190 bytes",
                    span_of(line.data, line.len < LINE_CUT ? line.len : LINE_CUT));
        return NULL;
    }
    if (line.data[0] == '[' && !check_section(reading, line))
        return NULL;
    memcpy(ret, line.data, line.len);
    memcpy(ret + line.len, "\n", 2);
    return ret;
}

static void rewind_to(struct reading *reading, struct span text)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    bool is_marked = text.len >= sizeof mark && memcmp(text.data, mark, sizeof mark) == 0;
    reading->line = 0;
    reading->rest = is_marked ? span_of(text.data + sizeof mark, text.len - sizeof mark) : text;
}

static bool read_through(struct reading *reading, struct span text, bool is_looking_for_base)
{
    reading->is_looking_for_base = is_looking_for_base;
    rewind_to(reading, text);
    int count = ini_parse_stream(next_line, reading, take, reading);
    if (count == 0 || is_looking_for_base)
        return !reading->has_failed;
    /* libinih gives the first bad line that it was handed; its own complaint has no words, and counts when it came first. */
    rewind_to(reading, text);
    while (count-- > 0)
        next_words(reading);
    if (!reading->has_failed || reading->line < reading->problem->line) {
        reading->has_failed = false;
        complain_at(reading, reading->line, "", "", "[section] or key = value", span_text(""));
        reading->problem->nearest[0] = 0;
    }
    return false;
}

/* ---- what no line shows ---------------------------------------------------------------------------- */

static bool check_given(struct reading *reading)
{
    static const enum fixed_key needed[] = {KEY_NAME, KEY_FAMILY, KEY_EDITION};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (reading->fixed_lines[needed[i]] == 0)
            return complain_at(reading, 0, fixed_keys[needed[i]].section, fixed_keys[needed[i]].key,
                               "to be given", span_text(""));
    return true;
}

static bool check_codes(struct reading *reading)
{
    const struct profile *profile = reading->profile;
    enum waste_form form = WASTE_NO_CODE;
    for (size_t i = 0; i < CODE_FORMS; i++)
        if (strcmp(code_forms[i].name, profile->code_form) == 0)
            form = code_forms[i].form;
    for (uint32_t i = 0; i < profile->pattern_count; i++)
        if (!waste_is_pattern_of(span_text(profile->patterns[i]), form))
            return complain_at(reading, reading->pattern_lines[i], "profile", "codes",
                               "patterns of the form that code_form names",
                               span_text(profile->patterns[i]));
    return true;
}

static int line_of_number(const struct reading *reading, size_t offset, size_t *ret_index)
{
    for (size_t i = 0; i < NUMBERS; i++)
        if (offsets[i] == offset)
            *ret_index = i;
    return reading->number_lines[*ret_index];
}

static bool check_pairs(struct reading *reading)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        int64_t less = number_of(reading->profile, pairs[i].less);
        int64_t more = number_of(reading->profile, pairs[i].more);
        if (more == 0 || less <= more)
            continue;
        size_t at = 0, other = 0;
        char expected[2 * PROFILE_WORD_MAX + 32], got[PROFILE_VALUE_MAX], limit[PROFILE_VALUE_MAX];
        int line = line_of_number(reading, pairs[i].less, &at);
        int other_line = line_of_number(reading, pairs[i].more, &other);
        profile_write_number(reading->profile, at, got);
        profile_write_number(reading->profile, other, limit);
        snprintf(expected, sizeof expected, "no more than [%s] %s, which is %s %s",
                 numbers[other].section, numbers[other].key, limit,
                 units[numbers[other].unit].name);
        return complain_at(reading, line != 0 ? line : other_line, numbers[at].section,
                           numbers[at].key, expected, span_text(got));
    }
    return true;
}

static bool check_calendar(struct reading *reading)
{
    struct calendar *calendar = &reading->profile->calendar;
    const struct calendar_list *lists[] = {&calendar->holidays, &calendar->workdays};
    int32_t first = INT32_MAX, last = INT32_MIN;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (lists[i]->count > 0) {
            int32_t begins = lists[i]->ranges[0].first;
            int32_t ends = lists[i]->ranges[lists[i]->count - 1].last;
            first = begins < first ? begins : first;
            last = ends > last ? ends : last;
        }
    const int *lines = reading->fixed_lines;
    bool has_lists = first <= last;
    if (has_lists && lines[KEY_COVERS_UNTIL] == 0)
        return complain_at(reading, 0, "calendar", "covers_until", "to be given", span_text(""));
    if (lines[KEY_COVERS_UNTIL] == 0)
        return lines[KEY_COVERS_FROM] == 0 ||
               complain_at(reading, lines[KEY_COVERS_FROM], "calendar", "covers_from",
                           "covers_until with it", span_text(""));
    if (lines[KEY_COVERS_FROM] == 0) {
        int32_t year;
        uint32_t month, day;
        calendar_civil(has_lists ? first : calendar->covers_until, &year, &month, &day);
        calendar->covers_from = calendar_from_civil(year, 1, 1);
    }
    if (has_lists && calendar->covers_until < last)
        return complain_at(reading, lines[KEY_COVERS_UNTIL], "calendar", "covers_until",
                           "no earlier than the last day of the lists", span_text(""));
    if (calendar->covers_from > (has_lists ? first : calendar->covers_until))
        return complain_at(
            reading, lines[KEY_COVERS_FROM] != 0 ? lines[KEY_COVERS_FROM] : lines[KEY_COVERS_UNTIL],
            "calendar", "covers_from", "no later than the first day of the lists", span_text(""));
    return true;
}

bool profile_parse(struct span text, struct profile *ret, struct profile_problem *ret_problem)
{
    struct reading reading = {.profile = ret, .problem = ret_problem};
    *ret_problem = (struct profile_problem){0};
    *ret = *profile_general();
    if (text.len > PROFILE_TEXT_MAX)
        return complain_at(&reading, 0, "", "", "at most 32768 bytes", span_text(""));
    if (!read_through(&reading, text, true))
        return false;
    ret->name[0] = 0;
    ret->family[0] = 0;
    ret->edition = 0;
    return read_through(&reading, text, false) && check_given(&reading) && check_codes(&reading) &&
           check_pairs(&reading) && check_calendar(&reading);
}
