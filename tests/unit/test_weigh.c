/* test_weigh.c: what a container weighed, and when a weight differs too much. */
#include "tests/lib/bag.h"

static void test_a_weighed_receipt_that_differs_is_found(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 6001;
    received->mass_source = WEIGHED;
    fold();
    const struct work *row = finding(RULE_mass_differs);
    assert_anchor(row, received);
    assert_int_equal(row->party, CLINIC);
    assert_true(shows(row, packed) && shows(row, received));
    received->mass_g = 6000;
    fold();
    assert_no_findings();
    received->mass_g = 9000;
    received->mass_source = TYPED;
    fold();
    assert_no_findings();
}

static void test_without_a_declared_mass_nothing_can_differ(void **state)
{
    (void)state;
    pack(0, FACT_NO_MASS);
    load(1, TO_PLANT);
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 9000;
    received->mass_source = WEIGHED;
    assert_true(fold()->mass_g == 9000);
    assert_no_findings();
}

static void test_the_newest_declared_mass_is_compared(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT)->mass_g = 9000;
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 9100;
    received->mass_source = WEIGHED;
    fold();
    assert_no_findings();
}

/* Transfer Measures art. 13: label and load agree. */
static void test_a_weighed_load_that_differs_from_its_label_is_found(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    loaded->mass_g = 9000;
    loaded->mass_source = WEIGHED;
    fold();
    const struct work *row = finding(RULE_load_mass_differs);
    assert_anchor(row, loaded);
    assert_int_equal(row->party, CLINIC);
    assert_true(shows(row, packed));
    assert_null(finding(RULE_mass_differs));
    loaded->mass_source = TYPED;
    fold();
    assert_null(finding(RULE_load_mass_differs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_weighed_receipt_that_differs_is_found, setup),
        cmocka_unit_test_setup(test_without_a_declared_mass_nothing_can_differ, setup),
        cmocka_unit_test_setup(test_the_newest_declared_mass_is_compared, setup),
        cmocka_unit_test_setup(test_a_weighed_load_that_differs_from_its_label_is_found, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
