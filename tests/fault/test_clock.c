/* test_clock.c: the machine's clock jumps, while the ledger runs and between two starts (TLOG 4.4 F8): order is the index and never
 * the time, recorded times rise strictly, nothing is refused for it, and whoever may ask is still asked. */
/* wrap: clock_wall_us */
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/service/access.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

#define HOUR INT64_C(3600000000)
#define YEAR (INT64_C(8766) * HOUR)

enum { BAGS = 12, JUMP_AT = 4, JUMP_BACK_AT = 8 };

static const struct jump {
    const char *text;
    int64_t by_us; /* INT64_MIN: to 1970 */
} jumps[] = {
    {"an hour ahead", HOUR},          {"an hour behind", -HOUR},    {"ten years ahead", 10 * YEAR},
    {"ten years behind", -10 * YEAR}, {"a microsecond behind", -1}, {"1970", INT64_MIN},
};

static struct desk desk;
static int64_t wall_us;

int64_t __wrap_clock_wall_us(void);
int64_t __wrap_clock_wall_us(void)
{
    return wall_us;
}

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void set_clock(int64_t now_us)
{
    desk.now_us = wall_us = now_us;
}

/* A bag, packed when it was packed, whatever the ledger's machine believes. */
static void take_bag(const char *code, int64_t true_us, uint64_t *entries, int64_t *newest_us)
{
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    struct desk_statement *statement = desk_sign_at(
        &desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, code, 900)->base, true_us, true_us);
    Custody__V1__Receipt *receipt = desk_submit(&desk, statement, NULL);
    assert_non_null(receipt);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_recorded);
    ledger_head(desk.ledger, head, &size);
    assert_int_equal(size, *entries + 1);
    assert_true(ledger_newest_us(desk.ledger) > *newest_us);
    assert_true(ledger_newest_us(desk.ledger) >= wall_us);
    assert_true(ledger_now_us(desk.ledger) >= ledger_newest_us(desk.ledger));
    *entries = size;
    *newest_us = ledger_newest_us(desk.ledger);
}

static void check_day(const struct jump *jump, bool restarts)
{
    int64_t true_us = desk.now_us, newest_us = ledger_newest_us(desk.ledger);
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t entries;
    char code[16];
    ledger_head(desk.ledger, head, &entries);
    for (int i = 0; i < BAGS; i++) {
        true_us += HOUR / 60;
        bool is_off = i >= JUMP_AT && i < JUMP_BACK_AT;
        set_clock(!is_off ? true_us : jump->by_us == INT64_MIN ? i : true_us + jump->by_us);
        if (restarts && (i == JUMP_AT || i == JUMP_BACK_AT))
            desk_reopen(&desk);
        snprintf(code, sizeof code, "B%d", i);
        take_bag(code, true_us, &entries, &newest_us);
        struct access_caller caller;
        desk_flush(&desk);
        assert_true(access_find(desk.ledger, desk.keys[DESK_NURSE].curve_key, &caller));
        assert_true(caller.party != 0);
    }
    for (int i = 0; i < BAGS; i++) {
        snprintf(code, sizeof code, "B%d", i);
        assert_non_null(strstr(desk_render_container(&desk, DESK_HOSPITAL, code), "packed"));
    }
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    struct replay_audit audit;
    char sentence[240];
    assert_int_equal(replay_audit(&desk.options, true, 1, NULL, NULL, &audit, sentence),
                     CUSTODY_OK);
    if (!audit.journal.is_sound || !audit.lookups_are_sound)
        fail_msg("%s: %s%s", jump->text, audit.journal.sentence, audit.lookups_sentence);
    assert_int_equal(audit.journal.entries, entries);
}

static void it_jumps_and_comes_back(bool restarts)
{
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        void *state = NULL;
        setup(&state);
        check_day(&jumps[i], restarts);
        teardown(&state);
    }
}

static void while_the_ledger_runs(void **state)
{
    (void)state;
    it_jumps_and_comes_back(false);
}

static void between_two_starts(void **state)
{
    (void)state;
    it_jumps_and_comes_back(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_the_ledger_runs),
        cmocka_unit_test(between_two_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
