/* declaration.c: what a party must declare of one civil year, and what it has declared.
 * Never reads a clock, never compares figures. */
#include "daemon/domain/declaration.h"

#include <stdio.h>
#include <string.h>

#include "proto/custody.pb-c.h"

/* ---- periods ----------------------------------------------------------------------------------- */

/* u32 party, 24 bits of year, 8 bits of period. */
enum { PERIOD_BITS = 8, YEAR_MASK = 0xffffff };

uint64_t declaration_number(uint32_t party, int32_t year, uint32_t period)
{
    return (uint64_t)party << 32 | (uint64_t)((uint32_t)year & YEAR_MASK) << PERIOD_BITS | period;
}

void declaration_read_number(uint64_t number,
                             uint32_t *ret_party,
                             int32_t *ret_year,
                             uint32_t *ret_period)
{
    *ret_party = (uint32_t)(number >> 32);
    *ret_year = (int32_t)(number >> PERIOD_BITS & YEAR_MASK);
    *ret_period = (uint32_t)number & 0xff;
}

uint32_t declaration_period(int period, int32_t first_day, int32_t *ret_year)
{
    uint32_t month, day;
    calendar_civil(first_day, ret_year, &month, &day);
    if (day != 1 || *ret_year < 1 || *ret_year > 9999)
        return DECLARATION_PERIODS;
    switch (period) {
    case CUSTODY__V1__DECLARATION_PERIOD__DECLARE_MONTH:
        return month - 1;
    case CUSTODY__V1__DECLARATION_PERIOD__DECLARE_QUARTER:
        return month % 3 == 1 ? DECLARATION_QUARTERS + month / 3 : DECLARATION_PERIODS;
    case CUSTODY__V1__DECLARATION_PERIOD__DECLARE_YEAR:
        return month == 1 ? DECLARATION_YEAR : DECLARATION_PERIODS;
    case CUSTODY__V1__DECLARATION_PERIOD__DECLARE_SELF_CHECK:
        return DECLARATION_CHECKS + month - 1;
    default:
        return DECLARATION_PERIODS;
    }
}

/* First month, counted from 0, and how many. */
static void months_of(uint32_t period, uint32_t *ret_first, uint32_t *ret_count)
{
    if (period < DECLARATION_QUARTERS) {
        *ret_first = period;
        *ret_count = 1;
    } else if (period < DECLARATION_YEAR) {
        *ret_first = 3 * (period - DECLARATION_QUARTERS);
        *ret_count = 3;
    } else if (period == DECLARATION_YEAR) {
        *ret_first = 0;
        *ret_count = 12;
    } else {
        *ret_first = period - DECLARATION_CHECKS;
        *ret_count = 1;
    }
}

static int32_t day_of_month(int32_t year, uint32_t month_from_0, uint32_t day)
{
    return calendar_from_civil(year + (int32_t)(month_from_0 / 12), month_from_0 % 12 + 1, day);
}

void declaration_days(int32_t year, uint32_t period, int32_t *ret_first, int32_t *ret_after)
{
    uint32_t first, count;
    months_of(period, &first, &count);
    *ret_first = day_of_month(year, first, 1);
    *ret_after = day_of_month(year, first + count, 1);
}

void declaration_write_period(int32_t year, uint32_t period, char ret[static DECLARATION_TEXT_MAX])
{
    if (period < DECLARATION_QUARTERS)
        snprintf(ret, DECLARATION_TEXT_MAX, "%04d-%02u", (int)year, (unsigned)(period + 1));
    else if (period < DECLARATION_YEAR)
        snprintf(ret, DECLARATION_TEXT_MAX, "%04d-Q%u", (int)year,
                 (unsigned)(period - DECLARATION_QUARTERS + 1));
    else if (period == DECLARATION_YEAR)
        snprintf(ret, DECLARATION_TEXT_MAX, "%04d", (int)year);
    else if (period == DECLARATION_PLAN)
        snprintf(ret, DECLARATION_TEXT_MAX, "%04d plan", (int)year);
    else
        snprintf(ret, DECLARATION_TEXT_MAX, "%04d-%02u self-check", (int)year,
                 (unsigned)(period - DECLARATION_CHECKS + 1));
}

int64_t declaration_total_g(const struct declaration_year *year)
{
    int64_t total_g = 0;
    for (size_t i = 0; i < 12; i++)
        total_g += year->generated_g[i];
    return total_g;
}

/* ---- what was declared ------------------------------------------------------------------------- */

static int compare(const struct declared *a, const struct declared *b)
{
    if (a->effective_us != b->effective_us)
        return a->effective_us < b->effective_us ? -1 : 1;
    if (a->key_prefix != b->key_prefix)
        return a->key_prefix < b->key_prefix ? -1 : 1;
    if (a->key_sequence != b->key_sequence)
        return a->key_sequence < b->key_sequence ? -1 : 1;
    return a->entry < b->entry ? -1 : a->entry > b->entry;
}

static void let_go(struct declared_period *period, uint32_t at)
{
    period->count--;
    memmove(&period->all[at], &period->all[at + 1], (period->count - at) * sizeof period->all[0]);
}

/* Room for one more: the oldest goes, but never the first that was recorded. */
static bool make_room(struct declared_period *period, const struct declared *one)
{
    uint32_t first = DECLARED_MAX, oldest;
    uint64_t least = one->entry;
    if (period->count < DECLARED_MAX)
        return true;
    for (uint32_t i = 0; i < period->count; i++)
        if (period->all[i].entry < least) {
            least = period->all[i].entry;
            first = i;
        }
    oldest = first == 0 ? 1 : 0;
    if (first != DECLARED_MAX && compare(one, &period->all[oldest]) < 0)
        return false;
    let_go(period, oldest);
    return true;
}

struct declared *declaration_find(struct declared_period *period, uint64_t entry)
{
    for (uint32_t i = 0; i < period->count; i++)
        if (period->all[i].entry == entry)
            return &period->all[i];
    return NULL;
}

void declaration_take(struct declared_period *period, const struct declared *one)
{
    const struct declared taken = *one;
    struct declared *there = declaration_find(period, taken.entry);
    if (there != NULL)
        let_go(period, (uint32_t)(there - period->all));
    if (!make_room(period, &taken))
        return;
    uint32_t at = period->count;
    while (at > 0 && compare(&period->all[at - 1], &taken) > 0)
        at--;
    memmove(&period->all[at + 1], &period->all[at], (period->count - at) * sizeof period->all[0]);
    period->all[at] = taken;
    period->count++;
}

static bool counts(const struct declared *declared)
{
    return !declared->is_held && (!declared->is_withdrawn || declared->is_countersigned);
}

const struct declared *declaration_counted(const struct declared_period *period)
{
    for (uint32_t i = period->count; i > 0; i--)
        if (counts(&period->all[i - 1]))
            return &period->all[i - 1];
    return NULL;
}

/* The first of those that count that was recorded; NULL: none. */
static const struct declared *find_first(const struct declared_period *period)
{
    const struct declared *first = NULL;
    for (uint32_t i = 0; i < period->count; i++)
        if (counts(&period->all[i]) && (first == NULL || period->all[i].entry < first->entry))
            first = &period->all[i];
    return first;
}

/* ---- what is open ------------------------------------------------------------------------------ */

static bool generated_in(const struct declaration_year *year, uint32_t period)
{
    uint32_t first, count;
    months_of(period, &first, &count);
    for (uint32_t i = first; i < first + count; i++)
        if (year->generated_pieces[i] != 0 || year->generated_g[i] != 0)
            return true;
    return false;
}

static bool
is_owed(const struct declaration_year *year, const struct profile *profile, uint32_t period)
{
    int64_t total_g = declaration_total_g(year);
    int64_t class_g = total_g > year->before_g ? total_g : year->before_g;
    if (!profile_has_rule(profile, RULE_report_late) || !generated_in(year, period))
        return false;
    if (period < DECLARATION_QUARTERS)
        return profile->monthly_required != 0 && profile->monthly_day != 0 &&
               class_g >= profile->key_unit_g;
    if (period < DECLARATION_YEAR)
        return profile->quarterly_required != 0 && profile->quarterly_day != 0 &&
               class_g >= profile->simplified_g && class_g < profile->key_unit_g;
    return period == DECLARATION_YEAR && profile->yearly_required != 0 && profile->yearly_by != 0;
}

/* The last microsecond of the day by which it must be made. */
static int64_t due_us(const struct declaration_year *year,
                      const struct calendar *calendar,
                      const struct profile *profile,
                      uint32_t period)
{
    uint32_t first, count;
    int32_t day;
    months_of(period, &first, &count);
    if (period == DECLARATION_YEAR)
        day = calendar_from_civil(year->year + 1, (uint32_t)(profile->yearly_by / 100),
                                  (uint32_t)(profile->yearly_by % 100));
    else
        day = day_of_month(year->year, first + count,
                           (uint32_t)(period < DECLARATION_QUARTERS ? profile->monthly_day
                                                                    : profile->quarterly_day));
    return calendar_day_start_us(calendar, day + 1) - 1;
}

static struct work *add_row(const struct declaration_year *year,
                            uint32_t period,
                            enum work_kind kind,
                            uint16_t rule,
                            int64_t at_us,
                            struct work_set *set)
{
    struct work *row = work_add(set);
    if (row == NULL)
        return NULL;
    row->kind = (uint8_t)kind;
    row->subject_kind = SUBJECT_DECLARATION;
    row->subject = declaration_number(year->party, year->year, period);
    row->rule = rule;
    row->division = year->division;
    row->due_us = at_us;
    row->party = year->party;
    return row;
}

static void add_owed(const struct declaration_year *year,
                     const struct calendar *calendar,
                     const struct profile *profile,
                     uint32_t period,
                     struct work_set *set)
{
    const struct declared *first = find_first(&year->periods[period]);
    int64_t due = due_us(year, calendar, profile, period);
    int32_t first_day, after;
    if (first != NULL && first->recorded_us <= due)
        return;
    struct work *row = add_row(year, period, first != NULL ? WORK_FINDING : WORK_OBLIGATION,
                               RULE_report_late, due, set);
    if (row == NULL)
        return;
    declaration_days(year->year, period, &first_day, &after);
    row->since_us = calendar_day_start_us(calendar, after);
    if (first != NULL)
        row->entries[row->entry_count++] = first->entry;
    else
        row->notice_us = row->since_us;
}

static void add_difference(const struct declaration_year *year,
                           const struct profile *profile,
                           uint32_t period,
                           struct work_set *set)
{
    const struct declared *declared = declaration_counted(&year->periods[period]);
    if (declared == NULL || !declared->differs || !profile_has_rule(profile, RULE_declared_differs))
        return;
    struct work *row =
        add_row(year, period, WORK_FINDING, RULE_declared_differs, declared->effective_us, set);
    if (row == NULL)
        return;
    row->anchor_key = declared->key;
    row->anchor_sequence = declared->key_sequence;
    row->entries[row->entry_count++] = declared->entry;
}

/* Did anything arise before the plan was due, this year or last? */
static bool needs_plan(const struct declaration_year *year, uint32_t due_month)
{
    bool is_needed = year->before_g > 0;
    for (uint32_t i = 0; i < due_month && i < 12; i++)
        is_needed |= year->generated_pieces[i] != 0 || year->generated_g[i] != 0;
    return is_needed;
}

static void add_plan(const struct declaration_year *year,
                     const struct law *law,
                     const struct calendar *calendar,
                     struct work_set *set)
{
    int64_t start_us = calendar_day_start_us(calendar, calendar_from_civil(year->year, 1, 1));
    const struct profile *profile =
        law->profile(law->context, law->codeless(law->context, year->party, start_us));
    uint32_t month = (uint32_t)(profile->plan_by / 100), day = (uint32_t)(profile->plan_by % 100);
    if (profile->plan_by == 0 || profile->plan_required == 0 ||
        !profile_has_rule(profile, RULE_plan_late) || !needs_plan(year, month))
        return;
    int64_t due_us =
        calendar_day_start_us(calendar, calendar_from_civil(year->year, month, day) + 1) - 1;
    if (year->plan_us != 0 && year->plan_us <= due_us)
        return;
    struct work *row =
        add_row(year, DECLARATION_PLAN, year->plan_us != 0 ? WORK_FINDING : WORK_OBLIGATION,
                RULE_plan_late, due_us, set);
    if (row == NULL)
        return;
    row->since_us = start_us;
    if (year->plan_us != 0)
        row->entries[row->entry_count++] = year->plan_entry;
    else
        row->notice_us = start_us;
}

void declaration_work(const struct declaration_year *year,
                      const struct law *law,
                      const struct calendar *calendar,
                      struct work_set *set)
{
    for (uint32_t period = 0; period < DECLARATION_PERIODS; period++) {
        int32_t first, after;
        if (!generated_in(year, period) && year->periods[period].count == 0)
            continue;
        declaration_days(year->year, period, &first, &after);
        uint32_t number =
            law->codeless(law->context, year->party, calendar_day_start_us(calendar, first));
        const struct profile *profile = law->profile(law->context, number);
        if (is_owed(year, profile, period))
            add_owed(year, calendar, profile, period, set);
        add_difference(year, profile, period, set);
    }
    add_plan(year, law, calendar, set);
}

/* ---- record ------------------------------------------------------------------------------------ */

enum { DIFFERS = 1, HELD = 2, WITHDRAWN = 4, COUNTERSIGNED = 8, DECLARED_FLAGS = 15 };

static void write_declared(const struct declared *declared, struct bytes_writer *writer)
{
    bytes_write_u8(writer,
                   (uint8_t)((declared->differs ? DIFFERS : 0) | (declared->is_held ? HELD : 0) |
                             (declared->is_withdrawn ? WITHDRAWN : 0) |
                             (declared->is_countersigned ? COUNTERSIGNED : 0)));
    bytes_write_varint(writer, declared->entry);
    bytes_write_zigzag(writer, declared->recorded_us);
    bytes_write_zigzag(writer, declared->effective_us);
    bytes_write_u64(writer, declared->key_prefix);
    bytes_write_varint(writer, declared->key);
    bytes_write_varint(writer, declared->key_sequence);
}

static void read_declared(struct bytes_reader *reader, struct declared *ret)
{
    uint8_t flags = bytes_read_u8(reader);
    if ((flags & ~DECLARED_FLAGS) != 0)
        reader->failed = true;
    ret->differs = (flags & DIFFERS) != 0;
    ret->is_held = (flags & HELD) != 0;
    ret->is_withdrawn = (flags & WITHDRAWN) != 0;
    ret->is_countersigned = (flags & COUNTERSIGNED) != 0;
    ret->entry = bytes_read_varint(reader);
    ret->recorded_us = bytes_read_zigzag(reader);
    ret->effective_us = bytes_read_zigzag(reader);
    ret->key_prefix = bytes_read_u64(reader);
    ret->key = (uint32_t)bytes_read_varint(reader);
    ret->key_sequence = bytes_read_varint(reader);
}

static void write_period(const struct declared_period *period, struct bytes_writer *writer)
{
    bytes_write_u8(writer, (uint8_t)period->count);
    for (uint32_t i = 0; i < period->count; i++)
        write_declared(&period->all[i], writer);
}

static void read_period(struct bytes_reader *reader, struct declared_period *ret)
{
    ret->count = bytes_read_u8(reader);
    if (ret->count == 0 || ret->count > DECLARED_MAX)
        reader->failed = true;
    for (uint32_t i = 0; !reader->failed && i < ret->count; i++)
        read_declared(reader, &ret->all[i]);
}

/* Months in which nothing was generated and periods that nobody declared take no room. */
size_t declaration_write(const struct declaration_year *year, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    uint32_t months = 0, periods = 0;
    for (uint32_t i = 0; i < 12; i++)
        if (year->generated_g[i] != 0 || year->generated_pieces[i] != 0)
            months |= UINT32_C(1) << i;
    for (uint32_t i = 0; i < DECLARATION_PERIODS; i++)
        if (year->periods[i].count != 0)
            periods |= UINT32_C(1) << i;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, year->party);
    bytes_write_zigzag(&writer, year->year);
    bytes_write_varint(&writer, year->division);
    bytes_write_zigzag(&writer, year->before_g);
    bytes_write_varint(&writer, year->plan_entry);
    bytes_write_zigzag(&writer, year->plan_us);
    bytes_write_varint(&writer, months);
    bytes_write_varint(&writer, periods);
    for (uint32_t i = 0; i < 12; i++)
        if ((months >> i & 1) != 0) {
            bytes_write_zigzag(&writer, year->generated_g[i]);
            bytes_write_zigzag(&writer, year->generated_pieces[i]);
        }
    for (uint32_t i = 0; i < DECLARATION_PERIODS; i++)
        if ((periods >> i & 1) != 0)
            write_period(&year->periods[i], &writer);
    return writer.failed ? 0 : writer.len;
}

bool declaration_parse(struct span bytes, struct declaration_year *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    *ret = (struct declaration_year){0};
    ret->party = (uint32_t)bytes_read_varint(&reader);
    ret->year = (int32_t)bytes_read_zigzag(&reader);
    ret->division = (uint32_t)bytes_read_varint(&reader);
    ret->before_g = bytes_read_zigzag(&reader);
    ret->plan_entry = bytes_read_varint(&reader);
    ret->plan_us = bytes_read_zigzag(&reader);
    uint64_t months = bytes_read_varint(&reader);
    uint64_t periods = bytes_read_varint(&reader);
    if (reader.failed || months >> 12 != 0 || periods >> DECLARATION_PERIODS != 0)
        return false;
    for (uint32_t i = 0; i < 12; i++)
        if ((months >> i & 1) != 0) {
            ret->generated_g[i] = bytes_read_zigzag(&reader);
            ret->generated_pieces[i] = bytes_read_zigzag(&reader);
        }
    for (uint32_t i = 0; i < DECLARATION_PERIODS; i++)
        if ((periods >> i & 1) != 0)
            read_period(&reader, &ret->periods[i]);
    return bytes_reader_is_done(&reader);
}
