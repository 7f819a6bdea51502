/* pickups.c: visits at generators and what waits there, by civil day.
 * Never decides what is owed.
 *
 * The time between two visits hangs on the day of the first; that before any visit on the party. So what changes on a day is
 * told again for that day, for the last day before it with a visit, and for the party where there is none. Days are found
 * through the indexes, which the book has as they were before the statement and, once all is written, as they are. */
#include "daemon/service/pickups.h"

#include "daemon/domain/pickup.h"
#include "daemon/service/tallying.h"

enum {
    PICKUPS_DAYS_LOOKED = 40
}; /* with waste that began to wait before a visit, in one day each */
#define PICKUPS_NEVER_US INT64_MAX

static bool parse_day(struct span bytes, void *ret)
{
    return pickup_parse_day(bytes, ret);
}

static bool parse_index(struct span bytes, void *ret)
{
    return pickup_parse_index(bytes, ret);
}

/* As the book has it: many looks at the same few records. */
static const struct pickup_day *look_at_day(struct apply *apply, uint32_t party, int32_t day)
{
    return book_look(apply->book, TALLY_PICKUP_DAY, tally_number(party, day),
                     sizeof(struct pickup_day), parse_day);
}

static const struct pickup_index *look_at_year(struct apply *apply, uint32_t party, int32_t year)
{
    return book_look(apply->book, TALLY_PICKUP_YEAR, tally_number(party, year),
                     sizeof(struct pickup_index), parse_index);
}

static const struct pickup_index *look_at_party(struct apply *apply, uint32_t party)
{
    return book_look(apply->book, TALLY_PICKUP, party, sizeof(struct pickup_index), parse_index);
}

static void *load_day(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PICKUP_DAY, number, sizeof(struct pickup_day), parse_day);
}

static void *load_year(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PICKUP_YEAR, number, sizeof(struct pickup_index),
                         parse_index);
}

static void *load_party(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_PICKUP, number, sizeof(struct pickup_index), parse_index);
}

/* ---- the nearest day --------------------------------------------------------------------------- */

static int32_t year_of_day(int32_t day, int32_t *ret_first_day)
{
    int32_t year;
    uint32_t month, day_of_month;
    calendar_civil(day, &year, &month, &day_of_month);
    *ret_first_day = calendar_from_civil(year, 1, 1);
    return year;
}

static bool is_counted_year(int32_t year)
{
    return year >= PICKUP_YEAR_FIRST && year < PICKUP_YEAR_FIRST + PICKUP_YEARS;
}

static const uint8_t *bits_of(const struct pickup_index *index, bool of_visits)
{
    return of_visits ? index->visits : index->waiting;
}

/* The first day from `day` on, or the last one up to it, with a visit or with waste that began to wait; as the book has it.
 * False when there is none. */
static bool find_day(
    struct apply *apply, uint32_t party, int32_t day, bool of_visits, bool is_forward, int32_t *ret)
{
    int32_t first_day;
    int32_t year = year_of_day(day, &first_day);
    if (!is_counted_year(year))
        return false;
    int32_t at = day - first_day;
    for (int32_t looked = 0; looked < 2; looked++) {
        const struct pickup_index *index = look_at_year(apply, party, year);
        int32_t found = index == NULL ? -1
                        : is_forward  ? pickup_next_bit(bits_of(index, of_visits), at, PICKUP_DAYS)
                                      : pickup_last_bit(bits_of(index, of_visits), at);
        if (found >= 0) {
            *ret = calendar_from_civil(year, 1, 1) + found;
            return true;
        }
        const struct pickup_index *years = look_at_party(apply, party);
        int32_t next = year - PICKUP_YEAR_FIRST + (is_forward ? 1 : -1);
        next = years == NULL || next < 0 || next >= PICKUP_YEARS ? -1
               : is_forward ? pickup_next_bit(bits_of(years, of_visits), next, PICKUP_YEARS)
                            : pickup_last_bit(bits_of(years, of_visits), next);
        if (next < 0)
            return false;
        year = PICKUP_YEAR_FIRST + next;
        at = is_forward ? 0 : PICKUP_DAYS - 1;
    }
    return false;
}

/* ---- what is owed between two visits ------------------------------------------------------------ */

/* `visit` NULL: from the first day of all. `own` is the record of `day`, NULL: read it. */
static void judge(struct apply *apply,
                  uint32_t party,
                  int32_t day,
                  const struct pickup_day *own,
                  const struct moment *visit,
                  const struct moment *next,
                  struct work_set *set)
{
    const struct law *law = book_law(apply->book);
    const struct calendar *calendar = tallying_calendar(apply);
    int64_t after_us = visit == NULL ? INT64_MIN : visit->at_us;
    int64_t before_us = next == NULL ? PICKUPS_NEVER_US : next->at_us;
    for (int32_t looked = 0; looked < PICKUPS_DAYS_LOOKED; looked++) {
        struct pickup_need need;
        int64_t start_us = calendar_day_start_us(calendar, day);
        if (start_us >= before_us)
            return;
        if (own == NULL)
            own = look_at_day(apply, party, day);
        if (own == NULL)
            return;
        if (pickup_find_need(own, start_us, after_us, before_us, party, law, &need)) {
            pickup_judge(visit, next, &need, party, calendar_day(calendar, need.since_us), law,
                         set);
            return;
        }
        own = NULL;
        if (!find_day(apply, party, day + 1, false, true, &day))
            return;
    }
}

static void work_day(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    const struct pickup_day *own = record;
    struct moments visits;
    uint32_t party, first = set->count;
    int32_t day, next_day;
    tally_split(number, &party, &day);
    pickup_visits(own, calendar_day_start_us(tallying_calendar(apply), day), &visits);
    for (uint32_t i = 0; i < visits.count; i++) {
        const struct moment *visit = &visits.all[i];
        const struct moment *next = NULL;
        if (i + 1 < visits.count) {
            next = &visits.all[i + 1];
        } else if (find_day(apply, party, day + 1, true, true, &next_day)) {
            const struct pickup_day *later = look_at_day(apply, party, next_day);
            next = later == NULL ? NULL : moment_first(&later->visits);
        }
        judge(apply, party, day, own, visit, next, set);
    }
    for (uint32_t i = first; i < set->count; i++)
        set->rows[i].division = settle_division(apply->book, party, set->rows[i].since_us);
}

/* The time before anybody came. */
static void
work_party(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    const struct pickup_index *years = record;
    uint32_t party = (uint32_t)number, first = set->count;
    int32_t waiting = pickup_next_bit(years->waiting, 0, PICKUP_YEARS);
    int32_t visited = pickup_next_bit(years->visits, 0, PICKUP_YEARS);
    int32_t day, visit_day;
    const struct moment *next = NULL;
    if (waiting < 0 || (visited >= 0 && visited < waiting) ||
        !find_day(apply, party, calendar_from_civil(PICKUP_YEAR_FIRST + waiting, 1, 1), false, true,
                  &day))
        return;
    if (visited >= 0 &&
        find_day(apply, party, calendar_from_civil(PICKUP_YEAR_FIRST + visited, 1, 1), true, true,
                 &visit_day)) {
        if (visit_day < day)
            return;
        const struct pickup_day *later = look_at_day(apply, party, visit_day);
        next = later == NULL ? NULL : moment_first(&later->visits);
    }
    judge(apply, party, day, NULL, NULL, next, set);
    for (uint32_t i = first; i < set->count; i++)
        set->rows[i].division = settle_division(apply->book, party, set->rows[i].since_us);
}

static void
work_nothing(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    (void)apply;
    (void)record;
    (void)number;
    (void)set;
}

static size_t write_day(const void *record, uint8_t *ret, size_t cap)
{
    return pickup_write_day(record, ret, cap);
}

static size_t write_index(const void *record, uint8_t *ret, size_t cap)
{
    return pickup_write_index(record, ret, cap);
}

static const struct settle_kind day_kind = {
    .record = TALLY_PICKUP_DAY,
    .load = load_day,
    .work = work_day,
    .write = write_day,
};
static const struct settle_kind year_kind = {
    .record = TALLY_PICKUP_YEAR,
    .load = load_year,
    .work = work_nothing,
    .write = write_index,
};
static const struct settle_kind party_kind = {
    .record = TALLY_PICKUP,
    .load = load_party,
    .work = work_party,
    .write = write_index,
};

/* ---- what changes ------------------------------------------------------------------------------ */

/* The day, and all that is told with it. */
static struct pickup_day *touch(struct apply *apply, uint32_t party, int32_t day)
{
    int32_t before;
    if (find_day(apply, party, day - 1, true, false, &before))
        settle_record(apply, &day_kind, tally_number(party, before));
    else
        settle_record(apply, &party_kind, party);
    return settle_record(apply, &day_kind, tally_number(party, day));
}

static void
set_bits(struct apply *apply, uint32_t party, int32_t day, bool of_visits, bool is_there)
{
    int32_t first_day;
    int32_t year = year_of_day(day, &first_day);
    struct pickup_index *index = settle_record(apply, &year_kind, tally_number(party, year));
    if (index == NULL || !pickup_set_bit(of_visits ? index->visits : index->waiting,
                                         (uint32_t)(day - first_day), is_there))
        return;
    bool has_any = pickup_next_bit(bits_of(index, of_visits), 0, PICKUP_DAYS) >= 0;
    struct pickup_index *years = settle_record(apply, &party_kind, party);
    if (years != NULL)
        pickup_set_bit(of_visits ? years->visits : years->waiting,
                       (uint32_t)(year - PICKUP_YEAR_FIRST), has_any);
}

void pickups_wait(struct apply *apply, const struct tally_part *part)
{
    const struct calendar *calendar = tallying_calendar(apply);
    int32_t first_day, day = calendar_day(calendar, part->at_us);
    if (!is_counted_year(year_of_day(day, &first_day)))
        return;
    struct pickup_day *record = touch(apply, part->party, day);
    if (record == NULL)
        return;
    bool was_waiting = pickup_is_waiting(record);
    int64_t hour = (part->at_us - calendar_day_start_us(calendar, day)) / CALENDAR_HOUR_US;
    pickup_add(record, (uint32_t)hour, part->profile, part->pieces);
    if (pickup_is_waiting(record) != was_waiting)
        set_bits(apply, part->party, day, false, !was_waiting);
}

void pickups_visit(struct apply *apply, uint32_t generator)
{
    struct moment moment = tallying_moment(apply, 0);
    const struct calendar *calendar = tallying_calendar(apply);
    int32_t first_day, day = calendar_day(calendar, moment.at_us);
    if (!is_counted_year(year_of_day(day, &first_day)) || generator == apply->base.party ||
        !tallying_is_kind(apply, CUSTODY__V1__PARTY_KIND__PARTY_CARRIER))
        return;
    /* A stop is many loads: they cost a look each. */
    int64_t start_us = calendar_day_start_us(calendar, day);
    const struct pickup_day *was = look_at_day(apply, generator, day);
    if (was == NULL || (apply->tell == MOMENT_FIRST && pickup_is_visited(was, start_us, &moment)))
        return;
    struct pickup_day *record = touch(apply, generator, day);
    if (record != NULL && pickup_visit(record, start_us, &moment, apply->tell))
        set_bits(apply, generator, day, true, moment_first(&record->visits) != NULL);
}
