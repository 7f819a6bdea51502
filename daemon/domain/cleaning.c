/* cleaning.c: whether a vehicle or a box was cleaned after use and before it was used again.
 * Never asks what was on it or in it. */
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

/* What was used, and how one of its uses is told. */
struct used {
    const struct moment *moment;
    uint32_t vehicle, box; /* one of them */
    uint32_t profile;
};

static void tell(struct work *row, const struct used *use)
{
    const struct moment *used = use->moment;
    row->subject_kind = use->box != 0 ? SUBJECT_BOX : SUBJECT_TRIP;
    row->subject = use->box != 0 ? use->box : used->number;
    row->vehicle = use->vehicle;
    row->profile = use->profile;
    row->party = used->party;
    row->hazard = 2;
    row->since_us = used->at_us;
}

static void add_uncleaned(const struct used *use,
                          const struct moment *cleaned,
                          int64_t due_us,
                          struct work_set *set)
{
    struct work *row = moment_finding(set, RULE_uncleaned, use->moment);
    if (row == NULL)
        return;
    row->kind = cleaned == NULL ? WORK_OBLIGATION : WORK_FINDING;
    tell(row, use);
    row->due_us = due_us;
    moment_show(row, cleaned);
}

static void add_reused(const struct used *use, const struct moment *departed, struct work_set *set)
{
    struct work *row = moment_finding(set, RULE_reused_uncleaned, departed);
    if (row == NULL)
        return;
    uint32_t party = row->party;
    tell(row, use);
    row->party = party;
    moment_show(row, use->moment);
}

static void judge(const struct used *use,
                  const struct moment *cleaned,
                  const struct moment *again,
                  const struct law *law,
                  struct work_set *set)
{
    const struct profile *profile = law->profile(law->context, use->profile);
    int64_t due_us;
    if (profile->clean_us == 0 ||
        __builtin_add_overflow(use->moment->at_us, profile->clean_us, &due_us))
        return;
    if (profile_has_rule(profile, RULE_uncleaned) && (cleaned == NULL || cleaned->at_us > due_us))
        add_uncleaned(use, cleaned, due_us, set);
    if (profile_has_rule(profile, RULE_reused_uncleaned) && again != NULL &&
        (cleaned == NULL || cleaned->at_us > again->at_us))
        add_reused(use, again, set);
}

void cleaning_work(const struct cleaning_month *month,
                   const struct cleaning_month *next,
                   uint32_t vehicle,
                   const struct law *law,
                   struct work_set *set)
{
    for (uint32_t i = 0; i < month->used.count; i++) {
        const struct moment *used = &month->used.all[i];
        const struct used use = {.moment = used, .vehicle = vehicle, .profile = used->amount};
        const struct moment *cleaned =
            find_first(&month->cleaned, next == NULL ? NULL : &next->cleaned, used->at_us, 0);
        const struct moment *departed = find_first(
            &month->departed, next == NULL ? NULL : &next->departed, used->at_us, used->number);
        judge(&use, cleaned, departed, law, set);
    }
}

static const struct moment *
find_after(const struct moments *in, const struct moments *next, const struct moment *moment)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (in->all[i].at_us > moment->at_us)
            return &in->all[i];
    return next == NULL || next->count == 0 ? NULL : &next->all[0];
}

void cleaning_box_work(const struct cleaning_month *period,
                       const struct cleaning_month *next,
                       uint32_t box,
                       const struct law *law,
                       struct work_set *set)
{
    for (uint32_t i = 0; i < period->used.count; i++) {
        const struct moment *used = &period->used.all[i];
        const struct used use = {.moment = used, .box = box, .profile = used->number};
        const struct moment *filled =
            find_after(&period->departed, next == NULL ? NULL : &next->departed, used);
        const struct moment *used_on = i + 1 < period->used.count ? &period->used.all[i + 1]
                                       : next == NULL || next->used.count == 0 ? NULL
                                                                               : &next->used.all[0];
        /* Not empty yet: the rest left it later. */
        if (used_on != NULL && (filled == NULL || used_on->at_us < filled->at_us))
            continue;
        judge(&use,
              find_first(&period->cleaned, next == NULL ? NULL : &next->cleaned, used->at_us, 0),
              filled, law, set);
    }
}

void cleaning_count(struct moments *moments, const struct moment *moment, int64_t pieces)
{
    for (uint32_t i = 0; i < moments->count; i++) {
        struct moment *there = &moments->all[i];
        if (moment_compare(there, moment) != 0)
            continue;
        there->amount = (uint32_t)(there->amount + pieces);
        if (there->amount == 0)
            moment_remove(moments, moment);
        return;
    }
    if (pieces <= 0)
        return;
    struct moment fresh = *moment;
    fresh.amount = (uint32_t)pieces;
    moment_add(moments, MOMENTS_MAX, &fresh);
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
