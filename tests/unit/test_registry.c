/* test_registry.c: what folds are told of permits, parties, places and successors. */
#include <string.h>

#include "daemon/service/registry.h"
#include "tests/lib/check.h"
#include "tests/lib/shelf.h"

enum { GENERATOR = 1, PLANT, HEIR, GRANDCHILD, STRANGER };
#define BIT(name)  (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)
#define DOES(name) CUSTODY__V1__ACTIVITY__ACTIVITY_##name

static void register_party(struct book *book, uint32_t number, int64_t closed_us, uint32_t heir)
{
    struct party party = {.entry = 5};
    struct party_version version = {
        .from_us = 100, .kinds = BIT(GENERATOR) | BIT(FACILITY), .division = 540402};
    assert_true(party_add_version(&party, &version));
    if (closed_us != 0) {
        version.from_us = closed_us;
        version.is_closed = true;
        version.successor = heir;
        assert_true(party_add_version(&party, &version));
    }
    book_put_party(book, number, &party);
}

static void a_permit_covers_its_codes_while_it_is_in_force(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    const struct law *law = book_law(book);
    register_party(book, PLANT, 0, 0);
    uint32_t code = book_give(book, SUBJECT_CODE, span_text("841-001-01"));
    uint32_t other = book_give(book, SUBJECT_CODE, span_text("900-041-49"));
    assert_false(law->is_permitted(law->context, PLANT, DOES(TREAT), code, 200));
    struct permit permit = {.party = PLANT,
                            .activities = 1 << DOES(TREAT),
                            .from_us = 150,
                            .until_us = 300,
                            .pattern_count = 1,
                            .patterns = {"HW01"}};
    struct party *party = book_party(book, PLANT);
    book_put_permit(book, PLANT, party->permits++, &permit);
    book_put_party(book, PLANT, party);
    assert_true(law->is_permitted(law->context, PLANT, DOES(TREAT), code, 150));
    assert_true(law->is_permitted(law->context, PLANT, DOES(TREAT), 0, 150));
    assert_false(law->is_permitted(law->context, PLANT, DOES(TREAT), code, 149));
    assert_false(law->is_permitted(law->context, PLANT, DOES(TREAT), code, 300));
    assert_false(law->is_permitted(law->context, PLANT, DOES(TREAT), other, 150));
    assert_false(law->is_permitted(law->context, PLANT, DOES(TREAT), other + 1, 150));
    assert_false(law->is_permitted(law->context, PLANT, DOES(STORE), code, 150));
    assert_false(law->is_permitted(law->context, GENERATOR, DOES(TREAT), code, 150));
    assert_false(law->is_permitted(law->context, 0, DOES(TREAT), 0, 150));
    assert_int_equal(book_status(book), CUSTODY_OK);
}

/* The sum of what is in force; a permit to treat that gives no figure sets no bound. */
static void limits_are_added_up_over_the_permits_in_force(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    const struct law *law = book_law(book);
    register_party(book, PLANT, 1000, 0);
    const struct permit permits[] = {
        {.activities = 1 << DOES(TREAT),
         .until_us = 500,
         .mass_hourly_g = 100,
         .mass_daily_g = 900},
        {.activities = 1 << DOES(TREAT),
         .from_us = 200,
         .until_us = 500,
         .mass_hourly_g = 50,
         .storage_limit_g = 7},
        {.activities = 1 << DOES(STORE), .until_us = 500, .storage_limit_g = 4},
        {.activities = 1 << DOES(TRANSPORT), .until_us = 500},
    };
    struct party *party = book_party(book, PLANT);
    for (size_t i = 0; i < sizeof permits / sizeof permits[0]; i++)
        book_put_permit(book, PLANT, party->permits++, &permits[i]);
    book_put_party(book, PLANT, party);
    struct law_limits limits;
    law->limits(law->context, PLANT, 100, &limits);
    assert_int_equal(limits.hourly_g, 100);
    assert_int_equal(limits.daily_g, 900);
    assert_int_equal(limits.yearly_g, 0);
    assert_int_equal(limits.storage_g, 4);
    law->limits(law->context, PLANT, 200, &limits);
    assert_int_equal(limits.hourly_g, 150);
    assert_int_equal(limits.daily_g, 0);
    assert_int_equal(limits.storage_g, 11);
    law->limits(law->context, PLANT, 500, &limits);
    assert_int_equal(limits.hourly_g, 0);
    assert_int_equal(limits.storage_g, 0);
}

static void a_closed_party_is_permitted_nothing(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    const struct law *law = book_law(book);
    register_party(book, PLANT, 250, 0);
    struct permit permit = {.party = PLANT,
                            .activities = 1 << DOES(TREAT),
                            .until_us = 1000,
                            .pattern_count = 1,
                            .patterns = {"HW01"}};
    struct party *party = book_party(book, PLANT);
    book_put_permit(book, PLANT, party->permits++, &permit);
    book_put_party(book, PLANT, party);
    assert_true(law->is_permitted(law->context, PLANT, DOES(TREAT), 0, 249));
    assert_false(law->is_permitted(law->context, PLANT, DOES(TREAT), 0, 250));
}

static void parties_and_places_are_told_as_they_stood(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    const struct law *law = book_law(book);
    register_party(book, PLANT, 250, 0);
    struct place place = {.party = PLANT, .capacity_g = 7000};
    book_put_place(book, 4, &place);
    assert_null(law->party(law->context, PLANT, 99));
    assert_false(law->party(law->context, PLANT, 249)->is_closed);
    assert_true(law->party(law->context, PLANT, 250)->is_closed);
    assert_null(law->party(law->context, STRANGER, 250));
    assert_null(law->party(law->context, 0, 250));
    assert_int_equal(law->place(law->context, 4)->capacity_g, 7000);
    assert_null(law->place(law->context, 5));
    assert_null(law->place(law->context, 0));
}

static void duties_of_a_closed_party_pass_on(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    const struct law *law = book_law(book);
    register_party(book, PLANT, 250, HEIR);
    register_party(book, HEIR, 400, GRANDCHILD);
    register_party(book, GRANDCHILD, 0, 0);
    assert_true(law->acts_for(law->context, PLANT, PLANT, 200));
    assert_false(law->acts_for(law->context, HEIR, PLANT, 249));
    assert_true(law->acts_for(law->context, HEIR, PLANT, 250));
    assert_false(law->acts_for(law->context, GRANDCHILD, PLANT, 399));
    assert_true(law->acts_for(law->context, GRANDCHILD, PLANT, 400));
    assert_false(law->acts_for(law->context, STRANGER, PLANT, 400));
    assert_false(law->acts_for(law->context, 0, 0, 400));
    /* Two that name each other end somewhere. */
    register_party(book, GRANDCHILD, 500, PLANT);
    assert_false(law->acts_for(law->context, STRANGER, PLANT, 500));
}

/* A merged county is its successor's regulator's to read. */
static void what_was_merged_is_covered_by_its_successor(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    assert_false(registry_covers(book, 540402, 542621));
    const struct region_mergers mergers = {.count = 1, .all = {{542621, 540402}}};
    book_put_mergers(book, &mergers);
    assert_true(registry_covers(book, 540402, 542621));
    assert_true(registry_covers(book, 540400, 542621));
    assert_false(registry_covers(book, 540421, 542621));
    assert_true(registry_covers(book, 540400, 540421));
}

static void a_code_is_listed_by_the_edition_that_decides(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    uint32_t code = book_give(book, SUBJECT_CODE, span_text("841-001-01"));
    assert_true(registry_lists(book, code, 100));
    assert_true(registry_lists(book, 0, 100));
    const struct catalogue catalogue = {
        .count = 1, .editions = {{.from_us = 100, .forms = 1 << WASTE_NATIONAL}}};
    book_put_catalogue(book, &catalogue);
    assert_true(registry_lists(book, code, 99));
    assert_false(registry_lists(book, code, 100));
    const struct catalogue_code rows = {.count = 1, .rows = {{.from_us = INT64_MIN}}};
    book_put_code(book, code, &rows);
    assert_true(registry_lists(book, code, 100));
}

static void a_document_is_found_by_kind_owner_and_number(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    const struct law *law = book_law(book);
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_document(3, PLANT, span_text("5401-7"), name);
    uint32_t number = book_give(book, SUBJECT_DOCUMENT, span_of(name, len));
    assert_int_equal(registry_document_number(book, 3, PLANT, span_text("5401-7")), number);
    assert_int_equal(registry_document_number(book, 2, PLANT, span_text("5401-7")), 0);
    assert_int_equal(registry_document_number(book, 3, HEIR, span_text("5401-7")), 0);
    assert_int_equal(registry_document_number(book, 3, PLANT, span_text("")), 0);
    assert_false(law->is_on_file(law->context, number, 150));
    const struct document document = {.filing_count = 1,
                                      .filings = {{.from_us = 100, .until_us = 200}}};
    book_put_document(book, number, &document);
    assert_true(law->is_on_file(law->context, number, 150));
    assert_false(law->is_on_file(law->context, number, 200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_permit_covers_its_codes_while_it_is_in_force, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(limits_are_added_up_over_the_permits_in_force, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(a_closed_party_is_permitted_nothing, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(parties_and_places_are_told_as_they_stood, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(what_was_merged_is_covered_by_its_successor, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(a_code_is_listed_by_the_edition_that_decides, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(a_document_is_found_by_kind_owner_and_number, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(duties_of_a_closed_party_pass_on, shelf_setup,
                                        shelf_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
