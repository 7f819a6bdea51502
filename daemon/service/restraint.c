/* restraint.c: what is said of containers from outside their custody.
 * Never decides an outcome. */
#include "daemon/service/restraint.h"

#include "daemon/service/act.h"
#include "daemon/service/consign.h"

static void say_of_named(struct apply *apply,
                         size_t count,
                         Custody__V1__ContainerName *const *containers,
                         const struct fact *fact)
{
    for (size_t i = 0; i < count && settle_is_well(apply); i++) {
        struct fact one = *fact;
        one.item = (uint16_t)i;
        act_to_named(apply, containers[i], &one);
    }
}

/* Its containers look at what was said of the whole. */
static void say_of_manifest(struct apply *apply, ProtobufCBinaryData manifest, struct fact *fact)
{
    fact->manifest = act_statement_number(apply, SUBJECT_MANIFEST, manifest);
    if (fact->manifest == 0)
        return;
    settle_touch_members(apply, fact->manifest);
    consign_whole(apply, fact->manifest, fact);
}

void restraint_hold(struct apply *apply, const Custody__V1__HoldBody *body)
{
    struct fact fact = apply->base;
    say_of_named(apply, body->n_containers, body->containers, &fact);
    say_of_manifest(apply, body->manifest, &fact);
}

void restraint_release(struct apply *apply, const Custody__V1__ReleaseBody *body)
{
    struct fact fact = apply->base;
    say_of_named(apply, body->n_containers, body->containers, &fact);
    say_of_manifest(apply, body->manifest, &fact);
}

void restraint_incident(struct apply *apply, const Custody__V1__IncidentBody *body)
{
    struct fact fact = apply->base;
    fact.kind = (uint8_t)body->kind;
    say_of_named(apply, body->n_containers, body->containers, &fact);
}

void restraint_permission(struct apply *apply, const ProtobufCMessage *body)
{
    if (body->descriptor != &custody__v1__close_by_order_body__descriptor)
        return;
    const Custody__V1__CloseByOrderBody *order = (const Custody__V1__CloseByOrderBody *)body;
    struct fact fact = apply->base;
    fact.reason = (uint8_t)order->reason;
    if (order->subject_case == CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_CONTAINER)
        act_to_named(apply, order->container, &fact);
    else if (order->subject_case == CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_MANIFEST)
        say_of_manifest(apply, order->manifest, &fact);
}
