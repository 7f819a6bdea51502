/* owed.c: what is owed and what was broken, as the whole history shows it at its end.
 * Never changes state. */
#include "proto/rule.h"
#include "daemon/domain/fold.h"

/* Medical Waste Regulation article 17: not more than two days in temporary storage. */
static void add_storage(struct fold *fold, uint32_t at)
{
    const struct container_fill *fill = &fold->history->fills[at];
    const struct fill_note *note = &fold->fills[at];
    const struct profile *profile = fold_profile(fold, fill);
    int64_t due_us;
    int64_t notice_us;
    if (profile->storage_us == 0 || note->birth == NULL ||
        __builtin_add_overflow(fill->born_us, profile->storage_us, &due_us) ||
        __builtin_add_overflow(fill->born_us, profile->storage_notice_us, &notice_us))
        return;
    bool is_late = note->leaving != NULL && note->leaving->effective_us > due_us;
    if (note->leaving != NULL && !is_late)
        return;
    struct work spare = {0};
    struct work *row = fold_add_row(fold, is_late ? WORK_FINDING : WORK_OBLIGATION,
                                    RULE_medical_storage, note->birth, due_us, &spare);
    row->party = is_late ? fold->context->generator : fill->holder;
    row->notice_us = is_late ? 0 : notice_us;
    fold_show_entry(row, note->birth);
    fold_show_entry(row, note->leaving);
}

static void add_missing(struct fold *fold, uint32_t at)
{
    const struct leg_note *note = &fold->legs[at];
    if (note->state != LEG_MISSING)
        return;
    uint32_t party = note->load != NULL ? note->load->party
                                        : fold->history->fills[fold->history->legs[at].fill].holder;
    fold_add_finding(fold, RULE_missing_at_receipt, note->missing, party, note->load);
}

void owed_add(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->fill_count; i++) {
        const struct fact *load = fold->fills[i].load;
        add_storage(fold, i);
        if (load != NULL && !history->fills[i].is_packed && !fold->context->is_bulk)
            fold_add_finding(fold, RULE_loaded_not_packed, load, load->party, NULL);
    }
    for (uint32_t i = 0; i < history->leg_count; i++)
        add_missing(fold, i);
    /* Last, so that a stranger who says much cannot crowd the others out. */
    for (uint32_t i = 0; i < history->step_count; i++)
        if (history->steps[i].effect == EFFECT_CONTESTED)
            fold_add_finding(fold, RULE_contested, history->steps[i].fact,
                             history->steps[i].fact->party, NULL);
}
