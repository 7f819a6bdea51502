/* access.h: which key stands behind a connection, and what it may ask and see.
 * Never decides what a statement may say: that is its signature's and the rules' matter. Any thread. */
#ifndef CUSTODY_SERVICE_ACCESS_H
#define CUSTODY_SERVICE_ACCESS_H

#include "daemon/service/ledger.h"

struct access_caller {
    uint8_t curve_key[32];
    uint32_t key; /* number; 0: nobody */
    uint32_t party;
    uint16_t roles;    /* 1 << enum Role; those that count at its party now (entitlement.h) */
    uint32_t division; /* of the party now */
    uint16_t kinds;    /* of the party now */
};

/* At the door and at every request: the standing as it is now. False when the key was revoked, lapsed or is unknown. */
bool access_find(struct ledger *ledger,
                 const uint8_t curve_key[static 32],
                 struct access_caller *ret);
bool access_may_ask(const struct access_caller *caller, uint16_t kind);

#endif
