/* days.c: the usual days of a region.
 * Never waits for an answer: the hub does. */
#include "tests/month/days.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "tests/lib/die.h"
#include "tests/month/heap.h"

enum {
    STOPS_MAX = 12,
    BAGS_ON_MANIFEST_MAX = REGION_BAGS_MAX,
    BAG_G = 5000,
    DRUM_G = 180000,
    CONVOY_DAY = 25, /* the collection centres send on what they have */
};

struct happening {
    days_happen *happen;
    void *what;
};

struct days {
    struct region *region;
    int64_t start_us;
    uint32_t count;
    int64_t now_us;
    struct heap planned; /* happenings */
    struct days_tally tally;
};

/* One manifest on its way: from a unit, or from a centre with what units brought there. */
struct load {
    struct load *next; /* of the same trip */
    struct unit *unit;
    struct truck *truck;
    struct plant *plant;
    uint32_t county;
    struct digest manifest;
    struct digest statement; /* of the load, which the unit countersigns */
    uint64_t sequence;
    uint32_t weighed_per_mille;
    uint64_t mass_g, weighed_g;
    uint32_t bag_count;
    struct bag bags[BAGS_ON_MANIFEST_MAX];
};

/* ---- time ---- */

void days_plan(struct days *days, int64_t at_us, days_happen *happen, void *what)
{
    struct happening *happening = calloc(1, sizeof *happening);
    if (happening == NULL)
        die("out of memory");
    happening->happen = happen;
    happening->what = what;
    heap_push(&days->planned, at_us, happening);
}

int64_t days_at(const struct days *days, uint32_t day, uint32_t minute)
{
    return days->start_us + day * DAYS_DAY_US + minute * DAYS_MINUTE_US;
}

int64_t days_now_us(const struct days *days)
{
    return days->now_us;
}

struct region *days_region(const struct days *days)
{
    return days->region;
}

struct days_tally days_tally(const struct days *days)
{
    return days->tally;
}

/* ---- saying ---- */

void days_say_at(struct days *days,
                 uint32_t county,
                 struct author *author,
                 const ProtobufCMessage *body,
                 const struct author_moment *moment,
                 int64_t late_us)
{
    const struct county *here = &days->region->counties[county];
    int64_t deliver_us = days->now_us + late_us;
    if (deliver_us >= here->dark_from_us && deliver_us < here->dark_until_us)
        deliver_us = here->dark_until_us;
    hub_say(days->region->hub, author, body, moment, deliver_us, CUSTODY_OUTCOME_recorded, NULL);
}

void days_say(struct days *days,
              uint32_t county,
              struct author *author,
              const ProtobufCMessage *body)
{
    const struct author_moment now = {.occurred_us = days->now_us, .signed_us = days->now_us};
    days_say_at(days, county, author, body, &now, 0);
}

static ProtobufCBinaryData id_of(const struct digest *digest)
{
    return (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = (uint8_t *)digest->bytes};
}

static struct dice *dice_of(struct days *days)
{
    return &days->region->dice;
}

/* ---- packing ---- */

static uint64_t bag_size(const struct unit *unit)
{
    return unit->industry == INDUSTRY_MEDICAL ? BAG_G : DRUM_G;
}

static void say_pack(
    struct days *days, struct unit *unit, const struct bag *bags, uint32_t count, bool is_typed)
{
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    Custody__V1__PackedContainer packed[REGION_BAGS_MAX];
    Custody__V1__PackedContainer *list[REGION_BAGS_MAX];
    Custody__V1__FiveTimes times = CUSTODY__V1__FIVE_TIMES__INIT;
    times.generated_before_us = dice_between(dice_of(days), 6, 40) * (uint64_t)DAYS_MINUTE_US;
    times.packed_before_us = 150000000;
    times.weighed_before_us = 80000000;
    times.coded_before_us = 35000000;
    for (uint32_t i = 0; i < count; i++) {
        custody__v1__packed_container__init(&packed[i]);
        packed[i].code = (char *)bags[i].code;
        packed[i].waste_code = (char *)unit->streams[bags[i].stream].code;
        packed[i].mass_g = bags[i].mass_g;
        packed[i].mass_source = is_typed ? CUSTODY__V1__MASS_SOURCE__MASS_TYPED
                                         : CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
        packed[i].package = (Custody__V1__PackageKind)unit->streams[bags[i].stream].package;
        packed[i].times = &times;
        list[i] = &packed[i];
        days->tally.packed_g += bags[i].mass_g;
        days->tally.industry_g[unit->industry] += bags[i].mass_g;
        days->tally.packed++;
    }
    body.generator = unit->party;
    body.place = (char *)"ZC-1";
    body.n_containers = count;
    body.containers = list;
    if (count > 0)
        days_say(days, unit->county, &unit->author, &body.base);
}

static struct bag *new_bag(struct unit *unit, uint32_t stream, uint64_t mass_g)
{
    if (unit->bag_count == REGION_BAGS_MAX)
        return NULL;
    struct bag *bag = &unit->bags[unit->bag_count++];
    snprintf(bag->code, sizeof bag->code, "YB-%06u", ++unit->serial);
    bag->mass_g = mass_g;
    bag->stream = (uint8_t)stream;
    return bag;
}

void days_pack(
    struct days *days, struct unit *unit, uint32_t stream, uint64_t mass_g, bool is_typed)
{
    const struct bag *bag = new_bag(unit, stream, mass_g);
    if (bag != NULL)
        say_pack(days, unit, bag, 1, is_typed);
}

/* What of the month's bags is due today: the last day takes the rest, to the gram. */
static void pack_stream(struct days *days, struct unit *unit, uint32_t at, uint32_t days_left)
{
    struct stream *stream = &unit->streams[at];
    uint32_t today = stream->bags_left / days_left;
    if (dice_below(dice_of(days), days_left) < stream->bags_left % days_left)
        today++;
    while (today > 0 && stream->bags_left > 0) {
        uint64_t mean_g = stream->left_g / stream->bags_left;
        uint64_t mass_g = stream->bags_left == 1
                              ? stream->left_g
                              : mean_g * dice_between(dice_of(days), 85, 115) / 100;
        if (new_bag(unit, at, mass_g) == NULL)
            return; /* tomorrow */
        stream->bags_left--;
        stream->left_g -= mass_g;
        today--;
    }
}

static void pack_today(struct days *days, void *what)
{
    struct unit *unit = what;
    uint32_t day = (uint32_t)((days->now_us - days->start_us) / DAYS_DAY_US);
    uint32_t before = unit->bag_count;
    uint32_t days_left = unit->industry == INDUSTRY_MEDICAL ? days->count - day : 1;
    for (uint32_t i = 0; i < unit->stream_count; i++)
        if (unit->streams[i].bags_left > 0)
            pack_stream(days, unit, i, days_left);
    say_pack(days, unit, unit->bags + before, unit->bag_count - before,
             dice_chance(dice_of(days), 3));
}

/* ---- manifests ---- */

static void
say_manifest(struct days *days, struct load *load, const char *generator, const char *method)
{
    struct region *region = days->region;
    Custody__V1__ManifestPlan plan = CUSTODY__V1__MANIFEST_PLAN__INIT;
    Custody__V1__ManifestLine lines[REGION_STREAMS_MAX], *line_list[REGION_STREAMS_MAX];
    Custody__V1__ManifestLeg leg = CUSTODY__V1__MANIFEST_LEG__INIT, *legs[] = {&leg};
    Custody__V1__VehicleName vehicle = CUSTODY__V1__VEHICLE_NAME__INIT;
    uint32_t line_count = 0;
    for (uint32_t i = 0; i < load->bag_count; i++) {
        const struct stream *stream = &load->unit->streams[load->bags[i].stream];
        uint32_t at = 0;
        while (at < line_count && strcmp(lines[at].waste_code, stream->code) != 0)
            at++;
        if (at == line_count) {
            custody__v1__manifest_line__init(&lines[at]);
            lines[at].waste_code = (char *)stream->code;
            lines[at].form = CUSTODY__V1__PHYSICAL_FORM__FORM_SOLID;
            lines[at].package = (Custody__V1__PackageKind)stream->package;
            line_list[line_count++] = &lines[at];
        }
        lines[at].planned_mass_g += load->bags[i].mass_g;
        lines[at].planned_pieces++;
    }
    vehicle.plate = load->truck->plate;
    vehicle.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    leg.carrier = region->carriers[load->truck->carrier].party;
    leg.vehicle = &vehicle;
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD;
    plan.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_NORMAL;
    plan.generator = (char *)generator;
    plan.receiver = load->plant->party;
    plan.n_lines = line_count;
    plan.lines = line_list;
    plan.n_legs = 1;
    plan.legs = legs;
    plan.method = (char *)method;
    days->tally.manifests++;
    struct number_block *block = &region->blocks[load->county];
    if (load->truck->is_medical && block->grant.is_granted && block->used < 600) {
        Custody__V1__DrawManifestBody body = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
        Custody__V1__StatementName name = CUSTODY__V1__STATEMENT_NAME__INIT;
        char number[32];
        snprintf(number, sizeof number, "L%014llu",
                 strtoull(block->grant.number + 1, NULL, 10) + block->used++);
        name.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = block->key};
        name.sequence = block->sequence;
        name.id = id_of(&block->statement);
        body.block = &name;
        body.number = number;
        body.plan = &plan;
        days_say(days, load->county, &load->truck->driver, &body.base);
        load->manifest = load->truck->driver.previous;
        return;
    }
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    const struct author_moment now = {.occurred_us = days->now_us, .signed_us = days->now_us};
    body.plan = &plan;
    hub_say(region->hub, &load->unit->author, &body.base, &now, days->now_us,
            CUSTODY_OUTCOME_granted, NULL);
    load->manifest = load->unit->author.previous;
}

static void issue_now(struct days *days, void *what)
{
    struct load *load = what;
    struct unit *unit = load->unit;
    load->bag_count =
        unit->bag_count < BAGS_ON_MANIFEST_MAX ? unit->bag_count : BAGS_ON_MANIFEST_MAX;
    memcpy(load->bags, unit->bags, load->bag_count * sizeof unit->bags[0]);
    unit->bag_count = 0;
    load->mass_g = 0;
    for (uint32_t i = 0; i < load->bag_count; i++)
        load->mass_g += load->bags[i].mass_g;
    if (load->bag_count > 0)
        say_manifest(days, load, unit->party, unit->industry == INDUSTRY_MEDICAL ? "Y10" : "D10");
}

/* ---- a trip ---- */

static void depart_now(struct days *days, void *what)
{
    struct load *load = what;
    Custody__V1__DepartBody body = CUSTODY__V1__DEPART_BODY__INIT;
    Custody__V1__VehicleName vehicle = CUSTODY__V1__VEHICLE_NAME__INIT;
    vehicle.plate = load->truck->plate;
    vehicle.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    body.vehicle = &vehicle;
    body.receiver = load->plant->party;
    body.driver_licence = (char *)"演示证0001";
    days_say(days, load->county, &load->truck->driver, &body.base);
    load->truck->trip = load->truck->driver.previous;
}

static void load_now(struct days *days, void *what)
{
    struct load *load = what;
    Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
    Custody__V1__PlaceName stop = CUSTODY__V1__PLACE_NAME__INIT;
    Custody__V1__MovedContainer moved[BAGS_ON_MANIFEST_MAX], *list[BAGS_ON_MANIFEST_MAX];
    for (uint32_t i = 0; i < load->bag_count; i++) {
        custody__v1__moved_container__init(&moved[i]);
        moved[i].code = load->bags[i].code;
        list[i] = &moved[i];
    }
    stop.party = load->unit->party;
    stop.code = (char *)"ZC-1";
    body.trip = id_of(&load->truck->trip);
    if (load->bag_count > 0)
        body.manifest = id_of(&load->manifest);
    body.generator = load->unit->party;
    body.stop = &stop;
    body.n_containers = load->bag_count;
    body.containers = list;
    days_say(days, load->county, &load->truck->driver, &body.base);
    load->statement = load->truck->driver.previous;
    load->sequence = load->truck->driver.sequence;
    days->tally.loaded_g += load->mass_g;
    days->tally.pickups++;
}

static void countersign_now(struct days *days, void *what)
{
    struct load *load = what;
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    Custody__V1__StatementName name = CUSTODY__V1__STATEMENT_NAME__INIT;
    name.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = load->truck->driver.public_key};
    name.sequence = load->sequence;
    name.id = id_of(&load->statement);
    body.target = &name;
    days_say(days, load->county, &load->unit->author, &body.base);
}

static void receive_now(struct days *days, void *what)
{
    struct load *load = what;
    Custody__V1__ReceiveBody body = CUSTODY__V1__RECEIVE_BODY__INIT;
    Custody__V1__PlaceName place = CUSTODY__V1__PLACE_NAME__INIT;
    place.code = (char *)(load->plant->is_centre ? "ZC-1" : "LK-1");
    load->weighed_g = load->mass_g * load->weighed_per_mille / 1000;
    body.trip = id_of(&load->truck->trip);
    body.manifest = id_of(&load->manifest);
    body.generator = load->unit->party;
    body.place = &place;
    body.remainder = CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED;
    body.total_mass_g = load->weighed_g;
    body.ticket = (char *)"演示磅单";
    if (load->bag_count > 0)
        days_say(days, load->county, &load->plant->gate, &body.base);
    days->tally.received_g += load->mass_g;
    if (load->plant->is_centre) {
        struct load *kept = malloc(sizeof *kept);
        if (kept == NULL)
            die("out of memory");
        *kept = *load;
        kept->next = load->plant->stock;
        load->plant->stock = kept;
    }
}

static void confirm_now(struct days *days, void *what)
{
    struct load *load = what;
    Custody__V1__ConfirmReceiptBody body = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT, *lines[] = {&line};
    line.line = 1;
    line.accepted_mass_g = load->weighed_g;
    line.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    body.manifest = id_of(&load->manifest);
    body.n_lines = 1;
    body.lines = lines;
    body.method = (char *)"Y10";
    if (load->bag_count > 0)
        days_say(days, load->county, &load->plant->office, &body.base);
    free(load);
}

static void feed_now(struct days *days, void *what)
{
    struct load *load = what;
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    char *codes[BAGS_ON_MANIFEST_MAX];
    char batch[32];
    for (uint32_t i = 0; i < load->bag_count; i++)
        codes[i] = load->bags[i].code;
    snprintf(batch, sizeof batch, "PC-%03u",
             (uint32_t)((days->now_us - days->start_us) / DAYS_DAY_US) + 1);
    body.batch = batch;
    body.generator = load->unit->party;
    body.n_containers = load->bag_count;
    body.containers = codes;
    body.line = (char *)"L1";
    if (load->bag_count > 0)
        days_say(days, load->county, &load->plant->gate, &body.base);
    days->tally.fed_g += load->mass_g;
}

static void clean_now(struct days *days, void *what)
{
    struct load *load = what;
    Custody__V1__CleanBody body = CUSTODY__V1__CLEAN_BODY__INIT;
    Custody__V1__VehicleName vehicle = CUSTODY__V1__VEHICLE_NAME__INIT;
    vehicle.plate = load->truck->plate;
    vehicle.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    body.subject_case = CUSTODY__V1__CLEAN_BODY__SUBJECT_VEHICLE;
    body.vehicle = &vehicle;
    body.agent = (char *)"84";
    days_say(days, load->county, &load->truck->driver, &body.base);
}

/* All that follows a stop: what is asked for before, what is signed there, what the plant does with it. */
static void plan_stop(struct days *days, struct load *load, int64_t stop_us, int64_t arrive_us)
{
    int64_t day_start_us = days_at(days, (uint32_t)((arrive_us - days->start_us) / DAYS_DAY_US), 0);
    bool is_fed = !load->plant->is_centre;
    days_plan(days, stop_us - 10 * DAYS_MINUTE_US, issue_now, load);
    days_plan(days, stop_us, load_now, load);
    days_plan(days, stop_us + DAYS_MINUTE_US, countersign_now, load);
    days_plan(days, arrive_us, receive_now, load);
    if (is_fed)
        days_plan(days,
                  day_start_us + DAYS_DAY_US +
                      (int64_t)dice_between(dice_of(days), 510, 780) * DAYS_MINUTE_US,
                  feed_now, load);
    /* The office confirms within three days, and after the feeding. */
    days_plan(days,
              day_start_us + (int64_t)dice_between(dice_of(days), 1, 3) * DAYS_DAY_US +
                  840 * DAYS_MINUTE_US,
              confirm_now, load);
}

static struct load *
new_load(struct unit *unit, struct truck *truck, struct plant *plant, uint32_t county)
{
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL)
        die("out of memory");
    load->unit = unit;
    load->truck = truck;
    load->plant = plant;
    load->county = county;
    load->weighed_per_mille = 1000;
    return load;
}

static void plan_trip(struct days *days,
                      struct unit *const *units,
                      uint32_t count,
                      struct truck *truck,
                      struct plant *plant,
                      int64_t depart_us)
{
    int64_t stop_us = depart_us + 30 * DAYS_MINUTE_US;
    int64_t arrive_us =
        stop_us + (count * 25 + (int64_t)dice_between(dice_of(days), 40, 150)) * DAYS_MINUTE_US;
    for (uint32_t i = 0; i < count; i++) {
        struct load *load = new_load(units[i], truck, plant, units[i]->county);
        load->weighed_per_mille = (uint32_t)dice_between(dice_of(days), 994, 1006);
        if (i == 0) {
            days_plan(days, depart_us, depart_now, load);
            days_plan(days, arrive_us + DAYS_HOUR_US, clean_now, load);
        }
        plan_stop(days, load, stop_us, arrive_us + i * DAYS_MINUTE_US);
        stop_us += 25 * DAYS_MINUTE_US;
    }
}

void days_collect(struct days *days,
                  struct unit *unit,
                  struct truck *truck,
                  struct plant *plant,
                  uint32_t weighed_per_mille)
{
    struct load *load = new_load(unit, truck, plant, unit->county);
    load->weighed_per_mille = weighed_per_mille;
    days_plan(days, days->now_us, depart_now, load);
    plan_stop(days, load, days->now_us + 30 * DAYS_MINUTE_US, days->now_us + 150 * DAYS_MINUTE_US);
}

/* ---- the collection centres send on what they have ---- */

/* One manifest of the centre's own, with what many units brought there. */
struct convoy {
    struct plant *centre, *to;
    struct truck *truck;
    struct digest manifest;
    struct load *loads;
};

static void say_convoy_manifest(struct days *days, struct convoy *convoy)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    Custody__V1__ManifestPlan plan = CUSTODY__V1__MANIFEST_PLAN__INIT;
    Custody__V1__ManifestLine lines[16], *line_list[16];
    Custody__V1__ManifestLeg leg = CUSTODY__V1__MANIFEST_LEG__INIT, *legs[] = {&leg};
    const struct author_moment now = {.occurred_us = days->now_us, .signed_us = days->now_us};
    for (const struct load *load = convoy->loads; load != NULL; load = load->next)
        for (uint32_t i = 0; i < load->bag_count; i++) {
            const struct stream *stream = &load->unit->streams[load->bags[i].stream];
            size_t at = 0;
            while (at < plan.n_lines && strcmp(lines[at].waste_code, stream->code) != 0)
                at++;
            if (at == plan.n_lines) {
                custody__v1__manifest_line__init(&lines[at]);
                lines[at].waste_code = (char *)stream->code;
                lines[at].form = CUSTODY__V1__PHYSICAL_FORM__FORM_SOLID;
                line_list[plan.n_lines++] = &lines[at];
            }
            lines[at].planned_mass_g += load->bags[i].mass_g;
            lines[at].planned_pieces++;
        }
    leg.carrier = days->region->carriers[convoy->truck->carrier].party;
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD;
    plan.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_NORMAL;
    plan.generator = convoy->centre->party;
    plan.receiver = convoy->to->party;
    plan.lines = line_list;
    plan.n_legs = 1;
    plan.legs = legs;
    plan.method = (char *)"D10";
    body.plan = &plan;
    days->tally.manifests++;
    hub_say(days->region->hub, &convoy->centre->office, &body.base, &now, days->now_us,
            CUSTODY_OUTCOME_granted, NULL);
    convoy->manifest = convoy->centre->office.previous;
}

static void convoy_now(struct days *days, void *what)
{
    struct convoy *convoy = what;
    convoy->loads = convoy->centre->stock;
    convoy->centre->stock = NULL;
    if (convoy->loads == NULL)
        return;
    /* The trip and its stops are those of one load; each unit's containers are a statement of their own. */
    convoy->loads->truck = convoy->truck;
    convoy->loads->plant = convoy->to;
    say_convoy_manifest(days, convoy);
    depart_now(days, convoy->loads);
    for (struct load *load = convoy->loads; load != NULL; load = load->next) {
        Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
        Custody__V1__PlaceName stop = CUSTODY__V1__PLACE_NAME__INIT;
        Custody__V1__MovedContainer moved[BAGS_ON_MANIFEST_MAX], *list[BAGS_ON_MANIFEST_MAX];
        for (uint32_t i = 0; i < load->bag_count; i++) {
            custody__v1__moved_container__init(&moved[i]);
            moved[i].code = load->bags[i].code;
            list[i] = &moved[i];
        }
        load->truck = convoy->truck;
        load->plant = convoy->to;
        load->manifest = convoy->manifest;
        stop.party = convoy->centre->party;
        stop.code = (char *)"ZC-1";
        body.trip = id_of(&convoy->truck->trip);
        body.manifest = id_of(&convoy->manifest);
        body.generator = load->unit->party;
        body.stop = &stop;
        body.n_containers = load->bag_count;
        body.containers = list;
        days_say(days, load->county, &convoy->truck->driver, &body.base);
    }
}

static void convoy_arrives(struct days *days, void *what)
{
    struct convoy *convoy = what;
    for (struct load *load = convoy->loads; load != NULL; load = load->next) {
        Custody__V1__ReceiveBody body = CUSTODY__V1__RECEIVE_BODY__INIT;
        Custody__V1__PlaceName place = CUSTODY__V1__PLACE_NAME__INIT;
        Custody__V1__ReceivedContainer received[BAGS_ON_MANIFEST_MAX], *list[BAGS_ON_MANIFEST_MAX];
        for (uint32_t i = 0; i < load->bag_count; i++) {
            custody__v1__received_container__init(&received[i]);
            received[i].code = load->bags[i].code;
            received[i].verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
            list[i] = &received[i];
        }
        place.code = (char *)"LK-1";
        body.trip = id_of(&convoy->truck->trip);
        body.manifest = id_of(&convoy->manifest);
        body.generator = load->unit->party;
        body.place = &place;
        body.n_containers = load->bag_count;
        body.containers = list;
        days_say(days, load->county, &convoy->to->gate, &body.base);
    }
}

static void convoy_is_burnt(struct days *days, void *what)
{
    struct convoy *convoy = what;
    while (convoy->loads != NULL) {
        struct load *load = convoy->loads;
        convoy->loads = load->next;
        feed_now(days, load);
        free(load);
    }
}

static void convoy_is_confirmed(struct days *days, void *what)
{
    struct convoy *convoy = what;
    Custody__V1__ConfirmReceiptBody body = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT, *lines[] = {&line};
    line.line = 1;
    line.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    for (const struct load *load = convoy->loads; load != NULL; load = load->next)
        line.accepted_mass_g += load->mass_g;
    body.manifest = id_of(&convoy->manifest);
    body.n_lines = 1;
    body.lines = lines;
    body.method = (char *)"D10";
    if (convoy->loads != NULL)
        days_say(days, convoy->loads->county, &convoy->to->office, &body.base);
}

static void plan_convoys(struct days *days)
{
    struct region *region = days->region;
    for (uint32_t i = 0; i < REGION_CENTRES; i++) {
        struct convoy *convoy = calloc(1, sizeof *convoy);
        if (convoy == NULL)
            die("out of memory");
        convoy->centre = &region->centres[i];
        convoy->to = &region->plants[0];
        convoy->truck = &region->trucks[region->haulers[region->centres[i].prefecture]];
        days_plan(days, days_at(days, CONVOY_DAY, 480), convoy_now, convoy);
        days_plan(days, days_at(days, CONVOY_DAY + 1, 600 + i * 30), convoy_arrives, convoy);
        days_plan(days, days_at(days, CONVOY_DAY + 2, 600 + i * 30), convoy_is_confirmed, convoy);
        days_plan(days, days_at(days, CONVOY_DAY + 3, 540 + i * 30), convoy_is_burnt, convoy);
    }
}

/* ---- planning a day ---- */

static bool is_due(const struct unit *unit, uint32_t index, uint32_t day)
{
    return unit->beds > 19 || (day + index) % 2 == 0;
}

static void plan_county(struct days *days, uint32_t county, uint32_t day)
{
    struct region *region = days->region;
    const struct county *here = &region->counties[county];
    struct unit *due[STOPS_MAX];
    uint32_t count = 0;
    uint32_t trips = 0;
    if (here->is_closed)
        return;
    for (uint32_t i = 0; i < REGION_UNITS && trips < here->truck_count; i++) {
        struct unit *unit = &region->units[i];
        if (unit->industry == INDUSTRY_MEDICAL && unit->county == county && is_due(unit, i, day) &&
            !dice_chance(dice_of(days), 1))
            due[count++] = unit;
        if (count == STOPS_MAX || (count > 0 && i + 1 == REGION_UNITS)) {
            plan_trip(days, due, count, &region->trucks[here->first_truck + trips],
                      &region->plants[here->plant], days_at(days, day, 630 + trips * 10));
            trips++;
            count = 0;
        }
    }
}

static bool is_collected_today(uint32_t index, uint32_t day)
{
    return index % 22 + 3 == day;
}

/* Everything but medical waste: to the collection centre of the prefecture; in Lhasa to the regional centre. */
static void plan_prefecture(struct days *days, uint32_t prefecture, uint32_t day)
{
    struct region *region = days->region;
    struct unit *due[STOPS_MAX];
    uint32_t count = 0;
    struct plant *to = prefecture == 0 ? &region->plants[0] : &region->centres[prefecture - 1];
    for (uint32_t i = 0; i < REGION_UNITS && count < STOPS_MAX; i++) {
        struct unit *unit = &region->units[i];
        if (unit->industry != INDUSTRY_MEDICAL && is_collected_today(i, day) &&
            region->counties[unit->county].prefecture == prefecture &&
            !region->counties[unit->county].is_closed)
            due[count++] = unit;
    }
    if (count > 0)
        plan_trip(days, due, count, &region->trucks[region->haulers[prefecture]], to,
                  days_at(days, day, 660));
}

static void plan_today(struct days *days, void *what)
{
    struct region *region = days->region;
    uint32_t day = (uint32_t)((days->now_us - days->start_us) / DAYS_DAY_US);
    (void)what;
    for (uint32_t i = 0; i < REGION_UNITS; i++) {
        struct unit *unit = &region->units[i];
        if (unit->industry == INDUSTRY_MEDICAL || is_collected_today(i, day))
            days_plan(days, days_at(days, day, (uint32_t)dice_between(dice_of(days), 450, 620)),
                      pack_today, unit);
    }
    for (uint32_t i = 0; i < REGION_COUNTIES; i++)
        plan_county(days, i, day);
    for (uint32_t i = 0; i < REGION_PREFECTURES; i++)
        plan_prefecture(days, i, day);
}

static void count_bags(struct unit *unit)
{
    for (uint32_t i = 0; i < unit->stream_count; i++) {
        struct stream *stream = &unit->streams[i];
        stream->bags_left = (uint32_t)((stream->month_g + bag_size(unit) - 1) / bag_size(unit));
    }
}

struct days *days_make(struct region *region, int64_t start_us, uint32_t count)
{
    struct days *days = calloc(1, sizeof *days);
    if (days == NULL)
        die("out of memory");
    days->region = region;
    days->start_us = start_us;
    days->now_us = start_us;
    days->count = count;
    for (uint32_t i = 0; i < REGION_UNITS; i++)
        count_bags(&region->units[i]);
    for (uint32_t day = 0; day < count; day++)
        days_plan(days, days_at(days, day, 300), plan_today, NULL);
    if (count > CONVOY_DAY)
        plan_convoys(days);
    return days;
}

void days_free(struct days *days)
{
    while (heap_first(&days->planned) != NULL)
        free(heap_pop(&days->planned).what);
    heap_done(&days->planned);
    free(days);
}

void days_run(struct days *days, int64_t until_us, void (*progress)(uint32_t day, uint32_t count))
{
    uint32_t shown = UINT32_MAX;
    const struct heap_item *first;
    while ((first = heap_first(&days->planned)) != NULL && first->at_us < until_us) {
        struct heap_item item = heap_pop(&days->planned);
        struct happening happening = *(const struct happening *)item.what;
        uint32_t day = (uint32_t)((item.at_us - days->start_us) / DAYS_DAY_US);
        free(item.what);
        die_check();
        if (day != shown && progress != NULL)
            progress(day, days->count);
        shown = day;
        hub_advance(days->region->hub, item.at_us / HUB_TICK_US * HUB_TICK_US);
        days->now_us = item.at_us;
        happening.happen(days, happening.what);
    }
    hub_advance(days->region->hub, until_us);
    hub_settle(days->region->hub);
}
