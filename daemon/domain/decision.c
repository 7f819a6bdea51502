/* decision.c: what every decision on a permission shares.
 * Never decides an act. */
#include "daemon/domain/decision.h"

#include "daemon/domain/division.h"

struct permission_answer decision_refuse(enum custody_reason reason, const char *field)
{
    return (struct permission_answer){.reason = (uint16_t)reason, .field = field};
}

struct permission_answer decision_grant(void)
{
    return (struct permission_answer){.reason = 0, .field = ""};
}

bool decision_is_granted(struct permission_answer answer)
{
    return answer.reason == 0;
}

/* ---- what the request says --------------------------------------------------------------------- */

bool decision_is_empty(const char *text)
{
    return text == NULL || text[0] == 0;
}

unsigned decision_bits(size_t count, const int *values)
{
    unsigned bits = 0;
    for (size_t i = 0; i < count; i++)
        if (values[i] >= 0 && values[i] < 16)
            bits |= 1U << values[i];
    return bits;
}

bool decision_are_patterns(size_t count, char *const *codes)
{
    for (size_t i = 0; i < count; i++)
        if (!waste_is_pattern(span_text(codes[i])))
            return false;
    return true;
}

int64_t decision_from(const struct decision *decision, int64_t asked_us)
{
    return permission_effective_from(asked_us, decision->request->now_us,
                                     decision->request->ledger_is_open);
}

int64_t decision_until(int64_t asked_us)
{
    return asked_us == 0 ? INT64_MAX : asked_us;
}

/* ---- what the registry says -------------------------------------------------------------------- */

struct permission_answer decision_find_registered(const struct decision *decision,
                                                  const char *name,
                                                  const char *field,
                                                  struct named_party *ret)
{
    const struct registry *registry = decision->registry;
    *ret = (struct named_party){0};
    if (!decision_is_empty(name))
        ret->record = registry->party(registry->context, name, &ret->number);
    if (ret->record == NULL)
        return decision_refuse(CUSTODY_REASON_party_unknown, field);
    ret->now = party_at(ret->record, decision->request->now_us);
    return ret->now == NULL ? decision_refuse(CUSTODY_REASON_party_closed, field)
                            : decision_grant();
}

struct permission_answer decision_find_party(const struct decision *decision,
                                             const char *name,
                                             const char *field,
                                             struct named_party *ret)
{
    struct permission_answer given = decision_find_registered(decision, name, field, ret);
    if (decision_is_granted(given) && !party_is_open_at(ret->record, decision->request->now_us))
        given = decision_refuse(CUSTODY_REASON_party_closed, field);
    return given;
}

struct permission_answer
decision_need_kind(const struct named_party *party, unsigned kinds, const char *field)
{
    return (party->now->kinds & kinds) != 0 ? decision_grant()
                                            : decision_refuse(CUSTODY_REASON_kind_missing, field);
}

struct permission_answer
decision_find_division(const struct decision *decision, const char *text, uint32_t *ret)
{
    const struct registry *registry = decision->registry;
    *ret = division_parse(span_text(text));
    if (*ret == 0 || !registry->division_is_known(registry->context, *ret))
        return decision_refuse(CUSTODY_REASON_division_unknown, "division");
    if (registry->division_is_merged(registry->context, *ret, decision->request->now_us))
        return decision_refuse(CUSTODY_REASON_division_merged, "division");
    return decision_grant();
}

bool decision_is_outside(const struct decision *decision, uint32_t division)
{
    const struct registry *registry = decision->registry;
    uint32_t home = registry->home(registry->context);
    return home != 0 && division != 0 && !registry->covers(registry->context, home, division);
}

struct permission_answer decision_check_receiver(const struct decision *decision,
                                                 const char *name,
                                                 const char *field,
                                                 size_t count,
                                                 char *const *codes,
                                                 struct named_party *ret)
{
    struct permission_answer given = decision_find_party(decision, name, field, ret);
    if (decision_is_granted(given))
        given = decision_need_kind(ret, DECISION_KIND(FACILITY), field);
    for (size_t i = 0; decision_is_granted(given) && i < count; i++)
        if (!permission_is_held(decision->registry, ret->number, DECISION_TAKES_WASTE,
                                span_text(codes[i]), decision->request->now_us))
            given = decision_refuse(CUSTODY_REASON_permit_missing, field);
    return given;
}

const struct permit *decision_find_permit(const struct registry *registry,
                                          uint32_t party,
                                          party_bits activity,
                                          struct span code,
                                          struct span method,
                                          int64_t at_us,
                                          uint32_t *ret_index)
{
    for (uint32_t i = 0; i < PERMITS_MAX; i++) {
        const struct permit *permit = registry->permit(registry->context, party, i);
        if (permit == NULL)
            return NULL;
        if (!permit_covers(permit, activity, code, at_us) || !permit_allows_method(permit, method))
            continue;
        if (ret_index != NULL)
            *ret_index = i;
        return permit;
    }
    return NULL;
}

/* ---- what the author may ----------------------------------------------------------------------- */

bool decision_has_role(const struct decision *decision, unsigned roles)
{
    return (decision->request->author->roles & roles) != 0;
}

bool decision_is_entitled(const struct decision *decision,
                          unsigned roles,
                          entitlement_bits standing)
{
    return entitlement_may_ask(decision->request->act,
                               (party_bits)(decision->request->author->roles & roles), standing);
}

bool decision_is_root(const struct decision *decision)
{
    return decision_is_entitled(decision, DECISION_ROLE(ROOT), ENTITLEMENT_ANYWHERE) ||
           decision_is_founding(decision);
}

bool decision_is_founding(const struct decision *decision)
{
    return !decision->request->ledger_is_open &&
           decision_is_entitled(decision, DECISION_ROLE(ROOT), ENTITLEMENT_FOUNDING);
}

/* The author's own party now, NULL when it has none that is open. */
static const struct party_version *own_party(const struct decision *decision)
{
    const struct registry *registry = decision->registry;
    const struct party *party =
        registry->party_of(registry->context, decision->request->author->party);
    bool is_open = party != NULL && party_is_open_at(party, decision->request->now_us);
    return is_open ? party_at(party, decision->request->now_us) : NULL;
}

bool decision_is_regulator(const struct decision *decision)
{
    const struct party_version *own = own_party(decision);
    const unsigned anywhere = ENTITLEMENT_DIVISION | ENTITLEMENT_ANYWHERE;
    return decision_is_entitled(decision, DECISION_ROLE(REGULATOR), (entitlement_bits)anywhere) &&
           own != NULL && (own->kinds & DECISION_KIND(REGULATOR)) != 0;
}

bool decision_regulates(const struct decision *decision, uint32_t division)
{
    const struct registry *registry = decision->registry;
    return decision_is_regulator(decision) &&
           registry->covers(registry->context, own_party(decision)->division, division);
}

bool decision_regulates_party(const struct decision *decision, const struct named_party *party)
{
    const struct registry *registry = decision->registry;
    if (decision_regulates(decision, party->now->division))
        return true;
    if (!decision_is_regulator(decision) || !decision_is_outside(decision, party->now->division))
        return false;
    return (party->record->registrar != 0 &&
            party->record->registrar == decision->request->author->party) ||
           decision_regulates(decision, registry->home(registry->context));
}

bool decision_sponsors(const struct decision *decision, uint32_t parent)
{
    return parent != 0 && decision->request->author->party == parent &&
           decision_is_entitled(decision, ~0U, ENTITLEMENT_SPONSORED);
}

bool decision_looks_after(const struct decision *decision, const struct named_party *party)
{
    return decision_is_founding(decision) || decision_speaks_for(decision, party) ||
           decision_regulates_party(decision, party);
}

bool decision_speaks_for(const struct decision *decision, const struct named_party *party)
{
    return (party->number != 0 && decision->request->author->party == party->number &&
            decision_is_entitled(decision, ~0U, ENTITLEMENT_OWN)) ||
           decision_sponsors(decision, party->now->parent);
}

struct permission_answer decision_refuse_for(const struct decision *decision, const char *field)
{
    const entitlement_bits others = (entitlement_bits)~ENTITLEMENT_FOUNDING;
    return entitlement_may_ask(decision->request->act, decision->request->author->roles, others)
               ? decision_refuse(CUSTODY_REASON_not_own_party, field)
               : decision_refuse(CUSTODY_REASON_role_missing, "key");
}
