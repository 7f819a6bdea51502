/* test_entry.c: shows that an entry has one form, and that its parts give the leaf of the whole. */

#include <custody/status.h>
#include "proto/bytes.h"
#include "proto/entry.h"
#include "proto/merkle.h"
#include "tests/lib/check.h"

enum { STATEMENT_LEN = 200 };

static const uint8_t statement_bytes[STATEMENT_LEN] = {'c', 'u', 's', [199] = 9};
static const uint8_t signature[SIGNATURE_SIZE] = {1, 2, 3, [63] = 4};

static struct entry make_entry(uint8_t outcome)
{
    return (struct entry){
        .outcome = outcome,
        .reason = outcome == CUSTODY_OUTCOME_refused ? CUSTODY_REASON_permit_missing : 0,
        .number = UINT64_C(0x0102030405060708),
        .recorded_at_us = INT64_C(1777593600000001),
        .detail =
            outcome == CUSTODY_OUTCOME_refused ? span_text("plan.receiver") : span_of(NULL, 0),
        .statement = span_of(statement_bytes, STATEMENT_LEN),
        .signature = signature,
    };
}

static void test_an_entry_comes_back_for_every_outcome(void **state)
{
    (void)state;
    for (int outcome = CUSTODY_OUTCOME_recorded; outcome <= CUSTODY_OUTCOME_held; outcome++) {
        struct entry entry = make_entry((uint8_t)outcome), back;
        uint8_t bytes[512];
        size_t len = entry_write(&entry, bytes, sizeof(bytes));
        assert_int_equal(len, ENTRY_HEAD_FIXED + entry.detail.len + STATEMENT_LEN + SIGNATURE_SIZE);
        assert_true(entry_parse(span_of(bytes, len), &back));
        assert_int_equal(back.outcome, entry.outcome);
        assert_int_equal(back.reason, entry.reason);
        assert_true(back.number == entry.number);
        assert_true(back.recorded_at_us == entry.recorded_at_us);
        assert_true(span_is_equal(back.detail, entry.detail));
        assert_true(span_is_equal(back.statement, entry.statement));
        assert_memory_equal(back.signature, signature, SIGNATURE_SIZE);
    }
}

static void test_fields_lie_where_the_layout_says(void **state)
{
    (void)state;
    struct entry entry = make_entry(CUSTODY_OUTCOME_refused);
    uint8_t bytes[512];
    assert_true(entry_write(&entry, bytes, sizeof(bytes)) > 0);
    assert_memory_equal(bytes, "\x01\x03\x01\x9B\x00\x00\x00\xC8", 8);
    assert_memory_equal(bytes + 8, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_true(bytes_get_u64(bytes + 16) == (uint64_t)entry.recorded_at_us);
    assert_memory_equal(bytes + 24, "\x0Dplan.receiver", 14);
    assert_memory_equal(bytes + 38, statement_bytes, STATEMENT_LEN);
    assert_memory_equal(bytes + 38 + STATEMENT_LEN, signature, SIGNATURE_SIZE);
}

static void test_an_entry_of_any_other_length_is_rejected(void **state)
{
    (void)state;
    struct entry entry = make_entry(CUSTODY_OUTCOME_refused), back;
    uint8_t bytes[512] = {0};
    size_t len = entry_write(&entry, bytes, sizeof(bytes));
    for (size_t other = 0; other < sizeof(bytes); other++)
        assert_int_equal(entry_parse(span_of(bytes, other), &back), other == len);
}

static void assert_rejected(size_t at, uint8_t value)
{
    struct entry entry = make_entry(CUSTODY_OUTCOME_recorded), back;
    uint8_t bytes[512];
    size_t len = entry_write(&entry, bytes, sizeof(bytes));
    bytes[at] = value;
    assert_false(entry_parse(span_of(bytes, len), &back));
}

static void test_heads_that_say_the_impossible_are_rejected(void **state)
{
    (void)state;
    assert_rejected(0, 0);
    assert_rejected(0, 2);
    assert_rejected(1, 0);
    assert_rejected(1, CUSTODY_OUTCOME_refused); /* without a reason */
    assert_rejected(1, CUSTODY_OUTCOME_turned_away);
    assert_rejected(3, 1);    /* a reason without a refusal */
    assert_rejected(4, 0xFF); /* a length beyond the bytes */
    assert_rejected(7, STATEMENT_LEN - 1);
    assert_rejected(7, STATEMENT_LEN + 1);
    assert_rejected(24, 1); /* a detail of something recorded */
    assert_rejected(24, 255);
}

static void test_what_could_not_be_read_back_is_not_written(void **state)
{
    (void)state;
    static const uint8_t long_detail[ENTRY_DETAIL_MAX + 1] = {'x'};
    uint8_t bytes[512];
    struct entry entry = make_entry(CUSTODY_OUTCOME_recorded);
    entry.detail = span_text("detail");
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes)), 0);
    entry = make_entry(CUSTODY_OUTCOME_granted);
    entry.detail = span_of(long_detail, sizeof(long_detail));
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes)), 0);
    assert_int_equal(entry_write_head(&entry, bytes), 0);
    entry.detail = span_text("a\nb");
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes)), 0);
    entry = make_entry(CUSTODY_OUTCOME_refused);
    entry.reason = 0;
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes)), 0);
    entry = make_entry(CUSTODY_OUTCOME_recorded);
    entry.statement.len = STATEMENT_HEADER_SIZE - 1;
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes)), 0);
    entry.statement.len = STATEMENT_SIZE_MAX + 1;
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes)), 0);
    entry = make_entry(CUSTODY_OUTCOME_recorded);
    assert_int_equal(entry_write(&entry, bytes, 10), 0);
}

static void test_the_largest_entry_fits_its_limit(void **state)
{
    (void)state;
    static uint8_t bytes[ENTRY_SIZE_MAX], large[STATEMENT_SIZE_MAX];
    uint8_t detail[ENTRY_DETAIL_MAX];
    struct entry entry = make_entry(CUSTODY_OUTCOME_refused), back;
    memset(detail, 'x', sizeof(detail));
    entry.detail = span_of(detail, sizeof(detail));
    entry.statement = span_of(large, sizeof(large));
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes)), ENTRY_SIZE_MAX);
    assert_true(entry_parse(span_of(bytes, sizeof(bytes)), &back));
    assert_int_equal(entry_write(&entry, bytes, sizeof(bytes) - 1), 0);
}

static void test_the_parts_give_the_leaf_of_the_whole(void **state)
{
    (void)state;
    struct entry entry = make_entry(CUSTODY_OUTCOME_refused), back;
    uint8_t bytes[512], head[ENTRY_HEAD_MAX];
    struct digest leaf;
    size_t len = entry_write(&entry, bytes, sizeof(bytes));
    size_t head_len = entry_write_head(&entry, head);
    struct digest expected = merkle_leaf(span_of(bytes, len));
    assert_true(entry_leaf_of(span_of(head, head_len), span_of(statement_bytes, STATEMENT_LEN),
                              signature, &leaf, &back));
    assert_true(digest_is_equal(&leaf, &expected));
    assert_true(back.number == entry.number);
    assert_ptr_equal(back.statement.data, statement_bytes);
}

static void test_parts_that_do_not_belong_together_have_no_leaf(void **state)
{
    (void)state;
    struct entry entry = make_entry(CUSTODY_OUTCOME_refused), back;
    uint8_t head[ENTRY_HEAD_MAX + 1] = {0};
    struct digest leaf;
    size_t len = entry_write_head(&entry, head);
    struct span statement = span_of(statement_bytes, STATEMENT_LEN);
    for (size_t other = 0; other <= len + 1; other++)
        assert_int_equal(entry_leaf_of(span_of(head, other), statement, signature, &leaf, &back),
                         other == len);
    statement.len--;
    assert_false(entry_leaf_of(span_of(head, len), statement, signature, &leaf, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_entry_comes_back_for_every_outcome),
        cmocka_unit_test(test_fields_lie_where_the_layout_says),
        cmocka_unit_test(test_an_entry_of_any_other_length_is_rejected),
        cmocka_unit_test(test_heads_that_say_the_impossible_are_rejected),
        cmocka_unit_test(test_what_could_not_be_read_back_is_not_written),
        cmocka_unit_test(test_the_largest_entry_fits_its_limit),
        cmocka_unit_test(test_the_parts_give_the_leaf_of_the_whole),
        cmocka_unit_test(test_parts_that_do_not_belong_together_have_no_leaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
