/* manifest.h: a manifest: its plan, what was said of it as a whole, and the sums of what its containers contribute.
 * Never folds containers: it adds and subtracts what each contributes.
 *
 * A statement about the whole counts when a party made it whom the manifest names for that act. Delivered: the named
 * receiver said so. Confirmed: so did its office. Closed: confirmed, and nothing that was loaded or came in is in transit,
 * missing, rejected and not yet returned, or received and neither fed nor moved on under another manifest in force. */
#ifndef CUSTODY_DOMAIN_MANIFEST_H
#define CUSTODY_DOMAIN_MANIFEST_H

#include "daemon/domain/fact.h"
#include "daemon/domain/law.h"
#include "daemon/domain/work.h"

enum {
    MANIFEST_LINES_MAX = 32,
    MANIFEST_LEGS_MAX = 8,
    MANIFEST_RECORD_MAX = 4096 + FACTS_BYTES_MAX,
    MANIFEST_NUMBER_TEXT = 25,
    MANIFEST_RULES_MAX = 16
};

enum manifest_state {
    MANIFEST_UNKNOWN = 0, /* mentioned, its statement is not here yet */
    MANIFEST_ISSUED = 1,
    MANIFEST_LOADING = 2, /* fewer pieces loaded than planned */
    MANIFEST_IN_TRANSIT = 3,
    MANIFEST_DELIVERED = 4,
    MANIFEST_CONFIRMED = 5,
    MANIFEST_CLOSED = 6,
    MANIFEST_CLOSED_BY_ORDER = 7,
    MANIFEST_CANCELLED = 8,
    MANIFEST_RETURNING = 9, /* all that came was rejected and is with the carrier */
    MANIFEST_REFUSED = 10,  /* asked for and not permitted */
    MANIFEST_HELD = 11,     /* drawn by a revoked key and not confirmed */
};

struct manifest_line {
    uint32_t code; /* number of the waste code's name */
    uint64_t planned_g;
    uint32_t planned_pieces;
    uint8_t form, package;
};

/* What the containers of a manifest add up to. A container is counted as loaded once a manifest, however often it changes
 * hands; of in_transit, received, rejected, missing and fed at most one is 1, all are 0 once it lawfully went elsewhere. */
struct manifest_sums {
    int64_t loaded, in_transit, received, rejected, missing, extra,
        fed;                             /* containers; received counts those not yet fed */
    int64_t loaded_g, received_g, fed_g; /* received_g also counts what was fed since */
};

struct manifest {
    bool is_known;   /* its statement is on the ledger */
    bool is_refused; /* a permission that was refused: names nobody */
    bool is_drawn;
    bool is_held; /* drawn by a revoked key and not confirmed: names nobody */
    uint64_t entry;
    uint32_t key;
    uint64_t key_sequence;
    int64_t issued_us; /* effective time */
    uint16_t bits;     /* FACT_CODE_UNKNOWN, FACT_MEDICAL (any line) */
    /* Rules (rule.h) that a permission would have been refused for, as the registry stood when it was drawn; no rule twice. */
    uint8_t rule_count;
    uint16_t rules[MANIFEST_RULES_MAX];
    uint32_t parent;         /* manifest that this one follows on from or returns; 0: none */
    bool is_cancelled;       /* by a permission, before anything was loaded */
    bool is_closed_by_order; /* by a regulator's order: what can never end otherwise */
    uint32_t profile;        /* that judges it (law.h) */
    uint8_t type;
    char number[MANIFEST_NUMBER_TEXT];
    uint32_t author;
    uint32_t generator, receiver;
    uint32_t division; /* of the generator at issue */
    uint32_t leg_count;
    uint32_t carriers[MANIFEST_LEGS_MAX];
    uint32_t line_count;
    struct manifest_line lines[MANIFEST_LINES_MAX];
    uint32_t members; /* containers that mention it; rows of the members table */
    struct manifest_sums sums;
    struct facts
        facts; /* load, receive, confirm_receipt as statements about the whole manifest (item 0) */
};

/* Adds `sign` (1 or -1) times what a container contributes. */
void manifest_sums_add(struct manifest_sums *sums, const struct manifest_sums *part, int sign);
void manifest_sums_write(const struct manifest_sums *sums, struct bytes_writer *writer);
void manifest_sums_read(struct bytes_reader *reader, struct manifest_sums *ret);
/* Known, granted or drawn, and not held. */
bool manifest_is_in_force(const struct manifest *manifest);
/* Parties in force: false for a manifest that is unknown, refused, held. */
bool manifest_names_carrier(const struct manifest *manifest, uint32_t party);
bool manifest_names_receiver(const struct manifest *manifest, uint32_t party);
enum manifest_state manifest_state_of(const struct manifest *manifest);
const char *manifest_state_name(enum manifest_state state);
/* Times from the facts about the whole; 0: not yet. */
int64_t manifest_loaded_us(const struct manifest *manifest);
int64_t
manifest_delivered_us(const struct manifest *manifest); /* first receive by the named receiver */
int64_t
manifest_confirmed_us(const struct manifest *manifest); /* first confirm by the named receiver */
/* The party that holds what is open: carrier while in transit, receiver after, generator before. */
uint32_t manifest_holder(const struct manifest *manifest);
/* Rows for the work table: unclosed, obligation and findings of this manifest. */
void manifest_work(const struct manifest *manifest,
                   uint64_t number,
                   const struct law *law,
                   struct work_set *set);

size_t manifest_write(const struct manifest *manifest, uint8_t *ret, size_t cap);
bool manifest_parse(struct span bytes, struct manifest *ret);

#endif
