/* test_bounds.c: shows what a statement's content may look like, field by field, and which field is named when it does not. */
#include <stdio.h>
#include <string.h>

#include <custody/status.h>
#include "proto/body.h"
#include "daemon/domain/bounds.h"
#include "tests/lib/check.h"

static struct bounds_fault fault;

static bool check(uint32_t act, const void *body)
{
    memset(&fault, 0xAA, sizeof fault);
    return bounds_check(act, body, &fault);
}

static void assert_fault(uint32_t act, const void *body, uint16_t reason, const char *field)
{
    assert_false(check(act, body));
    assert_string_equal(fault.field, field);
    assert_int_equal(fault.reason, reason);
    assert_non_null(fault.expected);
}

static void assert_good(uint32_t act, const void *body)
{
    if (!check(act, body)) {
        fail_msg("%s: %s", fault.field, fault.expected);
    }
    assert_int_equal(fault.reason, 0);
}

enum {
    MISSING_FIELD = CUSTODY_REASON_field_missing,
    OUT = CUSTODY_REASON_out_of_bounds,
    MALFORMED = CUSTODY_REASON_code_malformed,
};

static uint8_t bytes32[32] = {1, 2, 3};
static const ProtobufCBinaryData id32 = {.len = 32, .data = bytes32};
static const ProtobufCBinaryData short_id = {.len = 31, .data = bytes32};

static char clinic[] = "uscc:12540400MB0X";
static char plant[] = "epa:plant-1";

/* ---- the table --------------------------------------------------------------------------------- */

static void test_every_row_names_a_field_once_and_rows_of_a_message_stand_together(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < bounds_row_count(); i++) {
        const ProtobufCMessageDescriptor *message;
        const char *field = bounds_row(i, &message);
        if (protobuf_c_message_descriptor_get_field_by_name(message, field) == NULL) {
            fail_msg("%s has no field %s", message->short_name, field);
        }
        bool has_ended = false;
        for (uint32_t k = i + 1; k < bounds_row_count(); k++) {
            const ProtobufCMessageDescriptor *other;
            const char *other_field = bounds_row(k, &other);
            if (other != message) {
                has_ended = true;
                continue;
            }
            assert_false(has_ended);
            assert_string_not_equal(field, other_field);
        }
    }
}

static void test_an_empty_body_is_told_what_it_lacks(void **state)
{
    (void)state;
    static const struct {
        uint32_t act;
        const char *field;
    } lacking[] = {
        {CUSTODY__V1__ACT__ACT_FOUND_LEDGER, "origin"},
        {CUSTODY__V1__ACT__ACT_REGISTER_PARTY, "party"},
        {CUSTODY__V1__ACT__ACT_REGISTER_PLACE, "party"},
        {CUSTODY__V1__ACT__ACT_REGISTER_VEHICLE, "vehicle"},
        {CUSTODY__V1__ACT__ACT_GRANT_PERMIT, "party"},
        {CUSTODY__V1__ACT__ACT_ENROL_KEY, "key"},
        {CUSTODY__V1__ACT__ACT_REVOKE_KEY, "key"},
        {CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS, "party"},
        {CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST, "plan"},
        {CUSTODY__V1__ACT__ACT_SET_DIVISIONS, "divisions"},
        {CUSTODY__V1__ACT__ACT_SET_CATALOGUE, "edition"},
        {CUSTODY__V1__ACT__ACT_DRAW_MANIFEST, "block"},
        {CUSTODY__V1__ACT__ACT_PACK, "generator"},
        {CUSTODY__V1__ACT__ACT_STORE, "generator"},
        {CUSTODY__V1__ACT__ACT_DEPART, "vehicle"},
        {CUSTODY__V1__ACT__ACT_LOAD, "generator"},
        {CUSTODY__V1__ACT__ACT_RECEIVE, "manifest"},
        {CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, "manifest"},
        {CUSTODY__V1__ACT__ACT_FEED, "batch"},
        {CUSTODY__V1__ACT__ACT_YIELD, "batch"},
        {CUSTODY__V1__ACT__ACT_NEST, "generator"},
        {CUSTODY__V1__ACT__ACT_UNNEST, "generator"},
        {CUSTODY__V1__ACT__ACT_AMEND, "target"},
        {CUSTODY__V1__ACT__ACT_COUNTERSIGN, "target"},
    };
    static union {
        ProtobufCMessage message;
        uint8_t room[4096];
    } body;
    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++) {
        const ProtobufCMessageDescriptor *descriptor = body_descriptor(lacking[i].act);
        assert_true(descriptor->sizeof_message <= sizeof body);
        protobuf_c_message_init(descriptor, &body);
        assert_fault(lacking[i].act, &body, MISSING_FIELD, lacking[i].field);
    }
}

static void test_every_act_has_bounds_that_end(void **state)
{
    (void)state;
    static union {
        ProtobufCMessage message;
        uint8_t room[4096];
    } body;
    for (uint32_t act = 16; act < 128; act++) {
        const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
        if (descriptor != NULL) {
            protobuf_c_message_init(descriptor, &body);
            check(act, &body);
        }
    }
    Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    assert_good(CUSTODY__V1__ACT__ACT_OPEN_LEDGER, &open);
}

/* ---- the header -------------------------------------------------------------------------------- */

#define TIME_2000 INT64_C(946684800000000)
#define TIME_2200 INT64_C(7258118400000000)

static void test_times_lie_between_2000_and_2199(void **state)
{
    (void)state;
    struct statement_header header = {.occurred_at_us = TIME_2000, .signed_at_us = TIME_2200 - 1};
    assert_true(bounds_check_header(&header, &fault));
    header.occurred_at_us = TIME_2000 - 1;
    assert_false(bounds_check_header(&header, &fault));
    assert_string_equal(fault.field, "occurred_at");
    header.occurred_at_us = TIME_2200;
    assert_false(bounds_check_header(&header, &fault));
    header.occurred_at_us = TIME_2000;
    header.signed_at_us = TIME_2200;
    assert_false(bounds_check_header(&header, &fault));
    assert_string_equal(fault.field, "signed_at");
    assert_int_equal(fault.reason, OUT);
}

static void test_positions_lie_on_the_globe(void **state)
{
    (void)state;
    struct statement_header header = {.occurred_at_us = TIME_2000,
                                      .signed_at_us = TIME_2000,
                                      .latitude_e7 = 900000001,
                                      .longitude_e7 = 0};
    assert_true(bounds_check_header(&header, &fault));
    header.position_is_known = true;
    assert_false(bounds_check_header(&header, &fault));
    assert_string_equal(fault.field, "latitude");
    header.latitude_e7 = -900000000;
    header.longitude_e7 = -1800000000;
    assert_true(bounds_check_header(&header, &fault));
    header.longitude_e7 = 1800000001;
    assert_false(bounds_check_header(&header, &fault));
    assert_string_equal(fault.field, "longitude");
}

/* ---- names ------------------------------------------------------------------------------------- */

static void test_a_party_is_scheme_and_value(void **state)
{
    (void)state;
    static const char *const right[] = {"uscc:12540400MB0X", "epa:1", "ab:x", "abcdefghijkl:A-b._9",
                                        "uscc:123456789012345678901234567890123456789012345678"};
    static const char *const wrong[] = {"",
                                        "uscc",
                                        "uscc:",
                                        ":x",
                                        "a:x",
                                        "abcdefghijklm:x",
                                        "Uscc:x",
                                        "us1:x",
                                        "uscc:a b",
                                        "uscc:a/b",
                                        "uscc:a:b",
                                        "uscc:\xE8\x97\x8F",
                                        "uscc:1234567890123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(bounds_is_party(right[i]));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(bounds_is_party(wrong[i]));
    }
    assert_false(bounds_is_party(NULL));
}

/* ---- pack -------------------------------------------------------------------------------------- */

static char code_a[64];
static char code_b[64];
static char waste_code[32];
static Custody__V1__PackedContainer packed[2];
static Custody__V1__PackedContainer *packed_list[] = {&packed[0], &packed[1]};

static Custody__V1__PackBody good_pack(void)
{
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    snprintf(code_a, sizeof code_a, "T1");
    snprintf(code_b, sizeof code_b, "T2");
    snprintf(waste_code, sizeof waste_code, "841-001-01");
    for (size_t i = 0; i < 2; i++) {
        custody__v1__packed_container__init(&packed[i]);
        packed[i].code = i == 0 ? code_a : code_b;
        packed[i].waste_code = waste_code;
        packed[i].mass_g = 2350;
    }
    body.generator = clinic;
    body.n_containers = 2;
    body.containers = packed_list;
    return body;
}

enum { PACK = CUSTODY__V1__ACT__ACT_PACK };

static void test_a_pack_needs_container_codes_waste_codes_and_masses(void **state)
{
    (void)state;
    Custody__V1__PackBody body = good_pack();
    assert_good(PACK, &body);
    code_b[0] = 0;
    assert_fault(PACK, &body, MISSING_FIELD, "containers[1].code");
    body = good_pack();
    packed[1].mass_g = 0;
    assert_fault(PACK, &body, MISSING_FIELD, "containers[1].mass_g");
    assert_string_equal(fault.expected, "1 to 100000000 grams");
    packed[1].mass_g = 100000000;
    assert_good(PACK, &body);
    packed[1].mass_g++;
    assert_fault(PACK, &body, OUT, "containers[1].mass_g");
    packed[1].mass_g = UINT64_MAX;
    assert_fault(PACK, &body, OUT, "containers[1].mass_g");
    body = good_pack();
    waste_code[0] = 0;
    assert_fault(PACK, &body, MISSING_FIELD, "containers[0].waste_code");
    snprintf(waste_code, sizeof waste_code, "841-*");
    assert_fault(PACK, &body, MALFORMED, "containers[0].waste_code");
    body = good_pack();
    body.n_containers = 0;
    assert_fault(PACK, &body, MISSING_FIELD, "containers");
    body = good_pack();
    body.generator = waste_code;
    assert_fault(PACK, &body, OUT, "generator");
}

static void test_a_code_is_at_most_48_printable_bytes(void **state)
{
    (void)state;
    Custody__V1__PackBody body = good_pack();
    memset(code_a, 'x', 48);
    code_a[48] = 0;
    assert_good(PACK, &body);
    memset(code_a, 'x', 49);
    code_a[49] = 0;
    assert_fault(PACK, &body, OUT, "containers[0].code");
    snprintf(code_a, sizeof code_a,
             "\xE8\x97\x8FG\x2D"
             "1 (2)");
    assert_good(PACK, &body);
    snprintf(code_a, sizeof code_a, "a\x7F");
    assert_fault(PACK, &body, OUT, "containers[0].code");
}

static void test_a_container_is_named_once(void **state)
{
    (void)state;
    Custody__V1__PackBody body = good_pack();
    snprintf(code_b, sizeof code_b, "T1");
    assert_fault(PACK, &body, OUT, "containers[1]");
    assert_string_equal(fault.expected, "each one once");
    snprintf(code_b, sizeof code_b, "t1");
    assert_good(PACK, &body);
}

static void test_the_five_times_are_of_the_last_year(void **state)
{
    (void)state;
    Custody__V1__PackBody body = good_pack();
    Custody__V1__FiveTimes times = CUSTODY__V1__FIVE_TIMES__INIT;
    packed[0].times = &times;
    assert_good(PACK, &body);
    times.generated_before_us = UINT64_C(31622400000000);
    assert_good(PACK, &body);
    times.generated_before_us++;
    assert_fault(PACK, &body, OUT, "containers[0].times.generated_before_us");
}

static void test_texts_of_no_form_are_short(void **state)
{
    (void)state;
    Custody__V1__PackBody body = good_pack();
    char ward[66];
    memset(ward, 'w', 65);
    ward[65] = 0;
    packed[0].ward = ward;
    assert_fault(PACK, &body, OUT, "containers[0].ward");
    ward[64] = 0;
    assert_good(PACK, &body);
}

/* ---- lists of codes ---------------------------------------------------------------------------- */

static char names[501][24];
static char *name_list[501];

static char **throw_names(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "B%zu", i);
        name_list[i] = names[i];
    }
    return name_list;
}

static void test_a_statement_has_at_most_500_items(void **state)
{
    (void)state;
    Custody__V1__StoreBody body = CUSTODY__V1__STORE_BODY__INIT;
    enum { STORE = CUSTODY__V1__ACT__ACT_STORE };
    body.generator = clinic;
    body.containers = throw_names(501);
    body.n_containers = 500;
    assert_good(STORE, &body);
    body.n_containers = 501;
    assert_fault(STORE, &body, OUT, "containers");
    body.n_containers = 499;
    body.n_boxes = 2;
    body.boxes = name_list;
    assert_fault(STORE, &body, OUT, "boxes");
    body.n_boxes = 1;
    assert_good(STORE, &body);
    snprintf(names[498], sizeof names[498], "B7");
    assert_fault(STORE, &body, OUT, "containers[498]");
}

static void test_a_store_names_a_container_or_a_box(void **state)
{
    (void)state;
    Custody__V1__StoreBody body = CUSTODY__V1__STORE_BODY__INIT;
    enum { STORE = CUSTODY__V1__ACT__ACT_STORE };
    body.generator = clinic;
    assert_fault(STORE, &body, MISSING_FIELD, "containers");
    body.boxes = throw_names(1);
    body.n_boxes = 1;
    assert_good(STORE, &body);
    names[0][0] = 0;
    assert_fault(STORE, &body, MISSING_FIELD, "boxes[0]");
}

static void test_a_box_of_another_party_is_named_with_it(void **state)
{
    (void)state;
    Custody__V1__StoreBody body = CUSTODY__V1__STORE_BODY__INIT;
    enum { STORE = CUSTODY__V1__ACT__ACT_STORE };
    static char box[100];
    char *boxes[] = {box};
    body.generator = clinic;
    body.boxes = boxes;
    body.n_boxes = 1;
    snprintf(box, sizeof box, "epa:plant-1/BOX 7");
    assert_good(STORE, &body);
    static const char *const wrong[] = {"/BOX", "epa:plant-1/", "plant/BOX", "epa:a/b/c"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(box, sizeof box, "%s", wrong[i]);
        assert_fault(STORE, &body, OUT, "boxes[0]");
    }
}

static void test_a_temperature_is_one_of_this_earth(void **state)
{
    (void)state;
    Custody__V1__StoreBody body = CUSTODY__V1__STORE_BODY__INIT;
    enum { STORE = CUSTODY__V1__ACT__ACT_STORE };
    body.generator = clinic;
    body.containers = throw_names(1);
    body.n_containers = 1;
    body.temperature_mc = 900000; /* not the member that is set */
    assert_good(STORE, &body);
    body.temperature_case = CUSTODY__V1__STORE_BODY__TEMPERATURE_TEMPERATURE_MC;
    assert_fault(STORE, &body, OUT, "temperature_mc");
    body.temperature_mc = -100000;
    assert_good(STORE, &body);
    body.temperature_mc = 0;
    assert_good(STORE, &body);
    body.temperature_mc = -100001;
    assert_fault(STORE, &body, OUT, "temperature_mc");
}

/* ---- load and receive -------------------------------------------------------------------------- */

static void test_a_load_may_be_empty_but_bulk_needs_its_manifest(void **state)
{
    (void)state;
    enum { LOAD = CUSTODY__V1__ACT__ACT_LOAD };
    Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
    Custody__V1__BulkMass bulk = CUSTODY__V1__BULK_MASS__INIT;
    Custody__V1__BulkMass *bulks[] = {&bulk, &bulk};
    body.generator = clinic;
    assert_good(LOAD, &body);
    bulk.line = 1;
    bulk.mass_g = UINT64_C(10000000000);
    body.bulk = bulks;
    body.n_bulk = 1;
    assert_fault(LOAD, &body, MISSING_FIELD, "manifest");
    body.manifest = id32;
    assert_good(LOAD, &body);
    bulk.mass_g++;
    assert_fault(LOAD, &body, OUT, "bulk[0].mass_g");
    bulk.mass_g = 0;
    assert_fault(LOAD, &body, MISSING_FIELD, "bulk[0].mass_g");
    bulk.mass_g = 1;
    bulk.line = 33;
    assert_fault(LOAD, &body, OUT, "bulk[0].line");
    bulk.line = 3;
    body.n_bulk = 2;
    assert_fault(LOAD, &body, OUT, "bulk[1]");
    body.n_bulk = 0;
    body.manifest = short_id;
    assert_fault(LOAD, &body, OUT, "manifest");
    body.manifest = id32;
    body.trip = short_id;
    assert_fault(LOAD, &body, OUT, "trip");
}

static void test_a_receipt_says_what_it_speaks_of(void **state)
{
    (void)state;
    enum { RECEIVE = CUSTODY__V1__ACT__ACT_RECEIVE };
    Custody__V1__ReceiveBody body = CUSTODY__V1__RECEIVE_BODY__INIT;
    Custody__V1__ReceivedContainer one = CUSTODY__V1__RECEIVED_CONTAINER__INIT;
    Custody__V1__ReceivedContainer *ones[] = {&one};
    static char code[] = "T1";
    body.manifest = id32;
    body.remainder = CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED;
    assert_good(RECEIVE, &body);
    one.code = code;
    body.containers = ones;
    body.n_containers = 1;
    assert_fault(RECEIVE, &body, MISSING_FIELD, "containers[0].verdict");
    one.verdict = CUSTODY__V1__VERDICT__VERDICT_MISSING;
    assert_fault(RECEIVE, &body, MISSING_FIELD, "generator");
    body.generator = clinic;
    assert_good(RECEIVE, &body);
    body.manifest = (ProtobufCBinaryData){0};
    assert_fault(RECEIVE, &body, MISSING_FIELD, "manifest");
    body.remainder = 0;
    assert_good(RECEIVE, &body);
    body.total_mass_g = 5;
    assert_fault(RECEIVE, &body, MISSING_FIELD, "manifest");
    body.manifest = id32;
    assert_good(RECEIVE, &body);
    body.total_mass_g = UINT64_C(10000000001);
    assert_fault(RECEIVE, &body, OUT, "total_mass_g");
}

static void test_bulk_that_is_accepted_was_measured(void **state)
{
    (void)state;
    enum { RECEIVE = CUSTODY__V1__ACT__ACT_RECEIVE };
    Custody__V1__ReceiveBody body = CUSTODY__V1__RECEIVE_BODY__INIT;
    Custody__V1__ReceivedBulk bulk = CUSTODY__V1__RECEIVED_BULK__INIT;
    Custody__V1__ReceivedBulk *bulks[] = {&bulk};
    body.manifest = id32;
    body.generator = clinic;
    body.bulk = bulks;
    body.n_bulk = 1;
    bulk.line = 1;
    bulk.verdict = CUSTODY__V1__VERDICT__VERDICT_REJECTED;
    assert_good(RECEIVE, &body);
    bulk.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    assert_fault(RECEIVE, &body, MISSING_FIELD, "bulk[0].mass_g");
    bulk.mass_g = 10;
    assert_good(RECEIVE, &body);
}

static void test_a_feed_names_a_batch_and_what_goes_in(void **state)
{
    (void)state;
    enum { FEED = CUSTODY__V1__ACT__ACT_FEED };
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    static char batch[] = "2026-05-01/1";
    body.batch = batch;
    assert_fault(FEED, &body, MISSING_FIELD, "containers");
    body.boxes = throw_names(1);
    body.n_boxes = 1;
    assert_good(FEED, &body);
    body.containers = name_list;
    body.n_containers = 1;
    assert_fault(FEED, &body, MISSING_FIELD, "generator");
    body.generator = clinic;
    assert_good(FEED, &body);
}

/* ---- manifests --------------------------------------------------------------------------------- */

static Custody__V1__ManifestLine lines[40];
static Custody__V1__ManifestLine *line_list[40];
static Custody__V1__ManifestLeg legs[10];
static Custody__V1__ManifestLeg *leg_list[10];
static Custody__V1__ManifestPlan plan;

static Custody__V1__ManifestPlan *good_plan(void)
{
    static char carrier[] = "uscc:carrier";
    custody__v1__manifest_plan__init(&plan);
    for (size_t i = 0; i < 40; i++) {
        custody__v1__manifest_line__init(&lines[i]);
        lines[i].waste_code = waste_code;
        lines[i].planned_mass_g = 5000;
        line_list[i] = &lines[i];
    }
    for (size_t i = 0; i < 10; i++) {
        custody__v1__manifest_leg__init(&legs[i]);
        legs[i].carrier = carrier;
        leg_list[i] = &legs[i];
    }
    snprintf(waste_code, sizeof waste_code, "841-001-01");
    plan.generator = clinic;
    plan.receiver = plant;
    plan.lines = line_list;
    plan.n_lines = 1;
    plan.legs = leg_list;
    plan.n_legs = 1;
    return &plan;
}

static void test_a_plan_has_lines_a_generator_and_a_receiver(void **state)
{
    (void)state;
    enum { ISSUE = CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST };
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    body.plan = good_plan();
    assert_good(ISSUE, &body);
    body.plan->n_lines = 0;
    assert_fault(ISSUE, &body, MISSING_FIELD, "plan.lines");
    body.plan->n_lines = 32;
    assert_good(ISSUE, &body);
    body.plan->n_lines = 33;
    assert_fault(ISSUE, &body, OUT, "plan.lines");
    body.plan = good_plan();
    body.plan->n_legs = 9;
    assert_fault(ISSUE, &body, OUT, "plan.legs");
    body.plan = good_plan();
    body.plan->receiver = waste_code;
    assert_fault(ISSUE, &body, OUT, "plan.receiver");
    body.plan = good_plan();
    lines[0].planned_mass_g = 0;
    assert_fault(ISSUE, &body, MISSING_FIELD, "plan.lines[0].planned_mass_g");
    lines[0].planned_mass_g = UINT64_C(10000000001);
    assert_fault(ISSUE, &body, OUT, "plan.lines[0].planned_mass_g");
    body.plan = good_plan();
    snprintf(waste_code, sizeof waste_code, "HW01");
    assert_fault(ISSUE, &body, MALFORMED, "plan.lines[0].waste_code");
    body.plan = good_plan();
    body.plan->completed_at = TIME_2200;
    assert_fault(ISSUE, &body, OUT, "plan.completed_at");
    body.plan = good_plan();
    legs[0].from_division = waste_code;
    assert_fault(ISSUE, &body, OUT, "plan.legs[0].from_division");
}

static void test_a_drawn_manifest_names_its_block_and_number(void **state)
{
    (void)state;
    enum { DRAW = CUSTODY__V1__ACT__ACT_DRAW_MANIFEST };
    Custody__V1__DrawManifestBody body = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
    Custody__V1__StatementName block = CUSTODY__V1__STATEMENT_NAME__INIT;
    static char number[40];
    body.plan = good_plan();
    body.block = &block;
    body.number = number;
    snprintf(number, sizeof number, "L20265404000001");
    assert_fault(DRAW, &body, MISSING_FIELD, "block.key");
    block.key = id32;
    assert_fault(DRAW, &body, MISSING_FIELD, "block.sequence");
    block.sequence = UINT64_C(1) << 63;
    assert_fault(DRAW, &body, OUT, "block.sequence");
    block.sequence--;
    assert_fault(DRAW, &body, MISSING_FIELD, "block.id");
    block.id = id32;
    assert_good(DRAW, &body);
    static const char *const wrong[] = {"L", "LL1", "123x", "1234567890123456789012345", "l123"};
    for (size_t i = 0; i < 5; i++) {
        snprintf(number, sizeof number, "%s", wrong[i]);
        assert_fault(DRAW, &body, OUT, "number");
    }
}

/* ---- permissions ------------------------------------------------------------------------------- */

static void test_a_permit_is_for_codes_or_patterns(void **state)
{
    (void)state;
    enum { GRANT = CUSTODY__V1__ACT__ACT_GRANT_PERMIT };
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT, 0};
    static char number[] = "P-1";
    static char pattern[32];
    char *patterns[65];
    for (size_t i = 0; i < 65; i++) {
        patterns[i] = pattern;
    }
    snprintf(pattern, sizeof pattern, "HW01");
    body.party = plant;
    body.number = number;
    body.activities = activities;
    body.n_activities = 1;
    assert_fault(GRANT, &body, MISSING_FIELD, "codes");
    body.codes = patterns;
    body.n_codes = 64;
    assert_good(GRANT, &body);
    body.n_codes = 65;
    assert_fault(GRANT, &body, OUT, "codes");
    body.n_codes = 1;
    snprintf(pattern, sizeof pattern, "*");
    assert_fault(GRANT, &body, MALFORMED, "codes[0]");
    snprintf(pattern, sizeof pattern, "841-*");
    body.mass_yearly_g = UINT64_C(60000000000); /* a plant of 60,000 t a year */
    body.effective_from = TIME_2000 - 1;
    assert_fault(GRANT, &body, OUT, "effective_from");
    body.effective_from = TIME_2000;
    assert_good(GRANT, &body);
    body.n_activities = 2;
    assert_fault(GRANT, &body, MISSING_FIELD, "activities[1]");
}

static void test_keys_and_digests_are_32_bytes(void **state)
{
    (void)state;
    enum { ENROL = CUSTODY__V1__ACT__ACT_ENROL_KEY };
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_DRIVER};
    body.party = clinic;
    body.roles = roles;
    body.n_roles = 1;
    body.key = short_id;
    assert_fault(ENROL, &body, OUT, "key");
    body.key = id32;
    assert_good(ENROL, &body);
    body.curve_key = short_id;
    assert_fault(ENROL, &body, OUT, "curve_key");
    body.curve_key = id32;
    body.identity_digest = short_id;
    assert_fault(ENROL, &body, OUT, "identity_digest");
    body.identity_digest = id32;
    body.replaces = short_id;
    assert_fault(ENROL, &body, OUT, "replaces");
    body.replaces = id32;
    assert_good(ENROL, &body);
    body.n_roles = 0;
    assert_fault(ENROL, &body, MISSING_FIELD, "roles");
}

static void test_a_vehicle_has_a_plate_and_a_colour(void **state)
{
    (void)state;
    enum { DEPART = CUSTODY__V1__ACT__ACT_DEPART };
    Custody__V1__DepartBody body = CUSTODY__V1__DEPART_BODY__INIT;
    Custody__V1__VehicleName vehicle = CUSTODY__V1__VEHICLE_NAME__INIT;
    static char plate[32];
    body.vehicle = &vehicle;
    vehicle.plate = plate;
    snprintf(plate, sizeof plate, "\xE8\x97\x8FG12345");
    assert_fault(DEPART, &body, MISSING_FIELD, "vehicle.colour");
    vehicle.colour = CUSTODY__V1__PLATE_COLOUR__PLATE_YELLOW;
    assert_good(DEPART, &body);
    snprintf(plate, sizeof plate, "1234");
    assert_fault(DEPART, &body, OUT, "vehicle.plate");
    snprintf(plate, sizeof plate, "12345678901234567");
    assert_fault(DEPART, &body, OUT, "vehicle.plate");
}

static void test_a_block_has_at_most_1000_numbers(void **state)
{
    (void)state;
    enum { RESERVE = CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS };
    Custody__V1__ReserveNumbersBody body = CUSTODY__V1__RESERVE_NUMBERS_BODY__INIT;
    static char national[32];
    body.party = clinic;
    assert_fault(RESERVE, &body, MISSING_FIELD, "count");
    body.count = 1001;
    assert_fault(RESERVE, &body, OUT, "count");
    body.count = 1000;
    assert_good(RESERVE, &body);
    body.national_first = national;
    snprintf(national, sizeof national, "20265404000001");
    assert_good(RESERVE, &body);
    snprintf(national, sizeof national, "2026540400001");
    assert_fault(RESERVE, &body, OUT, "national_first");
    snprintf(national, sizeof national, "L2026540400001");
    assert_fault(RESERVE, &body, OUT, "national_first");
}

static void test_a_division_is_six_digits(void **state)
{
    (void)state;
    enum { SET = CUSTODY__V1__ACT__ACT_SET_DIVISIONS };
    Custody__V1__SetDivisionsBody body = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    Custody__V1__Division one = CUSTODY__V1__DIVISION__INIT;
    Custody__V1__Division *ones[] = {&one, &one};
    static char code[16];
    body.divisions = ones;
    body.n_divisions = 1;
    one.code = code;
    assert_fault(SET, &body, MISSING_FIELD, "divisions[0].code");
    snprintf(code, sizeof code, "5404");
    assert_fault(SET, &body, OUT, "divisions[0].code");
    snprintf(code, sizeof code, "540400");
    assert_good(SET, &body);
    one.utc_offset_minutes = 841;
    assert_fault(SET, &body, OUT, "divisions[0].utc_offset_minutes");
    one.utc_offset_minutes = -720;
    assert_good(SET, &body);
    body.n_divisions = 2;
    assert_fault(SET, &body, OUT, "divisions[1]");
}

static void test_an_origin_is_a_name_that_checkpoints_allow(void **state)
{
    (void)state;
    enum { FOUND = CUSTODY__V1__ACT__ACT_FOUND_LEDGER };
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    static char origin[256];
    static char division[] = "540400";
    ProtobufCBinaryData roots[] = {id32, id32};
    body.origin = origin;
    body.ledger_key = id32;
    body.root_keys = roots;
    body.n_root_keys = 2;
    body.division = division;
    body.utc_offset_minutes = 480;
    snprintf(origin, sizeof origin, "waste.example.org/nyingchi/1");
    assert_good(FOUND, &body);
    snprintf(origin, sizeof origin, "two words");
    assert_fault(FOUND, &body, OUT, "origin");
    memset(origin, 'o', 201);
    origin[201] = 0;
    assert_fault(FOUND, &body, OUT, "origin");
    origin[200] = 0;
    assert_good(FOUND, &body);
    roots[1] = short_id;
    assert_fault(FOUND, &body, OUT, "root_keys[1]");
    roots[1].len = 0;
    assert_fault(FOUND, &body, MISSING_FIELD, "root_keys[1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_names_a_field_once_and_rows_of_a_message_stand_together),
        cmocka_unit_test(test_an_empty_body_is_told_what_it_lacks),
        cmocka_unit_test(test_every_act_has_bounds_that_end),
        cmocka_unit_test(test_times_lie_between_2000_and_2199),
        cmocka_unit_test(test_positions_lie_on_the_globe),
        cmocka_unit_test(test_a_party_is_scheme_and_value),
        cmocka_unit_test(test_a_pack_needs_container_codes_waste_codes_and_masses),
        cmocka_unit_test(test_a_code_is_at_most_48_printable_bytes),
        cmocka_unit_test(test_a_container_is_named_once),
        cmocka_unit_test(test_the_five_times_are_of_the_last_year),
        cmocka_unit_test(test_texts_of_no_form_are_short),
        cmocka_unit_test(test_a_statement_has_at_most_500_items),
        cmocka_unit_test(test_a_store_names_a_container_or_a_box),
        cmocka_unit_test(test_a_box_of_another_party_is_named_with_it),
        cmocka_unit_test(test_a_temperature_is_one_of_this_earth),
        cmocka_unit_test(test_a_load_may_be_empty_but_bulk_needs_its_manifest),
        cmocka_unit_test(test_a_receipt_says_what_it_speaks_of),
        cmocka_unit_test(test_bulk_that_is_accepted_was_measured),
        cmocka_unit_test(test_a_feed_names_a_batch_and_what_goes_in),
        cmocka_unit_test(test_a_plan_has_lines_a_generator_and_a_receiver),
        cmocka_unit_test(test_a_drawn_manifest_names_its_block_and_number),
        cmocka_unit_test(test_a_permit_is_for_codes_or_patterns),
        cmocka_unit_test(test_keys_and_digests_are_32_bytes),
        cmocka_unit_test(test_a_vehicle_has_a_plate_and_a_colour),
        cmocka_unit_test(test_a_block_has_at_most_1000_numbers),
        cmocka_unit_test(test_a_division_is_six_digits),
        cmocka_unit_test(test_an_origin_is_a_name_that_checkpoints_allow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
