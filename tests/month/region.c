/* region.c: who is there, and what they throw away in a month.
 * Never names anybody real: credit codes have a wrong check digit, names say 样例, 示例, 演示 or 虚构. */
#include "tests/month/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "tests/lib/die.h"

#define YEARS_MORE_US (INT64_C(3) * 365 * 24 * 3600 * 1000000)

/* NEEDS.md 5.3. Tonnes a year add up to 2034.19; the dismantlers' are 6.323 t of oil and 10.49 t of batteries. */
static const struct {
    const char *name, *sector, *prefix, *word;
    uint32_t units;
    uint32_t kg_a_year;
    struct {
        const char *code;
        uint8_t package;
        uint32_t weight;
    } streams[REGION_STREAMS_MAX];
} industries[INDUSTRIES] = {
    [INDUSTRY_MEDICAL] = {"医疗卫生",
                          "Q8411",
                          "12",
                          "示例卫生院",
                          640,
                          1000000,
                          {{"841-001-01", 1, 78},
                           {"841-002-01", 2, 12},
                           {"841-003-01", 1, 4},
                           {"841-005-01", 5, 4},
                           {"841-004-01", 5, 2}}},
    [INDUSTRY_REPAIR] = {"汽车维修",
                         "O8111",
                         "91",
                         "虚构汽修",
                         150,
                         300000,
                         {{"900-214-08", 3, 60}, {"900-052-31", 5, 30}, {"900-041-49", 5, 10}}},
    [INDUSTRY_FACTORY] = {"工业企业",
                          "C3011",
                          "91",
                          "虚构厂",
                          90,
                          450000,
                          {{"900-249-08", 3, 50}, {"900-041-49", 5, 30}, {"900-252-12", 3, 20}}},
    [INDUSTRY_SCHOOL] = {"教育科研",
                         "P8341",
                         "12",
                         "样例学校",
                         45,
                         60000,
                         {{"900-047-49", 5, 80}, {"900-002-03", 5, 20}}},
    [INDUSTRY_FARM] =
        {"农业农村", "A0539", "12", "样例兽医站", 40, 50000, {{"900-041-49", 5, 100}}},
    [INDUSTRY_MINE] = {"矿山",
                       "B0911",
                       "91",
                       "虚构矿",
                       24,
                       157377,
                       {{"900-249-08", 3, 70}, {"900-041-49", 5, 30}}},
    [INDUSTRY_DISMANTLER] = {"报废汽车拆解",
                             "C4210",
                             "91",
                             "虚构拆解场",
                             14,
                             16813,
                             {{"900-214-08", 3, 6323}, {"900-052-31", 5, 10490}}},
};

static const uint32_t remote[REGION_SMALL_PLANTS] = {
    540423, 540425, 540630, 540627, 542527, 542526, 542523, 540629, 540233,
    540236, 540232, 540328, 540330, 540529, 540581, 540624, 542524, 540327,
};

const char *region_industry_name(enum industry industry)
{
    return industries[industry].name;
}

void region_split(uint64_t total, const uint64_t *weights, size_t count, uint64_t *ret)
{
    uint64_t sum = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    for (size_t i = 0; i < count; i++) {
        uint64_t after = before + weights[i];
        ret[i] = total * after / sum - total * before / sum;
        before = after;
    }
}

/* A social credit code of that beginning with a check digit that is wrong on purpose (GB 32100). */
static void
write_party(const char *prefix, uint32_t division, const char *word, uint32_t serial, char *ret)
{
    static const char set[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char code[24];
    uint32_t sum = 0;
    uint32_t weight = 1;
    snprintf(code, sizeof code, "%s%06u%s%05u", prefix, division, word, serial % 100000);
    for (size_t i = 0; i < 17; i++) {
        const char *at = strchr(set, code[i]);
        sum += (uint32_t)(at - set) * weight;
        weight = weight * 3 % 31;
    }
    snprintf(ret, REGION_PARTY_MAX, "uscc:%.17s%c", code, set[(31 - sum % 31 + 1) % 31]);
}

static void make_author(struct region *region, struct author *ret)
{
    uint8_t seed[SEED_SIZE];
    dice_fill(&region->dice, seed, sizeof seed);
    author_init_from(ret, hub_origin(region->hub), seed);
}

/* ---- counties ---- */

static void read_counties(struct region *region, const char *path)
{
    char line[256];
    uint32_t count = 0;
    uint32_t prefectures = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        die("cannot read %s", path);
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned division, level, parent;
        char name[REGION_COUNTY_NAME_MAX];
        if (sscanf(line, "%u,%u,%47[^,],%u", &division, &level, name, &parent) != 4 ||
            division / 10000 != 54)
            continue;
        if (level == 2 && prefectures < REGION_PREFECTURES)
            region->prefectures[prefectures++] = division;
        /* Parks are units of statistics, not counties (RULES.md 5.2). */
        if (level != 3 || (division % 100 >= 71 && division % 100 <= 74) ||
            count == REGION_COUNTIES)
            continue;
        struct county *county = &region->counties[count++];
        county->division = division;
        snprintf(county->name, sizeof county->name, "%s", name);
        county->prefecture = prefectures - 1;
        county->plant = prefectures - 1;
    }
    fclose(file);
    if (count != REGION_COUNTIES || prefectures != REGION_PREFECTURES)
        die("%s: %u counties and %u prefectures, expected %d and %d", path, count, prefectures,
            REGION_COUNTIES, REGION_PREFECTURES);
}

/* ---- units ---- */

/* Seats of prefectures have more of everything. */
static uint32_t choose_county(struct region *region)
{
    uint32_t at = (uint32_t)dice_below(&region->dice, REGION_COUNTIES + 6 * REGION_PREFECTURES);
    if (at < REGION_COUNTIES)
        return at;
    uint32_t prefecture = (at - REGION_COUNTIES) / 6;
    for (uint32_t i = 0; i < REGION_COUNTIES; i++)
        if (region->counties[i].prefecture == prefecture)
            return i;
    return 0;
}

static void make_units(struct region *region, uint64_t month_g)
{
    uint64_t by_industry[INDUSTRIES], shares[INDUSTRIES];
    uint32_t next = 0;
    for (size_t i = 0; i < INDUSTRIES; i++)
        by_industry[i] = industries[i].kg_a_year;
    region_split(month_g, by_industry, INDUSTRIES, shares);
    for (size_t i = 0; i < INDUSTRIES; i++) {
        uint32_t count = industries[i].units;
        uint64_t weights[640], masses[640];
        for (uint32_t k = 0; k < count; k++) {
            struct unit *unit = &region->units[next + k];
            unit->industry = (enum industry)i;
            /* Every county has a hospital; the rest is where people are. */
            bool is_hospital = i == INDUSTRY_MEDICAL && k < REGION_COUNTIES;
            unit->county = is_hospital ? k : choose_county(region);
            const struct county *county = &region->counties[unit->county];
            unit->beds = is_hospital             ? (uint32_t)dice_between(&region->dice, 30, 200)
                         : i == INDUSTRY_MEDICAL ? (uint32_t)dice_below(&region->dice, 24)
                                                 : 0;
            write_party(industries[i].prefix, county->division, "YANG", next + k, unit->party);
            char where[REGION_COUNTY_NAME_MAX];
            memcpy(where, county->name, sizeof where);
            snprintf(unit->name, sizeof unit->name, "%s·%s%03u", where,
                     is_hospital ? "样例医院" : industries[i].word, k + 1);
            make_author(region, &unit->author);
            weights[k] = 4 + unit->beds + dice_below(&region->dice, 8);
        }
        region_split(shares[i], weights, count, masses);
        /* By stream for the whole industry first, so that its sums are exact to the gram. */
        for (uint32_t s = 0; s < REGION_STREAMS_MAX && industries[i].streams[s].code != NULL; s++) {
            uint64_t stream_weights[REGION_STREAMS_MAX] = {0}, stream_g[REGION_STREAMS_MAX];
            uint64_t by_unit[640];
            for (uint32_t w = 0; w < REGION_STREAMS_MAX; w++)
                stream_weights[w] = industries[i].streams[w].weight;
            region_split(shares[i], stream_weights, REGION_STREAMS_MAX, stream_g);
            region_split(stream_g[s], weights, count, by_unit);
            for (uint32_t k = 0; k < count; k++) {
                struct unit *unit = &region->units[next + k];
                unit->streams[unit->stream_count++] =
                    (struct stream){.code = industries[i].streams[s].code,
                                    .package = industries[i].streams[s].package,
                                    .month_g = by_unit[k],
                                    .left_g = by_unit[k]};
                region->total_g += by_unit[k];
            }
        }
        next += count;
    }
    if (next != REGION_UNITS || region->total_g != month_g)
        die("%u units and %llu g, expected %d and %llu", next, (unsigned long long)region->total_g,
            REGION_UNITS, (unsigned long long)month_g);
}

/* ---- plants, centres, fleets ---- */

static void make_plants(struct region *region)
{
    uint32_t centre = 0;
    for (uint32_t i = 0; i < REGION_PREFECTURES; i++) {
        struct plant *plant = &region->plants[i];
        plant->division = region->prefectures[i];
        plant->prefecture = i;
        write_party("91", plant->division, "CHU0", i, plant->party);
        snprintf(plant->name, sizeof plant->name, "%s",
                 i == 0 ? "西藏·演示危险废物处置中心" : "演示医疗废物处置中心");
        if (i > 0) {
            snprintf(plant->name, sizeof plant->name, "%06u·演示医疗废物处置中心", plant->division);
            struct plant *other = &region->centres[centre++];
            other->is_centre = true;
            other->division = plant->division;
            other->prefecture = i;
            write_party("91", plant->division, "SHO0", i, other->party);
            snprintf(other->name, sizeof other->name, "%06u·演示危废收集贮存中心", plant->division);
            make_author(region, &other->gate);
            make_author(region, &other->office);
        }
    }
    for (uint32_t i = 0; i < REGION_SMALL_PLANTS; i++) {
        struct plant *plant = &region->plants[REGION_PREFECTURES + i];
        plant->division = remote[i];
        write_party("91", remote[i], "XIA0", i, plant->party);
        for (uint32_t k = 0; k < REGION_COUNTIES; k++)
            if (region->counties[k].division == remote[i]) {
                region->counties[k].is_remote = true;
                region->counties[k].plant = REGION_PREFECTURES + i;
                plant->prefecture = region->counties[k].prefecture;
                char name[REGION_COUNTY_NAME_MAX];
                memcpy(name, region->counties[k].name, sizeof name);
                snprintf(plant->name, sizeof plant->name, "%s·演示小型医疗废物处置设施", name);
            }
    }
    for (uint32_t i = 0; i < REGION_PLANTS; i++) {
        make_author(region, &region->plants[i].gate);
        make_author(region, &region->plants[i].office);
    }
    for (uint32_t i = 0; i < REGION_CARRIERS; i++) {
        write_party("91", 540102, "YUN0", i, region->carriers[i].party);
        snprintf(region->carriers[i].name, sizeof region->carriers[i].name, "西藏·演示危废运输队%u",
                 i + 1);
    }
}

struct region *
region_make(struct hub *hub, const char *divisions_file, uint64_t seed, uint64_t month_g)
{
    struct region *region = calloc(1, sizeof *region);
    if (region == NULL)
        die("out of memory");
    region->hub = hub;
    dice_init(&region->dice, seed);
    read_counties(region, divisions_file);
    make_plants(region);
    make_units(region, month_g);
    return region;
}

/* ---- registration ---- */

void region_grant(struct region *region, const ProtobufCMessage *body, struct hub_grant *ret)
{
    int64_t now_us = hub_now_us(region->hub);
    const struct author_moment moment = {.occurred_us = now_us, .signed_us = now_us};
    hub_say(region->hub, hub_author(region->hub), body, &moment, now_us, CUSTODY_OUTCOME_granted,
            ret);
}

/* What one asks for may need what was asked for before. */
static void wait_for_grants(struct region *region)
{
    hub_advance(region->hub, hub_now_us(region->hub) + HUB_TICK_US);
    hub_settle(region->hub);
}

static void register_party(struct region *region,
                           const char *party,
                           int kind,
                           int kind_too,
                           uint32_t division,
                           const char *sector,
                           uint32_t beds,
                           int site)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kinds[] = {(Custody__V1__PartyKind)kind,
                                      (Custody__V1__PartyKind)kind_too};
    char text[8];
    snprintf(text, sizeof text, "%06u", division);
    body.party = (char *)party;
    body.n_kinds = kind_too == 0 ? 1 : 2;
    body.kinds = kinds;
    body.division = text;
    body.sector = (char *)sector;
    body.beds = beds;
    body.site = (Custody__V1__SiteKind)site;
    region_grant(region, &body.base, NULL);
}

static void register_place(struct region *region,
                           const char *party,
                           const char *code,
                           int kind,
                           uint32_t division,
                           bool is_cold,
                           bool is_remote)
{
    Custody__V1__RegisterPlaceBody body = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    char text[8];
    snprintf(text, sizeof text, "%06u", division);
    body.party = (char *)party;
    body.code = (char *)code;
    body.kind = (Custody__V1__PlaceKind)kind;
    body.division = text;
    body.temperature = is_cold ? CUSTODY__V1__TEMPERATURE_CLASS__TEMPERATURE_BELOW_5
                               : CUSTODY__V1__TEMPERATURE_CLASS__TEMPERATURE_AMBIENT;
    body.remote = is_remote;
    region_grant(region, &body.base, NULL);
}

void region_enrol(
    struct region *region, struct author *author, const char *party, int role, bool is_admin)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {(Custody__V1__Role)role, CUSTODY__V1__ROLE__ROLE_ADMIN};
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = author->public_key};
    body.party = (char *)party;
    body.n_roles = is_admin ? 2 : 1;
    body.roles = roles;
    region_grant(region, &body.base, NULL);
}

static void permit(struct region *region,
                   const char *party,
                   const char *number,
                   int activity,
                   int activity_too,
                   char **codes,
                   size_t code_count,
                   uint64_t daily_g)
{
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {(Custody__V1__Activity)activity,
                                          (Custody__V1__Activity)activity_too};
    body.party = (char *)party;
    body.number = (char *)number;
    body.n_activities = 2;
    body.activities = activities;
    body.n_codes = code_count;
    body.codes = codes;
    body.mass_daily_g = daily_g;
    body.effective_until = hub_now_us(region->hub) + YEARS_MORE_US;
    region_grant(region, &body.base, NULL);
}

struct truck *
region_add_truck(struct region *region, const char *plate, uint32_t carrier, bool is_medical)
{
    if (region->truck_count == REGION_TRUCKS_MAX)
        die("more than %d trucks", REGION_TRUCKS_MAX);
    struct truck *truck = &region->trucks[region->truck_count++];
    snprintf(truck->plate, sizeof truck->plate, "%s", plate);
    truck->carrier = carrier;
    truck->is_medical = is_medical;
    make_author(region, &truck->driver);
    return truck;
}

static void register_trucks(struct region *region)
{
    for (uint32_t i = 0; i < region->truck_count; i++) {
        const struct truck *truck = &region->trucks[i];
        Custody__V1__RegisterVehicleBody body = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
        Custody__V1__VehicleName name = CUSTODY__V1__VEHICLE_NAME__INIT;
        char *scopes[] = {(char *)"6.2"};
        char licence[64];
        snprintf(licence, sizeof licence, "演示运证%04u", i + 1);
        name.plate = (char *)truck->plate;
        name.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
        body.vehicle = &name;
        body.carrier = region->carriers[truck->carrier].party;
        body.licence = licence;
        body.n_scopes = 1;
        body.scopes = scopes;
        body.medical = truck->is_medical;
        body.effective_until = hub_now_us(region->hub) + YEARS_MORE_US;
        region_grant(region, &body.base, NULL);
    }
}

/* Trucks of a county for medical waste: as many as its stops on the busiest day need. */
static void make_trucks(struct region *region)
{
    static const char letters[] =
        "ADBGCEF"; /* 藏A Lhasa, D Xigazê, B Qamdo, G Nyingchi, C Lhoka, E Nagqu, F Ngari */
    uint32_t units[REGION_COUNTIES] = {0};
    char plate[32];
    for (uint32_t i = 0; i < REGION_UNITS; i++)
        if (region->units[i].industry == INDUSTRY_MEDICAL)
            units[region->units[i].county]++;
    for (uint32_t i = 0; i < REGION_COUNTIES; i++) {
        region->counties[i].first_truck = region->truck_count;
        region->counties[i].truck_count = units[i] / 12 + 1;
        for (uint32_t k = 0; k <= units[i] / 12; k++) {
            snprintf(plate, sizeof plate, "藏%c·样%04u", letters[region->counties[i].prefecture],
                     i * 10 + k + 1);
            region_add_truck(region, plate, 0, true);
        }
    }
    for (uint32_t i = 0; i < REGION_PREFECTURES; i++) {
        snprintf(plate, sizeof plate, "藏%c·样%04u", letters[i], 9000 + i);
        region->haulers[i] = region->truck_count;
        region_add_truck(region, plate, 1, false);
    }
}

static void reserve_numbers(struct region *region)
{
    for (uint32_t i = 0; i < REGION_COUNTIES; i++) {
        if (!region->counties[i].is_remote)
            continue;
        Custody__V1__ReserveNumbersBody body = CUSTODY__V1__RESERVE_NUMBERS_BODY__INIT;
        char *receivers[] = {region->plants[region->counties[i].plant].party};
        char *codes[] = {(char *)"841-*"};
        body.party = region->carriers[0].party;
        body.count = 600;
        body.n_receivers = 1;
        body.receivers = receivers;
        body.n_codes = 1;
        body.codes = codes;
        body.mass_ceiling_g = 100000000;
        body.effective_until = hub_now_us(region->hub) + INT64_C(60) * 24 * 3600 * 1000000;
        struct author *author = hub_author(region->hub);
        region_grant(region, &body.base, &region->blocks[i].grant);
        region->blocks[i].statement = author->previous;
        region->blocks[i].sequence = author->sequence;
        memcpy(region->blocks[i].key, author->public_key, PUBLIC_KEY_SIZE);
    }
}

static void register_plant(struct region *region, const struct plant *plant)
{
    const int facility = CUSTODY__V1__PARTY_KIND__PARTY_FACILITY;
    const int generator = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    register_party(region, plant->party, facility, generator, plant->division, "N7724", 0,
                   plant->is_centre ? CUSTODY__V1__SITE_KIND__SITE_COLLECTION_CENTRE
                                    : CUSTODY__V1__SITE_KIND__SITE_TREATMENT_PLANT);
}

static void permit_plant(struct region *region, const struct plant *plant, uint32_t index)
{
    char *medical[] = {(char *)"841-*"};
    char *all[] = {(char *)"841-*", (char *)"HW03", (char *)"HW08",
                   (char *)"HW12",  (char *)"HW31", (char *)"HW49"};
    char number[64];
    bool is_regional = !plant->is_centre && index == 0;
    snprintf(number, sizeof number, "演示许可%c%03u", plant->is_centre ? 'S' : 'C', index + 1);
    if (plant->is_centre)
        permit(region, plant->party, number, CUSTODY__V1__ACTIVITY__ACTIVITY_COLLECT,
               CUSTODY__V1__ACTIVITY__ACTIVITY_STORE, all + 1, 5, 0);
    else
        permit(region, plant->party, number, CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT,
               CUSTODY__V1__ACTIVITY__ACTIVITY_STORE, is_regional ? all : medical,
               is_regional ? 6 : 1, is_regional ? 100000000 : 10000000);
}

void region_register(struct region *region, int64_t open_us)
{
    const int generator = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    const int carrier = CUSTODY__V1__PARTY_KIND__PARTY_CARRIER;
    make_trucks(region);
    for (uint32_t i = 0; i < REGION_UNITS; i++) {
        const struct unit *unit = &region->units[i];
        register_party(region, unit->party, generator, 0, region->counties[unit->county].division,
                       industries[unit->industry].sector, unit->beds,
                       unit->beds > 24 ? CUSTODY__V1__SITE_KIND__SITE_HOSPITAL
                       : unit->industry == INDUSTRY_MEDICAL
                           ? CUSTODY__V1__SITE_KIND__SITE_TOWNSHIP_CENTRE
                       : unit->industry == INDUSTRY_SCHOOL ? CUSTODY__V1__SITE_KIND__SITE_LABORATORY
                                                           : CUSTODY__V1__SITE_KIND__SITE_WORKSHOP);
    }
    for (uint32_t i = 0; i < REGION_PLANTS; i++)
        register_plant(region, &region->plants[i]);
    for (uint32_t i = 0; i < REGION_CENTRES; i++)
        register_plant(region, &region->centres[i]);
    for (uint32_t i = 0; i < REGION_CARRIERS; i++)
        register_party(region, region->carriers[i].party, carrier, 0, 540102, "G5437", 0,
                       CUSTODY__V1__SITE_KIND__SITE_OFFICE);
    wait_for_grants(region);
    for (uint32_t i = 0; i < REGION_UNITS; i++)
        register_place(region, region->units[i].party, "ZC-1",
                       CUSTODY__V1__PLACE_KIND__PLACE_TEMPORARY_STORE,
                       region->counties[region->units[i].county].division, false, false);
    for (uint32_t i = 0; i < REGION_PLANTS; i++) {
        const struct plant *plant = &region->plants[i];
        register_place(region, plant->party, "LK-1", CUSTODY__V1__PLACE_KIND__PLACE_PLANT_STORE,
                       plant->division, true, i >= REGION_PREFECTURES);
        permit_plant(region, plant, i);
    }
    for (uint32_t i = 0; i < REGION_CENTRES; i++) {
        register_place(region, region->centres[i].party, "ZC-1",
                       CUSTODY__V1__PLACE_KIND__PLACE_COLLECTION_CENTRE,
                       region->centres[i].division, false, false);
        permit_plant(region, &region->centres[i], i);
    }
    register_trucks(region);
    wait_for_grants(region);
    for (uint32_t i = 0; i < REGION_UNITS; i++)
        region_enrol(region, &region->units[i].author, region->units[i].party,
                     CUSTODY__V1__ROLE__ROLE_GENERATOR, true);
    for (uint32_t i = 0; i < REGION_PLANTS + REGION_CENTRES; i++) {
        struct plant *plant =
            i < REGION_PLANTS ? &region->plants[i] : &region->centres[i - REGION_PLANTS];
        region_enrol(region, &plant->gate, plant->party, CUSTODY__V1__ROLE__ROLE_FACILITY, false);
        region_enrol(region, &plant->office, plant->party, CUSTODY__V1__ROLE__ROLE_FACILITY, true);
    }
    for (uint32_t i = 0; i < region->truck_count; i++)
        region_enrol(region, &region->trucks[i].driver,
                     region->carriers[region->trucks[i].carrier].party,
                     CUSTODY__V1__ROLE__ROLE_DRIVER, false);
    reserve_numbers(region);
    wait_for_grants(region);
    Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    hub_advance(region->hub, open_us);
    region_grant(region, &open.base, NULL);
    wait_for_grants(region);
}
