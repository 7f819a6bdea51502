/* cleaning.c: whether a vehicle was cleaned after use and before it was used again.
 * Never asks what was on it. */
#include "daemon/domain/cleaning.h"

/* The first at or after that time and not of `trip`; in the month or the next. */
static const struct moment *
find_first(const struct moments *in, const struct moments *next, int64_t from_us, uint32_t trip)
{
    const struct moments *const sets[] = {in, next};
    for (size_t k = 0; k < 2 && sets[k] != NULL; k++)
        for (uint32_t i = 0; i < sets[k]->count; i++) {
            const struct moment *moment = &sets[k]->all[i];
            if (moment->voids == 0 && moment->at_us >= from_us &&
                (trip == 0 || moment->number != trip))
                return moment;
        }
    return NULL;
}

static void tell(struct work *row, uint32_t vehicle, const struct moment *used)
{
    row->subject_kind = SUBJECT_TRIP;
    row->subject = used->number;
    row->vehicle = vehicle;
    row->profile = used->amount;
    row->party = used->party;
    row->hazard = 2;
    row->since_us = used->at_us;
}

static void add_uncleaned(const struct moment *used,
                          const struct moment *cleaned,
                          int64_t due_us,
                          uint32_t vehicle,
                          struct work_set *set)
{
    struct work *row = moment_finding(set, RULE_uncleaned, used);
    if (row == NULL)
        return;
    row->kind = cleaned == NULL ? WORK_OBLIGATION : WORK_FINDING;
    tell(row, vehicle, used);
    row->due_us = due_us;
    moment_show(row, cleaned);
}

static void add_reused(const struct moment *used,
                       const struct moment *departed,
                       uint32_t vehicle,
                       struct work_set *set)
{
    struct work *row = moment_finding(set, RULE_reused_uncleaned, departed);
    if (row == NULL)
        return;
    uint32_t party = row->party;
    tell(row, vehicle, used);
    row->party = party;
    moment_show(row, used);
}

void cleaning_work(const struct cleaning_month *month,
                   const struct cleaning_month *next,
                   uint32_t vehicle,
                   const struct law *law,
                   struct work_set *set)
{
    for (uint32_t i = 0; i < month->used.count; i++) {
        const struct moment *used = &month->used.all[i];
        const struct profile *profile = law->profile(law->context, used->amount);
        int64_t due_us;
        if (profile->clean_us == 0 ||
            __builtin_add_overflow(used->at_us, profile->clean_us, &due_us))
            continue;
        const struct moment *cleaned =
            find_first(&month->cleaned, next == NULL ? NULL : &next->cleaned, used->at_us, 0);
        const struct moment *departed = find_first(
            &month->departed, next == NULL ? NULL : &next->departed, used->at_us, used->number);
        if (profile_has_rule(profile, RULE_uncleaned) &&
            (cleaned == NULL || cleaned->at_us > due_us))
            add_uncleaned(used, cleaned, due_us, vehicle, set);
        if (profile_has_rule(profile, RULE_reused_uncleaned) && departed != NULL &&
            (cleaned == NULL || cleaned->at_us > departed->at_us))
            add_reused(used, departed, vehicle, set);
    }
}

size_t cleaning_write(const struct cleaning_month *month, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    moment_write(&month->used, &writer);
    moment_write(&month->cleaned, &writer);
    moment_write(&month->departed, &writer);
    return bytes_written(&writer).len;
}

bool cleaning_parse(struct span bytes, struct cleaning_month *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    return moment_read(&reader, &ret->used) && moment_read(&reader, &ret->cleaned) &&
           moment_read(&reader, &ret->departed) && bytes_reader_is_done(&reader);
}
