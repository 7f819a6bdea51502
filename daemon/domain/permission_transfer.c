/* permission_transfer.c: approvals of transfers across regions, blocks of numbers, documents on file.
 * Never draws from an approval or a plan: what is granted does, when it is enacted. */
#include "daemon/domain/division.h"
#include "daemon/domain/permission_parts.h"

enum {
    NATIONAL_DIGITS = 14,
    NATIONAL_FIRST_YEAR = 2022, /* Transfer Measures article 15, in force since then */
};

/* ---- approvals --------------------------------------------------------------------------------- */

/* What an approval says, and for which ends its author may say so. */
struct terms {
    struct named_party generator, receiver;
    uint32_t origin, destination;
    int64_t from_us, until_us;
    unsigned ends;
};

/* The division that is named for an end, or its party's own; it must be where the party is. */
static struct permission_answer find_end(const struct decision *decision,
                                         const struct named_party *party,
                                         const char *text,
                                         const char *field,
                                         uint32_t *ret)
{
    const struct registry *registry = decision->registry;
    *ret = party->now->division;
    if (decision_is_empty(text))
        return decision_grant();
    *ret = division_parse(span_text(text));
    return registry->covers(registry->context, *ret, party->now->division)
               ? decision_grant()
               : decision_refuse(CUSTODY_REASON_out_of_bounds, field);
}

static unsigned ends_of(const struct decision *decision, const struct terms *terms)
{
    unsigned ends = 0;
    if (decision_regulates(decision, terms->origin))
        ends |= APPROVAL_ORIGIN;
    if (decision_regulates(decision, terms->destination))
        ends |= APPROVAL_DESTINATION;
    /* An end outside has no regulator here: the one who lets the transfer out or in answers for its paper. */
    if (ends != 0 && decision_is_outside(decision, terms->origin))
        ends |= APPROVAL_ORIGIN;
    if (ends != 0 && decision_is_outside(decision, terms->destination))
        ends |= APPROVAL_DESTINATION;
    return ends;
}

/* Transfer Measures article 27: 12 months at most, and not beyond the receiver's permit. */
static struct permission_answer check_validity(const struct decision *decision,
                                               const struct terms *terms,
                                               const struct profile *profile,
                                               const Custody__V1__ApproveTransferBody *body)
{
    const struct registry *registry = decision->registry;
    if (terms->until_us <= terms->from_us || terms->until_us <= decision->request->now_us)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    if (profile->approval_us != 0 && terms->until_us - terms->from_us > profile->approval_us)
        return decision_refuse(CUSTODY_REASON_approval_too_long, "effective_until");
    for (size_t i = 0; i < body->n_codes; i++) {
        struct span code = span_text(body->codes[i]), method = span_text(body->method);
        if (decision_find_permit(registry, terms->receiver.number, DECISION_TAKES_WASTE, code,
                                 method, decision->request->now_us, NULL) == NULL)
            return decision_refuse(CUSTODY_REASON_method_not_permitted, "method");
        if (decision_find_permit(registry, terms->receiver.number, DECISION_TAKES_WASTE, code,
                                 method, terms->until_us - 1, NULL) == NULL)
            return decision_refuse(CUSTODY_REASON_approval_too_long, "effective_until");
    }
    return decision_grant();
}

static const char *differing_term(const struct approval *approval,
                                  const struct terms *terms,
                                  const Custody__V1__ApproveTransferBody *body)
{
    if (approval->generator != terms->generator.number)
        return "generator";
    if (approval->receiver != terms->receiver.number)
        return "receiver";
    if (approval->mass_g != body->mass_g)
        return "mass_g";
    if (approval->is_whitelist != (body->whitelist != 0))
        return "whitelist";
    if (!span_is_equal(span_text(approval->method), span_text(body->method)))
        return "method";
    if (approval->asked_us != body->effective_from)
        return "effective_from";
    if (body->effective_until != 0 && approval->until_us != body->effective_until)
        return "effective_until";
    if (approval->origin != terms->origin)
        return "origin_division";
    if (approval->destination != terms->destination)
        return "destination_division";
    bool is_same = approval->pattern_count == body->n_codes;
    for (size_t i = 0; is_same && i < body->n_codes; i++)
        is_same = strcmp(approval->patterns[i], body->codes[i]) == 0;
    return is_same ? NULL : "codes";
}

/* The other end's word on what one end has said already. */
static struct permission_answer check_second_end(const struct decision *decision,
                                                 const struct approval *approval,
                                                 const struct terms *terms,
                                                 const Custody__V1__ApproveTransferBody *body)
{
    const char *field = differing_term(approval, terms, body);
    if ((terms->ends & ~(unsigned)approval->ends) == 0)
        return decision_refuse(CUSTODY_REASON_approval_exists, "number");
    if (field != NULL)
        return decision_refuse(CUSTODY_REASON_approval_differs, field);
    if (approval->until_us <= decision->request->now_us)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    return decision_grant();
}

struct permission_answer permission_transfer_approve(const struct decision *decision,
                                                     const Custody__V1__ApproveTransferBody *body)
{
    const struct registry *registry = decision->registry;
    struct terms terms = {0};
    struct permission_answer given =
        decision_find_party(decision, body->generator, "generator", &terms.generator);
    if (decision_is_granted(given))
        given = decision_need_kind(&terms.generator, DECISION_KIND(GENERATOR), "generator");
    if (!decision_is_granted(given))
        return given;
    if (body->n_codes == 0 || body->n_codes > PERMIT_PATTERNS_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "codes");
    if (!decision_are_patterns(body->n_codes, body->codes))
        return decision_refuse(CUSTODY_REASON_code_malformed, "codes");
    if (strlen(body->method) > PERMIT_METHOD_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "method");
    given = decision_check_receiver(decision, body->receiver, "receiver", body->n_codes,
                                    body->codes, &terms.receiver);
    if (decision_is_granted(given))
        given = find_end(decision, &terms.generator, body->origin_division, "origin_division",
                         &terms.origin);
    if (decision_is_granted(given))
        given = find_end(decision, &terms.receiver, body->destination_division,
                         "destination_division", &terms.destination);
    if (!decision_is_granted(given))
        return given;
    terms.ends = ends_of(decision, &terms);
    if (terms.ends == 0)
        return decision_refuse_for(decision, "origin_division");
    const struct approval *approval = registry->approval(registry->context, body->number);
    if (approval != NULL)
        return check_second_end(decision, approval, &terms, body);
    const struct profile *profile =
        registry->profile(registry->context, body->codes[0], terms.generator.now->division,
                          decision->request->now_us);
    terms.from_us = decision_from(decision, body->effective_from);
    terms.until_us =
        permission_approval_until(registry, profile, body, terms.receiver.number, terms.from_us);
    return check_validity(decision, &terms, profile, body);
}

/* ---- blocks of numbers ------------------------------------------------------------------------- */

/* Transfer Measures article 15: year, then province and prefecture of the origin, then the serial. */
static bool is_of_prefecture(const struct decision *decision,
                             const struct named_party *party,
                             const char *number)
{
    const struct registry *registry = decision->registry;
    const struct profile *profile =
        registry->profile(registry->context, "", party->now->division, decision->request->now_us);
    uint32_t year = 0, prefecture = 0, month, day;
    int32_t now_year;
    for (size_t i = 0; i < 4; i++) {
        year = year * 10 + (uint32_t)(number[i] - '0');
        prefecture = prefecture * 10 + (uint32_t)(number[i + 4] - '0');
    }
    calendar_civil(calendar_day(&profile->calendar, decision->request->now_us), &now_year, &month,
                   &day);
    return year >= NATIONAL_FIRST_YEAR && (int32_t)year <= now_year + 1 &&
           prefecture == party->now->division / 100;
}

static struct permission_answer check_national(const struct decision *decision,
                                               const struct named_party *party,
                                               const Custody__V1__ReserveNumbersBody *body)
{
    const struct registry *registry = decision->registry;
    struct block block = {.count = body->count};
    size_t len = strlen(body->national_first);
    if (!decision_is_regulator(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "national_first");
    if (len != NATIONAL_DIGITS)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "national_first");
    memcpy(block.first, body->national_first, len);
    if (block_index(&block, span_of(body->national_first, len)) != 0)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "national_first");
    if (!is_of_prefecture(decision, party, body->national_first))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "national_first");
    for (uint32_t i = 0; i < body->count; i++) {
        char number[MANIFEST_NUMBER_MAX + 1];
        block_number(&block, i, number);
        /* The serial of a year and prefecture must not run over into the next one. */
        if (memcmp(number, block.first, NATIONAL_DIGITS - 6) != 0)
            return decision_refuse(CUSTODY_REASON_out_of_bounds, "count");
        if (registry->number_is_taken(registry->context, number))
            return decision_refuse(CUSTODY_REASON_number_taken, "national_first");
    }
    return decision_grant();
}

/* A block of an approval reserves its ceiling of the approved mass: for that receiver and those codes alone. */
static struct permission_answer check_approval(const struct decision *decision,
                                               const struct named_party *party,
                                               const Custody__V1__ReserveNumbersBody *body)
{
    const struct registry *registry = decision->registry;
    int64_t now_us = decision->request->now_us;
    const struct approval *approval = registry->approval(registry->context, body->approval);
    if (approval == NULL || !approval_is_in_force(approval, now_us))
        return decision_refuse(CUSTODY_REASON_approval_missing, "approval");
    if (body->n_receivers == 0 || body->n_codes == 0)
        return decision_refuse(CUSTODY_REASON_field_missing,
                               body->n_codes == 0 ? "codes" : "receivers");
    for (size_t i = 0; i < body->n_receivers; i++)
        for (size_t k = 0; k < body->n_codes; k++) {
            uint32_t receiver = 0;
            registry->party(registry->context, body->receivers[i], &receiver);
            if (!approval_covers(approval, party->number, receiver, span_text(body->codes[k]),
                                 (struct span){0}))
                return decision_refuse(CUSTODY_REASON_approval_missing, "approval");
        }
    if (decision_until(body->effective_until) > approval->until_us)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    if (!approval->is_whitelist && body->mass_ceiling_g == 0)
        return decision_refuse(CUSTODY_REASON_field_missing, "mass_ceiling_g");
    if (body->mass_ceiling_g > approval_left_g(approval, now_us))
        return decision_refuse(CUSTODY_REASON_approval_spent, "mass_ceiling_g");
    return approval_has_room(approval, now_us)
               ? decision_grant()
               : decision_refuse(CUSTODY_REASON_table_full, "approval");
}

struct permission_answer permission_transfer_reserve(const struct decision *decision,
                                                     const Custody__V1__ReserveNumbersBody *body)
{
    struct named_party party;
    struct permission_answer given = decision_find_party(decision, body->party, "party", &party);
    if (decision_is_granted(given))
        given = decision_need_kind(
            &party, DECISION_KIND(GENERATOR) | DECISION_KIND(CARRIER) | DECISION_KIND(FACILITY),
            "party");
    if (!decision_is_granted(given))
        return given;
    if (!decision_speaks_for(decision, &party) && !decision_regulates_party(decision, &party))
        return decision_refuse_for(decision, "party");
    if (body->count < 1 || body->count > BLOCK_NUMBERS_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "count");
    if (!decision_are_patterns(body->n_codes, body->codes))
        return decision_refuse(CUSTODY_REASON_code_malformed, "codes");
    if (body->n_codes > PERMIT_PATTERNS_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "codes");
    if (body->n_receivers > BLOCK_RECEIVERS_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "receivers");
    if (decision_until(body->effective_until) <= decision->request->now_us)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    for (size_t i = 0; decision_is_granted(given) && i < body->n_receivers; i++) {
        struct named_party receiver;
        given = decision_check_receiver(decision, body->receivers[i], "receivers", body->n_codes,
                                        body->codes, &receiver);
    }
    if (decision_is_granted(given) && !decision_is_empty(body->approval))
        given = check_approval(decision, &party, body);
    if (decision_is_granted(given) && !decision_is_empty(body->national_first))
        given = check_national(decision, &party, body);
    return given;
}

struct permission_answer permission_transfer_close_block(const struct decision *decision,
                                                         const Custody__V1__CloseBlockBody *body)
{
    const struct registry *registry = decision->registry;
    const struct block *block =
        body->block == NULL ? NULL : registry->block(registry->context, body->block);
    struct named_party party = {.number = block == NULL ? 0 : block->party};
    if (party.number != 0)
        party.record = registry->party_of(registry->context, party.number);
    if (party.record != NULL)
        party.now = party_at(party.record, decision->request->now_us);
    if (party.now == NULL)
        return decision_refuse(CUSTODY_REASON_block_unknown, "block");
    if (!decision_speaks_for(decision, &party) && !decision_regulates_party(decision, &party))
        return decision_refuse_for(decision, "block");
    return block->is_closed ? decision_refuse(CUSTODY_REASON_block_closed, "block")
                            : decision_grant();
}

/* ---- documents --------------------------------------------------------------------------------- */

static bool has_a_code_twice(const Custody__V1__FileDocumentBody *body)
{
    for (size_t i = 0; i < body->n_lines; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(body->lines[i]->waste_code, body->lines[k]->waste_code) == 0)
                return true;
    return false;
}

/* A plan is its owner's alone to file; what two parties agreed on, either may file. A regulator files for those it watches. */
static bool may_file(const struct decision *decision,
                     const Custody__V1__FileDocumentBody *body,
                     const struct named_party *owner,
                     bool is_named)
{
    bool is_plan = body->kind == CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN;
    return decision_regulates_party(decision, owner) || decision_speaks_for(decision, owner) ||
           (!is_plan && is_named && decision_is_entitled(decision, ~0U, ENTITLEMENT_OWN));
}

struct permission_answer permission_transfer_file(const struct decision *decision,
                                                  const Custody__V1__FileDocumentBody *body)
{
    const struct registry *registry = decision->registry;
    uint32_t own = decision->request->author->party;
    struct named_party owner = {.number = own};
    bool is_named = body->n_parties == 0;
    if (body->n_parties > DOCUMENT_PARTIES_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "parties");
    if (body->n_parties == 0) {
        owner.record = registry->party_of(registry->context, own);
        owner.now = owner.record == NULL ? NULL : party_at(owner.record, decision->request->now_us);
        if (owner.now == NULL)
            return decision_refuse(CUSTODY_REASON_field_missing, "parties");
    }
    for (size_t i = 0; i < body->n_parties; i++) {
        struct named_party party;
        struct permission_answer given =
            decision_find_party(decision, body->parties[i], "parties", &party);
        if (!decision_is_granted(given))
            return given;
        is_named |= party.number == own;
        if (i == 0)
            owner = party;
    }
    if (!may_file(decision, body, &owner, is_named))
        return decision_refuse_for(decision, "parties");
    if (body->n_lines > DOCUMENT_LINES_MAX || has_a_code_twice(body))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "lines");
    if (decision_until(body->effective_until) <= decision_from(decision, body->effective_from))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    const struct document *filed =
        registry->document(registry->context, (unsigned)body->kind, owner.number, body->number);
    if (filed != NULL && filed->filing_count == DOCUMENT_FILINGS_MAX)
        return decision_refuse(CUSTODY_REASON_table_full, "number");
    return decision_grant();
}
