/* permission_manifest.c: manifests: what one is refused for when it is asked for, and found against when it was drawn.
 * Never two lists: one table of checks serves both. A check tells why it would refuse, and which rule is broken. */
#include <stddef.h>

#include "proto/rule.h"
#include "daemon/domain/permission_parts.h"

/* What is checked: a plan, as its parties stood then. */
struct consignment {
    const struct registry *registry;
    const Custody__V1__ManifestPlan *plan;
    int64_t at_us;
    uint32_t generator;
    const struct party_version *from; /* where the generator was; NULL: not registered then */
    uint32_t receiver;
    const struct party *receiver_record;
    const struct party_version *to;
    const struct block *block; /* it is drawn from: its approval reserved the mass; NULL: none */
};

struct fault {
    uint16_t reason; /* 0: none */
    uint16_t rule;   /* 0: what is drawn breaks none by this */
    const char *field;
};

static struct fault fault(enum custody_reason reason, uint16_t rule, const char *field)
{
    return (struct fault){.reason = (uint16_t)reason, .rule = rule, .field = field};
}

static const struct fault NONE = {0};

/* ---- what the plan says ------------------------------------------------------------------------ */

static uint32_t division_of(const struct party_version *version)
{
    return version == NULL ? 0 : version->division;
}

static const struct profile *profile_of(const struct consignment *consignment, size_t line)
{
    const struct registry *registry = consignment->registry;
    return registry->profile(registry->context, consignment->plan->lines[line]->waste_code,
                             division_of(consignment->from), consignment->at_us);
}

/* A switch of struct profile, by its offset: on for any line, on for all of them. */
static bool is_on(const struct consignment *consignment, size_t line, size_t offset)
{
    int64_t value;
    memcpy(&value, (const char *)profile_of(consignment, line) + offset, sizeof value);
    return value != 0;
}

static bool is_on_for_any(const struct consignment *consignment, size_t offset)
{
    bool is_any = false;
    for (size_t i = 0; i < consignment->plan->n_lines; i++)
        is_any |= is_on(consignment, i, offset);
    return is_any;
}

static bool is_on_for_all(const struct consignment *consignment, size_t offset)
{
    bool is_all = true;
    for (size_t i = 0; i < consignment->plan->n_lines; i++)
        is_all &= is_on(consignment, i, offset);
    return is_all;
}

static struct span code_of(const struct consignment *consignment, size_t line)
{
    return span_text(consignment->plan->lines[line]->waste_code);
}

static uint64_t mass_of(const struct consignment *consignment, size_t line)
{
    return consignment->plan->lines[line]->planned_mass_g;
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t total_g(const struct consignment *consignment)
{
    uint64_t total = 0;
    for (size_t i = 0; i < consignment->plan->n_lines; i++)
        total = add_up(total, mass_of(consignment, i));
    return total;
}

/* What the plan moves of the line's code, in this line and the lines before. */
static uint64_t so_far_g(const struct consignment *consignment, size_t line)
{
    uint64_t mass = 0;
    for (size_t i = 0; i <= line; i++)
        if (span_is_equal(code_of(consignment, i), code_of(consignment, line)))
            mass = add_up(mass, mass_of(consignment, i));
    return mass;
}

/* Medical Waste Regulation article 21: where its profile allows, a generator treats its own. */
static bool is_own_disposal(const struct consignment *consignment)
{
    return consignment->generator != 0 && consignment->generator == consignment->receiver &&
           is_on_for_all(consignment, offsetof(struct profile, self_disposal));
}

/* Rejected waste goes home on a manifest that names the rejected one: to take back one's own needs no permit. */
static bool is_return(const struct consignment *consignment)
{
    const struct registry *registry = consignment->registry;
    ProtobufCBinaryData parent = consignment->plan->parent;
    const struct manifest *manifest =
        parent.len == 0 ? NULL
                        : registry->manifest(registry->context, span_of(parent.data, parent.len));
    return manifest != NULL && manifest_is_in_force(manifest) && consignment->receiver != 0 &&
           manifest->generator == consignment->receiver;
}

/* ---- the checks -------------------------------------------------------------------------------- */

/* National catalogue article 5. A drawn manifest keeps this as a bit of its own (FACT_CODE_UNKNOWN). */
static struct fault check_codes(const struct consignment *consignment)
{
    const struct registry *registry = consignment->registry;
    for (size_t i = 0; i < consignment->plan->n_lines; i++)
        if (!registry->code_is_listed(registry->context, consignment->plan->lines[i]->waste_code,
                                      consignment->at_us))
            return fault(CUSTODY_REASON_code_unlisted, 0, "plan.lines.waste_code");
    return NONE;
}

/* Transfer Measures article 20: a back-entry says when the transfer was completed on paper. */
static struct fault check_back_entry(const struct consignment *consignment)
{
    bool is_back_entry = consignment->plan->type == CUSTODY__V1__MANIFEST_TYPE__MANIFEST_BACK_ENTRY;
    if (is_back_entry && consignment->plan->completed_at == 0)
        return fault(CUSTODY_REASON_field_missing, 0, "plan.completed_at");
    if (is_back_entry && consignment->plan->completed_at > consignment->at_us)
        return fault(CUSTODY_REASON_out_of_bounds, 0, "plan.completed_at");
    return NONE;
}

static struct fault check_self_receipt(const struct consignment *consignment)
{
    if (consignment->generator != 0 && consignment->generator == consignment->receiver &&
        !is_own_disposal(consignment) && !is_return(consignment))
        return fault(CUSTODY_REASON_self_receipt, RULE_self_receipt, "plan.receiver");
    return NONE;
}

/* Solid Waste Law article 80; Transfer Measures article 28 for the method. */
static struct fault check_receiver(const struct consignment *consignment)
{
    static const char field[] = "plan.receiver";
    const uint16_t rule = RULE_receiver_not_permitted;
    struct span method = span_text(consignment->plan->method);
    if (is_own_disposal(consignment))
        return NONE;
    if (consignment->receiver_record == NULL)
        return fault(CUSTODY_REASON_party_unknown, rule, field);
    if (is_return(consignment))
        return NONE;
    if (!party_is_open_at(consignment->receiver_record, consignment->at_us))
        return fault(CUSTODY_REASON_party_closed, rule, field);
    if ((consignment->to->kinds & DECISION_KIND(FACILITY)) == 0)
        return fault(CUSTODY_REASON_kind_missing, rule, field);
    for (size_t i = 0; i < consignment->plan->n_lines; i++) {
        struct span code = code_of(consignment, i);
        if (!permission_is_held(consignment->registry, consignment->receiver, DECISION_TAKES_WASTE,
                                code, consignment->at_us))
            return fault(CUSTODY_REASON_permit_missing, rule, field);
        if (decision_find_permit(consignment->registry, consignment->receiver, DECISION_TAKES_WASTE,
                                 code, method, consignment->at_us, NULL) == NULL)
            return fault(CUSTODY_REASON_method_not_permitted, rule, "plan.method");
    }
    return NONE;
}

static int32_t year_of(const struct profile *profile, int64_t at_us)
{
    int32_t year;
    uint32_t month, day;
    calendar_civil(calendar_day(&profile->calendar, at_us), &year, &month, &day);
    return year;
}

/* Solid Waste Law article 80: no more in a year than the permit's scale, as far as manifests plan it. What a plant really took
 * is found against it elsewhere (plant_yearly). */
static struct fault check_yearly(const struct consignment *consignment)
{
    if (is_own_disposal(consignment))
        return NONE;
    struct span method = span_text(consignment->plan->method);
    uint32_t indexes[MANIFEST_LINES_MAX];
    for (size_t i = 0; i < consignment->plan->n_lines; i++) {
        const struct permit *permit =
            decision_find_permit(consignment->registry, consignment->receiver, DECISION_TAKES_WASTE,
                                 code_of(consignment, i), method, consignment->at_us, &indexes[i]);
        if (permit == NULL)
            return NONE; /* told by check_receiver */
        uint64_t planned_g =
            permit_planned_g(permit, year_of(profile_of(consignment, i), consignment->at_us));
        for (size_t k = 0; k <= i; k++)
            if (indexes[k] == indexes[i])
                planned_g = add_up(planned_g, mass_of(consignment, k));
        if (permit->mass_yearly_g != 0 && planned_g > permit->mass_yearly_g)
            return fault(CUSTODY_REASON_permit_spent, 0, "plan.receiver");
    }
    return NONE;
}

/* Transfer Measures article 13. */
static struct fault check_carrier(const struct consignment *consignment, const char *name)
{
    static const char field[] = "plan.legs.carrier";
    const struct registry *registry = consignment->registry;
    bool is_required =
        is_on_for_any(consignment, offsetof(struct profile, transport_permit_required));
    const uint16_t rule = is_required ? RULE_carrier_not_permitted : 0;
    uint32_t number = 0;
    const struct party *carrier = registry->party(registry->context, name, &number);
    if (carrier == NULL)
        return fault(CUSTODY_REASON_party_unknown, rule, field);
    if (!party_is_open_at(carrier, consignment->at_us))
        return fault(CUSTODY_REASON_party_closed, rule, field);
    if ((party_kinds_at(carrier, consignment->at_us) & DECISION_KIND(CARRIER)) == 0)
        return fault(CUSTODY_REASON_kind_missing, rule, field);
    for (size_t i = 0; is_required && i < consignment->plan->n_lines; i++)
        if (is_on(consignment, i, offsetof(struct profile, transport_permit_required)) &&
            !permission_is_held(registry, number, 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_TRANSPORT,
                                code_of(consignment, i), consignment->at_us))
            return fault(CUSTODY_REASON_carrier_not_permitted, rule, field);
    return NONE;
}

static struct fault check_carriers(const struct consignment *consignment)
{
    struct fault found = NONE;
    for (size_t i = 0; found.reason == 0 && i < consignment->plan->n_legs; i++)
        found = check_carrier(consignment, consignment->plan->legs[i]->carrier);
    return found;
}

/* Medical Waste Regulation article 15: not by rail, not by air. */
static struct fault check_mode(const struct consignment *consignment)
{
    if (!is_on_for_any(consignment, offsetof(struct profile, rail_and_air_forbidden)))
        return NONE;
    for (size_t i = 0; i < consignment->plan->n_legs; i++)
        if (consignment->plan->legs[i]->mode == CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_RAIL ||
            consignment->plan->legs[i]->mode == CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_AIR)
            return fault(CUSTODY_REASON_mode_forbidden, RULE_mode_forbidden, "plan.legs.mode");
    return NONE;
}

/* Transfer Measures article 14: a manifest is made from the filed plan; article 10: and keeps within it. */
static struct fault check_plan(const struct consignment *consignment)
{
    static const char field[] = "plan.plan";
    const struct registry *registry = consignment->registry;
    if (!is_on_for_any(consignment, offsetof(struct profile, plan_required)))
        return NONE;
    const struct document *plan =
        decision_is_empty(consignment->plan->plan)
            ? NULL
            : registry->document(registry->context,
                                 CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN,
                                 consignment->generator, consignment->plan->plan);
    if (plan == NULL || !document_is_in_force(plan, consignment->at_us) ||
        (plan->party_count > 1 && !document_names(plan, consignment->receiver)))
        return fault(CUSTODY_REASON_plan_missing, RULE_plan_missing, field);
    for (size_t i = 0; i < consignment->plan->n_lines; i++) {
        if (!is_on(consignment, i, offsetof(struct profile, plan_required)))
            continue;
        if (!document_covers(plan, code_of(consignment, i)))
            return fault(CUSTODY_REASON_plan_missing, RULE_plan_missing, field);
        if (so_far_g(consignment, i) > document_left_g(plan, code_of(consignment, i)))
            return fault(CUSTODY_REASON_plan_spent, RULE_plan_exceeded, field);
    }
    return NONE;
}

static bool is_contract(const struct consignment *consignment, const struct document *document)
{
    bool covers = true;
    for (size_t i = 0; i < consignment->plan->n_lines; i++)
        covers &= document_covers(document, code_of(consignment, i));
    return covers && document->kind == CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CONTRACT &&
           document_names(document, consignment->receiver) &&
           document_is_in_force(document, consignment->at_us);
}

/* Transfer Measures article 10: a written contract between the two. */
static struct fault check_contract(const struct consignment *consignment)
{
    const struct registry *registry = consignment->registry;
    if (is_own_disposal(consignment) ||
        !is_on_for_any(consignment, offsetof(struct profile, contract_required)))
        return NONE;
    for (uint32_t i = 0; i < PERMISSION_DOCUMENTS_MAX; i++) {
        const struct document *document =
            registry->document_of(registry->context, consignment->generator, i);
        if (document == NULL)
            break;
        if (is_contract(consignment, document))
            return NONE;
    }
    return fault(CUSTODY_REASON_contract_missing, RULE_contract_missing, "plan.receiver");
}

/* Another province: the first two digits of the division differ. */
static bool crosses(const struct consignment *consignment)
{
    return consignment->from != NULL && consignment->to != NULL &&
           division_of(consignment->from) / 10000 != division_of(consignment->to) / 10000;
}

/* Transfer Measures articles 21, 27 and 28. */
static struct fault check_approval(const struct consignment *consignment)
{
    static const char field[] = "plan.approval";
    const struct registry *registry = consignment->registry;
    const Custody__V1__ManifestPlan *plan = consignment->plan;
    bool is_needed = plan->type == CUSTODY__V1__MANIFEST_TYPE__MANIFEST_CROSS_PROVINCE ||
                     (crosses(consignment) &&
                      is_on_for_any(consignment, offsetof(struct profile, approval_required)));
    if (!is_needed && decision_is_empty(plan->approval))
        return NONE;
    const struct approval *approval = decision_is_empty(plan->approval)
                                          ? NULL
                                          : registry->approval(registry->context, plan->approval);
    if (approval == NULL || !approval_is_in_force(approval, consignment->at_us))
        return fault(CUSTODY_REASON_approval_missing, RULE_approval_missing, field);
    for (size_t i = 0; i < plan->n_lines; i++)
        if (!approval_covers(approval, consignment->generator, consignment->receiver,
                             code_of(consignment, i), span_text(plan->method)))
            return fault(CUSTODY_REASON_approval_missing, RULE_approval_missing, field);
    bool is_reserved = consignment->block != NULL && consignment->block->approval != 0;
    if (!is_reserved && total_g(consignment) > approval_left_g(approval, consignment->at_us))
        return fault(CUSTODY_REASON_approval_spent, RULE_approval_missing, field);
    return NONE;
}

typedef struct fault check(const struct consignment *consignment);

static check *const checks[] = {
    check_codes,    check_back_entry, check_self_receipt, check_receiver, check_yearly,
    check_carriers, check_mode,       check_plan,         check_contract, check_approval,
};

static struct consignment consignment_of(const struct registry *registry,
                                         const Custody__V1__ManifestPlan *plan,
                                         int64_t at_us)
{
    struct consignment consignment = {.registry = registry, .plan = plan, .at_us = at_us};
    const struct party *generator =
        registry->party(registry->context, plan->generator, &consignment.generator);
    if (generator != NULL)
        consignment.from = party_at(generator, at_us);
    consignment.receiver_record =
        registry->party(registry->context, plan->receiver, &consignment.receiver);
    if (consignment.receiver_record != NULL)
        consignment.to = party_at(consignment.receiver_record, at_us);
    return consignment;
}

/* ---- asked for --------------------------------------------------------------------------------- */

static struct permission_answer check_form(const Custody__V1__ManifestPlan *plan)
{
    if (plan->n_lines == 0)
        return decision_refuse(CUSTODY_REASON_field_missing, "plan.lines");
    if (plan->n_lines > MANIFEST_LINES_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "plan.lines");
    if (plan->n_legs > MANIFEST_LEGS_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "plan.legs");
    for (size_t i = 0; i < plan->n_lines; i++)
        if (!waste_is_code(span_text(plan->lines[i]->waste_code)))
            return decision_refuse(CUSTODY_REASON_code_malformed, "plan.lines.waste_code");
    return decision_grant();
}

struct permission_answer permission_manifest_issue(const struct decision *decision,
                                                   const Custody__V1__IssueManifestBody *body)
{
    const Custody__V1__ManifestPlan *plan = body->plan;
    struct named_party generator;
    if (plan == NULL)
        return decision_refuse(CUSTODY_REASON_field_missing, "plan");
    struct permission_answer given =
        decision_find_party(decision, plan->generator, "plan.generator", &generator);
    if (!decision_is_granted(given))
        return given;
    if (!decision_speaks_for(decision, &generator))
        return decision_refuse_for(decision, "plan.generator");
    given = decision_need_kind(&generator, DECISION_KIND(GENERATOR), "plan.generator");
    if (decision_is_granted(given))
        given = check_form(plan);
    if (!decision_is_granted(given))
        return given;
    struct consignment consignment =
        consignment_of(decision->registry, plan, decision->request->now_us);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct fault found = checks[i](&consignment);
        if (found.reason != 0)
            return decision_refuse((enum custody_reason)found.reason, found.field);
    }
    return decision_grant();
}

/* ---- drawn ------------------------------------------------------------------------------------- */

static void break_rule(struct permission_rules *broken, uint16_t rule)
{
    for (uint32_t i = 0; i < broken->count; i++)
        if (broken->rules[i] == rule)
            return;
    if (rule != 0 && broken->count < MANIFEST_RULES_MAX)
        broken->rules[broken->count++] = rule;
}

static bool
is_within(const struct block *block, const struct consignment *consignment, const char *number)
{
    int32_t index = block_index(block, span_text(number));
    if (index < 0 || (block->drawn[index / 8] >> (index % 8) & 1) != 0)
        return false;
    for (size_t i = 0; i < consignment->plan->n_lines; i++)
        if (!block_allows(block, consignment->receiver, code_of(consignment, i),
                          total_g(consignment)))
            return false;
    return true;
}

void permission_manifest_judge(const Custody__V1__DrawManifestBody *body,
                               uint32_t author_party,
                               int64_t at_us,
                               const struct registry *registry,
                               struct permission_rules *ret)
{
    *ret = (struct permission_rules){0};
    if (body->plan == NULL) {
        break_rule(ret, RULE_receiver_not_permitted);
        break_rule(ret, RULE_drawn_outside_block);
        return;
    }
    struct consignment consignment = consignment_of(registry, body->plan, at_us);
    const struct block *block =
        body->block == NULL ? NULL : registry->block(registry->context, body->block);
    if (block != NULL && author_party != 0 && block->party == author_party &&
        block_is_live(block, at_us) && is_within(block, &consignment, body->number))
        consignment.block = block;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        break_rule(ret, checks[i](&consignment).rule);
    if (consignment.block == NULL)
        break_rule(ret, RULE_drawn_outside_block);
}

/* ---- ended ------------------------------------------------------------------------------------- */

/* The party that a record names by number, as it stands now; `now` is NULL when it is not registered. */
static struct named_party party_of(const struct decision *decision, uint32_t number)
{
    const struct registry *registry = decision->registry;
    struct named_party party = {.number = number};
    if (number != 0)
        party.record = registry->party_of(registry->context, number);
    if (party.record != NULL)
        party.now = party_at(party.record, decision->request->now_us);
    return party;
}

static struct permission_answer
find_manifest(const struct decision *decision, ProtobufCBinaryData id, const struct manifest **ret)
{
    const struct registry *registry = decision->registry;
    *ret = registry->manifest(registry->context, span_of(id.data, id.len));
    if (*ret == NULL)
        return decision_refuse(CUSTODY_REASON_manifest_unknown, "manifest");
    switch (manifest_state_of(*ret)) {
    case MANIFEST_UNKNOWN:
    case MANIFEST_REFUSED:
    case MANIFEST_HELD:
        return decision_refuse(CUSTODY_REASON_manifest_unknown, "manifest");
    case MANIFEST_CLOSED:
    case MANIFEST_CLOSED_BY_ORDER:
    case MANIFEST_CANCELLED:
        return decision_refuse(CUSTODY_REASON_manifest_ended, "manifest");
    case MANIFEST_ISSUED:
    case MANIFEST_LOADING:
    case MANIFEST_IN_TRANSIT:
    case MANIFEST_DELIVERED:
    case MANIFEST_CONFIRMED:
    case MANIFEST_RETURNING:
        break;
    }
    return decision_grant();
}

struct permission_answer permission_manifest_cancel(const struct decision *decision,
                                                    const Custody__V1__CancelManifestBody *body)
{
    const struct manifest *manifest;
    struct permission_answer given = find_manifest(decision, body->manifest, &manifest);
    if (!decision_is_granted(given))
        return given;
    struct named_party generator = party_of(decision, manifest->generator);
    bool is_own = generator.now != NULL && decision_speaks_for(decision, &generator);
    if (!is_own && !decision_regulates(decision, manifest->division))
        return decision_refuse_for(decision, "manifest");
    if (manifest_state_of(manifest) != MANIFEST_ISSUED || manifest->sums.loaded > 0)
        return decision_refuse(CUSTODY_REASON_manifest_under_way, "manifest");
    return decision_grant();
}

static struct permission_answer check_ordered_container(const struct decision *decision,
                                                        const Custody__V1__ContainerName *name)
{
    const struct registry *registry = decision->registry;
    struct named_party generator;
    struct permission_answer given =
        decision_find_registered(decision, name->generator, "container.generator", &generator);
    if (decision_is_granted(given) && !decision_regulates_party(decision, &generator))
        given = decision_refuse_for(decision, "container");
    if (decision_is_granted(given) && !registry->container_is_known(registry->context, name))
        given = decision_refuse(CUSTODY_REASON_container_unknown, "container");
    return given;
}

struct permission_answer
permission_manifest_close_by_order(const struct decision *decision,
                                   const Custody__V1__CloseByOrderBody *body)
{
    const struct manifest *manifest;
    if (!decision_is_regulator(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    if (decision_is_empty(body->order))
        return decision_refuse(CUSTODY_REASON_field_missing, "order");
    if (body->subject_case == CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_CONTAINER)
        return check_ordered_container(decision, body->container);
    if (body->subject_case != CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_MANIFEST)
        return decision_refuse(CUSTODY_REASON_field_missing, "subject");
    struct permission_answer given = find_manifest(decision, body->manifest, &manifest);
    if (decision_is_granted(given) && !decision_regulates(decision, manifest->division))
        given = decision_refuse_for(decision, "manifest");
    return given;
}
