/* attack.h: what hostile peers do, a row for each.
 * Never spares the daemon; none of it ends before it is told to or is killed. */
#ifndef TESTS_STORM_ATTACK_H
#define TESTS_STORM_ATTACK_H

#include "tests/storm/child.h"

struct attack {
    const char *key;  /* to choose it on the command line */
    const char *what; /* a line for people */
    child_work *work;
    unsigned processes;
    bool is_refused; /* much of it must be turned away, answered busy or cut: the daemon says so */
};

enum { ATTACKS_MAX = 24 };
extern const struct attack attack_all[ATTACKS_MAX];
extern const size_t attack_count;

/* ---- attack_enrolled.c: by keys that stand on the ledger ---- */
child_work attack_submits, attack_bulk, attack_questions, attack_research, attack_waits,
    attack_largest, attack_oversized, attack_many_lines, attack_replays, attack_forgeries,
    attack_unread, attack_paused;
/* ---- attack_stranger.c: by anyone who reaches the port ---- */
child_work attack_hellos, attack_wrong_keys, attack_silent, attack_idle, attack_garbage;

#endif
