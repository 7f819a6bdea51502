/* test_report.c: the figures of a division by hand, frozen at a position, in one page or many. */
#include "proto/bytes.h"
#include "daemon/service/paging.h"
#include "daemon/service/report.h"
#include "tests/lib/check.h"
#include "tests/lib/haul.h"

static struct desk desk;

static const Custody__V1__ReportReply *ask(enum desk_actor actor,
                                           const char *division,
                                           const char *period,
                                           uint64_t as_of,
                                           Custody__V1__Problem **ret_problem)
{
    Custody__V1__ReportRequest request = CUSTODY__V1__REPORT_REQUEST__INIT;
    request.division = (char *)division;
    request.period = (char *)period;
    request.as_of = as_of;
    return desk_ask(&desk, actor, ENVELOPE_REPORT, &request.base,
                    &custody__v1__report_reply__descriptor, ret_problem);
}

static int64_t
figure(const Custody__V1__ReportReply *reply, const char *scope, const char *code, const char *name)
{
    assert_non_null(reply);
    return haul_find(reply->figures, reply->n_figures, scope, code, name);
}

/* NEEDS D1, D3, D4: disposed by a closed transfer, in time by age, units that shipped of those registered. */
static void a_month_by_hand(void **state)
{
    (void)state;
    haul_run(&desk);
    const Custody__V1__ReportReply *reply = ask(DESK_REGULATOR, "5404", "2026-05", 0, NULL);
    assert_string_equal(reply->scope, "5404");
    assert_string_equal(reply->period, "2026-05");
    assert_int_equal(figure(reply, "5404", "", "generated_g"), 15000);
    assert_int_equal(figure(reply, "5404", "", "of_disposed_g"), 8000);
    assert_int_equal(figure(reply, "5404", "", "of_open_g"), 7000);
    assert_int_equal(figure(reply, "5404", "", "of_open_n"), 1);
    assert_int_equal(figure(reply, "5404", "", "in_time_g"), 8000);
    assert_int_equal(figure(reply, "5404", "", "age_1_g"), 8000);
    assert_int_equal(figure(reply, "5404", "", "late_g"), 0);
    assert_int_equal(figure(reply, "5404", "", "registered_n"), 2);
    assert_int_equal(figure(reply, "5404", "", "shipped_n"), 2);
    assert_int_equal(figure(reply, "5404", "841-001-01", "generated_g"), 15000);
    assert_int_equal(figure(reply, "5404", "", "closing_g"), 7000);
    assert_int_equal(figure(reply, "5404", "-", "registered_n"), 2); /* industry not told */
    assert_int_equal(figure(reply, "5404", "-", "shipped_n"), 2);
    assert_int_equal(figure(reply, DESK_PLANT, "", "treated_g"), 8000);
    assert_int_equal(figure(reply, DESK_PLANT, "841-001-01", "closing_g"), 7000);
    assert_int_equal(figure(reply, "5404", "", "class_10t_n"), 0);
    assert_int_equal(reply->n_units, 0);
    assert_int_equal(reply->next_page.len, 0);
    assert_true(reply->n_profiles == 2 && reply->as_of_recorded_at > 0);
    desk_close(&desk);
}

static void register_auditor(const char *sector)
{
    Custody__V1__RegisterPartyBody auditor = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kind = CUSTODY__V1__PARTY_KIND__PARTY_AUDITOR;
    Custody__V1__ChangePartyBody clinic = CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    auditor.party = (char *)"uscc:115404000000000070";
    auditor.n_kinds = 1;
    auditor.kinds = &kind;
    auditor.division = (char *)"540423";
    auditor.sector = (char *)sector;
    desk_do(&desk, DESK_REGULATOR, &auditor.base, desk.now_us, CUSTODY_OUTCOME_granted);
    desk_enrol(&desk, DESK_STRANGER, auditor.party, CUSTODY__V1__ROLE__ROLE_AUDITOR);
    clinic.party = (char *)DESK_CLINIC;
    clinic.sector = (char *)"Q8423";
    desk_do(&desk, DESK_REGULATOR, &clinic.base, desk.now_us, CUSTODY_OUTCOME_granted);
    desk.now_us += DESK_HOUR;
}

/* An auditor of the health sector adds up the clinic, wherever it is, and neither the hospital of no sector nor the plant. */
static void an_auditor_adds_up_its_sector(void **state)
{
    (void)state;
    haul_run(&desk);
    register_auditor("Q84");
    const Custody__V1__ReportReply *reply = ask(DESK_STRANGER, "5404", "2026-05", 0, NULL);
    assert_string_equal(reply->sector, "Q84");
    assert_int_equal(figure(reply, "5404", "", "registered_n"), 1);
    assert_int_equal(figure(reply, "5404", "", "generated_g"), 8000);
    assert_int_equal(figure(reply, "5404", "", "treated_g"), 0);
    assert_int_equal(figure(reply, "540402", "", "generated_g"), 0);
    for (size_t i = 0; i < reply->n_scopes; i++)
        assert_string_equal(reply->scopes[i]->scope, "540423");
    assert_int_equal(reply->n_permits, 0);
    assert_string_equal(ask(DESK_REGULATOR, "5404", "2026-05", 0, NULL)->sector, "");
    desk_close(&desk);
}

static void an_auditor_of_no_sector_adds_up_nothing(void **state)
{
    (void)state;
    Custody__V1__Problem *problem = NULL;
    haul_run(&desk);
    register_auditor("");
    assert_null(ask(DESK_STRANGER, "5404", "2026-05", 0, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    desk_close(&desk);
}

static void the_permit_shows_what_was_treated_under_it(void **state)
{
    (void)state;
    haul_run(&desk);
    const Custody__V1__ReportReply *reply = ask(DESK_REGULATOR, "5404", "2026", 0, NULL);
    bool is_found = false;
    assert_non_null(reply);
    for (size_t i = 0; i < reply->n_permits; i++)
        if (strcmp(reply->permits[i]->party, DESK_PLANT) == 0) {
            is_found = true;
            assert_int_equal(reply->permits[i]->treated_g, 8000);
            assert_true(reply->permits[i]->n_codes > 0);
        }
    assert_true(is_found);
    desk_close(&desk);
}

static void counties_add_up_to_the_whole(void **state)
{
    (void)state;
    haul_run(&desk);
    const Custody__V1__ReportReply *reply = ask(DESK_REGULATOR, "5404", "2026-05", 0, NULL);
    int64_t generated_g = 0, units = 0;
    assert_true(reply->n_scopes > 0);
    for (size_t i = 0; i < reply->n_scopes; i++) {
        if (reply->scopes[i]->facility)
            continue;
        generated_g += figure(reply, reply->scopes[i]->scope, "", "generated_g");
        units += figure(reply, reply->scopes[i]->scope, "", "registered_n");
    }
    assert_int_equal(generated_g, 15000);
    assert_int_equal(units, 2);
    desk_close(&desk);
}

static void a_report_as_of_a_position_stays_what_it_was(void **state)
{
    (void)state;
    haul_run(&desk);
    uint64_t before = haul_size(&desk);
    const Custody__V1__ReportReply *old = ask(DESK_REGULATOR, "5404", "2026-05", 0, NULL);
    assert_int_equal(old->as_of, before);
    haul_correct(&desk);
    const Custody__V1__ReportReply *again = ask(DESK_REGULATOR, "5404", "2026-05", before, NULL);
    assert_int_equal(again->n_figures, old->n_figures);
    for (size_t i = 0; i < old->n_figures; i++)
        assert_int_equal(figure(again, old->figures[i]->scope, old->figures[i]->waste_code,
                                old->figures[i]->name),
                         old->figures[i]->value);
    assert_int_equal(again->as_of_recorded_at, old->as_of_recorded_at);
    const Custody__V1__ReportReply *new = ask(DESK_REGULATOR, "5404", "2026-05", 0, NULL);
    assert_int_equal(figure(new, "5404", "", "in_time_g"), 7900);
    /* What was generated weighs what it weighed then. */
    assert_int_equal(figure(new, "5404", "", "of_disposed_g"), 8000);
    desk_close(&desk);
}

/* As the ledger gives it to the bureau's key. */
static ProtobufCBinaryData sealed(struct span content)
{
    struct book *book = desk.ledger->book;
    const uint8_t *key = desk.keys[DESK_REGULATOR].public_key;
    book_turn(book);
    const struct paging paging = {
        .keys = ledger_keys(desk.ledger),
        .question = ENVELOPE_REPORT,
        .key = book_find(book, SUBJECT_KEY, span_of(key, PUBLIC_KEY_SIZE)),
    };
    struct span token = paging_seal(&paging, content, desk.arena);
    return (ProtobufCBinaryData){.len = token.len, .data = (uint8_t *)token.data};
}

static void a_page_keeps_its_position(void **state)
{
    (void)state;
    uint8_t page[12];
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__ReportRequest request = CUSTODY__V1__REPORT_REQUEST__INIT;
    haul_run(&desk);
    const Custody__V1__ReportReply *whole = ask(DESK_REGULATOR, "5404", "2026-05", 0, NULL);
    bytes_put_u64(page, whole->as_of - 2);
    bytes_put_u32(page + 8, 1);
    options.page = sealed(span_of(page, sizeof page));
    request.options = &options;
    request.division = (char *)"5404";
    request.period = (char *)"2026-05";
    const Custody__V1__ReportReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_REPORT, &request.base,
                 &custody__v1__report_reply__descriptor, NULL);
    /* Before the two feeds. */
    assert_int_equal(reply->as_of, whole->as_of - 2);
    assert_int_equal(figure(reply, "5404", "", "treated_g"), 0);
    /* Behind the last party there is nothing. */
    bytes_put_u32(page + 8, 1000);
    options.page = sealed(span_of(page, sizeof page));
    reply = desk_ask(&desk, DESK_REGULATOR, ENVELOPE_REPORT, &request.base,
                     &custody__v1__report_reply__descriptor, NULL);
    assert_int_equal(reply->n_figures, 0);
    options.page = sealed(span_of(page, 11));
    Custody__V1__Problem *problem = NULL;
    assert_null(desk_ask(&desk, DESK_REGULATOR, ENVELOPE_REPORT, &request.base,
                         &custody__v1__report_reply__descriptor, &problem));
    assert_string_equal(problem->field, "options.page");
    desk_close(&desk);
}

static void who_asks_for_what_is_checked(void **state)
{
    (void)state;
    Custody__V1__Problem *problem = NULL;
    haul_run(&desk);
    assert_null(ask(DESK_DOCTOR, "5404", "2026-05", 0, &problem));
    assert_null(ask(DESK_REGULATOR, "5404", "May", 0, &problem));
    assert_string_equal(problem->field, "period");
    assert_null(ask(DESK_REGULATOR, "5", "2026-05", 0, &problem));
    assert_string_equal(problem->field, "division");
    assert_non_null(ask(DESK_REGULATOR, "", "2026-05", 0, NULL));
    uint32_t first, last;
    char scope[7];
    assert_true(report_parse_scope(span_text("540400"), &first, &last, scope));
    assert_string_equal(scope, "5404");
    assert_int_equal(last, 540499);
    assert_true(report_parse_scope(span_text("540421"), &first, &last, scope));
    assert_string_equal(scope, "540421");
    assert_false(report_parse_scope(span_text("abc"), &first, &last, scope));
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_by_hand),
        cmocka_unit_test(an_auditor_adds_up_its_sector),
        cmocka_unit_test(an_auditor_of_no_sector_adds_up_nothing),
        cmocka_unit_test(the_permit_shows_what_was_treated_under_it),
        cmocka_unit_test(counties_add_up_to_the_whole),
        cmocka_unit_test(a_report_as_of_a_position_stays_what_it_was),
        cmocka_unit_test(a_page_keeps_its_position),
        cmocka_unit_test(who_asks_for_what_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
