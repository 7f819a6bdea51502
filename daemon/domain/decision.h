/* decision.h: what every decision on a permission shares: its request, what the registry says, what the author may.
 * For permission.c and the files beside it, each of which decides the acts of one subject. */
#ifndef CUSTODY_DOMAIN_DECISION_H
#define CUSTODY_DOMAIN_DECISION_H

#include <custody/status.h>
#include "daemon/domain/entitlement.h"
#include "daemon/domain/permission.h"

#define DECISION_ROLE(name) (1U << CUSTODY__V1__ROLE__ROLE_##name)
#define DECISION_KIND(name) (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)
#define DECISION_ANY_KIND                                                                          \
    (DECISION_KIND(GENERATOR) | DECISION_KIND(CARRIER) | DECISION_KIND(FACILITY) |                 \
     DECISION_KIND(REGULATOR) | DECISION_KIND(AUDITOR))
/* What a receiver must be permitted to do with waste, any of it. */
#define DECISION_TAKES_WASTE                                                                       \
    ((1U << CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT) |                                               \
     (1U << CUSTODY__V1__ACTIVITY__ACTIVITY_STORE) |                                               \
     (1U << CUSTODY__V1__ACTIVITY__ACTIVITY_COLLECT))

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

struct permission_answer decision_refuse(enum custody_reason reason, const char *field);
struct permission_answer decision_grant(void);
bool decision_is_granted(struct permission_answer answer);

/* ---- what the request says ---- */

bool decision_is_empty(const char *text);
/* Bits of an enum's values, those below 16. */
unsigned decision_bits(size_t count, const int *values);
bool decision_are_patterns(size_t count, char *const *codes);
/* From when it takes effect (permission_effective_from), until when; 0 asks for no end. */
int64_t decision_from(const struct decision *decision, int64_t asked_us);
int64_t decision_until(int64_t asked_us);

/* ---- what the registry says ---- */

/* A registered party that is open now. */
struct permission_answer decision_find_party(const struct decision *decision,
                                             const char *name,
                                             const char *field,
                                             struct named_party *ret);
/* A registered party however it stands now: closed and suspended ones too. */
struct permission_answer decision_find_registered(const struct decision *decision,
                                                  const char *name,
                                                  const char *field,
                                                  struct named_party *ret);
struct permission_answer
decision_need_kind(const struct named_party *party, unsigned kinds, const char *field);
/* A division of the table that was not merged into another. */
struct permission_answer
decision_find_division(const struct decision *decision, const char *text, uint32_t *ret);
/* Beyond what this ledger serves: another province's. */
bool decision_is_outside(const struct decision *decision, uint32_t division);
/* An open party that holds permits for all these codes or patterns, for any of what a receiver does. */
struct permission_answer decision_check_receiver(const struct decision *decision,
                                                 const char *name,
                                                 const char *field,
                                                 size_t count,
                                                 char *const *codes,
                                                 struct named_party *ret);

/* The party's permit that covers the activity, code (or pattern) and method then; an empty method is any. NULL: it holds
 * none. `ret_index` may be NULL. */
const struct permit *decision_find_permit(const struct registry *registry,
                                          uint32_t party,
                                          party_bits activity,
                                          struct span code,
                                          struct span method,
                                          int64_t at_us,
                                          uint32_t *ret_index);

/* ---- what the author may: every one of these asks the table of entitlement.h for the act at hand ---- */

bool decision_has_role(const struct decision *decision, unsigned roles);
/* Does the table give the act to one of these roles, where the author has it, in one of these standings? */
bool decision_is_entitled(const struct decision *decision,
                          unsigned roles,
                          entitlement_bits standing);
bool decision_is_root(const struct decision *decision);
/* Until the ledger is opened the root keys set everything up. */
bool decision_is_founding(const struct decision *decision);
bool decision_is_regulator(const struct decision *decision);
/* A regulator of that division, or of one that it was merged into. */
bool decision_regulates(const struct decision *decision, uint32_t division);
/* A regulator of the party's division; of a party from outside, the regulator that registered it or one of the whole ledger. */
bool decision_regulates_party(const struct decision *decision, const struct named_party *party);
/* The author's party is that parent, and its role may ask for those whom it sponsors. */
bool decision_sponsors(const struct decision *decision, uint32_t parent);
/* It speaks for the party, or is its regulator; root while founding. */
bool decision_looks_after(const struct decision *decision, const struct named_party *party);
/* For its own party, or for one that its party sponsors, as far as the role goes for this act. */
bool decision_speaks_for(const struct decision *decision, const struct named_party *party);
/* Somebody who might do this for another party (entitlement.h) is told so. */
struct permission_answer decision_refuse_for(const struct decision *decision, const char *field);

#endif
