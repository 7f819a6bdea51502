/* permission.h: decides what is asked for: granted, or refused with a reason and the field that it rests on.
 * Never changes anything and never fails; what it may look at comes through `struct registry`.
 *
 * Decided in ledger order, at the time of recording. What a permission would have refused a drawn manifest for becomes
 * findings on it (permission_manifest_judge). */
#ifndef CUSTODY_DOMAIN_PERMISSION_H
#define CUSTODY_DOMAIN_PERMISSION_H

#include "proto/custody.pb-c.h"
#include "proto/keyring.h"
#include "daemon/domain/approval.h"
#include "daemon/domain/block.h"
#include "daemon/domain/catalogue.h"
#include "daemon/domain/chain.h"
#include "daemon/domain/document.h"
#include "daemon/domain/manifest.h"
#include "daemon/domain/party.h"

enum { PERMISSION_DOCUMENTS_MAX = 256 }; /* of one party, that a contract is looked for among */

/* What the registry says. Every function may give NULL, 0 or false for "not there". What is lent lives until the next
 * statement is worked on. Texts come as they stand in the request. */
struct registry {
    void *context;
    const struct party *(*party)(void *context, const char *name, uint32_t *ret_number);
    const struct party *(*party_of)(void *context, uint32_t number);
    const struct key *(*key)(void *context, const uint8_t *public_key, uint32_t *ret_number);
    const struct permit *(*permit)(void *context, uint32_t party, uint32_t index);
    /* The party that holds permits of that number. */
    uint32_t (*permit_holder)(void *context, const char *number);
    const struct vehicle *(*vehicle)(void *context, const char *plate, uint32_t colour);
    bool (*place_is_known)(void *context, uint32_t party, const char *code);
    /* In the table, or no table was set yet. */
    bool (*division_is_known)(void *context, uint32_t division);
    bool (*division_is_merged)(void *context, uint32_t division, int64_t at_us);
    /* By its number, or as one whose successor is covered. */
    bool (*covers)(void *context, uint32_t wider, uint32_t narrower);
    uint32_t (*home)(void *context); /* the division that this ledger serves */
    bool (*number_is_taken)(void *context, const char *number);
    const struct block *(*block)(void *context, const Custody__V1__StatementName *name);
    const struct approval *(*approval)(void *context, const char *number);
    const struct document *(*document)(void *context,
                                       unsigned kind,
                                       uint32_t owner,
                                       const char *number);
    /* The party's documents, newest number last; it is among those they name. */
    const struct document *(*document_of)(void *context, uint32_t party, uint32_t index);
    /* A manifest whose statement is on the ledger, by its id. */
    const struct manifest *(*manifest)(void *context, struct span id);
    bool (*container_is_known)(void *context, const Custody__V1__ContainerName *name);
    /* Of a code or pattern of a generator in that division; never NULL. */
    const struct profile *(*profile)(void *context,
                                     const char *code,
                                     uint32_t division,
                                     int64_t at_us);
    bool (*code_is_listed)(void *context, const char *code, int64_t at_us);
    const struct catalogue *(*catalogue)(void *context);
    uint32_t (*regulator_keys)(void *context); /* enrolled, not revoked */
    /* Highest edition of that profile that is recorded, 0: none; `ret_count` of all profiles. */
    uint32_t (*profile_edition)(void *context, const char *name, uint32_t *ret_count);
    /* Is the CURVE key bound to a key already? */
    bool (*curve_is_taken)(void *context, const uint8_t *curve_key);
    /* May that record of the annex be erased then (retention.h)? 0, or the reason why not. `ret_party`: whose record it is,
     * when it is known. */
    uint16_t (*may_erase)(void *context,
                          const uint8_t *digest,
                          int64_t now_us,
                          uint32_t *ret_party);
    const struct keyring *(*keyring)(void *context); /* the ledger's own keys; never NULL */
};

struct permission_request {
    uint32_t act;                 /* enum Act, a permission */
    const ProtobufCMessage *body; /* of that act */
    const struct key *author;     /* enrolled (for found_ledger: a fresh one) */
    const uint8_t *author_key;    /* PUBLIC_KEY_SIZE bytes */
    uint64_t entry;               /* the number that the statement will have */
    int64_t now_us;               /* recorded_at */
    bool ledger_is_open;
    bool is_succeeding; /* a restored ledger is being founded anew, and only then */
    /* The ledger's key is being changed (rotate.h), and only then: its origin, and the one key that may be named. */
    const char *origin;
    const uint8_t *next_key; /* PUBLIC_KEY_SIZE bytes; NULL: not now */
};

struct permission_answer {
    uint16_t reason;   /* enum custody_reason; 0: granted */
    const char *field; /* static text, e.g. "plan.receiver"; empty when granted */
};

struct permission_answer permission_decide(const struct permission_request *request,
                                           const struct registry *registry);
/* A permission takes effect no earlier than it was recorded; only before the ledger was opened may it reach back. */
int64_t permission_effective_from(int64_t asked_us, int64_t now_us, bool ledger_is_open);
/* Until when an approval lasts: as asked; when nothing was asked, as long as the profile lets it, and no longer than the
 * receiver's permits for its codes. */
int64_t permission_approval_until(const struct registry *registry,
                                  const struct profile *profile,
                                  const Custody__V1__ApproveTransferBody *body,
                                  uint32_t receiver,
                                  int64_t from_us);
/* Does the party hold a permit for the activity and code at that time? */
bool permission_is_held(const struct registry *registry,
                        uint32_t party,
                        party_bits activity,
                        struct span code,
                        int64_t at_us);
/* Rules (rule.h) that a manifest drawn from a block breaks: what a permission would have been refused for at its effective
 * time. No rule twice. */
struct permission_rules {
    uint8_t count;
    uint16_t rules[MANIFEST_RULES_MAX];
};
void permission_manifest_judge(const Custody__V1__DrawManifestBody *body,
                               uint32_t author_party,
                               int64_t at_us,
                               const struct registry *registry,
                               struct permission_rules *ret);
/* May this key act for `party`: it is the key's own, or the key is an admin of that party's parent? */
bool permission_speaks_for(const struct key *author,
                           uint32_t party,
                           const struct party *party_record,
                           int64_t at_us);

#endif
