/* test_paging.c: a token opens for who it was given to and for nobody else, shows nothing, and cannot be changed or made up. */
#include <stdio.h>
#include <string.h>

#include "daemon/service/paging.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct ledger_keys keys = {.secret_key = {1, 2, 3}};
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create(1 << 20);
    return arena != NULL && digest_init() ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static void a_token_opens_for_who_it_was_given_to(void **state)
{
    (void)state;
    struct ledger_keys other_keys = {.secret_key = {1, 2, 4}};
    const struct paging mine = {.keys = &keys, .question = ENVELOPE_UNCLOSED, .key = 7};
    const struct paging others[] = {
        {.keys = &keys, .question = ENVELOPE_UNCLOSED, .key = 8},
        {.keys = &keys, .question = ENVELOPE_FINDINGS, .key = 7},
        {.keys = &other_keys, .question = ENVELOPE_UNCLOSED, .key = 7},
    };
    struct span content = span_text("row 4711 of another party"), opened = {0};
    struct span token = paging_seal(&mine, content, arena);
    assert_null(memmem(token.data, token.len, "4711", 4));
    assert_true(paging_open(&mine, token, arena, &opened));
    assert_true(span_is_equal(opened, content));
    struct span again = paging_seal(&mine, content, arena);
    assert_true(span_is_equal(token, again));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(paging_open(&others[i], token, arena, &opened));
}

static void no_bit_of_it_can_be_changed(void **state)
{
    (void)state;
    const struct paging mine = {.keys = &keys, .question = ENVELOPE_REPORT, .key = 1};
    struct span token = paging_seal(&mine, span_text("0123456789"), arena), opened;
    uint8_t *copy = arena_copy(arena, token.data, token.len);
    for (size_t bit = 0; bit < 8 * token.len; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(paging_open(&mine, span_of(copy, token.len), arena, &opened));
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t len = 0; len < token.len; len++)
        assert_false(paging_open(&mine, span_of(copy, len), arena, &opened));
    assert_true(paging_open(&mine, span_of(copy, token.len), arena, &opened));
}

/* Through the service: the nurse's page does not open for the doctor, nor for another question, and outlives a restart. */
static void a_page_is_bound_to_who_asked(void **state)
{
    (void)state;
    static struct desk desk;
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__FindingsRequest other = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__Problem *problem = NULL;
    desk_open(&desk, false);
    for (size_t i = 0; i < 3; i++)
        desk_issue(&desk, DESK_NURSE, DESK_HOSPITAL);
    options.limit = 1;
    request.options = other.options = &options;
    const Custody__V1__UnclosedReply *first =
        desk_ask(&desk, DESK_NURSE, ENVELOPE_UNCLOSED, &request.base,
                 &custody__v1__unclosed_reply__descriptor, NULL);
    assert_true(first->next_page.len > 0);
    options.page = first->next_page;
    assert_null(desk_ask(&desk, DESK_DOCTOR, ENVELOPE_UNCLOSED, &request.base,
                         &custody__v1__unclosed_reply__descriptor, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_bad_question);
    assert_string_equal(problem->field, "options.page");
    assert_null(desk_ask(&desk, DESK_NURSE, ENVELOPE_FINDINGS, &other.base,
                         &custody__v1__findings_reply__descriptor, &problem));
    assert_string_equal(problem->field, "options.page");
    desk_reopen(&desk);
    const Custody__V1__UnclosedReply *second =
        desk_ask(&desk, DESK_NURSE, ENVELOPE_UNCLOSED, &request.base,
                 &custody__v1__unclosed_reply__descriptor, NULL);
    assert_non_null(second);
    assert_int_equal(second->n_items, 1);
    assert_string_not_equal(second->items[0]->manifest->number, first->items[0]->manifest->number);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_opens_for_who_it_was_given_to, setup, teardown),
        cmocka_unit_test_setup_teardown(no_bit_of_it_can_be_changed, setup, teardown),
        cmocka_unit_test(a_page_is_bound_to_who_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
