/* permission.c: decides what is asked for: granted, or refused with a reason and the field that it rests on.
 * Never changes anything; looks only at the request and the registry.
 *
 * Where several things are wrong the first in this order is told: may the author speak at all; do the things it names exist; may
 * it speak for them; is what it asks for allowed. */
#include "daemon/domain/permission.h"

#include <custody/status.h>
#include "proto/checkpoint.h"
#include "daemon/domain/division.h"
#include "daemon/domain/edition.h"
#include "daemon/domain/entitlement.h"
#include "daemon/domain/fact.h"
#include "daemon/domain/rule.h"

#define ROLE(name) (1U << CUSTODY__V1__ROLE__ROLE_##name)
#define KIND(name) (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)
#define ANY_KIND                                                                                   \
    (KIND(GENERATOR) | KIND(CARRIER) | KIND(FACILITY) | KIND(REGULATOR) | KIND(AUDITOR))
/* What a receiver must be permitted to do with waste, any of it. */
#define TAKES_WASTE                                                                                \
    ((1U << CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT) |                                               \
     (1U << CUSTODY__V1__ACTIVITY__ACTIVITY_STORE) |                                               \
     (1U << CUSTODY__V1__ACTIVITY__ACTIVITY_COLLECT))

enum { NATIONAL_DIGITS = 14 };

typedef struct permission_answer answer;

static answer refuse(enum custody_reason reason, const char *field)
{
    return (answer){.reason = (uint16_t)reason, .field = field};
}

static const answer GRANTED = {.reason = 0, .field = ""};

static bool is_granted(answer given)
{
    return given.reason == 0;
}

/* One decision and what it may look at. */
struct decision {
    const struct permission_request *request;
    const struct registry *registry;
};

/* A party that a request names, as it stands now. */
struct named_party {
    uint32_t number;
    const struct party *record;
    const struct party_version *now;
};

/* ---- what the registry says -------------------------------------------------------------------- */

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == 0;
}

/* A registered party that is neither closed nor still to come. */
static answer find_party(const struct decision *decision,
                         const char *name,
                         const char *field,
                         struct named_party *ret)
{
    const struct registry *registry = decision->registry;
    *ret = (struct named_party){0};
    if (!is_empty(name))
        ret->record = registry->party(registry->context, name, &ret->number);
    if (ret->record == NULL)
        return refuse(CUSTODY_REASON_party_unknown, field);
    ret->now = party_at(ret->record, decision->request->now_us);
    if (ret->now == NULL || ret->now->is_closed)
        return refuse(CUSTODY_REASON_party_closed, field);
    return GRANTED;
}

static answer need_kind(const struct named_party *party, unsigned kinds, const char *field)
{
    return (party->now->kinds & kinds) != 0 ? GRANTED : refuse(CUSTODY_REASON_kind_missing, field);
}

static bool division_is_known(const struct decision *decision, uint32_t division)
{
    const struct registry *registry = decision->registry;
    return division != 0 && registry->division_is_known(registry->context, division);
}

static answer find_division(const struct decision *decision, const char *text, uint32_t *ret)
{
    *ret = division_parse(span_text(text));
    return division_is_known(decision, *ret) ? GRANTED
                                             : refuse(CUSTODY_REASON_division_unknown, "division");
}

bool permission_is_held(const struct registry *registry,
                        uint32_t party,
                        party_bits activity,
                        struct span code,
                        int64_t at_us)
{
    for (uint32_t i = 0;; i++) {
        const struct permit *permit = registry->permit(registry->context, party, i);
        if (permit == NULL)
            return false;
        if (permit_covers(permit, activity, code, at_us))
            return true;
    }
}

/* ---- what the author may ----------------------------------------------------------------------- */

static bool has_role(const struct decision *decision, unsigned roles)
{
    return (decision->request->author->roles & roles) != 0;
}

static bool is_root(const struct decision *decision)
{
    return has_role(decision, ROLE(ROOT));
}

/* Until the ledger is opened the root keys set everything up. */
static bool is_founding(const struct decision *decision)
{
    return is_root(decision) && !decision->request->ledger_is_open;
}

/* The author's own party now, NULL when it has none that is open. */
static const struct party_version *own_party(const struct decision *decision)
{
    const struct registry *registry = decision->registry;
    const struct party *party =
        registry->party_of(registry->context, decision->request->author->party);
    const struct party_version *now =
        party == NULL ? NULL : party_at(party, decision->request->now_us);
    return now == NULL || now->is_closed ? NULL : now;
}

static bool is_regulator(const struct decision *decision)
{
    const struct party_version *own = own_party(decision);
    return has_role(decision, ROLE(REGULATOR)) && own != NULL &&
           (own->kinds & KIND(REGULATOR)) != 0;
}

static bool regulates(const struct decision *decision, uint32_t division)
{
    return is_regulator(decision) && division_covers(own_party(decision)->division, division);
}

static bool is_admin_of(const struct decision *decision, uint32_t party)
{
    return has_role(decision, ROLE(ADMIN)) && party != 0 &&
           decision->request->author->party == party;
}

bool permission_speaks_for(const struct key *author,
                           uint32_t party,
                           const struct party *party_record,
                           int64_t at_us)
{
    if (author->party == 0)
        return false;
    if (author->party == party)
        return true;
    const struct party_version *version =
        party_record == NULL ? NULL : party_at(party_record, at_us);
    return (author->roles & ROLE(ADMIN)) != 0 && version != NULL &&
           version->parent == author->party;
}

/* An admin of the party or of its parent, or a regulator of where it is; root while founding. */
static bool looks_after(const struct decision *decision, const struct named_party *party)
{
    return is_founding(decision) || is_admin_of(decision, party->number) ||
           is_admin_of(decision, party->now->parent) || regulates(decision, party->now->division);
}

/* Somebody who might do this for another party is told so. */
static answer refuse_for(const struct decision *decision, unsigned roles, const char *field)
{
    return has_role(decision, roles) ? refuse(CUSTODY_REASON_not_own_party, field)
                                     : refuse(CUSTODY_REASON_role_missing, "key");
}

static answer check_author(const struct decision *decision)
{
    const struct permission_request *request = decision->request;
    const struct key *author = request->author;
    if (request->act == CUSTODY__V1__ACT__ACT_FOUND_LEDGER)
        return GRANTED;
    enum entitlement_key_standing standing = entitlement_of_key(author, request->now_us);
    bool is_invitation = standing == ENTITLEMENT_KEY_INVITED || standing == ENTITLEMENT_KEY_SPENT;
    if (standing == ENTITLEMENT_KEY_UNKNOWN ||
        (is_invitation && request->act != CUSTODY__V1__ACT__ACT_ENROL_KEY))
        return refuse(CUSTODY_REASON_role_missing, "key");
    uint16_t reason = entitlement_key_row(standing)->requests;
    return reason == 0 ? GRANTED : refuse((enum custody_reason)reason, "key");
}

/* ---- times ------------------------------------------------------------------------------------- */

int64_t permission_effective_from(int64_t asked_us, int64_t now_us, bool ledger_is_open)
{
    if (asked_us == 0 || (ledger_is_open && asked_us < now_us))
        return now_us;
    return asked_us;
}

static int64_t until_of(int64_t asked_us)
{
    return asked_us == 0 ? INT64_MAX : asked_us;
}

static int64_t from_of(const struct decision *decision, int64_t asked_us)
{
    return permission_effective_from(asked_us, decision->request->now_us,
                                     decision->request->ledger_is_open);
}

/* ---- the ledger -------------------------------------------------------------------------------- */

static answer decide_found(const struct decision *decision,
                           const Custody__V1__FoundLedgerBody *body)
{
    if (decision->request->entry != 0)
        return refuse(CUSTODY_REASON_ledger_open, "");
    if (!checkpoint_is_name(span_text(body->origin)))
        return refuse(CUSTODY_REASON_out_of_bounds, "origin");
    if (body->n_root_keys != 2 || body->root_keys[0].len != PUBLIC_KEY_SIZE ||
        body->root_keys[1].len != PUBLIC_KEY_SIZE ||
        memcmp(body->root_keys[0].data, body->root_keys[1].data, PUBLIC_KEY_SIZE) == 0)
        return refuse(CUSTODY_REASON_out_of_bounds, "root_keys");
    if (memcmp(decision->request->author_key, body->root_keys[0].data, PUBLIC_KEY_SIZE) != 0)
        return refuse(CUSTODY_REASON_role_missing, "root_keys");
    return GRANTED;
}

static answer decide_open(const struct decision *decision)
{
    if (!is_root(decision) && !is_regulator(decision))
        return refuse(CUSTODY_REASON_role_missing, "key");
    if (decision->request->ledger_is_open)
        return refuse(CUSTODY_REASON_ledger_open, "");
    return GRANTED;
}

static answer decide_table(const struct decision *decision)
{
    return is_founding(decision) || is_regulator(decision)
               ? GRANTED
               : refuse(CUSTODY_REASON_role_missing, "key");
}

/* ---- the registry ------------------------------------------------------------------------------ */

static unsigned bits_of(size_t count, const int *values)
{
    unsigned bits = 0;
    for (size_t i = 0; i < count; i++)
        if (values[i] >= 0 && values[i] < 16)
            bits |= 1U << values[i];
    return bits;
}

/* A parent may register what it sponsors: parties near it, of its own kinds, and none that watches others. */
static answer check_sponsor(const struct decision *decision,
                            const struct named_party *parent,
                            unsigned kinds,
                            uint32_t division)
{
    if (parent->record == NULL || !is_admin_of(decision, parent->number))
        return refuse_for(decision, ROLE(REGULATOR) | ROLE(ADMIN), "division");
    if ((kinds & ~(unsigned)parent->now->kinds) != 0 ||
        (kinds & (KIND(REGULATOR) | KIND(AUDITOR))) != 0)
        return refuse(CUSTODY_REASON_parent_not_allowed, "kinds");
    if (!division_covers(parent->now->division, division))
        return refuse(CUSTODY_REASON_parent_not_allowed, "division");
    return GRANTED;
}

static answer decide_register_party(const struct decision *decision,
                                    const Custody__V1__RegisterPartyBody *body)
{
    const struct registry *registry = decision->registry;
    struct named_party parent = {0};
    uint32_t division;
    uint32_t number;
    if (registry->party(registry->context, body->party, &number) != NULL)
        return refuse(CUSTODY_REASON_party_exists, "party");
    answer given = find_division(decision, body->division, &division);
    if (is_granted(given) && !is_empty(body->parent))
        given = find_party(decision, body->parent, "parent", &parent);
    if (!is_granted(given))
        return given;
    unsigned kinds = bits_of(body->n_kinds, (const int *)body->kinds);
    if (kinds == 0 || (kinds & ~ANY_KIND) != 0)
        return refuse(CUSTODY_REASON_field_missing, "kinds");
    if (is_founding(decision) || regulates(decision, division))
        return GRANTED;
    return check_sponsor(decision, &parent, kinds, division);
}

static answer decide_register_place(const struct decision *decision,
                                    const Custody__V1__RegisterPlaceBody *body)
{
    const struct registry *registry = decision->registry;
    struct named_party party;
    uint32_t division;
    answer given = find_party(decision, body->party, "party", &party);
    if (is_granted(given) && !is_empty(body->division))
        given = find_division(decision, body->division, &division);
    if (!is_granted(given))
        return given;
    if (!looks_after(decision, &party))
        return refuse_for(decision, ROLE(REGULATOR) | ROLE(ADMIN), "party");
    if (registry->place_is_known(registry->context, party.number, body->code))
        return refuse(CUSTODY_REASON_place_exists, "code");
    return GRANTED;
}

static answer decide_register_vehicle(const struct decision *decision,
                                      const Custody__V1__RegisterVehicleBody *body)
{
    const struct registry *registry = decision->registry;
    if (!is_founding(decision) && !is_regulator(decision))
        return refuse(CUSTODY_REASON_role_missing, "key");
    struct named_party carrier;
    answer given = find_party(decision, body->carrier, "carrier", &carrier);
    if (is_granted(given))
        given = need_kind(&carrier, KIND(CARRIER), "carrier");
    if (!is_granted(given))
        return given;
    int64_t from_us = from_of(decision, body->effective_from);
    int64_t until_us = until_of(body->effective_until);
    if (until_us <= from_us)
        return refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    const struct vehicle *vehicle =
        registry->vehicle(registry->context, body->vehicle->plate, (uint32_t)body->vehicle->colour);
    if (vehicle == NULL)
        return GRANTED;
    if (vehicle_overlaps(vehicle, from_us, until_us))
        return refuse(CUSTODY_REASON_vehicle_exists, "vehicle");
    if (vehicle->count == VEHICLE_FILINGS_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "vehicle");
    return GRANTED;
}

static bool are_patterns(size_t count, char *const *codes)
{
    for (size_t i = 0; i < count; i++)
        if (!waste_is_pattern(span_text(codes[i])))
            return false;
    return true;
}

static answer decide_grant_permit(const struct decision *decision,
                                  const Custody__V1__GrantPermitBody *body)
{
    struct named_party party;
    answer given = find_party(decision, body->party, "party", &party);
    if (!is_granted(given))
        return given;
    if (!is_founding(decision) && !regulates(decision, party.now->division))
        return refuse_for(decision, ROLE(REGULATOR), "party");
    if (body->n_activities == 0)
        return refuse(CUSTODY_REASON_field_missing, "activities");
    if (body->n_codes == 0 || body->n_codes > PERMIT_PATTERNS_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "codes");
    if (!are_patterns(body->n_codes, body->codes))
        return refuse(CUSTODY_REASON_code_malformed, "codes");
    if (until_of(body->effective_until) <= from_of(decision, body->effective_from))
        return refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    return GRANTED;
}

/* ---- keys -------------------------------------------------------------------------------------- */

/* Which kinds of party may have a key of that role. */
static const struct {
    unsigned role;
    unsigned kinds;
} role_kinds[] = {
    {CUSTODY__V1__ROLE__ROLE_GENERATOR, KIND(GENERATOR) | KIND(FACILITY)},
    {CUSTODY__V1__ROLE__ROLE_DRIVER, KIND(CARRIER) | KIND(GENERATOR) | KIND(FACILITY)},
    {CUSTODY__V1__ROLE__ROLE_FACILITY, KIND(FACILITY)},
    {CUSTODY__V1__ROLE__ROLE_REGULATOR, KIND(REGULATOR)},
    {CUSTODY__V1__ROLE__ROLE_AUDITOR, KIND(AUDITOR) | KIND(REGULATOR)},
    {CUSTODY__V1__ROLE__ROLE_WITNESS, ANY_KIND},
    {CUSTODY__V1__ROLE__ROLE_ADMIN, ANY_KIND},
    {CUSTODY__V1__ROLE__ROLE_INVITED, ANY_KIND},
    /* ROLE_ROOT: only the ledger's first entry makes root keys. */
};

static bool may_have_roles(party_bits kinds, unsigned roles)
{
    for (size_t i = 0; i < sizeof role_kinds / sizeof role_kinds[0]; i++) {
        unsigned bit = 1U << role_kinds[i].role;
        if ((roles & bit) != 0 && (kinds & role_kinds[i].kinds) == 0)
            return false;
        roles &= ~bit;
    }
    return roles == 0;
}

static answer check_roles(const struct named_party *party, unsigned roles, unsigned invited)
{
    if (roles == 0)
        return refuse(CUSTODY_REASON_field_missing, "roles");
    if ((roles & ROLE(ROOT)) != 0)
        return refuse(CUSTODY_REASON_role_missing, "roles");
    if (!may_have_roles(party->now->kinds, roles))
        return refuse(CUSTODY_REASON_kind_missing, "roles");
    bool is_invitation = (roles & ROLE(INVITED)) != 0;
    if (is_invitation && roles != ROLE(INVITED))
        return refuse(CUSTODY_REASON_out_of_bounds, "roles");
    if (is_invitation && invited == 0)
        return refuse(CUSTODY_REASON_field_missing, "invited_roles");
    if (!is_invitation && invited != 0)
        return refuse(CUSTODY_REASON_out_of_bounds, "invited_roles");
    if ((invited & (ROLE(INVITED) | ROLE(ROOT))) != 0)
        return refuse(CUSTODY_REASON_role_missing, "invited_roles");
    if (!may_have_roles(party->now->kinds, invited))
        return refuse(CUSTODY_REASON_kind_missing, "invited_roles");
    return GRANTED;
}

/* After the founding a root key makes regulators, and nobody else. */
static bool
root_may_enrol(const struct decision *decision, const struct named_party *party, unsigned roles)
{
    const unsigned offices = ROLE(REGULATOR) | ROLE(ADMIN) | ROLE(INVITED);
    return is_root(decision) && (party->now->kinds & KIND(REGULATOR)) != 0 &&
           (roles & ~offices) == 0;
}

static answer check_invitation(const struct decision *decision,
                               const Custody__V1__EnrolKeyBody *body,
                               const struct named_party *party,
                               unsigned roles)
{
    const struct key *invitation = decision->request->author;
    if (invitation->party != party->number)
        return refuse(CUSTODY_REASON_role_not_invited, "party");
    if ((roles & ~(unsigned)invitation->invited_roles) != 0)
        return refuse(CUSTODY_REASON_role_not_invited, "roles");
    if (body->replaces.len != 0)
        return refuse(CUSTODY_REASON_role_not_invited, "replaces");
    return GRANTED;
}

static bool is_last_regulator(const struct decision *decision, const struct key *key)
{
    const struct registry *registry = decision->registry;
    return (key->roles & ROLE(REGULATOR)) != 0 && registry->regulator_keys(registry->context) <= 1;
}

/* The replaced key is revoked by the same act. */
static answer check_replaced(const struct decision *decision,
                             const Custody__V1__EnrolKeyBody *body,
                             const struct named_party *party,
                             unsigned roles)
{
    const struct registry *registry = decision->registry;
    uint32_t number;
    if (body->replaces.len == 0)
        return GRANTED;
    const struct key *replaced =
        body->replaces.len == PUBLIC_KEY_SIZE
            ? registry->key(registry->context, body->replaces.data, &number)
            : NULL;
    if (replaced == NULL || !replaced->is_enrolled || replaced->party != party->number)
        return refuse(CUSTODY_REASON_key_unknown, "replaces");
    if (!replaced->is_revoked && (roles & ROLE(REGULATOR)) == 0 &&
        is_last_regulator(decision, replaced))
        return refuse(CUSTODY_REASON_last_regulator, "replaces");
    return GRANTED;
}

static answer decide_enrol_key(const struct decision *decision,
                               const Custody__V1__EnrolKeyBody *body)
{
    const struct registry *registry = decision->registry;
    struct named_party party;
    uint32_t number;
    if (body->key.len != PUBLIC_KEY_SIZE)
        return refuse(CUSTODY_REASON_field_missing, "key");
    const struct key *known = registry->key(registry->context, body->key.data, &number);
    if (known != NULL && known->is_enrolled)
        return refuse(CUSTODY_REASON_key_exists, "key");
    if (body->curve_key.len != 0 && registry->curve_is_taken != NULL &&
        registry->curve_is_taken(registry->context, body->curve_key.data))
        return refuse(CUSTODY_REASON_key_exists, "curve_key");
    answer given = find_party(decision, body->party, "party", &party);
    if (!is_granted(given))
        return given;
    unsigned roles = bits_of(body->n_roles, (const int *)body->roles);
    unsigned invited = bits_of(body->n_invited_roles, (const int *)body->invited_roles);
    if (has_role(decision, ROLE(INVITED)))
        given = check_invitation(decision, body, &party, roles);
    else if (!looks_after(decision, &party) && !root_may_enrol(decision, &party, roles | invited))
        given = refuse_for(decision, ROLE(ADMIN) | ROLE(REGULATOR) | ROLE(ROOT), "party");
    if (is_granted(given))
        given = check_roles(&party, roles, invited);
    if (is_granted(given) && until_of(body->effective_until) <= decision->request->now_us)
        given = refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    return is_granted(given) ? check_replaced(decision, body, &party, roles) : given;
}

static answer decide_revoke_key(const struct decision *decision,
                                const Custody__V1__RevokeKeyBody *body)
{
    const struct registry *registry = decision->registry;
    uint32_t number;
    const struct key *target = body->key.len == PUBLIC_KEY_SIZE
                                   ? registry->key(registry->context, body->key.data, &number)
                                   : NULL;
    if (target == NULL || !target->is_enrolled)
        return refuse(CUSTODY_REASON_key_unknown, "key");
    struct named_party party = {.number = target->party};
    if (party.number != 0)
        party.record = registry->party_of(registry->context, party.number);
    if (party.record != NULL)
        party.now = party_at(party.record, decision->request->now_us);
    /* A closed party's keys can still be revoked; root keys belong to no party and revoke each other. */
    if (!is_root(decision) && (party.now == NULL || !looks_after(decision, &party)))
        return refuse_for(decision, ROLE(ADMIN) | ROLE(REGULATOR), "key");
    if (target->is_revoked)
        return refuse(CUSTODY_REASON_key_revoked, "key");
    if (is_last_regulator(decision, target))
        return refuse(CUSTODY_REASON_last_regulator, "key");
    if (body->doubt_since > decision->request->now_us)
        return refuse(CUSTODY_REASON_out_of_bounds, "doubt_since");
    return GRANTED;
}

/* ---- numbers and manifests --------------------------------------------------------------------- */

/* A receiver of all these codes or patterns. */
static answer check_receiver(const struct decision *decision,
                             const char *name,
                             const char *field,
                             size_t count,
                             char *const *codes)
{
    struct named_party receiver;
    answer given = find_party(decision, name, field, &receiver);
    if (is_granted(given))
        given = need_kind(&receiver, KIND(FACILITY), field);
    for (size_t i = 0; is_granted(given) && i < count; i++)
        if (!permission_is_held(decision->registry, receiver.number, TAKES_WASTE,
                                span_text(codes[i]), decision->request->now_us))
            given = refuse(CUSTODY_REASON_permit_missing, field);
    return given;
}

static answer check_national(const struct decision *decision,
                             const Custody__V1__ReserveNumbersBody *body)
{
    const struct registry *registry = decision->registry;
    struct block block = {.count = body->count};
    size_t len = strlen(body->national_first);
    if (!is_regulator(decision))
        return refuse(CUSTODY_REASON_role_missing, "national_first");
    if (len != NATIONAL_DIGITS)
        return refuse(CUSTODY_REASON_out_of_bounds, "national_first");
    memcpy(block.first, body->national_first, len);
    if (block_index(&block, span_of(body->national_first, len)) != 0)
        return refuse(CUSTODY_REASON_out_of_bounds, "national_first");
    for (uint32_t i = 0; i < body->count; i++) {
        char number[MANIFEST_NUMBER_MAX + 1];
        block_number(&block, i, number);
        /* The serial of a year and prefecture must not run over into the next one. */
        if (memcmp(number, block.first, NATIONAL_DIGITS - 6) != 0)
            return refuse(CUSTODY_REASON_out_of_bounds, "count");
        if (registry->number_is_taken(registry->context, number))
            return refuse(CUSTODY_REASON_number_taken, "national_first");
    }
    return GRANTED;
}

static answer decide_reserve_numbers(const struct decision *decision,
                                     const Custody__V1__ReserveNumbersBody *body)
{
    const unsigned own_roles = ROLE(GENERATOR) | ROLE(DRIVER) | ROLE(ADMIN);
    struct named_party party;
    answer given = find_party(decision, body->party, "party", &party);
    if (is_granted(given))
        given = need_kind(&party, KIND(GENERATOR) | KIND(CARRIER) | KIND(FACILITY), "party");
    if (!is_granted(given))
        return given;
    bool is_own = has_role(decision, own_roles) && decision->request->author->party == party.number;
    if (!is_own && !is_admin_of(decision, party.now->parent) &&
        !regulates(decision, party.now->division))
        return refuse_for(decision, own_roles | ROLE(REGULATOR), "party");
    if (body->count < 1 || body->count > BLOCK_NUMBERS_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "count");
    if (!are_patterns(body->n_codes, body->codes))
        return refuse(CUSTODY_REASON_code_malformed, "codes");
    if (body->n_codes > PERMIT_PATTERNS_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "codes");
    if (body->n_receivers > BLOCK_RECEIVERS_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "receivers");
    if (until_of(body->effective_until) <= decision->request->now_us)
        return refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    for (size_t i = 0; is_granted(given) && i < body->n_receivers; i++)
        given =
            check_receiver(decision, body->receivers[i], "receivers", body->n_codes, body->codes);
    if (is_granted(given) && !is_empty(body->national_first))
        given = check_national(decision, body);
    return given;
}

/* Medical Waste Regulation article 15: not by rail, not by air. */
static bool is_forbidden_by_mode(const Custody__V1__ManifestPlan *plan)
{
    bool is_medical = false;
    for (size_t i = 0; i < plan->n_lines; i++)
        is_medical |= waste_is_medical(span_text(plan->lines[i]->waste_code));
    for (size_t i = 0; is_medical && i < plan->n_legs; i++)
        if (plan->legs[i]->mode == CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_RAIL ||
            plan->legs[i]->mode == CUSTODY__V1__TRANSPORT_MODE__TRANSPORT_AIR)
            return true;
    return false;
}

static answer check_plan(const struct decision *decision, const Custody__V1__ManifestPlan *plan)
{
    if (plan->n_lines == 0)
        return refuse(CUSTODY_REASON_field_missing, "plan.lines");
    if (plan->n_lines > MANIFEST_LINES_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "plan.lines");
    if (plan->n_legs > MANIFEST_LEGS_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "plan.legs");
    char *codes[MANIFEST_LINES_MAX];
    for (size_t i = 0; i < plan->n_lines; i++) {
        codes[i] = plan->lines[i]->waste_code;
        if (!waste_is_code(span_text(codes[i])))
            return refuse(CUSTODY_REASON_code_malformed, "plan.lines.waste_code");
    }
    answer given = check_receiver(decision, plan->receiver, "plan.receiver", plan->n_lines, codes);
    for (size_t i = 0; is_granted(given) && i < plan->n_legs; i++) {
        struct named_party carrier;
        given = find_party(decision, plan->legs[i]->carrier, "plan.legs.carrier", &carrier);
        if (is_granted(given))
            given = need_kind(&carrier, KIND(CARRIER), "plan.legs.carrier");
    }
    if (is_granted(given) && is_forbidden_by_mode(plan))
        given = refuse(CUSTODY_REASON_out_of_bounds, "plan.legs.mode");
    return given;
}

static answer decide_issue_manifest(const struct decision *decision,
                                    const Custody__V1__IssueManifestBody *body)
{
    const unsigned own_roles = ROLE(GENERATOR) | ROLE(ADMIN);
    const Custody__V1__ManifestPlan *plan = body->plan;
    struct named_party generator;
    if (plan == NULL)
        return refuse(CUSTODY_REASON_field_missing, "plan");
    answer given = find_party(decision, plan->generator, "plan.generator", &generator);
    if (!is_granted(given))
        return given;
    bool is_own =
        has_role(decision, own_roles) && decision->request->author->party == generator.number;
    if (!is_own && !is_admin_of(decision, generator.now->parent))
        return refuse_for(decision, own_roles, "plan.generator");
    given = need_kind(&generator, KIND(GENERATOR), "plan.generator");
    return is_granted(given) ? check_plan(decision, plan) : given;
}

static bool is_permitted_receiver(const struct registry *registry,
                                  const Custody__V1__ManifestPlan *plan,
                                  int64_t at_us,
                                  uint32_t *ret_number)
{
    const struct party *receiver = registry->party(registry->context, plan->receiver, ret_number);
    if (receiver == NULL || (party_kinds_at(receiver, at_us) & KIND(FACILITY)) == 0)
        return false;
    for (size_t i = 0; i < plan->n_lines; i++)
        if (!permission_is_held(registry, *ret_number, TAKES_WASTE,
                                span_text(plan->lines[i]->waste_code), at_us))
            return false;
    return true;
}

static bool is_within_block(const struct registry *registry,
                            const Custody__V1__DrawManifestBody *body,
                            uint32_t author_party,
                            uint32_t receiver,
                            int64_t at_us)
{
    const struct block *block =
        body->block == NULL ? NULL : registry->block(registry->context, body->block);
    if (block == NULL || author_party == 0 || block->party != author_party ||
        !block_is_live(block, at_us))
        return false;
    int32_t index = block_index(block, span_text(body->number));
    if (index < 0 || (block->drawn[index / 8] >> (index % 8) & 1) != 0)
        return false;
    uint64_t mass_g = 0;
    for (size_t i = 0; i < body->plan->n_lines; i++)
        if (__builtin_add_overflow(mass_g, body->plan->lines[i]->planned_mass_g, &mass_g))
            return false;
    for (size_t i = 0; i < body->plan->n_lines; i++)
        if (!block_allows(block, receiver, span_text(body->plan->lines[i]->waste_code), mass_g))
            return false;
    return true;
}

static void break_rule(struct permission_rules *broken, uint16_t rule)
{
    for (uint32_t i = 0; i < broken->count; i++)
        if (broken->rules[i] == rule)
            return;
    if (broken->count < MANIFEST_RULES_MAX)
        broken->rules[broken->count++] = rule;
}

void permission_judge_drawn(const Custody__V1__DrawManifestBody *body,
                            uint32_t author_party,
                            int64_t at_us,
                            const struct registry *registry,
                            struct permission_rules *ret)
{
    uint32_t receiver = 0;
    *ret = (struct permission_rules){0};
    if (body->plan == NULL || !is_permitted_receiver(registry, body->plan, at_us, &receiver))
        break_rule(ret, RULE_receiver_not_permitted);
    if (body->plan == NULL || !is_within_block(registry, body, author_party, receiver, at_us))
        break_rule(ret, RULE_drawn_outside_block);
}

/* ---- the annex --------------------------------------------------------------------------------- */

/* Rule N23: nothing is erased before its time, and only by the regulator of whose record it is. */
static answer decide_erase(const struct decision *decision, const Custody__V1__EraseBody *body)
{
    const struct registry *registry = decision->registry;
    uint32_t number = 0;
    uint16_t reason = CUSTODY_REASON_record_unknown;
    if (registry->may_erase != NULL)
        reason = registry->may_erase(registry->context, body->digest.data,
                                     decision->request->now_us, &number);
    if (reason == CUSTODY_REASON_record_unknown)
        return refuse(CUSTODY_REASON_record_unknown, "digest");
    const struct party *party = number == 0 ? NULL : registry->party_of(registry->context, number);
    const struct party_version *now =
        party == NULL ? NULL : party_at(party, decision->request->now_us);
    /* What a root key named belongs to the ledger as a whole. */
    if (now == NULL ? !is_regulator(decision) : !regulates(decision, now->division))
        return refuse_for(decision, ROLE(REGULATOR), "digest");
    return reason == 0 ? GRANTED : refuse((enum custody_reason)reason, "digest");
}

/* ---- the acts ---------------------------------------------------------------------------------- */

struct permission_answer permission_decide(const struct permission_request *request,
                                           const struct registry *registry)
{
    const struct decision decision = {request, registry};
    const void *body = request->body;
    answer given = check_author(&decision);
    if (!is_granted(given))
        return given;
    switch (request->act) {
    case CUSTODY__V1__ACT__ACT_FOUND_LEDGER:
        return decide_found(&decision, body);
    case CUSTODY__V1__ACT__ACT_OPEN_LEDGER:
        return decide_open(&decision);
    case CUSTODY__V1__ACT__ACT_REGISTER_PARTY:
        return decide_register_party(&decision, body);
    case CUSTODY__V1__ACT__ACT_REGISTER_PLACE:
        return decide_register_place(&decision, body);
    case CUSTODY__V1__ACT__ACT_REGISTER_VEHICLE:
        return decide_register_vehicle(&decision, body);
    case CUSTODY__V1__ACT__ACT_GRANT_PERMIT:
        return decide_grant_permit(&decision, body);
    case CUSTODY__V1__ACT__ACT_ENROL_KEY:
        return decide_enrol_key(&decision, body);
    case CUSTODY__V1__ACT__ACT_REVOKE_KEY:
        return decide_revoke_key(&decision, body);
    case CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS:
        return decide_reserve_numbers(&decision, body);
    case CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST:
        return decide_issue_manifest(&decision, body);
    case CUSTODY__V1__ACT__ACT_SET_PROFILE:
        given = decide_table(&decision);
        return is_granted(given) ? edition_decide(body, registry) : given;
    case CUSTODY__V1__ACT__ACT_SET_DIVISIONS:
    case CUSTODY__V1__ACT__ACT_SET_CATALOGUE:
        return decide_table(&decision);
    case CUSTODY__V1__ACT__ACT_ERASE:
        return decide_erase(&decision, body);
    default:
        return refuse(CUSTODY_REASON_act_not_open, "act");
    }
}
