/* fact.h: one fact about one subject, in the compact form that records keep, so that a fold reads no journal entry.
 * Never refused, never decided again: what the registry said of it when it was recorded is in its bits.
 *
 * All numbers are the ledger's; 0 is none. The order of facts is (effective time, key id, key sequence, item): never of
 * arrival. `key_prefix` is the first 8 bytes of the key id, so that the order does not hang on who was mentioned first.
 * Two statements in one slot (a fork) are two facts: they differ in their entry.
 *
 * The code of facts_... is in facts.c. */
#ifndef CUSTODY_DOMAIN_FACT_H
#define CUSTODY_DOMAIN_FACT_H

#include "daemon/domain/party.h"

enum { FACT_ZERO_CELSIUS_MK = 273150 }; /* 0 degrees C in thousandths of a kelvin */
enum { FACT_COUNTERSIGNERS_MAX = 4, FACT_BYTES_MAX = 256 };
#define FACT_NO_MASS UINT64_MAX

enum fact_bit {
    FACT_HELD = 1 << 0, /* by a revoked key: in no fold until confirmed */
    FACT_CONFIRMED =
        1 << 1, /* a held fact that the counterpart or the party's admin confirmed by name */
    FACT_CLOCK_WRONG = 1 << 2,
    FACT_OF_GROUP =
        1 << 3, /* said of a box or of a manifest's remainder, not of the container itself */
    FACT_CODE_UNKNOWN = 1 << 4,
    FACT_VEHICLE_UNREGISTERED = 1 << 5,
    FACT_VEHICLE_EXPIRED = 1 << 6,
    FACT_RECEIVER_NOT_PERMITTED = 1 << 7,
    FACT_OUTSIDE_BLOCK = 1 << 8,
    FACT_MEDICAL = 1 << 9, /* the waste code's category is 01 */
    FACT_BULK = 1 << 10,
    FACT_FINISHED = 1 << 11, /* yield: the batch is finished */
    FACT_AMENDS_MASS = 1 << 12,
    FACT_EPIDEMIC = 1 << 13,
    FACT_WITHDRAWN =
        1 << 14, /* set by a fold and never kept; of a manifest's facts, by manifest_settle */
    FACT_FIVE_DISORDER = 1 << 15, /* pack: the five times are not in their order */
    FACT_NEW_LABEL = 1 << 16,     /* relabel, in the record of the new label: `other` is the old */
    FACT_BEGINS =
        1 << 18, /* kept with it alone: a volume of its container begins here (volumes.h) */
    FACT_DIFFERENCE =
        1 << 24, /* confirm_receipt: a material difference, another code, or not accepted */
    FACT_BY_SUCCESSOR =
        1 << 25, /* of a manifest: its party took over from a closed one that is named */
    FACT_UNSAID =
        1 << 26, /* of a whole manifest, trip, batch: its statement was withdrawn as a whole */
    FACT_ASIDE =
        1
        << 27, /* of a manifest, said of a whole trip: it was not on that trip, or was not taken over */
};

struct fact {
    int64_t effective_us;
    int64_t claimed_us;
    int64_t recorded_us;
    uint64_t key_prefix;
    uint32_t key;
    uint64_t key_sequence;
    uint16_t item;
    uint64_t entry;
    uint8_t act;      /* enum Act */
    uint32_t bits;    /* enum fact_bit */
    uint32_t party;   /* of the author */
    party_bits kinds; /* of that party at the effective time */
    uint8_t verdict;  /* enum Verdict, of receive */
    uint8_t reason;
    uint8_t kind; /* enum TransferKind of transfer, enum IncidentKind of incident */
    uint8_t mass_source;
    uint64_t mass_g;    /* FACT_NO_MASS: none given */
    uint8_t package;    /* enum PackageKind */
    uint32_t ward;      /* number of the ward's text */
    uint32_t code;      /* number of the waste code's name */
    uint32_t profile;   /* that judges it (law.h); 0: its code was not known to this fact */
    uint32_t manifest;  /* amend: the one that the container is moved to */
    uint32_t trip;      /* transfer: on to it */
    uint32_t from_trip; /* transfer: off it */
    uint32_t batch;
    uint32_t box;
    uint32_t place;
    uint32_t temperature_mk; /* where it lies, thousandths of a kelvin; 0: not told */
    uint32_t receiver;       /* depart: where to; transfer into a collection centre: whose it is */
    uint32_t other;          /* relabel: the container that the other label names */
    uint32_t
        label; /* set when facts are gathered, never kept: said of this other label of the container */
    uint64_t
        generated_before_us; /* pack: so long before effective_us the waste arose (the first of the five times) */
    uint64_t five_gap_us; /* pack: the longest time between two of the five */
    uint32_t target_key;  /* amend, withdraw, dispute: the statement that it is about */
    uint64_t target_sequence;
    uint32_t countersigner_count;
    uint32_t countersigners[FACT_COUNTERSIGNERS_MAX]; /* parties */
};

int fact_compare(const struct fact *a, const struct fact *b);
/* The same statement and item; of two statements in one slot each is its own. */
bool fact_is_same(const struct fact *a, const struct fact *b);
bool fact_is_countersigned_by(const struct fact *fact, uint32_t party);
/* Adds a party; false when it is there or there is no room. */
bool fact_countersign(struct fact *fact, uint32_t party);
/* Counts in folds: not held, or held and confirmed. */
bool fact_counts(const struct fact *fact);
/* Counts, and was not withdrawn as a whole. */
bool fact_stands(const struct fact *fact);

/* Presence bits, then varints of what is there; times as differences from effective_us. */
void fact_write(const struct fact *fact, struct bytes_writer *writer);
bool fact_read(struct bytes_reader *reader, struct fact *ret);
/* The same, with effective_us as a difference from another fact's, which is shorter. */
void fact_write_after(const struct fact *fact, int64_t before_us, struct bytes_writer *writer);
bool fact_read_after(struct bytes_reader *reader, int64_t before_us, struct fact *ret);

/* A bounded set of facts, kept in order. Beyond the bound a party keeps its first facts in order, and no party crowds out
 * another; what is kept follows from the set of all facts that were added, not from the order of adding. */
enum {
    FACTS_PER_PARTY_MAX = 32,
    FACTS_MAX = 128,
    FACTS_BYTES_MAX = FACTS_MAX * FACT_BYTES_MAX + 16
};
struct facts {
    uint32_t count;
    uint32_t not_kept;
    struct fact all[FACTS_MAX];
};
/* Adds in order; a fact that is there already (fact_is_same) is left alone. False when it was not kept or was there. At the
 * bound one fact is let go, this one or another, and counted in not_kept. */
bool facts_add(struct facts *facts, const struct fact *fact);
/* The first in that slot; two when the slot is forked. */
struct fact *facts_find(struct facts *facts, uint32_t key, uint64_t key_sequence, uint16_t item);
/* Puts another reading of the same fact in its place, in order. `there` is one of them. */
void facts_move(struct facts *facts, struct fact *there, const struct fact *fact);
struct fact *facts_find_entry(struct facts *facts, uint64_t entry, uint16_t item);
/* 0 when it does not fit; false on damage, and then `ret` may be half filled. */
size_t facts_write(const struct facts *facts, uint8_t *ret, size_t cap);
bool facts_parse(struct span bytes, struct facts *ret);

#endif
