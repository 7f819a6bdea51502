/* test_fold.c: facts are looked at in their order, and a rule is one row for one anchor and time. */
#include "daemon/domain/fold.h"
#include "tests/lib/bag.h"

static struct fold folding;

static void begin(void)
{
    memset(&folding, 0, sizeof folding);
    memset(&history, 0, sizeof history);
    folding.context = &context;
    folding.history = &history;
    fold_begin_fill(&folding);
}

static void test_facts_are_looked_at_in_order_whatever_came_first(void **state)
{
    (void)state;
    pack(9, 1);
    pack(3, 1);
    pack(6, 1);
    begin();
    fold_sort(&folding, pointers, count);
    assert_int_equal(folding.count, 3);
    assert_ptr_equal(folding.facts[0], &facts[1]);
    assert_ptr_equal(folding.facts[1], &facts[2]);
    assert_ptr_equal(folding.facts[2], &facts[0]);
}

static void test_a_rule_has_one_row_for_one_anchor_and_time(void **state)
{
    (void)state;
    struct work spare;
    const struct fact *anchor = pack(1, 1);
    const struct fact *other = pack(2, 1);
    begin();
    struct work *row =
        fold_add_row(&folding, WORK_FINDING, RULE_contested, anchor, hour(1), &spare);
    assert_ptr_equal(fold_add_row(&folding, WORK_FINDING, RULE_contested, anchor, hour(1), &spare),
                     row);
    assert_ptr_not_equal(
        fold_add_row(&folding, WORK_FINDING, RULE_contested, anchor, hour(2), &spare), row);
    assert_ptr_not_equal(
        fold_add_row(&folding, WORK_FINDING, RULE_contested, other, hour(1), &spare), row);
    assert_int_equal(history.work.count, 3);
    assert_anchor(row, anchor);
    fold_show_entry(row, anchor);
    fold_show_entry(row, anchor);
    fold_show_entry(row, NULL);
    assert_int_equal(row->entry_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_facts_are_looked_at_in_order_whatever_came_first, setup),
        cmocka_unit_test_setup(test_a_rule_has_one_row_for_one_anchor_and_time, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
