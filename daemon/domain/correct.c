/* correct.c: which corrections are in force: amendments, swaps, withdrawals, disputes.
 * Never changes what was said: a correction stands beside it. */
#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/fold.h"

bool correct_is_amend(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_AMEND;
}

static bool is_withdrawal(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_WITHDRAW;
}

static bool is_dispute(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_DISPUTE;
}

bool correct_is_about(const struct fact *fact, const struct fact *target)
{
    return target->key == fact->target_key && target->key_sequence == fact->target_sequence &&
           !is_withdrawal(target);
}

bool correct_is_target(const struct fact *fact, const struct fact *amend)
{
    return !fold_is_of_group(fact) && !correct_is_amend(fact) && !is_dispute(fact) &&
           fact_counts(fact) && correct_is_about(amend, fact);
}

/* ---- bags swapped between two manifests -------------------------------------------------------- */

/* One side of a hand-over under that manifest: whose waste it moves. */
static uint32_t side_of(const struct fold *fold, uint32_t number)
{
    const struct manifest *manifest = fold_find_in_force(fold, number);
    return manifest == NULL ? fold->context->generator : manifest->generator;
}

/* Who has still to sign a swap; 0 when all have: the author of the record, and whose waste either manifest moves. */
static uint32_t
find_unsigned(const struct fold *fold, const struct fact *amend, const struct fact *target)
{
    const uint32_t sides[] = {side_of(fold, target->manifest), side_of(fold, amend->manifest)};
    for (size_t i = 0; i < 2; i++)
        if (sides[i] != amend->party && !fact_is_countersigned_by(amend, sides[i]))
            return sides[i];
    return 0;
}

static bool is_named_by(const struct manifest *manifest, uint32_t party)
{
    return manifest != NULL &&
           (manifest->generator == party || manifest_names_carrier(manifest, party) ||
            manifest_names_receiver(manifest, party));
}

/* By whom the manifest names that it is moved to; not while that is not known. */
static bool is_swap_of_party(const struct fold *fold, const struct fact *amend)
{
    return is_named_by(fold_find_in_force(fold, amend->manifest), amend->party);
}

static bool is_swap_of(const struct fact *amend, const struct fact *target)
{
    return correct_is_amend(amend) && amend->manifest != 0 && fact_counts(amend) &&
           amend->party != 0 && amend->party == target->party &&
           (target->act == CUSTODY__V1__ACT__ACT_LOAD ||
            target->act == CUSTODY__V1__ACT__ACT_RECEIVE ||
            target->act == CUSTODY__V1__ACT__ACT_TRANSFER) &&
           correct_is_target(target, amend);
}

static void put_swap(struct fold *fold, const struct fact *target, const struct fact *amend)
{
    for (uint32_t i = 0; i < fold->swap_count; i++)
        if (fold->swaps[i].target == target) {
            fold->swaps[i].amend = amend;
            return;
        }
    if (fold->swap_count < FOLD_SWAPS_MAX)
        fold->swaps[fold->swap_count++] = (struct fold_swap){target, amend};
}

/* In order, so that the newest one that both sides signed stands. */
void correct_swaps(struct fold *fold)
{
    fold->swap_count = 0;
    for (size_t i = 0; i < fold->count; i++) {
        const struct fact *amend = fold->facts[i];
        if (!correct_is_amend(amend) || amend->manifest == 0 || fold->is_withdrawn[i])
            continue;
        for (size_t k = 0; k < fold->count; k++)
            if (is_swap_of(amend, fold->facts[k]) && is_swap_of_party(fold, amend) &&
                find_unsigned(fold, amend, fold->facts[k]) == 0)
                put_swap(fold, fold->facts[k], amend);
    }
}

/* ---- withdrawals ------------------------------------------------------------------------------- */

static bool is_withdrawn_by(const struct fact *withdrawal, const struct fact *target)
{
    return is_withdrawal(withdrawal) && fact_counts(withdrawal) && withdrawal->party != 0 &&
           withdrawal->party == target->party && correct_is_about(withdrawal, target);
}

static bool is_to_be_withdrawn(const struct fold *fold, const struct fact *target)
{
    for (size_t i = 0; i < fold->count; i++)
        if (is_withdrawn_by(fold->facts[i], target))
            return true;
    return false;
}

/* Nesting apart, what is in the table moves the container. */
static bool moves(const struct fact *fact)
{
    enum transition_act act = fold_act(fact);
    return act != TRANSITION_ACTS && act != TRANSITION_NEST && act != TRANSITION_UNNEST;
}

/* The step from which on somebody may have built on the statement: its own, when it took effect; an amendment's is that of
 * what it amends, if later. step_count: none. */
static uint32_t find_built_from(const struct fold *fold, const struct fact *target)
{
    const struct container_history *history = fold->history;
    uint32_t at = 0;
    while (at < history->step_count && history->steps[at].fact != target)
        at++;
    if (!correct_is_amend(target) || at == history->step_count)
        return at < history->step_count && history->steps[at].effect == EFFECT_APPLIED
                   ? at
                   : history->step_count;
    for (uint32_t i = 0; i < history->step_count; i++)
        if (correct_is_target(history->steps[i].fact, target))
            return i > at ? i : at;
    return history->step_count;
}

static bool is_built_on(const struct fold *fold, const struct fact *target)
{
    const struct container_history *history = fold->history;
    for (uint32_t i = 0; i < target->countersigner_count; i++)
        if (target->countersigners[i] != target->party)
            return true;
    if (is_dispute(target))
        return false;
    uint32_t at = find_built_from(fold, target);
    for (uint32_t i = at + 1; i < history->step_count; i++) {
        const struct container_step *later = &history->steps[i];
        if (later->fill == history->steps[at].fill && later->effect == EFFECT_APPLIED &&
            later->fact->party != target->party && moves(later->fact))
            return true;
    }
    return false;
}

/* The last statement first: what was built on one that is withdrawn itself is no hindrance. */
void correct_withdrawals(struct fold *fold)
{
    for (size_t i = fold->count; i > 0; i--) {
        const struct fact *target = fold->facts[i - 1];
        if (is_withdrawal(target) || !is_to_be_withdrawn(fold, target) || is_built_on(fold, target))
            continue;
        fold->is_withdrawn[i - 1] = true;
        correct_swaps(fold);
        walk_custody(fold);
    }
}

static void tell_withdrawals(struct fold *fold)
{
    for (uint32_t i = 0; i < fold->history->step_count; i++) {
        struct container_step *step = &fold->history->steps[i];
        if (!is_withdrawal(step->fact) || step->effect == EFFECT_HELD)
            continue;
        for (size_t k = 0; k < fold->count; k++)
            if (is_withdrawn_by(step->fact, fold->facts[k]))
                step->effect = fold->is_withdrawn[k] || step->effect == EFFECT_APPLIED
                                   ? EFFECT_APPLIED
                                   : EFFECT_NO_CHANGE;
    }
}

/* ---- amendments -------------------------------------------------------------------------------- */

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

/* By the author itself, while hardly anybody can have read it. */
static bool is_at_once(const struct fold *fold,
                       const struct container_step *amend,
                       const struct container_step *of)
{
    const struct fact *target = of->fact;
    const struct profile *profile = fold_profile(fold, &fold->history->fills[of->fill]);
    int64_t until_us;
    return amend->fact->key == target->key && target->countersigner_count == 0 &&
           !__builtin_add_overflow(target->recorded_us, profile->correction_us, &until_us) &&
           amend->fact->effective_us <= until_us;
}

static void
judge_amend(struct fold *fold, struct container_step *step, const struct container_step *of)
{
    const struct fact *target = of->fact;
    if (step->fact->manifest != 0 && is_swap_of(step->fact, target)) {
        bool is_named = is_swap_of_party(fold, step->fact);
        uint32_t missing = find_unsigned(fold, step->fact, target);
        fold_speak_of(fold, step->fill > of->fill ? step->fill : of->fill);
        if (is_named && missing != 0 && of->effect != EFFECT_WITHDRAWN)
            fold_add_finding(fold, RULE_swap_unsigned, step->fact, missing, target);
        if (!is_named || missing != 0) {
            step->effect = EFFECT_AWAITED;
            return;
        }
    }
    step->effect = may_amend(step->fact, target, step->from) ? EFFECT_APPLIED : EFFECT_CONTESTED;
    step->is_correction = step->effect == EFFECT_APPLIED && !is_at_once(fold, step, of);
}

static unsigned amended_fields(const struct fact *amend)
{
    return ((amend->bits & FACT_AMENDS_MASS) != 0 ? CORRECT_MASS : 0U) |
           (amend->package != 0 ? CORRECT_PACKAGE : 0U) | (amend->ward != 0 ? CORRECT_WARD : 0U) |
           (amend->temperature_mk != 0 ? CORRECT_TEMPERATURE : 0U);
}

const struct fact *
correct_find(const struct fold *fold, const struct fact *fact, enum correct_field field)
{
    const struct container_history *history = fold->history;
    for (uint32_t i = history->step_count; i > 0; i--) {
        const struct container_step *step = &history->steps[i - 1];
        if (correct_is_amend(step->fact) && step->effect == EFFECT_APPLIED &&
            (amended_fields(step->fact) & field) != 0 && correct_is_target(fact, step->fact))
            return step->fact;
    }
    return NULL;
}

/* Is all that it changes changed again by later ones of the same statement? One that changes nothing is not. */
static bool is_superseded(const struct container_history *history, uint32_t at)
{
    const struct fact *amend = history->steps[at].fact;
    unsigned left = amended_fields(amend);
    if (left == 0)
        return false;
    for (uint32_t i = at + 1; i < history->step_count; i++) {
        const struct fact *later = history->steps[i].fact;
        if (correct_is_amend(later) && history->steps[i].effect == EFFECT_APPLIED &&
            later->target_key == amend->target_key &&
            later->target_sequence == amend->target_sequence)
            left &= ~amended_fields(later);
    }
    return left == 0;
}

static void judge_amends(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->step_count; i++) {
        struct container_step *step = &history->steps[i];
        if (!correct_is_amend(step->fact) || step->effect == EFFECT_HELD ||
            step->effect == EFFECT_WITHDRAWN)
            continue;
        for (uint32_t k = 0; k < history->step_count; k++)
            if (correct_is_target(history->steps[k].fact, step->fact)) {
                judge_amend(fold, step, &history->steps[k]);
                break;
            }
    }
    for (uint32_t i = 0; i < history->step_count; i++)
        if (correct_is_amend(history->steps[i].fact) &&
            history->steps[i].effect == EFFECT_APPLIED && is_superseded(history, i))
            history->steps[i].effect = EFFECT_SUPERSEDED;
}

/* ---- disputes ---------------------------------------------------------------------------------- */

/* Took part in what the statement tells: its generator, who held the container, whom its manifest names. */
static bool is_counterpart(const struct fold *fold, uint32_t party, const struct fact *target)
{
    const struct container_history *history = fold->history;
    if (party == 0 || party == target->party)
        return false;
    if (party == fold->context->generator ||
        is_named_by(fold_find_in_force(fold, fold_manifest(fold, target)), party))
        return true;
    for (uint32_t i = 0; i < history->step_count; i++)
        if (history->steps[i].from == party || history->steps[i].holder == party)
            return true;
    return false;
}

/* The author took it back, or put it right after the dispute. */
static bool is_answered(const struct fold *fold, uint32_t dispute, const struct container_step *of)
{
    const struct container_history *history = fold->history;
    if (of->effect == EFFECT_WITHDRAWN)
        return true;
    for (uint32_t i = dispute + 1; i < history->step_count; i++) {
        const struct container_step *later = &history->steps[i];
        if (correct_is_amend(later->fact) && correct_is_target(of->fact, later->fact) &&
            (later->effect == EFFECT_APPLIED || later->effect == EFFECT_SUPERSEDED))
            return true;
    }
    return false;
}

static void judge_disputes(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->step_count; i++) {
        struct container_step *step = &history->steps[i];
        if (!is_dispute(step->fact) || step->effect == EFFECT_HELD ||
            step->effect == EFFECT_WITHDRAWN)
            continue;
        for (uint32_t k = 0; k < history->step_count; k++) {
            struct container_step *of = &history->steps[k];
            if (!correct_is_about(step->fact, of->fact) || of->effect == EFFECT_OTHER ||
                !is_counterpart(fold, step->fact->party, of->fact))
                continue;
            if (is_answered(fold, i, of)) {
                step->effect = EFFECT_SUPERSEDED;
                continue;
            }
            step->effect = EFFECT_APPLIED;
            of->is_disputed = true;
            fold_speak_of(fold, step->fill);
            fold_add_finding(fold, RULE_disputed, step->fact, of->fact->party, of->fact);
        }
    }
}

void correct_judge(struct fold *fold)
{
    tell_withdrawals(fold);
    judge_amends(fold);
    judge_disputes(fold);
}
