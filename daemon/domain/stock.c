/* stock.c: what is in stock now against what may be.
 * Never a history. */
#include "daemon/domain/stock.h"

#include "proto/custody.pb-c.h"

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

void stock_add(struct stock *stock, int32_t day, const struct tally_part *part)
{
    stock->grams = plus(stock->grams, part->grams);
    stock->pieces = plus(stock->pieces, part->pieces);
    tally_profiles_add(&stock->profiles, part->profile, part->pieces);
    uint32_t at = stock->count;
    while (at > 0 && stock->days[at - 1].day >= day)
        at--;
    struct stock_day *found = &stock->days[at];
    if (at == stock->count || found->day != day) {
        if (stock->count == STOCK_DAYS)
            return;
        memmove(found + 1, found, (stock->count - at) * sizeof *found);
        *found = (struct stock_day){.day = day};
        stock->count++;
    }
    found->grams = plus(found->grams, part->grams);
    found->pieces = plus(found->pieces, part->pieces);
    if (found->grams == 0 && found->pieces == 0) {
        stock->count--;
        memmove(found, found + 1, (stock->count - at) * sizeof *found);
    }
}

/* The first moment of the newest stock's day. */
static int64_t newest_us(const struct stock *stock, const struct law *law)
{
    return stock->count == 0 ? 0
                             : calendar_day_start_us(&law->profile(law->context, 0)->calendar,
                                                     stock->days[stock->count - 1].day);
}

static struct work *add_excess(const struct stock *stock,
                               uint16_t rule,
                               uint64_t limit_g,
                               const struct law *law,
                               struct work_set *set)
{
    uint32_t number = tally_profiles_for(&stock->profiles, law, rule);
    if (number == 0 || limit_g == 0 || stock->grams <= 0 || (uint64_t)stock->grams <= limit_g)
        return NULL;
    struct work *row = work_add(set);
    if (row == NULL)
        return NULL;
    int64_t sum_g = 0;
    uint32_t at = 0;
    while (at + 1 < stock->count) {
        sum_g = plus(sum_g, stock->days[at].grams);
        if (sum_g > 0 && (uint64_t)sum_g > limit_g)
            break;
        at++;
    }
    const struct profile *profile = law->profile(law->context, number);
    row->kind = WORK_FINDING;
    row->rule = rule;
    row->due_us =
        stock->count == 0 ? 0 : calendar_day_start_us(&profile->calendar, stock->days[at].day);
    row->since_us = row->due_us;
    row->profile = number;
    row->hazard = profile->storage_us > 0 ? 2 : 1;
    row->mass_g = (uint64_t)stock->grams;
    return row;
}

/* GB 18597-2023: a point where waste waits where it arises, not a store of its own. */
static bool is_point(const struct place *place)
{
    return place->kind == CUSTODY__V1__PLACE_KIND__PLACE_WARD_STORE ||
           place->kind == CUSTODY__V1__PLACE_KIND__PLACE_VILLAGE_POINT;
}

void stock_place_work(const struct stock *stock,
                      uint32_t number,
                      const struct law *law,
                      struct work_set *set)
{
    const struct place *place = law->place(law->context, number);
    /* A place that was registered after it was filled is not judged by what it was not. */
    if (place == NULL || newest_us(stock, law) + CALENDAR_DAY_US <= place->from_us)
        return;
    uint64_t limit_g = place->capacity_g;
    uint32_t profile = tally_profiles_for(&stock->profiles, law, RULE_place_overfull);
    if (limit_g == 0 && is_point(place) && profile != 0)
        limit_g = (uint64_t)law->profile(law->context, profile)->point_g;
    struct work *row = add_excess(stock, RULE_place_overfull, limit_g, law, set);
    if (row == NULL)
        return;
    row->subject_kind = SUBJECT_PLACE;
    row->subject = number;
    row->party = place->party;
}

void stock_party_work(const struct stock *stock,
                      uint32_t party,
                      const struct law *law,
                      struct work_set *set)
{
    struct law_limits limits;
    law->limits(law->context, party, newest_us(stock, law), &limits);
    struct work *row = add_excess(stock, RULE_stock_over_permit, limits.storage_g, law, set);
    if (row == NULL)
        return;
    row->subject_kind = SUBJECT_PARTY;
    row->subject = party;
    row->party = party;
}

size_t stock_write(const struct stock *stock, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_zigzag(&writer, stock->grams);
    bytes_write_zigzag(&writer, stock->pieces);
    tally_profiles_write(&stock->profiles, &writer);
    bytes_write_varint(&writer, stock->count);
    for (uint32_t i = 0; i < stock->count; i++) {
        bytes_write_zigzag(&writer, stock->days[i].day);
        bytes_write_zigzag(&writer, stock->days[i].grams);
        bytes_write_zigzag(&writer, stock->days[i].pieces);
    }
    return bytes_written(&writer).len;
}

bool stock_parse(struct span bytes, struct stock *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    ret->grams = bytes_read_zigzag(&reader);
    ret->pieces = bytes_read_zigzag(&reader);
    if (!tally_profiles_read(&reader, &ret->profiles))
        return false;
    uint64_t count = bytes_read_varint(&reader);
    if (reader.failed || count > STOCK_DAYS)
        return false;
    ret->count = (uint32_t)count;
    for (uint32_t i = 0; i < ret->count; i++) {
        int64_t day = bytes_read_zigzag(&reader);
        ret->days[i].grams = bytes_read_zigzag(&reader);
        ret->days[i].pieces = bytes_read_zigzag(&reader);
        if (reader.failed || day < INT32_MIN || day > INT32_MAX)
            return false;
        ret->days[i].day = (int32_t)day;
    }
    return bytes_reader_is_done(&reader);
}
