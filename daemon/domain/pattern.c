/* pattern.c: the marks of one party in one civil month.
 * Never lists a mark. */
#include "daemon/domain/pattern.h"

bool pattern_is_marked(const struct fact *fact, const struct profile *profile)
{
    return tally_marks(fact, profile) > 0;
}

void pattern_show(struct pattern *pattern, const struct moment *moment, enum moment_tell tell)
{
    moment_tell(&pattern->marked, WORK_ENTRIES_MAX, moment, tell);
}

void pattern_add(struct pattern *pattern, const struct tally_part *part)
{
    pattern->records = (int64_t)((uint64_t)pattern->records + (uint64_t)part->pieces);
    pattern->marks = (int64_t)((uint64_t)pattern->marks + (uint64_t)part->marks);
    tally_profiles_add(&pattern->profiles, part->profile, part->pieces);
}

void pattern_work(const struct pattern *pattern,
                  uint32_t party,
                  int32_t month,
                  const struct law *law,
                  struct work_set *set)
{
    uint32_t number = tally_profiles_for(&pattern->profiles, law, RULE_mark_pattern);
    const struct profile *profile = law->profile(law->context, number);
    if (number == 0 || profile->marks_pattern_count == 0 ||
        pattern->marks < profile->marks_pattern_count || pattern->records <= 0)
        return;
    if (pattern->marks <= INT64_MAX / 1000 &&
        pattern->marks * 1000 / pattern->records < profile->marks_pattern_per_mille)
        return;
    struct work *row = moment_finding(set, RULE_mark_pattern, NULL);
    if (row == NULL)
        return;
    row->subject_kind = SUBJECT_PARTY_MONTH;
    row->subject = tally_number(party, month);
    row->due_us = calendar_day_start_us(&profile->calendar, tally_month_start(month));
    row->since_us = row->due_us;
    row->party = party;
    row->profile = number;
    row->hazard = 1;
    for (uint32_t i = 0; i < pattern->marked.count; i++)
        if (pattern->marked.all[i].voids == 0)
            moment_show(row, &pattern->marked.all[i]);
}

size_t pattern_write(const struct pattern *pattern, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_zigzag(&writer, pattern->records);
    bytes_write_zigzag(&writer, pattern->marks);
    tally_profiles_write(&pattern->profiles, &writer);
    moment_write(&pattern->marked, &writer);
    return bytes_written(&writer).len;
}

bool pattern_parse(struct span bytes, struct pattern *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    ret->records = bytes_read_zigzag(&reader);
    ret->marks = bytes_read_zigzag(&reader);
    return tally_profiles_read(&reader, &ret->profiles) && moment_read(&reader, &ret->marked) &&
           bytes_reader_is_done(&reader);
}
