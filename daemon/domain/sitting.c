/* sitting.c: what one party recorded late within one civil day.
 * Never looks at what the statements say. */
#include "daemon/domain/sitting.h"

uint8_t sitting_kind(const struct profile *profile,
                     int64_t effective_us,
                     int64_t signed_us,
                     int64_t recorded_us)
{
    int64_t recorded_late_us, signed_late_us;
    if (__builtin_sub_overflow(recorded_us, effective_us, &recorded_late_us) ||
        __builtin_sub_overflow(signed_us, effective_us, &signed_late_us))
        return SITTING_RECORDED_LATE;
    if (profile->late_us > 0 && recorded_late_us > profile->late_us)
        return SITTING_RECORDED_LATE;
    if (profile->late_mark_us > 0 && recorded_late_us > profile->late_mark_us &&
        signed_late_us > profile->late_mark_us)
        return SITTING_SIGNED_LATE;
    return 0;
}

static void add_day(struct sitting *sitting, int32_t day)
{
    uint32_t at = sitting->day_count;
    while (at > 0 && sitting->days[at - 1] >= day)
        at--;
    if (at < sitting->day_count && sitting->days[at] == day)
        return;
    if (at == SITTING_DAYS)
        return;
    if (sitting->day_count == SITTING_DAYS)
        sitting->day_count--;
    memmove(&sitting->days[at + 1], &sitting->days[at],
            (sitting->day_count - at) * sizeof sitting->days[0]);
    sitting->days[at] = day;
    sitting->day_count++;
}

static bool speaks_before(const struct moment *a, const struct moment *b)
{
    return a->until_us != b->until_us ? a->until_us < b->until_us : moment_compare(a, b) < 0;
}

void sitting_add(struct sitting *sitting,
                 const struct calendar *calendar,
                 const struct moment *moment)
{
    bool is_first = sitting->records == 0;
    if (is_first || moment_compare(moment, &sitting->first) < 0)
        sitting->first = *moment;
    if (is_first || moment_compare(moment, &sitting->last) > 0)
        sitting->last = *moment;
    if (is_first || speaks_before(moment, &sitting->earliest))
        sitting->earliest = *moment;
    if (is_first || speaks_before(&sitting->latest, moment))
        sitting->latest = *moment;
    sitting->records += moment->amount;
    add_day(sitting, calendar_day(calendar, moment->until_us));
    if (moment->kind == SITTING_RECORDED_LATE)
        moment_add(&sitting->notices, SITTING_NOTICES, moment);
}

/* RULES.md N19; the forged ledgers of the inspection report: 30 days typed in one evening. */
static bool add_cluster(const struct sitting *sitting, const struct law *law, struct work_set *set)
{
    uint32_t number = sitting->first.number;
    const struct profile *profile = law->profile(law->context, number);
    if (!profile_has_rule(profile, RULE_late_cluster) || profile->cluster_count == 0 ||
        sitting->records < (uint64_t)profile->cluster_count ||
        (int64_t)sitting->day_count < profile->cluster_days)
        return false;
    struct work *row = moment_finding(set, RULE_late_cluster, &sitting->first);
    if (row == NULL)
        return true;
    row->since_us = sitting->earliest.until_us;
    row->profile = number;
    moment_show(row, &sitting->last);
    moment_show(row, &sitting->earliest);
    moment_show(row, &sitting->latest);
    return true;
}

void sitting_work(const struct sitting *sitting,
                  uint32_t party,
                  int32_t civil_day,
                  const struct law *law,
                  struct work_set *set)
{
    uint32_t before = set->count;
    if (sitting->records > 0 && !add_cluster(sitting, law, set))
        for (uint32_t i = 0; i < sitting->notices.count; i++) {
            const struct moment *late = &sitting->notices.all[i];
            const struct profile *profile = law->profile(law->context, late->number);
            struct work *row = profile_has_rule(profile, RULE_late_recorded)
                                   ? moment_finding(set, RULE_late_recorded, late)
                                   : NULL;
            if (row == NULL)
                continue;
            row->since_us = late->until_us;
            row->profile = late->number;
        }
    for (uint32_t i = before; i < set->count; i++) {
        set->rows[i].subject_kind = SUBJECT_PARTY_DAY;
        set->rows[i].subject = tally_number(party, civil_day);
        set->rows[i].party = party;
        set->rows[i].hazard = 1;
    }
}

size_t sitting_write(const struct sitting *sitting, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, sitting->records);
    bytes_write_varint(&writer, sitting->day_count);
    for (uint32_t i = 0; i < sitting->day_count; i++)
        bytes_write_zigzag(&writer, sitting->days[i]);
    moment_write_one(&sitting->first, &writer);
    moment_write_one(&sitting->last, &writer);
    moment_write_one(&sitting->earliest, &writer);
    moment_write_one(&sitting->latest, &writer);
    moment_write(&sitting->notices, &writer);
    return bytes_written(&writer).len;
}

bool sitting_parse(struct span bytes, struct sitting *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    ret->records = bytes_read_varint(&reader);
    uint64_t count = bytes_read_varint(&reader);
    if (reader.failed || count > SITTING_DAYS)
        return false;
    ret->day_count = (uint32_t)count;
    for (uint32_t i = 0; i < ret->day_count; i++) {
        int64_t day = bytes_read_zigzag(&reader);
        if (day < INT32_MIN || day > INT32_MAX)
            return false;
        ret->days[i] = (int32_t)day;
    }
    return moment_read_one(&reader, &ret->first) && moment_read_one(&reader, &ret->last) &&
           moment_read_one(&reader, &ret->earliest) && moment_read_one(&reader, &ret->latest) &&
           moment_read(&reader, &ret->notices) && bytes_reader_is_done(&reader);
}
