/* test_quantity.c: times, masses, temperatures and durations as people write them.
 * Never reads a clock. */
#include "client/lib/quantity.h"
#include "tests/lib/check.h"

static void expect_time(const char *text, int64_t us)
{
    int64_t got = 0;
    assert_true(quantity_parse_time(span_text(text), &got));
    assert_int_equal(got, us);
}

static void times(void **state)
{
    (void)state;
    expect_time("2026-05-01T00:00:00Z", INT64_C(1777593600000000));
    expect_time("2026-05-01T08:00:00+08:00", INT64_C(1777593600000000));
    expect_time("2026-05-01 08:00", INT64_C(1777593600000000));
    expect_time("2026-05-01 08:00 +08:00", INT64_C(1777593600000000));
    expect_time("2026-04-30T16:30:00-07:30", INT64_C(1777593600000000));
    expect_time("2026-05-01", INT64_C(1777593600000000) - INT64_C(8) * 3600 * 1000000);
    expect_time("2026-05-01T00:00:00.5Z", INT64_C(1777593600500000));
    expect_time("2026-05-01T00:00:00.000001Z", INT64_C(1777593600000001));
    expect_time("2024-02-29T00:00:00Z", INT64_C(1709164800000000));
    expect_time("1969-12-31T23:59:59Z", -INT64_C(1000000));
    expect_time("1777593600000000", INT64_C(1777593600000000));
}

static void bad_times(void **state)
{
    static const char *const texts[] = {
        "",
        "yesterday",
        "2026-13-01",
        "2026-02-29",
        "2026-05-01T24:00Z",
        "2026-05-01T08:60Z",
        "2026-05-01T08:00:60Z",
        "2026-05-01T08:00:00.1234567Z",
        "2026-05-01T08:00:00.Z",
        "2026-05-01T08:00+8",
        "2026-05-01T08:00Zx",
        "2026-5-1",
        "2026-05-01T",
        "-5",
        "12345678901234567890",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        int64_t got = 42;
        assert_false(quantity_parse_time(span_text(texts[i]), &got));
        assert_int_equal(got, 42);
    }
}

static void masses(void **state)
{
    static const struct {
        const char *text;
        int64_t g; /* -1: not a mass */
    } rows[] = {
        {"2.3 kg", 2300},
        {"2.3kg", 2300},
        {"0.001 kg", 1},
        {"2300g", 2300},
        {"2300 g", 2300},
        {"2300", 2300},
        {"1.25 t", 1250000},
        {"2.3公斤", 2300},
        {"2.3000 kg", 2300},
        {"0 g", 0},
        {"0.0001 kg", -1},
        {"2.5 g", -1},
        {"2.3", -1},
        {"-2 kg", -1},
        {"2,3 kg", -1},
        {"kg", -1},
        {"", -1},
        {"2.3 lb", -1},
        {"2. kg", -1},
        {".5 kg", -1},
        {"2.3  kg", -1},
        {"99999999999999999999 kg", -1},
        {"1e3 g", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t g = 0;
        bool is_mass = quantity_parse_mass(span_text(rows[i].text), &g);
        assert_int_equal(is_mass, rows[i].g >= 0);
        if (is_mass)
            assert_int_equal(g, rows[i].g);
    }
}

static void temperatures_and_durations(void **state)
{
    int64_t value;
    (void)state;
    assert_true(quantity_parse_temperature(span_text("4.5 C"), &value));
    assert_int_equal(value, 4500);
    assert_true(quantity_parse_temperature(span_text("-18℃"), &value));
    assert_int_equal(value, -18000);
    assert_true(quantity_parse_temperature(span_text("-0.5 °C"), &value));
    assert_int_equal(value, -500);
    assert_false(quantity_parse_temperature(span_text("4.5 F"), &value));
    assert_false(quantity_parse_temperature(span_text("4.00001 C"), &value));
    assert_true(quantity_parse_duration(span_text("90s"), &value));
    assert_int_equal(value, 90000000);
    assert_true(quantity_parse_duration(span_text("1.5 h"), &value));
    assert_int_equal(value, INT64_C(5400000000));
    assert_false(quantity_parse_duration(span_text("-1s"), &value));
}

static void degrees(void **state)
{
    int64_t value = 42;
    (void)state;
    assert_true(quantity_parse_degrees(span_text("29.6490001"), &value));
    assert_int_equal(value, 296490001);
    assert_true(quantity_parse_degrees(span_text("-94"), &value));
    assert_int_equal(value, -940000000);
    assert_false(quantity_parse_degrees(span_text("29.64900011"), &value));
    assert_false(quantity_parse_degrees(span_text("29."), &value));
    assert_false(quantity_parse_degrees(span_text("1000"), &value));
    assert_false(quantity_parse_degrees(span_text(""), &value));
    assert_false(quantity_parse_degrees(span_text("1e2"), &value));
}

static void writing(void **state)
{
    char text[QUANTITY_TEXT_MAX];
    (void)state;
    quantity_write_civil(INT64_C(1777593600000000), 480, text);
    assert_string_equal(text, "2026-05-01 08:00:00");
    quantity_write_civil(INT64_C(1777593600000000), 0, text);
    assert_string_equal(text, "2026-05-01 00:00:00");
    quantity_write_civil(0, 480, text);
    assert_string_equal(text, "-");
    quantity_write_civil(-1, 0, text);
    assert_string_equal(text, "1969-12-31 23:59:59");
    quantity_write_rfc3339(INT64_C(1777593600000001), text);
    assert_string_equal(text, "2026-05-01T00:00:00.000001Z");
    quantity_write_mass(2300, text);
    assert_string_equal(text, "2.300 kg");
    quantity_write_mass(5, text);
    assert_string_equal(text, "0.005 kg");
    quantity_write_duration(INT64_C(100) * 3600 * 1000000, text);
    assert_string_equal(text, "4 d 4 h");
    quantity_write_duration(-INT64_C(125) * 60 * 1000000, text);
    assert_string_equal(text, "2 h 05 min");
}

/* Every day of 400 years comes back as itself. */
static void calendar_round_trip(void **state)
{
    (void)state;
    for (int64_t day = -1000; day < INT64_C(400) * 366; day++) {
        char text[QUANTITY_TEXT_MAX];
        int64_t us = day * INT64_C(86400000000) + 1, back;
        quantity_write_rfc3339(us, text);
        assert_true(quantity_parse_time(span_text(text), &back));
        assert_int_equal(back, us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(bad_times),
        cmocka_unit_test(masses),
        cmocka_unit_test(temperatures_and_durations),
        cmocka_unit_test(degrees),
        cmocka_unit_test(writing),
        cmocka_unit_test(calendar_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
