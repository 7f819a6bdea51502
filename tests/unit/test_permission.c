/* test_permission.c: shows who is granted what, and for which reason and field everything else is refused. */
#include <stdio.h>
#include <string.h>

#include <custody/status.h>
#include "daemon/domain/permission.h"
#include "daemon/domain/rule.h"
#include "tests/lib/check.h"

#define NOW        INT64_C(1777593600000000)
#define ROLE(name) (1U << CUSTODY__V1__ROLE__ROLE_##name)
#define KIND(name) (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)
#define ACT(name)  CUSTODY__V1__ACT__ACT_##name

/* ---- a small registry -------------------------------------------------------------------------- */

/* Nyingchi's bureau and its county's; Shannan's; a township centre and its village; a hospital; a plant; a carrier. */
enum {
    BUREAU = 1,
    COUNTY_BUREAU,
    OTHER_BUREAU,
    TOWNSHIP,
    VILLAGE,
    HOSPITAL,
    PLANT,
    CARRIER,
    CLOSED,
    PARTIES,
};

static const struct {
    const char *name;
    unsigned kinds;
    uint32_t division;
    uint32_t parent;
} registered[PARTIES] = {
    [BUREAU] = {"gov:bureau", KIND(REGULATOR), 540400, 0},
    [COUNTY_BUREAU] = {"gov:county", KIND(REGULATOR), 540421, 0},
    [OTHER_BUREAU] = {"gov:other", KIND(REGULATOR), 540500, 0},
    [TOWNSHIP] = {"uscc:township", KIND(GENERATOR) | KIND(FACILITY), 540421, 0},
    [VILLAGE] = {"uscc:village", KIND(GENERATOR), 540421, TOWNSHIP},
    [HOSPITAL] = {"uscc:hospital", KIND(GENERATOR), 540402, 0},
    [PLANT] = {"uscc:plant", KIND(FACILITY), 540402, 0},
    [CARRIER] = {"uscc:carrier", KIND(CARRIER), 540402, 0},
    [CLOSED] = {"uscc:closed", KIND(GENERATOR), 540402, 0},
};

static struct party parties[PARTIES];
static struct key author;
static struct key target;
static uint8_t target_key[PUBLIC_KEY_SIZE];
static uint8_t taken_curve_key[PUBLIC_KEY_SIZE];
static struct permit permit;
static struct vehicle vehicle;
static bool vehicle_is_known;
static struct block block;
static uint32_t regulator_keys;
static bool ledger_is_open;
static uint64_t entry;

static const struct party *find_party(void *context, const char *name, uint32_t *ret_number)
{
    (void)context;
    for (uint32_t i = 1; i < PARTIES; i++) {
        if (strcmp(registered[i].name, name) == 0) {
            *ret_number = i;
            return &parties[i];
        }
    }
    return NULL;
}

static const struct party *find_party_of(void *context, uint32_t number)
{
    (void)context;
    return number > 0 && number < PARTIES ? &parties[number] : NULL;
}

static const struct key *find_key(void *context, const uint8_t *public_key, uint32_t *ret_number)
{
    (void)context;
    *ret_number = 7;
    return memcmp(public_key, target_key, sizeof target_key) == 0 ? &target : NULL;
}

static const struct permit *find_permit(void *context, uint32_t party, uint32_t index)
{
    (void)context;
    return party == permit.party && index == 0 ? &permit : NULL;
}

static const struct vehicle *find_vehicle(void *context, const char *plate, uint32_t colour)
{
    (void)context;
    (void)plate;
    (void)colour;
    return vehicle_is_known ? &vehicle : NULL;
}

static bool know_place(void *context, uint32_t party, const char *code)
{
    (void)context;
    return party == HOSPITAL && strcmp(code, "store") == 0;
}

static bool know_division(void *context, uint32_t division)
{
    (void)context;
    return division / 10000 == 54;
}

static bool know_number(void *context, const char *number)
{
    (void)context;
    return strcmp(number, "20265404000005") == 0;
}

static const struct block *find_block(void *context, const Custody__V1__StatementName *name)
{
    (void)context;
    return name->sequence == 3 ? &block : NULL;
}

static uint32_t count_regulator_keys(void *context)
{
    (void)context;
    return regulator_keys;
}

static bool know_curve(void *context, const uint8_t *curve_key)
{
    (void)context;
    return memcmp(curve_key, taken_curve_key, sizeof taken_curve_key) == 0;
}

static struct registry registry = {
    .party = find_party,
    .party_of = find_party_of,
    .key = find_key,
    .permit = find_permit,
    .vehicle = find_vehicle,
    .place_is_known = know_place,
    .division_is_known = know_division,
    .number_is_taken = know_number,
    .block = find_block,
    .regulator_keys = count_regulator_keys,
    .curve_is_taken = know_curve,
};

static void speak_as(uint32_t party, unsigned roles)
{
    static const uint8_t public_key[PUBLIC_KEY_SIZE] = {1};
    chain_init(&author, public_key);
    author.is_enrolled = true;
    author.party = party;
    author.roles = (party_bits)roles;
}

static int setup(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < PARTIES; i++) {
        parties[i] = (struct party){.entry = i};
        struct party_version version = {.from_us = 1,
                                        .kinds = (party_bits)registered[i].kinds,
                                        .division = registered[i].division,
                                        .parent = registered[i].parent,
                                        .is_closed = i == CLOSED};
        party_add_version(&parties[i], &version);
    }
    memset(target_key, 9, sizeof target_key);
    memset(taken_curve_key, 8, sizeof taken_curve_key);
    chain_init(&target, target_key);
    target.is_enrolled = true;
    target.party = HOSPITAL;
    target.roles = ROLE(GENERATOR);
    permit = (struct permit){.party = PLANT,
                             .activities = 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT,
                             .from_us = 1,
                             .until_us = INT64_MAX,
                             .pattern_count = 1};
    memcpy(permit.patterns[0], "HW01", 5);
    memset(&vehicle, 0, sizeof vehicle);
    vehicle_is_known = false;
    regulator_keys = 2;
    ledger_is_open = true;
    entry = 50;
    registry.curve_is_taken = know_curve;
    speak_as(BUREAU, ROLE(REGULATOR));
    return 0;
}

/* ---- asking ------------------------------------------------------------------------------------ */

static struct permission_answer ask(uint32_t act, const void *body)
{
    struct permission_request request = {
        .act = act,
        .body = body,
        .author = &author,
        .author_key = author.public_key,
        .entry = entry,
        .now_us = NOW,
        .ledger_is_open = ledger_is_open,
    };
    return permission_decide(&request, &registry);
}

static void assert_granted(uint32_t act, const void *body)
{
    struct permission_answer answer = ask(act, body);
    if (answer.reason != 0) {
        fail_msg("refused: reason %u, field %s", answer.reason, answer.field);
    }
    assert_string_equal(answer.field, "");
}

static void
assert_refused(uint32_t act, const void *body, enum custody_reason reason, const char *field)
{
    struct permission_answer answer = ask(act, body);
    assert_int_equal(answer.reason, reason);
    assert_string_equal(answer.field, field);
}

static char *text(const char *from)
{
    static char room[64][64];
    static size_t next;
    char *at = room[next++ % 64];
    snprintf(at, sizeof room[0], "%s", from);
    return at;
}

static ProtobufCBinaryData bytes_of(uint8_t *data)
{
    return (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = data};
}

/* ---- who may speak ----------------------------------------------------------------------------- */

static void test_a_revoked_expired_or_unenrolled_key_is_granted_nothing(void **state)
{
    (void)state;
    Custody__V1__SetDivisionsBody body = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    assert_granted(ACT(SET_DIVISIONS), &body);
    author.is_revoked = true;
    assert_refused(ACT(SET_DIVISIONS), &body, CUSTODY_REASON_key_revoked, "key");
    author.is_revoked = false;
    author.until_us = NOW;
    assert_refused(ACT(SET_DIVISIONS), &body, CUSTODY_REASON_key_revoked, "key");
    author.until_us = NOW + 1;
    assert_granted(ACT(SET_DIVISIONS), &body);
    author.is_enrolled = false;
    assert_refused(ACT(SET_DIVISIONS), &body, CUSTODY_REASON_role_missing, "key");
}

static uint32_t no_profile(void *context, const char *name, uint32_t *ret_count)
{
    (void)context;
    (void)name;
    *ret_count = 0;
    return 0;
}

/* What else it needs: test_edition.c. */
static void test_a_profile_is_set_by_a_regulator_or_before_the_opening_by_root(void **state)
{
    (void)state;
    static char words[] = "[profile]\nname = cn-test\nfamily = f\nedition = 1\n";
    struct digest digest = digest_sha256(span_text(words));
    Custody__V1__SetProfileBody body = CUSTODY__V1__SET_PROFILE_BODY__INIT;
    registry.profile_edition = no_profile;
    body.name = text("cn-test");
    body.edition = 1;
    body.text_digest = (ProtobufCBinaryData){DIGEST_SIZE, digest.bytes};
    body.text = (ProtobufCBinaryData){sizeof words - 1, (uint8_t *)words};
    assert_granted(ACT(SET_PROFILE), &body);
    body.edition = 2;
    assert_refused(ACT(SET_PROFILE), &body, CUSTODY_REASON_text_differs, "edition");
    body.edition = 1;
    speak_as(HOSPITAL, ROLE(ADMIN));
    assert_refused(ACT(SET_PROFILE), &body, CUSTODY_REASON_role_missing, "key");
    speak_as(0, ROLE(ROOT));
    assert_refused(ACT(SET_PROFILE), &body, CUSTODY_REASON_role_missing, "key");
    ledger_is_open = false;
    assert_granted(ACT(SET_PROFILE), &body);
}

static void test_a_regulators_role_needs_a_regulators_party(void **state)
{
    (void)state;
    Custody__V1__SetCatalogueBody body = CUSTODY__V1__SET_CATALOGUE_BODY__INIT;
    assert_granted(ACT(SET_CATALOGUE), &body);
    speak_as(HOSPITAL, ROLE(REGULATOR));
    assert_refused(ACT(SET_CATALOGUE), &body, CUSTODY_REASON_role_missing, "key");
    speak_as(0, ROLE(REGULATOR));
    assert_refused(ACT(SET_CATALOGUE), &body, CUSTODY_REASON_role_missing, "key");
}

static void test_every_other_permission_is_not_open_yet(void **state)
{
    (void)state;
    static const uint32_t open[] = {
        ACT(FOUND_LEDGER),   ACT(OPEN_LEDGER),      ACT(REGISTER_PARTY),
        ACT(REGISTER_PLACE), ACT(REGISTER_VEHICLE), ACT(GRANT_PERMIT),
        ACT(ENROL_KEY),      ACT(REVOKE_KEY),       ACT(RESERVE_NUMBERS),
        ACT(ISSUE_MANIFEST), ACT(SET_DIVISIONS),    ACT(SET_CATALOGUE),
        ACT(ERASE),          ACT(SET_PROFILE)};
    Custody__V1__OpenLedgerBody body = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    for (uint32_t act = 16; act < 64; act++) {
        bool is_open = false;
        for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
            is_open |= open[i] == act;
        }
        if (!is_open) {
            assert_refused(act, &body, CUSTODY_REASON_act_not_open, "act");
        }
    }
}

/* ---- founding and opening ---------------------------------------------------------------------- */

static void test_a_ledger_is_founded_once_by_its_first_root_key(void **state)
{
    (void)state;
    uint8_t second[PUBLIC_KEY_SIZE] = {2};
    ProtobufCBinaryData roots[] = {bytes_of(author.public_key), bytes_of(second), bytes_of(second)};
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    body.origin = text("waste.example.org/1");
    body.root_keys = roots;
    body.n_root_keys = 2;
    author.is_enrolled = false;
    entry = 0;
    assert_granted(ACT(FOUND_LEDGER), &body);
    entry = 1;
    assert_refused(ACT(FOUND_LEDGER), &body, CUSTODY_REASON_ledger_open, "");
    entry = 0;
    body.n_root_keys = 1;
    assert_refused(ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "root_keys");
    body.n_root_keys = 3;
    assert_refused(ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "root_keys");
    body.n_root_keys = 2;
    roots[0] = bytes_of(second);
    assert_refused(ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "root_keys");
    roots[1] = bytes_of(author.public_key);
    assert_refused(ACT(FOUND_LEDGER), &body, CUSTODY_REASON_role_missing, "root_keys");
    body.origin = text("with space");
    assert_refused(ACT(FOUND_LEDGER), &body, CUSTODY_REASON_out_of_bounds, "origin");
}

static void test_a_ledger_is_opened_once_by_root_or_a_regulator(void **state)
{
    (void)state;
    Custody__V1__OpenLedgerBody body = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    ledger_is_open = false;
    assert_granted(ACT(OPEN_LEDGER), &body);
    speak_as(0, ROLE(ROOT));
    assert_granted(ACT(OPEN_LEDGER), &body);
    speak_as(HOSPITAL, ROLE(ADMIN));
    assert_refused(ACT(OPEN_LEDGER), &body, CUSTODY_REASON_role_missing, "key");
    ledger_is_open = true;
    speak_as(0, ROLE(ROOT));
    assert_refused(ACT(OPEN_LEDGER), &body, CUSTODY_REASON_ledger_open, "");
}

static void test_root_sets_up_the_tables_only_before_the_opening(void **state)
{
    (void)state;
    Custody__V1__SetDivisionsBody body = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    speak_as(0, ROLE(ROOT));
    assert_refused(ACT(SET_DIVISIONS), &body, CUSTODY_REASON_role_missing, "key");
    ledger_is_open = false;
    assert_granted(ACT(SET_DIVISIONS), &body);
    assert_granted(ACT(SET_CATALOGUE), &body);
}

static void test_a_permission_never_reaches_back_once_the_ledger_is_open(void **state)
{
    (void)state;
    assert_true(permission_effective_from(0, NOW, true) == NOW);
    assert_true(permission_effective_from(0, NOW, false) == NOW);
    assert_true(permission_effective_from(NOW - 1, NOW, true) == NOW);
    assert_true(permission_effective_from(NOW - 1, NOW, false) == NOW - 1);
    assert_true(permission_effective_from(NOW + 1, NOW, true) == NOW + 1);
}

/* ---- parties and places ------------------------------------------------------------------------ */

static Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR, 0};

static Custody__V1__RegisterPartyBody new_party(const char *division, const char *parent)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    body.party = text("uscc:new");
    body.kinds = kinds;
    body.n_kinds = 1;
    body.division = text(division);
    body.parent = text(parent);
    return body;
}

static void test_a_regulator_registers_parties_of_its_division(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("540421", "");
    assert_granted(ACT(REGISTER_PARTY), &body);
    speak_as(COUNTY_BUREAU, ROLE(REGULATOR));
    assert_granted(ACT(REGISTER_PARTY), &body);
    speak_as(OTHER_BUREAU, ROLE(REGULATOR));
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    speak_as(HOSPITAL, ROLE(GENERATOR));
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_role_missing, "key");
    speak_as(BUREAU, ROLE(REGULATOR));
    body.division = text("630100");
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_division_unknown, "division");
    body = new_party("540421", "uscc:nobody");
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_party_unknown, "parent");
    body = new_party("540421", "uscc:closed");
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_party_closed, "parent");
    body = new_party("540421", "");
    body.party = text("uscc:plant");
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_party_exists, "party");
    body = new_party("540421", "");
    body.n_kinds = 0;
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_field_missing, "kinds");
}

static void test_a_township_centre_sponsors_its_villages(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("540421", "uscc:township");
    speak_as(TOWNSHIP, ROLE(ADMIN));
    assert_granted(ACT(REGISTER_PARTY), &body);
    speak_as(TOWNSHIP, ROLE(GENERATOR));
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_role_missing, "key");
    speak_as(HOSPITAL, ROLE(ADMIN));
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    speak_as(TOWNSHIP, ROLE(ADMIN));
    body.parent = text("");
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    /* Not what it is not itself, not one that watches others, not elsewhere. */
    body = new_party("540421", "uscc:township");
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_CARRIER;
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_parent_not_allowed, "kinds");
    body = new_party("540422", "uscc:township");
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_parent_not_allowed, "division");
    body = new_party("540421", "gov:county");
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    speak_as(COUNTY_BUREAU, ROLE(ADMIN));
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_parent_not_allowed, "kinds");
}

static void test_root_registers_anybody_before_the_opening(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("540421", "");
    speak_as(0, ROLE(ROOT));
    assert_refused(ACT(REGISTER_PARTY), &body, CUSTODY_REASON_role_missing, "key");
    ledger_is_open = false;
    assert_granted(ACT(REGISTER_PARTY), &body);
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    assert_granted(ACT(REGISTER_PARTY), &body);
}

static void test_a_place_is_registered_by_who_looks_after_its_party(void **state)
{
    (void)state;
    Custody__V1__RegisterPlaceBody body = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    body.party = text("uscc:village");
    body.code = text("point");
    assert_granted(ACT(REGISTER_PLACE), &body);
    speak_as(VILLAGE, ROLE(ADMIN));
    assert_granted(ACT(REGISTER_PLACE), &body);
    speak_as(TOWNSHIP, ROLE(ADMIN));
    assert_granted(ACT(REGISTER_PLACE), &body);
    speak_as(VILLAGE, ROLE(GENERATOR));
    assert_refused(ACT(REGISTER_PLACE), &body, CUSTODY_REASON_role_missing, "key");
    speak_as(HOSPITAL, ROLE(ADMIN));
    assert_refused(ACT(REGISTER_PLACE), &body, CUSTODY_REASON_not_own_party, "party");
    speak_as(OTHER_BUREAU, ROLE(REGULATOR));
    assert_refused(ACT(REGISTER_PLACE), &body, CUSTODY_REASON_not_own_party, "party");
    speak_as(HOSPITAL, ROLE(ADMIN));
    body.party = text("uscc:hospital");
    body.code = text("store");
    assert_refused(ACT(REGISTER_PLACE), &body, CUSTODY_REASON_place_exists, "code");
    body.code = text("ward");
    assert_granted(ACT(REGISTER_PLACE), &body);
    body.division = text("630100");
    assert_refused(ACT(REGISTER_PLACE), &body, CUSTODY_REASON_division_unknown, "division");
    body.party = text("uscc:nobody");
    assert_refused(ACT(REGISTER_PLACE), &body, CUSTODY_REASON_party_unknown, "party");
    body.party = text("uscc:closed");
    assert_refused(ACT(REGISTER_PLACE), &body, CUSTODY_REASON_party_closed, "party");
}

/* ---- vehicles and permits ---------------------------------------------------------------------- */

static void test_a_vehicle_is_filed_for_a_carrier_without_overlap(void **state)
{
    (void)state;
    Custody__V1__RegisterVehicleBody body = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
    Custody__V1__VehicleName name = CUSTODY__V1__VEHICLE_NAME__INIT;
    name.plate = text("G12345");
    body.vehicle = &name;
    body.carrier = text("uscc:carrier");
    assert_granted(ACT(REGISTER_VEHICLE), &body);
    /* A truck from elsewhere is filed by any regulator. */
    speak_as(OTHER_BUREAU, ROLE(REGULATOR));
    assert_granted(ACT(REGISTER_VEHICLE), &body);
    speak_as(CARRIER, ROLE(ADMIN));
    assert_refused(ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_role_missing, "key");
    speak_as(BUREAU, ROLE(REGULATOR));
    body.carrier = text("uscc:plant");
    assert_refused(ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_kind_missing, "carrier");
    body.carrier = text("uscc:nobody");
    assert_refused(ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_party_unknown, "carrier");
    body.carrier = text("uscc:carrier");
    body.effective_until = NOW;
    assert_refused(ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_out_of_bounds, "effective_until");
    vehicle_is_known = true;
    struct vehicle_filing filing = {.from_us = NOW + 100, .until_us = NOW + 200};
    vehicle_add_filing(&vehicle, &filing);
    body.effective_until = NOW + 100;
    assert_granted(ACT(REGISTER_VEHICLE), &body);
    body.effective_until = NOW + 101;
    assert_refused(ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_vehicle_exists, "vehicle");
    body.effective_until = 0;
    assert_refused(ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_vehicle_exists, "vehicle");
    body.effective_from = NOW + 200;
    assert_granted(ACT(REGISTER_VEHICLE), &body);
    vehicle.count = VEHICLE_FILINGS_MAX;
    for (uint32_t i = 0; i < VEHICLE_FILINGS_MAX; i++) {
        vehicle.filings[i] = filing;
    }
    assert_refused(ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_out_of_bounds, "vehicle");
}

static void test_a_permit_is_granted_by_a_regulator_of_the_place(void **state)
{
    (void)state;
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
    char *codes[] = {text("HW01")};
    body.party = text("uscc:plant");
    body.activities = activities;
    body.n_activities = 1;
    body.codes = codes;
    body.n_codes = 1;
    assert_granted(ACT(GRANT_PERMIT), &body);
    speak_as(COUNTY_BUREAU, ROLE(REGULATOR));
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_not_own_party, "party");
    speak_as(PLANT, ROLE(ADMIN));
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_role_missing, "key");
    speak_as(BUREAU, ROLE(REGULATOR));
    body.effective_until = NOW;
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_out_of_bounds, "effective_until");
    body.effective_until = NOW + 1;
    assert_granted(ACT(GRANT_PERMIT), &body);
    body.effective_from = NOW + 1;
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_out_of_bounds, "effective_until");
    body.effective_from = 0;
    codes[0] = text("*");
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_code_malformed, "codes");
    body.n_codes = 0;
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_out_of_bounds, "codes");
    body.n_activities = 0;
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_field_missing, "activities");
    body.party = text("uscc:nobody");
    assert_refused(ACT(GRANT_PERMIT), &body, CUSTODY_REASON_party_unknown, "party");
}

/* ---- keys -------------------------------------------------------------------------------------- */

static uint8_t new_key[PUBLIC_KEY_SIZE];
static Custody__V1__Role roles[2];
static Custody__V1__Role invited_roles[2];

static Custody__V1__EnrolKeyBody enrolment(uint32_t party, int role)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    memset(new_key, 3, sizeof new_key);
    roles[0] = (Custody__V1__Role)role;
    body.key = bytes_of(new_key);
    body.party = text(registered[party].name);
    body.roles = roles;
    body.n_roles = 1;
    body.invited_roles = invited_roles;
    return body;
}

static void test_who_may_enrol_a_key_of_whom(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t for_village, for_hospital;
    } rows[] = {
        {BUREAU, ROLE(REGULATOR), 0, 0},
        {COUNTY_BUREAU, ROLE(REGULATOR), 0, CUSTODY_REASON_not_own_party},
        {OTHER_BUREAU, ROLE(REGULATOR), CUSTODY_REASON_not_own_party, CUSTODY_REASON_not_own_party},
        {BUREAU, ROLE(ADMIN), CUSTODY_REASON_not_own_party, CUSTODY_REASON_not_own_party},
        {BUREAU, ROLE(AUDITOR), CUSTODY_REASON_role_missing, CUSTODY_REASON_role_missing},
        {VILLAGE, ROLE(ADMIN), 0, CUSTODY_REASON_not_own_party},
        {VILLAGE, ROLE(GENERATOR), CUSTODY_REASON_role_missing, CUSTODY_REASON_role_missing},
        {TOWNSHIP, ROLE(ADMIN), 0, CUSTODY_REASON_not_own_party},
        {TOWNSHIP, ROLE(GENERATOR), CUSTODY_REASON_role_missing, CUSTODY_REASON_role_missing},
        {HOSPITAL, ROLE(ADMIN), CUSTODY_REASON_not_own_party, 0},
        {0, ROLE(ROOT), CUSTODY_REASON_not_own_party, CUSTODY_REASON_not_own_party},
        {0, ROLE(ADMIN), CUSTODY_REASON_not_own_party, CUSTODY_REASON_not_own_party},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        speak_as(rows[i].party, rows[i].roles);
        Custody__V1__EnrolKeyBody body = enrolment(VILLAGE, CUSTODY__V1__ROLE__ROLE_GENERATOR);
        assert_int_equal(ask(ACT(ENROL_KEY), &body).reason, rows[i].for_village);
        body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
        assert_int_equal(ask(ACT(ENROL_KEY), &body).reason, rows[i].for_hospital);
    }
}

static void test_each_role_belongs_to_kinds_of_parties(void **state)
{
    (void)state;
    static const struct {
        int role;
        bool hospital, plant, carrier, bureau;
    } rows[] = {
        {CUSTODY__V1__ROLE__ROLE_GENERATOR, true, true, false, false},
        {CUSTODY__V1__ROLE__ROLE_DRIVER, true, true, true, false},
        {CUSTODY__V1__ROLE__ROLE_FACILITY, false, true, false, false},
        {CUSTODY__V1__ROLE__ROLE_REGULATOR, false, false, false, true},
        {CUSTODY__V1__ROLE__ROLE_AUDITOR, false, false, false, true},
        {CUSTODY__V1__ROLE__ROLE_WITNESS, true, true, true, true},
        {CUSTODY__V1__ROLE__ROLE_ADMIN, true, true, true, true},
    };
    static const uint32_t of[] = {HOSPITAL, PLANT, CARRIER, BUREAU};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bool may[] = {rows[i].hospital, rows[i].plant, rows[i].carrier, rows[i].bureau};
        for (size_t k = 0; k < 4; k++) {
            Custody__V1__EnrolKeyBody body = enrolment(of[k], rows[i].role);
            assert_int_equal(ask(ACT(ENROL_KEY), &body).reason,
                             may[k] ? 0 : CUSTODY_REASON_kind_missing);
        }
    }
}

static void test_nobody_makes_a_root_key(void **state)
{
    (void)state;
    Custody__V1__EnrolKeyBody body = enrolment(BUREAU, CUSTODY__V1__ROLE__ROLE_ROOT);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "roles");
    speak_as(0, ROLE(ROOT));
    ledger_is_open = false;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "roles");
    body.n_roles = 0;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_field_missing, "roles");
}

static void test_root_makes_regulators_at_any_time_and_others_only_at_first(void **state)
{
    (void)state;
    speak_as(0, ROLE(ROOT));
    Custody__V1__EnrolKeyBody body = enrolment(BUREAU, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    assert_granted(ACT(ENROL_KEY), &body);
    body = enrolment(BUREAU, CUSTODY__V1__ROLE__ROLE_ADMIN);
    assert_granted(ACT(ENROL_KEY), &body);
    body = enrolment(BUREAU, CUSTODY__V1__ROLE__ROLE_AUDITOR);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_not_own_party, "party");
    body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_ADMIN);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_not_own_party, "party");
    ledger_is_open = false;
    assert_granted(ACT(ENROL_KEY), &body);
}

static void test_an_invitation_enrols_one_key_of_its_party_and_roles(void **state)
{
    (void)state;
    speak_as(HOSPITAL, ROLE(INVITED));
    author.invited_roles = ROLE(GENERATOR) | ROLE(ADMIN);
    Custody__V1__EnrolKeyBody body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    assert_granted(ACT(ENROL_KEY), &body);
    body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_DRIVER);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "roles");
    body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_INVITED);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "roles");
    body = enrolment(VILLAGE, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "party");
    body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    body.replaces = bytes_of(target_key);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "replaces");
    body.replaces.len = 0;
    author.is_spent = true;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_invitation_spent, "key");
    author.is_spent = false;
    author.until_us = NOW;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_invitation_spent, "key");
    author.until_us = INT64_MAX;
    author.is_revoked = true;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_invitation_spent, "key");
}

static void test_an_invitation_does_nothing_else(void **state)
{
    (void)state;
    Custody__V1__RegisterPlaceBody place = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    speak_as(HOSPITAL, ROLE(INVITED) | ROLE(ADMIN));
    place.party = text("uscc:hospital");
    place.code = text("ward");
    assert_refused(ACT(REGISTER_PLACE), &place, CUSTODY_REASON_role_missing, "key");
}

static void test_an_invitation_says_what_it_invites_to(void **state)
{
    (void)state;
    speak_as(HOSPITAL, ROLE(ADMIN));
    Custody__V1__EnrolKeyBody body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_INVITED);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_field_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_GENERATOR;
    body.n_invited_roles = 1;
    assert_granted(ACT(ENROL_KEY), &body);
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_FACILITY;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_kind_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_ROOT;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_INVITED;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_GENERATOR;
    roles[1] = CUSTODY__V1__ROLE__ROLE_GENERATOR;
    body.n_roles = 2;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_out_of_bounds, "roles");
    body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    body.n_invited_roles = 1;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_out_of_bounds, "invited_roles");
}

static void test_a_key_is_enrolled_once(void **state)
{
    (void)state;
    Custody__V1__EnrolKeyBody body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    body.key = bytes_of(target_key);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_key_exists, "key");
    /* Only mentioned, as by a countersignature that came first. */
    target.is_enrolled = false;
    assert_granted(ACT(ENROL_KEY), &body);
    body.curve_key = bytes_of(taken_curve_key);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_key_exists, "curve_key");
    registry.curve_is_taken = NULL;
    assert_granted(ACT(ENROL_KEY), &body);
    body.effective_until = NOW;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_out_of_bounds, "effective_until");
    body = enrolment(CLOSED, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_party_closed, "party");
}

static void test_a_replaced_key_is_one_of_the_same_party(void **state)
{
    (void)state;
    Custody__V1__EnrolKeyBody body = enrolment(HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    uint8_t nobody[PUBLIC_KEY_SIZE] = {77};
    body.replaces = bytes_of(target_key);
    assert_granted(ACT(ENROL_KEY), &body);
    target.party = VILLAGE;
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_key_unknown, "replaces");
    body.replaces = bytes_of(nobody);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_key_unknown, "replaces");
    /* Replacing revokes: the last regulator may only be replaced by a regulator. */
    target.party = BUREAU;
    target.roles = ROLE(REGULATOR);
    regulator_keys = 1;
    body = enrolment(BUREAU, CUSTODY__V1__ROLE__ROLE_ADMIN);
    body.replaces = bytes_of(target_key);
    assert_refused(ACT(ENROL_KEY), &body, CUSTODY_REASON_last_regulator, "replaces");
    body = enrolment(BUREAU, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    body.replaces = bytes_of(target_key);
    assert_granted(ACT(ENROL_KEY), &body);
}

static void test_who_may_revoke_a_key(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t reason;
    } rows[] = {
        {BUREAU, ROLE(REGULATOR), 0},
        {COUNTY_BUREAU, ROLE(REGULATOR), 0},
        {OTHER_BUREAU, ROLE(REGULATOR), CUSTODY_REASON_not_own_party},
        {VILLAGE, ROLE(ADMIN), 0},
        {TOWNSHIP, ROLE(ADMIN), 0},
        {HOSPITAL, ROLE(ADMIN), CUSTODY_REASON_not_own_party},
        {VILLAGE, ROLE(GENERATOR), CUSTODY_REASON_role_missing},
        {0, ROLE(ROOT), 0},
    };
    target.party = VILLAGE;
    body.key = bytes_of(target_key);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        speak_as(rows[i].party, rows[i].roles);
        assert_int_equal(ask(ACT(REVOKE_KEY), &body).reason, rows[i].reason);
    }
}

static void test_a_revocation_is_of_a_key_that_speaks(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key = bytes_of(new_key);
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_key_unknown, "key");
    body.key = bytes_of(target_key);
    body.doubt_since = NOW + 1;
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_out_of_bounds, "doubt_since");
    body.doubt_since = NOW - 1;
    assert_granted(ACT(REVOKE_KEY), &body);
    target.is_revoked = true;
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_key_revoked, "key");
    target.is_revoked = false;
    target.is_enrolled = false;
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_key_unknown, "key");
}

static void test_the_last_regulator_key_stays(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key = bytes_of(target_key);
    target.party = BUREAU;
    target.roles = ROLE(REGULATOR);
    assert_granted(ACT(REVOKE_KEY), &body);
    regulator_keys = 1;
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_last_regulator, "key");
    speak_as(0, ROLE(ROOT));
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_last_regulator, "key");
}

static void test_only_root_revokes_root(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key = bytes_of(target_key);
    target.party = 0;
    target.roles = ROLE(ROOT);
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_not_own_party, "key");
    speak_as(0, ROLE(ADMIN));
    assert_refused(ACT(REVOKE_KEY), &body, CUSTODY_REASON_not_own_party, "key");
    speak_as(0, ROLE(ROOT));
    assert_granted(ACT(REVOKE_KEY), &body);
}

static void test_speaking_for_a_party_is_its_own_or_its_parents_admins(void **state)
{
    (void)state;
    speak_as(VILLAGE, ROLE(GENERATOR));
    assert_true(permission_speaks_for(&author, VILLAGE, &parties[VILLAGE], NOW));
    assert_false(permission_speaks_for(&author, HOSPITAL, &parties[HOSPITAL], NOW));
    speak_as(TOWNSHIP, ROLE(GENERATOR));
    assert_false(permission_speaks_for(&author, VILLAGE, &parties[VILLAGE], NOW));
    speak_as(TOWNSHIP, ROLE(ADMIN));
    assert_true(permission_speaks_for(&author, VILLAGE, &parties[VILLAGE], NOW));
    assert_false(permission_speaks_for(&author, VILLAGE, &parties[VILLAGE], 0));
    assert_false(permission_speaks_for(&author, VILLAGE, NULL, NOW));
    speak_as(0, ROLE(ADMIN));
    assert_false(permission_speaks_for(&author, 0, NULL, NOW));
    assert_false(permission_speaks_for(&author, HOSPITAL, &parties[HOSPITAL], NOW));
}

/* ---- blocks of numbers ------------------------------------------------------------------------- */

static char *receivers[1];
static char *codes[1];

static Custody__V1__ReserveNumbersBody reservation(uint32_t party)
{
    Custody__V1__ReserveNumbersBody body = CUSTODY__V1__RESERVE_NUMBERS_BODY__INIT;
    receivers[0] = text("uscc:plant");
    codes[0] = text("841-001-01");
    body.party = text(registered[party].name);
    body.count = 10;
    body.receivers = receivers;
    body.n_receivers = 1;
    body.codes = codes;
    body.n_codes = 1;
    return body;
}

static void test_who_may_reserve_numbers(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t reason;
    } rows[] = {
        {VILLAGE, ROLE(GENERATOR), 0},
        {VILLAGE, ROLE(DRIVER), 0},
        {VILLAGE, ROLE(ADMIN), 0},
        {VILLAGE, ROLE(WITNESS), CUSTODY_REASON_role_missing},
        {TOWNSHIP, ROLE(ADMIN), 0},
        {TOWNSHIP, ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {HOSPITAL, ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {COUNTY_BUREAU, ROLE(REGULATOR), 0},
        {OTHER_BUREAU, ROLE(REGULATOR), CUSTODY_REASON_not_own_party},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        speak_as(rows[i].party, rows[i].roles);
        Custody__V1__ReserveNumbersBody body = reservation(VILLAGE);
        assert_int_equal(ask(ACT(RESERVE_NUMBERS), &body).reason, rows[i].reason);
    }
    Custody__V1__ReserveNumbersBody body = reservation(CARRIER);
    speak_as(CARRIER, ROLE(DRIVER));
    assert_granted(ACT(RESERVE_NUMBERS), &body);
    body = reservation(BUREAU);
    speak_as(BUREAU, ROLE(REGULATOR));
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_kind_missing, "party");
}

static void test_a_block_is_for_receivers_permitted_for_its_codes(void **state)
{
    (void)state;
    speak_as(VILLAGE, ROLE(GENERATOR));
    Custody__V1__ReserveNumbersBody body = reservation(VILLAGE);
    codes[0] = text("841-*");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_permit_missing, "receivers");
    codes[0] = text("HW01");
    assert_granted(ACT(RESERVE_NUMBERS), &body);
    codes[0] = text("900-041-49");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_permit_missing, "receivers");
    codes[0] = text("*");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_code_malformed, "codes");
    body = reservation(VILLAGE);
    receivers[0] = text("uscc:hospital");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_kind_missing, "receivers");
    receivers[0] = text("uscc:nobody");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_party_unknown, "receivers");
    body = reservation(VILLAGE);
    body.effective_until = NOW;
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "effective_until");
    body.effective_until = NOW + 1;
    assert_granted(ACT(RESERVE_NUMBERS), &body);
    body.count = 0;
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "count");
    body.count = 1001;
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "count");
}

static void test_national_numbers_come_from_a_regulator(void **state)
{
    (void)state;
    Custody__V1__ReserveNumbersBody body = reservation(HOSPITAL);
    body.national_first = text("20265404000010");
    assert_granted(ACT(RESERVE_NUMBERS), &body);
    speak_as(HOSPITAL, ROLE(ADMIN));
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_role_missing, "national_first");
    speak_as(BUREAU, ROLE(REGULATOR));
    body.national_first = text("2026540400001");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "national_first");
    body.national_first = text("2026540400001x");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "national_first");
    body.national_first = text("20265404999995");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "count");
    body.count = 5;
    assert_granted(ACT(RESERVE_NUMBERS), &body);
    /* 20265404000005 is taken. */
    body.national_first = text("20265404000001");
    assert_refused(ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_number_taken, "national_first");
    body.count = 4;
    assert_granted(ACT(RESERVE_NUMBERS), &body);
}

/* ---- manifests --------------------------------------------------------------------------------- */

static Custody__V1__ManifestLine line;
static Custody__V1__ManifestLine *lines[] = {&line};
static Custody__V1__ManifestLeg leg;
static Custody__V1__ManifestLeg *legs[] = {&leg};
static Custody__V1__ManifestPlan plan;

static Custody__V1__IssueManifestBody issue(uint32_t generator)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    custody__v1__manifest_plan__init(&plan);
    custody__v1__manifest_line__init(&line);
    custody__v1__manifest_leg__init(&leg);
    line.waste_code = text("841-001-01");
    line.planned_mass_g = 5000;
    leg.carrier = text("uscc:carrier");
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD;
    plan.generator = text(registered[generator].name);
    plan.receiver = text("uscc:plant");
    plan.lines = lines;
    plan.n_lines = 1;
    plan.legs = legs;
    plan.n_legs = 1;
    body.plan = &plan;
    return body;
}

static void test_who_may_have_a_manifest_issued(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t reason;
    } rows[] = {
        {VILLAGE, ROLE(GENERATOR), 0},
        {VILLAGE, ROLE(ADMIN), 0},
        {VILLAGE, ROLE(DRIVER), CUSTODY_REASON_role_missing},
        {TOWNSHIP, ROLE(ADMIN), 0},
        {TOWNSHIP, ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {HOSPITAL, ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {BUREAU, ROLE(REGULATOR), CUSTODY_REASON_role_missing},
        {CARRIER, ROLE(DRIVER), CUSTODY_REASON_role_missing},
        {0, ROLE(ROOT), CUSTODY_REASON_role_missing},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        speak_as(rows[i].party, rows[i].roles);
        Custody__V1__IssueManifestBody body = issue(VILLAGE);
        assert_int_equal(ask(ACT(ISSUE_MANIFEST), &body).reason, rows[i].reason);
    }
}

static void test_a_manifest_needs_lines_and_a_generator_of_the_kind(void **state)
{
    (void)state;
    speak_as(PLANT, ROLE(ADMIN));
    Custody__V1__IssueManifestBody body = issue(PLANT);
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_kind_missing, "plan.generator");
    speak_as(HOSPITAL, ROLE(GENERATOR));
    body = issue(HOSPITAL);
    plan.n_lines = 0;
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_field_missing, "plan.lines");
    body = issue(HOSPITAL);
    line.waste_code = text("HW01");
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_code_malformed,
                   "plan.lines.waste_code");
    body = issue(CLOSED);
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_party_closed, "plan.generator");
    body.plan = NULL;
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_field_missing, "plan");
}

static void test_a_receiver_must_be_permitted_for_every_line(void **state)
{
    (void)state;
    speak_as(HOSPITAL, ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(HOSPITAL);
    assert_granted(ACT(ISSUE_MANIFEST), &body);
    line.waste_code = text("900-041-49");
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_missing, "plan.receiver");
    body = issue(HOSPITAL);
    permit.until_us = NOW;
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_missing, "plan.receiver");
    permit.until_us = INT64_MAX;
    permit.activities = 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_TRANSPORT;
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_missing, "plan.receiver");
    permit.activities = 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_COLLECT;
    assert_granted(ACT(ISSUE_MANIFEST), &body);
    plan.receiver = text("uscc:village");
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_kind_missing, "plan.receiver");
    plan.receiver = text("uscc:nobody");
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_party_unknown, "plan.receiver");
}

static void test_carriers_are_registered_carriers(void **state)
{
    (void)state;
    speak_as(HOSPITAL, ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(HOSPITAL);
    leg.carrier = text("uscc:plant");
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_kind_missing, "plan.legs.carrier");
    leg.carrier = text("uscc:nobody");
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_party_unknown, "plan.legs.carrier");
}

static void test_medical_waste_goes_neither_by_rail_nor_by_air(void **state)
{
    (void)state;
    speak_as(HOSPITAL, ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(HOSPITAL);
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_RAIL;
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_out_of_bounds, "plan.legs.mode");
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_AIR;
    assert_refused(ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_out_of_bounds, "plan.legs.mode");
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_SHIP;
    assert_granted(ACT(ISSUE_MANIFEST), &body);
    /* Other waste may. */
    memcpy(permit.patterns[0], "HW49", 5);
    line.waste_code = text("900-041-49");
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_RAIL;
    assert_granted(ACT(ISSUE_MANIFEST), &body);
}

/* ---- drawn manifests --------------------------------------------------------------------------- */

static void assert_breaks(const Custody__V1__DrawManifestBody *body,
                          uint32_t by,
                          int64_t at_us,
                          uint16_t first,
                          uint16_t second)
{
    struct permission_rules broken;
    permission_judge_drawn(body, by, at_us, &registry, &broken);
    assert_int_equal(broken.count, (first != 0) + (second != 0));
    assert_int_equal(broken.rules[0], first);
    assert_int_equal(broken.rules[1], second);
}

static void test_a_drawn_manifest_is_judged_by_what_a_permission_would_have_asked(void **state)
{
    (void)state;
    Custody__V1__DrawManifestBody body = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
    Custody__V1__StatementName name = CUSTODY__V1__STATEMENT_NAME__INIT;
    issue(VILLAGE);
    name.sequence = 3;
    block = (struct block){.party = VILLAGE, .count = 10, .from_us = 1, .until_us = NOW + 1};
    memcpy(block.first, "L20265404000001", 16);
    body.block = &name;
    body.plan = &plan;
    body.number = text("L20265404000004");
    assert_breaks(&body, VILLAGE, NOW, 0, 0);
    assert_breaks(&body, HOSPITAL, NOW, RULE_drawn_outside_block, 0);
    assert_breaks(&body, 0, NOW, RULE_drawn_outside_block, 0);
    assert_breaks(&body, VILLAGE, NOW + 1, RULE_drawn_outside_block, 0);
    block.drawn[0] = 1 << 3;
    assert_breaks(&body, VILLAGE, NOW, RULE_drawn_outside_block, 0);
    block.drawn[0] = 1 << 2;
    assert_breaks(&body, VILLAGE, NOW, 0, 0);
    body.number = text("L20265404000011");
    assert_breaks(&body, VILLAGE, NOW, RULE_drawn_outside_block, 0);
    body.number = text("L20265404000004");
    block.mass_ceiling_g = 4999;
    assert_breaks(&body, VILLAGE, NOW, RULE_drawn_outside_block, 0);
    block.mass_ceiling_g = 5000;
    block.receiver_count = 1;
    block.receivers[0] = TOWNSHIP;
    assert_breaks(&body, VILLAGE, NOW, RULE_drawn_outside_block, 0);
    block.receivers[0] = PLANT;
    assert_breaks(&body, VILLAGE, NOW, 0, 0);
    name.sequence = 4;
    assert_breaks(&body, VILLAGE, NOW, RULE_drawn_outside_block, 0);
    name.sequence = 3;
    permit.from_us = NOW + 1;
    assert_breaks(&body, VILLAGE, NOW, RULE_receiver_not_permitted, 0);
    permit.from_us = 1;
    plan.receiver = text("uscc:hospital");
    assert_breaks(&body, VILLAGE, NOW, RULE_receiver_not_permitted, RULE_drawn_outside_block);
    body.plan = NULL;
    assert_breaks(&body, VILLAGE, NOW, RULE_receiver_not_permitted, RULE_drawn_outside_block);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_revoked_expired_or_unenrolled_key_is_granted_nothing),
        TEST(test_a_profile_is_set_by_a_regulator_or_before_the_opening_by_root),
        TEST(test_a_regulators_role_needs_a_regulators_party),
        TEST(test_every_other_permission_is_not_open_yet),
        TEST(test_a_ledger_is_founded_once_by_its_first_root_key),
        TEST(test_a_ledger_is_opened_once_by_root_or_a_regulator),
        TEST(test_root_sets_up_the_tables_only_before_the_opening),
        TEST(test_a_permission_never_reaches_back_once_the_ledger_is_open),
        TEST(test_a_regulator_registers_parties_of_its_division),
        TEST(test_a_township_centre_sponsors_its_villages),
        TEST(test_root_registers_anybody_before_the_opening),
        TEST(test_a_place_is_registered_by_who_looks_after_its_party),
        TEST(test_a_vehicle_is_filed_for_a_carrier_without_overlap),
        TEST(test_a_permit_is_granted_by_a_regulator_of_the_place),
        TEST(test_who_may_enrol_a_key_of_whom),
        TEST(test_each_role_belongs_to_kinds_of_parties),
        TEST(test_nobody_makes_a_root_key),
        TEST(test_root_makes_regulators_at_any_time_and_others_only_at_first),
        TEST(test_an_invitation_enrols_one_key_of_its_party_and_roles),
        TEST(test_an_invitation_does_nothing_else),
        TEST(test_an_invitation_says_what_it_invites_to),
        TEST(test_a_key_is_enrolled_once),
        TEST(test_a_replaced_key_is_one_of_the_same_party),
        TEST(test_who_may_revoke_a_key),
        TEST(test_a_revocation_is_of_a_key_that_speaks),
        TEST(test_the_last_regulator_key_stays),
        TEST(test_only_root_revokes_root),
        TEST(test_speaking_for_a_party_is_its_own_or_its_parents_admins),
        TEST(test_who_may_reserve_numbers),
        TEST(test_a_block_is_for_receivers_permitted_for_its_codes),
        TEST(test_national_numbers_come_from_a_regulator),
        TEST(test_who_may_have_a_manifest_issued),
        TEST(test_a_manifest_needs_lines_and_a_generator_of_the_kind),
        TEST(test_a_receiver_must_be_permitted_for_every_line),
        TEST(test_carriers_are_registered_carriers),
        TEST(test_medical_waste_goes_neither_by_rail_nor_by_air),
        TEST(test_a_drawn_manifest_is_judged_by_what_a_permission_would_have_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
