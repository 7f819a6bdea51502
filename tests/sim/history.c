/* history.c: draws steps, takes them out again.
 * Never looks at what came of them. */
#include "tests/sim/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/dice.h"

enum { STEPS_LEAST = 30, TRIES_MAX = 400 };

#define SECOND INT64_C(1000000)

static const char *const device_names[HISTORY_DEVICES] = {
    "nurse", "nurse2", "doctor", "driver", "driver2", "gate", "newcomer", "bureau"};

/* How often each is drawn, and by whom it is done: a letter for each device, '.' for none. */
static const struct kind {
    const char *name;
    unsigned share;
    const char *by;
} kinds[HISTORY_DOINGS] = {
    [HISTORY_PACK] = {"pack", 14, "nNd...v."},
    [HISTORY_STORE] = {"store", 5, "nNd..gv."},
    [HISTORY_ISSUE] = {"issue_manifest", 4, "nNd...v."},
    [HISTORY_DEPART] = {"depart", 3, "...rR..."},
    [HISTORY_LOAD] = {"load", 13, "...rR..."},
    [HISTORY_ACCEPT] = {"receive (accepted)", 9, ".....g.."},
    [HISTORY_REJECT] = {"receive (rejected)", 3, ".....g.."},
    [HISTORY_FEED] = {"feed", 5, ".....g.."},
    [HISTORY_NEST] = {"nest", 3, "nNd..gv."},
    [HISTORY_UNNEST] = {"unnest", 2, "nNd..gv."},
    [HISTORY_RELABEL] = {"relabel", 1, "nNd..gv."},
    [HISTORY_CONFIRM] = {"confirm_receipt", 2, ".....g.."},
    [HISTORY_CANCEL] = {"cancel_manifest", 1, "nNd....."},
    [HISTORY_AMEND] = {"amend", 3, "nNdrRgv."},
    [HISTORY_COUNTERSIGN] = {"countersign", 6, "nNd..gv."},
    [HISTORY_DISPUTE] = {"dispute", 2, "nNd..gv."},
    [HISTORY_WITHDRAW] = {"withdraw", 3, "nNdrRgv."},
    [HISTORY_ENROL] = {"enrol_key", 2, ".......b"},
    [HISTORY_REVOKE] = {"revoke_key", 1, ".......b"},
    [HISTORY_SYNC] = {"sync", 22, "nNdrRgvb"},
    [HISTORY_CARRY] = {"carry", 4, "nNdrRgvb"},
    [HISTORY_TRACE] = {"trace", 8, "nNdrRgvb"},
    [HISTORY_SHOW] = {"show", 4, "nNdrRgvb"},
    [HISTORY_PROVE] = {"prove", 4, "nNdrRgvb"},
    [HISTORY_OPEN] = {"unclosed", 3, "nNdrRgvb"},
    [HISTORY_FINDINGS] = {"findings", 3, "nNdrRgvb"},
    [HISTORY_BALANCE] = {"balance", 4, "nNd..gvb"},
    [HISTORY_REPORT] = {"report", 3, ".......b"},
    [HISTORY_OTHER] = {"asks something else", 8, "nNdrRgvb"},
    [HISTORY_FOLLOW] = {"follow", 3, "nNdrRgvb"},
    [HISTORY_CLOSE] = {"is closed", 4, "nNdrRgvb"},
    [HISTORY_DIE] = {"is killed soon", 5, "nNdrRgvb"},
    [HISTORY_CLOCK] = {"its clock steps", 2, "nNdrRgvb"},
    [HISTORY_DARK] = {"has no network", 4, "nNdrRgvb"},
    [HISTORY_WEATHER] = {"has another weather", 6, "nNdrRgvb"},
    [HISTORY_RESTART] = {"the daemon is restarted", 3, ".......b"},
    [HISTORY_KILL] = {"the daemon is killed", 3, ".......b"},
    [HISTORY_HOUSE_CLOCK] = {"the daemon's clock steps", 1, ".......b"},
};

const char *history_device_name(enum history_device device)
{
    return device_names[device];
}

const char *history_doing_name(enum history_doing doing)
{
    return kinds[doing].name;
}

static enum history_doing draw_doing(struct dice *dice)
{
    unsigned all = 0;
    for (int i = 0; i < HISTORY_DOINGS; i++)
        all += kinds[i].share;
    uint64_t at = dice_below(dice, all);
    int doing = 0;
    while (at >= kinds[doing].share)
        at -= kinds[doing++].share;
    return (enum history_doing)doing;
}

static enum history_device draw_device(struct dice *dice, const char *by)
{
    uint64_t device;
    do
        device = dice_below(dice, HISTORY_DEVICES);
    while (by[device] == '.');
    return (enum history_device)device;
}

static int64_t draw_number(struct dice *dice, enum history_doing doing)
{
    if (doing == HISTORY_DIE)
        return (int64_t)dice_between(dice, 1, 14);
    if (doing == HISTORY_CLOCK) /* hours or days */
        return (int64_t)dice_between(dice, 0, 2 * 86400) - 86400;
    if (doing == HISTORY_HOUSE_CLOCK)
        return (int64_t)dice_between(dice, 0, 2 * 7200) - 7200;
    if (doing == HISTORY_DARK)
        return (int64_t)dice_between(dice, 1, 6 * 3600);
    if (doing == HISTORY_RESTART || doing == HISTORY_KILL)
        return (int64_t)dice_between(dice, 1, 8000);
    if (doing == HISTORY_REVOKE)
        return (int64_t)dice_below(dice, BUREAU);
    return (int64_t)dice_below(dice, 1000);
}

/* Rushes, in which much happens within seconds, and hours between them. */
static int64_t draw_pause(struct dice *dice)
{
    if (dice_chance(dice, 60))
        return (int64_t)dice_below(dice, 3 * SECOND);
    if (dice_chance(dice, 75))
        return (int64_t)dice_below(dice, 600 * SECOND);
    return (int64_t)dice_below(dice, 5 * 3600 * SECOND);
}

void history_make(struct history *ret, uint64_t seed)
{
    struct dice dice;
    int64_t at_us = 0;
    dice_init(&dice, seed);
    *ret = (struct history){.seed = seed};
    ret->count = dice_between(&dice, STEPS_LEAST, HISTORY_STEPS_MAX);
    for (size_t i = 0; i < ret->count; i++) {
        struct history_step *step = &ret->steps[i];
        at_us += draw_pause(&dice);
        step->doing = draw_doing(&dice);
        step->device = draw_device(&dice, kinds[step->doing].by);
        step->bag = (uint8_t)dice_below(&dice, HISTORY_BAGS);
        step->number = draw_number(&dice, step->doing);
        step->at_us = at_us;
    }
}

void history_print(const struct history *history)
{
    size_t left = 0;
    for (size_t i = 0; i < history->count; i++)
        left += history->steps[i].is_gone ? 0 : 1;
    printf("# %zu steps of seed %llu:\n", left, (unsigned long long)history->seed);
    for (size_t i = 0; i < history->count; i++) {
        const struct history_step *step = &history->steps[i];
        int64_t s = step->at_us / SECOND;
        if (!step->is_gone)
            printf("#   %2lld d %02lld:%02lld:%02lld.%03lld  %-8s %-24s bag %u, %lld\n",
                   (long long)(s / 86400), (long long)(s / 3600 % 24), (long long)(s / 60 % 60),
                   (long long)(s % 60), (long long)(step->at_us % SECOND / 1000),
                   device_names[step->device], kinds[step->doing].name, step->bag,
                   (long long)step->number);
    }
}

/* Takes out the steps from `first` on, `count` of those that are left. False when there were none. */
static bool take_out(struct history *history, size_t first, size_t count)
{
    bool took = false;
    for (size_t i = first; i < history->count && count > 0; i++) {
        if (history->steps[i].is_gone)
            continue;
        history->steps[i].is_gone = took = true;
        count--;
    }
    return took;
}

void history_shrink(struct history *history, bool (*fails)(const struct history *history))
{
    unsigned tries = 0;
    for (size_t chunk = history->count / 2; chunk > 0; chunk /= 2) {
        for (size_t first = 0; first < history->count && tries < TRIES_MAX; first += chunk) {
            struct history smaller = *history;
            if (take_out(&smaller, first, chunk) && ++tries < TRIES_MAX && fails(&smaller))
                *history = smaller;
        }
    }
}
