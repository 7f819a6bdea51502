/* test_declare.c: declarations against the ledger, and what is owed, through the writer and in a rebuild. */
#include <stdio.h>
#include <string.h>

#include "daemon/service/declare.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static Custody__V1__DeclareBody *
declare_may(struct desk *desk, uint64_t generated_g, uint64_t closing_g, uint64_t as_of)
{
    Custody__V1__DeclareBody *body = arena_alloc(desk->arena, sizeof *body);
    Custody__V1__DeclaredLine *line = arena_alloc(desk->arena, sizeof *line);
    custody__v1__declare_body__init(body);
    custody__v1__declared_line__init(line);
    line->waste_code = (char *)"841-001-01";
    line->generated_g = generated_g;
    line->closing_g = closing_g;
    body->period = CUSTODY__V1__DECLARATION_PERIOD__DECLARE_MONTH;
    body->party = (char *)DESK_CLINIC;
    body->first_day = (char *)"20260501";
    body->as_of = as_of;
    body->n_lines = 1;
    body->lines = arena_alloc(desk->arena, sizeof line);
    body->lines[0] = line;
    return body;
}

static size_t differences(struct desk *desk)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    desk->now_us++; /* what begins this very moment is told from the next on */
    const Custody__V1__FindingsReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                 &custody__v1__findings_reply__descriptor, NULL);
    size_t count = 0;
    assert_non_null(reply);
    for (size_t i = 0; i < reply->n_findings; i++)
        if (reply->findings[i]->rule == RULE_declared_differs) {
            count++;
            assert_string_equal(reply->findings[i]->subject, DESK_CLINIC "/2026-05");
        }
    return count;
}

static void say(struct desk *desk, enum desk_actor actor, const ProtobufCMessage *body)
{
    desk->now_us += DESK_HOUR / 60;
    desk_do(desk, actor, body, desk->now_us, CUSTODY_OUTCOME_recorded);
}

static void begin(struct desk *desk)
{
    desk_open(desk, false);
    desk->now_us = DESK_DAY + 8 * DESK_HOUR;
    say(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "B1", 5000)->base);
}

static uint64_t size_of(struct desk *desk)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    ledger_head(desk->ledger, note, &size);
    return size;
}

/* HJ 1259-2022 7.2, 6.3 (N19): the declared figures against the ledger's. */
static void a_declaration_that_differs_is_found_and_a_right_one_ends_it(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 2000, 5000, 0)->base);
    assert_int_equal(differences(&desk), 1);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 5000, 5000, 0)->base);
    assert_int_equal(differences(&desk), 0);
    desk_close(&desk);
}

static void it_is_judged_by_the_position_that_it_names(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    uint64_t as_of = size_of(&desk);
    say(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "B2", 9000)->base);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 5000, 5000, as_of)->base);
    assert_int_equal(differences(&desk), 0);
    /* One that names no position, or one beyond itself, speaks of all before it. */
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 5000, 5000, 1000000)->base);
    assert_int_equal(differences(&desk), 1);
    desk_close(&desk);
}

static void what_is_flushed_and_what_is_not_count_alike(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    desk_flush(&desk);
    say(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "B2", 9000)->base);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 14000, 14000, 0)->base);
    assert_int_equal(differences(&desk), 0);
    desk_close(&desk);
}

static void a_code_that_is_not_declared_is_declared_as_nothing(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    Custody__V1__DeclareBody *body = declare_may(&desk, 0, 0, 0);
    body->n_lines = 0;
    say(&desk, DESK_DOCTOR, &body->base);
    assert_int_equal(differences(&desk), 1);
    desk_close(&desk);
}

static void a_stranger_declares_nothing_and_a_regulator_may(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    say(&desk, DESK_GATE, &declare_may(&desk, 1, 1, 0)->base);
    assert_int_equal(differences(&desk), 0);
    say(&desk, DESK_REGULATOR, &declare_may(&desk, 1, 1, 0)->base);
    assert_int_equal(differences(&desk), 1);
    Custody__V1__DeclareBody *body = declare_may(&desk, 1, 1, 0);
    body->first_day = (char *)"20260502";
    say(&desk, DESK_DOCTOR, &body->base);
    body = declare_may(&desk, 5000, 5000, 0);
    body->first_day = (char *)"20260532";
    say(&desk, DESK_DOCTOR, &body->base);
    assert_int_equal(differences(&desk), 1);
    desk_close(&desk);
}

/* An opening stock is read from the months before, not from their rows: what is read of a long history is the month that is
 * declared, and a month that has changed since the position that the declaration names. */
static void what_is_read_is_the_period_and_no_history(void **state)
{
    (void)state;
    enum { BEFORE = 40, WITHIN = 3 };
    static struct desk desk;
    char code[16];
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 8 * DESK_HOUR;
    for (int i = 0; i < BEFORE; i++) {
        snprintf(code, sizeof code, "A%d", i);
        desk_do(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, code, 100)->base,
                DESK_DAY - (30 + i) * 24 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    }
    uint64_t as_of = size_of(&desk);
    for (int i = 0; i < WITHIN; i++) {
        snprintf(code, sizeof code, "B%d", i);
        say(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, code, 1000)->base);
    }
    Custody__V1__DeclareBody *body = declare_may(&desk, 3000, 3000 + BEFORE * 100, 0);
    body->lines[0]->opening_g = BEFORE * 100;
    uint64_t before = book_scanned(desk.ledger->book);
    say(&desk, DESK_DOCTOR, &body->base);
    assert_int_equal(differences(&desk), 0);
    assert_int_equal(book_scanned(desk.ledger->book) - before, WITHIN);
    /* As of an earlier position: nothing of May was there, and no month before it has changed since. */
    body = declare_may(&desk, 0, BEFORE * 100, as_of);
    body->lines[0]->opening_g = BEFORE * 100;
    before = book_scanned(desk.ledger->book);
    say(&desk, DESK_DOCTOR, &body->base);
    assert_int_equal(differences(&desk), 0);
    /* With the row of what the first one declared. */
    assert_int_equal(book_scanned(desk.ledger->book) - before, WITHIN + 1);
    /* A bag of the 18th of April is told now: that month's rows are looked at, for the position before it. */
    desk_do(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "A90", 700)->base,
            DESK_DAY - 30 * 24 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    body = declare_may(&desk, 0, BEFORE * 100, as_of);
    body->lines[0]->opening_g = BEFORE * 100;
    before = book_scanned(desk.ledger->book);
    say(&desk, DESK_DOCTOR, &body->base);
    assert_int_equal(differences(&desk), 0);
    uint64_t read = book_scanned(desk.ledger->book) - before;
    assert_true(read > WITHIN + 2 && read < BEFORE);
    desk_close(&desk);
}

static struct desk_statement *
sign_withdrawal(struct desk *desk, enum desk_actor actor, const struct desk_statement *target)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(desk, target);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    return desk_sign(desk, actor, &body.base, desk->now_us);
}

/* What was declared of a period, as the report of the ledger's division tells it. */
static int64_t find_declared(struct desk *desk, const char *period, const char *figure)
{
    Custody__V1__ReportRequest request = CUSTODY__V1__REPORT_REQUEST__INIT;
    request.period = (char *)period;
    request.division = (char *)"540400";
    const Custody__V1__ReportReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_REPORT, &request.base,
                 &custody__v1__report_reply__descriptor, NULL);
    assert_non_null(reply);
    for (size_t i = 0; i < reply->n_figures; i++)
        if (strcmp(reply->figures[i]->name, figure) == 0 && reply->figures[i]->waste_code[0] != 0)
            return reply->figures[i]->value;
    return 0;
}

static int64_t declared_g(struct desk *desk)
{
    return find_declared(desk, "2026-05", "declared_generated_g");
}

/* HJ 1259-2022 7.2 (N21): a simplified unit owes the quarter; declaring it meets that, and is told in the report. */
static void a_quarter_is_owed_declared_and_told(void **state)
{
    (void)state;
    static struct desk desk;
    desk_open(&desk, false);
    desk_set_profile(&desk, "cn-hazardous", 1,
                     "[report]\nquarterly_required = yes\nsimplified_t = 0");
    desk.now_us = DESK_DAY + 60 * 24 * DESK_HOUR; /* 2026-07-17 */
    desk_do(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "B1", 5000)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    assert_non_null(strstr(desk_render_open(&desk), "due report_late " DESK_CLINIC "/2026-Q3"));
    Custody__V1__DeclareBody *body = declare_may(&desk, 5000, 5000, 0);
    body->period = CUSTODY__V1__DECLARATION_PERIOD__DECLARE_QUARTER;
    body->first_day = (char *)"20260701";
    say(&desk, DESK_DOCTOR, &body->base);
    assert_null(strstr(desk_render_open(&desk), "report_late"));
    assert_int_equal(find_declared(&desk, "2026-Q3", "quarter_generated_g"), 5000);
    assert_int_equal(find_declared(&desk, "2026-Q3", "declared_generated_g"), 0);
    desk_close(&desk);
}

/* HJ 1259-2022 7.2 (N21): as if it had never been made; what was declared before it counts again. */
static void a_declaration_that_was_withdrawn_counts_no_more(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 5000, 5000, 0)->base);
    desk.now_us += DESK_HOUR;
    struct desk_statement *wrong =
        desk_do(&desk, DESK_DOCTOR, &declare_may(&desk, 2000, 5000, 0)->base, desk.now_us,
                CUSTODY_OUTCOME_recorded);
    assert_int_equal(differences(&desk), 1);
    assert_int_equal(declared_g(&desk), 2000);
    desk.now_us += DESK_HOUR;
    desk_submit(&desk, sign_withdrawal(&desk, DESK_NURSE, wrong), NULL); /* not its own party */
    assert_int_equal(differences(&desk), 1);
    desk_submit(&desk, sign_withdrawal(&desk, DESK_DOCTOR, wrong), NULL);
    assert_int_equal(differences(&desk), 0);
    assert_int_equal(declared_g(&desk), 5000);
    desk_close(&desk);
}

static void a_withdrawal_that_came_first_takes_it_back_when_it_comes(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    struct desk_statement *wrong =
        desk_sign(&desk, DESK_DOCTOR, &declare_may(&desk, 2000, 5000, 0)->base, desk.now_us);
    desk_submit(&desk, sign_withdrawal(&desk, DESK_DOCTOR, wrong), NULL);
    desk_submit(&desk, wrong, NULL);
    assert_int_equal(differences(&desk), 0);
    assert_int_equal(declared_g(&desk), 0);
    desk_close(&desk);
}

static void what_the_regulator_signed_cannot_be_taken_back(void **state)
{
    (void)state;
    static struct desk desk;
    begin(&desk);
    struct desk_statement *wrong =
        desk_do(&desk, DESK_DOCTOR, &declare_may(&desk, 2000, 5000, 0)->base, desk.now_us,
                CUSTODY_OUTCOME_recorded);
    Custody__V1__CountersignBody signs = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    signs.target = desk_name(&desk, wrong);
    desk_submit(&desk, sign_withdrawal(&desk, DESK_DOCTOR, wrong), NULL);
    assert_int_equal(differences(&desk), 0);
    say(&desk, DESK_REGULATOR, &signs.base);
    assert_int_equal(differences(&desk), 1);
    assert_int_equal(declared_g(&desk), 2000);
    desk_close(&desk);
}

/* HJ 1259-2022 5.2 (N21), through the writer; waste of March told in May. */
static void a_filed_plan_meets_the_duty_of_its_year(void **state)
{
    (void)state;
    static struct desk desk;
    desk_open(&desk, false);
    desk_set_profile(&desk, "cn-hazardous", 1, "[manifest]\nplan_required = yes");
    desk.now_us = DESK_DAY + 300 * 24 * DESK_HOUR; /* 2027-03-14 */
    desk_do(&desk, DESK_DOCTOR, &desk_pack(&desk, DESK_CLINIC, "B1", 5000)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    assert_non_null(strstr(desk_render_open(&desk), "due plan_late " DESK_CLINIC "/2027 plan"));
    Custody__V1__FileDocumentBody plan = CUSTODY__V1__FILE_DOCUMENT_BODY__INIT;
    char *parties[] = {(char *)DESK_CLINIC};
    plan.kind = CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN;
    plan.number = (char *)"MP-2027";
    plan.n_parties = 1;
    plan.parties = parties;
    plan.effective_until = desk.now_us + 200 * 24 * DESK_HOUR;
    desk_do(&desk, DESK_DOCTOR, &plan.base, desk.now_us, CUSTODY_OUTCOME_granted);
    assert_null(strstr(desk_render_open(&desk), "plan_late"));
    desk_close(&desk);
}

static void a_rebuild_comes_to_the_same(void **state)
{
    (void)state;
    static struct desk desk;
    struct replay_audit audit;
    char sentence[240];
    begin(&desk);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 2000, 5000, 0)->base);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 3000, 5000, 0)->base);
    desk_flush(&desk);
    say(&desk, DESK_DOCTOR, &declare_may(&desk, 4000, 5000, 5)->base);
    struct desk_statement *wrong =
        desk_do(&desk, DESK_DOCTOR, &declare_may(&desk, 9000, 5000, 0)->base, desk.now_us + 1,
                CUSTODY_OUTCOME_recorded);
    desk_submit(&desk, sign_withdrawal(&desk, DESK_DOCTOR, wrong), NULL);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(replay_audit(&desk.options, false, 1, NULL, NULL, &audit, sentence),
                     CUSTODY_OK);
    if (!audit.lookups_are_sound)
        fail_msg("%s", audit.lookups_sentence);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_declaration_that_differs_is_found_and_a_right_one_ends_it),
        cmocka_unit_test(it_is_judged_by_the_position_that_it_names),
        cmocka_unit_test(what_is_flushed_and_what_is_not_count_alike),
        cmocka_unit_test(a_code_that_is_not_declared_is_declared_as_nothing),
        cmocka_unit_test(a_stranger_declares_nothing_and_a_regulator_may),
        cmocka_unit_test(what_is_read_is_the_period_and_no_history),
        cmocka_unit_test(a_quarter_is_owed_declared_and_told),
        cmocka_unit_test(a_declaration_that_was_withdrawn_counts_no_more),
        cmocka_unit_test(a_withdrawal_that_came_first_takes_it_back_when_it_comes),
        cmocka_unit_test(what_the_regulator_signed_cannot_be_taken_back),
        cmocka_unit_test(a_filed_plan_meets_the_duty_of_its_year),
        cmocka_unit_test(a_rebuild_comes_to_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
