/* pickup.c: how often waste is picked up at a generator.
 * Never looks at where the waste went. */
#include "daemon/domain/pickup.h"

static int compare(const struct pickup_hour *a, uint32_t hour, uint32_t profile)
{
    if (a->hour != hour)
        return a->hour < hour ? -1 : 1;
    return (a->profile > profile) - (a->profile < profile);
}

void pickup_add(struct pickup_day *day, uint32_t hour, uint32_t profile, int64_t pieces)
{
    uint32_t at = 0;
    while (at < day->count && compare(&day->waiting[at], hour, profile) < 0)
        at++;
    struct pickup_hour *found = &day->waiting[at];
    bool is_there = at < day->count && compare(found, hour, profile) == 0;
    if (!is_there) {
        if (pieces == 0 || day->count == PICKUP_HOURS)
            return;
        memmove(found + 1, found, (day->count - at) * sizeof *found);
        *found = (struct pickup_hour){.hour = (uint8_t)hour, .profile = profile};
        day->count++;
    }
    found->pieces += pieces;
    if (found->pieces == 0) {
        day->count--;
        memmove(found, found + 1, (day->count - at) * sizeof *found);
    }
}

bool pickup_is_waiting(const struct pickup_day *day)
{
    for (uint32_t i = 0; i < day->count; i++)
        if (day->waiting[i].pieces > 0)
            return true;
    return false;
}

static int64_t hour_of(int64_t day_start_us, const struct moment *visit)
{
    return (visit->at_us - day_start_us) / CALENDAR_HOUR_US;
}

/* Of that hour, up to this one in order. */
static uint32_t
count_visits(const struct pickup_day *day, int64_t day_start_us, const struct moment *visit)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < day->visits.count; i++)
        if (hour_of(day_start_us, &day->visits.all[i]) == hour_of(day_start_us, visit) &&
            moment_compare(&day->visits.all[i], visit) <= 0)
            count++;
    return count;
}

bool pickup_is_visited(const struct pickup_day *day,
                       int64_t day_start_us,
                       const struct moment *visit)
{
    return count_visits(day, day_start_us, visit) >= PICKUP_VISITS;
}

bool pickup_visit(struct pickup_day *day,
                  int64_t day_start_us,
                  const struct moment *visit,
                  enum moment_tell tell)
{
    if (tell == MOMENT_FIRST && pickup_is_visited(day, day_start_us, visit))
        return false;
    if (!moment_tell(&day->visits, MOMENTS_MAX, visit, tell))
        return false;
    for (uint32_t i = 0; i < day->visits.count; i++)
        if (count_visits(day, day_start_us, &day->visits.all[i]) > PICKUP_VISITS) {
            const struct moment last = day->visits.all[i];
            moment_remove(&day->visits, &last);
            break;
        }
    return true;
}

void pickup_visits(const struct pickup_day *day, int64_t day_start_us, struct moments *ret)
{
    ret->count = 0;
    for (uint32_t i = 0; i < day->visits.count; i++) {
        const struct moment *visit = &day->visits.all[i];
        bool is_first = visit->voids == 0;
        if (is_first && ret->count > 0)
            is_first =
                hour_of(day_start_us, &ret->all[ret->count - 1]) != hour_of(day_start_us, visit);
        if (is_first)
            ret->all[ret->count++] = *visit;
    }
}

/* ---- indexes ----------------------------------------------------------------------------------- */

bool pickup_bit(const uint8_t *bits, uint32_t at)
{
    return (bits[at / 8] >> at % 8 & 1) != 0;
}

bool pickup_set_bit(uint8_t *bits, uint32_t at, bool value)
{
    if (pickup_bit(bits, at) == value)
        return false;
    bits[at / 8] = (uint8_t)(bits[at / 8] ^ 1U << at % 8);
    return true;
}

int32_t pickup_next_bit(const uint8_t *bits, int32_t at, uint32_t count)
{
    int32_t end = (int32_t)count;
    for (int32_t i = at < 0 ? 0 : at; i < end; i = (i | 7) + 1) {
        uint32_t rest = (uint32_t)bits[i / 8] >> i % 8;
        if (rest != 0) {
            i += __builtin_ctz(rest);
            return i < end ? i : -1;
        }
    }
    return -1;
}

int32_t pickup_last_bit(const uint8_t *bits, int32_t at)
{
    for (int32_t i = at; i >= 0; i = (i & ~7) - 1) {
        uint32_t rest = (uint32_t)bits[i / 8] << (31 - i % 8);
        if (rest != 0)
            return i - __builtin_clz(rest);
    }
    return -1;
}

/* ---- what is owed ------------------------------------------------------------------------------ */

/* RULES.md N12: two days, one with beds; up to `bedded_above` beds count as none. */
static int64_t
limit_us(const struct profile *profile, uint32_t party, int64_t at_us, const struct law *law)
{
    const struct party_version *version = law->party(law->context, party, at_us);
    bool is_bedded = version != NULL && (int64_t)version->beds > profile->bedded_above;
    return is_bedded && profile->bedded_us > 0 ? profile->bedded_us : profile->other_us;
}

bool pickup_find_need(const struct pickup_day *day,
                      int64_t day_start_us,
                      int64_t after_us,
                      int64_t before_us,
                      uint32_t party,
                      const struct law *law,
                      struct pickup_need *ret)
{
    for (uint32_t i = 0; i < day->count; i++) {
        const struct pickup_hour *hour = &day->waiting[i];
        int64_t start_us = day_start_us + hour->hour * CALENDAR_HOUR_US;
        /* An hour in which a visit was made counts as before it. */
        if (hour->pieces <= 0 || start_us < after_us)
            continue;
        if (start_us >= before_us)
            return false;
        const struct profile *profile = law->profile(law->context, hour->profile);
        int64_t allowed_us = limit_us(profile, party, start_us, law);
        if (allowed_us == 0 || !profile_has_rule(profile, RULE_collection_interval))
            continue;
        *ret = (struct pickup_need){.since_us = start_us,
                                    .due_us = start_us + CALENDAR_HOUR_US + allowed_us,
                                    .profile = hour->profile};
        return true;
    }
    return false;
}

void pickup_judge(const struct moment *visit,
                  const struct moment *next,
                  const struct pickup_need *need,
                  uint32_t party,
                  int32_t civil_day,
                  const struct law *law,
                  struct work_set *set)
{
    if (next != NULL && next->at_us <= need->due_us)
        return;
    struct work *row = moment_finding(set, RULE_collection_interval, NULL);
    if (row == NULL)
        return;
    const struct profile *numbers = law->profile(law->context, need->profile);
    row->kind = next == NULL ? WORK_OBLIGATION : WORK_FINDING;
    row->subject_kind = SUBJECT_PARTY_DAY;
    row->subject = tally_number(party, civil_day);
    row->due_us = need->due_us;
    row->since_us = need->since_us;
    row->profile = need->profile;
    row->hazard = numbers->is_epidemic ? 3 : 2;
    row->generator = party; /* sees it, whoever owes the visit */
    /* The collector owes the visit: it, who came last; the institution itself before anybody came. */
    row->party = visit == NULL ? party : visit->party;
    if (visit != NULL) {
        row->anchor_key = visit->key;
        row->anchor_sequence = visit->key_sequence;
        moment_show(row, visit);
    }
    moment_show(row, next);
}

/* ---- records ----------------------------------------------------------------------------------- */

size_t pickup_write_day(const struct pickup_day *day, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, (uint8_t)day->count);
    for (uint32_t i = 0; i < day->count; i++) {
        bytes_write_u8(&writer, day->waiting[i].hour);
        bytes_write_varint(&writer, day->waiting[i].profile);
        bytes_write_zigzag(&writer, day->waiting[i].pieces);
    }
    moment_write(&day->visits, &writer);
    return bytes_written(&writer).len;
}

bool pickup_parse_day(struct span bytes, struct pickup_day *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    ret->count = bytes_read_u8(&reader);
    if (reader.failed || ret->count > PICKUP_HOURS)
        return false;
    for (uint32_t i = 0; i < ret->count; i++) {
        struct pickup_hour *hour = &ret->waiting[i];
        hour->hour = bytes_read_u8(&reader);
        uint64_t profile = bytes_read_varint(&reader);
        hour->pieces = bytes_read_zigzag(&reader);
        if (reader.failed || hour->hour > 23 || profile > UINT32_MAX)
            return false;
        hour->profile = (uint32_t)profile;
    }
    return moment_read(&reader, &ret->visits) && bytes_reader_is_done(&reader);
}

size_t pickup_write_index(const struct pickup_index *index, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_span(&writer, span_of(index->visits, sizeof index->visits));
    bytes_write_span(&writer, span_of(index->waiting, sizeof index->waiting));
    return bytes_written(&writer).len;
}

bool pickup_parse_index(struct span bytes, struct pickup_index *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    bytes_read_copy(&reader, ret->visits, sizeof ret->visits);
    bytes_read_copy(&reader, ret->waiting, sizeof ret->waiting);
    return bytes_reader_is_done(&reader);
}
