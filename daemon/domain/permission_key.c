/* permission_key.c: who may enrol and revoke which key.
 * Never makes a root key: only the ledger's first entry does. */
#include "daemon/domain/permission_parts.h"

/* Which kinds of party may have a key of that role. */
static const struct {
    unsigned role;
    unsigned kinds;
} role_kinds[] = {
    {CUSTODY__V1__ROLE__ROLE_GENERATOR, DECISION_KIND(GENERATOR) | DECISION_KIND(FACILITY)},
    {CUSTODY__V1__ROLE__ROLE_DRIVER,
     DECISION_KIND(CARRIER) | DECISION_KIND(GENERATOR) | DECISION_KIND(FACILITY)},
    {CUSTODY__V1__ROLE__ROLE_FACILITY, DECISION_KIND(FACILITY)},
    {CUSTODY__V1__ROLE__ROLE_REGULATOR, DECISION_KIND(REGULATOR)},
    {CUSTODY__V1__ROLE__ROLE_AUDITOR, DECISION_KIND(AUDITOR) | DECISION_KIND(REGULATOR)},
    {CUSTODY__V1__ROLE__ROLE_WITNESS, DECISION_ANY_KIND},
    {CUSTODY__V1__ROLE__ROLE_ADMIN, DECISION_ANY_KIND},
    {CUSTODY__V1__ROLE__ROLE_INVITED, DECISION_ANY_KIND},
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

static struct permission_answer
check_roles(const struct named_party *party, unsigned roles, unsigned invited)
{
    if (roles == 0)
        return decision_refuse(CUSTODY_REASON_field_missing, "roles");
    if ((roles & DECISION_ROLE(ROOT)) != 0)
        return decision_refuse(CUSTODY_REASON_role_missing, "roles");
    if (!may_have_roles(party->now->kinds, roles))
        return decision_refuse(CUSTODY_REASON_kind_missing, "roles");
    bool is_invitation = (roles & DECISION_ROLE(INVITED)) != 0;
    if (is_invitation && roles != DECISION_ROLE(INVITED))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "roles");
    if (is_invitation && invited == 0)
        return decision_refuse(CUSTODY_REASON_field_missing, "invited_roles");
    if (!is_invitation && invited != 0)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "invited_roles");
    if ((invited & (DECISION_ROLE(INVITED) | DECISION_ROLE(ROOT))) != 0)
        return decision_refuse(CUSTODY_REASON_role_missing, "invited_roles");
    if (!may_have_roles(party->now->kinds, invited))
        return decision_refuse(CUSTODY_REASON_kind_missing, "invited_roles");
    return decision_grant();
}

/* After the founding a root key makes regulators, and nobody else. */
static bool
root_may_enrol(const struct decision *decision, const struct named_party *party, unsigned roles)
{
    const unsigned offices =
        DECISION_ROLE(REGULATOR) | DECISION_ROLE(ADMIN) | DECISION_ROLE(INVITED);
    return decision_is_root(decision) && (party->now->kinds & DECISION_KIND(REGULATOR)) != 0 &&
           (roles & ~offices) == 0;
}

static struct permission_answer check_invitation(const struct decision *decision,
                                                 const Custody__V1__EnrolKeyBody *body,
                                                 const struct named_party *party,
                                                 unsigned roles)
{
    const struct key *invitation = decision->request->author;
    if (invitation->party != party->number)
        return decision_refuse(CUSTODY_REASON_role_not_invited, "party");
    if ((roles & ~(unsigned)invitation->invited_roles) != 0)
        return decision_refuse(CUSTODY_REASON_role_not_invited, "roles");
    if (body->replaces.len != 0)
        return decision_refuse(CUSTODY_REASON_role_not_invited, "replaces");
    return decision_grant();
}

static bool is_last_regulator(const struct decision *decision, const struct key *key)
{
    const struct registry *registry = decision->registry;
    return (key->roles & DECISION_ROLE(REGULATOR)) != 0 &&
           registry->regulator_keys(registry->context) <= 1;
}

/* The replaced key is revoked by the same act. */
static struct permission_answer check_replaced(const struct decision *decision,
                                               const Custody__V1__EnrolKeyBody *body,
                                               const struct named_party *party,
                                               unsigned roles)
{
    const struct registry *registry = decision->registry;
    uint32_t number;
    if (body->replaces.len == 0)
        return decision_grant();
    const struct key *replaced =
        body->replaces.len == PUBLIC_KEY_SIZE
            ? registry->key(registry->context, body->replaces.data, &number)
            : NULL;
    if (replaced == NULL || !replaced->is_enrolled || replaced->party != party->number)
        return decision_refuse(CUSTODY_REASON_key_unknown, "replaces");
    if (!replaced->is_revoked && (roles & DECISION_ROLE(REGULATOR)) == 0 &&
        is_last_regulator(decision, replaced))
        return decision_refuse(CUSTODY_REASON_last_regulator, "replaces");
    return decision_grant();
}

struct permission_answer permission_key_enrol(const struct decision *decision,
                                              const Custody__V1__EnrolKeyBody *body)
{
    const struct registry *registry = decision->registry;
    struct named_party party;
    uint32_t number;
    if (body->key.len != PUBLIC_KEY_SIZE)
        return decision_refuse(CUSTODY_REASON_field_missing, "key");
    const struct key *known = registry->key(registry->context, body->key.data, &number);
    if (known != NULL && known->is_enrolled)
        return decision_refuse(CUSTODY_REASON_key_exists, "key");
    if (body->curve_key.len != 0 && registry->curve_is_taken != NULL &&
        registry->curve_is_taken(registry->context, body->curve_key.data))
        return decision_refuse(CUSTODY_REASON_key_exists, "curve_key");
    struct permission_answer given = decision_find_party(decision, body->party, "party", &party);
    if (!decision_is_granted(given))
        return given;
    unsigned roles = decision_bits(body->n_roles, (const int *)body->roles);
    unsigned invited = decision_bits(body->n_invited_roles, (const int *)body->invited_roles);
    if (decision_has_role(decision, DECISION_ROLE(INVITED)))
        given = check_invitation(decision, body, &party, roles);
    else if (!decision_looks_after(decision, &party) &&
             !root_may_enrol(decision, &party, roles | invited))
        given = decision_refuse_for(decision, "party");
    if (decision_is_granted(given))
        given = check_roles(&party, roles, invited);
    if (decision_is_granted(given) &&
        decision_until(body->effective_until) <= decision->request->now_us)
        given = decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_until");
    return decision_is_granted(given) ? check_replaced(decision, body, &party, roles) : given;
}

struct permission_answer permission_key_revoke(const struct decision *decision,
                                               const Custody__V1__RevokeKeyBody *body)
{
    const struct registry *registry = decision->registry;
    uint32_t number;
    const struct key *target = body->key.len == PUBLIC_KEY_SIZE
                                   ? registry->key(registry->context, body->key.data, &number)
                                   : NULL;
    if (target == NULL || !target->is_enrolled)
        return decision_refuse(CUSTODY_REASON_key_unknown, "key");
    struct named_party party = {.number = target->party};
    if (party.number != 0)
        party.record = registry->party_of(registry->context, party.number);
    if (party.record != NULL)
        party.now = party_at(party.record, decision->request->now_us);
    /* A closed party's keys can still be revoked; root keys belong to no party and revoke each other. */
    if (!decision_is_root(decision) &&
        (party.now == NULL || !decision_looks_after(decision, &party)))
        return decision_refuse_for(decision, "key");
    if (target->is_revoked)
        return decision_refuse(CUSTODY_REASON_key_revoked, "key");
    if (is_last_regulator(decision, target))
        return decision_refuse(CUSTODY_REASON_last_regulator, "key");
    if (body->doubt_since > decision->request->now_us)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "doubt_since");
    return decision_grant();
}
