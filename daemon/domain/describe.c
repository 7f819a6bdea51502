/* describe.c: what is told of a container besides custody and mass: its package, its ward, how cold it lies; as amended.
 * Never moves anything. */
#include "daemon/domain/fold.h"

/* The fact that says it: the amendment in force, or the fact itself; what says nothing of it leaves all as it was. */
static const struct fact *
who_says(const struct fold *fold, const struct fact *fact, enum correct_field field)
{
    const struct fact *amend = correct_find(fold, fact, field);
    return amend != NULL ? amend : fact;
}

/* The first that says so: a later pack of the same fill says nothing new. */
static void
describe_pack(const struct fold *fold, const struct fact *pack, struct container_fill *fill)
{
    if (fill->package == 0)
        fill->package = who_says(fold, pack, CORRECT_PACKAGE)->package;
    if (fill->ward == 0)
        fill->ward = who_says(fold, pack, CORRECT_WARD)->ward;
}

/* Carried elsewhere, it is as cold as it is told to be there. */
static void describe_cold(const struct fold *fold,
                          const struct container_step *last,
                          struct container_step *step,
                          struct container_fill *fill)
{
    const struct fact *said = who_says(fold, step->fact, CORRECT_TEMPERATURE);
    if (last == NULL || last->place != step->place || last->holder != step->holder)
        fill->temperature_mk = 0;
    if (said->temperature_mk != 0)
        fill->temperature_mk = said->temperature_mk;
    step->temperature_mk = fill->temperature_mk;
}

void describe_fills(struct fold *fold)
{
    struct container_history *history = fold->history;
    const struct container_step *last = NULL;
    for (uint32_t i = 0; i < history->step_count; i++) {
        struct container_step *step = &history->steps[i];
        struct container_fill *fill = &history->fills[step->fill];
        if (last != NULL && last->fill != step->fill)
            last = NULL;
        if (step->effect != EFFECT_APPLIED || correct_is_amend(step->fact)) {
            step->temperature_mk = last == NULL ? 0 : last->temperature_mk;
            continue;
        }
        if (fold_act(step->fact) == TRANSITION_PACK)
            describe_pack(fold, step->fact, fill);
        describe_cold(fold, last, step, fill);
        last = step;
    }
}
