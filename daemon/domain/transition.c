/* transition.c: the state machine of a container as one table.
 * Never looks at anything but its three arguments.
 *
 * Columns: the holder, one named by the manifest, one countersigned by the holder, anyone of the right
 * kind while nobody holds it, one without standing. A column that cannot occur in a state is contested. */
#include "daemon/domain/transition.h"

#include <stddef.h>

/* clang-format off */
#define X_       {TRANSITION_CONTESTED, CONTAINER_NONE}
#define SAME     {TRANSITION_NO_CHANGE, CONTAINER_NONE}
#define STAYS    {TRANSITION_STAYS, CONTAINER_NONE}
#define NEW_FILL {TRANSITION_NEW_FILL, CONTAINER_PACKED}
#define PACKED   {TRANSITION_MOVES, CONTAINER_PACKED}
#define STORED   {TRANSITION_MOVES, CONTAINER_STORED}
#define TRANSIT  {TRANSITION_MOVES, CONTAINER_IN_TRANSIT}
#define RECEIVED {TRANSITION_MOVES, CONTAINER_RECEIVED}
#define REJECTED {TRANSITION_MOVES, CONTAINER_REJECTED}
#define FED      {TRANSITION_MOVES, CONTAINER_FED}
#define ENDED    {TRANSITION_MOVES, CONTAINER_ENDED}
#define LOST     {TRANSITION_MOVES, CONTAINER_LOST}

static const struct transition table[CONTAINER_STATES][TRANSITION_ACTS][STANDINGS] = {
    [CONTAINER_NONE] = {                 /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {X_,       X_,       X_,       PACKED,   X_},
        [TRANSITION_STORE]               = {X_,       X_,       X_,       STORED,   X_},
        [TRANSITION_LOAD]                = {X_,       TRANSIT,  X_,       TRANSIT,  X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {X_,       RECEIVED, X_,       RECEIVED, X_},
        [TRANSITION_RECEIVE_REJECTED]    = {X_,       REJECTED, X_,       REJECTED, X_},
        [TRANSITION_RECEIVE_MISSING]     = {X_,       STAYS,    X_,       X_,       X_},
        [TRANSITION_FEED]                = {X_,       X_,       X_,       FED,      X_},
        [TRANSITION_NEST]                = {X_,       X_,       X_,       STAYS,    X_},
        [TRANSITION_UNNEST]              = {X_,       X_,       X_,       STAYS,    X_},
        [TRANSITION_TRANSFER]            = {X_,       X_,       X_,       TRANSIT,  X_},
        [TRANSITION_DEPOSIT]             = {X_,       RECEIVED, X_,       RECEIVED, X_},
        [TRANSITION_RELABEL]             = {X_,       X_,       X_,       STAYS,    X_},
        [TRANSITION_LOSE]                = {X_,       X_,       X_,       LOST,     X_},
        [TRANSITION_CLOSE]               = {ENDED,    ENDED,    ENDED,    ENDED,    ENDED},
    },
    [CONTAINER_PACKED] = {               /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {SAME,     X_,       SAME,     SAME,     X_},
        [TRANSITION_STORE]               = {STORED,   X_,       STORED,   X_,       X_},
        [TRANSITION_LOAD]                = {TRANSIT,  TRANSIT,  TRANSIT,  X_,       X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RECEIVE_REJECTED]    = {REJECTED, REJECTED, REJECTED, X_,       X_},
        [TRANSITION_RECEIVE_MISSING]     = {STAYS,    STAYS,    STAYS,    X_,       X_},
        [TRANSITION_FEED]                = {FED,      X_,       FED,      X_,       X_},
        [TRANSITION_NEST]                = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_UNNEST]              = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_TRANSFER]            = {X_,       X_,       TRANSIT,  X_,       X_},
        [TRANSITION_DEPOSIT]             = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RELABEL]             = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_LOSE]                = {LOST,     X_,       LOST,     X_,       X_},
        [TRANSITION_CLOSE]               = {ENDED,    ENDED,    ENDED,    ENDED,    ENDED},
    },
    [CONTAINER_STORED] = {               /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {SAME,     X_,       SAME,     SAME,     X_},
        [TRANSITION_STORE]               = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_LOAD]                = {TRANSIT,  TRANSIT,  TRANSIT,  X_,       X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RECEIVE_REJECTED]    = {REJECTED, REJECTED, REJECTED, X_,       X_},
        [TRANSITION_RECEIVE_MISSING]     = {STAYS,    STAYS,    STAYS,    X_,       X_},
        [TRANSITION_FEED]                = {FED,      X_,       FED,      X_,       X_},
        [TRANSITION_NEST]                = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_UNNEST]              = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_TRANSFER]            = {X_,       X_,       TRANSIT,  X_,       X_},
        [TRANSITION_DEPOSIT]             = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RELABEL]             = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_LOSE]                = {LOST,     X_,       LOST,     X_,       X_},
        [TRANSITION_CLOSE]               = {ENDED,    ENDED,    ENDED,    ENDED,    ENDED},
    },
    [CONTAINER_IN_TRANSIT] = {           /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {SAME,     X_,       SAME,     SAME,     X_},
        [TRANSITION_STORE]               = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_LOAD]                = {SAME,     TRANSIT,  TRANSIT,  X_,       X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RECEIVE_REJECTED]    = {REJECTED, REJECTED, REJECTED, X_,       X_},
        [TRANSITION_RECEIVE_MISSING]     = {STAYS,    STAYS,    STAYS,    X_,       X_},
        [TRANSITION_FEED]                = {X_,       X_,       FED,      X_,       X_},
        [TRANSITION_NEST]                = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_UNNEST]              = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_TRANSFER]            = {TRANSIT,  X_,       TRANSIT,  X_,       X_},
        [TRANSITION_DEPOSIT]             = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RELABEL]             = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_LOSE]                = {LOST,     X_,       LOST,     X_,       X_},
        [TRANSITION_CLOSE]               = {ENDED,    ENDED,    ENDED,    ENDED,    ENDED},
    },
    [CONTAINER_RECEIVED] = {             /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {SAME,     X_,       SAME,     SAME,     X_},
        [TRANSITION_STORE]               = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_LOAD]                = {TRANSIT,  TRANSIT,  TRANSIT,  X_,       X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {SAME,     RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RECEIVE_REJECTED]    = {REJECTED, REJECTED, REJECTED, X_,       X_},
        [TRANSITION_RECEIVE_MISSING]     = {STAYS,    STAYS,    STAYS,    X_,       X_},
        [TRANSITION_FEED]                = {FED,      X_,       FED,      X_,       X_},
        [TRANSITION_NEST]                = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_UNNEST]              = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_TRANSFER]            = {X_,       X_,       TRANSIT,  X_,       X_},
        [TRANSITION_DEPOSIT]             = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RELABEL]             = {STAYS,    X_,       STAYS,    X_,       X_},
        [TRANSITION_LOSE]                = {LOST,     X_,       LOST,     X_,       X_},
        [TRANSITION_CLOSE]               = {ENDED,    ENDED,    ENDED,    ENDED,    ENDED},
    },
    [CONTAINER_REJECTED] = {             /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {SAME,     X_,       SAME,     SAME,     X_},
        [TRANSITION_STORE]               = {STAYS,    X_,       STORED,   STORED,   X_},
        [TRANSITION_LOAD]                = {TRANSIT,  TRANSIT,  TRANSIT,  TRANSIT,  X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {RECEIVED, RECEIVED, RECEIVED, RECEIVED, X_},
        [TRANSITION_RECEIVE_REJECTED]    = {SAME,     SAME,     SAME,     SAME,     X_},
        [TRANSITION_RECEIVE_MISSING]     = {STAYS,    STAYS,    STAYS,    X_,       X_},
        [TRANSITION_FEED]                = {X_,       X_,       FED,      X_,       X_},
        [TRANSITION_NEST]                = {STAYS,    X_,       STAYS,    STAYS,    X_},
        [TRANSITION_UNNEST]              = {STAYS,    X_,       STAYS,    STAYS,    X_},
        [TRANSITION_TRANSFER]            = {STAYS,    X_,       STAYS,    STAYS,    X_},
        [TRANSITION_DEPOSIT]             = {RECEIVED, RECEIVED, RECEIVED, RECEIVED, X_},
        [TRANSITION_RELABEL]             = {STAYS,    X_,       STAYS,    STAYS,    X_},
        [TRANSITION_LOSE]                = {LOST,     X_,       LOST,     X_,       X_},
        [TRANSITION_CLOSE]               = {ENDED,    ENDED,    ENDED,    ENDED,    ENDED},
    },
    [CONTAINER_FED] = {                  /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {NEW_FILL, X_,       X_,       NEW_FILL, X_},
        [TRANSITION_STORE]               = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_LOAD]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {SAME,     X_,       X_,       X_,       X_},
        [TRANSITION_RECEIVE_REJECTED]    = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RECEIVE_MISSING]     = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_FEED]                = {SAME,     X_,       X_,       X_,       X_},
        [TRANSITION_NEST]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_UNNEST]              = {SAME,     X_,       X_,       X_,       X_},
        [TRANSITION_TRANSFER]            = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_DEPOSIT]             = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RELABEL]             = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_LOSE]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_CLOSE]               = {SAME,     SAME,     SAME,     SAME,     SAME},
    },
    [CONTAINER_ENDED] = {                /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {NEW_FILL, X_,       X_,       NEW_FILL, X_},
        [TRANSITION_STORE]               = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_LOAD]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RECEIVE_REJECTED]    = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RECEIVE_MISSING]     = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_FEED]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_NEST]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_UNNEST]              = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_TRANSFER]            = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_DEPOSIT]             = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RELABEL]             = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_LOSE]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_CLOSE]               = {SAME,     SAME,     SAME,     SAME,     SAME},
    },
    [CONTAINER_LOST] = {                 /* holder    named     counters. free      none */
        [TRANSITION_PACK]                = {NEW_FILL, X_,       X_,       NEW_FILL, X_},
        [TRANSITION_STORE]               = {STORED,   X_,       STORED,   X_,       X_},
        [TRANSITION_LOAD]                = {TRANSIT,  X_,       TRANSIT,  X_,       X_},
        [TRANSITION_RECEIVE_ACCEPTED]    = {RECEIVED, RECEIVED, RECEIVED, X_,       X_},
        [TRANSITION_RECEIVE_REJECTED]    = {REJECTED, REJECTED, REJECTED, X_,       X_},
        [TRANSITION_RECEIVE_MISSING]     = {STAYS,    STAYS,    STAYS,    X_,       X_},
        [TRANSITION_FEED]                = {FED,      X_,       FED,      X_,       X_},
        [TRANSITION_NEST]                = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_UNNEST]              = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_TRANSFER]            = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_DEPOSIT]             = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_RELABEL]             = {X_,       X_,       X_,       X_,       X_},
        [TRANSITION_LOSE]                = {SAME,     X_,       SAME,     X_,       X_},
        [TRANSITION_CLOSE]               = {ENDED,    ENDED,    ENDED,    ENDED,    ENDED},
    },
};
/* clang-format on */

struct transition
transition_find(enum container_state state, enum transition_act act, enum standing standing)
{
    if ((unsigned)state >= CONTAINER_STATES || (unsigned)act >= TRANSITION_ACTS ||
        (unsigned)standing >= STANDINGS)
        return (struct transition){TRANSITION_CONTESTED, state};
    struct transition found = table[state][act][standing];
    if (found.effect != TRANSITION_MOVES && found.effect != TRANSITION_NEW_FILL)
        found.next = state;
    return found;
}

const char *transition_state_name(enum container_state state)
{
    static const char *const names[CONTAINER_STATES] = {
        [CONTAINER_NONE] = "unknown",      [CONTAINER_PACKED] = "packed",
        [CONTAINER_STORED] = "stored",     [CONTAINER_IN_TRANSIT] = "in transit",
        [CONTAINER_RECEIVED] = "received", [CONTAINER_REJECTED] = "rejected",
        [CONTAINER_FED] = "fed",           [CONTAINER_ENDED] = "ended",
        [CONTAINER_LOST] = "lost",
    };
    return (unsigned)state < CONTAINER_STATES ? names[state] : names[CONTAINER_NONE];
}
