/* manifest.h: a manifest: its plan, what was said of it as a whole, and the sums of what its containers contribute.
 * Never folds containers: it adds and subtracts what each contributes.
 *
 * A statement about the whole counts when a party made it whom the manifest names for that act, or one that took over the
 * duties of a closed one that it names. Delivered: the named receiver said so. Confirmed: so did its office (Transfer
 * Measures art. 18).
 *
 * Closed: nothing of it is open any more (manifest_lacks gives 0). Each container that was loaded or came in was accepted by
 * the named receiver and fed to a batch there, or was rejected and returned, or moved on by a follow-on manifest, or ended by
 * an order; what came to the receiver's gate was confirmed; and of what was treated its quantity, type, method and
 * destination are known (the method from the receiver's confirmation or from what the batches yielded). What moved on
 * before it reached the receiver needs no confirmation: there was nothing to confirm.
 *
 * Closed by order: a line of its own, whatever is still open; it never counts as treated. Cancelled: by a permission, unless
 * something had been loaded by then, as a device that was offline may tell later: then what was loaded has to arrive
 * somewhere and the manifest stays what its containers make of it.
 *
 * A manifest whose lines belong to several families is judged by the profile of its first line's code. */
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
    MANIFEST_RULES_MAX = 16,
    MANIFEST_BATCH_RECORD_MAX = 16,
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
    MANIFEST_RETURNING =
        9, /* all that is left of it was rejected and is on its way to another place */
    MANIFEST_REFUSED = 10, /* asked for and not permitted */
    MANIFEST_HELD = 11,    /* drawn by a revoked key and not confirmed */
};

/* What keeps a manifest open. */
enum manifest_lack {
    MANIFEST_LACKS_LOADING = 1 << 0, /* nothing was loaded yet */
    MANIFEST_LACKS_ARRIVAL = 1 << 1, /* something is in transit */
    MANIFEST_LACKS_TREATMENT = 1 << 2,
    MANIFEST_LACKS_NEXT_PLACE =
        1 << 3,                      /* something was rejected and neither returned nor moved on */
    MANIFEST_LACKS_MISSING = 1 << 4, /* something was loaded and is not found */
    MANIFEST_LACKS_CONFIRMATION = 1 << 5,
    MANIFEST_LACKS_METHOD = 1 << 6,
    MANIFEST_LACKS_QUANTITY = 1 << 7,
    MANIFEST_LACKS_KINDS = 8,
};

struct manifest_line {
    uint32_t code; /* number of the waste code's name */
    uint64_t planned_g;
    uint32_t planned_pieces;
    uint8_t form, package;
};

/* A leg of the journey as it was planned, beside its carrier. */
struct manifest_leg {
    uint32_t vehicle;
    uint32_t from_division, to_division;
    uint8_t mode; /* enum TransportMode */
};

/* What a batch has of the manifest: a record of its own for each pair. */
struct manifest_batch {
    uint32_t fed;    /* containers */
    uint32_t method; /* text that its yields name; 0: none yet */
};

/* What the containers of a manifest add up to. A container is counted as loaded once a manifest, however often it changes
 * hands; of in_transit, received, rejected, missing and fed at most one is 1, all are 0 once it lawfully went elsewhere. */
struct manifest_sums {
    int64_t loaded, in_transit, received, rejected, missing, extra,
        fed;                             /* containers; received counts those not yet fed */
    int64_t loaded_g, received_g, fed_g; /* received_g also counts what was fed since */
    int64_t epidemic;                    /* of the loaded, packed with the epidemic mark */
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
    uint32_t division;          /* of the generator at issue */
    uint32_t receiver_division; /* of the receiver at issue */
    int64_t recorded_us;        /* of its statement */
    int64_t completed_us; /* back-entry: when the transfer was completed on paper; 0: not said */
    int64_t ended_us;     /* cancelled or closed by order: from when on */
    uint64_t ended_entry;
    uint32_t method, plan, approval; /* texts as planned; 0: none */
    uint32_t leg_count;
    uint32_t carriers[MANIFEST_LEGS_MAX];
    struct manifest_leg legs[MANIFEST_LEGS_MAX];
    uint32_t line_count;
    struct manifest_line lines[MANIFEST_LINES_MAX];
    uint32_t members;  /* containers that mention it; rows of the members table */
    uint32_t children; /* manifests that name it as their parent; rows of the members table */
    struct manifest_sums sums;
    uint32_t batches_met; /* that any container was ever fed to; rows of the members table */
    uint32_t batches, batches_unnamed; /* that have some now; of these, that name no method */
    /* What follows from its facts and from other records, kept by manifest_settle and by who knows those. */
    uint32_t carrier,
        vehicle; /* of the trip that it was last loaded on or handed over to; 0: not known */
    char national[MANIFEST_NUMBER_TEXT]; /* number that was bound to it first */
    char provincial[MANIFEST_NUMBER_TEXT];
    bool is_number_shared; /* another manifest was given the same national number */
    /* Statements about the whole: load, transfer (also of a whole trip that it was on: FACT_OF_GROUP), receive (item 0); confirm_receipt with the accepted mass, the method as
     * `code` and FACT_DIFFERENCE; number, with its texts as `code` (item 0 the national, 1 the provincial one) and the
     * reporting state as `verdict`. */
    struct facts facts;
};

/* Adds `sign` (1 or -1) times what a container contributes. */
void manifest_sums_add(struct manifest_sums *sums, const struct manifest_sums *part, int sign);
void manifest_sums_write(const struct manifest_sums *sums, struct bytes_writer *writer);
void manifest_sums_read(struct bytes_reader *reader, struct manifest_sums *ret);
/* Known, granted or drawn, and not held. */
bool manifest_is_in_force(const struct manifest *manifest);
/* And not cancelled or closed by order by then: may something begin to move under it? */
bool manifest_is_in_force_at(const struct manifest *manifest, int64_t at_us);
/* Parties in force: false for a manifest that is unknown, refused, held. */
bool manifest_names_carrier(const struct manifest *manifest, uint32_t party);
bool manifest_names_receiver(const struct manifest *manifest, uint32_t party);
/* Any part in it: generator, carrier or receiver; also while it is held. */
bool manifest_has_party(const struct manifest *manifest, uint32_t party);
/* The same, or one that took over the duties of a closed party that it names (law.h). */
bool manifest_is_carried_by(const struct manifest *manifest,
                            const struct law *law,
                            uint32_t party,
                            int64_t at_us);
bool manifest_is_received_by(const struct manifest *manifest,
                             const struct law *law,
                             uint32_t party,
                             int64_t at_us);
/* Which facts were made by a successor, which were withdrawn: to be called before anything is asked of a manifest whose plan or facts changed. */
void manifest_settle(struct manifest *manifest, const struct law *law);
/* Containers fed to the batch come (1) or go (-1), or none does (0), and this is its method now. */
void manifest_feed(struct manifest *manifest,
                   struct manifest_batch *batch,
                   int count,
                   uint32_t method);
size_t manifest_batch_write(const struct manifest_batch *batch, uint8_t *ret, size_t cap);
bool manifest_batch_parse(struct span bytes, struct manifest_batch *ret);
enum manifest_state manifest_state_of(const struct manifest *manifest);
const char *manifest_state_name(enum manifest_state state);
/* Bits of enum manifest_lack; 0 for one that is not in force or ended otherwise. */
unsigned manifest_lacks(const struct manifest *manifest);
/* A word for one bit: in_transit, confirmation, ... */
const char *manifest_lack_name(unsigned index);
/* Times from the facts about the whole; 0: not yet. */
int64_t manifest_loaded_us(const struct manifest *manifest);
int64_t
manifest_delivered_us(const struct manifest *manifest); /* first receive by the named receiver */
int64_t
manifest_confirmed_us(const struct manifest *manifest); /* first confirm by the named receiver */
/* A load, or a hand-over on the way. */
bool manifest_is_taking_over(const struct fact *fact);
/* By right, not held, not withdrawn, and not beside the manifest's own way. */
bool manifest_fact_counts(const struct manifest *manifest, const struct fact *fact);
/* The first or last fact about the whole of that act which counts; NULL when there is none. */
const struct fact *manifest_find(const struct manifest *manifest, unsigned act, bool last);
/* The fact that says its national (item 0) or provincial (item 1) number; the first one stands for ever. */
const struct fact *manifest_find_number(const struct manifest *manifest, uint16_t item);
bool manifest_is_reported(const struct manifest *manifest);
/* Text of the method by which it was treated, as the receiver confirmed it; 0: it did not say. */
uint32_t manifest_method(const struct manifest *manifest);
/* Its deadlines and its age run from here: issued, or, for a back-entry, completed on paper. */
int64_t manifest_since_us(const struct manifest *manifest);
/* The party that holds what is open: carrier while in transit, receiver after, generator before. */
uint32_t manifest_holder(const struct manifest *manifest);
/* Rows for the work table: unclosed, obligations and findings of this manifest. What both regulators must see stands in the
 * generator's division and, as difference_here, in the receiver's. Code in manifest_work.c. */
void manifest_work(const struct manifest *manifest,
                   uint64_t number,
                   const struct law *law,
                   struct work_set *set);

size_t manifest_write(const struct manifest *manifest, uint8_t *ret, size_t cap);
bool manifest_parse(struct span bytes, struct manifest *ret);

#endif
