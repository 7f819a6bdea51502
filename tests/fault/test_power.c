/* test_power.c: power losses: every state that the disk may be left in opens, holds every receipt that left, and ends
 * the day as if nothing had happened (DESIGN 8, TLOG 4.4 F2).
 * The images: what was written since the last sync is kept, dropped, kept in part, torn at 512 bytes. */
/* wrap: clock_monotonic_ns */
#include <stdio.h>

#include "tests/fault/campaign.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"

enum { IMAGES = 32, ROUNDS = 20 };

static struct drill drill;
static struct drill_receipt receipts[DRILL_STATEMENTS];
static size_t receipt_count;

static void keep(void *context, const struct drill_receipt *receipt)
{
    (void)context;
    receipts[receipt_count++] = *receipt;
}

static void nothing_that_was_receipted_is_lost(void **state)
{
    (void)state;
    uint64_t wanted = campaign_wanted(IMAGES), tried = 0, compared = 0;
    struct dice dice;
    dice_init(&dice, dice_seed());
    drill_open(&drill);
    disk_write(drill.before, drill.desk.dir.path);
    disk_watch(drill.desk.dir.path, NULL, true);
    assert_true(drill_run(&drill, keep, NULL));
    disk_unwatch();
    assert_int_equal(receipt_count, DRILL_STATEMENTS);
    size_t moments = disk_moment() + 2;
    wanted = wanted == UINT64_MAX ? moments * DISK_FATES * ROUNDS : wanted;
    for (; tried < wanted; tried++) {
        enum disk_fate fate = (enum disk_fate)(tried % DISK_FATES);
        size_t moment = wanted >= moments * DISK_FATES ? tried / DISK_FATES % moments
                                                       : (size_t)dice_below(&dice, moments);
        size_t left = 0;
        while (left < receipt_count && receipts[left].moment < moment)
            left++;
        struct disk_image *image = disk_after_power_loss(drill.before, moment, fate, &dice);
        bool is_sound = drill_check_image(&drill, image, receipts, left);
        disk_free(image);
        if (!is_sound)
            fail_msg("image %llu: power lost at call %zu of %zu, fate %d, %zu receipts had left",
                     tried, moment, moments - 2, (int)fate, left);
        compared += left;
    }
    printf("# power: %lu images of %zu calls, %lu receipts compared, lost 0, counted twice 0\n",
           tried, moments - 2, compared);
    disk_forget();
    drill_close(&drill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_was_receipted_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
