/* test_volumes.c: facts of a long life, kept by spells and read by volumes, whatever the order in which they came. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/ledger/lookups.h"
#include "daemon/service/volumes.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

enum { HOSPITAL = 1, CARRIER = 2, PLANT = 3, DRUM = 7 };
enum {
    PACK = CUSTODY__V1__ACT__ACT_PACK,
    STORE = CUSTODY__V1__ACT__ACT_STORE,
    LOAD = CUSTODY__V1__ACT__ACT_LOAD,
    FEED = CUSTODY__V1__ACT__ACT_FEED,
    AMEND = CUSTODY__V1__ACT__ACT_AMEND,
};
#define START_US INT64_C(1777593600000000)

struct store_room {
    struct tempdir dir;
    struct lookups *lookups;
    struct book *book;
};

static int setup(void **state)
{
    static struct store_room place;
    tempdir_create(&place.dir);
    assert_int_equal(lookups_open(place.dir.path, STORE_CREATE, 64 << 20, 8 << 20, &place.lookups),
                     CUSTODY_OK);
    place.book = book_create(place.lookups, NULL, NULL, 32 << 20);
    assert_non_null(place.book);
    volumes_create(place.book, DRUM, HOSPITAL, 540402, false);
    *state = &place;
    return 0;
}

static int teardown(void **state)
{
    struct store_room *place = *state;
    book_destroy(place->book);
    lookups_close(place->lookups);
    tempdir_destroy(&place->dir);
    return 0;
}

static struct fact fact_of(uint8_t act, uint32_t party, int64_t hours)
{
    return (struct fact){.act = act,
                         .party = party,
                         .key = party,
                         .key_prefix = party,
                         .key_sequence = (uint64_t)hours + 1,
                         .entry = (uint64_t)hours * 8 + party,
                         .effective_us = START_US + hours * CALENDAR_HOUR_US,
                         .claimed_us = START_US + hours * CALENDAR_HOUR_US,
                         .recorded_us = START_US + hours * CALENDAR_HOUR_US,
                         .mass_g = FACT_NO_MASS};
}

static void put(struct book *book, const struct fact *fact, int64_t at_us)
{
    struct facts facts;
    uint32_t spell = volumes_spell(at_us);
    assert_true(volumes_spell_read(book, DRUM, spell, &facts));
    facts_add(&facts, fact);
    volumes_spell_put(book, DRUM, spell, &facts);
}

static void put_own(struct book *book, const struct fact *fact)
{
    put(book, fact, fact->effective_us);
}

static void assert_volume(
    struct book *book, int64_t hours, uint32_t expected, int64_t from_hours, int64_t to_hours)
{
    struct container container;
    struct volume_bounds bounds;
    struct fact at = volumes_at(START_US + hours * CALENDAR_HOUR_US);
    assert_true(volumes_read(book, DRUM, &at, &container, &bounds));
    assert_int_equal(container.facts.count, expected);
    assert_int_equal(container.generator, HOSPITAL);
    assert_int_equal(bounds.has_start, from_hours >= 0);
    assert_int_equal(bounds.has_end, to_hours >= 0);
    if (bounds.has_start)
        assert_int_equal(bounds.start.effective_us, START_US + from_hours * CALENDAR_HOUR_US);
    if (bounds.has_end)
        assert_int_equal(bounds.end.effective_us, START_US + to_hours * CALENDAR_HOUR_US);
}

static void nothing_is_known_of_what_was_not_made(void **state)
{
    struct store_room *place = *state;
    struct container container;
    struct volume_bounds bounds;
    const struct fact newest = volumes_newest();
    assert_true(volumes_is_known(place->book, DRUM));
    assert_false(volumes_is_known(place->book, DRUM + 1));
    assert_false(volumes_read(place->book, DRUM + 1, &newest, &container, &bounds));
    assert_int_equal(book_status(place->book), CUSTODY_OK);
    assert_volume(place->book, 0, 0, -1, -1);
}

/* Two rounds a week for a year, put in any order: each is found by its time. */
static void a_volume_is_found_by_its_time(void **state)
{
    struct store_room *place = *state;
    enum { ROUNDS = 100, APART = 90 };
    struct dice dice;
    size_t order[ROUNDS];
    dice_init(&dice, dice_seed());
    for (size_t i = 0; i < ROUNDS; i++)
        order[i] = i;
    dice_shuffle(&dice, order, ROUNDS, sizeof order[0]);
    for (size_t i = 0; i < ROUNDS; i++) {
        int64_t hours = (int64_t)order[i] * APART;
        const struct fact facts[] = {
            fact_of(PACK, HOSPITAL, hours), fact_of(STORE, HOSPITAL, hours + 2),
            fact_of(LOAD, CARRIER, hours + 20), fact_of(FEED, PLANT, hours + 40)};
        for (size_t k = 0; k < 4; k++)
            put_own(place->book, &facts[k]);
        volumes_mark(place->book, DRUM, &facts[0], order[i] > 0);
    }
    assert_volume(place->book, 41, 4, -1, APART);
    for (int64_t i = 1; i + 1 < ROUNDS; i++)
        assert_volume(place->book, i * APART + 30, 4, i * APART, (i + 1) * APART);
    assert_volume(place->book, ROUNDS * APART * 2, 4, (ROUNDS - 1) * APART, -1);
    /* A mark that is taken away makes one of two. */
    struct fact begin = fact_of(PACK, HOSPITAL, 2 * APART);
    volumes_mark(place->book, DRUM, &begin, false);
    assert_volume(place->book, APART + 1, 8, APART, 3 * APART);
    book_turn(place->book);
    assert_volume(place->book, 3 * APART - 1, 8, APART, 3 * APART);
}

static void the_volume_before_is_found_from_its_neighbour(void **state)
{
    struct store_room *place = *state;
    struct container container;
    struct volume_bounds bounds;
    struct fact first = fact_of(PACK, HOSPITAL, 0), second = fact_of(PACK, HOSPITAL, 1000);
    put_own(place->book, &first);
    put_own(place->book, &second);
    volumes_mark(place->book, DRUM, &second, true);
    assert_true(volumes_read_before(place->book, DRUM, &second, &container, &bounds));
    assert_int_equal(container.facts.count, 1);
    assert_true(!bounds.has_start && bounds.has_end);
    assert_true(fact_is_same(&bounds.end, &second));
    assert_true(volumes_covers(&bounds, &first) && !volumes_covers(&bounds, &second));
}

/* However late it was made. */
static void what_is_said_of_a_statement_is_in_its_volume(void **state)
{
    struct store_room *place = *state;
    struct fact first = fact_of(PACK, HOSPITAL, 0), second = fact_of(PACK, HOSPITAL, 50);
    struct fact amend = fact_of(AMEND, HOSPITAL, 9000);
    amend.target_key = first.key;
    amend.target_sequence = first.key_sequence;
    put_own(place->book, &first);
    put_own(place->book, &second);
    put(place->book, &amend, first.effective_us);
    volumes_mark(place->book, DRUM, &second, true);
    assert_volume(place->book, 1, 2, -1, 50);
    assert_volume(place->book, 60, 1, 50, -1);
}

/* What its generator packs after something has happened to it, and no other pack. */
static void a_volume_may_end_where_it_is_packed_again(void **state)
{
    struct store_room *place = *state;
    const struct fact facts[] = {
        fact_of(PACK, HOSPITAL, 0),  fact_of(PACK, HOSPITAL, 1),  fact_of(STORE, HOSPITAL, 2),
        fact_of(PACK, HOSPITAL, 3),  fact_of(LOAD, CARRIER, 4),   fact_of(PACK, CARRIER, 5),
        fact_of(PACK, HOSPITAL, 60), fact_of(PACK, HOSPITAL, 61),
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        put_own(place->book, &facts[i]);
    struct volume_bounds bounds = {0};
    struct fact after = volumes_at(INT64_MIN), found;
    assert_true(volumes_find_refill(place->book, DRUM, &bounds, &after, &found));
    assert_true(fact_is_same(&found, &facts[6]));
    after = found;
    assert_false(volumes_find_refill(place->book, DRUM, &bounds, &after, &found));
    bounds.has_start = true;
    bounds.start = facts[6];
    assert_false(volumes_find_refill(place->book, DRUM, &bounds, &after, &found));
}

/* A party that says much in one spell takes no room in any other, nor of others in the same. */
static void each_spell_has_its_own_bounds(void **state)
{
    struct store_room *place = *state;
    for (int64_t i = 0; i < 2 * FACTS_PER_PARTY_MAX; i++) {
        struct fact noise = fact_of(LOAD, CARRIER, 0);
        noise.key_sequence = (uint64_t)i;
        noise.entry = 100000 + (uint64_t)i;
        put_own(place->book, &noise);
    }
    struct fact here = fact_of(PACK, HOSPITAL, 1);
    struct fact later = fact_of(LOAD, CARRIER, 24 * VOLUMES_DAYS);
    put_own(place->book, &here);
    put_own(place->book, &later);
    struct facts facts;
    assert_true(volumes_spell_read(place->book, DRUM, volumes_spell(here.effective_us), &facts));
    assert_int_equal(facts.count, FACTS_PER_PARTY_MAX + 1);
    assert_int_equal(facts.not_kept, FACTS_PER_PARTY_MAX);
    assert_true(volumes_spell_read(place->book, DRUM, volumes_spell(later.effective_us), &facts));
    assert_int_equal(facts.count, 1);
}

static void a_fact_moves_to_its_better_time_with_what_was_said_of_it(void **state)
{
    struct store_room *place = *state;
    struct fact pack = fact_of(PACK, HOSPITAL, 0), amend = fact_of(AMEND, HOSPITAL, 5), found;
    struct fact other = fact_of(LOAD, CARRIER, 1);
    uint32_t spell = volumes_spell(pack.effective_us), there;
    amend.target_key = pack.key;
    amend.target_sequence = pack.key_sequence;
    put_own(place->book, &pack);
    put_own(place->book, &amend);
    put_own(place->book, &other);
    struct fact moved = pack;
    moved.effective_us -= 30 * CALENDAR_DAY_US;
    uint32_t new_spell = volumes_spell(moved.effective_us);
    assert_true(new_spell < spell);
    volumes_move(place->book, DRUM, spell, &pack, &moved);
    assert_true(volumes_find(place->book, DRUM, VOLUMES_SPELLS, pack.entry, 0, &found, &there));
    assert_int_equal(there, new_spell);
    assert_int_equal(found.effective_us, moved.effective_us);
    assert_true(
        volumes_find(place->book, DRUM, new_spell, amend.entry, UINT16_MAX, &found, &there));
    assert_false(volumes_find(place->book, DRUM, new_spell, other.entry, 0, &found, &there));
    assert_true(volumes_find(place->book, DRUM, VOLUMES_SPELLS, other.entry, 0, &found, &there));
    assert_int_equal(there, spell);
}

static void times_out_of_all_bounds_have_a_spell(void **state)
{
    (void)state;
    assert_int_equal(volumes_spell(INT64_MIN), 0);
    assert_int_equal(volumes_spell(0), 0);
    assert_int_equal(volumes_spell(INT64_MAX), VOLUMES_SPELLS - 1);
    for (uint32_t i = 1; i < VOLUMES_SPELLS; i += 97) {
        assert_int_equal(volumes_spell(volumes_spell_start(i)), i);
        assert_int_equal(volumes_spell(volumes_spell_start(i) - 1), i - 1);
    }
    uint64_t member = volumes_member(UINT32_MAX, VOLUMES_SPELLS - 1, true);
    assert_int_equal(volumes_member_container(member), UINT32_MAX);
    assert_int_equal(volumes_member_spell(member), VOLUMES_SPELLS - 1);
    assert_true(volumes_member_is_again(member));
    assert_false(volumes_member_is_again(volumes_member(UINT32_MAX, VOLUMES_SPELLS - 1, false)));
}

/* No part of the container's own record is taken for the whole. */
static void a_damaged_record_is_damage(void **state)
{
    struct store_room *place = *state;
    struct fact pack = fact_of(PACK, HOSPITAL, 0), load = fact_of(LOAD, CARRIER, 500);
    put_own(place->book, &pack);
    put_own(place->book, &load);
    struct span record = book_record(place->book, SUBJECT_CONTAINER, DRUM);
    uint8_t bytes[4096];
    size_t len = record.len;
    assert_true(len > 0 && len < sizeof bytes);
    memcpy(bytes, record.data, len);
    for (size_t cut = 0; cut < len; cut++) {
        struct container container;
        struct volume_bounds bounds;
        const struct fact newest = volumes_newest();
        book_put_record(place->book, SUBJECT_CONTAINER, DRUM, span_of(bytes, cut));
        assert_false(volumes_read(place->book, DRUM, &newest, &container, &bounds));
        assert_int_equal(book_status(place->book), CUSTODY_ERR_CORRUPT);
        book_turn(place->book);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_known_of_what_was_not_made),
        TEST(a_volume_is_found_by_its_time),
        TEST(the_volume_before_is_found_from_its_neighbour),
        TEST(what_is_said_of_a_statement_is_in_its_volume),
        TEST(a_volume_may_end_where_it_is_packed_again),
        TEST(each_spell_has_its_own_bounds),
        TEST(a_fact_moves_to_its_better_time_with_what_was_said_of_it),
        TEST(times_out_of_all_bounds_have_a_spell),
        TEST(a_damaged_record_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
