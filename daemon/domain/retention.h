/* retention.h: how long a record of the annex must be kept before it may be erased (RULES.md 6, rule N23).
 * Never erases: permission.h refuses what may not be, the service does the rest.
 *
 * Only annex records can be erased: what statements name by a salted digest. The statements themselves stand for ever, and still
 * verify. What a record is follows from the field that names it. */
#ifndef CUSTODY_DOMAIN_RETENTION_H
#define CUSTODY_DOMAIN_RETENTION_H

#include "proto/bytes.h"
#include "proto/profile.h"

/* clang-format off */
/* Number, name, number of the profile (profile.h), months in one of it, "from when", what it is of. Numbers reach the disk. */
#define RETENTION_KINDS(X) \
    X(1, identity, register_years, 12, "the end of the key", "the register names its handlers") \
    X(2, crew, waybill_months, 1, "the newest statement", "the waybill") \
    X(3, name, manifest_years, 12, "the newest statement", "manifests name both parties") \
    X(4, document, operator_years, 12, "the newest statement", "record books") \
    X(5, text, ledger_years, 12, "the newest statement", "ledgers") \
    X(6, measurement, ledger_years, 12, "the newest statement", "ledgers") \
    X(7, other, record_years, 12, "the newest statement", "records of the annex")
/* clang-format on */

enum retention_kind {
#define RETENTION_X(number, name, field, months, from, of) RETENTION_##name = number,
    RETENTION_KINDS(RETENTION_X)
#undef RETENTION_X
};

/* What the ledger knows of a record: who named it last, and what it is. */
struct retention_record {
    uint8_t kind; /* enum retention_kind, as it was first named */
    uint32_t
        party; /* whose record it is: the enrolled key's party, else the author's; 0: nobody's */
    uint32_t
        key; /* identity: the key whose holder it describes; else the one that signed the first statement */
    uint64_t entry;      /* the newest of that party that names it */
    int64_t recorded_us; /* of that entry */
};
enum { RETENTION_RECORD_BYTES = 32 };

/* Of the body's field that holds the digest, e.g. "identity_digest". */
enum retention_kind retention_kind_of(const char *field);
const char *retention_name(enum retention_kind kind);
/* INT64_MAX: for ever. */
int64_t retention_us(enum retention_kind kind, const struct profile *profile);
/* Is it about a person? */
bool retention_is_personal(enum retention_kind kind);
/* From then on it may be erased; INT64_MAX: not yet to be told. `ended_us`: when the key of an identity record was revoked
 * or lapsed, 0 while it is alive; of no account for the others. */
int64_t retention_end_us(const struct retention_record *record,
                         const struct profile *profile,
                         int64_t ended_us);
/* What keeps it. A record outlives its time while it may be evidence: while waste that its party had a part in is under a
 * regulator's hold (`is_on_hold`), or a breach or a dispute is not settled (`is_in_case`): of a person's record one that hangs on
 * a statement of its key, of the others one that stands against its party. RULES.md 6: "hold" for cases. */
enum retention_stay {
    RETENTION_FREE = 0,
    RETENTION_TIME, /* its time is not over */
    RETENTION_HOLD,
    RETENTION_CASE,
};
enum retention_stay retention_stay_of(const struct retention_record *record,
                                      const struct profile *profile,
                                      int64_t ended_us,
                                      int64_t now_us,
                                      bool is_on_hold,
                                      bool is_in_case);
/* A later statement names it: of the same party, it is kept from then on. Of another it says nothing: whoever has seen a
 * digest could otherwise make somebody's identity record its own, or keep it for ever. */
void retention_join(struct retention_record *record, const struct retention_record *other);

size_t retention_write(const struct retention_record *record,
                       uint8_t ret[static RETENTION_RECORD_BYTES]);
bool retention_parse(struct span bytes, struct retention_record *ret);

#endif
