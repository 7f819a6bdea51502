/* card.h: the small text files that devices hand one another: invitation, ledger card, request for enrolment.
 * Never connects and never signs.
 *
 * A first line that names the kind, then `name: value` lines in a fixed order (PROTOCOL.md, "Invitations"):
 *   custody-invitation/1  origin ledger endpoint announcements server-key curve-secret curve-public seed party roles until
 *   custody-ledger/1      origin ledger endpoint announcements server-key [party roles]
 *   custody-request/1     key curve-key party roles */
#ifndef CUSTODY_CLIENT_LIB_CARD_H
#define CUSTODY_CLIENT_LIB_CARD_H

#include <custody/client.h>
#include "proto/checkpoint.h"
#include "proto/custody.pb-c.h"

enum {
    CARD_KEY_SIZE = 32,
    CARD_ENDPOINT_MAX = 255,
    CARD_PARTY_MAX = 63,
    CARD_ROLES_MAX = 9,
    CARD_FILE_MAX = 8192,
};

enum card_kind { CARD_INVITATION = 1, CARD_LEDGER = 2, CARD_REQUEST = 3 };

/* One struct for the three kinds; what a kind does not have is zero. Secrets only in an invitation: wipe it. */
struct card {
    enum card_kind kind;
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint8_t ledger_key[PUBLIC_KEY_SIZE];
    char endpoint[CARD_ENDPOINT_MAX + 1];
    char announcements[CARD_ENDPOINT_MAX + 1];
    uint8_t server_key[CARD_KEY_SIZE];
    uint8_t curve_secret[CARD_KEY_SIZE];
    uint8_t curve_public[CARD_KEY_SIZE]; /* of a request: the new device's */
    uint8_t seed[SEED_SIZE];
    uint8_t key[PUBLIC_KEY_SIZE];
    char party[CARD_PARTY_MAX + 1];
    uint32_t role_count;
    Custody__V1__Role roles[CARD_ROLES_MAX];
    int64_t until_us; /* 0: no end */
};

/* A line that is missing, unknown, repeated or out of order is an error that names it. */
CUSTODY_CHECK enum custody_status card_parse(struct span text,
                                             enum card_kind kind,
                                             struct card *ret,
                                             struct custody_problem *problem);
CUSTODY_CHECK enum custody_status
card_read(const char *path, enum card_kind kind, struct card *ret, struct custody_problem *problem);
/* Length written; 0 when it does not fit. */
size_t card_write(const struct card *card, char ret[static CARD_FILE_MAX]);
/* "driver,generator" to roles. */
CUSTODY_CHECK enum custody_status
card_parse_roles(struct span text, struct card *card, struct custody_problem *problem);
void card_write_roles(const Custody__V1__Role *roles, size_t count, char *ret, size_t cap);
void card_wipe(struct card *card);

#endif
