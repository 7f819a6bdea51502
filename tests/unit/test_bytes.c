/* test_bytes.c: shows that bytes.c reads and writes within bounds and takes each number one way only. */

#include "proto/bytes.h"
#include "tests/lib/check.h"

static struct bytes_reader reader_of(const void *data, size_t len)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, span_of(data, len));
    return reader;
}

static void test_integers_are_big_endian_both_ways(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                       0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F};
    uint8_t data[sizeof(expected)];
    struct bytes_writer writer;
    bytes_writer_init(&writer, data, sizeof(data));
    bytes_write_u8(&writer, 0x01);
    bytes_write_u16(&writer, 0x0203);
    bytes_write_u32(&writer, 0x04050607);
    bytes_write_u64(&writer, UINT64_C(0x08090A0B0C0D0E0F));
    assert_true(span_is_equal(bytes_written(&writer), span_of(expected, sizeof(expected))));

    struct bytes_reader reader = reader_of(data, sizeof(data));
    assert_int_equal(bytes_read_u8(&reader), 0x01);
    assert_int_equal(bytes_read_u16(&reader), 0x0203);
    assert_int_equal(bytes_read_u32(&reader), 0x04050607);
    assert_true(bytes_read_u64(&reader) == UINT64_C(0x08090A0B0C0D0E0F));
    assert_true(bytes_reader_is_done(&reader));
}

static void test_a_reader_that_failed_gives_zeros_for_ever(void **state)
{
    (void)state;
    static const uint8_t data[] = {1, 2, 3};
    uint8_t copy[2] = {7, 7};
    struct bytes_reader reader = reader_of(data, sizeof(data));
    assert_int_equal(bytes_read_u32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(bytes_read_u8(&reader), 0);
    assert_int_equal(bytes_read_u16(&reader), 0);
    assert_true(bytes_read_u64(&reader) == 0);
    assert_true(bytes_read_varint(&reader) == 0);
    assert_true(bytes_read_zigzag(&reader) == 0);
    assert_int_equal(bytes_read_utf8(&reader), 0);
    assert_null(bytes_read_span(&reader, 1).data);
    assert_int_equal(bytes_read_counted(&reader).len, 0);
    bytes_read_copy(&reader, copy, sizeof(copy));
    assert_int_equal(copy[0] | copy[1], 0);
    assert_false(bytes_reader_is_done(&reader));
}

static void test_a_reader_with_bytes_left_over_is_not_done(void **state)
{
    (void)state;
    static const uint8_t data[] = {1, 2};
    struct bytes_reader reader = reader_of(data, sizeof(data));
    (void)bytes_read_u8(&reader);
    assert_false(bytes_reader_is_done(&reader));
    (void)bytes_read_u8(&reader);
    assert_true(bytes_reader_is_done(&reader));
}

static void test_a_writer_that_is_full_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t data[4] = {0, 0, 0, 0xEE};
    struct bytes_writer writer;
    bytes_writer_init(&writer, data, 3);
    bytes_write_u16(&writer, 0x0102);
    bytes_write_u16(&writer, 0x0304);
    bytes_write_u8(&writer, 5);
    assert_true(writer.failed);
    assert_int_equal(bytes_written(&writer).len, 0);
    assert_int_equal(data[2], 0);
    assert_int_equal(data[3], 0xEE);
}

static void test_nothing_at_all_is_a_legal_reader_and_writer(void **state)
{
    (void)state;
    struct bytes_writer writer;
    bytes_writer_init(&writer, NULL, 0);
    bytes_write_span(&writer, span_of(NULL, 0));
    assert_false(writer.failed);
    struct bytes_reader reader = reader_of(NULL, 0);
    assert_int_equal(bytes_read_span(&reader, 0).len, 0);
    bytes_read_copy(&reader, NULL, 0);
    assert_true(bytes_reader_is_done(&reader));
}

static void test_varints_come_back_for_every_length(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        const uint64_t one = UINT64_C(1) << shift;
        const uint64_t values[] = {one - 1, one, one + 1, ~one, UINT64_MAX};
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
            uint8_t data[10];
            struct bytes_writer writer;
            bytes_writer_init(&writer, data, sizeof(data));
            bytes_write_varint(&writer, values[i]);
            struct span written = bytes_written(&writer);
            struct bytes_reader reader = reader_of(written.data, written.len);
            assert_true(bytes_read_varint(&reader) == values[i]);
            assert_true(bytes_reader_is_done(&reader));
        }
    }
}

static void test_zigzags_come_back_at_both_ends(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 1, -1, 2, -2, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        uint8_t data[10];
        struct bytes_writer writer;
        bytes_writer_init(&writer, data, sizeof(data));
        bytes_write_zigzag(&writer, values[i]);
        struct span written = bytes_written(&writer);
        struct bytes_reader reader = reader_of(written.data, written.len);
        assert_true(bytes_read_zigzag(&reader) == values[i]);
        assert_true(bytes_reader_is_done(&reader));
    }
}

static void test_varints_in_a_longer_form_are_rejected(void **state)
{
    (void)state;
    static const struct {
        uint8_t data[11];
        size_t len;
    } cases[] = {
        {{0x80, 0x00}, 2},                                                  /* zero in two bytes */
        {{0xFF, 0x80, 0x00}, 3},                                            /* 127 in three */
        {{0x80}, 1},                                                        /* ends too early */
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, 10}, /* bit 64 */
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x00}, 11},
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, 10},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bytes_reader reader = reader_of(cases[i].data, cases[i].len);
        assert_true(bytes_read_varint(&reader) == 0);
        assert_true(reader.failed);
    }
}

static void test_a_count_larger_than_what_is_left_is_rejected(void **state)
{
    (void)state;
    static const uint8_t good[] = {3, 'a', 'b', 'c'};
    static const uint8_t bad[] = {4, 'a', 'b', 'c'};
    static const uint8_t huge[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
    struct bytes_reader reader = reader_of(good, sizeof(good));
    assert_true(span_is_equal(bytes_read_counted(&reader), span_text("abc")));
    reader = reader_of(bad, sizeof(bad));
    assert_int_equal(bytes_read_counted(&reader).len, 0);
    assert_true(reader.failed);
    reader = reader_of(huge, sizeof(huge));
    assert_int_equal(bytes_read_counted(&reader).len, 0);
    assert_true(reader.failed);

    uint8_t data[sizeof(good)];
    struct bytes_writer writer;
    bytes_writer_init(&writer, data, sizeof(data));
    bytes_write_counted(&writer, span_text("abc"));
    assert_true(span_is_equal(bytes_written(&writer), span_of(good, sizeof(good))));
}

static void test_characters_are_read_in_their_shortest_form_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t character; /* 0: rejected */
    } cases[] = {
        {"A", 'A'},
        {"\xC2\x80", 0x80},
        {"\xE5\x8D\x95", 0x5355},
        {"\xEF\xBF\xBF", 0xFFFF},
        {"\xF0\x90\x80\x80", 0x10000},
        {"\xF4\x8F\xBF\xBF", 0x10FFFF},
        {"\x80", 0},             /* a continuation alone */
        {"\xC1\xBF", 0},         /* U+007F in two bytes */
        {"\xE0\x9F\xBF", 0},     /* U+07FF in three */
        {"\xF0\x8F\xBF\xBF", 0}, /* U+FFFF in four */
        {"\xED\xA0\x80", 0},     /* surrogates */
        {"\xED\xBF\xBF", 0},
        {"\xF4\x90\x80\x80", 0}, /* U+110000 */
        {"\xF8\x88\x80\x80\x80", 0},
        {"\xFF", 0},
        {"\xC3", 0}, /* cut short */
        {"\xE5\x8D", 0},
        {"\xE5\x8D\x41", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bytes_reader reader = reader_of(cases[i].text, strlen(cases[i].text));
        assert_int_equal(bytes_read_utf8(&reader), cases[i].character);
        assert_int_equal(reader.failed, cases[i].character == 0);
    }
}

static void test_printable_text_has_no_controls_and_no_byte_order_mark(void **state)
{
    (void)state;
    static const char *const good[] = {"", "A-1", "\xE8\x81\x94\xE5\x8D\x95", "\xC2\xA0", "~"};
    static const char *const bad[] = {
        "a\nb", "\t", "\x7F", "\xC2\x80", "\xC2\x9F", "\xEF\xBB\xBF ", "a\xEF\xBB\xBF", "\xFF"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(bytes_is_printable(span_text(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(bytes_is_printable(span_text(bad[i])));
    assert_false(bytes_is_printable(span_of("a\0b", 3)));
}

/* The vectors of RFC 4648 section 10. */
static void test_base64_writes_and_parses_the_published_vectors(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xFB\xEF\xBE\xFF", "++++/w=="},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char text[16];
        uint8_t data[16];
        size_t len = 99;
        assert_int_equal(bytes_write_base64(span_text(pairs[i][0]), text, sizeof(text)),
                         strlen(pairs[i][1]));
        assert_string_equal(text, pairs[i][1]);
        assert_true(bytes_parse_base64(span_text(pairs[i][1]), data, sizeof(data), &len));
        assert_true(span_is_equal(span_of(data, len), span_text(pairs[i][0])));
    }
}

static void test_base64_that_is_not_strict_is_rejected(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",        "Zg",   "Zg=",  "Zh==", "Zm9=", "Zm9v\n", " Zm9v",    "Zm-v",  "Zm_v",
        "Zg==Zg==", "=Zg=", "====", "Z===", "Zm8",  "Zm8=a",  "Zm9v====", "Zm 9v", "\xC3\xA9=="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t data[16] = {0xAA};
        size_t len = 99;
        assert_false(bytes_parse_base64(span_text(bad[i]), data, sizeof(data), &len));
        assert_int_equal(len, 99);
        assert_int_equal(data[0], 0xAA);
    }
}

static void test_base64_respects_the_room_it_is_given(void **state)
{
    (void)state;
    char text[9] = "";
    uint8_t data[3];
    size_t len = 0;
    assert_int_equal(bytes_write_base64(span_text("foob"), text, 8), 0);
    assert_int_equal(bytes_write_base64(span_text("foob"), text, 9), 8);
    assert_int_equal(bytes_write_base64(span_text(""), text, 0), 0);
    assert_false(bytes_parse_base64(span_text("Zm9v"), data, 2, &len));
    assert_true(bytes_parse_base64(span_text("Zm9v"), data, 3, &len));
    assert_true(bytes_parse_base64(span_text("Zm8="), data, 2, &len));
    assert_int_equal(len, 2);
}

static void test_every_byte_survives_base64_and_hex(void **state)
{
    (void)state;
    uint8_t all[256];
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)i;
    for (size_t len = 0; len <= sizeof(all); len++) {
        char text[2 * sizeof(all) + 1];
        uint8_t back[sizeof(all)];
        size_t back_len = 0;
        size_t text_len = bytes_write_base64(span_of(all, len), text, sizeof(text));
        assert_true(bytes_parse_base64(span_of(text, text_len), back, sizeof(back), &back_len));
        assert_true(span_is_equal(span_of(back, back_len), span_of(all, len)));
        bytes_write_hex(span_of(all, len), text);
        assert_true(bytes_parse_hex(span_text(text), back, len));
        assert_true(span_is_equal(span_of(back, len), span_of(all, len)));
    }
}

static void test_hex_is_lower_case_and_of_the_exact_length(void **state)
{
    (void)state;
    uint8_t data[2] = {0xAA, 0xAA};
    assert_false(bytes_parse_hex(span_text("00FF"), data, 2));
    assert_false(bytes_parse_hex(span_text("00f"), data, 2));
    assert_false(bytes_parse_hex(span_text("00f"), data, 1));
    assert_false(bytes_parse_hex(span_text("00ff00"), data, 2));
    assert_false(bytes_parse_hex(span_text("00fg"), data, 2));
    assert_int_equal(data[0], 0xAA);
    assert_true(bytes_parse_hex(span_text("00ff"), data, 2));
    assert_int_equal(data[0], 0x00);
    assert_int_equal(data[1], 0xFF);
}

static void test_decimals_have_one_form_each(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "00",
                                      "01",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "a"};
    uint64_t value = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(bytes_parse_decimal(span_text(bad[i]), &value));
        assert_true(value == 7);
    }
    assert_true(bytes_parse_decimal(span_text("0"), &value));
    assert_true(value == 0);
    assert_true(bytes_parse_decimal(span_text("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_big_endian_both_ways),
        cmocka_unit_test(test_a_reader_that_failed_gives_zeros_for_ever),
        cmocka_unit_test(test_a_reader_with_bytes_left_over_is_not_done),
        cmocka_unit_test(test_a_writer_that_is_full_writes_nothing_more),
        cmocka_unit_test(test_nothing_at_all_is_a_legal_reader_and_writer),
        cmocka_unit_test(test_varints_come_back_for_every_length),
        cmocka_unit_test(test_zigzags_come_back_at_both_ends),
        cmocka_unit_test(test_varints_in_a_longer_form_are_rejected),
        cmocka_unit_test(test_a_count_larger_than_what_is_left_is_rejected),
        cmocka_unit_test(test_characters_are_read_in_their_shortest_form_only),
        cmocka_unit_test(test_printable_text_has_no_controls_and_no_byte_order_mark),
        cmocka_unit_test(test_base64_writes_and_parses_the_published_vectors),
        cmocka_unit_test(test_base64_that_is_not_strict_is_rejected),
        cmocka_unit_test(test_base64_respects_the_room_it_is_given),
        cmocka_unit_test(test_every_byte_survives_base64_and_hex),
        cmocka_unit_test(test_hex_is_lower_case_and_of_the_exact_length),
        cmocka_unit_test(test_decimals_have_one_form_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
