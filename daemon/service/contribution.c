/* contribution.c: what one container adds to everything outside itself.
 * Never folds and never judges: the histories say what, the records add up. */
#include "daemon/service/contribution.h"

#include "daemon/service/settle.h"
#include "daemon/service/tallying.h"
#include "daemon/service/treated.h"

static void take_parts(struct apply *apply,
                       const struct container_context *context,
                       const struct container_history *history,
                       struct contribution *ret)
{
    tally_of_history(context, history, &apply->parts);
    ret->parts = settle_copy(apply, &apply->parts,
                             offsetof(struct tally_parts, all) +
                                 apply->parts.count * sizeof apply->parts.all[0]);
    uint32_t *profiles = settle_alloc(apply, (history->leg_count + 1) * sizeof *profiles);
    for (uint32_t i = 0; profiles != NULL && i < history->leg_count; i++)
        profiles[i] = history->fills[history->legs[i].fill].profile;
    ret->leg_profiles = profiles;
    profiles = settle_alloc(apply, (history->feeding_count + 1) * sizeof *profiles);
    for (uint32_t i = 0; profiles != NULL && i < history->feeding_count; i++)
        profiles[i] = history->fills[history->feedings[i].fill].profile;
    ret->feeding_profiles = profiles;
}

void contribution_take(struct apply *apply,
                       const struct container_context *context,
                       const struct container_history *history,
                       struct contribution *ret)
{
    take_parts(apply, context, history, ret);
    ret->leg_count = history->leg_count;
    ret->legs = settle_copy(apply, history->legs, history->leg_count * sizeof history->legs[0]);
    ret->feeding_count = history->feeding_count;
    ret->feedings =
        settle_copy(apply, history->feedings, history->feeding_count * sizeof history->feedings[0]);
    ret->yielding_count = history->yielding_count;
    ret->yieldings = settle_copy(apply, history->yieldings,
                                 history->yielding_count * sizeof history->yieldings[0]);
}

static void
add_leg(struct apply *apply, const struct container_leg *leg, uint32_t profile, int sign)
{
    struct manifest *manifest = settle_manifest(apply, leg->manifest);
    if (manifest != NULL)
        manifest_sums_add(&manifest->sums, &leg->sums, sign);
    struct trip *trip = settle_trip(apply, leg->trip);
    if (trip == NULL)
        return;
    manifest_sums_add(&trip->sums, &leg->sums, sign);
    tally_profiles_add(&trip->cargo, profile, sign * leg->sums.loaded);
}

/* Where it was treated. */
static void add_batch(struct apply *apply, const struct container_leg *leg, int sign)
{
    if (leg->batch != 0 && leg->manifest != 0)
        treated_feed(apply, leg->manifest, leg->batch, sign);
}

static void add_feeding(struct apply *apply,
                        const struct container_feeding *feeding,
                        uint32_t profile,
                        int sign)
{
    struct batch *batch = settle_batch(apply, feeding->batch);
    if (batch == NULL)
        return;
    batch->sums.fed += sign;
    batch->sums.fed_g += sign * (int64_t)feeding->mass_g;
    tally_profiles_add(&batch->cargo, profile, sign);
}

static void add_yielding(struct apply *apply, const struct container_yielding *yielding, int sign)
{
    struct batch *batch = settle_batch(apply, yielding->batch);
    if (batch != NULL)
        batch->yielded_g =
            sign < 0 ? batch->yielded_g - yielding->mass_g : batch->yielded_g + yielding->mass_g;
}

static void add(struct apply *apply, const struct contribution *contribution, int sign)
{
    for (uint32_t i = 0; i < contribution->leg_count; i++)
        add_leg(apply, &contribution->legs[i], contribution->leg_profiles[i], sign);
    for (uint32_t i = 0; i < contribution->feeding_count; i++)
        add_feeding(apply, &contribution->feedings[i], contribution->feeding_profiles[i], sign);
    for (uint32_t i = 0; i < contribution->yielding_count; i++)
        add_yielding(apply, &contribution->yieldings[i], sign);
}

void contribution_settle(struct apply *apply,
                         uint32_t container,
                         const struct contribution *before,
                         const struct contribution *after)
{
    (void)container;
    for (uint32_t i = 0; i < after->leg_count; i++)
        add_batch(apply, &after->legs[i], 1);
    for (uint32_t i = 0; i < before->leg_count; i++)
        add_batch(apply, &before->legs[i], -1);
    add(apply, before, -1);
    add(apply, after, 1);
    static const struct tally_parts none;
    tally_difference(before->parts == NULL ? &none : before->parts,
                     after->parts == NULL ? &none : after->parts, &apply->parts);
    for (uint32_t i = 0; i < apply->parts.count && settle_is_well(apply); i++)
        tallying_part(apply, &apply->parts.all[i]);
}
