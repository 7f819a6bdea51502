/* test_envelope.c: shows which frames are a request or an answer, and that limits hold frame by frame. */

#include "proto/envelope.h"
#include "tests/lib/check.h"

static const uint8_t large[ENVELOPE_REPLY_SIZE_MAX + 1];

/* Frames of a message in the making; `call` is where its second frame lies. */
struct frames {
    struct span spans[ENVELOPE_FRAMES_MAX + 1];
    size_t count;
    uint8_t call[ENVELOPE_CALL_SIZE];
};

static void make(struct frames *ret, uint16_t kind, uint16_t outcome, size_t count)
{
    const struct envelope envelope = {
        .call = UINT64_C(0x1122334455667788), .kind = kind, .outcome = outcome};
    envelope_write_call(&envelope, ret->call);
    ret->spans[0] = span_text(ENVELOPE_VERSION);
    ret->spans[1] = span_of(ret->call, ENVELOPE_CALL_SIZE);
    for (size_t i = 2; i <= ENVELOPE_FRAMES_MAX; i++)
        ret->spans[i] = span_of(large, i);
    ret->count = count;
}

static enum envelope_verdict parse(const struct frames *frames, struct envelope *ret)
{
    return envelope_parse(frames->spans, frames->count, ret);
}

static void test_a_request_of_every_kind_comes_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i < ENVELOPE_KINDS; i++) {
        const uint16_t kind = (uint16_t)i;
        if (envelope_kind_name(kind) == NULL)
            continue; /* a number that is still free */
        struct frames frames;
        struct envelope envelope;
        if (envelope_kind_name(kind) == NULL)
            continue; /* a number that nobody has */
        make(&frames, kind, 0, 3);
        assert_int_equal(parse(&frames, &envelope), ENVELOPE_OK);
        assert_true(envelope.call == UINT64_C(0x1122334455667788));
        assert_int_equal(envelope.kind, kind);
        assert_true(span_is_equal(envelope.body, frames.spans[2]));
        assert_int_equal(envelope.record_count, 0);
    }
    assert_null(envelope_kind_name(0));
    assert_null(envelope_kind_name(ENVELOPE_KINDS));
    assert_string_equal(envelope_kind_name(ENVELOPE_TRACE), "trace");
}

static void test_the_call_frame_is_laid_out_as_written_down(void **state)
{
    (void)state;
    static const uint8_t expected[ENVELOPE_CALL_SIZE] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66,
                                                         0x77, 0x88, 0x00, 0x04, 0x00, 0x06};
    struct frames frames;
    make(&frames, ENVELOPE_TRACE, 6, 3);
    assert_memory_equal(frames.call, expected, sizeof(expected));
}

static void test_too_few_frames_cannot_be_answered(void **state)
{
    (void)state;
    struct frames frames;
    struct envelope envelope;
    for (size_t count = 0; count < 3; count++) {
        make(&frames, ENVELOPE_HEAD, 0, count);
        assert_int_equal(parse(&frames, &envelope), ENVELOPE_NOT_ONE);
        assert_int_equal(envelope_parse_reply(frames.spans, count, &envelope), ENVELOPE_NOT_ONE);
    }
}

static void test_a_call_frame_that_is_not_one_cannot_be_answered(void **state)
{
    (void)state;
    struct frames frames;
    struct envelope envelope;
    for (size_t len = 0; len < ENVELOPE_CALL_SIZE; len++) {
        make(&frames, ENVELOPE_HEAD, 0, 3);
        frames.spans[1].len = len;
        assert_int_equal(parse(&frames, &envelope), ENVELOPE_NOT_ONE);
    }
    frames.spans[1] = span_of(large, ENVELOPE_CALL_SIZE + 1);
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_NOT_ONE);
    make(&frames, ENVELOPE_HEAD, 0, 3);
    frames.call[15] = 1;
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_NOT_ONE);
    make(&frames, ENVELOPE_HEAD, 0, 3);
    frames.spans[0] = span_text("http/1");
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_NOT_ONE);
    frames.spans[0] = span_of(NULL, 0);
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_NOT_ONE);
}

static void test_another_version_is_told_so_under_its_call_number(void **state)
{
    (void)state;
    static const char *const versions[] = {"custody/2", "custody/", "custody/11"};
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct frames frames;
        struct envelope envelope;
        make(&frames, 99, 0, 2);
        frames.spans[0] = span_text(versions[i]);
        assert_int_equal(parse(&frames, &envelope), ENVELOPE_OTHER_VERSION);
        assert_true(envelope.call == UINT64_C(0x1122334455667788));
        assert_int_equal(envelope.kind, 99);
    }
}

static void test_an_unknown_kind_is_told_so_under_its_call_number(void **state)
{
    (void)state;
    static const uint16_t kinds[] = {0, ENVELOPE_KINDS, UINT16_MAX};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct frames frames;
        struct envelope envelope;
        make(&frames, kinds[i], 0, 3);
        assert_int_equal(parse(&frames, &envelope), ENVELOPE_UNKNOWN_KIND);
        assert_true(envelope.call == UINT64_C(0x1122334455667788));
    }
}

static void test_an_answer_is_not_taken_for_a_request(void **state)
{
    (void)state;
    struct frames frames;
    struct envelope envelope;
    make(&frames, ENVELOPE_HEAD, 5, 3);
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_NOT_ONE);
    assert_int_equal(envelope_parse_reply(frames.spans, 3, &envelope), ENVELOPE_OK);
    assert_int_equal(envelope.outcome, 5);
}

static void test_only_a_submission_carries_records(void **state)
{
    (void)state;
    struct frames frames;
    struct envelope envelope;
    for (size_t records = 0; records <= ENVELOPE_RECORDS_MAX; records++) {
        make(&frames, ENVELOPE_SUBMIT, 0, 3 + records);
        assert_int_equal(parse(&frames, &envelope), ENVELOPE_OK);
        assert_int_equal(envelope.record_count, records);
        for (size_t i = 0; i < records; i++)
            assert_true(span_is_equal(envelope.records[i], frames.spans[3 + i]));
    }
    make(&frames, ENVELOPE_SUBMIT, 0, ENVELOPE_FRAMES_MAX + 1);
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_TOO_MANY_FRAMES);
    make(&frames, ENVELOPE_HEAD, 0, 4);
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_TOO_MANY_FRAMES);
    assert_int_equal(envelope_parse_reply(frames.spans, 4, &envelope), ENVELOPE_TOO_MANY_FRAMES);
}

static void test_every_frame_has_its_limit(void **state)
{
    (void)state;
    struct frames frames;
    struct envelope envelope;
    make(&frames, ENVELOPE_SUBMIT, 0, 4);
    frames.spans[2].len = ENVELOPE_FRAME_SIZE_MAX;
    frames.spans[3].len = ENVELOPE_RECORD_SIZE_MAX;
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_OK);
    frames.spans[3].len++;
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_TOO_LARGE);
    frames.spans[3].len--;
    frames.spans[2].len++;
    assert_int_equal(parse(&frames, &envelope), ENVELOPE_TOO_LARGE);
    make(&frames, ENVELOPE_TRACE, 0, 3);
    frames.spans[2].len = ENVELOPE_REPLY_SIZE_MAX;
    assert_int_equal(envelope_parse_reply(frames.spans, 3, &envelope), ENVELOPE_OK);
    frames.spans[2].len++;
    assert_int_equal(envelope_parse_reply(frames.spans, 3, &envelope), ENVELOPE_TOO_LARGE);
}

static void test_a_submission_is_a_signature_then_a_statement(void **state)
{
    (void)state;
    const uint8_t *signature = NULL;
    struct span statement;
    assert_true(envelope_split_submission(span_of(large, 100), &signature, &statement));
    assert_ptr_equal(signature, large);
    assert_ptr_equal(statement.data, large + SIGNATURE_SIZE);
    assert_int_equal(statement.len, 36);
    assert_true(envelope_split_submission(span_of(large, SIGNATURE_SIZE), &signature, &statement));
    assert_int_equal(statement.len, 0);
    assert_false(
        envelope_split_submission(span_of(large, SIGNATURE_SIZE - 1), &signature, &statement));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_of_every_kind_comes_back),
        cmocka_unit_test(test_the_call_frame_is_laid_out_as_written_down),
        cmocka_unit_test(test_too_few_frames_cannot_be_answered),
        cmocka_unit_test(test_a_call_frame_that_is_not_one_cannot_be_answered),
        cmocka_unit_test(test_another_version_is_told_so_under_its_call_number),
        cmocka_unit_test(test_an_unknown_kind_is_told_so_under_its_call_number),
        cmocka_unit_test(test_an_answer_is_not_taken_for_a_request),
        cmocka_unit_test(test_only_a_submission_carries_records),
        cmocka_unit_test(test_every_frame_has_its_limit),
        cmocka_unit_test(test_a_submission_is_a_signature_then_a_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
