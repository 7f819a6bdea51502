/* entitlement.h: who may ask, say and see what, as tables: role x act, kind x fact, role x question, each cell the standings or
 * scopes in which it is allowed. The code asks these tables, PROTOCOL.md 11 is written from them (test_entitlement.c
 * compares, and writes it with --write), and every cell is tested against what the ledger does.
 *
 * Every new kind of question and every new permission needs its row in entitlement.c, or nobody may ask it.
 *
 * Never decides alone: a cell says who may ask at all; whether it is granted is permission.h's matter, whether a fact moves
 * anything the fold's, which answer shows what the service's. */
#ifndef CUSTODY_DOMAIN_ENTITLEMENT_H
#define CUSTODY_DOMAIN_ENTITLEMENT_H

#include "daemon/domain/chain.h"

/* Roles 1 to 9 are enum Role of custody.proto, kinds 1 to 5 enum PartyKind. */
enum { ENTITLEMENT_ROLES = 10, ENTITLEMENT_KINDS = 6 };

typedef uint8_t entitlement_bits;

/* ---- permissions: in which capacity a role may ask for an act ---------------------------------- */

enum entitlement_standing {
    ENTITLEMENT_OWN = 1 << 0,       /* for the author's own party */
    ENTITLEMENT_SPONSORED = 1 << 1, /* for a party whose parent the author's party is */
    ENTITLEMENT_DIVISION = 1 << 2,  /* where the author's party is the regulator */
    ENTITLEMENT_ANYWHERE = 1 << 3,  /* for anybody, or for nobody in particular */
    ENTITLEMENT_FOUNDING = 1 << 4,  /* for anybody, until the ledger is opened */
};

/* May a key with these roles ask for the act in one of these standings? */
bool entitlement_may_ask(uint32_t act, party_bits roles, entitlement_bits standing);
/* In any standing at all: who is refused and has this is told that it is not its party, not that its role is missing. */
bool entitlement_has_role(uint32_t act, party_bits roles);
entitlement_bits entitlement_cell(uint32_t act, unsigned role);

/* ---- facts: anybody enrolled may say them; whose word moves custody ----------------------------
 * By the kinds of the author's party. Acts beside custody (measure, amend, countersign, ...) are not in this table. */

enum entitlement_word {
    ENTITLEMENT_GENERATOR = 1 << 0,     /* it is the author's own waste, and nobody else holds it */
    ENTITLEMENT_HOLDER = 1 << 1,        /* the author's party holds it */
    ENTITLEMENT_NAMED = 1 << 2,         /* the manifest in force names it for this act */
    ENTITLEMENT_COUNTERSIGNED = 1 << 3, /* the holder countersigned */
    ENTITLEMENT_UNHELD = 1 << 4,        /* nobody holds it, and no manifest says otherwise */
};

/* The standings in which the word of a party of that kind counts; 0 for an act that is not in the table. */
entitlement_bits entitlement_word_of(uint32_t act, unsigned kind);

/* ---- questions: what a role sees --------------------------------------------------------------
 * Who sees only hashes gets no content: `show`, `prove` and `entries` give entries without their bytes. */

enum entitlement_scope {
    ENTITLEMENT_SEES_HASHES =
        1 << 0, /* what is no secret: checkpoints, leaf hashes, proofs, the ledger's health */
    ENTITLEMENT_SEES_OWN = 1 << 1,       /* what the key's party took part in */
    ENTITLEMENT_SEES_SPONSORED = 1 << 2, /* what parties took part in whose parent it is */
    ENTITLEMENT_SEES_DIVISION =
        1 << 3, /* its divisions, with their predecessors, and what crosses them */
    ENTITLEMENT_SEES_SECTOR = 1 << 4, /* what parties of its sector took part in */
    ENTITLEMENT_SEES_LEDGER = 1 << 5, /* everything */
};
/* A read that rests on one of these is a read of what is others', and goes to the access log. */
#define ENTITLEMENT_SEES_OTHERS                                                                    \
    (ENTITLEMENT_SEES_DIVISION | ENTITLEMENT_SEES_SECTOR | ENTITLEMENT_SEES_LEDGER)

/* The roles that count now: a regulator's only at a party of kind regulator, an auditor's at one of kind auditor or
 * regulator. A party that lost the kind takes the role away from its keys. */
party_bits entitlement_roles(party_bits roles, party_bits kinds);
/* What a key with these roles sees by that question (enum envelope_kind): enum entitlement_scope; 0: it may not ask. */
entitlement_bits entitlement_scopes(uint16_t question, party_bits roles);
/* In place of a question: `record` asked for one about a person. */
enum { ENTITLEMENT_IDENTITY = 0xffff };
entitlement_bits entitlement_scope_cell(uint16_t question, unsigned role);

/* ---- keys: what its standing lets a key do ----------------------------------------------------- */

enum entitlement_key_standing {
    ENTITLEMENT_KEY_LIVE = 0,
    ENTITLEMENT_KEY_INVITED = 1, /* a one-time key that was not used yet */
    ENTITLEMENT_KEY_SPENT = 2,   /* ... that was used, revoked or lapsed */
    ENTITLEMENT_KEY_REVOKED = 3,
    ENTITLEMENT_KEY_LAPSED = 4, /* past its effective_until */
    ENTITLEMENT_KEY_UNKNOWN = 5,
    ENTITLEMENT_KEY_STANDINGS = 6,
};

struct entitlement_key {
    const char *words;
    bool may_ask;
    uint8_t facts; /* enum custody_outcome: recorded, held; unavailable: not taken yet */
    uint16_t
        requests; /* enum custody_reason that its requests for permission get; 0: they are decided */
};

/* `key` may be NULL: unknown. */
enum entitlement_key_standing entitlement_of_key(const struct key *key, int64_t now_us);
const struct entitlement_key *entitlement_key_row(enum entitlement_key_standing standing);

#endif
