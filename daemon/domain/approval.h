/* approval.h: a transfer across regions that the regulators of both ends approved, and what is left of its mass.
 * Never in force on the word of one end alone.
 *
 * Its mass is drawn in ledger order, by what manifests plan to move and by blocks of numbers, which reserve their ceiling.
 * What a block did not use comes back when it lapses or is closed, what a cancelled manifest planned when it is
 * cancelled. A whitelist has no quantity: it keeps to its parties, codes and method. */
#ifndef CUSTODY_DOMAIN_APPROVAL_H
#define CUSTODY_DOMAIN_APPROVAL_H

#include "daemon/domain/party.h"

enum { APPROVAL_RESERVATIONS_MAX = 32, APPROVAL_RECORD_MAX = 4096 };

enum approval_end { APPROVAL_ORIGIN = 1, APPROVAL_DESTINATION = 2, APPROVAL_BOTH = 3 };

struct approval_reservation {
    uint32_t block;
    int64_t until_us;
    uint64_t ceiling_g, drawn_g;
};

struct approval {
    uint64_t entry; /* of the statement that came first */
    uint32_t generator, receiver;
    uint32_t origin, destination; /* divisions */
    uint8_t ends;                 /* that approved it: bits of enum approval_end */
    bool is_whitelist;
    int64_t asked_us; /* from when the first statement asked for it */
    int64_t from_us;  /* in force from here on; INT64_MAX while an end is missing */
    int64_t until_us;
    uint64_t mass_g;
    uint64_t drawn_g; /* besides what the reservations below hold */
    char method[PERMIT_METHOD_MAX + 1];
    uint32_t pattern_count;
    char patterns[PERMIT_PATTERNS_MAX][WASTE_CODE_MAX + 1];
    uint32_t reservation_count;
    struct approval_reservation reservations[APPROVAL_RESERVATIONS_MAX];
};

bool approval_is_in_force(const struct approval *approval, int64_t at_us);
/* Transfer Measures article 28: another code, method or receiver needs another approval. An empty method is any; `code` may
 * be a pattern. */
bool approval_covers(const struct approval *approval,
                     uint32_t generator,
                     uint32_t receiver,
                     struct span code,
                     struct span method);
/* What may still be drawn; UINT64_MAX of a whitelist. A reservation that lapsed holds only what was drawn from it. */
uint64_t approval_left_g(const struct approval *approval, int64_t at_us);
/* `block` is 0 for what no block reserved. */
void approval_draw(struct approval *approval, uint32_t block, uint64_t mass_g);
void approval_give_back(struct approval *approval, uint32_t block, uint64_t mass_g);
/* Room for one reservation more, once those that lapsed are put together? */
bool approval_has_room(const struct approval *approval, int64_t at_us);
/* The caller has checked that it has room and that so much is left. */
void approval_reserve(struct approval *approval,
                      const struct approval_reservation *reservation,
                      int64_t at_us);
/* The block was closed: it holds what was drawn from it. */
void approval_release(struct approval *approval, uint32_t block);

/* 0 when it does not fit; false on damage. */
size_t approval_write(const struct approval *approval, uint8_t *ret, size_t cap);
bool approval_parse(struct span bytes, struct approval *ret);

#endif
