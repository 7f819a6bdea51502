/* desk.h: a ledger in a temporary folder, with a small region around it, for tests of the service and above.
 * Never a socket: statements go straight to submit_batch.
 *
 * The region: a bureau (regulator), a hospital and a clinic (generators), a carrier with the filed vehicle 藏G·样0001, a plant
 * (facility) with a permit for 841-*, and a plant without one. Each has one key. Time is the desk's own. */
#ifndef TESTS_LIB_DESK_H
#define TESTS_LIB_DESK_H

#include "proto/custody.pb-c.h"
#include "daemon/service/found.h"
#include "daemon/service/query.h"
#include "daemon/service/submit.h"
#include "tests/lib/tempdir.h"

#define DESK_BUREAU      "uscc:115404000000000010"
#define DESK_HOSPITAL    "uscc:125404000000000020"
#define DESK_CLINIC      "uscc:125404000000000030"
#define DESK_CARRIER     "uscc:915404000000000040"
#define DESK_PLANT       "uscc:915404000000000050"
#define DESK_OTHER_PLANT "uscc:915404000000000060"
#define DESK_PLATE       "藏G·样0001"
/* Monday 2026-05-18 00:00 +08:00. */
#define DESK_DAY  INT64_C(1779033600000000)
#define DESK_HOUR INT64_C(3600000000)

enum desk_actor {
    DESK_REGULATOR,
    DESK_NURSE,
    DESK_DOCTOR,
    DESK_DRIVER,
    DESK_GATE,
    DESK_STRANGER,
    DESK_ACTORS
};

struct desk_key {
    uint8_t public_key[PUBLIC_KEY_SIZE];
    uint8_t secret_key[SECRET_KEY_SIZE];
    uint8_t curve_key[32];
    uint64_t sequence;
    struct digest previous;
    uint64_t seen_size;
    struct digest seen_root;
    /* Where its device is; an accuracy of 0 metres: it does not know. */
    int32_t latitude_e7, longitude_e7;
    uint32_t accuracy_m;
};

struct desk {
    struct tempdir dir;
    char data[512], key_file[512], mark_file[512];
    struct ledger_options options;
    struct ledger *ledger;
    struct found_paper paper;
    struct digest origin;
    struct desk_key keys[DESK_ACTORS];
    struct arena *arena; /* emptied by desk_turn */
    int64_t now_us;
};

/* Signed, not yet submitted; lives in the desk's arena. */
struct desk_statement {
    struct statement statement;
    struct span records[1];
    uint32_t record_count;
};

/* Found, register, open. `is_bare`: only found, with the regulator enrolled. */
void desk_open(struct desk *desk, bool is_bare);
/* The same with room for more: bytes of address space for each environment. */
void desk_open_sized(struct desk *desk, bool is_bare, uint64_t map_size);
void desk_close(struct desk *desk);
/* Close and open the ledger again, as a restart does. */
void desk_reopen(struct desk *desk);
/* Flip a bit in a file of the data folder, `offset` bytes after the start of every place where `bytes` stand. */
void desk_flip(struct desk *desk, const char *file, struct span bytes, size_t offset);
/* By the regulator; DESK_STRANGER has no key on the ledger until then. */
void desk_enrol(struct desk *desk,
                enum desk_actor actor,
                const char *party,
                Custody__V1__Role role);
/* Everything that the desk's arena lent is gone. */
void desk_turn(struct desk *desk);

/* Let readers see everything that was submitted. */
void desk_flush(struct desk *desk);

/* Sign a statement of the actor's next sequence. */
struct desk_statement *desk_sign(struct desk *desk,
                                 enum desk_actor actor,
                                 const ProtobufCMessage *body,
                                 int64_t occurred_us);
/* The same, signed at another time than now. */
struct desk_statement *desk_sign_at(struct desk *desk,
                                    enum desk_actor actor,
                                    const ProtobufCMessage *body,
                                    int64_t occurred_us,
                                    int64_t signed_us);
/* The actor's device has verified this head; what it signs from here on says so. */
void desk_see(struct desk *desk, enum desk_actor actor, const struct checkpoint *head);
/* One batch; `ret_receipts` and `ret_problems` (either may be NULL) have `count` places, of which one is filled. */
void desk_submit_all(struct desk *desk,
                     struct desk_statement *const *statements,
                     size_t count,
                     Custody__V1__Receipt **ret_receipts,
                     Custody__V1__Problem **ret_problems);
/* One alone; NULL when it got a problem instead (then `ret_problem`, which may be NULL). */
Custody__V1__Receipt *desk_submit(struct desk *desk,
                                  struct desk_statement *statement,
                                  Custody__V1__Problem **ret_problem);
/* Sign and submit; fails the test unless the outcome is the expected one. Gives the statement. */
struct desk_statement *desk_do(struct desk *desk,
                               enum desk_actor actor,
                               const ProtobufCMessage *body,
                               int64_t occurred_us,
                               enum custody_outcome expected);
/* Ask, as an actor; unpacked in the desk's arena, NULL when it got a problem. Flushes look-ups before. */
void *desk_ask(struct desk *desk,
               enum desk_actor actor,
               uint16_t kind,
               const ProtobufCMessage *request,
               const ProtobufCMessageDescriptor *reply,
               Custody__V1__Problem **ret_problem);

/* Bodies that many tests need, in the desk's arena. Times are hours of the desk's day. */
Custody__V1__PackBody *
desk_pack(struct desk *desk, const char *generator, const char *code, uint64_t mass_g);
Custody__V1__ManifestPlan *
desk_plan(struct desk *desk, const char *generator, const char *receiver);
Custody__V1__DepartBody *desk_depart(struct desk *desk, const char *plate);
Custody__V1__LoadBody *desk_load(struct desk *desk,
                                 const struct desk_statement *trip,
                                 const struct desk_statement *manifest,
                                 const char *generator,
                                 const char *code);
Custody__V1__ReceiveBody *desk_receive(struct desk *desk,
                                       const struct desk_statement *trip,
                                       const struct desk_statement *manifest,
                                       const char *generator,
                                       const char *code,
                                       Custody__V1__Verdict verdict,
                                       uint64_t mass_g);
Custody__V1__StatementName *desk_name(struct desk *desk, const struct desk_statement *statement);
ProtobufCBinaryData desk_id(const struct desk_statement *statement);
/* The act whose body this is. */
uint32_t desk_act(const ProtobufCMessage *body);

/* The regulator records a profile of that name, in force from now on: `lines` go behind
 * [profile], with sections of their own if they have any. */
void desk_set_profile(struct desk *desk, const char *name, uint32_t edition, const char *lines);

/* A manifest to the plant, asked for and granted now. */
struct desk_statement *desk_issue(struct desk *desk, enum desk_actor actor, const char *generator);
/* What the actor is told is open; a limit of 0 is the ledger's own. */
const Custody__V1__UnclosedReply *desk_unclosed(struct desk *desk,
                                                enum desk_actor actor,
                                                const char *division,
                                                uint32_t limit,
                                                ProtobufCBinaryData page);
/* What people are told of a container, without anything that hangs on the order of arrival: state, holder, mass, age, open
 * findings and obligations; for comparing. */
char *desk_render_container(struct desk *desk, const char *generator, const char *code);
char *desk_render_manifest(struct desk *desk, const struct desk_statement *manifest);
/* Everything that is open, as the regulator is told now: a line each, "finding rule subject by party" or "due rule ...". */
char *desk_render_open(struct desk *desk);

#endif
