/* container.c: folds the facts about one container into its custody, sums and open work; and its record.
 * Never refuses a fact, never reads anything but its arguments.
 *
 * Passes over the facts in order: who held it and where it went (walk.c, no mass is looked at); which corrections are in
 * force (correct.c); what it weighed (weigh.c); what else was told of it (describe.c). Then the rows that hang on how it
 * ended (owed.c). */
#include "daemon/domain/container.h"

#include "daemon/domain/fold.h"

void container_fold(const struct container_context *context,
                    const struct fact *const *facts,
                    size_t count,
                    struct container_history *ret)
{
    struct fold fold = {.context = context, .history = ret};
    fold_sort(&fold, facts, count);
    correct_swaps(&fold);
    walk_custody(&fold);
    correct_withdrawals(&fold);
    fold_settle_profiles(&fold);
    correct_judge(&fold);
    weigh_masses(&fold);
    weigh_steps(&fold);
    weigh_sums(&fold);
    describe_fills(&fold);
    owed_add(&fold);
    fold_tell_rows(&fold);
}
