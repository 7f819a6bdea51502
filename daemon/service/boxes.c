/* boxes.c: when turnover boxes were filled, emptied and cleaned.
 * Never decides a rule. */
#include "daemon/service/boxes.h"

#include "daemon/domain/cleaning.h"
#include "daemon/service/act.h"
#include "daemon/service/tallying.h"

static bool boxes_parse(struct span bytes, void *ret)
{
    return cleaning_parse(bytes, ret);
}

static void *boxes_load(struct apply *apply, uint64_t number)
{
    return tallying_load(apply, TALLY_BOX_USE, number, sizeof(struct cleaning_month), boxes_parse);
}

static void
boxes_work(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t box, first = set->count;
    int32_t period;
    tally_split(number, &box, &period);
    const struct cleaning_month *next = boxes_load(apply, tally_number(box, period + 1));
    cleaning_box_work(record, next, box, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static size_t boxes_write(const void *record, uint8_t *ret, size_t cap)
{
    return cleaning_write(record, ret, cap);
}

static const struct settle_kind boxes_kind = {
    .record = TALLY_BOX_USE,
    .load = boxes_load,
    .work = boxes_work,
    .write = boxes_write,
};

/* What the uses of a period are followed by may stand in the one after. */
static struct cleaning_month *boxes_period(struct apply *apply, uint32_t box, int64_t at_us)
{
    int32_t day = calendar_day(tallying_calendar(apply), at_us);
    int32_t period = (day - (day % BOXES_DAYS + BOXES_DAYS) % BOXES_DAYS) / BOXES_DAYS;
    uint64_t before = tally_number(box, period - 1);
    if (book_record(apply->book, TALLY_BOX_USE, before).data != NULL)
        settle_record(apply, &boxes_kind, before);
    return settle_record(apply, &boxes_kind, tally_number(box, period));
}

void boxes_part(struct apply *apply, const struct tally_part *part)
{
    bool is_filled = part->kind == TALLY_BOX_FILLED;
    const struct moment moment = {.kind = is_filled ? CLEANING_FILLED : CLEANING_USED,
                                  .at_us = part->at_us,
                                  .until_us = part->at_us,
                                  .key_prefix = part->key_prefix,
                                  .key = part->key,
                                  .key_sequence = part->key_sequence,
                                  .entry = part->entry,
                                  .party = part->party,
                                  .number = is_filled ? 0 : part->profile};
    struct cleaning_month *period = boxes_period(apply, part->place, part->at_us);
    if (period != NULL)
        cleaning_count(is_filled ? &period->departed : &period->used, &moment, part->pieces);
}

void boxes_clean(struct apply *apply, const Custody__V1__CleanBody *body)
{
    if (body->subject_case != CUSTODY__V1__CLEAN_BODY__SUBJECT_BOX)
        return;
    struct moment moment = tallying_moment(apply, CLEANING_CLEANED);
    uint32_t box = act_box_number(apply, body->box, apply->base.party);
    struct cleaning_month *period = boxes_period(apply, box, moment.at_us);
    if (period != NULL)
        moment_tell(&period->cleaned, MOMENTS_MAX, &moment, apply->tell);
}
