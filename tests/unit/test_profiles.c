/* test_profiles.c: shows which profile judges what: mark, pattern, division, time; and that nothing stays of one that was
 * reverted. */
#include <stdio.h>

#include "daemon/service/profiles.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

struct shelf {
    struct tempdir dir;
    struct lookups *lookups;
    struct book *book;
};

static struct shelf *shelf;

static int setup(void **state)
{
    static struct shelf room;
    (void)state;
    tempdir_create(&room.dir);
    assert_int_equal(lookups_open(room.dir.path, STORE_CREATE, 64 << 20, 8 << 20, &room.lookups),
                     CUSTODY_OK);
    room.book = book_create(room.lookups, NULL, NULL, 8 << 20);
    assert_non_null(room.book);
    struct book_ledger ledger = {.division = 540400, .utc_offset_minutes = 420};
    book_put_ledger(room.book, &ledger);
    shelf = &room;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    book_destroy(shelf->book);
    lookups_close(shelf->lookups);
    tempdir_destroy(&shelf->dir);
    return 0;
}

/* set_profile of a text with these lines more, effective from `from_us`, for these divisions; the number it has. */
static uint32_t
set(const char *name, uint32_t edition, const char *more, int64_t from_us, const char *divisions)
{
    static char text[2048], words[EDITION_DIVISIONS_MAX][8];
    char *named[EDITION_DIVISIONS_MAX];
    Custody__V1__SetProfileBody body = CUSTODY__V1__SET_PROFILE_BODY__INIT;
    int len = snprintf(text, sizeof text, "[profile]\nname = %s\nfamily = f\nedition = %u\n%s\n",
                       name, edition, more);
    body.text.data = (uint8_t *)text;
    body.text.len = (size_t)len;
    body.divisions = named;
    while (*divisions != 0) {
        snprintf(words[body.n_divisions], sizeof words[0], "%.6s", divisions);
        named[body.n_divisions] = words[body.n_divisions];
        body.n_divisions++;
        divisions += 6 + (divisions[6] == ' ' ? 1 : 0);
    }
    profiles_record(shelf->book, &body, from_us, 100 + (uint64_t)from_us);
    assert_int_equal(book_status(shelf->book), CUSTODY_OK);
    return LAW_PROFILE_FIRST - 1 + book_ledger(shelf->book)->numbers[SUBJECT_PROFILE];
}

static uint32_t ask(const char *code, bool is_epidemic, uint32_t division, int64_t at_us)
{
    return book_profile_for(shelf->book, span_text(code), is_epidemic, division, at_us);
}

static void test_without_any_the_built_in_ones_judge(void **state)
{
    (void)state;
    assert_int_equal(ask("841-001-01", false, 540402, 10), LAW_PROFILE_MEDICAL);
    assert_int_equal(ask("18 01 03*", false, 540402, 10), LAW_PROFILE_MEDICAL);
    assert_int_equal(ask("900-041-49", false, 540402, 10), LAW_PROFILE_GENERAL);
    assert_int_equal(ask("", false, 540402, 10), 0);
    const struct law *law = book_law(shelf->book);
    assert_true(law->profile(law->context, LAW_PROFILE_MEDICAL)->storage_us > 0);
    assert_true(law->profile(law->context, LAW_PROFILE_GENERAL)->storage_us == 0);
    assert_string_equal(law->profile(law->context, 99)->name, "general");
    /* The clock is the ledger's. */
    assert_int_equal(law->profile(law->context, 99)->calendar.utc_offset_minutes, 420);
    assert_int_equal(book_profile(shelf->book)->calendar.utc_offset_minutes, 420);
}

static void test_the_most_specific_one_judges(void **state)
{
    (void)state;
    uint32_t all = set("all", 1, "", 10, "");
    uint32_t region = set("region", 1, "", 20, "540000");
    uint32_t county = set("county", 1, "", 15, "540402");
    uint32_t medical = set("medical", 1, "codes = HW01", 10, "");
    uint32_t sharps = set("sharps", 1, "codes = 841-002-01", 10, "");
    uint32_t epidemic = set("epidemic", 1, "codes = HW01\nepidemic = yes", 10, "");
    book_turn(shelf->book);
    assert_int_equal(ask("900-041-49", false, 630100, 50), all);
    assert_int_equal(ask("900-041-49", false, 540401, 50), region); /* named, and all is not */
    assert_int_equal(ask("900-041-49", false, 540402, 50),
                     county); /* though the region's is newer */
    assert_int_equal(ask("841-001-01", false, 540402, 50),
                     medical); /* a pattern before a division */
    assert_int_equal(ask("841-002-01", false, 540402, 50), sharps);  /* the longest pattern */
    assert_int_equal(ask("841-002-01", true, 540402, 50), epidemic); /* the mark before all */
    assert_int_equal(ask("900-041-49", true, 540402, 50), county);   /* its codes are not these */
    /* Each from its own time, and never before. */
    assert_int_equal(ask("900-041-49", false, 540402, 14), all);
    assert_int_equal(ask("900-041-49", false, 540402, 15), county);
    assert_int_equal(ask("900-041-49", false, 540401, 19), all);
    assert_int_equal(ask("900-041-49", false, 540401, 9), LAW_PROFILE_GENERAL);
    assert_int_equal(ask("841-001-01", true, 540401, 9), LAW_PROFILE_MEDICAL);
    uint32_t later = set("later", 1, "", 30, "540402");
    book_turn(shelf->book);
    assert_int_equal(ask("900-041-49", false, 540402, 29), county);
    assert_int_equal(ask("900-041-49", false, 540402, 30), later); /* as close: the latest */
    assert_int_equal(book_status(shelf->book), CUSTODY_OK);
}

static void test_a_later_edition_stands_in_the_place_of_the_earlier(void **state)
{
    (void)state;
    uint32_t first = set("cn", 1, "codes = 841-001-01\n[storage]\nplant_hours = 1", 10, "");
    uint32_t second = set("cn", 2, "codes = HW01\n[storage]\nplant_hours = 2", 20, "540400");
    book_turn(shelf->book);
    assert_int_equal(ask("841-001-01", false, 540402, 19), first);
    /* Its pattern is shorter; still it is the newer edition of the same rules. */
    assert_int_equal(ask("841-001-01", false, 540402, 20), second);
    assert_int_equal(ask("841-001-01", false, 630100, 20), first); /* where it does not serve */
    uint32_t third = set("cn", 3, "codes = HW08", 15, "");
    book_turn(shelf->book);
    /* What the third dropped, nobody's profile serves any more. */
    assert_int_equal(ask("841-001-01", false, 540402, 20), LAW_PROFILE_MEDICAL);
    assert_int_equal(ask("900-214-08", false, 540402, 20), third);
    const struct law *law = book_law(shelf->book);
    assert_true(law->profile(law->context, first)->plant_us == INT64_C(3600000000));
    assert_true(law->profile(law->context, second)->plant_us == INT64_C(7200000000));
    assert_int_equal(profiles_newest(book_profiles(shelf->book), span_text("cn")), third);
    assert_int_equal(profiles_newest(book_profiles(shelf->book), span_text("c")), 0);
    const struct edition *edition = profiles_edition(book_profiles(shelf->book), second);
    assert_int_equal(edition->edition, 2);
    assert_int_equal(edition->divisions[0], 540400);
    assert_true(edition->from_us == 20 && edition->entry == 120);
    struct digest digest = digest_sha256(edition->text);
    assert_true(digest_is_equal(&digest, &edition->digest));
    assert_null(profiles_edition(book_profiles(shelf->book), third + 1));
    assert_null(profiles_edition(book_profiles(shelf->book), LAW_PROFILE_MEDICAL));
    assert_int_equal(profiles_count(book_profiles(shelf->book)), 3);
}

static void test_what_has_no_code_is_judged_by_what_serves_every_code(void **state)
{
    (void)state;
    set("medical", 1, "codes = HW01\n[record]\nchain_gap_hours = 1", 10, "");
    set("elsewhere", 1, "[record]\nchain_gap_hours = 2", 10, "630000");
    set("epidemic", 1, "epidemic = yes\n[record]\nchain_gap_hours = 3", 10, "");
    set("general", 1, "[record]\nchain_gap_hours = 4", 20, "");
    book_turn(shelf->book);
    assert_true(book_profile_at(shelf->book, 19)->chain_gap_us == profile_general()->chain_gap_us);
    assert_true(book_profile_at(shelf->book, 20)->chain_gap_us == 4 * INT64_C(3600000000));
    /* Civil days that are part of keys are cut as they always were. */
    set("general", 2, "utc_offset_minutes = 60", 30, "");
    book_turn(shelf->book);
    assert_int_equal(book_profile_at(shelf->book, 30)->calendar.utc_offset_minutes, 60);
    assert_int_equal(book_profile_at(shelf->book, 29)->calendar.utc_offset_minutes, 420);
    assert_int_equal(book_profile(shelf->book)->calendar.utc_offset_minutes, 420);
}

static void test_parsed_ones_stay_over_the_turns(void **state)
{
    (void)state;
    uint32_t number = set("cn", 1, "", 10, "");
    const struct law *law = book_law(shelf->book);
    book_turn(shelf->book);
    const struct profile *profile = law->profile(law->context, number);
    assert_string_equal(profile->name, "cn");
    for (int i = 0; i < 3; i++) {
        book_turn(shelf->book);
        assert_ptr_equal(law->profile(law->context, number), profile);
    }
}

static void test_nothing_stays_of_what_was_reverted(void **state)
{
    (void)state;
    const struct law *law = book_law(shelf->book);
    uint32_t kept = set("kept", 1, "", 10, "");
    book_turn(shelf->book);
    assert_int_equal(ask("900-041-49", false, 540400, 50), kept);
    for (int round = 0; round < 2; round++) {
        /* One statement fails half-way, after its profile was asked for; the next takes its number. */
        size_t mark = lookups_mark(shelf->lookups);
        uint32_t number = set("wrong", 1, "codes = HW49\n[storage]\nplant_hours = 7", 20, "");
        assert_int_equal(ask("900-041-49", false, 540400, 50), number);
        assert_true(law->profile(law->context, number)->plant_us == 7 * INT64_C(3600000000));
        lookups_revert(shelf->lookups, mark);
        book_turn(shelf->book);
        if (round == 0)
            assert_int_equal(ask("900-041-49", false, 540400, 50), kept);
        mark = lookups_mark(shelf->lookups);
        assert_int_equal(set("right", 1, "codes = HW49\n[storage]\nplant_hours = 8", 20, ""),
                         number);
        assert_int_equal(ask("900-041-49", false, 540400, 50), number);
        assert_true(law->profile(law->context, number)->plant_us == 8 * INT64_C(3600000000));
        book_turn(shelf->book);
        assert_string_equal(law->profile(law->context, number)->name, "right");
        lookups_revert(shelf->lookups, mark);
        book_turn(shelf->book);
    }
    /* ... nor does the time from which it would have held. */
    size_t before = lookups_mark(shelf->lookups);
    set("early", 1, "codes = HW08", 5, "");
    assert_int_equal(ask("900-041-49", false, 540400, 9), LAW_PROFILE_GENERAL);
    lookups_revert(shelf->lookups, before);
    book_turn(shelf->book);
    assert_int_equal(ask("900-041-49", false, 540400, 10), kept);
    assert_int_equal(ask("900-041-49", false, 540400, 9), LAW_PROFILE_GENERAL);
    /* The whole batch comes to nothing, turns after its profile was looked at. */
    assert_int_equal(lookups_accept(shelf->lookups, 1), CUSTODY_OK);
    uint32_t lost = set("lost", 1, "codes = HW49", 20, "");
    book_turn(shelf->book);
    assert_int_equal(ask("900-041-49", false, 540400, 50), lost);
    lookups_discard(shelf->lookups);
    book_turn(shelf->book);
    assert_int_equal(ask("900-041-49", false, 540400, 50), kept);
    assert_int_equal(profiles_count(book_profiles(shelf->book)), 1);
    /* ... and the next batch has another one of the same number. */
    set("lost", 1, "codes = HW49", 20, "");
    book_turn(shelf->book);
    assert_int_equal(ask("900-041-49", false, 540400, 50), lost);
    lookups_discard(shelf->lookups);
    book_turn(shelf->book);
    assert_int_equal(set("found", 1, "codes = HW08", 20, ""), lost);
    assert_int_equal(ask("900-041-49", false, 540400, 50), kept);
    assert_int_equal(ask("900-214-08", false, 540400, 50), lost);
    assert_int_equal(book_status(shelf->book), CUSTODY_OK);
}

static void test_a_reader_finds_the_same(void **state)
{
    (void)state;
    uint32_t first = set("cn", 1, "codes = HW01\n[storage]\nplant_hours = 1", 10, "");
    uint32_t second = set("cn", 2, "codes = HW01\n[storage]\nplant_hours = 2", 20, "");
    assert_int_equal(lookups_accept(shelf->lookups, 2), CUSTODY_OK);
    assert_int_equal(lookups_flush(shelf->lookups), CUSTODY_OK);
    struct lookups_snapshot *snapshot;
    assert_int_equal(lookups_snapshot_begin(shelf->lookups, &snapshot), CUSTODY_OK);
    struct book *book = book_create(NULL, snapshot, NULL, 1 << 20);
    assert_non_null(book);
    assert_int_equal(book_profile_for(book, span_text("841-001-01"), false, 540400, 15), first);
    assert_int_equal(book_profile_for(book, span_text("841-001-01"), false, 540400, 25), second);
    const struct law *law = book_law(book);
    assert_true(law->profile(law->context, second)->plant_us == 2 * INT64_C(3600000000));
    assert_int_equal(law->profile(law->context, second)->calendar.utc_offset_minutes, 420);
    assert_int_equal(book_status(book), CUSTODY_OK);
    book_destroy(book);
    lookups_snapshot_end(snapshot);
}

/* Many random profiles: what is remembered is what looking at all of them gives, in whatever order one asks. */
static void test_what_is_remembered_is_what_looking_again_gives(void **state)
{
    (void)state;
    static const char *const codes[] = {"841-001-01", "841-002-01", "900-041-49", "900-214-08"};
    static const char *const served[] = {"", "codes = HW01", "codes = 841-*", "codes = 841-002-01",
                                         "codes = HW49, HW08"};
    static const char *const where[] = {"", "540000", "540400", "540402", "630000 540401"};
    static const uint32_t divisions[] = {540402, 540401, 540500, 630100};
    struct dice dice;
    dice_init(&dice, dice_seed());
    uint32_t editions[4] = {0};
    for (int profile = 0; profile < 40; profile++) {
        char name[16], more[64];
        uint64_t which = dice_below(&dice, 4);
        snprintf(name, sizeof name, "p%u", (unsigned)which);
        snprintf(more, sizeof more, "%s%s", served[dice_below(&dice, 5)],
                 dice_chance(&dice, 20) ? "\nepidemic = yes" : "");
        set(name, ++editions[which], more, (int64_t)dice_below(&dice, 60),
            where[dice_below(&dice, 5)]);
        book_turn(shelf->book);
        for (int asked = 0; asked < 60; asked++) {
            const char *code = codes[dice_below(&dice, 4)];
            bool is_epidemic = dice_chance(&dice, 30);
            uint32_t division = divisions[dice_below(&dice, 4)];
            int64_t at_us = (int64_t)dice_below(&dice, 80);
            uint32_t remembered = ask(code, is_epidemic, division, at_us);
            struct profiles *fresh = profiles_create(shelf->book);
            assert_non_null(fresh);
            assert_int_equal(profiles_select(fresh, span_text(code), is_epidemic, division, at_us),
                             remembered);
            profiles_destroy(fresh);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_any_the_built_in_ones_judge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_most_specific_one_judges, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_later_edition_stands_in_the_place_of_the_earlier,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_has_no_code_is_judged_by_what_serves_every_code,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_parsed_ones_stay_over_the_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_stays_of_what_was_reverted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_reader_finds_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_remembered_is_what_looking_again_gives, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
