/* targets.c: a list of comparisons.
 * Never measures. */
#include "tests/bench/targets.h"

#include <stdbool.h>
#include <stdio.h>

#include "tests/lib/die.h"

struct target {
    const char *what, *unit;
    enum targets_kind kind;
    double wanted, measured;
};

static struct target targets[TARGETS_MAX];
static size_t target_count;

void targets_add(
    const char *what, enum targets_kind kind, double wanted, double measured, const char *unit)
{
    if (target_count == TARGETS_MAX) {
        die("too many targets");
    }
    targets[target_count++] = (struct target){what, unit, kind, wanted, measured};
}

static bool is_met(const struct target *target)
{
    return target->kind == TARGETS_AT_LEAST ? target->measured >= target->wanted
                                            : target->measured <= target->wanted;
}

static int decimals_of(double value)
{
    return value < 100 ? 2 : 0;
}

void targets_print(void)
{
    if (target_count == 0) {
        return;
    }
    printf("\n%-62s %16s %12s\n", "targets", "wanted", "measured");
    for (size_t i = 0; i < target_count; i++) {
        const struct target *target = &targets[i];
        printf("%-62s %-8s %7.*f %12.*f %-8s %s\n", target->what,
               target->kind == TARGETS_AT_LEAST ? "at least" : "at most",
               decimals_of(target->wanted), target->wanted, decimals_of(target->measured),
               target->measured, target->unit, is_met(target) ? "met" : "missed");
    }
}

json_t *targets_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < target_count; i++) {
        const struct target *target = &targets[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:f, s:f, s:s, s:b}", "what", target->what, "kind",
                            target->kind == TARGETS_AT_LEAST ? "at_least" : "at_most", "wanted",
                            target->wanted, "measured", target->measured, "unit", target->unit,
                            "met", is_met(target)));
    }
    return list;
}
