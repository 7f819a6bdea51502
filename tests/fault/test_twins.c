/* test_twins.c: yesterday's files put back, parts of several days in one folder, and two ledgers that were one (DESIGN 8, TLOG 4.4 F7, F12):
 * what is older than the checkpoint that was published is refused; what is not is whole again; two histories are never taken for
 * one. */
/* wrap: clock_monotonic_ns */
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/ledger/audit.h"
#include "tests/fault/campaign.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"

enum { MIXTURES = 12, LOOKS = 100000 };

/* The whole folder as a running ledger left it whenever receipts had gone, and how many they were. */
struct moment {
    struct disk_image *image;
    size_t receipts;
    uint64_t size, marked; /* of the journal; of the checkpoint that was published */
};

static struct drill drill;
static struct dice dice;
static struct moment moments[DRILL_BATCHES_MAX + 1];
static size_t moment_count;
static struct drill_receipt receipts[DRILL_STATEMENTS];
static size_t receipt_count;

static uint64_t size_in(const struct disk_image *image)
{
    struct checkpoint mark;
    struct span note = disk_bytes(image, "mark");
    return note.len > 0 && checkpoint_parse(note, &mark) ? mark.size : 0;
}

/* Called for each receipt; the batch's last picture stays. */
static void remember(void *context, const struct drill_receipt *receipt)
{
    (void)context;
    bool is_same_batch = receipt_count > 0 && drill.batch[receipts[receipt_count - 1].statement] ==
                                                  drill.batch[receipt->statement];
    receipts[receipt_count++] = *receipt;
    if (is_same_batch)
        disk_free(moments[--moment_count].image);
    struct disk_image *image = disk_read(drill.desk.dir.path);
    moments[moment_count++] =
        (struct moment){image, receipt_count, drill.entries_before + receipt_count, size_in(image)};
}

static int setup(void **state)
{
    (void)state;
    dice_init(&dice, dice_seed());
    drill_open(&drill);
    disk_write(drill.before, drill.desk.dir.path);
    assert_true(drill_run(&drill, remember, NULL));
    assert_true(moment_count >= 6);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < moment_count; i++)
        disk_free(moments[i].image);
    drill_close(&drill);
    return 0;
}

static enum custody_status try_to_open(char ret_sentence[static 240])
{
    struct ledger *ledger = NULL;
    enum custody_status status =
        ledger_open(&drill.desk.options, NULL, NULL, ret_sentence, &ledger);
    ledger_close(ledger);
    return status;
}

/* A folder of several days: the names' beginnings that come from each. */
static struct disk_image *mix(size_t journal, size_t lookups, size_t annex, size_t mark)
{
    const struct {
        const char *prefix;
        size_t from;
    } parts[] = {{"data/journal/", journal},
                 {"data/lookups", lookups},
                 {"data/annex/", annex},
                 {"mark", mark}};
    disk_write(moments[journal].image, drill.desk.dir.path);
    struct disk_image *image = disk_read(drill.desk.dir.path);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        disk_take(image, moments[parts[i].from].image, parts[i].prefix);
    return image;
}

struct tally {
    uint64_t refused, whole, compared;
};

static void
try_mixture(size_t journal, size_t lookups, size_t annex, size_t mark, struct tally *tally)
{
    char sentence[240];
    struct disk_image *image = mix(journal, lookups, annex, mark);
    if (moments[mark].marked > moments[journal].size) {
        disk_write(image, drill.desk.dir.path);
        assert_int_equal(try_to_open(sentence), CUSTODY_ERR_ROLLBACK);
        assert_non_null(strstr(sentence, "restore"));
        tally->refused++;
    } else {
        if (!drill_check_image(&drill, image, receipts, moments[journal].receipts))
            fail_msg("journal of moment %zu, look-ups %zu, annex %zu, checkpoint %zu", journal,
                     lookups, annex, mark);
        tally->whole++;
        tally->compared += moments[journal].receipts;
    }
    disk_free(image);
}

static void report(const char *what, const struct tally *tally)
{
    printf("# %s: %lu refused as rolled back, %lu opened, %lu receipts compared, lost 0, counted "
           "twice 0\n",
           what, (unsigned long)tally->refused, (unsigned long)tally->whole,
           (unsigned long)tally->compared);
    assert_true(tally->refused > 0 && tally->whole > 0);
}

/* The data folder of any moment under the checkpoint of any other. */
static void yesterdays_folder_is_refused(void **state)
{
    (void)state;
    struct tally tally = {0};
    uint64_t all = moment_count * moment_count, wanted = campaign_wanted(MIXTURES);
    wanted = wanted < 2 ? 2 : wanted;
    for (uint64_t tried = 0; tried < wanted && tried < all; tried++) {
        /* The first has the oldest data under the newest checkpoint, the second the other way round. */
        uint64_t pair = wanted >= all ? tried
                        : tried == 0  ? moment_count - 1
                        : tried == 1  ? all - moment_count
                                      : dice_below(&dice, all);
        size_t data = pair / moment_count;
        try_mixture(data, data, data, pair % moment_count, &tally);
    }
    report("yesterday's folder", &tally);
}

/* Somebody put back one part of the ledger and left the others. */
static void parts_of_several_days(void **state)
{
    (void)state;
    struct tally tally = {0};
    uint64_t wanted = campaign_wanted(MIXTURES);
    wanted = wanted == UINT64_MAX ? 2000 : wanted;
    size_t newest = moment_count - 1;
    try_mixture(0, newest, newest, newest, &tally);
    try_mixture(newest, 0, 0, 0, &tally);
    for (uint64_t tried = 2; tried < wanted; tried++)
        try_mixture(dice_below(&dice, moment_count), dice_below(&dice, moment_count),
                    dice_below(&dice, moment_count), dice_below(&dice, moment_count), &tally);
    report("parts of several days", &tally);
}

/* ---- twins ---- */

static void forget(void *context, const struct drill_receipt *receipt)
{
    (void)context;
    (void)receipt;
}

/* Is every head of the day that left one of the ledger in the folder? */
static bool knows_the_heads(char ret_sentence[static 240])
{
    struct journal *journal;
    struct span notes[DRILL_STATEMENTS];
    struct audit_report found = {0};
    struct ledger_keys keys;
    char path[600];
    for (size_t i = 0; i < receipt_count; i++)
        notes[i] = span_of(receipts[i].checkpoint, receipts[i].checkpoint_len);
    assert_int_equal(ledger_keys_read(drill.desk.key_file, &keys), CUSTODY_OK);
    const struct audit_options options = {.origin = keys.origin,
                                          .ledger_key = keys.public_key,
                                          .published = notes,
                                          .published_count = receipt_count};
    snprintf(path, sizeof path, "%s/journal", drill.desk.data);
    assert_int_equal(journal_open(path, STORE_READ_ONLY, drill.desk.options.map_size, &journal),
                     CUSTODY_OK);
    assert_int_equal(audit_run(journal, &options, &found), CUSTODY_OK);
    journal_close(journal);
    ledger_keys_done(&keys);
    snprintf(ret_sentence, 240, "%s", found.sentence);
    return found.is_sound;
}

/* A copy of the machine at any moment lives on by itself and is told the rest of the day in another order: it has as many
 * entries in the end, and other ones. */
static void a_twin_is_never_taken_for_the_ledger(void **state)
{
    (void)state;
    char sentence[240];
    uint64_t refused = 0, told_apart = 0;
    for (size_t i = 0; i + 1 < moment_count; i++) {
        uint32_t *batch = drill.batch;
        uint32_t kept[DRILL_STATEMENTS];
        disk_write(moments[i].image, drill.desk.dir.path);
        /* One batch of all that is left: other times and other heads. */
        memcpy(kept, batch, sizeof kept);
        drill.desk.now_us += DESK_HOUR;
        for (size_t n = moments[i].receipts; n < DRILL_STATEMENTS; n++)
            batch[n] = UINT32_MAX;
        assert_true(drill_run(&drill, forget, NULL));
        memcpy(batch, kept, sizeof kept);
        drill.desk.now_us -= DESK_HOUR;
        assert_int_equal(try_to_open(sentence), CUSTODY_OK);
        assert_false(knows_the_heads(sentence));
        told_apart++;
        /* Its own checkpoint file says nothing; the one that the ledger keeps elsewhere does. */
        struct disk_image *twin = disk_read(drill.desk.dir.path);
        disk_take(twin, moments[moment_count - 1].image, "mark");
        if (moments[moment_count - 1].marked > moments[i].size) {
            disk_write(twin, drill.desk.dir.path);
            assert_int_equal(try_to_open(sentence), CUSTODY_ERR_ROLLBACK);
            refused++;
        }
        disk_free(twin);
    }
    assert_true(refused > 3);
    printf("# twins: %lu told apart by the heads that clients hold, %lu refused under the ledger's "
           "checkpoint; lost 0\n",
           (unsigned long)told_apart, (unsigned long)refused);
}

/* Two daemons on two copies that keep their checkpoint in one place: whoever comes second goes, and leaves the other's head there. */
static void the_second_of_two_goes(void **state)
{
    (void)state;
    char twin[600], sentence[240];
    struct disk_image *image;
    struct ledger *first = NULL, *second = NULL;
    struct ledger_options options = drill.desk.options;
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    disk_write(moments[2].image, drill.desk.dir.path);
    tempdir_path(&drill.desk.dir, "twin", twin, sizeof twin);
    assert_int_equal(mkdir(twin, 0700), 0);
    image = disk_read(drill.desk.data);
    disk_write(image, twin);
    disk_free(image);
    options.data = twin;
    assert_int_equal(ledger_open(&drill.desk.options, NULL, NULL, sentence, &first), CUSTODY_OK);
    assert_int_equal(ledger_open(&options, NULL, NULL, sentence, &second), CUSTODY_OK);
    drill.desk.ledger = first;
    drill_resend(&drill, forget, NULL);
    size_t len = ledger_head(first, head, &size);
    ledger_close(first);
    drill.desk.ledger = second;
    drill.desk.now_us += DESK_HOUR;
    drill_resend(&drill, forget, NULL);
    drill.desk.now_us -= DESK_HOUR;
    for (int i = 0; i < LOOKS && !ledger_must_leave(second); i++)
        submit_rest(second, true);
    assert_true(ledger_must_leave(second));
    ledger_close(second);
    drill.desk.ledger = NULL;
    image = disk_read(drill.desk.dir.path);
    assert_true(span_is_equal(disk_bytes(image, "mark"), span_of(head, len)));
    disk_free(image);
    assert_int_equal(ledger_open(&options, NULL, NULL, sentence, &second), CUSTODY_ERR_ROLLBACK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yesterdays_folder_is_refused),
        cmocka_unit_test(parts_of_several_days),
        cmocka_unit_test(a_twin_is_never_taken_for_the_ledger),
        cmocka_unit_test(the_second_of_two_goes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
