/* home.h: a home folder for libcustody on a desk's ledger: keys, the card, and the enrolment by the desk's regulator.
 * Never opens a client. */
#ifndef TESTS_LIB_HOME_H
#define TESTS_LIB_HOME_H

#include "tests/lib/desk.h"

struct home_keys {
    uint8_t key[PUBLIC_KEY_SIZE], curve_key[32];
};

/* `folder` is made. The card names an endpoint at which nobody listens: a client is told another one. */
struct home_keys home_make(const struct desk *desk, const char *folder);
void home_enrol(struct desk *desk,
                const struct home_keys *keys,
                const char *party,
                Custody__V1__Role role);

#endif
