/* test_disclosure.c: who read what of others is noted before the answer leaves, and told to whom it concerns; records come as
 * they were sent, and not after they were erased. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/service/disclosure.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B1", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static const Custody__V1__TraceReply *
trace(enum desk_actor actor, const char *code, Custody__V1__Problem **ret_problem)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)code;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    return desk_ask(&desk, actor, ENVELOPE_TRACE, &request.base,
                    &custody__v1__trace_reply__descriptor, ret_problem);
}

static const Custody__V1__AccessReply *accesses(enum desk_actor actor,
                                                const char *party,
                                                const char *day,
                                                uint32_t limit,
                                                ProtobufCBinaryData page,
                                                Custody__V1__Problem **ret_problem)
{
    Custody__V1__AccessRequest request = CUSTODY__V1__ACCESS_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    options.limit = limit;
    options.page = page;
    request.options = &options;
    request.party = (char *)party;
    request.day = (char *)day;
    return desk_ask(&desk, actor, ENVELOPE_ACCESS, &request.base,
                    &custody__v1__access_reply__descriptor, ret_problem);
}

static const ProtobufCBinaryData no_page = {0};

static void a_look_at_others_is_told_to_whom_it_was_about(void **state)
{
    (void)state;
    assert_non_null(trace(DESK_NURSE, "B1", NULL)); /* her own: nobody's concern */
    assert_non_null(trace(DESK_REGULATOR, "B1", NULL));
    const Custody__V1__AccessReply *reply = accesses(DESK_NURSE, "", "", 0, no_page, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->n_accesses, 1);
    const Custody__V1__Access *access = reply->accesses[0];
    assert_int_equal(access->at, desk.now_us);
    assert_memory_equal(access->key.data, desk.keys[DESK_REGULATOR].public_key, PUBLIC_KEY_SIZE);
    assert_string_equal(access->party, DESK_BUREAU);
    assert_string_equal(access->question, "trace");
    assert_string_equal(access->scope, "division");
    assert_string_equal(access->about, DESK_HOSPITAL);
    assert_string_equal(access->asked, "generator=" DESK_HOSPITAL " code=B1");
    /* The clinic was not looked at, and may not ask of the hospital. */
    assert_int_equal(accesses(DESK_DOCTOR, "", "", 0, no_page, NULL)->n_accesses, 0);
    Custody__V1__Problem *problem = NULL;
    assert_null(accesses(DESK_DOCTOR, DESK_HOSPITAL, "", 0, no_page, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    assert_null(accesses(DESK_DOCTOR, "uscc:nobody", "", 0, no_page, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_found);
    assert_null(accesses(DESK_REGULATOR, "", "20260231", 0, no_page, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_bad_question);
}

/* What was refused was not read. */
static void what_was_not_shown_is_not_noted(void **state)
{
    (void)state;
    assert_null(trace(DESK_REGULATOR, "B9", NULL));
    assert_null(trace(DESK_DOCTOR, "B1", NULL));
    assert_int_equal(accesses(DESK_NURSE, "", "", 0, no_page, NULL)->n_accesses, 0);
}

/* A list is about whom it shows; one over a whole division about everybody in it. */
static void a_list_is_about_everybody_in_it(void **state)
{
    (void)state;
    Custody__V1__EntriesRequest request = CUSTODY__V1__ENTRIES_REQUEST__INIT;
    assert_non_null(desk_ask(&desk, DESK_REGULATOR, ENVELOPE_ENTRIES, &request.base,
                             &custody__v1__entries_reply__descriptor, NULL));
    const Custody__V1__AccessReply *reply = accesses(DESK_NURSE, "", "", 0, no_page, NULL);
    assert_int_equal(reply->n_accesses, 1);
    assert_string_equal(reply->accesses[0]->question, "entries");
    assert_int_equal(accesses(DESK_DOCTOR, "", "", 0, no_page, NULL)->n_accesses, 0);
    assert_non_null(accesses(DESK_REGULATOR, "", "20260518", 0, no_page, NULL));
    reply = accesses(DESK_DOCTOR, "", "", 0, no_page, NULL);
    assert_int_equal(reply->n_accesses, 1);
    assert_string_equal(reply->accesses[0]->about, "division:540400");
    assert_string_equal(reply->accesses[0]->asked, "day=20260518");
}

/* The bureau reads the feed, the hospital and the carrier in it: the hospital is told of itself and that there was more. */
static void whom_else_a_look_was_about_is_counted(void **state)
{
    (void)state;
    Custody__V1__EntriesRequest request = CUSTODY__V1__ENTRIES_REQUEST__INIT;
    desk_do(&desk, DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    assert_non_null(desk_ask(&desk, DESK_REGULATOR, ENVELOPE_ENTRIES, &request.base,
                             &custody__v1__entries_reply__descriptor, NULL));
    const Custody__V1__AccessReply *reply = accesses(DESK_NURSE, "", "", 0, no_page, NULL);
    assert_int_equal(reply->n_accesses, 1);
    const char *about = reply->accesses[0]->about;
    assert_non_null(strstr(about, DESK_HOSPITAL));
    assert_null(strstr(about, DESK_CARRIER));
    assert_non_null(strstr(about, ",+"));
    const Custody__V1__AccessReply *whole =
        accesses(DESK_REGULATOR, DESK_HOSPITAL, "", 0, no_page, NULL);
    assert_non_null(strstr(whole->accesses[0]->about, DESK_CARRIER));
    assert_null(strstr(whole->accesses[0]->about, "+"));
}

static void a_days_sum_is_anchored_when_it_is_over(void **state)
{
    (void)state;
    trace(DESK_REGULATOR, "B1", NULL);
    const Custody__V1__AccessReply *reply =
        accesses(DESK_REGULATOR, "", "20260518", 0, no_page, NULL);
    assert_non_null(reply);
    assert_string_equal(reply->day, "20260518");
    assert_int_equal(reply->lines, 1);
    assert_int_equal(reply->n_accesses, 1);
    assert_false(reply->complete);
    desk.now_us += 24 * DESK_HOUR;
    reply = accesses(DESK_REGULATOR, "", "20260518", 0, no_page, NULL);
    assert_true(reply->complete);
    /* That the bureau looked into the log is in the log too. */
    assert_int_equal(reply->lines, 2);
    struct digest digest;
    memcpy(digest.bytes, reply->log_digest.data, DIGEST_SIZE);
    desk.now_us += 24 * DESK_HOUR;
    reply = accesses(DESK_REGULATOR, "", "20260518", 0, no_page, NULL);
    assert_memory_equal(reply->log_digest.data, digest.bytes, DIGEST_SIZE);
    Custody__V1__AnchorAccessLogBody body = CUSTODY__V1__ANCHOR_ACCESS_LOG_BODY__INIT;
    body.day = (char *)"20260518";
    body.accesses = reply->lines;
    body.log_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest.bytes};
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_recorded);
}

static void pages_go_back_day_by_day(void **state)
{
    (void)state;
    for (int day = 0; day < 3; day++) {
        trace(DESK_REGULATOR, "B1", NULL);
        desk.now_us += 24 * DESK_HOUR;
    }
    int64_t last_us = INT64_MAX;
    size_t told = 0;
    ProtobufCBinaryData page = {0};
    do {
        const Custody__V1__AccessReply *reply = accesses(DESK_NURSE, "", "", 1, page, NULL);
        assert_non_null(reply);
        for (size_t i = 0; i < reply->n_accesses; i++) {
            assert_true(reply->accesses[i]->at < last_us);
            last_us = reply->accesses[i]->at;
            told++;
        }
        page = reply->next_page;
    } while (page.len > 0);
    assert_int_equal(told, 3);
}

/* Fail closed: what cannot be noted is not shown; what is one's own needs no note. */
static void what_cannot_be_noted_is_not_shown(void **state)
{
    (void)state;
    char path[600];
    Custody__V1__Problem *problem = NULL;
    trace(DESK_REGULATOR, "B1", NULL);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    snprintf(path, sizeof path, "%s/access/20260518.log", desk.data);
    assert_int_equal(truncate(path, ACCESSLOG_DAY_MAX - 1), 0);
    char sentence[240];
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger), CUSTODY_OK);
    assert_null(trace(DESK_REGULATOR, "B1", &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_disk_failed);
    assert_non_null(trace(DESK_NURSE, "B1", NULL));
}

/* ---- records ----------------------------------------------------------------------------------- */

static const Custody__V1__RecordReply *
ask_record(enum desk_actor actor, struct digest *digest, Custody__V1__Problem **ret_problem)
{
    Custody__V1__RecordRequest request = CUSTODY__V1__RECORD_REQUEST__INIT;
    request.digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest->bytes};
    return desk_ask(&desk, actor, ENVELOPE_RECORD, &request.base,
                    &custody__v1__record_reply__descriptor, ret_problem);
}

static void a_text_is_given_to_who_may_read_its_statement(void **state)
{
    (void)state;
    static const uint8_t text[SALT_SIZE + 9] = "0123456789abcdefweight?!";
    struct digest digest = digest_sha256(span_of(text, sizeof text));
    Custody__V1__Problem *problem = NULL;
    Custody__V1__DisputeBody body = CUSTODY__V1__DISPUTE_BODY__INIT;
    struct desk_statement *packed = desk_sign(
        &desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B2", 900)->base, desk.now_us);
    desk_submit(&desk, packed, NULL);
    body.target = desk_name(&desk, packed);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_QUANTITY;
    body.text_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest.bytes};
    struct desk_statement *statement = desk_sign(&desk, DESK_DOCTOR, &body.base, desk.now_us);
    assert_null(ask_record(DESK_NURSE, &digest, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_found);
    assert_string_equal(problem->field, "digest");
    /* Named, but not yet sent: the statement came without it. */
    desk_submit(&desk, statement, NULL);
    assert_null(ask_record(DESK_NURSE, &digest, &problem));
    assert_string_equal(problem->field, "record");
    struct span record = span_of(text, sizeof text);
    assert_int_equal(annex_put(desk.ledger->annex, &record, 1), CUSTODY_OK);
    const Custody__V1__RecordReply *reply = ask_record(DESK_NURSE, &digest, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->record.len, sizeof text);
    assert_memory_equal(reply->record.data, text, sizeof text);
    assert_string_equal(reply->kind, "text");
    assert_string_equal(reply->party, DESK_CLINIC);
    assert_true(reply->kept_until > desk.now_us);
    assert_false(reply->erased);
    assert_null(ask_record(DESK_GATE, &digest, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);

    desk.now_us += 6 * 366 * 24 * DESK_HOUR;
    Custody__V1__EraseBody erase = CUSTODY__V1__ERASE_BODY__INIT;
    erase.digest = body.text_digest;
    erase.order = (char *)"令1";
    desk_do(&desk, DESK_REGULATOR, &erase.base, desk.now_us, CUSTODY_OUTCOME_granted);
    reply = ask_record(DESK_NURSE, &digest, NULL);
    assert_non_null(reply);
    assert_true(reply->erased);
    assert_int_equal(reply->record.len, 0);
}

/* A statement that does not hold the digest opens nothing. */
static void another_entry_is_no_key(void **state)
{
    (void)state;
    static const uint8_t text[SALT_SIZE + 9] = "0123456789abcdefsecret!!";
    struct span record = span_of(text, sizeof text);
    struct digest digest = digest_sha256(record);
    Custody__V1__DisputeBody body = CUSTODY__V1__DISPUTE_BODY__INIT;
    Custody__V1__Problem *problem = NULL;
    struct desk_statement *packed =
        desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B2", 900)->base, desk.now_us,
                CUSTODY_OUTCOME_recorded);
    body.target = desk_name(&desk, packed);
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_OTHER;
    body.text_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest.bytes};
    desk_do(&desk, DESK_NURSE, &body.base, desk.now_us, CUSTODY_OUTCOME_recorded);
    assert_int_equal(annex_put(desk.ledger->annex, &record, 1), CUSTODY_OK);
    Custody__V1__RecordRequest request = CUSTODY__V1__RECORD_REQUEST__INIT;
    request.digest = body.text_digest;
    request.entry = 1; /* everybody may read it, and it says nothing of the record */
    assert_null(desk_ask(&desk, DESK_GATE, ENVELOPE_RECORD, &request.base,
                         &custody__v1__record_reply__descriptor, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    request.entry = UINT64_MAX;
    assert_null(desk_ask(&desk, DESK_NURSE, ENVELOPE_RECORD, &request.base,
                         &custody__v1__record_reply__descriptor, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_visible);
    request.digest.len = 31;
    assert_null(desk_ask(&desk, DESK_NURSE, ENVELOPE_RECORD, &request.base,
                         &custody__v1__record_reply__descriptor, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_bad_question);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_look_at_others_is_told_to_whom_it_was_about),
        TEST(what_was_not_shown_is_not_noted),
        TEST(a_list_is_about_everybody_in_it),
        TEST(whom_else_a_look_was_about_is_counted),
        TEST(a_days_sum_is_anchored_when_it_is_over),
        TEST(pages_go_back_day_by_day),
        TEST(what_cannot_be_noted_is_not_shown),
        TEST(a_text_is_given_to_who_may_read_its_statement),
        TEST(another_entry_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
