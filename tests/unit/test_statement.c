/* test_statement.c: shows that a statement's header is read and written at its places, and which are turned away. */

#include "proto/bytes.h"
#include "proto/statement.h"
#include "tests/lib/check.h"

static const char origin[] = "ledger.example/custody";

struct author {
    uint8_t key[PUBLIC_KEY_SIZE];
    uint8_t secret[SECRET_KEY_SIZE];
};

static struct author make_author(uint8_t first)
{
    const uint8_t seed[SEED_SIZE] = {first};
    struct author author = {{0}, {0}};
    digest_key_from_seed(seed, author.key, author.secret);
    return author;
}

static struct statement_header make_header(void)
{
    struct author author = make_author(1);
    struct statement_header header = {
        .act = 65,
        .clock_quality = CLOCK_SYNCHRONISED,
        .position_is_known = true,
        .latitude_e7 = -296497000,
        .longitude_e7 = 943617000,
        .position_accuracy_m = 12,
        .key_sequence = 2,
        .occurred_at_us = INT64_C(1777593600000000),
        .signed_at_us = INT64_C(1777593601000000),
        .seen_size = 7,
        .seen_root = digest_sha256(span_text("root")),
        .origin = statement_origin_digest(origin),
        .previous = digest_sha256(span_text("previous")),
    };
    memcpy(header.key, author.key, PUBLIC_KEY_SIZE);
    return header;
}

static size_t write_statement(const struct statement_header *header, uint8_t ret[static 256])
{
    statement_write_header(header, ret);
    static const uint8_t body[] = {'b', 'o', 'd', 'y'};
    memcpy(ret + STATEMENT_HEADER_SIZE, body, sizeof(body));
    return STATEMENT_HEADER_SIZE + 4;
}

static void test_a_header_comes_back_field_by_field(void **state)
{
    (void)state;
    struct statement_header header = make_header();
    struct statement statement;
    uint8_t bytes[256];
    const char *field = NULL;
    size_t len = write_statement(&header, bytes);
    assert_int_equal(statement_parse(span_of(bytes, len), &statement, &field), STATEMENT_OK);
    struct statement_header alone;
    assert_int_equal(statement_parse_header(span_of(bytes, len), &alone, &field), STATEMENT_OK);
    assert_int_equal(alone.key_sequence, statement.header.key_sequence);
    assert_memory_equal(alone.key, statement.header.key, PUBLIC_KEY_SIZE);
    const struct statement_header *back = &statement.header;
    assert_int_equal(back->act, header.act);
    assert_int_equal(back->clock_quality, header.clock_quality);
    assert_true(back->position_is_known);
    assert_int_equal(back->latitude_e7, header.latitude_e7);
    assert_int_equal(back->longitude_e7, header.longitude_e7);
    assert_int_equal(back->position_accuracy_m, header.position_accuracy_m);
    assert_true(back->key_sequence == header.key_sequence);
    assert_true(back->occurred_at_us == header.occurred_at_us);
    assert_true(back->signed_at_us == header.signed_at_us);
    assert_true(back->seen_size == header.seen_size);
    assert_true(digest_is_equal(&back->seen_root, &header.seen_root));
    assert_true(digest_is_equal(&back->origin, &header.origin));
    assert_memory_equal(back->key, header.key, PUBLIC_KEY_SIZE);
    assert_true(digest_is_equal(&back->previous, &header.previous));
    assert_true(span_is_equal(statement.body, span_text("body")));
    assert_ptr_equal(statement.bytes.data, bytes);
    struct digest id = digest_sha256(span_of(bytes, len));
    assert_true(digest_is_equal(&statement.id, &id));
    assert_null(field);
}

static void test_fields_lie_where_the_layout_says(void **state)
{
    (void)state;
    struct statement_header header = make_header();
    uint8_t bytes[STATEMENT_HEADER_SIZE];
    statement_write_header(&header, bytes);
    assert_memory_equal(bytes, "custody\x01", 8);
    assert_memory_equal(bytes + 8, "\x00\x41\x01\x02", 4);
    assert_int_equal((int32_t)bytes_get_u32(bytes + 12), header.latitude_e7);
    assert_int_equal((int32_t)bytes_get_u32(bytes + 16), header.longitude_e7);
    assert_int_equal(bytes_get_u32(bytes + 20), header.position_accuracy_m);
    assert_true(bytes_get_u64(bytes + 24) == header.key_sequence);
    assert_true(bytes_get_u64(bytes + 32) == (uint64_t)header.occurred_at_us);
    assert_true(bytes_get_u64(bytes + 40) == (uint64_t)header.signed_at_us);
    assert_true(bytes_get_u64(bytes + 48) == header.seen_size);
    assert_memory_equal(bytes + 56, header.seen_root.bytes, DIGEST_SIZE);
    assert_memory_equal(bytes + 88, header.origin.bytes, DIGEST_SIZE);
    assert_memory_equal(bytes + 120, header.key, PUBLIC_KEY_SIZE);
    assert_memory_equal(bytes + 152, header.previous.bytes, DIGEST_SIZE);
}

static void test_a_position_that_is_not_known_is_all_zero(void **state)
{
    (void)state;
    static const uint8_t zeros[12] = {0};
    struct statement_header header = make_header();
    struct statement statement;
    uint8_t bytes[256];
    const char *field = NULL;
    header.position_is_known = false;
    size_t len = write_statement(&header, bytes);
    assert_memory_equal(bytes + 12, zeros, sizeof(zeros));
    assert_int_equal(statement_parse(span_of(bytes, len), &statement, &field), STATEMENT_OK);
    assert_false(statement.header.position_is_known);
}

static void test_the_origin_is_hashed_without_a_line_end(void **state)
{
    (void)state;
    struct digest expected = digest_sha256(span_of("a.example/b", 11));
    struct digest digest = statement_origin_digest("a.example/b");
    assert_true(digest_is_equal(&digest, &expected));
}

/* Write `len` bytes at `at` into a good statement and see what is said of it. */
static void assert_not_one(size_t at, const void *bytes, size_t len, const char *expected_field)
{
    struct statement_header header = make_header();
    struct statement statement;
    uint8_t data[256];
    const char *field = NULL;
    size_t data_len = write_statement(&header, data);
    memcpy(data + at, bytes, len);
    memset(&statement, 0xAA, sizeof(statement));
    assert_int_equal(statement_parse(span_of(data, data_len), &statement, &field),
                     STATEMENT_NOT_ONE);
    assert_string_equal(field, expected_field);
    assert_int_equal(((const uint8_t *)&statement)[0], 0xAA);
}

static void test_every_impossible_header_value_is_named(void **state)
{
    (void)state;
    static const uint8_t zeros[32] = {0};
    uint8_t number[8];
    for (size_t i = 0; i < 8; i++)
        assert_not_one(i, "\xFF", 1, "format");
    assert_not_one(10, "\x00", 1, "algorithm");
    assert_not_one(10, "\x02", 1, "algorithm");
    assert_not_one(11, "\x03", 1, "clock_quality");
    bytes_put_u32(number, 900000001);
    assert_not_one(12, number, 4, "latitude");
    bytes_put_u32(number, (uint32_t)-900000001);
    assert_not_one(12, number, 4, "latitude");
    bytes_put_u32(number, 1800000001);
    assert_not_one(16, number, 4, "longitude");
    bytes_put_u32(number, (uint32_t)-1800000001);
    assert_not_one(16, number, 4, "longitude");
    assert_not_one(20, zeros, 4, "position_accuracy");
    assert_not_one(24, zeros, 8, "key_sequence");
    assert_not_one(24, "\x80", 1, "key_sequence");
    assert_not_one(32, "\x80", 1, "occurred_at");
    bytes_put_u64(number, (uint64_t)STATEMENT_TIME_MAX_US + 1);
    assert_not_one(32, number, 8, "occurred_at");
    assert_not_one(40, "\xFF", 1, "signed_at");
    assert_not_one(40, number, 8, "signed_at");
    assert_not_one(48, "\x80", 1, "seen_size");
    assert_not_one(48, zeros, 8, "seen_root");
    assert_not_one(56, zeros, 32, "seen_root");
    assert_not_one(152, zeros, 32, "previous");
    bytes_put_u64(number, 1);
    assert_not_one(24, number, 8, "previous");
}

static void test_values_at_the_edge_of_what_is_possible_pass(void **state)
{
    (void)state;
    struct statement_header header = make_header();
    struct statement statement;
    uint8_t bytes[256];
    const char *field = NULL;
    header.latitude_e7 = -900000000;
    header.longitude_e7 = 1800000000;
    header.position_accuracy_m = UINT32_MAX;
    header.key_sequence = INT64_MAX;
    header.seen_size = INT64_MAX;
    header.occurred_at_us = 0;
    header.signed_at_us = STATEMENT_TIME_MAX_US;
    header.act = UINT16_MAX;
    size_t len = write_statement(&header, bytes);
    assert_int_equal(statement_parse(span_of(bytes, len), &statement, &field), STATEMENT_OK);
    assert_int_equal(statement.header.act, UINT16_MAX);
    /* The first statement of a key that has seen nothing, with an empty body. */
    header.key_sequence = 1;
    memset(&header.previous, 0, sizeof(header.previous));
    header.seen_size = 0;
    memset(&header.seen_root, 0, sizeof(header.seen_root));
    statement_write_header(&header, bytes);
    assert_int_equal(statement_parse(span_of(bytes, STATEMENT_HEADER_SIZE), &statement, &field),
                     STATEMENT_OK);
    assert_int_equal(statement.body.len, 0);
}

static void test_lengths_are_bounded_on_both_sides(void **state)
{
    (void)state;
    static uint8_t bytes[STATEMENT_SIZE_MAX + 1];
    struct statement_header header = make_header();
    struct statement statement;
    const char *field = NULL;
    statement_write_header(&header, bytes);
    assert_int_equal(statement_parse(span_of(bytes, STATEMENT_SIZE_MAX), &statement, &field),
                     STATEMENT_OK);
    assert_int_equal(statement_parse(span_of(bytes, sizeof(bytes)), &statement, &field),
                     STATEMENT_TOO_LARGE);
    assert_null(field);
    for (size_t len = 0; len < STATEMENT_HEADER_SIZE; len++) {
        field = NULL;
        assert_int_equal(statement_parse(span_of(bytes, len), &statement, &field),
                         STATEMENT_NOT_ONE);
        assert_string_equal(field, "length");
    }
}

static void test_a_good_statement_verifies_with_its_signature(void **state)
{
    (void)state;
    struct author author = make_author(1);
    struct statement_header header = make_header();
    struct statement statement;
    uint8_t bytes[256], signature[SIGNATURE_SIZE];
    const char *field = NULL;
    size_t len = write_statement(&header, bytes);
    digest_sign(signature, span_of(bytes, len), author.secret);
    assert_int_equal(
        statement_verify(span_of(bytes, len), signature, &header.origin, &statement, &field),
        STATEMENT_OK);
    assert_memory_equal(statement.signature, signature, SIGNATURE_SIZE);
}

/* Every bit counts: a changed one is another ledger's, impossible, or not what was signed. */
static void test_a_statement_with_any_bit_changed_is_turned_away(void **state)
{
    (void)state;
    struct author author = make_author(1);
    struct statement_header header = make_header();
    struct statement statement;
    uint8_t bytes[256], signature[SIGNATURE_SIZE];
    size_t len = write_statement(&header, bytes);
    digest_sign(signature, span_of(bytes, len), author.secret);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        const char *field = NULL;
        bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        enum statement_verdict verdict =
            statement_verify(span_of(bytes, len), signature, &header.origin, &statement, &field);
        assert_true(verdict != STATEMENT_OK);
        if (bit / 8 >= 88 && bit / 8 < 120)
            assert_int_equal(verdict, STATEMENT_OTHER_ORIGIN);
        bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static void test_another_keys_signature_is_a_bad_one(void **state)
{
    (void)state;
    struct author thief = make_author(2);
    struct statement_header header = make_header();
    struct digest other_origin = statement_origin_digest("another.example/custody");
    struct statement statement;
    uint8_t bytes[256], signature[SIGNATURE_SIZE];
    const char *field = NULL;
    size_t len = write_statement(&header, bytes);
    digest_sign(signature, span_of(bytes, len), thief.secret);
    assert_int_equal(
        statement_verify(span_of(bytes, len), signature, &header.origin, &statement, &field),
        STATEMENT_BAD_SIGNATURE);
    assert_int_equal(
        statement_verify(span_of(bytes, len), signature, &other_origin, &statement, &field),
        STATEMENT_OTHER_ORIGIN);
    assert_int_equal(
        statement_verify(span_of(bytes, 10), signature, &other_origin, &statement, &field),
        STATEMENT_NOT_ONE);
}

static int set_up(void **state)
{
    (void)state;
    return digest_init() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_header_comes_back_field_by_field),
        cmocka_unit_test(test_fields_lie_where_the_layout_says),
        cmocka_unit_test(test_a_position_that_is_not_known_is_all_zero),
        cmocka_unit_test(test_the_origin_is_hashed_without_a_line_end),
        cmocka_unit_test(test_every_impossible_header_value_is_named),
        cmocka_unit_test(test_values_at_the_edge_of_what_is_possible_pass),
        cmocka_unit_test(test_lengths_are_bounded_on_both_sides),
        cmocka_unit_test(test_a_good_statement_verifies_with_its_signature),
        cmocka_unit_test(test_a_statement_with_any_bit_changed_is_turned_away),
        cmocka_unit_test(test_another_keys_signature_is_a_bad_one),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
