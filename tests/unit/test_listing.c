/* test_listing.c: what is open, the most urgent first, in pages that never shift. */
#include <string.h>

#include "daemon/service/listing.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static void the_most_urgent_come_first_and_pages_never_shift(void **state)
{
    struct desk *desk = *state;
    const ProtobufCBinaryData none = {0};
    for (int i = 0; i < 7; i++) {
        desk->now_us += DESK_HOUR;
        desk_issue(desk, i % 2 == 0 ? DESK_DOCTOR : DESK_NURSE,
                   i % 2 == 0 ? DESK_CLINIC : DESK_HOSPITAL);
    }
    const Custody__V1__UnclosedReply *all = desk_unclosed(desk, DESK_REGULATOR, "", 0, none);
    assert_non_null(all);
    assert_int_equal(all->n_items, 7);
    assert_int_equal(all->total, 7);
    for (size_t i = 1; i < all->n_items; i++)
        assert_true(all->items[i - 1]->due <= all->items[i]->due);
    const Custody__V1__UnclosedReply *page = desk_unclosed(desk, DESK_REGULATOR, "", 3, none);
    assert_int_equal(page->n_items, 3);
    /* A new manifest between two pages moves nothing that was seen. */
    desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    const Custody__V1__UnclosedReply *next =
        desk_unclosed(desk, DESK_REGULATOR, "", 3, page->next_page);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(page->items[i]->subject, all->items[i]->subject);
        assert_string_equal(next->items[i]->subject, all->items[3 + i]->subject);
    }
    const Custody__V1__UnclosedReply *county =
        desk_unclosed(desk, DESK_REGULATOR, "540423", 0, none);
    assert_int_equal(county->n_items, 4);
    assert_int_equal(desk_unclosed(desk, DESK_REGULATOR, "63", 0, none)->n_items, 0);
}

static void a_bag_past_48_hours_is_a_finding_with_its_article(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    const ProtobufCMessageDescriptor *descriptor = &custody__v1__findings_reply__descriptor;
    const Custody__V1__FindingsReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base, descriptor, NULL);
    assert_int_equal(reply->n_findings, 0);
    desk->now_us += 48 * DESK_HOUR + 1;
    reply = desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base, descriptor, NULL);
    assert_int_equal(reply->n_findings, 1);
    assert_string_equal(reply->findings[0]->rule_name, "medical_storage");
    assert_string_equal(reply->findings[0]->article, "医疗废物管理条例 第十七条");
    assert_string_equal(reply->findings[0]->subject, DESK_HOSPITAL "/B1");
    assert_int_equal(reply->findings[0]->since, DESK_DAY + 48 * DESK_HOUR);
}

static void manifests_and_obligations_can_be_asked_for_apart(void **state)
{
    struct desk *desk = *state;
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    const ProtobufCMessageDescriptor *descriptor = &custody__v1__unclosed_reply__descriptor;
    desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    static const char *const kinds[] = {"manifest", "obligation"};
    for (size_t i = 0; i < 2; i++) {
        request.kind = (char *)kinds[i];
        const Custody__V1__UnclosedReply *reply =
            desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base, descriptor, NULL);
        /* Of the bag: it must leave the store; of the hospital: somebody must come. */
        assert_int_equal(reply->n_items, i + 1);
        assert_string_equal(reply->items[0]->kind, kinds[i]);
    }
    request.kind = (char *)"";
    const Custody__V1__UnclosedReply *both =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base, descriptor, NULL);
    assert_int_equal(both->n_items, 3);
}

static void a_page_or_a_division_that_cannot_be_read_is_named(void **state)
{
    struct desk *desk = *state;
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__Problem *problem = NULL;
    const ProtobufCMessageDescriptor *reply = &custody__v1__unclosed_reply__descriptor;
    uint8_t nonsense[] = {1, 2, 3};
    request.options = &options;
    request.division = (char *)"54x";
    assert_null(desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base, reply, &problem));
    assert_string_equal(problem->field, "division");
    request.division = (char *)"";
    options.page = (ProtobufCBinaryData){.len = sizeof nonsense, .data = nonsense};
    assert_null(desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base, reply, &problem));
    assert_string_equal(problem->field, "options.page");
    options.page.len = 0;
    request.kind = (char *)"bag";
    assert_null(desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base, reply, &problem));
    assert_string_equal(problem->field, "kind");
    request.kind = (char *)"";
    request.party = (char *)"uscc:NOBODY";
    assert_null(desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base, reply, &problem));
    assert_string_equal(problem->field, "party");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(manifests_and_obligations_can_be_asked_for_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_most_urgent_come_first_and_pages_never_shift, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_bag_past_48_hours_is_a_finding_with_its_article, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_page_or_a_division_that_cannot_be_read_is_named, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
