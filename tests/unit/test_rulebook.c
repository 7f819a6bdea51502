/* test_rulebook.c: a profile from its file to the ledger, what it then judges, and how it is asked for; over a restart too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/profile.h"
#include "daemon/service/rulebook.h"
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

static Custody__V1__SetProfileBody *
set_body(struct desk *desk, const char *name, uint32_t edition, const char *text)
{
    Custody__V1__SetProfileBody *body = arena_alloc(desk->arena, sizeof *body);
    custody__v1__set_profile_body__init(body);
    struct digest digest = digest_sha256(span_text(text));
    body->name = arena_text(desk->arena, span_text(name));
    body->edition = edition;
    body->text = (ProtobufCBinaryData){strlen(text), arena_copy(desk->arena, text, strlen(text))};
    body->text_digest =
        (ProtobufCBinaryData){DIGEST_SIZE, arena_copy(desk->arena, digest.bytes, DIGEST_SIZE)};
    return body;
}

static const Custody__V1__ProfileReply *
ask(struct desk *desk, enum desk_actor actor, const char *name, uint32_t edition)
{
    Custody__V1__ProfileRequest request = CUSTODY__V1__PROFILE_REQUEST__INIT;
    Custody__V1__Problem *problem = NULL;
    request.name = arena_text(desk->arena, span_text(name));
    request.edition = edition;
    const Custody__V1__ProfileReply *reply =
        desk_ask(desk, actor, ENVELOPE_PROFILE, &request.base,
                 &custody__v1__profile_reply__descriptor, &problem);
    if (reply == NULL)
        assert_string_equal(problem->name, "not_found");
    return reply;
}

static void read_file(const char *path, char ret[static PROFILE_TEXT_MAX])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(ret, 1, PROFILE_TEXT_MAX - 1, file);
    ret[len] = 0;
    fclose(file);
}

static void what_was_set_is_told_to_everybody_with_its_text(void **state)
{
    struct desk *desk = *state;
    static char text[PROFILE_TEXT_MAX];
    read_file("deploy/profiles/cn-medical.ini", text);
    assert_int_equal(ask(desk, DESK_NURSE, "", 0)->n_profiles, 0);
    assert_null(ask(desk, DESK_NURSE, "cn-medical", 0));
    Custody__V1__SetProfileBody *body = set_body(desk, "cn-medical", 1, text);
    char *divisions[] = {(char *)"540400"};
    body->n_divisions = 1;
    body->divisions = divisions;
    desk_do(desk, DESK_REGULATOR, &body->base, desk->now_us, CUSTODY_OUTCOME_granted);
    int64_t granted_us = desk->now_us;
    desk->now_us += DESK_HOUR;
    /* The same edition again is refused, and so is anybody but a regulator. */
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, DESK_REGULATOR, &body->base, desk->now_us), NULL);
    assert_string_equal(receipt->reason_name, "edition_not_newer");
    assert_string_equal(receipt->field, "edition");
    receipt = desk_submit(desk, desk_sign(desk, DESK_NURSE, &body->base, desk->now_us), NULL);
    assert_string_equal(receipt->reason_name, "role_missing");
    desk_do(desk, DESK_REGULATOR,
            &set_body(desk, "other", 4, "[profile]\nname=other\nfamily=f\nedition=4\n")->base,
            desk->now_us, CUSTODY_OUTCOME_granted);
    desk_reopen(desk);
    const Custody__V1__ProfileReply *reply = ask(desk, DESK_NURSE, "", 0);
    assert_int_equal(reply->n_profiles, 2);
    assert_string_equal(reply->profiles[0]->name, "cn-medical");
    assert_int_equal(reply->profiles[0]->text.len, 0);
    assert_string_equal(reply->profiles[0]->codes[0], "HW01");
    assert_string_equal(reply->profiles[0]->divisions[0], "540400");
    assert_true(reply->profiles[0]->effective_from == granted_us);
    assert_int_equal(reply->profiles[1]->n_codes, 0);
    assert_int_equal(reply->profiles[1]->n_divisions, 0);
    reply = ask(desk, DESK_DRIVER, "cn-medical", 0);
    assert_int_equal(reply->n_profiles, 1);
    assert_true(span_is_equal(span_of(reply->profiles[0]->text.data, reply->profiles[0]->text.len),
                              span_text(text)));
    assert_int_equal(ask(desk, DESK_DRIVER, "other", 4)->n_profiles, 1);
    assert_null(ask(desk, DESK_DRIVER, "other", 3));
}

/* Hours from the start of the desk's day until the bag must have left the store; 0: it owes nothing. */
static int64_t due_hours(struct desk *desk, const char *code)
{
    const char *line =
        strstr(desk_render_container(desk, DESK_HOSPITAL, code), "obligation medical_storage");
    const char *due = line == NULL ? NULL : strstr(line, " due ");
    return due == NULL ? 0 : (strtoll(due + 5, NULL, 10) - DESK_DAY) / DESK_HOUR;
}

/* 医疗废物管理条例 art. 17, made stricter: a bag packed under the new edition has its hours, one packed before has the 48. */
static void a_fact_is_judged_by_the_profile_of_its_own_time(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY + 8 * DESK_HOUR;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "OLD", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    desk->now_us += DESK_HOUR;
    Custody__V1__SetProfileBody *body =
        set_body(desk, "strict", 1,
                 "[profile]\nname = strict\nfamily = medical\nedition = 1\nbase = medical\n"
                 "[storage]\ntemporary_hours = 10\ntemporary_notice_hours = 5\n");
    body->effective_from = desk->now_us + DESK_HOUR;
    desk_do(desk, DESK_REGULATOR, &body->base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += 3 * DESK_HOUR;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "NEW", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    /* Recorded now, but packed before the profile began. */
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "LATE", 900)->base,
            desk->now_us - 3 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_int_equal(due_hours(desk, "OLD"), 8 + 48);
    assert_int_equal(due_hours(desk, "LATE"), 9 + 48);
    assert_int_equal(due_hours(desk, "NEW"), 12 + 10);
    /* A later edition judges what comes after it, and leaves what was judged. */
    body = set_body(desk, "strict", 2,
                    "[profile]\nname = strict\nfamily = medical\nedition = 2\nbase = medical\n"
                    "[storage]\ntemporary_hours = 20\ntemporary_notice_hours = 5\n");
    desk_do(desk, DESK_REGULATOR, &body->base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += DESK_HOUR;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "NEXT", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    desk_reopen(desk);
    assert_int_equal(due_hours(desk, "NEXT"), 13 + 20);
    assert_int_equal(due_hours(desk, "NEW"), 12 + 10);
    assert_int_equal(due_hours(desk, "OLD"), 8 + 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_set_is_told_to_everybody_with_its_text, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_fact_is_judged_by_the_profile_of_its_own_time, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
