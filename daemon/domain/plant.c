/* plant.c: what a plant treated against its permits, and whether its line was on.
 * Never folds containers: it is told what they add up to. */
#include "daemon/domain/plant.h"

#include "proto/custody.pb-c.h"

static uint32_t hour_of(int64_t day_start_us, int64_t at_us)
{
    if (at_us <= day_start_us)
        return 0;
    int64_t hour = (at_us - day_start_us) / CALENDAR_HOUR_US;
    return hour < PLANT_HOURS ? (uint32_t)hour : PLANT_HOURS - 1;
}

/* Sums may go under and over on the way; between two sums of all facts they come out. */
static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* ---- a day ------------------------------------------------------------------------------------- */

static void drop_at(struct moments *moments, uint32_t at)
{
    moments->count--;
    moments->not_kept++;
    memmove(&moments->all[at], &moments->all[at + 1],
            (moments->count - at) * sizeof moments->all[0]);
}

void plant_day_treat(struct plant_day *day,
                     int64_t day_start_us,
                     const struct moment *moment,
                     enum moment_tell tell)
{
    if (!moment_tell(&day->treated, MOMENTS_MAX, moment, tell) || tell != MOMENT_FIRST)
        return;
    uint32_t hour = hour_of(day_start_us, moment->at_us), kept = 0;
    for (uint32_t i = 0; i < day->treated.count; i++) {
        const struct moment *at = &day->treated.all[i];
        if (at->number == moment->number && hour_of(day_start_us, at->at_us) == hour &&
            ++kept > PLANT_SHOWN) {
            drop_at(&day->treated, i);
            break;
        }
    }
}

void plant_day_stop(struct plant_day *day, const struct moment *moment, enum moment_tell tell)
{
    moment_tell(&day->stops, PLANT_STOPS, moment, tell);
}

void plant_day_add(struct plant_day *day, int64_t day_start_us, const struct tally_part *part)
{
    int64_t *fed_g = &day->fed_g[hour_of(day_start_us, part->at_us)];
    *fed_g = plus(*fed_g, part->grams);
    tally_profiles_add(&day->profiles, part->profile, part->pieces);
}

static uint64_t at_least_zero(int64_t grams)
{
    return grams < 0 ? 0 : (uint64_t)grams;
}

/* What shows it: the first statements from that time on, before another. */
static void
show_treated(struct work *row, const struct moments *treated, int64_t from_us, int64_t until_us)
{
    for (uint32_t i = 0; i < treated->count; i++) {
        const struct moment *moment = &treated->all[i];
        if (moment->voids != 0 || moment->at_us < from_us || moment->at_us >= until_us)
            continue;
        if (row->entry_count == 0) {
            row->anchor_key = moment->key;
            row->anchor_sequence = moment->key_sequence;
        }
        moment_show(row, moment);
    }
}

static struct work *add_excess(struct work_set *set,
                               uint16_t rule,
                               uint32_t party,
                               int64_t since_us,
                               int64_t grams,
                               uint32_t profile)
{
    struct work *row = moment_finding(set, rule, NULL);
    if (row == NULL)
        return NULL;
    row->due_us = since_us;
    row->since_us = since_us;
    row->party = party;
    row->profile = profile;
    row->mass_g = at_least_zero(grams);
    return row;
}

/* What was said to be off, of that line or of the whole plant. */
static const struct moment *find_stop(const struct plant_day *day, const struct moment *treated)
{
    for (uint32_t i = 0; i < day->stops.count; i++) {
        const struct moment *stop = &day->stops.all[i];
        if (stop->voids == 0 && (stop->number == 0 || stop->number == treated->number) &&
            stop->at_us <= treated->at_us && treated->at_us < stop->until_us)
            return stop;
    }
    return NULL;
}

/* Of what nobody knows yet what it was, by the profile for what has no code. */
static bool is_judged_while_off(const struct plant_day *day,
                                const struct law *law,
                                uint32_t profile,
                                const struct moment *treated)
{
    if (day->profiles.count > 0)
        return profile != 0;
    uint32_t codeless = law->codeless(law->context, treated->party, treated->at_us);
    return profile_has_rule(law->profile(law->context, codeless), RULE_treated_while_off);
}

static void add_while_off(const struct plant_day *day,
                          const struct law *law,
                          struct work_set *set,
                          uint32_t profile)
{
    for (uint32_t i = 0; i < day->treated.count; i++) {
        const struct moment *treated = &day->treated.all[i];
        const struct moment *stop = treated->voids == 0 ? find_stop(day, treated) : NULL;
        struct work *row = stop == NULL || !is_judged_while_off(day, law, profile, treated)
                               ? NULL
                               : moment_finding(set, RULE_treated_while_off, treated);
        if (row == NULL)
            continue;
        row->profile = profile;
        moment_show(row, stop);
    }
}

static uint8_t hazard_of(const struct law *law, uint32_t profile)
{
    const struct profile *found = law->profile(law->context, profile);
    return found->plant_us > 0 ? 2 : 1;
}

void plant_day_work(const struct plant_day *day,
                    uint32_t party,
                    int32_t civil_day,
                    const struct law *law,
                    struct work_set *set)
{
    const struct calendar *calendar = &law->profile(law->context, 0)->calendar;
    int64_t start_us = calendar_day_start_us(calendar, civil_day);
    uint32_t before = set->count;
    uint32_t hourly = tally_profiles_for(&day->profiles, law, RULE_plant_hourly);
    uint32_t daily = tally_profiles_for(&day->profiles, law, RULE_plant_daily);
    int64_t total_g = 0, last_us = start_us;
    struct law_limits limits;
    for (uint32_t hour = 0; hour < PLANT_HOURS; hour++) {
        int64_t from_us = start_us + hour * CALENDAR_HOUR_US;
        int64_t fed_g = day->fed_g[hour];
        if (fed_g <= 0)
            continue;
        total_g = plus(total_g, fed_g);
        last_us = from_us;
        law->limits(law->context, party, from_us, &limits);
        if (hourly == 0 || limits.hourly_g == 0 || (uint64_t)fed_g <= limits.hourly_g)
            continue;
        struct work *row = add_excess(set, RULE_plant_hourly, party, from_us, fed_g, hourly);
        if (row != NULL)
            show_treated(row, &day->treated, from_us, from_us + CALENDAR_HOUR_US);
    }
    law->limits(law->context, party, last_us, &limits);
    if (daily != 0 && limits.daily_g != 0 && total_g > 0 && (uint64_t)total_g > limits.daily_g) {
        struct work *row = add_excess(set, RULE_plant_daily, party, start_us, total_g, daily);
        if (row != NULL)
            show_treated(row, &day->treated, start_us, start_us + CALENDAR_DAY_US);
    }
    add_while_off(day, law, set, tally_profiles_for(&day->profiles, law, RULE_treated_while_off));
    for (uint32_t i = before; i < set->count; i++) {
        set->rows[i].subject_kind = SUBJECT_PARTY_DAY;
        set->rows[i].subject = tally_number(party, civil_day);
        set->rows[i].hazard = hazard_of(law, set->rows[i].profile);
    }
}

/* ---- a year ------------------------------------------------------------------------------------ */

void plant_year_stop(struct plant_year *year, const struct moment *moment, enum moment_tell tell)
{
    moment_tell(&year->stops, PLANT_STOPS, moment, tell);
}

void plant_year_add(struct plant_year *year, int32_t day_of_year, const struct tally_part *part)
{
    if (day_of_year >= 0 && day_of_year < PLANT_DAYS)
        year->fed_g[day_of_year] = plus(year->fed_g[day_of_year], part->grams);
    tally_profiles_add(&year->profiles, part->profile, part->pieces);
}

static void add_yearly(const struct plant_year *year,
                       uint32_t party,
                       int32_t first_day,
                       const struct law *law,
                       struct work_set *set)
{
    const struct calendar *calendar = &law->profile(law->context, 0)->calendar;
    uint32_t profile = tally_profiles_for(&year->profiles, law, RULE_plant_yearly);
    int64_t total_g = 0;
    int32_t last = -1, crossed = -1;
    for (int32_t i = 0; i < PLANT_DAYS; i++)
        if (year->fed_g[i] > 0) {
            total_g = plus(total_g, year->fed_g[i]);
            last = i;
        }
    if (profile == 0 || last < 0)
        return;
    /* By the permits of the last day: one that was granted during the year counts for all of it. */
    struct law_limits limits;
    law->limits(law->context, party, calendar_day_start_us(calendar, first_day + last), &limits);
    if (limits.yearly_g == 0 || total_g <= 0 || (uint64_t)total_g <= limits.yearly_g)
        return;
    int64_t sum_g = 0;
    for (int32_t i = 0; i <= last && crossed < 0; i++) {
        if (year->fed_g[i] > 0)
            sum_g = plus(sum_g, year->fed_g[i]);
        if (sum_g > 0 && (uint64_t)sum_g > limits.yearly_g)
            crossed = i;
    }
    add_excess(set, RULE_plant_yearly, party, calendar_day_start_us(calendar, first_day + crossed),
               total_g, profile);
}

/* When the line had been off for `limit_us` of the year; 0: it was not. Stops are in order of their beginning. */
static int64_t passed_us(
    const struct moments *stops, uint32_t line, int64_t from_us, int64_t until_us, int64_t limit_us)
{
    int64_t off_us = 0, end_us = from_us;
    for (uint32_t i = 0; i < stops->count; i++) {
        const struct moment *stop = &stops->all[i];
        if (stop->number != 0 && stop->number != line)
            continue;
        int64_t start_us = stop->at_us > end_us ? stop->at_us : end_us;
        int64_t stop_us = stop->until_us < until_us ? stop->until_us : until_us;
        if (stop_us <= start_us)
            continue;
        if (off_us + (stop_us - start_us) > limit_us)
            return start_us + (limit_us - off_us);
        off_us += stop_us - start_us;
        end_us = stop_us;
    }
    return 0;
}

static void add_outages(const struct plant_year *year,
                        uint32_t party,
                        int32_t first_day,
                        int32_t next_first_day,
                        const struct law *law,
                        struct work_set *set)
{
    uint32_t profile = tally_profiles_for(&year->profiles, law, RULE_outage_hours);
    const struct profile *numbers = law->profile(law->context, profile);
    if (profile == 0 || numbers->outage_us == 0)
        return;
    int64_t from_us = calendar_day_start_us(&numbers->calendar, first_day);
    int64_t until_us = calendar_day_start_us(&numbers->calendar, next_first_day);
    bool has_lines = false;
    struct moments stops = year->stops;
    moment_drop_void(&stops);
    for (uint32_t i = 0; i < stops.count; i++)
        has_lines |= stops.all[i].number != 0;
    for (uint32_t i = 0; i < stops.count; i++) {
        const struct moment *first = &stops.all[i];
        bool is_first = first->number != 0 || !has_lines;
        for (uint32_t k = 0; k < i && is_first; k++)
            is_first = stops.all[k].number != first->number;
        int64_t at_us =
            is_first ? passed_us(&stops, first->number, from_us, until_us, numbers->outage_us) : 0;
        struct work *row = at_us == 0 ? NULL : moment_finding(set, RULE_outage_hours, first);
        if (row == NULL)
            continue;
        row->due_us = at_us;
        row->party = party;
        row->profile = profile;
        for (uint32_t k = 0; k < stops.count; k++)
            if (stops.all[k].number == 0 || stops.all[k].number == first->number)
                moment_show(row, &stops.all[k]);
    }
}

void plant_year_work(const struct plant_year *year,
                     uint32_t party,
                     int32_t civil_year,
                     const struct law *law,
                     struct work_set *set)
{
    uint32_t before = set->count;
    int32_t first_day = calendar_from_civil(civil_year, 1, 1);
    add_yearly(year, party, first_day, law, set);
    add_outages(year, party, first_day, calendar_from_civil(civil_year + 1, 1, 1), law, set);
    for (uint32_t i = before; i < set->count; i++) {
        set->rows[i].subject_kind = SUBJECT_PARTY_YEAR;
        set->rows[i].subject = tally_number(party, civil_year);
        set->rows[i].hazard = hazard_of(law, set->rows[i].profile);
    }
}

/* ---- records ----------------------------------------------------------------------------------- */

/* Only what is not nothing: (step from the one before, grams), ended by a step of 0. */
static void write_grams(const int64_t *grams, uint32_t count, struct bytes_writer *writer)
{
    uint32_t before = 0;
    for (uint32_t i = 0; i < count; i++)
        if (grams[i] != 0) {
            bytes_write_varint(writer, i + 1 - before);
            bytes_write_zigzag(writer, grams[i]);
            before = i + 1;
        }
    bytes_write_varint(writer, 0);
}

static bool read_grams(struct bytes_reader *reader, int64_t *ret, uint32_t count)
{
    memset(ret, 0, count * sizeof *ret);
    uint64_t at = 0, step;
    while ((step = bytes_read_varint(reader)) != 0) {
        if (reader->failed || step > count - at)
            return false;
        at += step;
        ret[at - 1] = bytes_read_zigzag(reader);
    }
    return !reader->failed;
}

size_t plant_day_write(const struct plant_day *day, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    write_grams(day->fed_g, PLANT_HOURS, &writer);
    tally_profiles_write(&day->profiles, &writer);
    moment_write(&day->treated, &writer);
    moment_write(&day->stops, &writer);
    return bytes_written(&writer).len;
}

bool plant_day_parse(struct span bytes, struct plant_day *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    return read_grams(&reader, ret->fed_g, PLANT_HOURS) &&
           tally_profiles_read(&reader, &ret->profiles) && moment_read(&reader, &ret->treated) &&
           moment_read(&reader, &ret->stops) && bytes_reader_is_done(&reader);
}

size_t plant_year_write(const struct plant_year *year, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    write_grams(year->fed_g, PLANT_DAYS, &writer);
    tally_profiles_write(&year->profiles, &writer);
    moment_write(&year->stops, &writer);
    return bytes_written(&writer).len;
}

bool plant_year_parse(struct span bytes, struct plant_year *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    return read_grams(&reader, ret->fed_g, PLANT_DAYS) &&
           tally_profiles_read(&reader, &ret->profiles) && moment_read(&reader, &ret->stops) &&
           bytes_reader_is_done(&reader);
}
