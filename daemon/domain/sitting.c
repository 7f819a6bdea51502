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

static void add_day(struct sitting *sitting, int32_t day, int64_t records)
{
    uint32_t at = 0;
    while (at < sitting->day_count && sitting->days[at].day < day)
        at++;
    struct sitting_day *there = &sitting->days[at];
    if (at < sitting->day_count && there->day == day) {
        there->records += records;
        return;
    }
    if (at == SITTING_DAYS)
        return;
    if (sitting->day_count == SITTING_DAYS)
        sitting->day_count--;
    memmove(there + 1, there, (sitting->day_count - at) * sizeof *there);
    *there = (struct sitting_day){.day = day, .records = records};
    sitting->day_count++;
}

/* A void statement that arrives gives its day a place, so that which days are kept hangs on no order. */
void sitting_tell(struct sitting *sitting,
                  const struct calendar *calendar,
                  const struct moment *moment,
                  enum moment_tell tell)
{
    struct moments *moments =
        moment->kind == SITTING_RECORDED_LATE ? &sitting->recorded_late : &sitting->signed_late;
    int64_t records = moment_sign(moment, tell) * (int64_t)moment->amount;
    moment_tell(moments, SITTING_SHOWN, moment, tell);
    sitting->records += records;
    add_day(sitting, calendar_day(calendar, moment->until_us), records);
}

uint32_t sitting_days(const struct sitting *sitting)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < sitting->day_count; i++)
        count += sitting->days[i].records > 0 ? 1 : 0;
    return count;
}

/* What shows a cluster: the first and the last as recorded, the earliest and the latest as spoken of. */
struct shown {
    const struct moment *first, *last, *earliest, *latest;
};

static bool speaks_before(const struct moment *a, const struct moment *b)
{
    return a->until_us != b->until_us ? a->until_us < b->until_us : moment_compare(a, b) < 0;
}

static void show(const struct moments *moments, struct shown *shown)
{
    for (uint32_t i = 0; i < moments->count; i++) {
        const struct moment *moment = &moments->all[i];
        if (moment->voids != 0)
            continue;
        if (shown->first == NULL || moment_compare(moment, shown->first) < 0)
            shown->first = moment;
        if (shown->last == NULL || moment_compare(moment, shown->last) > 0)
            shown->last = moment;
        if (shown->earliest == NULL || speaks_before(moment, shown->earliest))
            shown->earliest = moment;
        if (shown->latest == NULL || speaks_before(shown->latest, moment))
            shown->latest = moment;
    }
}

/* RULES.md N19; the forged ledgers of the inspection report: 30 days typed in one evening. */
static bool add_cluster(const struct sitting *sitting, const struct law *law, struct work_set *set)
{
    struct shown shown = {0};
    show(&sitting->signed_late, &shown);
    show(&sitting->recorded_late, &shown);
    if (shown.first == NULL)
        return false;
    const struct profile *profile = law->profile(law->context, shown.first->number);
    if (!profile_has_rule(profile, RULE_late_cluster) || profile->cluster_count == 0 ||
        sitting->records < profile->cluster_count ||
        (int64_t)sitting_days(sitting) < profile->cluster_days)
        return false;
    struct work *row = moment_finding(set, RULE_late_cluster, shown.first);
    if (row == NULL)
        return true;
    row->since_us = shown.earliest->until_us;
    row->profile = shown.first->number;
    moment_show(row, shown.last);
    moment_show(row, shown.earliest);
    moment_show(row, shown.latest);
    return true;
}

static void add_notices(const struct sitting *sitting, const struct law *law, struct work_set *set)
{
    for (uint32_t i = 0; i < sitting->recorded_late.count; i++) {
        const struct moment *late = &sitting->recorded_late.all[i];
        const struct profile *profile = law->profile(law->context, late->number);
        struct work *row = late->voids == 0 && profile_has_rule(profile, RULE_late_recorded)
                               ? moment_finding(set, RULE_late_recorded, late)
                               : NULL;
        if (row == NULL)
            continue;
        row->since_us = late->until_us;
        row->profile = late->number;
    }
}

void sitting_work(const struct sitting *sitting,
                  uint32_t party,
                  int32_t civil_day,
                  const struct law *law,
                  struct work_set *set)
{
    uint32_t before = set->count;
    if (!add_cluster(sitting, law, set))
        add_notices(sitting, law, set);
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
    bytes_write_zigzag(&writer, sitting->records);
    bytes_write_varint(&writer, sitting->day_count);
    for (uint32_t i = 0; i < sitting->day_count; i++) {
        bytes_write_zigzag(&writer, sitting->days[i].day);
        bytes_write_zigzag(&writer, sitting->days[i].records);
    }
    moment_write(&sitting->signed_late, &writer);
    moment_write(&sitting->recorded_late, &writer);
    return bytes_written(&writer).len;
}

bool sitting_parse(struct span bytes, struct sitting *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    ret->records = bytes_read_zigzag(&reader);
    uint64_t count = bytes_read_varint(&reader);
    if (reader.failed || count > SITTING_DAYS)
        return false;
    ret->day_count = (uint32_t)count;
    for (uint32_t i = 0; i < ret->day_count; i++) {
        int64_t day = bytes_read_zigzag(&reader);
        if (day < INT32_MIN || day > INT32_MAX)
            return false;
        ret->days[i].day = (int32_t)day;
        ret->days[i].records = bytes_read_zigzag(&reader);
    }
    return moment_read(&reader, &ret->signed_late) && moment_read(&reader, &ret->recorded_late) &&
           bytes_reader_is_done(&reader);
}
