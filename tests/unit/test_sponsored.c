/* test_sponsored.c: a parent's parties, each once, as long as it is their parent. */
#include "daemon/service/ledger_parts.h"
#include "daemon/service/sponsored.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static void register_under(struct desk *desk, const char *party, const char *parent)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kind = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    body.party = (char *)party;
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)"540402";
    body.parent = (char *)parent;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

static void a_parents_parties_are_told(void **state)
{
    (void)state;
    static struct desk desk;
    uint32_t children[4];
    desk_open(&desk, false);
    register_under(&desk, "uscc:125404000000000201", DESK_HOSPITAL);
    register_under(&desk, "uscc:125404000000000202", DESK_HOSPITAL);
    register_under(&desk, "uscc:125404000000000203", "");
    struct book *book = desk.ledger->book;
    book_turn(book);
    uint32_t hospital = book_find(book, SUBJECT_PARTY, span_text(DESK_HOSPITAL));
    uint32_t first = book_find(book, SUBJECT_PARTY, span_text("uscc:125404000000000201"));
    assert_int_equal(sponsored_now(book, hospital, desk.now_us + 1000, children, 4), 2);
    assert_int_equal(children[0], first);
    assert_int_equal(sponsored_now(book, hospital, desk.now_us + 1000, children, 1), 1);
    assert_int_equal(sponsored_now(book, first, desk.now_us, children, 4), 0);
    assert_int_equal(sponsored_now(book, 0, desk.now_us, children, 4), 0);
    /* Before they were registered it had none. */
    assert_int_equal(sponsored_now(book, hospital, desk.now_us - DESK_HOUR, children, 4), 0);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_parents_parties_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
