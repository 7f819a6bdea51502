/* contribution.c: what one container adds to everything outside itself.
 * Never folds and never judges: the histories say what, the records add up. */
#include "daemon/service/contribution.h"

#include "daemon/service/consign.h"
#include "daemon/service/settle.h"

void contribution_take(struct apply *apply,
                       const struct container_context *context,
                       const struct container_history *history,
                       struct contribution *ret)
{
    (void)context;
    ret->leg_count = history->leg_count;
    ret->legs = settle_copy(apply, history->legs, history->leg_count * sizeof history->legs[0]);
    ret->feeding_count = history->feeding_count;
    ret->feedings =
        settle_copy(apply, history->feedings, history->feeding_count * sizeof history->feedings[0]);
}

static void add_leg(struct apply *apply, const struct container_leg *leg, int sign)
{
    struct manifest *manifest = settle_manifest(apply, leg->manifest);
    if (manifest != NULL)
        manifest_sums_add(&manifest->sums, &leg->sums, sign);
    struct trip *trip = settle_trip(apply, leg->trip);
    if (trip != NULL)
        manifest_sums_add(&trip->sums, &leg->sums, sign);
}

/* Where it was treated. What comes goes before what goes, so that a batch that stays keeps its place. */
static void add_batch(struct apply *apply, const struct container_leg *leg, int sign)
{
    struct manifest *manifest = leg->batch == 0 ? NULL : settle_manifest(apply, leg->manifest);
    if (manifest != NULL && manifest_feed(manifest, leg->batch, sign))
        consign_treated(apply, leg->manifest, leg->batch);
}

static void add_feeding(struct apply *apply, const struct container_feeding *feeding, int sign)
{
    struct batch *batch = settle_batch(apply, feeding->batch);
    if (batch == NULL)
        return;
    batch->sums.fed += sign;
    batch->sums.fed_g += sign * (int64_t)feeding->mass_g;
}

static void add(struct apply *apply, const struct contribution *contribution, int sign)
{
    for (uint32_t i = 0; i < contribution->leg_count; i++)
        add_leg(apply, &contribution->legs[i], sign);
    for (uint32_t i = 0; i < contribution->feeding_count; i++)
        add_feeding(apply, &contribution->feedings[i], sign);
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
}
