/* envelope.h: the frames of one request or reply.
 * Never touches a socket: frames come and go as spans.
 *
 * Frames (PROTOCOL.md 6), after whatever addressing the socket adds:
 *   0  "custody/1"
 *   1  16 bytes: u64 call, chosen by the asker and repeated in the answer; u16 kind;
 *      u16 outcome (0 in a request and in an answer with a body, else the problem's outcome);
 *      u32 zero
 *   2  body: for ENVELOPE_SUBMIT a signature (64 bytes) and the signed bytes; otherwise the protobuf message of the
 *      kind; in an answer whose outcome is not 0, a Problem
 *   3- ENVELOPE_SUBMIT only: records for the annex (salt and text), each named by a digest in the body; at most 8 */
#ifndef CUSTODY_PROTO_ENVELOPE_H
#define CUSTODY_PROTO_ENVELOPE_H

#include "proto/statement.h"

#define ENVELOPE_VERSION "custody/1"

enum {
    ENVELOPE_CALL_SIZE = 16,
    ENVELOPE_RECORDS_MAX = 8,
    ENVELOPE_RECORD_SIZE_MAX = 16 * 1024,
    ENVELOPE_FRAMES_MAX = 3 + ENVELOPE_RECORDS_MAX,
    ENVELOPE_FRAME_SIZE_MAX = STATEMENT_SIZE_MAX + SIGNATURE_SIZE, /* of a request */
    ENVELOPE_REPLY_SIZE_MAX = 1024 * 1024,
};

/* Who may ask what: daemon/domain/entitlement.c has a row for each. */
enum envelope_kind {
    ENVELOPE_HELLO = 1,
    ENVELOPE_SUBMIT = 2,
    ENVELOPE_HEAD = 3,
    ENVELOPE_TRACE = 4,
    ENVELOPE_UNCLOSED = 5,
    ENVELOPE_FINDINGS = 6,
    ENVELOPE_SHOW = 7,
    ENVELOPE_PROVE = 8,
    ENVELOPE_ENTRIES = 9,
    ENVELOPE_STATUS = 10,
    ENVELOPE_PARTY = 11,
    ENVELOPE_REPORT = 12,
    ENVELOPE_BALANCE = 13,
    ENVELOPE_FIGURE = 14,
    ENVELOPE_TODAY = 15,
    ENVELOPE_EXPECTED = 16,
    ENVELOPE_DOSSIER = 17,
    ENVELOPE_RECORD = 18,
    ENVELOPE_ACCESS = 19,
    ENVELOPE_PROFILE = 20,
    ENVELOPE_CATALOGUE = 21,
};
enum { ENVELOPE_KINDS = 22 };

struct envelope {
    uint64_t call;
    uint16_t kind;
    uint16_t outcome;
    struct span body;
    uint32_t record_count;
    struct span records[ENVELOPE_RECORDS_MAX];
};

enum envelope_verdict {
    ENVELOPE_OK = 0,
    ENVELOPE_NOT_ONE,       /* nothing can be answered: no call number */
    ENVELOPE_OTHER_VERSION, /* `call` and `kind` are valid for an answer */
    ENVELOPE_UNKNOWN_KIND,
    ENVELOPE_TOO_LARGE,
    ENVELOPE_TOO_MANY_FRAMES,
};

/* The frames of a request. All spans of `*ret` borrow from the frames. `*ret` is written unless the verdict is NOT_ONE;
 * with any other than OK only `call` and `kind` count. */
enum envelope_verdict envelope_parse(const struct span *frames, size_t count, struct envelope *ret);
/* The frames of an answer: exactly three, any outcome, a body of at most ENVELOPE_REPLY_SIZE_MAX. */
enum envelope_verdict
envelope_parse_reply(const struct span *frames, size_t count, struct envelope *ret);
/* The call frame of an answer or request. */
void envelope_write_call(const struct envelope *envelope, uint8_t ret[static ENVELOPE_CALL_SIZE]);
/* Split a submission's body into signature and signed bytes; false when it is shorter than a signature. */
bool envelope_split_submission(struct span body,
                               const uint8_t **ret_signature,
                               struct span *ret_statement);
const char *envelope_kind_name(uint16_t kind); /* "trace"; NULL for an unknown one */

#endif
