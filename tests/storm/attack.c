/* attack.c: the rows.
 * Never more than a table. */
#include "tests/storm/attack.h"

const struct attack attack_all[ATTACKS_MAX] = {
    {"submits", "four keys send new statements without waiting", attack_submits, 4, true},
    {"questions", "four keys ask for the largest answers there are", attack_questions, 4, true},
    {"research", "the same, never more at a time than they may", attack_research, 4, false},
    {"waits", "four keys ask about entries that never come", attack_waits, 4, true},
    {"hellos", "handshakes that never go on, half with a wrong server key", attack_hellos, 2,
     false},
    {"strangers", "whole handshakes by unknown keys, again and again", attack_wrong_keys, 2, true},
    {"silent", "10,000 TCP connections that say nothing", attack_silent, 1, true},
    {"idle", "3,000 admitted connections that ask nothing", attack_idle, 2, false},
    {"garbage", "noise, cut greetings, frames without measure", attack_garbage, 2, false},
    {"largest", "two keys send statements of 500 items", attack_largest, 2, true},
    {"bulk", "four keys send such, never more at a time than they may", attack_bulk, 4, false},
    {"oversized", "bodies over the limit, frames far over it", attack_oversized, 2, true},
    {"unread", "six keys ask for everything they may and read nothing", attack_unread, 6, true},
    {"paused", "two processes subscribe, ask, and are stopped", attack_paused, 2, false},
    {"lines", "one key on 32 connections, 16 requests on each", attack_many_lines, 1, false},
    {"forgeries", "bad signatures, unknown keys, others' names", attack_forgeries, 4, true},
    {"replays", "the same 64 statements over and over", attack_replays, 4, true},
};
const size_t attack_count = 17;
