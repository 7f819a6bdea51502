/* test_casefile.c: what is said of a finding, and who settles it. */
#include <stdio.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/domain/casefile.h"
#include "tests/lib/check.h"

enum { BUREAU = 1, HOSPITAL = 2, OTHER_BUREAU = 3 };

static struct casefile_saying saying(uint64_t entry, uint8_t act, uint32_t party, uint32_t division)
{
    return (struct casefile_saying){.entry = entry,
                                    .effective_us = (int64_t)entry * 1000,
                                    .key = party,
                                    .key_sequence = entry,
                                    .party = party,
                                    .division = division,
                                    .act = act,
                                    .is_regulator = party != HOSPITAL};
}

static void test_an_id_is_the_start_of_a_digest_that_anyone_can_make(void **state)
{
    (void)state;
    struct digest digest, other;
    char id[CASEFILE_ID_DIGITS + 1];
    uint8_t key[PUBLIC_KEY_SIZE];
    memset(key, 0xab, sizeof key);
    const struct span subject = span_text("uscc:125404000000000020/B1");
    assert_true(casefile_digest(1, subject, span_of(key, sizeof key), 7, &digest));
    casefile_write_id(&digest, id);
    /* printf 'custody-finding\n1\nuscc:125404000000000020/B1\n%s\n7\n' abab... | sha256sum */
    static const char head[] = "custody-finding\n1\nuscc:125404000000000020/B1\n";
    char text[200];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", head);
    for (int i = 0; i < 32; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "ab");
    snprintf(text + len, sizeof text - len, "\n7\n");
    struct digest expected = digest_sha256(span_text(text));
    assert_memory_equal(digest.bytes, expected.bytes, sizeof expected.bytes);
    assert_int_equal(strlen(id), 12);
    assert_true(casefile_digest(1, subject, span_of(key, sizeof key), 8, &other));
    assert_false(digest_is_equal(&digest, &other));
    assert_true(casefile_digest(1, subject, span_text(NULL), 8, &other));
    assert_true(casefile_digest(1, subject, span_text(NULL), 9, &digest));
    assert_true(digest_is_equal(&digest, &other));
    assert_false(casefile_digest(1, subject, span_of(key, 31), 7, &digest));
}

/* DESIGN 4: nobody settles their own. */
static void test_only_a_regulator_of_the_place_who_is_not_the_party_settles(void **state)
{
    (void)state;
    static const struct {
        uint32_t party, division, of_party;
        enum casefile_state expected;
    } cases[] = {
        {BUREAU, 540400, HOSPITAL, CASEFILE_SETTLED},
        {BUREAU, 540423, HOSPITAL, CASEFILE_SETTLED},
        {BUREAU, 540400, BUREAU, CASEFILE_OPEN},
        {HOSPITAL, 540423, HOSPITAL, CASEFILE_OPEN},
        {HOSPITAL, 540423, 9, CASEFILE_OPEN},
        {OTHER_BUREAU, 630000, HOSPITAL, CASEFILE_OPEN},
        {BUREAU, 540400, 0, CASEFILE_SETTLED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct casefile file = {.rule = 1};
        const struct casefile_saying *by;
        const struct casefile_saying said =
            saying(5, CUSTODY__V1__ACT__ACT_SETTLE, cases[i].party, cases[i].division);
        assert_true(casefile_add(&file, &said));
        assert_int_equal(casefile_state_of(&file, cases[i].of_party, 540423, &by),
                         cases[i].expected);
        assert_true((by != NULL) == (cases[i].expected == CASEFILE_SETTLED));
    }
}

static void test_the_order_of_arrival_makes_no_difference(void **state)
{
    (void)state;
    const struct casefile_saying all[] = {
        saying(3, CUSTODY__V1__ACT__ACT_EXPLAIN, HOSPITAL, 540423),
        saying(5, CUSTODY__V1__ACT__ACT_INSPECT, BUREAU, 540400),
        saying(9, CUSTODY__V1__ACT__ACT_SETTLE, BUREAU, 540400),
    };
    static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    uint8_t first[CASEFILE_RECORD_MAX] = {0}, again[CASEFILE_RECORD_MAX] = {0};
    size_t len = 0;
    for (size_t i = 0; i < 6; i++) {
        struct casefile file = {.rule = 1}, back;
        for (size_t k = 0; k < 3; k++)
            assert_true(casefile_add(&file, &all[orders[i][k]]));
        assert_false(casefile_add(&file, &all[0]));
        size_t now = casefile_write(&file, i == 0 ? first : again, sizeof first);
        assert_true(i == 0 || (now == len && memcmp(first, again, len) == 0));
        len = now;
        assert_true(casefile_parse(span_of(first, len), &back));
        assert_int_equal(casefile_state_of(&back, HOSPITAL, 540423, NULL), CASEFILE_SETTLED);
        assert_true(casefile_is_inspected(&back));
    }
    for (size_t cut = 0; cut < len; cut++) {
        struct casefile back;
        assert_false(casefile_parse(span_of(first, cut), &back));
    }
}

static void
test_a_word_that_is_held_or_withdrawn_has_no_effect_and_the_case_opens_again(void **state)
{
    (void)state;
    struct casefile file = {.rule = 1};
    struct casefile_saying settled = saying(9, CUSTODY__V1__ACT__ACT_SETTLE, BUREAU, 540400);
    const struct casefile_saying explained =
        saying(3, CUSTODY__V1__ACT__ACT_EXPLAIN, HOSPITAL, 540423);
    settled.is_held = true;
    casefile_add(&file, &explained);
    casefile_add(&file, &settled);
    assert_int_equal(casefile_state_of(&file, HOSPITAL, 540423, NULL), CASEFILE_EXPLAINED);
    assert_false(casefile_is_reopened(&file, HOSPITAL, 540423));
    settled.is_held = false;
    assert_true(casefile_add(&file, &settled));
    assert_int_equal(casefile_state_of(&file, HOSPITAL, 540423, NULL), CASEFILE_SETTLED);
    casefile_find(&file, BUREAU, 9)->is_withdrawn = true;
    assert_int_equal(casefile_state_of(&file, HOSPITAL, 540423, NULL), CASEFILE_EXPLAINED);
    assert_true(casefile_is_reopened(&file, HOSPITAL, 540423));
    assert_null(casefile_find(&file, BUREAU, 8));
}

static void test_what_does_not_fit_is_counted(void **state)
{
    (void)state;
    struct casefile file = {.rule = 1}, back;
    static uint8_t bytes[CASEFILE_RECORD_MAX];
    for (uint64_t i = 0; i < CASEFILE_SAYINGS_MAX + 3; i++) {
        struct casefile_saying said = saying(i, CUSTODY__V1__ACT__ACT_EXPLAIN, HOSPITAL, 540423);
        memset(said.order, 'x', CASEFILE_ORDER_MAX);
        assert_true(casefile_add(&file, &said));
    }
    assert_int_equal(file.count, CASEFILE_SAYINGS_MAX);
    assert_int_equal(file.not_kept, 3);
    size_t len = casefile_write(&file, bytes, sizeof bytes);
    assert_true(len > 0 && casefile_parse(span_of(bytes, len), &back));
    assert_int_equal(back.not_kept, 3);
    assert_int_equal(casefile_write(&file, bytes, 100), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_id_is_the_start_of_a_digest_that_anyone_can_make),
        cmocka_unit_test(test_only_a_regulator_of_the_place_who_is_not_the_party_settles),
        cmocka_unit_test(test_the_order_of_arrival_makes_no_difference),
        cmocka_unit_test(
            test_a_word_that_is_held_or_withdrawn_has_no_effect_and_the_case_opens_again),
        cmocka_unit_test(test_what_does_not_fit_is_counted),
    };
    if (!digest_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
