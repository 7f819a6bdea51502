/* test_anchors.c: the access log against its anchors on the ledger: intact, a line changed, cut, gone, and an anchor that is no
 * regulator's. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/service/ledger_parts.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static uint64_t anchored;

static void look(enum desk_actor actor, const char *generator, const char *code)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)generator;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = (char *)code;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    assert_non_null(desk_ask(&desk, actor, ENVELOPE_TRACE, &request.base,
                             &custody__v1__trace_reply__descriptor, NULL));
}

static uint64_t anchor(enum desk_actor actor, uint64_t lines, struct digest *digest)
{
    Custody__V1__AnchorAccessLogBody body = CUSTODY__V1__ANCHOR_ACCESS_LOG_BODY__INIT;
    body.day = (char *)"20260518";
    body.accesses = lines;
    body.log_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest->bytes};
    Custody__V1__Receipt *receipt =
        desk_submit(&desk, desk_sign(&desk, actor, &body.base, desk.now_us), NULL);
    assert_non_null(receipt);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_recorded);
    return receipt->proof->entry;
}

/* The bureau looks at three bags; the next day it anchors, and the ledger is closed. */
static int setup(void **state)
{
    (void)state;
    struct accesslog_sum sum;
    desk_open(&desk, false);
    for (int i = 0; i < 3; i++) {
        char *code = arena_format(desk.arena, "B%d", i);
        desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, code, 900)->base, desk.now_us,
                CUSTODY_OUTCOME_recorded);
        look(DESK_REGULATOR, DESK_HOSPITAL, code);
    }
    desk.now_us += 24 * DESK_HOUR;
    assert_int_equal(accesslog_sum(desk.ledger->accesses, 20260518, 20260519, &sum), CUSTODY_OK);
    assert_int_equal(sum.lines, 3);
    anchored = anchor(DESK_REGULATOR, sum.lines, &sum.digest);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static struct replay_audit audit(void)
{
    struct replay_audit audit;
    char sentence[240];
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    if (replay_audit(&desk.options, true, 1, NULL, NULL, &audit, sentence) != CUSTODY_OK)
        fail_msg("the audit stopped: %s", sentence);
    assert_true(audit.journal.is_sound);
    assert_true(audit.lookups_are_sound);
    assert_true(audit.accesses_are_compared);
    return audit;
}

static const char *path_of_day(void)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/access/20260518.log", desk.data);
    return path;
}

static void an_intact_day_is_found_intact(void **state)
{
    (void)state;
    struct replay_audit found = audit();
    assert_true(found.accesses.is_sound);
    assert_int_equal(found.accesses.compared, 1);
    assert_int_equal(found.accesses.gone, 0);
}

/* Whose bag it was: the second line, of B1, says B2. */
static void a_changed_line_is_named(void **state)
{
    (void)state;
    char text[4096];
    FILE *file = fopen(path_of_day(), "r+");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = 0;
    char *at = strstr(text, "code=B1");
    assert_non_null(at);
    assert_int_equal(fseek(file, at + 6 - text, SEEK_SET), 0);
    assert_int_equal(fputc('2', file), '2');
    assert_int_equal(fclose(file), 0);
    struct replay_audit found = audit();
    assert_false(found.accesses.is_sound);
    assert_int_equal(found.accesses.compared, 0);
    assert_int_equal(found.accesses.entry, anchored);
    assert_string_equal(found.accesses.sentence, "day 20260518: line 2 is not what was written");
}

static void a_cut_day_is_named(void **state)
{
    (void)state;
    char text[4096];
    FILE *file = fopen(path_of_day(), "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[len] = 0;
    assert_int_equal(truncate(path_of_day(), strchr(text, '\n') + 1 - text), 0);
    struct replay_audit found = audit();
    assert_false(found.accesses.is_sound);
    assert_string_equal(found.accesses.sentence,
                        "day 20260518: line 2 is missing: 3 were anchored, 1 are there");
}

static void a_day_whose_file_is_gone_is_named(void **state)
{
    (void)state;
    assert_int_equal(unlink(path_of_day()), 0);
    struct replay_audit found = audit();
    assert_false(found.accesses.is_sound);
    assert_non_null(strstr(found.accesses.sentence, "line 1 is missing"));
}

/* Anybody may say it; it proves nothing against the bureau's log. */
static void an_anchor_of_no_regulator_is_passed_over(void **state)
{
    (void)state;
    struct digest other = digest_sha256(span_text("something else"));
    anchor(DESK_DOCTOR, 7, &other);
    struct replay_audit found = audit();
    assert_true(found.accesses.is_sound);
    assert_int_equal(found.accesses.compared, 1);
}

/* Nobody looked: an anchor of nothing, and no file. */
static void a_day_without_reads_is_as_it_was(void **state)
{
    (void)state;
    struct digest nothing = digest_sha256(span_of("", 0));
    Custody__V1__AnchorAccessLogBody body = CUSTODY__V1__ANCHOR_ACCESS_LOG_BODY__INIT;
    body.day = (char *)"20260517";
    body.log_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = nothing.bytes};
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_recorded);
    struct replay_audit found = audit();
    assert_true(found.accesses.is_sound);
    assert_int_equal(found.accesses.compared, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(an_intact_day_is_found_intact),
        TEST(a_changed_line_is_named),
        TEST(a_cut_day_is_named),
        TEST(a_day_whose_file_is_gone_is_named),
        TEST(an_anchor_of_no_regulator_is_passed_over),
        TEST(a_day_without_reads_is_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
