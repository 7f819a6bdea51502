/* test_book.c: names are numbered at first mention and read back; records round-trip; damage is told. */
#include <string.h>

#include "daemon/service/book.h"
#include "tests/lib/check.h"
#include "tests/lib/shelf.h"

static void a_name_gets_its_number_once(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    assert_int_equal(book_find(book, SUBJECT_PARTY, span_text("uscc:A")), 0);
    assert_int_equal(book_give(book, SUBJECT_PARTY, span_text("uscc:A")), 1);
    assert_int_equal(book_give(book, SUBJECT_PARTY, span_text("uscc:B")), 2);
    assert_int_equal(book_give(book, SUBJECT_PARTY, span_text("uscc:A")), 1);
    /* Each kind of name counts for itself. */
    assert_int_equal(book_give(book, SUBJECT_CODE, span_text("uscc:A")), 1);
    assert_true(span_is_equal(book_name(book, SUBJECT_PARTY, 2), span_text("uscc:B")));
    assert_int_equal(book_name(book, SUBJECT_PARTY, 3).len, 0);
    assert_int_equal(book_status(book), CUSTODY_OK);
}

static void two_parties_with_one_label_are_two_names(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    uint8_t a[BOOK_NAME_MAX], b[BOOK_NAME_MAX];
    size_t a_len = book_write_owned(1, span_text("T1"), a),
           b_len = book_write_owned(2, span_text("T1"), b);
    assert_int_not_equal(book_give(book, SUBJECT_CONTAINER, span_of(a, a_len)),
                         book_give(book, SUBJECT_CONTAINER, span_of(b, b_len)));
    uint32_t owner, line;
    struct span code, manifest;
    assert_true(book_read_owned(span_of(b, b_len), &owner, &code));
    assert_int_equal(owner, 2);
    assert_true(span_is_equal(code, span_text("T1")));
    uint8_t id[DIGEST_SIZE] = {9};
    size_t len = book_write_bulk(7, span_of(id, sizeof id), 3, a);
    assert_false(book_read_owned(span_of(a, len), &owner, &code));
    assert_true(book_read_bulk(span_of(a, len), &owner, &manifest, &line));
    assert_int_equal(owner, 7);
    assert_int_equal(line, 3);
    assert_int_equal(book_write_bulk(7, span_text("short"), 3, a), 0);
}

static void slots_members_codes_and_the_ledgers_record_read_back(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    struct book_slot slot = {.count = 2, .named_count = 1}, read;
    memset(slot.statements[1].id, 5, sizeof slot.statements[1].id);
    slot.statements[1].entry = 77;
    slot.named[0].party = 3;
    slot.named[0].bits = BOOK_NAMED_BY_ADMIN | BOOK_NAMED_COUNTS;
    slot.statements[0].is_void = true;
    slot.statements[1].kept = 300;
    book_put_slot(book, 4, 9, &slot);
    assert_true(book_slot(book, 4, 9, &read));
    assert_int_equal(read.count, 2);
    assert_int_equal(read.statements[1].entry, 77);
    assert_memory_equal(read.statements[1].id, slot.statements[1].id, sizeof slot.statements[1].id);
    assert_int_equal(read.named[0].party, 3);
    assert_int_equal(read.named[0].bits, BOOK_NAMED_BY_ADMIN | BOOK_NAMED_COUNTS);
    assert_true(read.statements[0].is_void);
    assert_int_equal(read.statements[1].kept, 300);
    assert_false(read.statements[1].is_void);
    assert_false(book_slot(book, 4, 10, &read));
    book_put_member(book, SUBJECT_MANIFEST, 1, 0, 4000);
    assert_int_equal(book_member(book, SUBJECT_MANIFEST, 1, 0), 4000);
    assert_int_equal(book_member(book, SUBJECT_MANIFEST, 1, 1), 0);
    struct catalogue_code code = {.count = 1, .rows = {{.edition = 2, .from_us = -5}}};
    book_put_code(book, 6, &code);
    assert_int_equal(book_code(book, 6)->rows[0].from_us, -5);
    assert_null(book_code(book, 7));
    assert_int_equal(book_catalogue(book)->count, 0);
    struct catalogue catalogue = {.count = 1, .editions = {{.name = "cn-2021"}}};
    book_put_catalogue(book, &catalogue);
    assert_string_equal(book_catalogue(book)->editions[0].name, "cn-2021");
    struct region_mergers mergers = {.count = 1, .all = {{540421, 540402}}};
    assert_int_equal(book_mergers(book)->count, 0);
    book_put_mergers(book, &mergers);
    assert_int_equal(book_mergers(book)->all[0].successor, 540402);
    struct approval approval = {.generator = 3, .from_us = INT64_MAX};
    book_put_approval(book, 8, &approval);
    assert_int_equal(book_approval(book, 8)->generator, 3);
    struct document document = {.owner = 4};
    book_put_document(book, 9, &document);
    assert_int_equal(book_document(book, 9)->owner, 4);
    struct region region = {.count = 1, .versions = {{.name = "巴宜区"}}};
    book_put_region(book, 540402, &region);
    assert_string_equal(book_region(book, 540402)->versions[0].name, "巴宜区");
    struct book_ledger ledger = *book_ledger(book);
    ledger.division = 540400;
    ledger.utc_offset_minutes = 480;
    ledger.regulator_keys = 2;
    book_put_ledger(book, &ledger);
    book_turn(book);
    assert_int_equal(book_ledger(book)->division, 540400);
    assert_int_equal(book_ledger(book)->regulator_keys, 2);
    assert_int_equal(book_profile(book)->calendar.utc_offset_minutes, 480);
    assert_int_equal(book_status(book), CUSTODY_OK);
}

static void a_record_that_does_not_parse_is_damage(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    assert_null(book_party(book, 5));
    assert_int_equal(book_status(book), CUSTODY_OK);
    book_put_record(book, SUBJECT_PARTY, 5, span_text("\xff"));
    assert_null(book_party(book, 5));
    assert_int_equal(book_status(book), CUSTODY_ERR_CORRUPT);
    book_turn(book);
    assert_int_equal(book_status(book), CUSTODY_OK);
}

/* Read once a turn; what was written since is what is read. */
static void a_record_is_kept_until_it_is_written_or_the_turn_ends(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    struct party party = {.entry = 8};
    assert_null(book_party(book, 300));
    book_put_party(book, 300, &party);
    const struct party *read = book_party(book, 300);
    assert_int_equal(read->entry, 8);
    assert_ptr_equal(book_party(book, 300), read);
    /* 556 = 300 + 256 asks for the same place. */
    assert_null(book_party(book, 556));
    assert_int_equal(book_party(book, 300)->entry, 8);
    party.entry = 9;
    book_put_party(book, 300, &party);
    assert_int_equal(book_party(book, 300)->entry, 9);
    book_turn(book);
    assert_int_equal(book_party(book, 300)->entry, 9);
    assert_int_equal(book_give(book, SUBJECT_CODE, span_text("841-001-01")), 1);
    struct span name = book_name(book, SUBJECT_CODE, 1);
    assert_ptr_equal(book_name(book, SUBJECT_CODE, 1).data, name.data);
    assert_true(span_is_equal(name, span_text("841-001-01")));
    assert_int_equal(book_name(book, SUBJECT_CODE, 2).len, 0);
}

static bool parse_byte(struct span bytes, void *ret)
{
    *(uint8_t *)ret = bytes.len == 1 ? bytes.data[0] : 0;
    return bytes.len == 1;
}

static uint8_t look(struct book *book, const uint8_t **ret)
{
    *ret = book_look(book, SUBJECT_RIDE, 8, 1, parse_byte);
    return *ret == NULL ? 0 : **ret;
}

static void what_is_looked_at_is_shared_until_it_is_written(void **state)
{
    struct book *book = ((struct shelf *)*state)->book;
    const uint8_t *first, *again, *fresh;
    assert_int_equal(look(book, &first), 0);
    assert_non_null(first);
    book_put_record(book, SUBJECT_RIDE, 8, span_text("a"));
    assert_int_equal(look(book, &first), 'a');
    assert_int_equal(look(book, &again), 'a');
    assert_ptr_equal(first, again);
    book_put_record(book, SUBJECT_RIDE, 8, span_text("b"));
    assert_int_equal(look(book, &fresh), 'b');
    assert_int_equal(*first, 'a');
    book_put_record(book, SUBJECT_RIDE, 8, span_text("damage"));
    assert_int_equal(look(book, &fresh), 0);
    assert_null(fresh);
    assert_int_equal(book_status(book), CUSTODY_ERR_CORRUPT);
}

/* Who reads a snapshot without a book finds what the book wrote. */
static void keys_of_names_and_records_are_the_books_own(void **state)
{
    struct shelf *shelf = *state;
    uint8_t key[LOOKUPS_KEY_MAX], name[LOOKUPS_KEY_MAX] = {0};
    uint32_t number = book_give(shelf->book, SUBJECT_PARTY, span_text("uscc:A"));
    book_put_record(shelf->book, SUBJECT_RIDE, number, span_text("a"));
    size_t len = book_key_of_name(SUBJECT_PARTY, span_text("uscc:A"), key);
    struct span value = book_row(shelf->book, LOOKUPS_NAMES, span_of(key, len));
    assert_int_equal(value.len, 4);
    assert_int_equal(bytes_get_u32(value.data), number);
    len = book_key_of_record(SUBJECT_RIDE, number, key);
    value = book_row(shelf->book, LOOKUPS_RECORDS, span_of(key, len));
    assert_true(span_is_equal(value, span_text("a")));
    assert_int_equal(book_key_of_name(SUBJECT_PARTY, span_of(name, sizeof name), key), 0);
}

static void work_rows_come_and_go_by_difference(void **state)
{
    struct shelf *shelf = *state;
    static struct work_set before, after, opened;
    before.count = after.count = opened.count = 0;
    struct work *row = work_add(&after);
    row->kind = WORK_FINDING;
    row->subject_kind = SUBJECT_CONTAINER;
    row->rule = 3;
    row->division = 540402;
    row->due_us = 1000;
    book_put_work(shelf->book, &before, &after, &opened);
    assert_int_equal(opened.count, 1);
    assert_int_equal(lookups_accept(shelf->lookups, 1), CUSTODY_OK);
    assert_int_equal(lookups_flush(shelf->lookups), CUSTODY_OK);
    uint8_t key[WORK_KEY_BYTES];
    struct span value;
    work_write_key(row, key);
    assert_int_equal(lookups_get(shelf->lookups, LOOKUPS_WORK, span_of(key, sizeof key), &value),
                     CUSTODY_OK);
    opened.count = 0;
    book_put_work(shelf->book, &after, &before, &opened);
    assert_int_equal(opened.count, 0);
    assert_int_equal(lookups_get(shelf->lookups, LOOKUPS_WORK, span_of(key, sizeof key), &value),
                     CUSTODY_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_gets_its_number_once, shelf_setup, shelf_teardown),
        cmocka_unit_test_setup_teardown(two_parties_with_one_label_are_two_names, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(slots_members_codes_and_the_ledgers_record_read_back,
                                        shelf_setup, shelf_teardown),
        cmocka_unit_test_setup_teardown(a_record_that_does_not_parse_is_damage, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(a_record_is_kept_until_it_is_written_or_the_turn_ends,
                                        shelf_setup, shelf_teardown),
        cmocka_unit_test_setup_teardown(what_is_looked_at_is_shared_until_it_is_written,
                                        shelf_setup, shelf_teardown),
        cmocka_unit_test_setup_teardown(keys_of_names_and_records_are_the_books_own, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(work_rows_come_and_go_by_difference, shelf_setup,
                                        shelf_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
