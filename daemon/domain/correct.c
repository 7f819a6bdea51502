/* correct.c: which corrections are in force.
 * Never changes what was said: a correction stands beside it. */
#include "proto/custody.pb-c.h"
#include "daemon/domain/fold.h"

bool correct_is_amend(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_AMEND;
}

bool correct_is_target(const struct fact *fact, const struct fact *amend)
{
    return !fold_is_of_group(fact) && !correct_is_amend(fact) && fact_counts(fact) &&
           fact->key == amend->target_key && fact->key_sequence == amend->target_sequence;
}

/* What a counterpart signed may change only once that counterpart, or who holds it now, signed the change. */
static bool may_amend(const struct fact *amend, const struct fact *target, uint32_t holder)
{
    if (amend->party == 0 || amend->party != target->party)
        return false;
    bool has_counterpart = false;
    for (uint32_t i = 0; i < target->countersigner_count; i++) {
        uint32_t party = target->countersigners[i];
        if (party == target->party)
            continue;
        if (fact_is_countersigned_by(amend, party))
            return true;
        has_counterpart = true;
    }
    return !has_counterpart || (holder != amend->party && fact_is_countersigned_by(amend, holder));
}

void correct_judge(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->step_count; i++) {
        struct container_step *step = &history->steps[i];
        if (!correct_is_amend(step->fact) || step->effect == EFFECT_HELD)
            continue;
        for (uint32_t k = 0; k < history->step_count; k++)
            if (correct_is_target(history->steps[k].fact, step->fact)) {
                step->effect = may_amend(step->fact, history->steps[k].fact, fold->holders[i])
                                   ? EFFECT_APPLIED
                                   : EFFECT_CONTESTED;
                break;
            }
        if (step->effect != EFFECT_APPLIED || (step->fact->bits & FACT_AMENDS_MASS) == 0)
            continue;
        for (uint32_t k = 0; k < i; k++) {
            struct container_step *earlier = &history->steps[k];
            if (correct_is_amend(earlier->fact) && earlier->effect == EFFECT_APPLIED &&
                (earlier->fact->bits & FACT_AMENDS_MASS) != 0 &&
                earlier->fact->target_key == step->fact->target_key &&
                earlier->fact->target_sequence == step->fact->target_sequence)
                earlier->effect = EFFECT_SUPERSEDED;
        }
    }
}
