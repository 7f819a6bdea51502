/* test_permission_manifest.c: shows what a manifest is refused for, what a drawn one breaks, and how one is ended. */
#include <string.h>

#include "proto/rule.h"
#include "tests/lib/check.h"
#include "tests/lib/office.h"

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
    line.waste_code = office_text("841-001-01");
    line.planned_mass_g = 5000;
    leg.carrier = office_text("uscc:carrier");
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD;
    plan.generator = office_text(office_registered[generator].name);
    plan.receiver = office_text("uscc:plant");
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
        {OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(DRIVER), CUSTODY_REASON_role_missing},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {OFFICE_BUREAU, OFFICE_ROLE(REGULATOR), CUSTODY_REASON_role_missing},
        {OFFICE_CARRIER, OFFICE_ROLE(DRIVER), CUSTODY_REASON_role_missing},
        {0, OFFICE_ROLE(ROOT), CUSTODY_REASON_role_missing},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        Custody__V1__IssueManifestBody body = issue(OFFICE_VILLAGE);
        assert_int_equal(office_ask(OFFICE_ACT(ISSUE_MANIFEST), &body).reason, rows[i].reason);
    }
}

static void test_a_manifest_needs_lines_and_a_generator_of_the_kind(void **state)
{
    (void)state;
    office_speak_as(OFFICE_PLANT, OFFICE_ROLE(ADMIN));
    Custody__V1__IssueManifestBody body = issue(OFFICE_PLANT);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_kind_missing,
                   "plan.generator");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    body = issue(OFFICE_HOSPITAL);
    plan.n_lines = 0;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_field_missing, "plan.lines");
    body = issue(OFFICE_HOSPITAL);
    line.waste_code = office_text("HW01");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_code_malformed,
                   "plan.lines.waste_code");
    body = issue(OFFICE_CLOSED);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_party_closed,
                   "plan.generator");
    body.plan = NULL;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_field_missing, "plan");
}

static void test_a_receiver_must_be_permitted_for_every_line(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    line.waste_code = office_text("900-041-49");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_missing,
                   "plan.receiver");
    body = issue(OFFICE_HOSPITAL);
    office.permit.until_us = OFFICE_NOW;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_missing,
                   "plan.receiver");
    office.permit.until_us = INT64_MAX;
    office.permit.activities = 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_TRANSPORT;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_missing,
                   "plan.receiver");
    office.permit.activities = 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_COLLECT;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    plan.receiver = office_text("uscc:village");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_kind_missing, "plan.receiver");
    plan.receiver = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_party_unknown,
                   "plan.receiver");
}

static void test_carriers_are_registered_carriers(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    leg.carrier = office_text("uscc:plant");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_kind_missing,
                   "plan.legs.carrier");
    leg.carrier = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_party_unknown,
                   "plan.legs.carrier");
}

/* Medical Waste Regulation article 15. */
static void test_medical_waste_goes_neither_by_rail_nor_by_air(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_RAIL;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_mode_forbidden,
                   "plan.legs.mode");
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_AIR;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_mode_forbidden,
                   "plan.legs.mode");
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_SHIP;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    /* Where the profile does not forbid it, other waste may. */
    office.profile = *profile_general();
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_RAIL;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
}

/* National catalogue article 5: in the edition of the date. */
static void test_a_code_outside_the_catalogue_is_refused(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    office.unlisted = "841-001-01";
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_code_unlisted,
                   "plan.lines.waste_code");
}

/* Transfer Measures article 20. */
static void test_a_back_entry_says_when_it_was_completed(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    plan.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_BACK_ENTRY;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_field_missing,
                   "plan.completed_at");
    plan.completed_at = OFFICE_NOW + 1;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_out_of_bounds,
                   "plan.completed_at");
    plan.completed_at = OFFICE_NOW - OFFICE_DAY;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
}

/* House rule self_receipt; Medical Waste Regulation article 21: only where the profile lets a generator dispose of its own. */
static void test_nobody_sends_to_itself_but_where_the_profile_lets_it(void **state)
{
    (void)state;
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_TOWNSHIP);
    plan.receiver = office_text("uscc:township");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_self_receipt, "plan.receiver");
    office.profile.self_disposal = 1;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
}

/* Solid Waste Law article 80: not suspended, its year's mass, its methods. */
static void test_a_receiver_keeps_within_its_permit(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    office.permit.mass_yearly_g = 8000;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    permit_plan(&office.permit, 2026, 3001, true);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_spent, "plan.receiver");
    permit_plan(&office.permit, 2026, 1, false);
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    office.permit.method_count = 1;
    memcpy(office.permit.methods[0], "Y11", 4);
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    plan.method = office_text("Y10");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_method_not_permitted,
                   "plan.method");
    plan.method = office_text("Y11");
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    struct suspension suspension = {.from_us = 5, .until_us = OFFICE_NOW + 1};
    suspension_add(&office.permit.suspensions, &suspension);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_permit_missing,
                   "plan.receiver");
    office.permit.suspensions.count = 0;
    suspension_add(&office.parties[OFFICE_PLANT].suspensions, &suspension);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_party_closed, "plan.receiver");
    office.parties[OFFICE_PLANT].suspensions.all[0].until_us = OFFICE_NOW;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
}

/* Transfer Measures article 13. */
static void test_a_carrier_holds_a_permit_where_the_profile_asks_for_one(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    office.profile.transport_permit_required = 1;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_carrier_not_permitted,
                   "plan.legs.carrier");
    office.carrier_permit.from_us = 1;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
}

static void file(struct document *document, unsigned kind, uint64_t mass_g)
{
    *document = (struct document){.kind = (uint8_t)kind,
                                  .owner = OFFICE_HOSPITAL,
                                  .party_count = 2,
                                  .parties = {OFFICE_HOSPITAL, OFFICE_PLANT},
                                  .line_count = 1,
                                  .lines = {{.code = "841-001-01", .mass_g = mass_g}},
                                  .filing_count = 1,
                                  .filings = {{.from_us = 1, .until_us = OFFICE_NOW + 1}}};
}

/* RULES.md N02; Transfer Measures article 14 and article 10: from the filed plan, and within it. */
static void test_a_manifest_is_made_from_a_plan_where_the_profile_asks_for_one(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    office.profile.plan_required = 1;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_plan_missing, "plan.plan");
    plan.plan = office_text("MP-1");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_plan_missing, "plan.plan");
    file(&office.plan, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN, 5000);
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    document_draw(&office.plan, span_text("841-001-01"), 1, true);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_plan_spent, "plan.plan");
    file(&office.plan, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN, 5000);
    office.plan.parties[1] = OFFICE_TOWNSHIP;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_plan_missing, "plan.plan");
    office.plan.party_count = 1;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    office.plan.lines[0].code[9] = '2';
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_plan_missing, "plan.plan");
    file(&office.plan, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN, 5000);
    office.plan.filings[0].until_us = OFFICE_NOW;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_plan_missing, "plan.plan");
}

/* Transfer Measures article 10: a written contract. */
static void test_there_is_a_contract_where_the_profile_asks_for_one(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    office.profile.contract_required = 1;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_contract_missing,
                   "plan.receiver");
    file(&office.contract, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_INSURANCE, 1);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_contract_missing,
                   "plan.receiver");
    file(&office.contract, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CONTRACT, 1);
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    office.contract.parties[1] = OFFICE_TOWNSHIP;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_contract_missing,
                   "plan.receiver");
}

static void approve(void)
{
    office.approval = (struct approval){.generator = OFFICE_HOSPITAL,
                                        .receiver = OFFICE_FAR_PLANT,
                                        .ends = APPROVAL_BOTH,
                                        .from_us = 1,
                                        .until_us = OFFICE_NOW + 1,
                                        .mass_g = 5000,
                                        .pattern_count = 1,
                                        .patterns = {"HW01"}};
}

/* Transfer Measures articles 21, 27, 28. */
static void test_across_provinces_an_approval_is_drawn_from(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    Custody__V1__IssueManifestBody body = issue(OFFICE_HOSPITAL);
    plan.receiver = office_text("uscc:far-plant");
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    plan.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_CROSS_PROVINCE;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_approval_missing,
                   "plan.approval");
    plan.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_NORMAL;
    office.profile.approval_required = 1;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_approval_missing,
                   "plan.approval");
    plan.approval = office_text("A-1");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_approval_missing,
                   "plan.approval");
    approve();
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    office.approval.ends = APPROVAL_ORIGIN;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_approval_missing,
                   "plan.approval");
    approve();
    approval_draw(&office.approval, 0, 1);
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_approval_spent,
                   "plan.approval");
    office.approval.is_whitelist = true;
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
    memcpy(office.approval.method, "Y10", 4);
    plan.method = office_text("Y11");
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_approval_missing,
                   "plan.approval");
    approve();
    office.approval.until_us = OFFICE_NOW;
    office_refuses(OFFICE_ACT(ISSUE_MANIFEST), &body, CUSTODY_REASON_approval_missing,
                   "plan.approval");
    /* Within the province none is needed. */
    body = issue(OFFICE_HOSPITAL);
    office_grants(OFFICE_ACT(ISSUE_MANIFEST), &body);
}

/* ---- drawn manifests --------------------------------------------------------------------------- */

static void assert_breaks(const Custody__V1__DrawManifestBody *body,
                          uint32_t by,
                          int64_t at_us,
                          uint16_t first,
                          uint16_t second)
{
    struct permission_rules broken;
    permission_manifest_judge(body, by, at_us, &office.registry, &broken);
    assert_int_equal(broken.count, (first != 0) + (second != 0));
    assert_int_equal(broken.rules[0], first);
    assert_int_equal(broken.rules[1], second);
}

static void test_a_drawn_manifest_is_judged_by_what_a_permission_would_have_asked(void **state)
{
    (void)state;
    Custody__V1__DrawManifestBody body = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
    Custody__V1__StatementName name = CUSTODY__V1__STATEMENT_NAME__INIT;
    issue(OFFICE_VILLAGE);
    name.sequence = 3;
    office.block = (struct block){
        .party = OFFICE_VILLAGE, .count = 10, .from_us = 1, .until_us = OFFICE_NOW + 1};
    memcpy(office.block.first, "L20265404000001", 16);
    body.block = &name;
    body.plan = &plan;
    body.number = office_text("L20265404000004");
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, 0, 0);
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, RULE_drawn_outside_block, 0);
    assert_breaks(&body, 0, OFFICE_NOW, RULE_drawn_outside_block, 0);
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW + 1, RULE_drawn_outside_block, 0);
    office.block.drawn[0] = 1 << 3;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_drawn_outside_block, 0);
    office.block.drawn[0] = 1 << 2;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, 0, 0);
    body.number = office_text("L20265404000011");
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_drawn_outside_block, 0);
    body.number = office_text("L20265404000004");
    office.block.mass_ceiling_g = 4999;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_drawn_outside_block, 0);
    office.block.mass_ceiling_g = 5000;
    office.block.receiver_count = 1;
    office.block.receivers[0] = OFFICE_TOWNSHIP;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_drawn_outside_block, 0);
    office.block.receivers[0] = OFFICE_PLANT;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, 0, 0);
    name.sequence = 4;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_drawn_outside_block, 0);
    name.sequence = 3;
    office.permit.from_us = OFFICE_NOW + 1;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_receiver_not_permitted, 0);
    office.permit.from_us = 1;
    plan.receiver = office_text("uscc:hospital");
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_receiver_not_permitted,
                  RULE_drawn_outside_block);
    body.plan = NULL;
    assert_breaks(&body, OFFICE_VILLAGE, OFFICE_NOW, RULE_receiver_not_permitted,
                  RULE_drawn_outside_block);
}

/* What a permission would have been refused for is found against what was drawn, each rule once. */
static void test_a_drawn_manifest_breaks_the_rules_that_a_permission_keeps(void **state)
{
    (void)state;
    Custody__V1__DrawManifestBody body = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
    Custody__V1__StatementName name = CUSTODY__V1__STATEMENT_NAME__INIT;
    issue(OFFICE_HOSPITAL);
    name.sequence = 3;
    office.block =
        (struct block){.party = OFFICE_HOSPITAL, .count = 10, .from_us = 1, .until_us = INT64_MAX};
    memcpy(office.block.first, "L20265404000001", 16);
    body.block = &name;
    body.plan = &plan;
    body.number = office_text("L20265404000004");
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, 0, 0);
    office.profile.plan_required = 1;
    office.profile.contract_required = 1;
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, RULE_plan_missing, RULE_contract_missing);
    plan.plan = office_text("MP-1");
    file(&office.plan, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN, 4999);
    file(&office.contract, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CONTRACT, 1);
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, RULE_plan_exceeded, 0);
    office.profile.plan_required = 0;
    office.profile.transport_permit_required = 1;
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_AIR;
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, RULE_carrier_not_permitted,
                  RULE_mode_forbidden);
    office.profile.transport_permit_required = 0;
    leg.mode = CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_ROAD;
    plan.receiver = office_text("uscc:hospital");
    office.profile.contract_required = 0;
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, RULE_self_receipt,
                  RULE_receiver_not_permitted);
    plan.receiver = office_text("uscc:far-plant");
    plan.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_CROSS_PROVINCE;
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, RULE_approval_missing, 0);
    plan.approval = office_text("A-1");
    approve();
    approval_draw(&office.approval, 0, 1);
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, RULE_approval_missing, 0);
    /* A block of the approval has reserved what is drawn from it. */
    office.block.approval = 1;
    assert_breaks(&body, OFFICE_HOSPITAL, OFFICE_NOW, 0, 0);
}

/* ---- ended ------------------------------------------------------------------------------------- */

static uint8_t manifest_id[DIGEST_SIZE];

static void know_manifest(void)
{
    memset(manifest_id, 5, sizeof manifest_id);
    office.manifest = (struct manifest){.is_known = true,
                                        .generator = OFFICE_VILLAGE,
                                        .receiver = OFFICE_PLANT,
                                        .division = 540421};
}

static void test_who_may_cancel_a_manifest(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t reason;
    } rows[] = {
        {OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(DRIVER), CUSTODY_REASON_role_missing},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {OFFICE_PLANT, OFFICE_ROLE(FACILITY), CUSTODY_REASON_role_missing},
        {OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR), 0},
        {OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR), CUSTODY_REASON_not_own_party},
    };
    Custody__V1__CancelManifestBody body = CUSTODY__V1__CANCEL_MANIFEST_BODY__INIT;
    know_manifest();
    body.manifest = office_bytes(manifest_id);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        assert_int_equal(office_ask(OFFICE_ACT(CANCEL_MANIFEST), &body).reason, rows[i].reason);
    }
}

static void test_a_manifest_is_cancelled_once_and_before_anything_is_loaded(void **state)
{
    (void)state;
    Custody__V1__CancelManifestBody body = CUSTODY__V1__CANCEL_MANIFEST_BODY__INIT;
    know_manifest();
    body.manifest = office_bytes(manifest_id);
    office.manifest.sums = (struct manifest_sums){.loaded = 1, .in_transit = 1};
    office_refuses(OFFICE_ACT(CANCEL_MANIFEST), &body, CUSTODY_REASON_manifest_under_way,
                   "manifest");
    office.manifest.sums = (struct manifest_sums){0};
    office.manifest.is_cancelled = true;
    office_refuses(OFFICE_ACT(CANCEL_MANIFEST), &body, CUSTODY_REASON_manifest_ended, "manifest");
    office.manifest.is_cancelled = false;
    office.manifest.is_refused = true;
    office_refuses(OFFICE_ACT(CANCEL_MANIFEST), &body, CUSTODY_REASON_manifest_unknown, "manifest");
    office.manifest.is_known = false;
    office_refuses(OFFICE_ACT(CANCEL_MANIFEST), &body, CUSTODY_REASON_manifest_unknown, "manifest");
}

static void test_a_regulator_of_the_place_closes_by_order(void **state)
{
    (void)state;
    Custody__V1__CloseByOrderBody body;
    custody__v1__close_by_order_body__init(&body);
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    know_manifest();
    office.manifest.sums = (struct manifest_sums){.loaded = 1, .in_transit = 1};
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_field_missing, "order");
    body.order = office_text("林环函〔2026〕7号");
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_field_missing, "subject");
    body.subject_case = CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_MANIFEST;
    body.manifest = office_bytes(manifest_id);
    office_grants(OFFICE_ACT(CLOSE_BY_ORDER), &body);
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_not_own_party, "manifest");
    office_speak_as(OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR) | OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    office.manifest.is_closed_by_order = true;
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_manifest_ended, "manifest");
    body.subject_case = CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_CONTAINER;
    body.container = &name;
    name.generator = office_text("uscc:village");
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = office_text("B2");
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_container_unknown,
                   "container");
    name.code = office_text("B1");
    office_grants(OFFICE_ACT(CLOSE_BY_ORDER), &body);
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_not_own_party, "container");
    name.generator = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(CLOSE_BY_ORDER), &body, CUSTODY_REASON_party_unknown,
                   "container.generator");
}

#define TEST(name) cmocka_unit_test_setup(name, office_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_may_have_a_manifest_issued),
        TEST(test_a_manifest_needs_lines_and_a_generator_of_the_kind),
        TEST(test_a_receiver_must_be_permitted_for_every_line),
        TEST(test_carriers_are_registered_carriers),
        TEST(test_medical_waste_goes_neither_by_rail_nor_by_air),
        TEST(test_a_code_outside_the_catalogue_is_refused),
        TEST(test_a_back_entry_says_when_it_was_completed),
        TEST(test_nobody_sends_to_itself_but_where_the_profile_lets_it),
        TEST(test_a_receiver_keeps_within_its_permit),
        TEST(test_a_carrier_holds_a_permit_where_the_profile_asks_for_one),
        TEST(test_a_manifest_is_made_from_a_plan_where_the_profile_asks_for_one),
        TEST(test_there_is_a_contract_where_the_profile_asks_for_one),
        TEST(test_across_provinces_an_approval_is_drawn_from),
        TEST(test_a_drawn_manifest_is_judged_by_what_a_permission_would_have_asked),
        TEST(test_a_drawn_manifest_breaks_the_rules_that_a_permission_keeps),
        TEST(test_who_may_cancel_a_manifest),
        TEST(test_a_manifest_is_cancelled_once_and_before_anything_is_loaded),
        TEST(test_a_regulator_of_the_place_closes_by_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
