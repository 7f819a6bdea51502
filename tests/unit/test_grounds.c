/* test_grounds.c: the entries behind a figure add up to it: every figure of a report, page by page. */
#include "daemon/service/grounds.h"
#include "tests/lib/check.h"
#include "tests/lib/haul.h"

static struct desk desk;

struct behind {
    int64_t sum;
    size_t count, pages;
    uint64_t first_entry, last_entry;
};

static const Custody__V1__FigureReply *ask_page(enum desk_actor actor,
                                                const char *figure,
                                                uint64_t as_of,
                                                uint64_t since,
                                                uint32_t limit,
                                                ProtobufCBinaryData page,
                                                Custody__V1__Problem **ret_problem)
{
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__FigureRequest request = CUSTODY__V1__FIGURE_REQUEST__INIT;
    options.limit = limit;
    options.page = page;
    request.options = &options;
    request.figure = (char *)figure;
    request.as_of = as_of;
    request.since = since;
    return desk_ask(&desk, actor, ENVELOPE_FIGURE, &request.base,
                    &custody__v1__figure_reply__descriptor, ret_problem);
}

static struct behind behind_of(const char *figure, uint64_t as_of, uint64_t since, uint32_t limit)
{
    struct behind behind = {.first_entry = UINT64_MAX};
    ProtobufCBinaryData page = {0};
    do {
        const Custody__V1__FigureReply *reply =
            ask_page(DESK_REGULATOR, figure, as_of, since, limit, page, NULL);
        if (reply == NULL)
            fail_msg("%s was refused", figure);
        behind.pages++;
        for (size_t i = 0; i < reply->n_contributions; i++) {
            const Custody__V1__Contribution *one = reply->contributions[i];
            behind.sum += one->value;
            behind.count++;
            behind.first_entry = one->entry < behind.first_entry ? one->entry : behind.first_entry;
            behind.last_entry = one->entry > behind.last_entry ? one->entry : behind.last_entry;
        }
        page = reply->next_page;
    } while (page.len > 0);
    return behind;
}

static const Custody__V1__ReportReply *report(uint64_t as_of)
{
    Custody__V1__ReportRequest request = CUSTODY__V1__REPORT_REQUEST__INIT;
    request.division = (char *)"5404";
    request.period = (char *)"2026-05";
    request.as_of = as_of;
    return desk_ask(&desk, DESK_REGULATOR, ENVELOPE_REPORT, &request.base,
                    &custody__v1__report_reply__descriptor, NULL);
}

static void every_figure_is_the_sum_of_its_entries(void **state)
{
    (void)state;
    haul_run(&desk);
    haul_correct(&desk);
    const Custody__V1__ReportReply *reply = report(0);
    assert_true(reply->n_figures > 50);
    for (size_t i = 0; i < reply->n_figures; i++) {
        const Custody__V1__Figure *figure = reply->figures[i];
        char text[FIGURE_TEXT_MAX + 1];
        figure_write(reply->period, figure->scope, figure->waste_code, figure->name, text);
        struct behind behind = behind_of(text, reply->as_of, 0, 1 + (uint32_t)(i % 7));
        if (behind.sum != figure->value)
            fail_msg("%s is %lld, its entries %lld", text, (long long)figure->value,
                     (long long)behind.sum);
        assert_true(behind.count > 0);
        assert_true(behind.last_entry < reply->as_of);
    }
    desk_close(&desk);
}

static void what_changed_since_is_the_difference(void **state)
{
    (void)state;
    haul_run(&desk);
    uint64_t before = haul_size(&desk);
    haul_correct(&desk);
    struct behind behind = behind_of("2026-05/5404/treated_g", 0, before, 0);
    assert_int_equal(behind.count, 1);
    assert_int_equal(behind.sum, -100);
    assert_int_equal(behind.first_entry, before);
    behind = behind_of("2026-05/5404/generated_g", 0, before, 0);
    assert_int_equal(behind.count, 0);
    behind = behind_of("2026-05/5404/registered_n", 0, before, 0);
    assert_int_equal(behind.count, 0);
    desk_close(&desk);
}

static void a_party_sees_its_own_figures_only(void **state)
{
    (void)state;
    Custody__V1__Problem *problem = NULL;
    ProtobufCBinaryData none = {0};
    haul_run(&desk);
    const Custody__V1__FigureReply *reply = ask_page(
        DESK_DOCTOR, "20260518-20260518/" DESK_CLINIC "/841-001-01/sent_g", 0, 0, 0, none, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->n_contributions, 2);
    assert_string_equal(reply->contributions[0]->waste_code, "841-001-01");
    assert_string_equal(reply->contributions[0]->day, "20260518");
    assert_null(ask_page(DESK_DOCTOR, "2026-05/" DESK_HOSPITAL "/sent_g", 0, 0, 0, none, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    assert_null(ask_page(DESK_DOCTOR, "2026-05/5404/sent_g", 0, 0, 0, none, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    desk_close(&desk);
}

/* The bureau ends by order what stands at the plant: the plant's figure moves by an entry that names the hospital alone. It is told
 * that there is one and what it adds, and the whole is still the figure. */
static void entries_that_speak_of_others_are_counted_and_not_listed(void **state)
{
    (void)state;
    Custody__V1__CloseByOrderBody body;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    ProtobufCBinaryData none = {0};
    custody__v1__close_by_order_body__init(&body);
    haul_run(&desk);
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)"H1";
    body.order = (char *)"ORDER-1";
    body.subject_case = CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_CONTAINER;
    body.container = &name;
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    uint64_t ordered = haul_size(&desk);
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    const char *figure = "2026-05/" DESK_PLANT "/by_order_g";
    const Custody__V1__FigureReply *plant = ask_page(DESK_GATE, figure, 0, 0, 0, none, NULL);
    assert_int_equal(plant->n_contributions, 0);
    assert_int_equal(plant->hidden, 1);
    assert_int_equal(plant->hidden_value, 7000);
    const Custody__V1__FigureReply *bureau = ask_page(DESK_REGULATOR, figure, 0, 0, 0, none, NULL);
    assert_int_equal(bureau->n_contributions, 1);
    assert_int_equal(bureau->contributions[0]->entry, ordered);
    assert_int_equal(bureau->hidden, 0);
    /* What it may read is listed beside, page by page. */
    figure = "2026-05/" DESK_PLANT "/closing_g";
    ProtobufCBinaryData page = {0};
    int64_t sum = 0, hidden = 0;
    do {
        const Custody__V1__FigureReply *reply = ask_page(DESK_GATE, figure, 0, 0, 1, page, NULL);
        assert_in_range(reply->n_contributions + reply->hidden, 0, 1);
        for (size_t i = 0; i < reply->n_contributions; i++) {
            assert_int_not_equal(reply->contributions[i]->entry, ordered);
            sum += reply->contributions[i]->value;
        }
        sum += reply->hidden_value;
        hidden += (int64_t)reply->hidden;
        page = reply->next_page;
    } while (page.len > 0);
    assert_int_equal(sum, 0);
    assert_int_equal(hidden, 1);
    desk_close(&desk);
}

static void what_is_no_figure_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "2026-05/5404",
                                        "2026-05/5404/rate",
                                        "2026-05/5404/nothing_g",
                                        "2026-05/5404/generated_x",
                                        "2026-05/54x/generated_g",
                                        "2026-05/uscc:nobody/generated_g"};
    ProtobufCBinaryData none = {0};
    haul_run(&desk);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Custody__V1__Problem *problem = NULL;
        assert_null(ask_page(DESK_REGULATOR, wrong[i], 0, 0, 0, none, &problem));
        assert_string_equal(problem->field, "figure");
    }
    /* A code that nobody knows has no entries. */
    assert_int_equal(behind_of("2026-05/5404/999-999-99/sent_g", 0, 0, 0).count, 0);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_the_sum_of_its_entries),
        cmocka_unit_test(what_changed_since_is_the_difference),
        cmocka_unit_test(a_party_sees_its_own_figures_only),
        cmocka_unit_test(entries_that_speak_of_others_are_counted_and_not_listed),
        cmocka_unit_test(what_is_no_figure_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
