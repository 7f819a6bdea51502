/* statement.h: what a key signs: a fixed header, then the act's body.
 * Never looks into the body (that is body.h) and never touches a clock.
 *
 * Layout, big-endian, 184 bytes (PROTOCOL.md 3):
 *   0  8  "custody" 01          format, and domain separation of the signature
 *   8  2  act                   enum Act of custody.proto
 *  10  1  algorithm             1 = Ed25519
 *  11  1  clock quality         0 unset, 1 device, 2 synchronised
 *  12  4  latitude              1e-7 degrees, signed   } 12-23 all zero
 *  16  4  longitude             1e-7 degrees, signed   } when not known
 *  20  4  position accuracy     metres, at least 1     }
 *  24  8  key sequence          1, 2, 3, ... of this key; at most 2^63 - 1
 *  32  8  occurred_at           us UTC, signed, from 1970 until the end of 9999
 *  40  8  signed_at             us UTC, signed, likewise
 *  48  8  seen size             newest checkpoint this device has verified; 0 and a zero root: none;
 *                               at most 2^63 - 1
 *  56 32  seen root
 *  88 32  origin                SHA-256 of the ledger's origin, without a line end
 * 120 32  key                   the author's Ed25519 public key
 * 152 32  previous              id of this key's statement before; zeros for sequence 1
 * 184  -  body
 * Any act passes: whether this daemon knows it is decided, and recorded, later.
 * The id of a statement is the SHA-256 of all of it. */
#ifndef CUSTODY_PROTO_STATEMENT_H
#define CUSTODY_PROTO_STATEMENT_H

#include "proto/digest.h"

enum {
    STATEMENT_HEADER_SIZE = 184,
    STATEMENT_KEY_OFFSET = 120,
    STATEMENT_SIZE_MAX = 48 * 1024, /* header and body, without the signature */
    STATEMENT_ITEMS_MAX = 500,
    STATEMENT_ALGORITHM_ED25519 = 1,
};

/* 9999-12-31T23:59:59.999999Z: later times have no civil date of four digits. */
#define STATEMENT_TIME_MAX_US INT64_C(253402300799999999)

enum clock_quality { CLOCK_UNSET = 0, CLOCK_DEVICE = 1, CLOCK_SYNCHRONISED = 2 };

struct statement_header {
    uint16_t act;
    uint8_t clock_quality;
    bool position_is_known;
    int32_t latitude_e7, longitude_e7;
    uint32_t position_accuracy_m;
    uint64_t key_sequence;
    int64_t occurred_at_us;
    int64_t signed_at_us;
    uint64_t seen_size;
    struct digest seen_root;
    struct digest origin;
    uint8_t key[PUBLIC_KEY_SIZE];
    struct digest previous;
};

/* A statement taken apart; `bytes` and `body` borrow from what was parsed. */
struct statement {
    struct statement_header header;
    struct span bytes; /* the signed bytes, verbatim */
    struct span body;
    struct digest id;
    uint8_t signature[SIGNATURE_SIZE];
};

/* Why bytes are not a statement at all. Numbers are the reasons of include/custody/status.h. */
enum statement_verdict {
    STATEMENT_OK = 0,
    STATEMENT_TOO_LARGE,
    STATEMENT_NOT_ONE, /* too short, wrong format, wrong algorithm, a reserved or impossible header value */
    STATEMENT_OTHER_ORIGIN,
    STATEMENT_BAD_SIGNATURE,
};

/* Take signed bytes apart; checks form only. `*ret_field` names the header field when the verdict is NOT_ONE, and only
 * then is written. The signature in `*ret` is zeros. */
enum statement_verdict
statement_parse(struct span bytes, struct statement *ret, const char **ret_field);
/* The same verdict without the id, which costs a hash of all the bytes. */
enum statement_verdict
statement_parse_header(struct span bytes, struct statement_header *ret, const char **ret_field);
/* statement_parse, then origin and signature: everything that needs no ledger. */
enum statement_verdict statement_verify(struct span bytes,
                                        const uint8_t signature[static SIGNATURE_SIZE],
                                        const struct digest *origin,
                                        struct statement *ret,
                                        const char **ret_field);
/* Write the header into the first 184 bytes of `ret`. */
void statement_write_header(const struct statement_header *header,
                            uint8_t ret[static STATEMENT_HEADER_SIZE]);
/* The same for a ledger with predecessors: addressed to one of these (lineage.h). */
enum statement_verdict statement_verify_any(struct span bytes,
                                            const uint8_t signature[static SIGNATURE_SIZE],
                                            const struct digest *origins,
                                            size_t count,
                                            struct statement *ret,
                                            const char **ret_field);
struct digest statement_origin_digest(const char *origin);

#endif
