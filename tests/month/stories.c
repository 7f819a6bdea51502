/* stories.c: happenings that are not usual.
 * Never names anybody real. */
#include "tests/month/stories.h"

#include <stdio.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "tests/lib/die.h"

enum {
    DARK_COUNTIES = 6,
    FORGED_EVENING = 28,
    FORGED_DAYS = 28,
};

static struct unit *
find_unit(struct region *region, uint32_t division, bool is_hospital, uint32_t skip)
{
    for (uint32_t i = 0; i < REGION_UNITS; i++) {
        struct unit *unit = &region->units[i];
        if (unit->industry == INDUSTRY_MEDICAL &&
            region->counties[unit->county].division == division &&
            (unit->beds > 24) == is_hospital && skip-- == 0)
            return unit;
    }
    die("no unit in %06u", division);
}

static struct county *find_county(struct region *region, uint32_t division)
{
    for (uint32_t i = 0; i < REGION_COUNTIES; i++)
        if (region->counties[i].division == division)
            return &region->counties[i];
    die("no county %06u", division);
}

/* ---- 3: thirty days typed in one evening ---- */

static void forge_now(struct days *days, void *what)
{
    struct unit *unit = what;
    int64_t evening_us = days_now_us(days);
    uint64_t forged_g = 0;
    for (uint32_t day = 0; day < FORGED_DAYS; day++)
        for (uint32_t bag = 0; bag < 3; bag++) {
            Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
            Custody__V1__PackedContainer packed = CUSTODY__V1__PACKED_CONTAINER__INIT,
                                         *list[] = {&packed};
            char code[24];
            uint32_t said = day * 3 + bag;
            struct author_moment moment = {
                .occurred_us = days_at(days, day, 540 + bag * 10),
                .signed_us = evening_us + said * 32 * INT64_C(1000000),
            };
            snprintf(code, sizeof code, "BL-%04u", said);
            packed.code = code;
            packed.waste_code = (char *)"841-001-01";
            packed.mass_g = 1000 + (said * 7 % 5) * 500;
            forged_g += packed.mass_g;
            packed.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
            packed.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
            body.generator = unit->party;
            body.place = (char *)"ZC-1";
            body.n_containers = 1;
            body.containers = list;
            days_say_at(days, unit->county, &unit->author, &body.base, &moment,
                        moment.signed_us - evening_us);
        }
    printf("forged_g: %llu\n", (unsigned long long)forged_g);
}

/* ---- 4: a truck from elsewhere; it is filed two days later ---- */

static void unfiled_pickup_now(struct days *days, void *what)
{
    struct region *region = days_region(days);
    struct unit *unit = find_unit(region, 540424, false, 0);
    days_pack(days, unit, 0, 3000, false);
    days_collect(days, unit, what, &region->plants[region->counties[unit->county].plant], 1000);
}

static void file_truck_now(struct days *days, void *what)
{
    struct region *region = days_region(days);
    const struct truck *truck = what;
    Custody__V1__RegisterVehicleBody body = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
    Custody__V1__VehicleName name = CUSTODY__V1__VEHICLE_NAME__INIT;
    name.plate = (char *)truck->plate;
    name.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    body.vehicle = &name;
    body.carrier = region->carriers[truck->carrier].party;
    body.licence = (char *)"演示运证7788";
    body.medical = true;
    region_grant(region, &body.base, NULL);
}

/* ---- 5: the same plate 400 km apart within two hours ---- */

static void clone_now(struct days *days, void *what)
{
    /* Lhasa and Nyingchi: 91.1 E and 94.4 E on 29.6 N are 320 km of air, and 400 of road. */
    static const int32_t places[2][2] = {{296500000, 911000000}, {296500000, 950000000}};
    struct region *region = days_region(days);
    struct truck *truck = what;
    for (uint32_t i = 0; i < 2; i++) {
        struct unit *unit = find_unit(region, i == 0 ? 540102 : 540402, false, i);
        Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
        Custody__V1__PlaceName stop = CUSTODY__V1__PLACE_NAME__INIT;
        int64_t at_us = days_now_us(days) + i * 100 * DAYS_MINUTE_US;
        const struct author_moment moment = {.occurred_us = at_us,
                                             .signed_us = at_us,
                                             .position_is_known = true,
                                             .latitude_e7 = places[i][0],
                                             .longitude_e7 = places[i][1]};
        stop.party = unit->party;
        stop.code = (char *)"ZC-1";
        body.trip = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = truck->trip.bytes};
        body.generator = unit->party;
        body.stop = &stop;
        days_say_at(days, unit->county, &truck->driver, &body.base, &moment,
                    at_us - days_now_us(days));
    }
}

static void clone_departs_now(struct days *days, void *what)
{
    struct region *region = days_region(days);
    struct truck *truck = what;
    Custody__V1__DepartBody body = CUSTODY__V1__DEPART_BODY__INIT;
    Custody__V1__VehicleName vehicle = CUSTODY__V1__VEHICLE_NAME__INIT;
    vehicle.plate = truck->plate;
    vehicle.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    body.vehicle = &vehicle;
    body.receiver = region->plants[0].party;
    days_say(days, 0, &truck->driver, &body.base);
    truck->trip = truck->driver.previous;
}

/* ---- 6: 9.4 % less at the gate ---- */

static void lossy_pickup_now(struct days *days, void *what)
{
    struct region *region = days_region(days);
    struct unit *unit = find_unit(region, 540121, false, 0);
    for (int i = 0; i < 8; i++)
        days_pack(days, unit, 0, 5000, false);
    days_collect(days, unit, what, &region->plants[0], 906);
}

/* ---- 2: no road for three days, by order ---- */

static void landslide_now(struct days *days, void *what)
{
    struct region *region = days_region(days);
    struct county *county = what;
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    char division[8];
    int64_t now_us = days_now_us(days);
    const struct author_moment moment = {.occurred_us = now_us, .signed_us = now_us};
    snprintf(division, sizeof division, "%06u", county->division);
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_ROAD_CLOSED;
    body.order = (char *)"演示〔2026〕7号";
    body.from = now_us;
    body.until = now_us + 3 * DAYS_DAY_US;
    body.division = division;
    hub_say(region->hub, hub_author(region->hub), &body.base, &moment, now_us,
            CUSTODY_OUTCOME_recorded, NULL);
    county->is_closed = true;
}

static void road_opens_now(struct days *days, void *what)
{
    struct county *county = what;
    (void)days;
    county->is_closed = false;
}

/* ---- 15: a phone is stolen; what is signed with it after the revocation is held ---- */

static void revoke_now(struct days *days, void *what)
{
    struct region *region = days_region(days);
    struct truck *truck = what;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = truck->driver.public_key};
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_OTHER;
    region_grant(region, &body.base, NULL);
}

static void thief_now(struct days *days, void *what)
{
    struct region *region = days_region(days);
    struct truck *truck = what;
    const struct unit *unit = find_unit(region, 540502, false, 0);
    Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
    Custody__V1__MovedContainer moved = CUSTODY__V1__MOVED_CONTAINER__INIT, *list[] = {&moved};
    int64_t now_us = days_now_us(days);
    /* Back-dated to before the theft. */
    const struct author_moment moment = {.occurred_us = now_us - 2 * DAYS_DAY_US,
                                         .signed_us = now_us};
    moved.code = (char *)"YB-000001";
    body.trip = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = truck->trip.bytes};
    body.generator = (char *)unit->party;
    body.n_containers = 1;
    body.containers = list;
    hub_say(region->hub, &truck->driver, &body.base, &moment, now_us, CUSTODY_OUTCOME_held, NULL);
}

/* ---- dark counties ---- */

static void plan_darkness(struct days *days)
{
    struct region *region = days_region(days);
    for (uint32_t i = 0; i < DARK_COUNTIES; i++) {
        struct county *county = &region->counties[dice_below(&region->dice, REGION_COUNTIES)];
        uint32_t day = (uint32_t)dice_between(&region->dice, 2, 22);
        uint32_t hours = (uint32_t)dice_between(&region->dice, 6, 72);
        county->dark_from_us = days_at(days, day, (uint32_t)dice_below(&region->dice, 1440));
        county->dark_until_us = county->dark_from_us + hours * DAYS_HOUR_US;
        printf("dark: %06u %u\n", county->division, hours);
    }
    /* A whole prefecture for seven days. */
    for (uint32_t i = 0; i < REGION_COUNTIES; i++)
        if (region->counties[i].division / 100 == 5406) {
            region->counties[i].dark_from_us = days_at(days, 10, 360);
            region->counties[i].dark_until_us = days_at(days, 17, 360);
        }
    printf("dark: 540600 168\n");
}

void stories_plan(struct days *days)
{
    struct region *region = days_region(days);
    struct unit *forger = find_unit(region, 540502, false, 1);
    struct truck *outsider = region_add_truck(region, "川A·样7788", 0, true);
    struct truck *cloned = region_add_truck(region, "藏A·样0400", 0, true);
    struct truck *lossy = region_add_truck(region, "藏A·样0094", 0, true);
    struct truck *stolen = region_add_truck(region, "藏C·样0015", 0, true);
    struct truck *const added[] = {outsider, cloned, lossy, stolen};
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++)
        region_enrol(region, &added[i]->driver, region->carriers[0].party,
                     CUSTODY__V1__ROLE__ROLE_DRIVER, false);
    file_truck_now(days, cloned);
    file_truck_now(days, lossy);
    file_truck_now(days, stolen);
    plan_darkness(days);
    days_plan(days, days_at(days, FORGED_EVENING, 1142), forge_now, forger);
    days_plan(days, days_at(days, 6, 600), unfiled_pickup_now, outsider);
    days_plan(days, days_at(days, 8, 600), file_truck_now, outsider);
    days_plan(days, days_at(days, 9, 600), clone_departs_now, cloned);
    days_plan(days, days_at(days, 9, 610), clone_now, cloned);
    days_plan(days, days_at(days, 12, 640), lossy_pickup_now, lossy);
    days_plan(days, days_at(days, 14, 240), landslide_now, find_county(region, 540423));
    days_plan(days, days_at(days, 17, 240), road_opens_now, find_county(region, 540423));
    days_plan(days, days_at(days, 18, 600), clone_departs_now, stolen);
    days_plan(days, days_at(days, 20, 600), revoke_now, stolen);
    days_plan(days, days_at(days, 21, 600), thief_now, stolen);
    printf("forger: %s\n", forger->party);
    printf("outsider: %s\ncloned: %s\nlossy: %s\nstolen: %s\n", outsider->plate, cloned->plate,
           lossy->plate, stolen->plate);
    printf("landslide: 540423 演示〔2026〕7号\n");
}
