/* hub.h: one enrolled device that carries the statements of a whole region: its connection, the simulated clock, and what
 * is on its way.
 * Never looks into what it carries: who delivers is not who speaks.
 *
 * Time only moves forward, and only when everything that was due has been answered. A statement that the ledger answers
 * otherwise than expected ends the program. */
#ifndef TESTS_MONTH_HUB_H
#define TESTS_MONTH_HUB_H

#include <custody/status.h>
#include "tests/lib/author.h"

/* The clock stands still while what came within one tick is delivered, so that it can be delivered in one go. */
#define HUB_TICK_US (INT64_C(300) * 1000000)

struct hub;

/* What a grant gave, e.g. the first number of a block. */
struct hub_grant {
    bool is_granted;
    char number[32];
};

/* Take up the invitation: the hub's own key, a regulator's and admin's of `ret_party`. `clock_file` is moved by the hub. */
struct hub *hub_open(const char *invitation, const char *clock_file, int64_t now_us);
void hub_close(struct hub *hub);
const char *hub_origin(const struct hub *hub);
const char *hub_party(const struct hub *hub);
struct author *hub_author(struct hub *hub);
int64_t hub_now_us(const struct hub *hub);

/* Sign now; deliver when the clock comes to `deliver_us` (at once when that is past), in order of delivery. `grant` (may
 * be NULL) is filled when the answer comes. The statement's id is author->previous. */
void hub_say(struct hub *hub,
             struct author *author,
             const ProtobufCMessage *body,
             const struct author_moment *moment,
             int64_t deliver_us,
             enum custody_outcome expected,
             struct hub_grant *grant);
/* Deliver all that is due by then and set the clock; everything before was answered then. */
void hub_advance(struct hub *hub, int64_t until_us);
/* Wait for every answer that is still to come. */
void hub_settle(struct hub *hub);

struct hub_tally {
    uint64_t statements, bytes, findings;
    uint64_t waiting; /* signed, not yet delivered */
};
struct hub_tally hub_tally(const struct hub *hub);

#endif
