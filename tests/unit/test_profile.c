/* test_profile.c: shows that the built-in profiles and the files of deploy/profiles hold the numbers of their sources, that
 * every key of a text is read, and what is said of one that is wrong. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/profile.h"
#include "daemon/domain/retention.h"
#include "tests/lib/check.h"

#define HOURS(n) ((n)*INT64_C(3600000000))
#define DAYS(n)  ((n)*INT64_C(86400000000))

static const char head[] = "[profile]\nname = p\nfamily = f\nedition = 1\n";
static struct profile parsed;
static struct profile_problem problem;

static bool parse(const char *text)
{
    return profile_parse(span_text(text), &parsed, &problem);
}

static const struct profile *take(const char *text)
{
    if (!parse(text))
        fail_msg("line %d [%s] %s: expected %s, got %s", problem.line, problem.section, problem.key,
                 problem.expected, problem.got);
    return &parsed;
}

static size_t read_whole(const char *path, char *ret, size_t cap)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(ret, 1, cap - 1, file);
    assert_true(feof(file) != 0);
    fclose(file);
    ret[len] = 0;
    return len;
}

static const struct profile *take_file(const char *name)
{
    static char text[PROFILE_TEXT_MAX + 2];
    char path[96];
    snprintf(path, sizeof path, "deploy/profiles/%s.ini", name);
    read_whole(path, text, sizeof text);
    const struct profile *profile = take(text);
    assert_string_equal(profile->name, name);
    return profile;
}

static void test_the_numbers_of_the_law_are_its_own(void **state)
{
    (void)state;
    const struct profile *medical = profile_medical();
    assert_int_equal(medical->calendar.utc_offset_minutes, 8 * 60);
    assert_true(medical->storage_us == INT64_C(48) * 3600 * 1000000);
    assert_int_equal(medical->confirm_working_days, 5);
    assert_int_equal(profile_general()->storage_us, 0);
    assert_true(profile_general()->stock_us == INT64_C(365) * 86400 * 1000000);
}

static void test_the_house_warns_before_it_blames(void **state)
{
    (void)state;
    const struct profile *medical = profile_medical();
    assert_true(medical->storage_notice_us == INT64_C(36) * 3600 * 1000000);
    assert_true(medical->storage_notice_us < medical->storage_us);
    assert_int_equal(medical->mass_tolerance_per_mille, 50);
    assert_true(medical->mass_tolerance_g == 1000);
    assert_true(medical->chain_gap_us == INT64_C(72) * 3600 * 1000000);
    assert_true(medical->manifest_us == INT64_C(96) * 3600 * 1000000);
    assert_true(profile_general()->manifest_us == INT64_C(30) * 86400 * 1000000);
    assert_true(medical->clock_tolerance_us == INT64_C(300) * 1000000);
}

static void test_every_rule_is_on_until_a_profile_says_otherwise(void **state)
{
    (void)state;
    for (uint32_t number = 0; number <= RULE_NUMBER_MAX + 1; number++) {
        bool is_rule = rule_find((uint16_t)number) != NULL;
        assert_int_equal(profile_has_rule(profile_general(), (uint16_t)number), is_rule);
        assert_int_equal(profile_has_rule(profile_medical(), (uint16_t)number), is_rule);
    }
}

/* ---- texts ------------------------------------------------------------------------------------------ */

static void test_a_text_that_says_little_is_the_built_in_one(void **state)
{
    (void)state;
    static struct profile expected;
    expected = *profile_general();
    const struct profile *profile = take(head);
    assert_string_equal(profile->name, "p");
    assert_string_equal(profile->family, "f");
    assert_int_equal(profile->edition, 1);
    snprintf(expected.name, sizeof expected.name, "p");
    snprintf(expected.family, sizeof expected.family, "f");
    for (size_t i = 0; i < profile_number_count(); i++) {
        char is[PROFILE_VALUE_MAX], was[PROFILE_VALUE_MAX];
        profile_write_number(profile, i, is);
        profile_write_number(&expected, i, was);
        assert_string_equal(is, was);
    }
    assert_memory_equal(profile->rules, expected.rules, sizeof expected.rules);
    assert_int_equal(profile->pattern_count, 0);
    assert_false(profile->is_zoned);
    take("[profile]\nname=p\nfamily=f\nedition=1\nbase=medical\n");
    assert_true(parsed.storage_us == profile_medical()->storage_us);
    assert_string_equal(parsed.patterns[0], "HW01");
    assert_string_equal(parsed.base, "medical");
    /* The base is the base wherever it stands. */
    take("[storage]\nplant_hours = 20\n[profile]\nname=p\nfamily=f\nedition=1\nbase=medical\n");
    assert_true(parsed.plant_us == HOURS(20));
    assert_true(parsed.storage_us == HOURS(48));
}

static void test_every_number_is_read_into_its_own_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < profile_number_count(); i++) {
        const struct profile_number *number = profile_number_at(i);
        static const char *const tried[] = {"7", "1", "90", "0", "12", "0630", "yes", "no"};
        char text[256], was[PROFILE_VALUE_MAX], is[PROFILE_VALUE_MAX];
        bool is_read = false;
        profile_write_number(profile_general(), i, was);
        for (size_t k = 0; k < sizeof tried / sizeof tried[0] && !is_read; k++) {
            if (strcmp(tried[k], was) == 0)
                continue;
            snprintf(text, sizeof text, "%s[%s]\n%s = %s ; said so\n", head, number->section,
                     number->key, tried[k]);
            if (!parse(text))
                continue;
            profile_write_number(&parsed, i, is);
            assert_string_equal(is, tried[k]);
            for (size_t other = 0; other < profile_number_count(); other++)
                if (other != i) {
                    char a[PROFILE_VALUE_MAX], b[PROFILE_VALUE_MAX];
                    profile_write_number(&parsed, other, a);
                    profile_write_number(profile_general(), other, b);
                    assert_string_equal(a, b);
                }
            is_read = true;
        }
        if (!is_read)
            fail_msg("[%s] %s is not read", number->section, number->key);
    }
    assert_null(profile_number_at(profile_number_count()));
}

static void test_every_number_has_its_range(void **state)
{
    (void)state;
    static const char *const never[] = {"-101",  "99999999999999", "1.5", "48h",  "",
                                        "maybe", "1000000000001",  "０",  "0x10", "4 8"};
    for (size_t i = 0; i < profile_number_count(); i++)
        for (size_t k = 0; k < sizeof never / sizeof never[0]; k++) {
            const struct profile_number *number = profile_number_at(i);
            char text[256];
            snprintf(text, sizeof text, "%s\n[%s]\n%s = %s\n", head, number->section, number->key,
                     never[k]);
            assert_false(parse(text));
            assert_int_equal(problem.line, 7);
            assert_string_equal(problem.section, number->section);
            assert_string_equal(problem.key, number->key);
            assert_string_equal(problem.got, never[k]);
            assert_true(problem.expected[0] != 0);
        }
    static const struct {
        const char *line;
        bool is_good;
    } edges[] = {
        {"[report]\nyearly_by = 1231", true},
        {"[report]\nyearly_by = 0229", false},
        {"[report]\nyearly_by = 1301", false},
        {"[report]\nyearly_by = 0", true},
        {"[report]\nyearly_by = 0100", false},
        {"[report]\nmonthly_day = 28", true},
        {"[report]\nmonthly_day = 29", false},
        {"[storage]\nplant_cold_celsius = -100", true},
        {"[storage]\nplant_cold_celsius = -101", false},
        {"[storage]\nplant_cold_celsius = 200", true},
        {"[storage]\nplant_cold_celsius = 201", false},
        {"[transport]\nplausible_kmh = 300", true},
        {"[transport]\nplausible_kmh = 301", false},
        {"[receipt]\nmass_tolerance_per_mille = 1000", true},
        {"[receipt]\nmass_tolerance_per_mille = 1001", false},
        {"[retention]\nmanifest_years = 100", true},
        {"[retention]\nmanifest_years = 101", false},
    };
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s%s\n", head, edges[i].line);
        assert_int_equal(parse(text), edges[i].is_good);
    }
}

static void test_the_keys_that_are_no_numbers(void **state)
{
    (void)state;
    const struct profile *profile =
        take("\xEF\xBB\xBF# with a mark of its encoding, and Windows ends of lines\r\n"
             "  [profile]\r\n"
             "  name = cn-x9\r\n\tfamily=medical\r\n  edition : 12\r\n"
             "epidemic = yes\n"
             "codes = HW01 , 841-*\n"
             "codes = 900-002-03\n"
             "number_form = free\n"
             "utc_offset_minutes = -210\n"
             "[rules]\n"
             "medical_storage = off\nchain_gap = 1\n"
             "[calendar]\n"
             "holidays = 2026-10-01..2026-10-07, 2026-01-01\n"
             "working_weekends = 2026-10-10\n"
             "covers_until = 2026-12-31\n");
    assert_string_equal(profile->name, "cn-x9");
    assert_int_equal(profile->edition, 12);
    assert_true(profile->is_epidemic);
    assert_int_equal(profile->pattern_count, 3);
    assert_string_equal(profile->patterns[1], "841-*");
    assert_string_equal(profile->patterns[2], "900-002-03");
    assert_string_equal(profile->number_form, "free");
    assert_true(profile->is_zoned);
    assert_int_equal(profile->calendar.utc_offset_minutes, -210);
    assert_false(profile_has_rule(profile, RULE_medical_storage));
    assert_true(profile_has_rule(profile, RULE_chain_gap));
    assert_true(profile_has_rule(profile, RULE_plant_storage));
    assert_int_equal(profile->calendar.covers_from, calendar_from_civil(2026, 1, 1));
    assert_int_equal(profile->calendar.covers_until, calendar_from_civil(2026, 12, 31));
    assert_false(calendar_is_working_day(&profile->calendar, calendar_from_civil(2026, 10, 7)));
    assert_true(calendar_is_working_day(&profile->calendar, calendar_from_civil(2026, 10, 10)));
    static const char *const forms[][2] = {
        {"national", "HW08"}, {"solid", "SW70"}, {"rcra", "D001"}, {"eu", "18 01 03*"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        for (size_t k = 0; k < sizeof forms / sizeof forms[0]; k++) {
            char text[256];
            snprintf(text, sizeof text, "%scodes = %s\ncode_form = %s\n", head, forms[k][1],
                     forms[i][0]);
            assert_int_equal(parse(text), i == k);
        }
}

static void test_what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    /* %H is the head: lines 1 to 4. */
    static const struct {
        const char *text;
        int line;
        const char *section, *key, *expected, *got, *nearest;
    } wrong[] = {
        {"", 0, "profile", "name", "to be given", "", ""},
        {"[profile]\nname = p\nedition = 1\n", 0, "profile", "family", "to be given", "", ""},
        {"[profile]\nname = p\nfamily = f\n", 0, "profile", "edition", "to be given", "", ""},
        {"name = p\n", 1, "", "name", "[profile] before the first key", "name", ""},
        {"%H[storge]\n", 5, "storge", "", "a section that profiles have", "storge", "[storage]"},
        {"%H[nonsense]\nx = 1\n", 5, "nonsense", "", "a section", "nonsense", ""},
        {"%H[storage]\ntemporary_hour = 1\n", 6, "storage", "temporary_hour", "a key",
         "temporary_hour", "[storage] temporary_hours"},
        {"%H[record]\ntemporary_hours = 1\n", 6, "record", "temporary_hours", "a key",
         "temporary_hours", "[storage] temporary_hours"},
        {"%H[storage]\nqqqqqq = 1\n", 6, "storage", "qqqqqq", "a key", "qqqqqq", ""},
        {"%H[rules]\nmedical_storag = off\n", 6, "rules", "medical_storag", "the name of a rule",
         "medical_storag", "[rules] medical_storage"},
        {"%H[rules]\nmedical_storage = 2\n", 6, "rules", "medical_storage", "1 or off", "2", ""},
        {"%H[rules]\nmedical_storage = yes\n", 6, "rules", "medical_storage", "1 or off", "yes",
         ""},
        {"%Hname = q\n", 5, "profile", "name", "it once; it stands in line 2", "name", ""},
        {"%H[storage]\nplant_hours = 1\n# between\nplant_hours = 2\n", 8, "storage", "plant_hours",
         "it once; it stands in line 6", "plant_hours", ""},
        {"%H[rules]\nchain_gap = 1\nchain_gap = 1\n", 7, "rules", "chain_gap", "it once", "", ""},
        {"%Hthis is no key\n", 5, "", "", "[section] or key = value", "", ""},
        {"%H[storage\n", 5, "", "", "[section] or key = value", "", ""},
        {"[profile]\nname = CN\n", 2, "profile", "name", "at most 32", "CN", ""},
        {"[profile]\nname = 1a\n", 2, "profile", "name", "at most 32", "1a", ""},
        {"[profile]\nname = a234567890123456789012345678901234\n", 2, "profile", "name",
         "at most 32", "a23", ""},
        {"[profile]\nfamily = \n", 2, "profile", "family", "at most 32", "", ""},
        {"[profile]\nedition = 0\n", 2, "profile", "edition", "1 to 1000000", "0", ""},
        {"%Hbase = soil\n", 5, "profile", "base", "general or medical", "soil", ""},
        {"%Hepidemic = 1\n", 5, "profile", "epidemic", "yes or no", "1", ""},
        {"%Hcodes = HW1\n", 5, "profile", "codes", "waste codes or patterns", "HW1", ""},
        {"%Hcodes = HW01,\n", 5, "profile", "codes", "waste codes or patterns", "", ""},
        {"%Hcodes = HW01\ncodes = HW01\n", 6, "profile", "codes", "each pattern once", "HW01", ""},
        {"%Hcodes = HW01, D001\n", 5, "profile", "codes", "code_form", "D001", ""},
        {"%Hcode_form = none\n", 5, "profile", "code_form", "national, solid, rcra or eu", "none",
         ""},
        {"%Hnumber_form = 14\n", 5, "profile", "number_form", "cn-14", "14", ""},
        {"%Hutc_offset_minutes = 841\n", 5, "profile", "utc_offset_minutes", "-720 to 840", "841",
         ""},
        {"%H[calendar]\nholidays = 2026-02-29\n", 6, "calendar", "holidays", "yyyy-mm-dd",
         "2026-02-29", ""},
        {"%H[calendar]\nholidays = 2026-10-07..2026-10-01\n", 6, "calendar", "holidays",
         "yyyy-mm-dd..yyyy-mm-dd", "2026-10-07", ""},
        {"%H[calendar]\nholidays = 2026-01-01..2027-01-01\n", 6, "calendar", "holidays",
         "yyyy-mm-dd..yyyy-mm-dd", "", ""},
        {"%H[calendar]\nholidays = 1.1.2026\n", 6, "calendar", "holidays", "yyyy-mm-dd", "1.1.2026",
         ""},
        {"%H[calendar]\nholidays = 2026-10-01..2026-10-07\nholidays = 2026-10-03\n", 7, "calendar",
         "holidays", "each day once", "2026-10-03", ""},
        {"%H[calendar]\nworking_weekends = 2026-10-09\n", 6, "calendar", "working_weekends",
         "a Saturday or a Sunday", "2026-10-09", ""},
        {"%H[calendar]\nholidays = 2026-10-10\nworking_weekends = 2026-10-10\n", 7, "calendar",
         "working_weekends", "not in the other list", "2026-10-10", ""},
        {"%H[calendar]\nholidays = 2026-10-10\n", 0, "calendar", "covers_until", "to be given", "",
         ""},
        {"%H[calendar]\ncovers_from = 2026-10-10\n", 6, "calendar", "covers_from",
         "covers_until with it", "", ""},
        {"%H[calendar]\nholidays = 2026-10-10\ncovers_until = 2026-10-09\n", 7, "calendar",
         "covers_until", "no earlier than", "", ""},
        {"%H[calendar]\nholidays = 2026-10-10\ncovers_until = 2026-12-31\ncovers_from = "
         "2026-11-01\n",
         8, "calendar", "covers_from", "no later than", "", ""},
        {"%H[storage]\ntemporary_hours = 24\ntemporary_notice_hours = 36\n", 7, "storage",
         "temporary_notice_hours", "no more than [storage] temporary_hours, which is 24 hours",
         "36", ""},
        {"%H[storage]\nstock_days = 100\n", 6, "storage", "stock_notice_days",
         "no more than [storage] stock_days", "335", ""},
        {"%H[report]\nsimplified_t = 200\n", 6, "report", "simplified_t", "key_unit_t", "200", ""},
        {"%H[storage]\nplant_hours = \x1b[31m\xC2\x9B\n", 6, "storage", "plant_hours", "hours",
         "?[31m??", ""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[512];
        bool has_head = strncmp(wrong[i].text, "%H", 2) == 0;
        snprintf(text, sizeof text, "%s%s", has_head ? head : "",
                 wrong[i].text + (has_head ? 2 : 0));
        if (parse(text))
            fail_msg("taken: %s", text);
        if (problem.line != wrong[i].line || strcmp(problem.section, wrong[i].section) != 0 ||
            strcmp(problem.key, wrong[i].key) != 0 ||
            strstr(problem.expected, wrong[i].expected) == NULL ||
            strncmp(problem.got, wrong[i].got, strlen(wrong[i].got)) != 0 ||
            strcmp(problem.nearest, wrong[i].nearest) != 0)
            fail_msg("%s: line %d [%s] %s, expected %s, got %s, nearest %s", text, problem.line,
                     problem.section, problem.key, problem.expected, problem.got, problem.nearest);
    }
}

static void test_a_text_has_its_bounds(void **state)
{
    (void)state;
    static char text[PROFILE_TEXT_MAX + 2];
    size_t len = sizeof head - 1;
    memset(text, '#', sizeof text);
    memcpy(text, head, len);
    assert_true(
        profile_parse(span_of(text, PROFILE_TEXT_MAX), &parsed, &problem)); /* one comment */
    assert_false(profile_parse(span_of(text, PROFILE_TEXT_MAX + 1), &parsed, &problem));
    assert_int_equal(problem.line, 0);
    /* A line that is no comment has 190 bytes; of a longer one nothing is taken. */
    memset(text + len, ' ', 300);
    memcpy(text + len, "utc_offset_minutes = 60 ;", 25);
    memset(text + len + 25, 'x', 190 - 25);
    text[len + 190] = '\n';
    assert_true(profile_parse(span_of(text, len + 191), &parsed, &problem));
    assert_int_equal(parsed.calendar.utc_offset_minutes, 60);
    text[len + 190] = 'x';
    assert_false(profile_parse(span_of(text, len + 191), &parsed, &problem));
    assert_int_equal(problem.line, 5);
    assert_false(profile_parse(span_of("[profile]\nname = a\0b\n", 21), &parsed, &problem));
    assert_int_equal(problem.line, 2);
    len = (size_t)snprintf(text, sizeof text, "%scodes = ", head);
    for (int i = 0; i < PROFILE_PATTERNS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s900-%03d-49%s",
                                i % 8 == 0 && i > 0 ? "codes = " : "", i, i % 8 == 7 ? "\n" : ", ");
    assert_true(profile_parse(span_of(text, len), &parsed, &problem));
    assert_int_equal(parsed.pattern_count, PROFILE_PATTERNS_MAX);
    len += (size_t)snprintf(text + len, sizeof text - len, "codes = HW08\n");
    assert_false(profile_parse(span_of(text, len), &parsed, &problem));
    assert_string_equal(problem.expected, "at most 32 patterns");
}

static void test_the_longest_pattern_counts(void **state)
{
    (void)state;
    take("[profile]\nname=p\nfamily=f\nedition=1\ncodes = HW01, 841-*, 841-001-01\n");
    assert_int_equal(profile_covers(&parsed, span_text("841-001-01")), 10);
    assert_int_equal(profile_covers(&parsed, span_text("841-002-01")), 5);
    assert_int_equal(profile_covers(&parsed, span_text("900-001-01")), 4);
    assert_int_equal(profile_covers(&parsed, span_text("900-041-49")), 0);
    assert_int_equal(profile_covers(profile_general(), span_text("900-041-49")), 1);
}

/* ---- the files -------------------------------------------------------------------------------------- */

/* yyyy-mm-dd */
static int32_t day_of(const char *text)
{
    return calendar_from_civil((int32_t)strtol(text, NULL, 10),
                               (uint32_t)strtoul(text + 5, NULL, 10),
                               (uint32_t)strtoul(text + 8, NULL, 10));
}

static void check_chinese_calendar(const struct calendar *calendar)
{
    /* 国办发明电〔2024〕12号 (2025) and the notice of 2025-11-04 (2026): days off that are no weekend, weekends worked. */
    static const char *const off[] = {"2025-01-01", "2025-01-28", "2025-02-04", "2025-04-04",
                                      "2025-05-01", "2025-05-05", "2025-06-02", "2025-10-01",
                                      "2025-10-08", "2026-01-01", "2026-01-02", "2026-02-16",
                                      "2026-02-23", "2026-04-06", "2026-05-01", "2026-05-05",
                                      "2026-06-19", "2026-09-25", "2026-10-01", "2026-10-07"};
    static const char *const worked[] = {"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
                                         "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28",
                                         "2026-05-09", "2026-09-20", "2026-10-10"};
    uint32_t days[2] = {0};
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
        int32_t number = day_of(off[i]);
        assert_false(calendar_is_weekend(number));
        assert_false(calendar_is_working_day(calendar, number));
    }
    for (size_t i = 0; i < sizeof worked / sizeof worked[0]; i++) {
        int32_t number = day_of(worked[i]);
        assert_true(calendar_is_weekend(number));
        assert_true(calendar_is_working_day(calendar, number));
    }
    /* 28 days off are announced for 2025, 33 for 2026, weekends among them included. */
    for (uint32_t i = 0; i < calendar->holidays.count; i++) {
        int32_t civil;
        uint32_t of_month, of_day;
        calendar_civil(calendar->holidays.ranges[i].first, &civil, &of_month, &of_day);
        days[civil - 2025] +=
            (uint32_t)(calendar->holidays.ranges[i].last - calendar->holidays.ranges[i].first + 1);
    }
    assert_int_equal(days[0], 28);
    assert_int_equal(days[1], 33);
    assert_true(calendar_is_covered(calendar, calendar_from_civil(2026, 12, 31)));
    assert_false(calendar_is_covered(calendar, calendar_from_civil(2027, 1, 1)));
}

static void test_cn_medical_says_what_the_law_says(void **state)
{
    (void)state;
    const struct profile *p = take_file("cn-medical");
    assert_string_equal(p->family, "medical");
    assert_int_equal(profile_covers(p, span_text("841-003-01")), 4);
    assert_false(p->is_epidemic);
    assert_true(p->storage_us == HOURS(48));          /* 条例 art. 17: at most 2 days */
    assert_true(p->storage_notice_us == HOURS(36));   /* N10 */
    assert_true(p->ward_us == HOURS(24));             /* order 36 art. 16: every day */
    assert_true(p->plant_us == HOURS(24));            /* GB 39707-2020 5.4.6 */
    assert_true(p->plant_cold_us == HOURS(72));       /* GB 39707-2020 5.4.6 */
    assert_true(p->plant_remote_us == HOURS(168));    /* GB 39707-2020 5.4.6 */
    assert_int_equal(p->plant_cold_mc, 5000);         /* GB 39707-2020 5.4.6 */
    assert_true(p->bedded_us == HOURS(24));           /* 206号 4.1 */
    assert_true(p->other_us == HOURS(48));            /* 条例 art. 25 */
    assert_int_equal(p->bedded_above, 19);            /* 豁免管理清单 row 2 */
    assert_int_equal(p->confirm_working_days, 5);     /* 转移办法 art. 18 */
    assert_int_equal(p->back_entry_working_days, 10); /* 转移办法 art. 20 */
    assert_true(p->clean_us == HOURS(24));            /* GB 39707 5.5.2 */
    assert_true(p->outage_us == HOURS(60));           /* GB 39707 7.3.3 */
    assert_int_equal(p->medical_vehicle, 1);          /* 条例 art. 26 */
    assert_int_equal(p->rail_and_air_forbidden, 1);   /* 条例 art. 15 */
    assert_int_equal(p->mixed_cargo_forbidden, 1);    /* 条例 art. 26 */
    assert_int_equal(p->sterilise_on_site, 1);        /* 条例 art. 19 */
    assert_int_equal(p->register_years, 3);           /* 条例 art. 12 */
    assert_int_equal(p->waybill_months, 12);          /* order 29 of 2019 art. 24 */
    check_chinese_calendar(&p->calendar);
}

static void test_cn_epidemic_is_shorter(void **state)
{
    (void)state;
    const struct profile *p = take_file("cn-epidemic");
    assert_true(p->is_epidemic);
    assert_true(p->plant_us == HOURS(12)); /* 12 h at the plant, however cold */
    assert_true(p->plant_cold_us == HOURS(12));
    assert_true(p->plant_remote_us == HOURS(12));
    assert_true(p->bedded_us == HOURS(24)); /* collected every 24 h, wherever */
    assert_true(p->other_us == HOURS(24));
    assert_int_equal(p->bedded_above, 0); /* 豁免管理清单 row 2: not in an epidemic */
    check_chinese_calendar(&p->calendar);
}

static void test_cn_hazardous_says_what_the_law_says(void **state)
{
    (void)state;
    const struct profile *p = take_file("cn-hazardous");
    assert_int_equal(p->pattern_count, 0);
    assert_true(p->storage_us == 0);
    assert_true(p->stock_us == DAYS(365));                /* 固废法 art. 81 */
    assert_true(p->point_g == 3000000);                   /* GB 18597-2023 */
    assert_int_equal(p->confirm_working_days, 5);         /* 转移办法 art. 18 */
    assert_int_equal(p->back_entry_working_days, 10);     /* art. 20 */
    assert_int_equal(p->manifest_years, 10);              /* art. 20 */
    assert_int_equal(p->approval_required, 1);            /* art. 21 */
    assert_true(p->approval_us == DAYS(366));             /* art. 27: 12 months */
    assert_int_equal(p->monthly_day, 15);                 /* HJ 1259 7.2 */
    assert_int_equal(p->quarterly_day, 15);               /* HJ 1259 7.2 */
    assert_int_equal(p->yearly_by, 331);                  /* HJ 1259 7.2 */
    assert_int_equal(p->plan_by, 331);                    /* HJ 1259 5.2 */
    assert_true(p->key_unit_g == INT64_C(100) * 1000000); /* HJ 1259 4.2.1 */
    assert_true(p->simplified_g == INT64_C(10) * 1000000);
    assert_int_equal(p->ledger_years, 5);    /* HJ 1259 6.4 */
    assert_int_equal(p->operator_years, 10); /* 许可证办法 art. 18 */
    check_chinese_calendar(&p->calendar);
}

static void test_the_other_families_differ_in_data_alone(void **state)
{
    (void)state;
    const struct profile *p = take_file("cn-soil");
    assert_string_equal(p->family, "soil");
    assert_int_equal(profile_covers(p, span_text("900-001-S99")), 4);
    assert_int_equal(profile_covers(p, span_text("900-001-S70")), 0);
    assert_string_equal(p->number_form, "free");
    assert_false(profile_has_rule(p, RULE_number_unreported));
    check_chinese_calendar(&p->calendar);
    p = take_file("cn-construction");
    assert_string_equal(p->family, "construction");
    assert_int_equal(profile_covers(p, span_text("501-001-S70")),
                     4); /* 分类与代码目录 art. 5: S70-S79 */
    assert_int_equal(profile_covers(p, span_text("501-001-S80")), 0);
    assert_true(profile_has_rule(p, RULE_vehicle_unregistered)); /* the white list */
    check_chinese_calendar(&p->calendar);
    p = take_file("cn-battery");
    assert_int_equal(profile_covers(p, span_text("900-052-31")), 10);
    assert_int_equal(profile_covers(p, span_text("900-053-31")), 0);
    assert_true(p->storage_us == DAYS(90)); /* HJ 519-2020 */
    assert_true(p->point_g == 3000000);
    check_chinese_calendar(&p->calendar);
}

static void test_us_rcra_says_what_the_code_says(void **state)
{
    (void)state;
    const struct profile *p = take_file("us-rcra");
    assert_true(profile_covers(p, span_text("D001")) > 0); /* 40 CFR 261 */
    assert_int_equal(profile_covers(p, span_text("841-001-01")), 0);
    assert_true(p->exception_contact_us == DAYS(35));   /* 40 CFR 262.42 */
    assert_true(p->exception_us == DAYS(45));           /* 40 CFR 262.42 */
    assert_int_equal(p->mass_tolerance_per_mille, 100); /* 40 CFR 264.72: 10 % */
    assert_true(p->copy_us == DAYS(30));                /* 40 CFR 264.71 */
    assert_int_equal(p->manifest_years, 3);             /* 40 CFR 264.71 */
    assert_true(p->centre_us == DAYS(10));              /* 40 CFR 263.12 */
    assert_true(profile_has_rule(p, RULE_receipt_unconfirmed));
    assert_string_equal(p->number_form, "rcra-12");
    assert_int_equal(p->calendar.utc_offset_minutes, -300);
}

static void test_fr_dasri_says_what_the_decree_says(void **state)
{
    (void)state;
    const struct profile *p = take_file("fr-dasri");
    assert_int_equal(profile_covers(p, span_text("18 01 03*")), 9);
    assert_int_equal(profile_covers(p, span_text("18 01 04")), 0);
    assert_true(p->storage_us == DAYS(7)); /* arrêté 7 Sept 1999: 15 kg a month to 100 kg a week */
    assert_true(p->copy_us == DAYS(31));   /* CERFA 11351 */
    assert_true(profile_has_rule(p, RULE_receipt_unconfirmed));
    assert_int_equal(p->manifest_years, 3);
}

/* Names of the fields, in the order of the table. */
static const char *const fields[] = {
#define PROFILE_X(section, key, field, unit, general, medical, source) #field,
    PROFILE_NUMBERS(PROFILE_X)
#undef PROFILE_X
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* Does the text read that member of a profile: "profile->name", "p.name", "offsetof(struct profile, name)"? */
static bool reads(const char *text, const char *name)
{
    for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
        char after = at[strlen(name)];
        bool is_whole =
            after != '_' && (after < 'a' || after > 'z') && (after < '0' || after > '9');
        bool is_member = at - text > 24 && (at[-1] == '>' || at[-1] == '.' ||
                                            memcmp(at - 16, "struct profile, ", 16) == 0);
        if (is_whole && is_member)
            return true;
    }
    return false;
}

static void note_reads(const char *pattern, bool ret[static FIELDS])
{
    static char text[512 * 1024];
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        read_whole(found.gl_pathv[i], text, sizeof text);
        for (size_t k = 0; k < FIELDS; k++)
            ret[k] |= reads(text, fields[k]);
    }
    globfree(&found);
}

/* A number that nothing reads is a promise that nobody keeps: implement it, or delete the key and say so in the README. */
static void test_every_number_is_read_by_a_rule_or_a_report(void **state)
{
    (void)state;
    bool is_read[FIELDS] = {false};
    note_reads("daemon/domain/*.c", is_read);
    note_reads("daemon/service/*.c", is_read);
    /* How long records are kept is a table of its own. */
    static const char *const retained[] = {
#define RETENTION_X(number, name, field, months, from, of) #field,
        RETENTION_KINDS(RETENTION_X)
#undef RETENTION_X
    };
    for (size_t k = 0; k < FIELDS; k++) {
        for (size_t i = 0; i < sizeof retained / sizeof retained[0]; i++)
            is_read[k] |= strcmp(retained[i], fields[k]) == 0;
        if (!is_read[k])
            fail_msg("[%s] %s: no rule and no report reads it", profile_number_at(k)->section,
                     profile_number_at(k)->key);
    }
}

/* Between the two markers the README has the code's own table, row for row. */
static void test_the_readme_has_the_table_of_the_code(void **state)
{
    (void)state;
    static char text[128 * 1024];
    read_whole("deploy/profiles/README.md", text, sizeof text);
    char *at = strstr(text, "<!-- numbers -->\n");
    assert_non_null(at);
    at = strchr(at, '\n') + 1;
    for (int heading = 0; heading < 2; heading++)
        at = strchr(at, '\n') + 1;
    for (size_t i = 0; i < profile_number_count(); i++) {
        char row[PROFILE_ROW_MAX];
        profile_write_row(i, row);
        size_t len = strlen(row);
        if (strncmp(at, row, len) != 0 || at[len] != '\n')
            fail_msg("README.md: expected %s (custody profile keys prints the table)", row);
        at += len + 1;
    }
    assert_int_equal(strncmp(at, "<!-- end -->", 12), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_numbers_of_the_law_are_its_own),
        cmocka_unit_test(test_the_house_warns_before_it_blames),
        cmocka_unit_test(test_every_rule_is_on_until_a_profile_says_otherwise),
        cmocka_unit_test(test_a_text_that_says_little_is_the_built_in_one),
        cmocka_unit_test(test_every_number_is_read_into_its_own_field),
        cmocka_unit_test(test_every_number_has_its_range),
        cmocka_unit_test(test_the_keys_that_are_no_numbers),
        cmocka_unit_test(test_what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(test_a_text_has_its_bounds),
        cmocka_unit_test(test_the_longest_pattern_counts),
        cmocka_unit_test(test_cn_medical_says_what_the_law_says),
        cmocka_unit_test(test_cn_epidemic_is_shorter),
        cmocka_unit_test(test_cn_hazardous_says_what_the_law_says),
        cmocka_unit_test(test_the_other_families_differ_in_data_alone),
        cmocka_unit_test(test_us_rcra_says_what_the_code_says),
        cmocka_unit_test(test_fr_dasri_says_what_the_decree_says),
        cmocka_unit_test(test_every_number_is_read_by_a_rule_or_a_report),
        cmocka_unit_test(test_the_readme_has_the_table_of_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
