/* test_scanner.c: lines from scanners, scales and thumbs.
 * Never a file and never a ledger. */
#include <string.h>

#include "client/cli/scanner.h"
#include "tests/lib/check.h"

static struct scanner_line read_line(const char *text)
{
    struct scanner_line line;
    scanner_read(text, &line);
    return line;
}

static void codes(void **state)
{
    (void)state;
    struct scanner_line line = read_line("B-1\r\n");
    assert_int_equal(line.word, SCANNER_CODE);
    assert_string_equal(line.code, "B-1");
    assert_string_equal(line.party, "");
    assert_int_equal(line.mass_g, 0);
    line = read_line("  uscc:12540402DEM0000013/B-1 ");
    assert_string_equal(line.code, "B-1");
    assert_string_equal(line.party, "uscc:12540402DEM0000013");
    /* Digits alone are a code: many bags are numbered. */
    line = read_line("12345");
    assert_int_equal(line.word, SCANNER_CODE);
    assert_string_equal(line.code, "12345");
    line = read_line("box:K-3");
    assert_int_equal(line.word, SCANNER_BOX);
    assert_string_equal(line.code, "K-3");
    assert_int_equal(read_line("箱:K-3").word, SCANNER_BOX);
}

static void codes_with_their_weight(void **state)
{
    (void)state;
    struct scanner_line line = read_line("B-1 2.35kg");
    assert_int_equal(line.word, SCANNER_CODE);
    assert_string_equal(line.code, "B-1");
    assert_int_equal(line.mass_g, 2350);
    line = read_line("B-1   2.35");
    assert_int_equal(line.mass_g, 2350);
}

static void weights(void **state)
{
    static const struct {
        const char *text;
        uint64_t grams;
    } rows[] = {{"2.35kg", 2350},          {"2.35", 2350},
                {"2350 g", 2350},          {"0.5", 500},
                {"ST,GS,+  2.35kg", 2350}, {"US,NT,+ 12.0 kg", 12000}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scanner_line line = read_line(rows[i].text);
        assert_int_equal(line.word, SCANNER_MASS);
        assert_int_equal(line.mass_g, rows[i].grams);
    }
}

static void words(void **state)
{
    static const struct {
        const char *text;
        enum scanner_word word;
    } rows[] = {{"", SCANNER_EMPTY},    {" \r\n", SCANNER_EMPTY}, {"undo", SCANNER_UNDO},
                {"撤销", SCANNER_UNDO}, {"-", SCANNER_UNDO},      {"none", SCANNER_NONE},
                {"无\n", SCANNER_NONE}, {"done", SCANNER_DONE},   {".", SCANNER_DONE},
                {"完", SCANNER_DONE},   {"?", SCANNER_HELP}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(read_line(rows[i].text).word, rows[i].word);
}

static void what_is_nothing(void **state)
{
    char text[400];
    (void)state;
    memset(text, 'B', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(read_line(text).word, SCANNER_BAD);
    text[100] = '\0';
    assert_int_equal(read_line(text).word, SCANNER_BAD);
    assert_int_equal(read_line("B\x01").word, SCANNER_BAD);
    assert_int_equal(read_line("\xff\xfe").word, SCANNER_BAD);
    assert_int_equal(read_line("uscc:1/").word, SCANNER_BAD);
    assert_int_equal(read_line("two words").word, SCANNER_BAD);
    assert_int_equal(read_line("0.0").word, SCANNER_CODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),           cmocka_unit_test(codes_with_their_weight),
        cmocka_unit_test(weights),         cmocka_unit_test(words),
        cmocka_unit_test(what_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
