/* test_edition.c: shows what an edition keeps, whom it serves, and which are refused: every check of set_profile. */
#include <stdio.h>

#include <custody/status.h>
#include "daemon/domain/edition.h"
#include "tests/lib/check.h"

static const char text[] = "[profile]\nname = cn-test\nfamily = medical\nedition = 3\n";

static struct edition sample(void)
{
    struct edition edition = {.name = "cn-test",
                              .edition = 3,
                              .entry = 77,
                              .from_us = -5,
                              .digest = digest_sha256(span_text(text)),
                              .is_epidemic = true,
                              .pattern_count = 2,
                              .patterns = {"HW01", "841-*"},
                              .division_count = 2,
                              .divisions = {540000, 540402},
                              .text = span_text(text)};
    return edition;
}

static void test_a_record_gives_back_what_it_was_made_of(void **state)
{
    (void)state;
    static uint8_t bytes[EDITION_RECORD_MAX];
    struct edition edition = sample(), read;
    size_t len = edition_write(&edition, bytes, sizeof bytes);
    assert_true(len > 0);
    assert_true(edition_parse(span_of(bytes, len), &read));
    assert_string_equal(read.name, "cn-test");
    assert_int_equal(read.edition, 3);
    assert_int_equal(read.entry, 77);
    assert_true(read.from_us == -5);
    assert_true(digest_is_equal(&read.digest, &edition.digest));
    assert_true(read.is_epidemic);
    assert_int_equal(read.pattern_count, 2);
    assert_string_equal(read.patterns[1], "841-*");
    assert_int_equal(read.division_count, 2);
    assert_int_equal(read.divisions[1], 540402);
    assert_true(span_is_equal(read.text, edition.text));
    for (size_t cut = 0; cut < len; cut++)
        assert_false(edition_parse(span_of(bytes, cut), &read));
    assert_int_equal(edition_write(&edition, bytes, len - 1), 0);
    /* The largest there can be fits. */
    static uint8_t large[PROFILE_TEXT_MAX];
    edition.text = span_of(large, sizeof large);
    edition.pattern_count = PROFILE_PATTERNS_MAX;
    edition.division_count = EDITION_DIVISIONS_MAX;
    for (uint32_t i = 0; i < PROFILE_PATTERNS_MAX; i++)
        memset(edition.patterns[i], 'x', WASTE_CODE_MAX);
    memset(edition.name, 'x', PROFILE_NAME_MAX);
    edition.entry = UINT64_MAX;
    edition.from_us = INT64_MIN;
    assert_true(edition_write(&edition, bytes, sizeof bytes) > 0);
    char name[EDITION_NAME_MAX + 1];
    assert_int_equal(edition_write_name(edition.name, UINT32_MAX, name), EDITION_NAME_MAX);
    assert_int_equal(edition_write_name("cn-medical", 12, name), 13);
    assert_string_equal(name, "cn-medical/12");
}

static void test_the_division_named_most_closely_counts(void **state)
{
    (void)state;
    struct edition edition = sample();
    assert_true(edition_serves(&edition, 540402) > edition_serves(&edition, 540401));
    assert_true(edition_serves(&edition, 540401) > 0);
    assert_int_equal(edition_serves(&edition, 630100), 0);
    assert_int_equal(edition_serves(&edition, 0), 0);
    uint32_t region = edition_serves(&edition, 540401);
    edition.divisions[0] = 540400;
    assert_true(edition_serves(&edition, 540401) > region);
    edition.division_count = 0;
    assert_true(edition_serves(&edition, 630100) > 0);
    assert_true(edition_serves(&edition, 630100) < region);
}

static void test_a_higher_edition_of_the_same_name_replaces(void **state)
{
    (void)state;
    struct edition earlier = sample(), later = sample();
    later.edition = 4;
    assert_true(edition_replaces(&later, &earlier));
    assert_false(edition_replaces(&earlier, &later));
    assert_false(edition_replaces(&earlier, &earlier));
    snprintf(later.name, sizeof later.name, "cn-other");
    assert_false(edition_replaces(&later, &earlier));
}

static struct {
    uint32_t edition, count;
} recorded;

static uint32_t recorded_edition(void *context, const char *name, uint32_t *ret_count)
{
    (void)context;
    *ret_count = recorded.count;
    return strcmp(name, "cn-test") == 0 ? recorded.edition : 0;
}

static bool knows_division(void *context, uint32_t division)
{
    (void)context;
    return division == 540400;
}

static void test_set_profile_is_decided_by_what_the_text_says(void **state)
{
    (void)state;
    const struct registry registry = {.division_is_known = knows_division,
                                      .profile_edition = recorded_edition};
    struct digest digest = digest_sha256(span_text(text));
    char *division = "540400", *unknown = "999999";
    const Custody__V1__SetProfileBody good = {
        PROTOBUF_C_MESSAGE_INIT(&custody__v1__set_profile_body__descriptor),
        .name = "cn-test",
        .edition = 3,
        .text_digest = {DIGEST_SIZE, digest.bytes},
        .text = {sizeof text - 1, (uint8_t *)text},
        .n_divisions = 1,
        .divisions = &division,
    };
    recorded.edition = 2;
    recorded.count = 5;
    assert_int_equal(edition_decide(&good, &registry).reason, 0);
    struct {
        Custody__V1__SetProfileBody body;
        uint16_t reason;
        const char *field;
    } wrong[] = {
        {good, CUSTODY_REASON_profile_malformed, "text"},
        {good, CUSTODY_REASON_text_differs, "text_digest"},
        {good, CUSTODY_REASON_text_differs, "text_digest"},
        {good, CUSTODY_REASON_text_differs, "name"},
        {good, CUSTODY_REASON_text_differs, "edition"},
        {good, CUSTODY_REASON_division_unknown, "divisions"},
    };
    struct digest other = digest_sha256(span_text("another text"));
    wrong[0].body.text.len--;
    wrong[0].body.text.data =
        (uint8_t *)"[profile]\nname = cn-test\nfamily = medical\nedition = x\n";
    wrong[1].body.text_digest.data = other.bytes;
    wrong[2].body.text_digest.len = 0;
    wrong[3].body.name = "cn-tent";
    wrong[4].body.edition = 4;
    wrong[5].body.divisions = &unknown;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct permission_answer answer = edition_decide(&wrong[i].body, &registry);
        assert_int_equal(answer.reason, wrong[i].reason);
        assert_string_equal(answer.field, wrong[i].field);
    }
    /* The same edition again, or a lower one, is no correction. */
    for (recorded.edition = 3; recorded.edition < 5; recorded.edition++) {
        assert_int_equal(edition_decide(&good, &registry).reason, CUSTODY_REASON_edition_not_newer);
        assert_string_equal(edition_decide(&good, &registry).field, "edition");
    }
    recorded.edition = 0;
    recorded.count = EDITION_COUNT_MAX;
    assert_int_equal(edition_decide(&good, &registry).reason, CUSTODY_REASON_out_of_bounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_gives_back_what_it_was_made_of),
        cmocka_unit_test(test_the_division_named_most_closely_counts),
        cmocka_unit_test(test_a_higher_edition_of_the_same_name_replaces),
        cmocka_unit_test(test_set_profile_is_decided_by_what_the_text_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
