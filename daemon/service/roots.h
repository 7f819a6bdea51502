/* roots.h: what both root keys say together, off paper and for one command: a successor's founding, the change of the ledger's key.
 * Never keeps a root's secret: the caller wipes what it was lent. */
#ifndef CUSTODY_SERVICE_ROOTS_H
#define CUSTODY_SERVICE_ROOTS_H

#include "proto/body.h"
#include "proto/statement.h"
#include "daemon/service/ledger.h"

enum { ROOTS = 2, ROOTS_BODY_MAX = 4096 };

/* Wiped by its holder (digest_wipe). */
struct root {
    uint8_t public_key[PUBLIC_KEY_SIZE], secret_key[SECRET_KEY_SIZE];
    uint64_t sequence; /* of its next statement; after roots_sign, of that one */
    struct digest previous;
};

/* Signed; `statement` borrows from `bytes`, so it does not move. */
struct root_statement {
    struct statement statement;
    uint8_t bytes[STATEMENT_HEADER_SIZE + ROOTS_BODY_MAX];
};

/* The two keys of these seeds, each enrolled as a root key and not the same; INVALID otherwise. */
enum custody_status roots_find(struct ledger *ledger,
                               const uint8_t *const seeds[static ROOTS],
                               struct root ret[static ROOTS],
                               char ret_sentence[static 240]);
/* The root key's next statement. */
void roots_sign(struct ledger *ledger,
                const struct root *root,
                uint32_t act,
                const ProtobufCMessage *body,
                int64_t now_us,
                struct root_statement *ret);
/* `count` of them in one batch, submitted the ordinary way: the rules decide. INVALID when one has another outcome. Writer's
 * thread. */
enum custody_status roots_submit(struct ledger *ledger,
                                 const struct root_statement *statements,
                                 size_t count,
                                 enum custody_outcome expected,
                                 int64_t now_us,
                                 char ret_sentence[static 240]);

#endif
