/* permission.c: decides what is asked for: granted, or refused with a reason and the field that it rests on.
 * Never changes anything; looks only at the request and the registry.
 *
 * Where several things are wrong the first in this order is told: may the author speak at all; do the things it names exist; may
 * it speak for them; is what it asks for allowed. Each subject's acts are decided in a file of their own. */
#include "daemon/domain/permission.h"

#include "proto/checkpoint.h"
#include "proto/lineage.h"
#include "daemon/domain/entitlement.h"
#include "daemon/domain/permission_parts.h"

int64_t permission_effective_from(int64_t asked_us, int64_t now_us, bool ledger_is_open)
{
    if (asked_us == 0 || (ledger_is_open && asked_us < now_us))
        return now_us;
    return asked_us;
}

int64_t permission_approval_until(const struct registry *registry,
                                  const struct profile *profile,
                                  const Custody__V1__ApproveTransferBody *body,
                                  uint32_t receiver,
                                  int64_t from_us)
{
    int64_t until_us;
    if (body->effective_until != 0)
        return body->effective_until;
    if (profile->approval_us == 0 ||
        __builtin_add_overflow(from_us, profile->approval_us, &until_us))
        until_us = INT64_MAX;
    for (size_t i = 0; i < body->n_codes; i++) {
        const struct permit *permit =
            decision_find_permit(registry, receiver, DECISION_TAKES_WASTE,
                                 span_text(body->codes[i]), span_text(body->method), from_us, NULL);
        if (permit != NULL && permit->until_us < until_us)
            until_us = permit->until_us;
    }
    return until_us;
}

bool permission_is_held(const struct registry *registry,
                        uint32_t party,
                        party_bits activity,
                        struct span code,
                        int64_t at_us)
{
    return decision_find_permit(registry, party, activity, code, (struct span){0}, at_us, NULL) !=
           NULL;
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
    return (author->roles & DECISION_ROLE(ADMIN)) != 0 && version != NULL &&
           version->parent == author->party;
}

static struct permission_answer check_author(const struct decision *decision)
{
    const struct permission_request *request = decision->request;
    const struct key *author = request->author;
    if (request->act == CUSTODY__V1__ACT__ACT_FOUND_LEDGER)
        return decision_grant();
    enum entitlement_key_standing standing = entitlement_of_key(author, request->now_us);
    bool is_invitation = standing == ENTITLEMENT_KEY_INVITED || standing == ENTITLEMENT_KEY_SPENT;
    if (standing == ENTITLEMENT_KEY_UNKNOWN ||
        (is_invitation && request->act != CUSTODY__V1__ACT__ACT_ENROL_KEY))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    uint16_t reason = entitlement_key_row(standing)->requests;
    return reason == 0 ? decision_grant() : decision_refuse((enum custody_reason)reason, "key");
}

/* ---- the ledger -------------------------------------------------------------------------------- */

static struct permission_answer decide_found(const struct decision *decision,
                                             const Custody__V1__FoundLedgerBody *body)
{
    const struct permission_request *request = decision->request;
    bool is_successor = request->entry != 0;
    if (is_successor && !request->is_succeeding)
        return decision_refuse(CUSTODY_REASON_ledger_open, "");
    if ((body->predecessor != NULL) != is_successor ||
        (is_successor && body->predecessor->restored_size != request->entry))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "predecessor");
    if (is_successor && !lineage_is_successor(body->origin, body->predecessor->origin))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "origin");
    if (is_successor && (request->author->roles & DECISION_ROLE(ROOT)) == 0)
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    if (!checkpoint_is_name(span_text(body->origin)))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "origin");
    if (body->n_root_keys != 2 || body->root_keys[0].len != PUBLIC_KEY_SIZE ||
        body->root_keys[1].len != PUBLIC_KEY_SIZE ||
        memcmp(body->root_keys[0].data, body->root_keys[1].data, PUBLIC_KEY_SIZE) == 0)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "root_keys");
    if (memcmp(request->author_key, body->root_keys[0].data, PUBLIC_KEY_SIZE) != 0)
        return decision_refuse(CUSTODY_REASON_role_missing, "root_keys");
    return decision_grant();
}

static struct permission_answer decide_open(const struct decision *decision)
{
    if (!decision_is_root(decision) && !decision_is_regulator(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    if (decision->request->ledger_is_open)
        return decision_refuse(CUSTODY_REASON_ledger_open, "");
    return decision_grant();
}

/* Only where the next key's secret is at hand: a ledger that changed to a key which nobody has could sign no more. */
static struct permission_answer decide_rotate(const struct decision *decision,
                                              const Custody__V1__RotateLedgerKeyBody *body)
{
    const struct permission_request *request = decision->request;
    const struct keyring *keyring = decision->registry->keyring(decision->registry->context);
    if (!decision_is_root(decision) || !keyring_is_root(keyring, request->author_key))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    if (request->next_key == NULL)
        return decision_refuse(CUSTODY_REASON_act_not_open, "act");
    if (body->next_key.len != PUBLIC_KEY_SIZE ||
        memcmp(body->next_key.data, request->next_key, PUBLIC_KEY_SIZE) != 0)
        return decision_refuse(CUSTODY_REASON_key_unknown, "next_key");
    if (!keyring_may_follow(keyring, body->next_key.data))
        return decision_refuse(CUSTODY_REASON_key_exists, "next_key");
    if (body->proof.len != SIGNATURE_SIZE ||
        !keyring_check_proof(request->origin, body->next_key.data, body->proof.data))
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "proof");
    return decision_grant();
}

/* ---- the acts ---------------------------------------------------------------------------------- */

struct permission_answer permission_decide(const struct permission_request *request,
                                           const struct registry *registry)
{
    const struct decision decision = {request, registry};
    const void *body = request->body;
    struct permission_answer given = check_author(&decision);
    if (!decision_is_granted(given))
        return given;
    switch (request->act) {
    case CUSTODY__V1__ACT__ACT_FOUND_LEDGER:
        return decide_found(&decision, body);
    case CUSTODY__V1__ACT__ACT_OPEN_LEDGER:
        return decide_open(&decision);
    case CUSTODY__V1__ACT__ACT_ROTATE_LEDGER_KEY:
        return decide_rotate(&decision, body);
    case CUSTODY__V1__ACT__ACT_REGISTER_PARTY:
        return permission_party_register(&decision, body);
    case CUSTODY__V1__ACT__ACT_REGISTER_PLACE:
        return permission_party_register_place(&decision, body);
    case CUSTODY__V1__ACT__ACT_REGISTER_VEHICLE:
        return permission_party_register_vehicle(&decision, body);
    case CUSTODY__V1__ACT__ACT_GRANT_PERMIT:
        return permission_party_grant_permit(&decision, body);
    case CUSTODY__V1__ACT__ACT_ENROL_KEY:
        return permission_key_enrol(&decision, body);
    case CUSTODY__V1__ACT__ACT_REVOKE_KEY:
        return permission_key_revoke(&decision, body);
    case CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS:
        return permission_transfer_reserve(&decision, body);
    case CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST:
        return permission_manifest_issue(&decision, body);
    case CUSTODY__V1__ACT__ACT_CHANGE_PARTY:
        return permission_party_change(&decision, body);
    case CUSTODY__V1__ACT__ACT_SUSPEND:
        return permission_party_suspend(&decision, body);
    case CUSTODY__V1__ACT__ACT_APPROVE_TRANSFER:
        return permission_transfer_approve(&decision, body);
    case CUSTODY__V1__ACT__ACT_CLOSE_BLOCK:
        return permission_transfer_close_block(&decision, body);
    case CUSTODY__V1__ACT__ACT_CANCEL_MANIFEST:
        return permission_manifest_cancel(&decision, body);
    case CUSTODY__V1__ACT__ACT_SET_PROFILE:
        return permission_table_profile(&decision, body);
    case CUSTODY__V1__ACT__ACT_SET_DIVISIONS:
        return permission_table_divisions(&decision, body);
    case CUSTODY__V1__ACT__ACT_SET_CATALOGUE:
        return permission_table_catalogue(&decision, body);
    case CUSTODY__V1__ACT__ACT_FILE_DOCUMENT:
        return permission_transfer_file(&decision, body);
    case CUSTODY__V1__ACT__ACT_ERASE:
        return permission_table_erase(&decision, body);
    case CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER:
        return permission_manifest_close_by_order(&decision, body);
    default:
        return decision_refuse(CUSTODY_REASON_act_not_open, "act");
    }
}
