/* client.h: libcustody: keep signed statements on this device, bring them to the ledger, ask, and verify every answer.
 *
 * Caveats, first:
 * - *Kept* means: signed and on this device's disk, after fsync. *On the ledger* means: a receipt came whose entry,
 *   inclusion proof and checkpoint verify, and whose checkpoint extends the newest one this device has verified.
 * - A statement is signed once. Whatever happens on the way, the same bytes are sent again, and count once.
 * - A home folder belongs to one device. A copied or restored one does not sign (ERR_COPIED): make a new key.
 * - CUSTODY_ERR_EVIDENCE and CUSTODY_ERR_ROLLBACK are not faults of the network: the ledger showed something that cannot
 *   be true together with what it showed before. Nothing of such an answer is handed on.
 *
 * Threads: a client is used by one thread at a time; different clients, of different homes, are independent.
 * Ownership: what a function gives through `ret_...` is said there; texts of a problem live in the problem.
 * Errors: every function that can fail returns enum custody_status (0 is success) and tells more in a problem: that of
 * the client (custody_client_problem), or one of the caller's where there is no client yet. On failure what `ret_...`
 * points to is left as it was, if not said otherwise. The library prints nothing and installs no signal handler.
 *
 * The home folder (0700) holds: `key` (0600; secrets, never printed), `ledger` (which ledger, and where), `keys` (the ledger's
 * keys over time, once it has changed its own), `head` (the newest verified checkpoint, a signed note), `spool/` (statements,
 * receipts, set-aside), `followed` (a position). */
#ifndef CUSTODY_CLIENT_H
#define CUSTODY_CLIENT_H

#include <stddef.h>

#include <custody/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CUSTODY_API   __attribute__((visibility("default")))
#define CUSTODY_CHECK __attribute__((warn_unused_result))

enum { CUSTODY_ID_SIZE = 32, CUSTODY_PROBLEM_TEXT_MAX = 256, CUSTODY_NUMBER_MAX = 96 };

/* What stopped a call. An `outcome` that is not 0 means that the ledger answered, and this is what it said. */
struct custody_problem {
    enum custody_status status;
    uint32_t outcome;
    uint32_t reason; /* number of status.h, 0: none */
    bool retryable;
    uint32_t retry_after_ms;
    char name[48];      /* of the reason, or of the status */
    char sentence[128]; /* what it means */
    char field[128];    /* which value; may be empty, like the two below */
    char expected[CUSTODY_PROBLEM_TEXT_MAX];
    char got[CUSTODY_PROBLEM_TEXT_MAX];
    char remedy[CUSTODY_PROBLEM_TEXT_MAX];
};

/* --- keys and enrolment -------------------------------------------------------------------------
 * May be called from any thread, for one home by one at a time. */

/* Make the home folder if need be, and in it an Ed25519 and a CURVE key. ERR_EXISTS when it holds a key already. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_identity_create(const char *home, struct custody_problem *ret_problem);

struct custody_options {
    const char *home;     /* folder */
    const char *endpoint; /* NULL: the one in the ledger file */
    const char *
        clock_file; /* NULL: the system's clock. Else 8 bytes, little-endian us UTC: for demonstrations */
    int timeout_ms; /* for one answer, and for the lock; 0: 10,000 */
    int resend_ms;  /* send a statement again after that long without an answer; 0: 2,000 */
};

/* Take up an invitation: make keys if there are none, have them enrolled by the invitation's one-time key, write the
 * ledger file. May be repeated after a failure with the same invitation: the same statement is sent again. */
CUSTODY_API CUSTODY_CHECK enum custody_status custody_enrol(const struct custody_options *options,
                                                            const char *invitation_file,
                                                            struct custody_problem *ret_problem);

/* Enrolment by a sponsor with no network. On the new device: make keys if there are none and write a request, for
 * `party` and `roles` ("driver,generator"). The sponsor's device signs enrol_key for it and gives back a card. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_enrol_request(const char *home,
                      const char *party,
                      const char *roles,
                      const char *request_file,
                      struct custody_problem *ret_problem);
/* ... and then take the card: the ledger file. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_enrol_card(const char *home, const char *card_file, struct custody_problem *ret_problem);

/* --- the client ---------------------------------------------------------------------------------- */

struct custody_client;

/* Read keys, ledger file and head. Connects later, when something is sent. The caller closes `*ret_client`, wiping its
 * keys; closing NULL is allowed. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_client_open(const struct custody_options *options,
                    struct custody_client **ret_client,
                    struct custody_problem *ret_problem);
CUSTODY_API void custody_client_close(struct custody_client *client);
/* What stopped the last call that failed. Lives until the next call. */
CUSTODY_API const struct custody_problem *
custody_client_problem(const struct custody_client *client);

/* --- statements ---------------------------------------------------------------------------------- */

/* A text that stays out of the signed bytes: the statement names it by a salted digest, the text goes to the annex. */
struct custody_text {
    const char *field; /* of the body, e.g. "name_digest"; a list of digests gets one more */
    const char *text;
    size_t len; /* of something that is no text, e.g. a photograph; 0: the text ends with NUL */
};

/* Where the device was. */
struct custody_position {
    int32_t latitude_e7, longitude_e7; /* 1e-7 degrees */
    uint32_t accuracy_m;               /* at least 1 */
};

struct custody_act {
    const char *act; /* "pack" */
    /* The act's message (PackBody of custody.proto): in protobuf's encoding, or, when `json` is not NULL, as a JSON
     * object with the same field names (see custody_json below). */
    const void *body;
    size_t body_len;
    const char *json;
    int64_t occurred_at_us; /* 0: now */
    const char *ref;        /* the caller's own number for it, or NULL; at most 200 bytes */
    const struct custody_text *texts;
    size_t text_count;
    const struct custody_position *position; /* NULL: not known */
};

enum custody_kept_state {
    CUSTODY_WAITING = 0,   /* kept here, not yet on the ledger */
    CUSTODY_ON_LEDGER = 1, /* with a verified receipt */
    CUSTODY_SET_ASIDE = 2, /* the ledger will never take it; see the reason */
};

struct custody_kept {
    uint8_t id[CUSTODY_ID_SIZE];
    uint64_t sequence;
    bool is_again; /* a statement with this ref and content was there already: this is it */
    enum custody_kept_state state;
    uint64_t entry;                  /* on the ledger: its number */
    uint32_t outcome;                /* on the ledger or set aside: enum custody_outcome */
    uint32_t reason;                 /* for a refusal or a statement set aside */
    char field[CUSTODY_NUMBER_MAX];  /* the field that a refusal rests on */
    char number[CUSTODY_NUMBER_MAX]; /* the number that a grant gave, e.g. of a manifest */
    int64_t recorded_at_us;
};

/* Sign and keep one statement. CUSTODY_OK only after it is on disk. The same ref with the same content gives the first
 * statement again; with other content ERR_EXISTS. `texts` and `body` are copied. */
CUSTODY_API CUSTODY_CHECK enum custody_status custody_client_keep(struct custody_client *client,
                                                                  const struct custody_act *act,
                                                                  struct custody_kept *ret_kept);

/* How far a long work is; called from within it, between steps. */
typedef void custody_progress(void *context, uint64_t done, uint64_t total);

struct custody_synced {
    uint64_t delivered; /* receipts that came in this call */
    uint64_t refused;   /* of these: refused or held */
    uint64_t set_aside; /* in this call */
    uint64_t waiting;   /* left */
};

/* Send all that has no receipt, in order, and verify every receipt. `ret_synced` is filled in any case. ERR_UNREACHABLE,
 * ERR_TIMEOUT and ERR_BUSY leave the rest waiting; call again later. `progress` may be NULL. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_client_sync(struct custody_client *client,
                    custody_progress *progress,
                    void *context,
                    struct custody_synced *ret_synced);

/* --- after a loss: the ledger's successor ------------------------------------------------------------ */

/* One kept statement, after it was shown to the successor. */
struct custody_moved {
    struct custody_kept before; /* as it was with the lost ledger; CUSTODY_WAITING: never there */
    struct custody_kept now;
    bool is_same; /* the very same entry: what the old receipt proved still holds */
};
typedef void custody_moved_visit(void *context, const struct custody_moved *moved);

struct custody_move {
    char from[201], to[201]; /* the ledgers' names */
    uint64_t restored;       /* entries that the successor has of the lost one */
    uint64_t seen;           /* entries of the lost ledger that this device had seen proved */
    uint64_t verified, replaced,
        added;          /* receipts: as they were; new for old; for what had waited */
    uint64_t set_aside; /* statements that the successor will not take */
};

/* Go over from a lost ledger to its successor, whose card somebody trusted handed over. Checks that both root keys of the lost ledger founded
 * it, and that it holds all that this device had seen of the lost one, as far as that was restored (ERR_EVIDENCE otherwise, and
 * nothing changes). Then every kept statement is sent; each gets a receipt of the successor, and `visit` (may be NULL) is told. May be
 * repeated: after ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY it must be, until all is told. ERR_REFUSED, "not_admitted": this device's own
 * enrolment was lost; another one carries it (custody_client_carry), then it goes on. */
CUSTODY_API CUSTODY_CHECK enum custody_status custody_move(const struct custody_options *options,
                                                           const char *card_file,
                                                           custody_moved_visit *visit,
                                                           void *context,
                                                           struct custody_move *ret_move,
                                                           struct custody_problem *ret_problem);
/* Deliver a statement that another device signed: a file of signature and signed bytes, such as `enrolled` in that device's home. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_client_carry(struct custody_client *client, const char *file, uint64_t *ret_entry);

/* What became of a kept statement; by sequence, 1 and up. ERR_NOT_FOUND beyond the last. */
CUSTODY_API CUSTODY_CHECK enum custody_status custody_client_kept(struct custody_client *client,
                                                                  uint64_t sequence,
                                                                  struct custody_kept *ret_kept);
/* The sequence that the next statement will have, from the spool; 0 when the spool cannot be read. */
CUSTODY_API uint64_t custody_client_next_sequence(struct custody_client *client);

/* --- questions ----------------------------------------------------------------------------------- */

/* Ask. `question` is a kind of PROTOCOL.md 7: "trace", "unclosed", "findings", "show", "prove", "entries", "status",
 * "party", "head", "hello". The request is JSON of its message (TraceRequest for "trace"; NULL: empty), without `options.known_size`,
 * which the client fills in; the reply is JSON of the reply's message, for the caller to free(). The reply's checkpoint
 * was verified, linked to the newest verified one and kept; an entry in it was proved. The answer reflects every entry that
 * this device had seen proved; while the ledger's readers trail that for longer than it waits, it is ERR_BUSY, not_yet. */
CUSTODY_API CUSTODY_CHECK enum custody_status custody_client_ask(struct custody_client *client,
                                                                 const char *question,
                                                                 const char *request_json,
                                                                 char **ret_reply_json);
/* The same with requests and replies in protobuf's encoding. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_client_ask_bytes(struct custody_client *client,
                         const char *question,
                         const void *request,
                         size_t request_len,
                         uint8_t **ret_reply,
                         size_t *ret_reply_len);

/* --- following ----------------------------------------------------------------------------------- */

/* One entry in the order of the ledger, its hash already in the recomputed tree. `bytes` is NULL where this key may
 * not read it. They live until the function returns. Anything but CUSTODY_OK stops the following and is handed on. */
typedef enum custody_status
custody_take_entry(void *context, uint64_t number, const uint8_t *bytes, size_t len);

struct custody_followed {
    uint64_t first;  /* where this call began */
    uint64_t size;   /* entries pulled, and the size of the checkpoint they were compared with */
    uint64_t unread; /* of them: shown by their hash only */
    uint64_t signatures; /* statement signatures verified */
    uint8_t root[32];
};

enum { CUSTODY_FOLLOW_FROM_START = 1, CUSTODY_FOLLOW_CHECK_SIGNATURES = 2 };

/* Pull every entry up to the newest checkpoint, recompute the tree, and compare its root with the checkpoint's. Goes on
 * from where the last call stopped, if not told otherwise; the position is kept only after the roots agreed. An entry
 * given to `take` before that stands under the verified checkpoint only when the call succeeds. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_client_follow(struct custody_client *client,
                      unsigned flags,
                      custody_take_entry *take,
                      custody_progress *progress,
                      void *context,
                      struct custody_followed *ret_followed);

/* --- JSON ----------------------------------------------------------------------------------------
 * Names as in custody.proto; an enum by its short lower-case name ("driver"), its full name or its number; bytes as
 * hex; a time as microseconds or RFC 3339 text; masses as grams or "2.3 kg". A field that is unknown or has a bad value
 * is an error that names it, what was expected and what was there. Absent and zero are the same. */

/* Body of an act, from JSON to protobuf's canonical bytes. The caller frees `*ret_body`. */
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_json_to_body(const char *act,
                     const char *json,
                     uint8_t **ret_body,
                     size_t *ret_len,
                     struct custody_problem *ret_problem);
CUSTODY_API CUSTODY_CHECK enum custody_status
custody_json_from_body(const char *act,
                       const void *body,
                       size_t len,
                       char **ret_json,
                       struct custody_problem *ret_problem);

#ifdef __cplusplus
}
#endif
#endif
