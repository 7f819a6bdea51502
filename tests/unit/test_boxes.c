/* test_boxes.c: a turnover box is cleaned after it was emptied, and before anything is put into it again (RULES.md N24). */
#include <string.h>

#include "proto/rule.h"
#include "daemon/service/boxes.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

#define BOX     (char *)DESK_CARRIER "/X1"
#define DUE     "due uncleaned " DESK_CARRIER "/X1 by " DESK_PLANT
#define FINDING "finding reused_uncleaned " DESK_CARRIER "/X1 by "

static struct desk desk;
static struct desk_statement *trip, *manifest;

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 2 * DESK_HOUR;
    manifest = desk_issue(&desk, DESK_NURSE, DESK_HOSPITAL);
    trip = desk_do(&desk, DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, desk.now_us,
                   CUSTODY_OUTCOME_recorded);
    desk.now_us = DESK_DAY + 200 * DESK_HOUR;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void tell(enum desk_actor actor, const ProtobufCMessage *body, int64_t hour)
{
    desk_do(&desk, actor, body, DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

static void put_in(const char *code, int64_t hour)
{
    char *codes[] = {(char *)code};
    Custody__V1__NestBody nest = CUSTODY__V1__NEST_BODY__INIT;
    nest.generator = (char *)DESK_HOSPITAL;
    nest.box = (char *)"X1";
    nest.box_owner = (char *)DESK_CARRIER;
    nest.n_containers = 1;
    nest.containers = codes;
    tell(DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, code, 900)->base, hour - 1);
    tell(DESK_NURSE, &nest.base, hour);
}

/* To the plant and, out of the box, into the fire. */
static void burn(const char *code, int64_t hour)
{
    char *codes[] = {(char *)code};
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    feed.generator = (char *)DESK_HOSPITAL;
    feed.batch = (char *)"F1";
    feed.n_containers = 1;
    feed.containers = codes;
    tell(DESK_DRIVER, &desk_load(&desk, trip, manifest, DESK_HOSPITAL, code)->base, hour - 2);
    tell(DESK_GATE,
         &desk_receive(&desk, trip, manifest, DESK_HOSPITAL, code,
                       CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
              ->base,
         hour - 1);
    tell(DESK_GATE, &feed.base, hour);
}

static struct desk_statement *clean(int64_t hour)
{
    Custody__V1__CleanBody body = CUSTODY__V1__CLEAN_BODY__INIT;
    body.subject_case = CUSTODY__V1__CLEAN_BODY__SUBJECT_BOX;
    body.box = BOX;
    return desk_do(&desk, DESK_GATE, &body.base, DESK_DAY + hour * DESK_HOUR,
                   CUSTODY_OUTCOME_recorded);
}

static bool is_open(const char *line)
{
    return strstr(desk_render_open(&desk), line) != NULL;
}

static void assert_rebuild_is_the_same(void)
{
    struct replay_audit audit;
    char sentence[240];
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(replay_audit(&desk.options, false, 2, NULL, NULL, &audit, sentence),
                     CUSTODY_OK);
    if (!audit.lookups_are_sound)
        fail_msg("%s", audit.lookups_sentence);
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger), CUSTODY_OK);
}

static void a_box_is_cleaned_after_it_was_emptied(void **state)
{
    (void)state;
    put_in("B1", 5);
    put_in("B2", 6);
    assert_false(is_open(DUE));
    burn("B1", 10);
    burn("B2", 11);
    assert_true(is_open(DUE));
    clean(9); /* before it was emptied */
    assert_true(is_open(DUE));
    clean(12);
    assert_false(is_open(DUE));
    assert_rebuild_is_the_same();
}

static void filled_again_uncleaned_is_a_breach_until_the_cleaning_is_told(void **state)
{
    (void)state;
    put_in("B1", 5);
    burn("B1", 10);
    put_in("B2", 40);
    put_in("B3", 41);
    assert_true(is_open(FINDING DESK_HOSPITAL));
    assert_string_equal(rule_find_name("reused_uncleaned")->article, "GB 39707-2020 5.5.2");
    assert_rebuild_is_the_same();
    clean(30); /* told late, and done in time */
    assert_false(is_open(FINDING));
    assert_false(is_open(DUE));
    /* The next use owes its own. */
    burn("B2", 50);
    burn("B3", 51);
    assert_true(is_open(DUE));
    put_in("B4", 190); /* in another period */
    assert_true(is_open(FINDING DESK_HOSPITAL));
    assert_rebuild_is_the_same();
}

/* Whoever has no standing neither fills nor empties another's box. */
static void what_took_no_effect_is_no_use(void **state)
{
    (void)state;
    desk_enrol(&desk, DESK_STRANGER, DESK_OTHER_PLANT, CUSTODY__V1__ROLE__ROLE_FACILITY);
    put_in("B1", 5);
    char *codes[] = {(char *)"B1"};
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    feed.generator = (char *)DESK_HOSPITAL;
    feed.batch = (char *)"F9";
    feed.n_containers = 1;
    feed.containers = codes;
    tell(DESK_STRANGER, &feed.base, 7);
    put_in("B2", 8);
    assert_false(is_open("uncleaned"));
}

/* A feed that is taken back was no emptying. */
static void a_withdrawn_feed_asks_for_nothing(void **state)
{
    (void)state;
    put_in("B1", 5);
    burn("B1", 10);
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    feed.generator = (char *)DESK_HOSPITAL;
    feed.batch = (char *)"F1";
    feed.n_containers = 1;
    put_in("B2", 20);
    assert_true(is_open(FINDING));
    clean(12);
    char *other[] = {(char *)"B2"};
    feed.containers = other;
    tell(DESK_DRIVER, &desk_load(&desk, trip, manifest, DESK_HOSPITAL, "B2")->base, 22);
    tell(DESK_GATE,
         &desk_receive(&desk, trip, manifest, DESK_HOSPITAL, "B2",
                       CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
              ->base,
         23);
    struct desk_statement *fed =
        desk_do(&desk, DESK_GATE, &feed.base, DESK_DAY + 24 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_true(is_open(DUE));
    body.target = desk_name(&desk, fed);
    tell(DESK_GATE, &body.base, 26);
    assert_false(is_open(DUE));
    assert_false(is_open(FINDING));
    assert_rebuild_is_the_same();
}

static void a_withdrawn_cleaning_cleans_nothing(void **state)
{
    (void)state;
    put_in("B1", 5);
    burn("B1", 10);
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(&desk, clean(12));
    assert_false(is_open(DUE));
    tell(DESK_GATE, &body.base, 13);
    assert_true(is_open(DUE));
    put_in("B2", 20);
    assert_true(is_open(FINDING DESK_HOSPITAL));
    assert_rebuild_is_the_same();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_box_is_cleaned_after_it_was_emptied),
        TEST(filled_again_uncleaned_is_a_breach_until_the_cleaning_is_told),
        TEST(what_took_no_effect_is_no_use),
        TEST(a_withdrawn_feed_asks_for_nothing),
        TEST(a_withdrawn_cleaning_cleans_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
