/* work.h: what is open: unclosed manifests, obligations, findings; one kind of row for all three.
 * `work_difference` turns two sets of rows into what to add and what to delete.
 *
 * A row's place in the table is (kind, division, due, hazard, mass, subject kind, subject, rule, anchor): within a kind and a
 * division the most urgent first, of the equally urgent the more hazardous, then the heavier. A row is the same row when
 * all of these are equal. The same rows stand once more under each party that they concern, in the same order. */
#ifndef CUSTODY_DOMAIN_WORK_H
#define CUSTODY_DOMAIN_WORK_H

#include "proto/bytes.h"

enum work_kind {
    WORK_MANIFEST = 1,
    WORK_OBLIGATION = 2,
    WORK_FINDING = 3,
    WORK_SETTLED =
        4, /* a finding that someone else settled: kept apart, so that what is open stays short */
    WORK_KINDS = 5,
};

enum subject_kind {
    SUBJECT_PARTY = 1,
    SUBJECT_KEY = 2,
    SUBJECT_CONTAINER = 3,
    SUBJECT_MANIFEST = 4,
    SUBJECT_TRIP = 5,
    SUBJECT_BATCH = 6,
    SUBJECT_BOX_DAY = 7,
    SUBJECT_BLOCK = 8,
    SUBJECT_PLACE = 9,
    SUBJECT_VEHICLE = 10,
    SUBJECT_PERMIT = 11,
    SUBJECT_CODE = 12, /* a waste code's name; its record says in which editions it is */
    SUBJECT_DIVISION = 13,
    SUBJECT_LEDGER = 14, /* number 0: opened or not, serials, catalogue in force */
    SUBJECT_BOX = 15,
    SUBJECT_SERIAL = 16,      /* (year, prefecture): the last local number given */
    SUBJECT_PROFILE = 17,     /* an edition of a profile that set_profile recorded */
    SUBJECT_CASE = 18,        /* what was said of a finding: explained, settled */
    SUBJECT_APPROVAL = 19,    /* of transfers across regions, with its quota */
    SUBJECT_DOCUMENT = 20,    /* that was filed: plan, contract, certificate, insurance */
    SUBJECT_PARTY_DAY = 21,   /* (party, civil day): sums */
    SUBJECT_PARTY_MONTH = 22, /* (party, civil month): sums */
    SUBJECT_VEHICLE_DAY = 23, /* (vehicle, civil day): where it was seen */
    SUBJECT_INCIDENT = 24,    /* a closure, a spill, a loss, a stop */
    SUBJECT_PARTY_YEAR = 25,  /* (party, civil year): sums */
    SUBJECT_TEXT = 26,        /* a short text that records name: a method, a number, a filing */
    SUBJECT_DECLARATION = 28, /* (party, civil year, period): what must be declared and what was */
    SUBJECT_RECORD = 29,      /* of the annex, by its digest: what names it (retention.h) */
    SUBJECT_ERASURE = 30,     /* a digest whose record was erased, numbered in ledger order */
    SUBJECT_RIDE = 31,        /* (trip): what rides on it, and what was said of all that does */
    SUBJECT_KINDS = 32,       /* names are of kinds below; records may be of others */
    SUBJECT_SPONSOR = 33,     /* a parent; its members are the parties that it sponsors */
    SUBJECT_CLOCK = 34,       /* (key): corrections of its clock (retime.h) */
    SUBJECT_SPELL = 35,       /* (container, days): what was said of it then (volumes.h) */
};

enum {
    WORK_ENTRIES_MAX = 4,
    WORK_CARRIERS_MAX = 3,
    WORK_CROSSING_MAX = 3,
    WORK_SECTORS_MAX = 4,
    WORK_PARTIES_MAX = 3 + WORK_CARRIERS_MAX
};

struct work {
    uint8_t kind;         /* enum work_kind */
    uint8_t subject_kind; /* enum subject_kind */
    uint16_t rule;        /* 0 for WORK_MANIFEST */
    uint32_t division;    /* where the subject's generator is */
    int64_t
        due_us; /* obligation: when it must be met; finding: when it began; manifest: expected closed by */
    uint64_t subject;
    uint32_t anchor_key; /* the statement that the finding hangs on */
    uint64_t anchor_sequence;
    /* what is told of it, not part of its place */
    int64_t notice_us; /* obligation: warn from here on; 0: no warning before */
    uint32_t party;    /* who owes or broke it; manifest: who holds it now */
    uint32_t profile;  /* that the numbers come from (law.h): its family */
    uint32_t vehicle;  /* it is about or travels on; 0: none */
    uint8_t state;     /* enum manifest_state or container_state of the subject; 0: neither */
    uint8_t
        hazard; /* the more the worse: 3 epidemic or high-hazard, 2 medical, 1 other hazardous, 0 the rest */
    uint64_t mass_g;  /* that it is about; 0: not known */
    int64_t since_us; /* the age runs from here; 0: from due_us */
    int64_t
        met_us; /* a finding that an obligation ended late: when it was met; 0: not, or not one */
    /* Whom it concerns beside `party`; 0: nobody, or not known. Fixed while the row stands. */
    uint32_t generator, receiver;
    uint32_t
        carriers[WORK_CARRIERS_MAX]; /* as the manifest plans them; a later one is in `party` */
    /* Divisions other than its own where parties that it concerns are, when it is written down; folds leave them alone. */
    uint32_t crossing[WORK_CROSSING_MAX];
    uint32_t sectors[WORK_SECTORS_MAX]; /* the same of their industries (work_sector) */
    bool is_unreported;                 /* manifest: not yet reported to the national system */
    bool is_provisional;
    uint32_t entry_count;
    uint64_t entries[WORK_ENTRIES_MAX]; /* that show it */
};

enum {
    WORK_KEY_BYTES = 1 + 4 + 8 + 1 + 8 + 1 + 8 + 2 + 4 + 8,
    WORK_VALUE_MAX = 160,
    WORK_SET_MAX = 256
};

/* First byte of a key, beside the kinds themselves. */
enum {
    WORK_BY_PARTY = 0x80, /* or-ed with the kind: under a party instead of a division */
    WORK_CROSSING = 0x20, /* or-ed with the kind: under another division that it concerns */
    WORK_SECTOR = 0x10,   /* or-ed with the kind: under the industry of a party that it concerns */
    WORK_COUNTS = 0x40,   /* docket.h */
    WORK_NAMED = 0x41,    /* docket.h */
};

struct work_set {
    uint32_t count;
    uint32_t dropped; /* beyond the bound */
    struct work rows[WORK_SET_MAX];
};

/* NULL when the set is full; the row comes zeroed. */
struct work *work_add(struct work_set *set);
void work_write_key(const struct work *work, uint8_t ret[static WORK_KEY_BYTES]);
void work_write_party_key(const struct work *work,
                          uint32_t party,
                          uint8_t ret[static WORK_KEY_BYTES]);
void work_write_crossing_key(const struct work *work,
                             uint32_t division,
                             uint8_t ret[static WORK_KEY_BYTES]);
void work_write_sector_key(const struct work *work,
                           uint32_t sector,
                           uint8_t ret[static WORK_KEY_BYTES]);
/* Where rows of an industry stand: the first four bytes of its code as a number, so that a prefix is a range. 0: not told. */
uint32_t work_sector(const char *sector);
void work_sector_range(const char *prefix, uint32_t *ret_first, uint32_t *ret_last);
/* The least key of a kind under a division, party or sector, of what is due at that time or later. */
void work_write_start(uint8_t shelf,
                      uint32_t scope,
                      int64_t due_us,
                      uint8_t ret[static WORK_KEY_BYTES]);
size_t work_write_value(const struct work *work, uint8_t ret[static WORK_VALUE_MAX]);
/* Of any of the keys. */
bool work_parse(struct span key, struct span value, struct work *ret);
/* The parties that a row stands under, each once. */
uint32_t work_parties(const struct work *work, uint32_t ret[static WORK_PARTIES_MAX]);
bool work_concerns(const struct work *work, uint32_t party);
/* The order of a list, whatever the division: urgency, hazard, mass; the rest only breaks ties. */
int work_compare(const struct work *a, const struct work *b);

/* Called for each row of `before` that is not in `after` or told differently there (removed), then for each of `after` that
 * is new or told differently (added). */
typedef bool work_change(void *context, const struct work *row, bool added);
bool work_difference(const struct work_set *before,
                     const struct work_set *after,
                     work_change *change,
                     void *context);

#endif
