/* permission_party.c: who may register, change, permit and suspend whom.
 * Never changes anything. */
#include "daemon/domain/division.h"
#include "daemon/domain/permission_parts.h"

/* A parent may register what it sponsors: parties near it, of its own kinds, and none that watches others. */
static struct permission_answer check_sponsor(const struct decision *decision,
                                              const struct named_party *parent,
                                              unsigned kinds,
                                              uint32_t division)
{
    if (parent->record == NULL || !decision_sponsors(decision, parent->number))
        return decision_refuse_for(decision, "division");
    if ((kinds & ~(unsigned)parent->now->kinds) != 0 ||
        (kinds & (DECISION_KIND(REGULATOR) | DECISION_KIND(AUDITOR))) != 0)
        return decision_refuse(CUSTODY_REASON_parent_not_allowed, "kinds");
    if (!division_covers(parent->now->division, division))
        return decision_refuse(CUSTODY_REASON_parent_not_allowed, "division");
    return decision_grant();
}

/* Carriers and receivers of another province are registered by whichever bureau lets them in (外省车辆备案): no regulator of
 * this ledger is theirs. */
static bool is_let_in(const struct decision *decision, const char *division, unsigned kinds)
{
    const unsigned let_in = DECISION_KIND(CARRIER) | DECISION_KIND(FACILITY);
    return kinds != 0 && (kinds & ~let_in) == 0 && decision_is_regulator(decision) &&
           decision_is_outside(decision, division_parse(span_text(division)));
}

struct permission_answer permission_party_register(const struct decision *decision,
                                                   const Custody__V1__RegisterPartyBody *body)
{
    const struct registry *registry = decision->registry;
    struct named_party parent = {0};
    uint32_t division;
    uint32_t number;
    if (registry->party(registry->context, body->party, &number) != NULL)
        return decision_refuse(CUSTODY_REASON_party_exists, "party");
    unsigned kinds = decision_bits(body->n_kinds, (const int *)body->kinds);
    if (is_let_in(decision, body->division, kinds))
        return decision_grant();
    struct permission_answer given = decision_find_division(decision, body->division, &division);
    if (decision_is_granted(given) && !decision_is_empty(body->parent))
        given = decision_find_party(decision, body->parent, "parent", &parent);
    if (!decision_is_granted(given))
        return given;
    if (kinds == 0 || (kinds & ~DECISION_ANY_KIND) != 0)
        return decision_refuse(CUSTODY_REASON_field_missing, "kinds");
    if (decision_is_founding(decision) || decision_regulates(decision, division))
        return decision_grant();
    return check_sponsor(decision, &parent, kinds, division);
}

struct permission_answer permission_party_register_place(const struct decision *decision,
                                                         const Custody__V1__RegisterPlaceBody *body)
{
    const struct registry *registry = decision->registry;
    struct named_party party;
    uint32_t division;
    struct permission_answer given = decision_find_party(decision, body->party, "party", &party);
    if (decision_is_granted(given) && !decision_is_empty(body->division))
        given = decision_find_division(decision, body->division, &division);
    if (!decision_is_granted(given))
        return given;
    if (!decision_looks_after(decision, &party))
        return decision_refuse_for(decision, "party");
    if (registry->place_is_known(registry->context, party.number, body->code))
        return decision_refuse(CUSTODY_REASON_place_exists, "code");
    return decision_grant();
}

static bool are_scopes(const Custody__V1__RegisterVehicleBody *body)
{
    for (size_t i = 0; i < body->n_scopes; i++)
        if (vehicle_scope(span_text(body->scopes[i])) == 0)
            return false;
    return body->n_scopes <= VEHICLE_SCOPES_MAX;
}

struct permission_answer
permission_party_register_vehicle(const struct decision *decision,
                                  const Custody__V1__RegisterVehicleBody *body)
{
    const struct registry *registry = decision->registry;
    if (!decision_is_founding(decision) && !decision_is_regulator(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    struct named_party carrier;
    struct permission_answer given =
        decision_find_party(decision, body->carrier, "carrier", &carrier);
    if (decision_is_granted(given))
        given = decision_need_kind(&carrier, DECISION_KIND(CARRIER), "carrier");
    if (!decision_is_granted(given))
        return given;
    if (!are_scopes(body))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "scopes");
    int64_t from_us = decision_from(decision, body->effective_from);
    int64_t until_us = decision_until(body->effective_until);
    if (until_us <= from_us)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    const struct vehicle *vehicle =
        registry->vehicle(registry->context, body->vehicle->plate, (uint32_t)body->vehicle->colour);
    if (vehicle == NULL)
        return decision_grant();
    if (vehicle_overlaps(vehicle, from_us, until_us))
        return decision_refuse(CUSTODY_REASON_vehicle_exists, "vehicle");
    if (vehicle->count == VEHICLE_FILINGS_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "vehicle");
    return decision_grant();
}

static bool are_methods(const Custody__V1__GrantPermitBody *body)
{
    for (size_t i = 0; i < body->n_methods; i++)
        if (strlen(body->methods[i]) > PERMIT_METHOD_MAX)
            return false;
    return body->n_methods <= PERMIT_METHODS_MAX;
}

struct permission_answer permission_party_grant_permit(const struct decision *decision,
                                                       const Custody__V1__GrantPermitBody *body)
{
    const struct registry *registry = decision->registry;
    struct named_party party;
    struct permission_answer given = decision_find_party(decision, body->party, "party", &party);
    if (!decision_is_granted(given))
        return given;
    if (!decision_is_founding(decision) && !decision_regulates_party(decision, &party))
        return decision_refuse_for(decision, "party");
    uint32_t holder = registry->permit_holder(registry->context, body->number);
    if (holder != 0 && holder != party.number)
        return decision_refuse(CUSTODY_REASON_number_taken, "number");
    if (party.record->permits >= PERMITS_MAX)
        return decision_refuse(CUSTODY_REASON_table_full, "party");
    if (body->n_activities == 0)
        return decision_refuse(CUSTODY_REASON_field_missing, "activities");
    if (body->n_codes == 0 || body->n_codes > PERMIT_PATTERNS_MAX)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "codes");
    if (!decision_are_patterns(body->n_codes, body->codes))
        return decision_refuse(CUSTODY_REASON_code_malformed, "codes");
    if (!are_methods(body))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "methods");
    /* An emergency activation lapses by itself: it must say when. */
    if (!decision_is_empty(body->order) && body->effective_until == 0)
        return decision_refuse(CUSTODY_REASON_field_missing, "effective_until");
    if (decision_until(body->effective_until) <= decision_from(decision, body->effective_from))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    return decision_grant();
}

/* ---- changes ----------------------------------------------------------------------------------- */

/* What a party's own or its parent's admin may say of it; the rest is a regulator's to change. */
static struct permission_answer check_admins_change(const Custody__V1__ChangePartyBody *body)
{
    const char *field = body->n_kinds > 0                     ? "kinds"
                        : !decision_is_empty(body->division)  ? "division"
                        : !decision_is_empty(body->successor) ? "successor"
                        : body->closed                        ? "closed"
                                                              : NULL;
    return field == NULL ? decision_grant() : decision_refuse(CUSTODY_REASON_role_missing, field);
}

/* A regulator that closed its own office, or made it something else, could not take that back. */
static bool locks_itself_out(const struct decision *decision,
                             const struct named_party *party,
                             const Custody__V1__ChangePartyBody *body)
{
    unsigned kinds = decision_bits(body->n_kinds, (const int *)body->kinds);
    return party->number == decision->request->author->party &&
           (body->closed || (kinds != 0 && (kinds & DECISION_KIND(REGULATOR)) == 0));
}

static struct permission_answer check_successor(const struct decision *decision,
                                                const struct named_party *party,
                                                const Custody__V1__ChangePartyBody *body)
{
    struct named_party successor;
    if (decision_is_empty(body->successor))
        return decision_grant();
    if (!body->closed)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "successor");
    struct permission_answer given =
        decision_find_party(decision, body->successor, "successor", &successor);
    if (decision_is_granted(given) && successor.number == party->number)
        given = decision_refuse(CUSTODY_REASON_out_of_bounds, "successor");
    return given;
}

static struct permission_answer check_new_division(const struct decision *decision,
                                                   const Custody__V1__ChangePartyBody *body)
{
    uint32_t division;
    if (decision_is_empty(body->division))
        return decision_grant();
    struct permission_answer given = decision_find_division(decision, body->division, &division);
    /* Who moves it must answer for where it comes from and for where it goes. */
    if (decision_is_granted(given) && !decision_is_founding(decision) &&
        !decision_regulates(decision, division))
        given = decision_refuse(CUSTODY_REASON_not_own_party, "division");
    return given;
}

static bool has_room_from(const struct party *party, int64_t from_us)
{
    for (uint32_t i = 0; i < party->count; i++)
        if (party->versions[i].from_us == from_us)
            return true;
    return party->count < PARTY_VERSIONS_MAX;
}

struct permission_answer permission_party_change(const struct decision *decision,
                                                 const Custody__V1__ChangePartyBody *body)
{
    struct named_party party, parent;
    struct permission_answer given =
        decision_find_registered(decision, body->party, "party", &party);
    if (!decision_is_granted(given))
        return given;
    bool is_regulator =
        decision_is_founding(decision) || decision_regulates_party(decision, &party);
    if (!is_regulator && !decision_looks_after(decision, &party))
        return decision_refuse_for(decision, "party");
    if (!is_regulator)
        given = check_admins_change(body);
    if (decision_is_granted(given) && locks_itself_out(decision, &party, body))
        given = decision_refuse(CUSTODY_REASON_role_missing, "party");
    if (decision_is_granted(given) &&
        (decision_bits(body->n_kinds, (const int *)body->kinds) & ~DECISION_ANY_KIND) != 0)
        given = decision_refuse(CUSTODY_REASON_out_of_bounds, "kinds");
    if (decision_is_granted(given) && body->no_beds && body->beds != 0)
        given = decision_refuse(CUSTODY_REASON_out_of_bounds, "beds");
    if (decision_is_granted(given))
        given = check_new_division(decision, body);
    /* A party that names itself as its parent has none any more. */
    if (decision_is_granted(given) && !decision_is_empty(body->parent) &&
        strcmp(body->parent, body->party) != 0)
        given = decision_find_party(decision, body->parent, "parent", &parent);
    if (decision_is_granted(given))
        given = check_successor(decision, &party, body);
    int64_t from_us = decision_from(decision, body->effective_from);
    if (decision_is_granted(given) && party_at(party.record, from_us) == NULL)
        given = decision_refuse(CUSTODY_REASON_reaches_back, "effective_from");
    if (decision_is_granted(given) && !has_room_from(party.record, from_us))
        given = decision_refuse(CUSTODY_REASON_table_full, "party");
    return given;
}

/* ---- suspensions ------------------------------------------------------------------------------- */

static struct permission_answer
check_suspended(const struct decision *decision, const struct named_party *party, const char *field)
{
    if (!decision_regulates_party(decision, party))
        return decision_refuse_for(decision, field);
    return decision_grant();
}

static struct permission_answer check_suspended_party(const struct decision *decision,
                                                      const char *name,
                                                      const struct suspensions **ret)
{
    struct named_party party;
    struct permission_answer given = decision_find_registered(decision, name, "party", &party);
    if (decision_is_granted(given))
        given = check_suspended(decision, &party, "party");
    /* Nobody but itself could lift it. */
    if (decision_is_granted(given) && party.number == decision->request->author->party)
        given = decision_refuse(CUSTODY_REASON_role_missing, "party");
    if (decision_is_granted(given))
        *ret = &party.record->suspensions;
    return given;
}

static struct permission_answer check_suspended_permit(const struct decision *decision,
                                                       const char *number,
                                                       const struct suspensions **ret)
{
    const struct registry *registry = decision->registry;
    struct named_party party = {.number = registry->permit_holder(registry->context, number)};
    if (party.number != 0)
        party.record = registry->party_of(registry->context, party.number);
    if (party.record != NULL)
        party.now = party_at(party.record, decision->request->now_us);
    if (party.now == NULL)
        return decision_refuse(CUSTODY_REASON_permit_unknown, "permit");
    for (uint32_t i = 0; i < party.record->permits; i++) {
        const struct permit *permit = registry->permit(registry->context, party.number, i);
        if (permit == NULL || strcmp(permit->number, number) != 0)
            continue;
        *ret = &permit->suspensions;
        if (permit->suspensions.count == SUSPENSIONS_MAX)
            break;
    }
    return check_suspended(decision, &party, "permit");
}

static struct permission_answer check_suspended_vehicle(const struct decision *decision,
                                                        const Custody__V1__VehicleName *name,
                                                        const struct suspensions **ret)
{
    const struct registry *registry = decision->registry;
    if (!decision_is_regulator(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    const struct vehicle *vehicle =
        registry->vehicle(registry->context, name->plate, (uint32_t)name->colour);
    if (vehicle == NULL)
        return decision_refuse(CUSTODY_REASON_vehicle_unknown, "vehicle");
    *ret = &vehicle->suspensions;
    return decision_grant();
}

struct permission_answer permission_party_suspend(const struct decision *decision,
                                                  const Custody__V1__SuspendBody *body)
{
    const struct suspensions *suspensions = NULL;
    struct permission_answer given = decision_refuse(CUSTODY_REASON_field_missing, "subject");
    switch (body->subject_case) {
    case CUSTODY__V1__SUSPEND_BODY__SUBJECT_PARTY:
        given = check_suspended_party(decision, body->party, &suspensions);
        break;
    case CUSTODY__V1__SUSPEND_BODY__SUBJECT_PERMIT:
        given = check_suspended_permit(decision, body->permit, &suspensions);
        break;
    case CUSTODY__V1__SUSPEND_BODY__SUBJECT_VEHICLE:
        given = check_suspended_vehicle(decision, body->vehicle, &suspensions);
        break;
    case CUSTODY__V1__SUSPEND_BODY__SUBJECT__NOT_SET:
    case _CUSTODY__V1__SUSPEND_BODY__SUBJECT__CASE_IS_INT_SIZE:
        break;
    }
    if (!decision_is_granted(given))
        return given;
    if (decision_is_empty(body->order))
        return decision_refuse(CUSTODY_REASON_field_missing, "order");
    if (decision_until(body->effective_until) <= decision_from(decision, body->effective_from))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    if (suspensions != NULL && suspensions->count == SUSPENSIONS_MAX)
        return decision_refuse(CUSTODY_REASON_table_full, "subject");
    return decision_grant();
}
