/* retention.h: how long a record of the annex must be kept before it may be erased (RULES.md 6, rule N23).
 * Never erases: permission.h refuses what may not be, the service does the rest.
 *
 * Only annex records can be erased: what statements name by a salted digest. The statements themselves stand for ever, and still
 * verify. What a record is follows from the field that names it. */
#ifndef CUSTODY_DOMAIN_RETENTION_H
#define CUSTODY_DOMAIN_RETENTION_H

#include "proto/bytes.h"

/* clang-format off */
/* Number, name, days, "from when", source. Numbers reach the disk. */
#define RETENTION_KINDS(X) \
    X(1, identity, 3 * 365 + 1, "the end of the key", "医疗废物管理条例 art. 12: the register names its handlers, 3 years") \
    X(2, crew, 366, "the newest statement", "危险货物道路运输安全管理办法 art. 24: waybill, 12 months") \
    X(3, name, 10 * 365 + 3, "the newest statement", "危险废物转移管理办法 art. 20: manifests name both parties, 10 years") \
    X(4, document, 10 * 365 + 3, "the newest statement", "危险废物经营许可证管理办法 art. 18: record books, 10 years") \
    X(5, text, 5 * 365 + 2, "the newest statement", "HJ 1259-2022 6.4: ledgers, 5 years") \
    X(6, measurement, 5 * 365 + 2, "the newest statement", "HJ 1259-2022 6.4: ledgers, 5 years") \
    X(7, other, 10 * 365 + 3, "the newest statement", "house default: 10 years for all")
/* clang-format on */

enum retention_kind {
#define RETENTION_X(number, name, days, from, source) RETENTION_##name = number,
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
int64_t retention_us(enum retention_kind kind);
/* Is it about a person? */
bool retention_is_personal(enum retention_kind kind);
/* From then on it may be erased; INT64_MAX: not yet to be told. `ended_us`: when the key of an identity record was revoked
 * or lapsed, 0 while it is alive; of no account for the others. */
int64_t retention_end_us(const struct retention_record *record, int64_t ended_us);
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
