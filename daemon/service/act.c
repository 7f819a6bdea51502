/* act.c: a statement's body as facts about the subjects it speaks of.
 * Never decides an outcome. */
#include "daemon/service/act.h"

#include <string.h>

#include "proto/body.h"
#include "proto/entry.h"
#include "daemon/service/cases.h"
#include "daemon/service/clocks.h"
#include "daemon/service/consign.h"
#include "daemon/service/declare.h"
#include "daemon/service/enact.h"
#include "daemon/service/handover.h"
#include "daemon/service/registry.h"
#include "daemon/service/restraint.h"
#include "daemon/service/retell.h"

enum { ACT_BOX_MEMBERS_MAX = 512 };

uint32_t act_container_number(struct apply *apply, uint32_t generator, const char *code)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(generator, span_text(code), name);
    return book_give(apply->book, SUBJECT_CONTAINER, span_of(name, len));
}

void act_to_code(struct apply *apply, uint32_t generator, const char *code, const struct fact *fact)
{
    settle_into_container(apply, act_container_number(apply, generator, code), generator, false,
                          fact);
}

static void act_to_bulk(struct apply *apply,
                        uint32_t generator,
                        struct span manifest,
                        uint32_t line,
                        const struct fact *fact)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_bulk(generator, manifest, line, name);
    uint32_t number = book_give(apply->book, SUBJECT_CONTAINER, span_of(name, len));
    struct fact bulk = *fact;
    bulk.bits |= FACT_BULK;
    settle_into_container(apply, number, generator, true, &bulk);
}

void act_to_named(struct apply *apply,
                  const Custody__V1__ContainerName *name,
                  const struct fact *fact)
{
    uint32_t generator = act_party_number(apply, name->generator);
    if (name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_CODE)
        act_to_code(apply, generator, name->code, fact);
    else if (name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_BULK)
        act_to_bulk(apply, generator, span_of(name->bulk->manifest.data, name->bulk->manifest.len),
                    name->bulk->line, fact);
}

/* "code" for the author's own box, "party/code" for another's. */
uint32_t act_box_number(struct apply *apply, const char *text, uint32_t owner)
{
    uint8_t name[BOOK_NAME_MAX];
    const char *slash = strrchr(text, '/');
    if (slash != NULL) {
        owner = book_give(apply->book, SUBJECT_PARTY, span_of(text, (size_t)(slash - text)));
        text = slash + 1;
    }
    size_t len = book_write_owned(owner, span_text(text), name);
    return book_give(apply->book, SUBJECT_BOX, span_of(name, len));
}

void act_to_box(struct apply *apply, const char *text, const struct fact *fact)
{
    uint32_t box = act_box_number(apply, text, apply->base.party);
    int32_t day = calendar_day(&book_profile(apply->book)->calendar, fact->effective_us);
    settle_touch_box(apply, box, day);
    struct book_box_day *box_day = gather_box_day(apply->book, gather_box_day_number(box, day));
    if (box_day == NULL)
        return;
    struct fact grouped = *fact;
    grouped.box = box;
    grouped.bits |= FACT_OF_GROUP;
    if (settle_into(apply, &box_day->facts, &grouped))
        settle_put_box_day(apply, gather_box_day_number(box, day), box_day);
}

uint32_t act_party_number(struct apply *apply, const char *name)
{
    return name == NULL || name[0] == 0 ? apply->base.party
                                        : book_give(apply->book, SUBJECT_PARTY, span_text(name));
}

static uint32_t act_place_number(struct apply *apply, uint32_t party, const char *code)
{
    if (code == NULL || code[0] == 0)
        return 0;
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(party, span_text(code), name);
    return book_give(apply->book, SUBJECT_PLACE, span_of(name, len));
}

uint32_t act_named_place(struct apply *apply, const Custody__V1__PlaceName *place)
{
    return place == NULL
               ? 0
               : act_place_number(apply, act_party_number(apply, place->party), place->code);
}

uint32_t act_statement_number(struct apply *apply, unsigned kind, ProtobufCBinaryData id)
{
    return id.len == 0 ? 0 : book_give(apply->book, kind, span_of(id.data, id.len));
}

uint32_t act_batch_number(struct apply *apply, const char *code)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(apply->base.party, span_text(code), name);
    return book_give(apply->book, SUBJECT_BATCH, span_of(name, len));
}

/* Waste code of a fact: its number, whether it is medical, whether the catalogue in force lists it. */
void act_code(struct apply *apply, uint32_t generator, const char *code, struct fact *fact)
{
    fact->profile = book_profile_for(
        apply->book, span_text(code), (fact->bits & FACT_EPIDEMIC) != 0,
        settle_division(apply->book, generator, fact->effective_us), fact->effective_us);
    fact->code = book_give(apply->book, SUBJECT_CODE, span_text(code));
    if (waste_is_medical(span_text(code)))
        fact->bits |= FACT_MEDICAL;
    if (!registry_lists(apply->book, fact->code, fact->effective_us))
        fact->bits |= FACT_CODE_UNKNOWN;
}

void act_mass(struct fact *fact, uint64_t mass_g, uint8_t source)
{
    fact->mass_g = mass_g == 0 ? FACT_NO_MASS : mass_g;
    fact->mass_source = source;
}

/* 五即, HJ 1259 6.3: what is not given counts as done when it was signed, if a later one was given, as not told otherwise.
 * Age runs from the first of them. */
static void act_times(struct fact *fact, const Custody__V1__FiveTimes *times)
{
    if (times == NULL)
        return;
    const uint64_t before_us[] = {times->generated_before_us, times->packed_before_us,
                                  times->weighed_before_us, times->coded_before_us,
                                  times->stored_before_us};
    enum { FIVE = sizeof before_us / sizeof before_us[0] };
    fact->generated_before_us = before_us[0];
    uint64_t last_us = 0;
    for (size_t i = 0; i < FIVE; i++) {
        bool is_told = before_us[i] != 0 || i == FIVE - 1;
        if (!is_told)
            continue;
        if (last_us != 0 && before_us[i] > last_us)
            fact->bits |= FACT_FIVE_DISORDER;
        else if (last_us != 0 && last_us - before_us[i] > fact->five_gap_us)
            fact->five_gap_us = last_us - before_us[i];
        if (before_us[i] != 0)
            last_us = before_us[i];
    }
}

static void act_pack(struct apply *apply, const Custody__V1__PackBody *body)
{
    uint32_t generator = act_party_number(apply, body->generator);
    uint32_t place = act_place_number(apply, generator, body->place);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        const Custody__V1__PackedContainer *packed = body->containers[i];
        struct fact fact = apply->base;
        fact.item = (uint16_t)i;
        fact.place = place;
        act_mass(&fact, packed->mass_g, (uint8_t)packed->mass_source);
        if (packed->epidemic)
            fact.bits |= FACT_EPIDEMIC;
        fact.package = (uint8_t)packed->package;
        fact.ward = consign_text(apply, packed->ward);
        act_code(apply, generator, packed->waste_code, &fact);
        act_times(&fact, packed->times);
        act_to_code(apply, generator, packed->code, &fact);
    }
}

static void act_store(struct apply *apply, const Custody__V1__StoreBody *body)
{
    uint32_t generator = act_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.place = act_named_place(apply, body->place);
    if (body->temperature_case == CUSTODY__V1__STORE_BODY__TEMPERATURE_TEMPERATURE_MC)
        fact.temperature_mk = (uint32_t)(FACT_ZERO_CELSIUS_MK + body->temperature_mc);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        fact.item = (uint16_t)i;
        act_to_code(apply, generator, body->containers[i], &fact);
    }
    for (size_t i = 0; i < body->n_boxes && settle_is_well(apply); i++) {
        fact.item = (uint16_t)(ACT_ITEM_BOXES + i);
        act_to_box(apply, body->boxes[i], &fact);
    }
}

/* What the registry says of the vehicle now is all it will ever say of this trip. */
static void act_judge_vehicle(struct apply *apply, struct trip *trip)
{
    struct vehicle none = {0};
    const struct vehicle *vehicle = book_vehicle(apply->book, trip->vehicle);
    enum vehicle_standing standing =
        vehicle_at(vehicle == NULL ? &none : vehicle, trip->depart.effective_us);
    trip->depart.bits &= ~(uint32_t)(FACT_VEHICLE_UNREGISTERED | FACT_VEHICLE_EXPIRED);
    if (standing == VEHICLE_UNREGISTERED)
        trip->depart.bits |= FACT_VEHICLE_UNREGISTERED;
    if (standing == VEHICLE_EXPIRED)
        trip->depart.bits |= FACT_VEHICLE_EXPIRED;
}

static void act_depart(struct apply *apply, const Custody__V1__DepartBody *body)
{
    uint32_t number = book_give(apply->book, SUBJECT_TRIP,
                                span_of(apply->entry->statement->id.bytes, DIGEST_SIZE));
    settle_touch_riders(apply, number);
    struct trip *trip = settle_trip(apply, number);
    if (trip == NULL)
        return;
    if (apply->is_countersigning) {
        if (apply->is_retiming) {
            trip->depart.effective_us = apply->base.effective_us;
            trip->depart.kinds = apply->base.kinds;
            act_judge_vehicle(apply, trip);
        } else if (apply->about == NULL) {
            fact_countersign(&trip->depart, apply->countersigner);
        }
        settle_stamp(apply, &trip->depart);
        return;
    }
    uint8_t name[BOOK_NAME_MAX];
    size_t len = body->vehicle == NULL ? 0
                                       : book_write_vehicle((uint32_t)body->vehicle->colour,
                                                            span_text(body->vehicle->plate), name);
    trip->vehicle = len == 0 ? 0 : book_give(apply->book, SUBJECT_VEHICLE, span_of(name, len));
    trip->is_known = true;
    trip->depart = apply->base;
    trip->depart.place = act_named_place(apply, body->start);
    trip->depart.receiver = body->receiver[0] == 0 ? 0 : act_party_number(apply, body->receiver);
    settle_stamp(apply, &trip->depart);
    act_judge_vehicle(apply, trip);
    trip->division = settle_division(apply->book, apply->base.party, apply->base.effective_us);
    /* A certificate that is filed later is in force no earlier: what is not there now was not on file. */
    const unsigned certificate = CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CREW_CERTIFICATE;
    uint32_t carrier = act_party_number(apply, body->carrier);
    trip->driver = registry_document_number(apply->book, certificate, carrier,
                                            span_text(body->driver_licence));
    trip->escort = registry_document_number(apply->book, certificate, carrier,
                                            span_text(body->escort_licence));
}

static void act_load(struct apply *apply, const Custody__V1__LoadBody *body)
{
    uint32_t generator = act_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.trip = act_statement_number(apply, SUBJECT_TRIP, body->trip);
    fact.manifest = act_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    fact.place = act_named_place(apply, body->stop);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)i;
        act_mass(&one, body->containers[i]->mass_g, (uint8_t)body->containers[i]->mass_source);
        act_to_code(apply, generator, body->containers[i]->code, &one);
    }
    for (size_t i = 0; i < body->n_boxes && settle_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)(ACT_ITEM_BOXES + i);
        act_to_box(apply, body->boxes[i], &one);
    }
    for (size_t i = 0; i < body->n_bulk && settle_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)(ACT_ITEM_BULK + i);
        act_mass(&one, body->bulk[i]->mass_g, (uint8_t)body->bulk[i]->mass_source);
        act_to_bulk(apply, generator, span_of(body->manifest.data, body->manifest.len),
                    body->bulk[i]->line, &one);
    }
    consign_whole(apply, fact.manifest, &fact);
}

static uint8_t act_remainder_verdict(Custody__V1__Remainder remainder)
{
    switch (remainder) {
    case CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED:
        return CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    case CUSTODY__V1__REMAINDER__REMAINDER_MISSING:
        return CUSTODY__V1__VERDICT__VERDICT_MISSING;
    case CUSTODY__V1__REMAINDER__REMAINDER_REJECTED:
        return CUSTODY__V1__VERDICT__VERDICT_REJECTED;
    case CUSTODY__V1__REMAINDER__REMAINDER_UNSPECIFIED:
    case _CUSTODY__V1__REMAINDER_IS_INT_SIZE:
        return 0;
    }
    return 0;
}

static void act_receive(struct apply *apply, const Custody__V1__ReceiveBody *body)
{
    uint32_t generator = act_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.trip = act_statement_number(apply, SUBJECT_TRIP, body->trip);
    fact.manifest = act_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    fact.place = act_named_place(apply, body->place);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        const Custody__V1__ReceivedContainer *received = body->containers[i];
        struct fact one = fact;
        one.item = (uint16_t)i;
        one.verdict = (uint8_t)received->verdict;
        one.reason = (uint8_t)received->reason;
        act_mass(&one, received->mass_g, (uint8_t)received->mass_source);
        act_to_code(apply, generator, received->code, &one);
    }
    for (size_t i = 0; i < body->n_boxes && settle_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)(ACT_ITEM_BOXES + i);
        one.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
        act_to_box(apply, body->boxes[i], &one);
    }
    for (size_t i = 0; i < body->n_bulk && settle_is_well(apply); i++) {
        const Custody__V1__ReceivedBulk *received = body->bulk[i];
        struct fact one = fact;
        one.item = (uint16_t)(ACT_ITEM_BULK + i);
        one.verdict = (uint8_t)received->verdict;
        one.reason = (uint8_t)received->reason;
        act_mass(&one, received->mass_g, (uint8_t)received->mass_source);
        act_to_bulk(apply, generator, span_of(body->manifest.data, body->manifest.len),
                    received->line, &one);
    }
    if (fact.manifest == 0)
        return;
    fact.verdict = act_remainder_verdict(body->remainder);
    act_mass(&fact, body->total_mass_g, CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED);
    if (fact.verdict != 0)
        settle_touch_members(apply, fact.manifest);
    consign_whole(apply, fact.manifest, &fact);
}

static void act_feed(struct apply *apply, const Custody__V1__FeedBody *body)
{
    uint32_t generator = act_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.batch = act_batch_number(apply, body->batch);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        fact.item = (uint16_t)i;
        act_to_code(apply, generator, body->containers[i], &fact);
    }
    for (size_t i = 0; i < body->n_boxes && settle_is_well(apply); i++) {
        fact.item = (uint16_t)(ACT_ITEM_BOXES + i);
        act_to_box(apply, body->boxes[i], &fact);
    }
    for (size_t i = 0; i < body->n_bulk && settle_is_well(apply); i++) {
        fact.item = (uint16_t)(ACT_ITEM_BULK + i);
        act_to_bulk(apply, generator,
                    span_of(body->bulk[i]->manifest.data, body->bulk[i]->manifest.len),
                    body->bulk[i]->line, &fact);
    }
    struct batch *batch = settle_batch(apply, fact.batch);
    if (batch == NULL)
        return;
    batch->facility = apply->base.party;
    fact.item = 0;
    settle_into_whole(apply, &batch->facts, &fact);
}

static void act_yield(struct apply *apply, const Custody__V1__YieldBody *body)
{
    struct fact fact = apply->base;
    fact.batch = act_batch_number(apply, body->batch);
    struct batch *batch = settle_batch(apply, fact.batch);
    if (batch == NULL)
        return;
    batch->facility = apply->base.party;
    uint64_t yielded_g = 0;
    for (size_t i = 0; i < body->n_outputs && settle_is_well(apply); i++) {
        const Custody__V1__PackedContainer *output = body->outputs[i];
        struct fact one = fact;
        one.item = (uint16_t)i;
        act_mass(&one, output->mass_g, (uint8_t)output->mass_source);
        one.package = (uint8_t)output->package;
        one.ward = consign_text(apply, output->ward);
        act_code(apply, apply->base.party, output->waste_code, &one);
        uint32_t number = act_container_number(apply, apply->base.party, output->code);
        settle_into_container(apply, number, apply->base.party, false, &one);
        yielded_g += output->mass_g;
        if (!apply->is_countersigning)
            book_put_member(apply->book, SUBJECT_BATCH, fact.batch, batch->outputs++, number);
    }
    if (body->finished)
        fact.bits |= FACT_FINISHED;
    act_mass(&fact, yielded_g, 0);
    fact.code = consign_text(apply, body->method);
    settle_into_whole(apply, &batch->facts, &fact);
}

static void act_nest(struct apply *apply,
                     const char *generator_name,
                     const char *box_name,
                     const char *owner,
                     size_t count,
                     char *const *containers,
                     bool is_nest)
{
    uint32_t generator = act_party_number(apply, generator_name);
    struct fact fact = apply->base;
    fact.box = act_box_number(apply, box_name, act_party_number(apply, owner));
    int32_t day = calendar_day(&book_profile(apply->book)->calendar, fact.effective_us);
    struct book_box_day *box_day =
        is_nest && !apply->is_countersigning
            ? gather_box_day(apply->book, gather_box_day_number(fact.box, day))
            : NULL;
    for (size_t i = 0; i < count && settle_is_well(apply); i++) {
        fact.item = (uint16_t)i;
        uint32_t number = act_container_number(apply, generator, containers[i]);
        settle_into_container(apply, number, generator, false, &fact);
        if (box_day != NULL && box_day->members < ACT_BOX_MEMBERS_MAX)
            book_put_member(apply->book, SUBJECT_BOX_DAY, gather_box_day_number(fact.box, day),
                            box_day->members++,
                            volumes_member(number, volumes_spell(fact.effective_us), false));
    }
    if (box_day != NULL && settle_is_well(apply))
        settle_put_box_day(apply, gather_box_day_number(fact.box, day), box_day);
}

void act_apply(struct apply *apply, uint32_t act, const ProtobufCMessage *body)
{
    const void *any = body;
    cases_apply(apply, act, body);
    switch (act) {
    case CUSTODY__V1__ACT__ACT_DRAW_MANIFEST:
        consign_draw(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_PACK:
        act_pack(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_STORE:
        act_store(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_DEPART:
        act_depart(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_LOAD:
        act_load(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_RECEIVE:
        act_receive(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT:
        consign_confirm_receipt(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_NUMBER:
        consign_number(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_FEED:
        act_feed(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_YIELD:
        act_yield(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_NEST: {
        const Custody__V1__NestBody *nest = any;
        act_nest(apply, nest->generator, nest->box, nest->box_owner, nest->n_containers,
                 nest->containers, true);
        break;
    }
    case CUSTODY__V1__ACT__ACT_UNNEST: {
        const Custody__V1__UnnestBody *unnest = any;
        act_nest(apply, unnest->generator, unnest->box, unnest->box_owner, unnest->n_containers,
                 unnest->containers, false);
        break;
    }
    case CUSTODY__V1__ACT__ACT_AMEND:
        retell_amend(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_DECLARE:
        declare_apply(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_COUNTERSIGN:
        retell_countersign(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_WITHDRAW:
        retell_withdraw(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_DISPUTE:
        retell_dispute(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_TRANSFER:
        handover_transfer(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_RELABEL:
        handover_relabel(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_INCIDENT:
        restraint_incident(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_HOLD:
        restraint_hold(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_RELEASE:
        restraint_release(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_CORRECT_CLOCK:
        clocks_take(apply, any);
        break;
    default:
        break; /* recorded; it moves nothing in this version */
    }
}
