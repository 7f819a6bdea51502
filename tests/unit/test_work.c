/* test_work.c: shows that rows keep their place and order as bytes, and what changes between two sets of them. */
#include <string.h>

#include "daemon/domain/work.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct work row_of(struct dice *dice)
{
    struct work row = {
        .kind = (uint8_t)dice_between(dice, WORK_MANIFEST, WORK_SETTLED),
        .subject_kind = (uint8_t)dice_between(dice, SUBJECT_PARTY, SUBJECT_SERIAL),
        .rule = (uint16_t)dice_throw(dice),
        .division = (uint32_t)dice_throw(dice),
        .due_us = (int64_t)dice_throw(dice),
        .subject = dice_throw(dice),
        .anchor_key = (uint32_t)dice_throw(dice),
        .anchor_sequence = dice_throw(dice),
        .notice_us = (int64_t)dice_throw(dice),
        .party = (uint32_t)dice_throw(dice),
        .profile = (uint32_t)dice_throw(dice),
        .vehicle = (uint32_t)dice_throw(dice),
        .state = (uint8_t)dice_throw(dice),
        .hazard = (uint8_t)dice_throw(dice),
        .mass_g = dice_throw(dice),
        .since_us = (int64_t)dice_throw(dice),
        .met_us = (int64_t)dice_throw(dice),
        .generator = (uint32_t)dice_below(dice, 3),
        .receiver = (uint32_t)dice_throw(dice),
        .carriers = {(uint32_t)dice_throw(dice), (uint32_t)dice_below(dice, 3), 0},
        .crossing = {(uint32_t)dice_below(dice, 3), (uint32_t)dice_throw(dice), 0},
        .sectors = {(uint32_t)dice_throw(dice), (uint32_t)dice_below(dice, 3)},
        .is_unreported = dice_chance(dice, 50),
        .is_provisional = dice_chance(dice, 50),
        .entry_count = (uint32_t)dice_below(dice, WORK_ENTRIES_MAX + 1),
    };
    for (uint32_t i = 0; i < row.entry_count; i++) {
        row.entries[i] = dice_throw(dice);
    }
    return row;
}

static void assert_same_row(const struct work *a, const struct work *b)
{
    uint8_t a_key[WORK_KEY_BYTES];
    uint8_t b_key[WORK_KEY_BYTES];
    uint8_t a_value[WORK_VALUE_MAX];
    uint8_t b_value[WORK_VALUE_MAX];
    work_write_key(a, a_key);
    work_write_key(b, b_key);
    size_t len = work_write_value(a, a_value);
    assert_memory_equal(a_key, b_key, sizeof a_key);
    assert_int_equal(len, work_write_value(b, b_value));
    assert_memory_equal(a_value, b_value, len);
    assert_true(a->due_us == b->due_us && a->notice_us == b->notice_us && a->party == b->party);
    assert_true(a->is_provisional == b->is_provisional && a->entry_count == b->entry_count);
    assert_memory_equal(a->entries, b->entries, a->entry_count * sizeof a->entries[0]);
}

static void test_a_row_comes_back_as_it_was(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 1);
    for (int i = 0; i < 2000; i++) {
        struct work row = row_of(&dice);
        struct work back;
        uint8_t key[WORK_KEY_BYTES];
        uint8_t value[WORK_VALUE_MAX];
        work_write_key(&row, key);
        size_t len = work_write_value(&row, value);
        assert_true(len > 0 && len <= WORK_VALUE_MAX);
        assert_true(work_parse(span_of(key, sizeof key), span_of(value, len), &back));
        assert_same_row(&row, &back);
    }
}

static void test_a_shortened_or_lengthened_row_is_damage(void **state)
{
    (void)state;
    struct dice dice;
    struct work back;
    uint8_t key[WORK_KEY_BYTES + 1] = {0};
    uint8_t value[WORK_VALUE_MAX + 1] = {0};
    dice_init(&dice, 2);
    struct work row = row_of(&dice);
    work_write_key(&row, key);
    size_t len = work_write_value(&row, value);
    for (size_t i = 0; i < sizeof key; i++) {
        assert_int_equal(work_parse(span_of(key, i), span_of(value, len), &back),
                         i == WORK_KEY_BYTES);
    }
    for (size_t i = 0; i <= len + 1; i++) {
        assert_int_equal(work_parse(span_of(key, WORK_KEY_BYTES), span_of(value, i), &back),
                         i == len);
    }
    value[0] = 4;
    assert_false(work_parse(span_of(key, WORK_KEY_BYTES), span_of(value, len), &back));
}

/* A prefix of an industry's code is a range of places, and no other code lies in it. */
static void test_an_industry_is_a_range(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *sector;
        bool is_in;
    } cases[] = {{"Q84", "Q8423", true},   {"Q84", "Q84", true},  {"Q84", "Q85", false},
                 {"Q84", "Q8", false},     {"Q", "Q8423", true},  {"Q", "R1", false},
                 {"Q8423", "Q8423", true}, {"N", "M9999", false}, {"Q84", "", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t first, last, at = work_sector(cases[i].sector);
        work_sector_range(cases[i].prefix, &first, &last);
        assert_int_equal(at >= first && at <= last, cases[i].is_in);
    }
    assert_int_equal(work_sector(""), 0);
    struct work row = {.kind = WORK_FINDING, .sectors = {work_sector("Q8423")}};
    struct work back;
    uint8_t key[WORK_KEY_BYTES], value[WORK_VALUE_MAX];
    size_t len = work_write_value(&row, value);
    work_write_sector_key(&row, work_sector("Q8421"), key);
    assert_true(work_parse(span_of(key, sizeof key), span_of(value, len), &back));
    work_write_sector_key(&row, work_sector("Q85"), key);
    assert_false(work_parse(span_of(key, sizeof key), span_of(value, len), &back));
}

static int sign(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static void test_keys_sort_by_division_then_by_urgency(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_C(1777593600000000), INT64_MAX};
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < 6; k++) {
            struct work a = {.division = 540421, .due_us = times[i], .subject = 9};
            struct work b = {.division = 540421, .due_us = times[k], .subject = 9};
            uint8_t a_key[WORK_KEY_BYTES];
            uint8_t b_key[WORK_KEY_BYTES];
            work_write_key(&a, a_key);
            work_write_key(&b, b_key);
            int order = memcmp(a_key, b_key, sizeof a_key);
            assert_int_equal(sign(order, 0), sign(times[i], times[k]));
            b.division = 540422;
            work_write_key(&b, b_key);
            assert_true(memcmp(a_key, b_key, sizeof a_key) < 0);
        }
    }
}

static void test_of_the_equally_urgent_the_hazardous_and_then_the_heavy_come_first(void **state)
{
    (void)state;
    const struct work epidemic = {.kind = WORK_OBLIGATION, .due_us = 5, .hazard = 3, .mass_g = 1};
    const struct work heavy = {.kind = WORK_OBLIGATION, .due_us = 5, .hazard = 2, .mass_g = 900};
    const struct work light = {.kind = WORK_OBLIGATION, .due_us = 5, .hazard = 2, .mass_g = 800};
    const struct work later = {.kind = WORK_OBLIGATION, .due_us = 6, .hazard = 3, .mass_g = 999};
    const struct work *const order[] = {&epidemic, &heavy, &light, &later};
    for (size_t i = 0; i + 1 < 4; i++) {
        uint8_t a[WORK_KEY_BYTES], b[WORK_KEY_BYTES], start[WORK_KEY_BYTES];
        work_write_key(order[i], a);
        work_write_key(order[i + 1], b);
        assert_true(memcmp(a, b, sizeof a) < 0);
        assert_true(work_compare(order[i], order[i + 1]) < 0);
        assert_true(work_compare(order[i + 1], order[i]) > 0);
        work_write_start(WORK_OBLIGATION, 0, order[i]->due_us, start);
        assert_true(memcmp(start, a, sizeof a) <= 0);
    }
    assert_int_equal(work_compare(&heavy, &heavy), 0);
}

static void test_a_row_stands_once_under_each_party_that_it_concerns(void **state)
{
    (void)state;
    const struct work row = {.kind = WORK_MANIFEST,
                             .division = 540423,
                             .due_us = 7,
                             .party = 4,
                             .generator = 2,
                             .receiver = 9,
                             .carriers = {4, 5, 0}};
    uint32_t parties[WORK_PARTIES_MAX];
    uint8_t key[WORK_KEY_BYTES], value[WORK_VALUE_MAX];
    assert_int_equal(work_parties(&row, parties), 4);
    size_t len = work_write_value(&row, value);
    for (uint32_t party = 0; party < 12; party++) {
        struct work back;
        bool concerns = party == 2 || party == 4 || party == 5 || party == 9;
        assert_true(work_concerns(&row, party) == concerns);
        work_write_party_key(&row, party, key);
        assert_true(work_parse(span_of(key, sizeof key), span_of(value, len), &back) == concerns);
        if (concerns)
            assert_same_row(&row, &back);
    }
}

static void test_a_full_set_counts_what_it_drops(void **state)
{
    (void)state;
    static struct work_set set;
    for (int i = 0; i < WORK_SET_MAX; i++) {
        struct work *row = work_add(&set);
        assert_non_null(row);
        assert_int_equal(row->subject, 0);
        row->subject = 7;
    }
    assert_null(work_add(&set));
    assert_null(work_add(&set));
    assert_int_equal(set.count, WORK_SET_MAX);
    assert_int_equal(set.dropped, 2);
    /* A row comes zeroed also where another stood. */
    set.count = 3;
    assert_int_equal(work_add(&set)->subject, 0);
}

struct changes {
    uint32_t added, removed;
    uint64_t last;
    uint32_t stop_at;
};

static bool note_change(void *context, const struct work *row, bool added)
{
    struct changes *changes = context;
    changes->last = row->subject;
    added ? changes->added++ : changes->removed++;
    return changes->stop_at == 0 || changes->added + changes->removed < changes->stop_at;
}

static void fill_set(struct work_set *set, uint64_t first, uint64_t last)
{
    memset(set, 0, sizeof *set);
    for (uint64_t subject = first; subject <= last; subject++) {
        work_add(set)->subject = subject;
    }
}

static void test_equal_sets_have_no_difference(void **state)
{
    (void)state;
    static struct work_set before;
    static struct work_set after;
    struct changes changes = {0};
    fill_set(&before, 1, 5);
    fill_set(&after, 1, 5);
    after.rows[0] = before.rows[4];
    after.rows[4] = before.rows[0];
    assert_true(work_difference(&before, &after, note_change, &changes));
    assert_int_equal(changes.added + changes.removed, 0);
}

static void test_a_difference_is_what_goes_and_what_comes(void **state)
{
    (void)state;
    static struct work_set before;
    static struct work_set after;
    struct changes changes = {0};
    fill_set(&before, 1, 5);
    fill_set(&after, 4, 7);
    assert_true(work_difference(&before, &after, note_change, &changes));
    assert_int_equal(changes.removed, 3);
    assert_int_equal(changes.added, 2);
    assert_int_equal(changes.last, 7);
}

static void test_a_row_told_differently_is_added_again(void **state)
{
    (void)state;
    static struct work_set before;
    static struct work_set after;
    struct changes changes = {0};
    fill_set(&before, 1, 6);
    fill_set(&after, 1, 6);
    after.rows[0].party = 9;
    after.rows[1].is_provisional = true;
    after.rows[2].notice_us = 5;
    after.rows[3].entry_count = 1;
    before.rows[4].entry_count = 1;
    after.rows[4].entry_count = 1;
    after.rows[4].entries[0] = 77;
    assert_true(work_difference(&before, &after, note_change, &changes));
    /* What stood under another party must go from there. */
    assert_int_equal(changes.added, 5);
    assert_int_equal(changes.removed, 5);
}

static void test_every_part_of_the_place_makes_another_row(void **state)
{
    (void)state;
    static struct work_set before;
    static struct work_set after;
    for (int part = 0; part < 10; part++) {
        struct changes changes = {0};
        fill_set(&before, 1, 1);
        fill_set(&after, 1, 1);
        struct work *row = &after.rows[0];
        row->kind = part == 0 ? 3 : row->kind;
        row->subject_kind = part == 1 ? 3 : row->subject_kind;
        row->rule = part == 2 ? 3 : row->rule;
        row->division = part == 3 ? 3 : row->division;
        row->due_us = part == 4 ? 3 : row->due_us;
        row->subject = part == 5 ? 3 : row->subject;
        row->anchor_key = part == 6 ? 3 : row->anchor_key;
        row->anchor_sequence = part == 7 ? 3 : row->anchor_sequence;
        row->hazard = part == 8 ? 3 : row->hazard;
        row->mass_g = part == 9 ? 3 : row->mass_g;
        assert_true(work_difference(&before, &after, note_change, &changes));
        assert_int_equal(changes.added, 1);
        assert_int_equal(changes.removed, 1);
    }
}

static void test_the_caller_can_stop(void **state)
{
    (void)state;
    static struct work_set before;
    static struct work_set after;
    for (uint32_t stop = 1; stop <= 5; stop++) {
        struct changes changes = {.stop_at = stop};
        fill_set(&before, 1, 3);
        fill_set(&after, 4, 5);
        assert_false(work_difference(&before, &after, note_change, &changes));
        assert_int_equal(changes.added + changes.removed, stop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_comes_back_as_it_was),
        cmocka_unit_test(test_a_shortened_or_lengthened_row_is_damage),
        cmocka_unit_test(test_an_industry_is_a_range),
        cmocka_unit_test(test_keys_sort_by_division_then_by_urgency),
        cmocka_unit_test(test_of_the_equally_urgent_the_hazardous_and_then_the_heavy_come_first),
        cmocka_unit_test(test_a_row_stands_once_under_each_party_that_it_concerns),
        cmocka_unit_test(test_a_full_set_counts_what_it_drops),
        cmocka_unit_test(test_equal_sets_have_no_difference),
        cmocka_unit_test(test_a_difference_is_what_goes_and_what_comes),
        cmocka_unit_test(test_a_row_told_differently_is_added_again),
        cmocka_unit_test(test_every_part_of_the_place_makes_another_row),
        cmocka_unit_test(test_the_caller_can_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
