/* test_gather.c: what the fold of one container gets to look at. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/ledger/lookups.h"
#include "daemon/service/gather.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

enum { OWN_GENERATOR = 1, DRIVER_PARTY = 2, PLANT_PARTY = 3, BOX = 5, MANIFEST = 7 };

struct shelf {
    struct tempdir dir;
    struct lookups *lookups;
    struct book *book;
    struct container record;
    struct gathered_facts gathered;
};

static int setup(void **state)
{
    static struct shelf shelf;
    memset(&shelf, 0, sizeof shelf);
    tempdir_create(&shelf.dir);
    assert_int_equal(lookups_open(shelf.dir.path, STORE_CREATE, 64 << 20, 1 << 20, &shelf.lookups),
                     CUSTODY_OK);
    shelf.book = book_create(shelf.lookups, NULL, NULL, 32 << 20);
    assert_non_null(shelf.book);
    shelf.record.generator = OWN_GENERATOR;
    *state = &shelf;
    return 0;
}

static int teardown(void **state)
{
    struct shelf *shelf = *state;
    book_destroy(shelf->book);
    lookups_close(shelf->lookups);
    tempdir_destroy(&shelf->dir);
    return 0;
}

static struct fact fact_of(uint8_t act, uint64_t sequence, int64_t hours)
{
    return (struct fact){.act = act,
                         .key = 1,
                         .key_sequence = sequence,
                         .effective_us = hours * CALENDAR_HOUR_US,
                         .party = OWN_GENERATOR,
                         .mass_g = FACT_NO_MASS};
}

static void put_box_day(struct shelf *shelf, int32_t day, const struct fact *fact)
{
    static struct facts facts;
    uint8_t bytes[4096];
    memset(&facts, 0, sizeof facts);
    assert_true(facts_add(&facts, fact));
    bytes_put_u32(bytes, 0);
    size_t len = facts_write(&facts, bytes + 4, sizeof bytes - 4);
    book_put_record(shelf->book, SUBJECT_BOX_DAY, gather_box_day_number(BOX, day),
                    span_of(bytes, 4 + len));
}

static void what_is_said_of_a_box_reaches_what_was_nested_in_it(void **state)
{
    struct shelf *shelf = *state;
    struct fact nest = fact_of(CUSTODY__V1__ACT__ACT_NEST, 1, 5);
    nest.box = BOX;
    struct fact load = fact_of(CUSTODY__V1__ACT__ACT_LOAD, 9, 30);
    load.box = BOX;
    load.bits = FACT_OF_GROUP;
    put_box_day(shelf, 1, &load);
    /* Longer ago than a box's contents are looked for. */
    put_box_day(shelf, BOOK_BOX_DAYS, &load);
    assert_true(gather_facts(shelf->book, 1, &shelf->record, &shelf->gathered));
    assert_int_equal(shelf->gathered.fact_count, 0);
    assert_true(facts_add(&shelf->record.facts, &nest));
    assert_true(gather_facts(shelf->book, 1, &shelf->record, &shelf->gathered));
    assert_int_equal(shelf->gathered.fact_count, 2);
    assert_int_equal(shelf->gathered.facts[1]->act, CUSTODY__V1__ACT__ACT_LOAD);
}

static void put_manifest(struct shelf *shelf, const struct fact *receive)
{
    static struct manifest manifest;
    static uint8_t bytes[MANIFEST_RECORD_MAX];
    memset(&manifest, 0, sizeof manifest);
    manifest.is_known = true;
    manifest.generator = OWN_GENERATOR;
    manifest.receiver = PLANT_PARTY;
    if (receive != NULL)
        assert_true(facts_add(&manifest.facts, receive));
    size_t len = manifest_write(&manifest, bytes, sizeof bytes);
    assert_true(len > 0);
    book_put_record(shelf->book, SUBJECT_MANIFEST, MANIFEST, span_of(bytes, len));
    book_turn(shelf->book);
}

static void a_remainder_speaks_of_every_container_of_its_manifest(void **state)
{
    struct shelf *shelf = *state;
    struct fact load = fact_of(CUSTODY__V1__ACT__ACT_LOAD, 1, 5);
    load.manifest = MANIFEST;
    assert_true(facts_add(&shelf->record.facts, &load));
    struct fact receive = fact_of(CUSTODY__V1__ACT__ACT_RECEIVE, 3, 9);
    receive.manifest = MANIFEST;
    receive.mass_g = 12000;
    put_manifest(shelf, &receive); /* says nothing of the others */
    assert_true(gather_facts(shelf->book, 1, &shelf->record, &shelf->gathered));
    assert_int_equal(shelf->gathered.fact_count, 1);
    assert_int_equal(shelf->gathered.manifest_count, 1);
    receive.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    put_manifest(shelf, &receive);
    assert_true(gather_facts(shelf->book, 1, &shelf->record, &shelf->gathered));
    assert_int_equal(shelf->gathered.fact_count, 2);
    assert_true((shelf->gathered.facts[1]->bits & FACT_OF_GROUP) != 0);
    assert_true(shelf->gathered.facts[1]->mass_g == FACT_NO_MASS);
}

/* A held fact counts once the generator or a party of its manifest countersigned; a stranger's word is nothing. */
static void a_held_fact_is_confirmed_by_its_counterpart_only(void **state)
{
    struct shelf *shelf = *state;
    static const struct {
        uint32_t countersigner;
        bool confirms;
    } cases[] = {{OWN_GENERATOR, true}, {PLANT_PARTY, true}, {DRIVER_PARTY, false}, {99, false}};
    put_manifest(shelf, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fact load = fact_of(CUSTODY__V1__ACT__ACT_LOAD, 1, 5);
        load.manifest = MANIFEST;
        load.party = DRIVER_PARTY;
        load.bits = FACT_HELD;
        fact_countersign(&load, cases[i].countersigner);
        memset(&shelf->record.facts, 0, sizeof shelf->record.facts);
        assert_true(facts_add(&shelf->record.facts, &load));
        assert_true(gather_facts(shelf->book, 1, &shelf->record, &shelf->gathered));
        assert_int_equal(fact_counts(shelf->gathered.facts[0]), cases[i].confirms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_said_of_a_box_reaches_what_was_nested_in_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_remainder_speaks_of_every_container_of_its_manifest,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_held_fact_is_confirmed_by_its_counterpart_only, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
