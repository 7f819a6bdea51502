/* transition.h: the state machine of a container as one table: [state][act][standing] -> what happens.
 * Never looks at anything but its three arguments.
 *
 * Acts that do not move custody (amend, countersign, measure, ...) are not in it. */
#ifndef CUSTODY_DOMAIN_TRANSITION_H
#define CUSTODY_DOMAIN_TRANSITION_H

#include <stdint.h>

enum container_state {
    CONTAINER_NONE = 0, /* nothing is known yet */
    CONTAINER_PACKED = 1,
    CONTAINER_STORED = 2,
    CONTAINER_IN_TRANSIT = 3,
    CONTAINER_RECEIVED = 4,
    CONTAINER_REJECTED = 5,
    CONTAINER_FED = 6,
    CONTAINER_ENDED = 7,
    CONTAINER_LOST = 8,
    CONTAINER_STATES = 9,
};

/* Why a party may move a container, the strongest first. */
enum standing {
    STANDING_HOLDER = 0, /* it holds it */
    STANDING_NAMED = 1,  /* the manifest names it for this act, and the manifest is the holder's */
    STANDING_COUNTERSIGNED = 2, /* the holder countersigned */
    STANDING_FREE = 3,          /* nobody holds it and the party is of the right kind */
    STANDING_NONE = 4,
    STANDINGS = 5,
};

enum transition_act {
    TRANSITION_PACK, /* also a yield's output */
    TRANSITION_STORE,
    TRANSITION_LOAD,
    TRANSITION_RECEIVE_ACCEPTED,
    TRANSITION_RECEIVE_REJECTED,
    TRANSITION_RECEIVE_MISSING,
    TRANSITION_FEED,
    TRANSITION_NEST,
    TRANSITION_UNNEST,
    TRANSITION_TRANSFER, /* on to another trip, of the same or of the next carrier */
    TRANSITION_DEPOSIT,  /* into a collection centre */
    TRANSITION_RELABEL,
    TRANSITION_LOSE,  /* an incident says that it is lost */
    TRANSITION_CLOSE, /* ends by a regulator's order, whoever holds it */
    TRANSITION_ACTS,
};

enum transition_effect {
    TRANSITION_MOVES,     /* to `next`, and custody to the author's party where the act takes it */
    TRANSITION_STAYS,     /* takes effect without a change of state (a second store, nesting) */
    TRANSITION_NO_CHANGE, /* says again what is so; no effect and nothing wrong */
    TRANSITION_CONTESTED, /* the author has no standing: no effect, and a finding */
    TRANSITION_NEW_FILL,  /* a reusable container packed again after its end */
};

struct transition {
    enum transition_effect effect;
    enum container_state next;
};

struct transition
transition_find(enum container_state state, enum transition_act act, enum standing standing);
const char *transition_state_name(enum container_state state); /* "in transit" */

#endif
