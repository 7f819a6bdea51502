/* office.c: a small registry around Nyingchi's bureau. */
#include "tests/lib/office.h"

#include <stdio.h>
#include <string.h>

#include "daemon/domain/division.h"
#include "tests/lib/check.h"

struct office office;

#define KIND OFFICE_KIND
const struct office_party office_registered[OFFICE_PARTIES] = {
    [OFFICE_BUREAU] = {"gov:bureau", KIND(REGULATOR), 540400, 0},
    [OFFICE_COUNTY_BUREAU] = {"gov:county", KIND(REGULATOR), 540421, 0},
    [OFFICE_OTHER_BUREAU] = {"gov:other", KIND(REGULATOR), 540500, 0},
    [OFFICE_TOWNSHIP] = {"uscc:township", KIND(GENERATOR) | KIND(FACILITY), 540421, 0},
    [OFFICE_VILLAGE] = {"uscc:village", KIND(GENERATOR), 540421, OFFICE_TOWNSHIP},
    [OFFICE_HOSPITAL] = {"uscc:hospital", KIND(GENERATOR), 540402, 0},
    [OFFICE_PLANT] = {"uscc:plant", KIND(FACILITY), 540402, 0},
    [OFFICE_CARRIER] = {"uscc:carrier", KIND(CARRIER), 540402, 0},
    [OFFICE_CLOSED] = {"uscc:closed", KIND(GENERATOR), 540402, 0},
    [OFFICE_PROVINCE] = {"gov:province", KIND(REGULATOR), 540000, 0},
    [OFFICE_FAR_PLANT] = {"uscc:far-plant", KIND(FACILITY), 510100, 0},
};

static const struct party *find_party(void *context, const char *name, uint32_t *ret_number)
{
    (void)context;
    for (uint32_t i = 1; i < OFFICE_PARTIES; i++) {
        if (strcmp(office_registered[i].name, name) == 0) {
            *ret_number = i;
            return &office.parties[i];
        }
    }
    return NULL;
}

static const struct party *find_party_of(void *context, uint32_t number)
{
    (void)context;
    return number > 0 && number < OFFICE_PARTIES ? &office.parties[number] : NULL;
}

static const struct key *find_key(void *context, const uint8_t *public_key, uint32_t *ret_number)
{
    (void)context;
    *ret_number = 7;
    return memcmp(public_key, office.target_key, sizeof office.target_key) == 0 ? &office.target
                                                                                : NULL;
}

static const struct permit *find_permit(void *context, uint32_t party, uint32_t index)
{
    (void)context;
    const struct permit *permit = party == OFFICE_PLANT       ? &office.permit
                                  : party == OFFICE_FAR_PLANT ? &office.far_permit
                                  : party == OFFICE_CARRIER   ? &office.carrier_permit
                                                              : NULL;
    return index == 0 ? permit : NULL;
}

static uint32_t find_permit_holder(void *context, const char *number)
{
    (void)context;
    return strcmp(number, "P-1") == 0   ? OFFICE_PLANT
           : strcmp(number, "P-2") == 0 ? OFFICE_FAR_PLANT
                                        : 0;
}

static const struct vehicle *find_vehicle(void *context, const char *plate, uint32_t colour)
{
    (void)context;
    (void)plate;
    (void)colour;
    return office.vehicle_is_known ? &office.vehicle : NULL;
}

static bool know_place(void *context, uint32_t party, const char *code)
{
    (void)context;
    return party == OFFICE_HOSPITAL && strcmp(code, "store") == 0;
}

static bool know_division(void *context, uint32_t division)
{
    (void)context;
    return division / 10000 == 54;
}

static bool is_merged(void *context, uint32_t division, int64_t at_us)
{
    (void)context;
    (void)at_us;
    return office.merged != 0 && division == office.merged;
}

static bool covers(void *context, uint32_t wider, uint32_t narrower)
{
    (void)context;
    return division_covers(wider, narrower) ||
           (office.merged != 0 && narrower == office.merged && division_covers(wider, 540402));
}

static uint32_t find_home(void *context)
{
    (void)context;
    return 540000;
}

static bool know_number(void *context, const char *number)
{
    (void)context;
    return strcmp(number, "20265404000005") == 0;
}

static const struct block *find_block(void *context, const Custody__V1__StatementName *name)
{
    (void)context;
    return name->sequence == 3 ? &office.block : NULL;
}

static const struct approval *find_approval(void *context, const char *number)
{
    (void)context;
    return office.approval.ends != 0 && strcmp(number, "A-1") == 0 ? &office.approval : NULL;
}

static const struct document *
find_document(void *context, unsigned kind, uint32_t owner, const char *number)
{
    (void)context;
    return kind == CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN &&
                   owner == OFFICE_HOSPITAL && strcmp(number, "MP-1") == 0 &&
                   office.plan.filing_count > 0
               ? &office.plan
               : NULL;
}

static const struct document *find_document_of(void *context, uint32_t party, uint32_t index)
{
    (void)context;
    if (party != OFFICE_HOSPITAL || index > 1)
        return NULL;
    return index == 0 ? &office.plan : &office.contract;
}

static const struct manifest *find_manifest(void *context, struct span id)
{
    (void)context;
    return office.manifest.is_known && id.len == DIGEST_SIZE && id.data[0] == 5 ? &office.manifest
                                                                                : NULL;
}

static bool know_container(void *context, const Custody__V1__ContainerName *name)
{
    (void)context;
    return name->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_CODE &&
           strcmp(name->code, "B1") == 0;
}

static const struct profile *
find_profile(void *context, const char *code, uint32_t division, int64_t at_us)
{
    (void)context;
    (void)code;
    (void)division;
    (void)at_us;
    return &office.profile;
}

static bool know_code(void *context, const char *code, int64_t at_us)
{
    (void)context;
    (void)at_us;
    return office.unlisted == NULL || strcmp(office.unlisted, code) != 0;
}

static const struct catalogue *find_catalogue(void *context)
{
    (void)context;
    return &office.catalogue;
}

static uint32_t count_regulator_keys(void *context)
{
    (void)context;
    return office.regulator_keys;
}

static bool know_curve(void *context, const uint8_t *curve_key)
{
    (void)context;
    return memcmp(curve_key, office.taken_curve_key, sizeof office.taken_curve_key) == 0;
}

static const struct keyring *keyring(void *context)
{
    (void)context;
    return &office.keyring;
}

static uint16_t may_erase(void *context, const uint8_t *digest, int64_t now_us, uint32_t *ret_party)
{
    (void)context;
    (void)digest;
    (void)now_us;
    *ret_party = OFFICE_HOSPITAL;
    return office.erasure;
}

static uint32_t no_profile(void *context, const char *name, uint32_t *ret_count)
{
    (void)context;
    (void)name;
    *ret_count = 0;
    return 0;
}

static const struct registry whole = {
    .party = find_party,
    .party_of = find_party_of,
    .key = find_key,
    .permit = find_permit,
    .permit_holder = find_permit_holder,
    .vehicle = find_vehicle,
    .place_is_known = know_place,
    .division_is_known = know_division,
    .division_is_merged = is_merged,
    .covers = covers,
    .home = find_home,
    .number_is_taken = know_number,
    .block = find_block,
    .approval = find_approval,
    .document = find_document,
    .document_of = find_document_of,
    .manifest = find_manifest,
    .container_is_known = know_container,
    .profile = find_profile,
    .code_is_listed = know_code,
    .catalogue = find_catalogue,
    .profile_edition = no_profile,
    .regulator_keys = count_regulator_keys,
    .curve_is_taken = know_curve,
    .may_erase = may_erase,
    .keyring = keyring,
};

static struct permit permit_of(uint32_t party, const char *number, unsigned activity)
{
    struct permit permit = {.party = party,
                            .activities = (party_bits)(1U << activity),
                            .from_us = 1,
                            .until_us = INT64_MAX,
                            .pattern_count = 1,
                            .patterns = {"HW01"}};
    snprintf(permit.number, sizeof permit.number, "%s", number);
    return permit;
}

void office_speak_as(uint32_t party, unsigned roles)
{
    static const uint8_t public_key[PUBLIC_KEY_SIZE] = {1};
    chain_init(&office.author, public_key);
    office.author.is_enrolled = true;
    office.author.party = party;
    office.author.roles = (party_bits)roles;
}

int office_open(void **state)
{
    (void)state;
    memset(&office, 0, sizeof office);
    for (uint32_t i = 1; i < OFFICE_PARTIES; i++) {
        office.parties[i].entry = i;
        struct party_version version = {.from_us = 1,
                                        .kinds = (party_bits)office_registered[i].kinds,
                                        .division = office_registered[i].division,
                                        .parent = office_registered[i].parent,
                                        .is_closed = i == OFFICE_CLOSED};
        party_add_version(&office.parties[i], &version);
        if (office_registered[i].kinds == KIND(FACILITY) || i == OFFICE_CARRIER)
            office.parties[i].permits = 1;
    }
    office.parties[OFFICE_FAR_PLANT].registrar = OFFICE_BUREAU;
    memset(office.target_key, 9, sizeof office.target_key);
    memset(office.taken_curve_key, 8, sizeof office.taken_curve_key);
    chain_init(&office.target, office.target_key);
    office.target.is_enrolled = true;
    office.target.party = OFFICE_HOSPITAL;
    office.target.roles = OFFICE_ROLE(GENERATOR);
    office.permit = permit_of(OFFICE_PLANT, "P-1", CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT);
    office.far_permit = permit_of(OFFICE_FAR_PLANT, "P-2", CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT);
    office.carrier_permit =
        permit_of(OFFICE_CARRIER, "P-3", CUSTODY__V1__ACTIVITY__ACTIVITY_TRANSPORT);
    office.carrier_permit.from_us = INT64_MAX;
    office.profile = *profile_medical();
    office.profile.pattern_count = 0;
    office.regulator_keys = 2;
    office.ledger_is_open = true;
    office.entry = 50;
    office.registry = whole;
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    return 0;
}

struct permission_answer office_ask(uint32_t act, const void *body)
{
    struct permission_request request = {
        .act = act,
        .body = body,
        .author = &office.author,
        .author_key = office.author.public_key,
        .entry = office.entry,
        .now_us = OFFICE_NOW,
        .ledger_is_open = office.ledger_is_open,
        .is_succeeding = office.is_succeeding,
        .origin = office.origin,
        .next_key = office.next_key,
    };
    return permission_decide(&request, &office.registry);
}

void office_grants(uint32_t act, const void *body)
{
    struct permission_answer answer = office_ask(act, body);
    assert_string_equal(answer.field, "");
    assert_string_equal(custody_reason_name(answer.reason), custody_reason_name(0));
}

void office_refuses(uint32_t act, const void *body, enum custody_reason reason, const char *field)
{
    struct permission_answer answer = office_ask(act, body);
    assert_string_equal(custody_reason_name(answer.reason), custody_reason_name(reason));
    assert_string_equal(answer.field, field);
}

char *office_text(const char *from)
{
    static char room[64][64];
    static size_t next;
    char *at = room[next++ % 64];
    snprintf(at, sizeof room[0], "%s", from);
    return at;
}

ProtobufCBinaryData office_bytes(uint8_t *data)
{
    return (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = data};
}
