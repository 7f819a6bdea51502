/* handover.c: acts of custody that move a container on its way.
 * Never decides an outcome. */
#include "daemon/service/handover.h"

#include "daemon/service/act.h"
#include "daemon/service/consign.h"

/* Said of all that is in transit on the trip, without a list. */
static void transfer_all(struct apply *apply, const struct fact *fact)
{
    settle_touch_riders(apply, fact->from_trip);
    struct book_box_day *ride = gather_ride(apply->book, fact->from_trip);
    if (ride == NULL)
        return;
    struct fact grouped = *fact;
    grouped.bits |= FACT_OF_GROUP;
    if (settle_into_whole(apply, &ride->facts, &grouped))
        settle_put_ride(apply, fact->from_trip, ride);
    if (fact->trip != 0)
        consign_trip(apply, fact);
}

void handover_transfer(struct apply *apply, const Custody__V1__TransferBody *body)
{
    uint32_t generator = act_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.kind = (uint8_t)body->kind;
    fact.from_trip = act_statement_number(apply, SUBJECT_TRIP, body->from_trip);
    fact.trip = act_statement_number(apply, SUBJECT_TRIP, body->to_trip);
    fact.manifest = act_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    fact.place = act_named_place(apply, body->to_place);
    if (body->to_place != NULL)
        fact.receiver = act_party_number(apply, body->to_place->party);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        fact.item = (uint16_t)i;
        act_to_code(apply, generator, body->containers[i], &fact);
    }
    for (size_t i = 0; i < body->n_boxes && settle_is_well(apply); i++) {
        fact.item = (uint16_t)(ACT_ITEM_BOXES + i);
        act_to_box(apply, body->boxes[i], &fact);
    }
    fact.item = 0;
    if (body->whole_trip && fact.from_trip != 0)
        transfer_all(apply, &fact);
    if (fact.manifest != 0)
        consign_whole(apply, fact.manifest, &fact);
}

void handover_relabel(struct apply *apply, const Custody__V1__RelabelBody *body)
{
    uint32_t generator = act_party_number(apply, body->generator);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        uint32_t was = act_container_number(apply, generator, body->containers[i]->old_code);
        uint32_t is = act_container_number(apply, generator, body->containers[i]->new_code);
        if (was == is)
            continue;
        struct fact fact = apply->base;
        fact.item = (uint16_t)i;
        fact.other = is;
        settle_into_container(apply, was, generator, false, &fact);
        fact.other = was;
        fact.bits |= FACT_NEW_LABEL;
        settle_into_container(apply, is, generator, false, &fact);
    }
}
