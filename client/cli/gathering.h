/* gathering.h: all that the ledger has about a subject, for an evidence bundle: entries with their proofs, the keys that signed them,
 * the entries that enrolled those, and the records that they name.
 * Never decides what is told of it. */
#ifndef CUSTODY_CLIENT_CLI_GATHERING_H
#define CUSTODY_CLIENT_CLI_GATHERING_H

#include "client/lib/bundle.h"
#include "client/cli/command.h"

/* One entry. */
struct gathered {
    uint64_t number;
    char *proof; /* tlogproof.h; NULL: this key may not read it */
    size_t proof_len;
    json_t *decoded; /* decoded.h; NULL as proof is */
};

struct gathering {
    struct command_context *context;
    struct gathered *entries; /* by number, after gathering_finish */
    size_t count, room;
    json_t *
        keys; /* {"<hex>": {"party": , "enrolled_by_entry": }}: empty objects of those that nobody told of */
    json_t *parties; /* asked about */
    json_t *sought; /* ids of statements: who has countersigned one, or is one, belongs to it too */
    json_t *records; /* {"<digest>": {"kind": , "entry": , "salted": "<hex>"}} */
};

/* False when memory is used up. */
CUSTODY_CHECK bool gathering_begin(struct gathering *gathering, struct command_context *context);
/* One more entry, if it is not there yet. False when memory is used up. */
CUSTODY_CHECK bool gathering_add(struct gathering *gathering, uint64_t number);
/* The entries and parties that an answer names, and the statements whose countersignatures are to be looked for. False when memory is used up. */
CUSTODY_CHECK bool gathering_read(struct gathering *gathering, const ProtobufCMessage *reply);
/* One question, `object` its request as JSON (a reference that is taken over). OK with NULL: the ledger says no. The caller frees the
 * answer with reflect_free. */
CUSTODY_CHECK enum custody_status
gathering_ask(struct gathering *gathering, uint16_t kind, json_t *object, ProtobufCMessage **ret);
/* Ask for everything: proofs, keys, the entries that enrolled them, and so on until nothing is new; then, unless `is_sealed`, records. What
 * the ledger does not show this key is left out, and said. The problem is the client's. */
CUSTODY_CHECK enum custody_status gathering_finish(struct gathering *gathering, bool is_sealed);
void gathering_done(struct gathering *gathering);

#endif
