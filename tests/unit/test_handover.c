/* test_handover.c: a breakdown on the road and a torn label: what is on the truck goes on, and both labels answer. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/detour.h"
#include "tests/lib/dice.h"

/* The text of one container, up to the next. */
static const char *part(const char *text, const char *bag)
{
    char start[16];
    snprintf(start, sizeof start, "%s: ", bag);
    const char *at = strstr(text, start);
    assert_non_null(at);
    return at + strlen(start);
}

static bool says(const char *part, const char *what)
{
    const char *found = strstr(part, what);
    const char *end = strstr(part, "\nD");
    return found != NULL && (end == NULL || found < end);
}

static void the_day_comes_out_as_it_should(void **state)
{
    (void)state;
    static struct story story;
    detour_begin(&story);
    story_deliver(&story, NULL);
    const char *text = detour_outcome(&story);
    assert_true(says(part(text, "D1"), "received by " DESK_PLANT " 1000 g"));
    assert_true(says(part(text, "D1"), "transfer by " DESK_CARRIER ": applied -> in transit"));
    /* Fed by its old label, taken in by its new one. */
    assert_true(says(part(text, "D2"), "fed by " DESK_PLANT " 1100 g"));
    assert_true(says(part(text, "D2"), "relabel by " DESK_CARRIER ": applied"));
    assert_true(says(part(text, "D2"), "dispute by " DESK_CLINIC ": withdrawn"));
    assert_non_null(strstr(text, "fed by " DESK_PLANT " 1100 g"));
    /* Lost, then it turned up. */
    assert_true(says(part(text, "D3"), "incident by " DESK_CARRIER ": applied -> lost"));
    assert_true(says(part(text, "D3"), "received by " DESK_PLANT));
    assert_false(says(part(text, "D3"), "finding container_lost"));
    assert_true(says(part(text, "D4"), "relabel by " DESK_CARRIER ": withdrawn"));
    assert_true(says(part(text, "D5"), "finding hold_broken"));
    assert_true(says(part(text, "D6"), "rejected by " DESK_CARRIER));
    assert_true(says(part(text, "D6"), "receive by " DESK_PLANT ": disputed"));
    assert_true(says(part(text, "D6"), "finding disputed"));
    assert_true(says(part(text, "D6"), "rejected_waiting"));
    story_end(&story);
}

static struct desk_statement *
sign_relabel(struct desk *desk, enum desk_actor actor, const char *from, const char *to, int hour)
{
    Custody__V1__RelabelBody body = CUSTODY__V1__RELABEL_BODY__INIT;
    Custody__V1__Relabelled one = CUSTODY__V1__RELABELLED__INIT;
    Custody__V1__Relabelled *all[] = {&one};
    one.old_code = (char *)from;
    one.new_code = (char *)to;
    body.generator = (char *)DESK_HOSPITAL;
    body.n_containers = 1;
    body.containers = all;
    return desk_sign(desk, actor, &body.base, DESK_DAY + hour * DESK_HOUR);
}

static struct desk_statement *sign_pack(struct desk *desk, const char *code, int hour)
{
    return desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, code, 2000)->base,
                     DESK_DAY + hour * DESK_HOUR);
}

/* A second new label, everything arriving from the end. */
static void every_label_of_a_chain_leads_to_the_first(void **state)
{
    (void)state;
    static struct desk desk;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 20 * DESK_HOUR;
    Custody__V1__StoreBody store = CUSTODY__V1__STORE_BODY__INIT;
    char *stored[] = {(char *)"B3"};
    store.generator = (char *)DESK_HOSPITAL;
    store.n_containers = 1;
    store.containers = stored;
    struct desk_statement *statements[] = {
        sign_pack(&desk, "B1", 1),
        sign_relabel(&desk, DESK_NURSE, "B1", "B2", 2),
        sign_relabel(&desk, DESK_NURSE, "B2", "B3", 3),
        desk_sign(&desk, DESK_NURSE, &store.base, DESK_DAY + 4 * DESK_HOUR),
    };
    for (int i = 3; i >= 0; i--)
        assert_non_null(desk_submit(&desk, statements[i], NULL));
    static const char *const labels[] = {"B1", "B2", "B3"};
    char *first = desk_render_container(&desk, DESK_HOSPITAL, "B1");
    assert_non_null(strstr(first, "stored by " DESK_HOSPITAL " 2000 g"));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(desk_render_container(&desk, DESK_HOSPITAL, labels[i]), first);
    desk_close(&desk);
}

/* Whoever does not hold it relabels nothing, and a code that is in use is no new label. */
static void a_label_that_is_not_given_names_its_own_container(void **state)
{
    (void)state;
    static struct desk desk;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 20 * DESK_HOUR;
    struct desk_statement *statements[] = {
        sign_pack(&desk, "B1", 1),
        sign_relabel(&desk, DESK_DRIVER, "B1", "B2", 2),
        sign_pack(&desk, "B2", 3),
        sign_relabel(&desk, DESK_NURSE, "B1", "B2", 4),
    };
    for (size_t i = 0; i < 4; i++)
        assert_non_null(desk_submit(&desk, statements[i], NULL));
    const char *first = desk_render_container(&desk, DESK_HOSPITAL, "B1");
    const char *second = desk_render_container(&desk, DESK_HOSPITAL, "B2");
    assert_non_null(strstr(first, "relabel by " DESK_CARRIER ": contested"));
    assert_non_null(strstr(first, "relabel by " DESK_HOSPITAL ": contested"));
    assert_null(strstr(first, "pack by " DESK_HOSPITAL ": no_change"));
    assert_non_null(strstr(second, "pack by " DESK_HOSPITAL ": applied -> packed"));
    desk_close(&desk);
}

/* ---- a breakdown: what the manifests say -------------------------------------------------------- */

enum { ROAD_STATEMENTS = 7 };
#define SECOND_PLATE "藏G·救0002"

/* Two manifests on a truck that breaks down; a second truck takes all over, a third takes all from that one. */
struct road {
    struct desk desk;
    struct desk_statement *manifests[2], *said[ROAD_STATEMENTS];
};

static struct desk_statement *sign_whole(struct road *road,
                                         const struct desk_statement *from,
                                         const struct desk_statement *to,
                                         int hour)
{
    Custody__V1__TransferBody body = CUSTODY__V1__TRANSFER_BODY__INIT;
    body.kind = CUSTODY__V1__TRANSFER_KIND__TRANSFER_VEHICLE;
    body.from_trip = desk_id(from);
    body.to_trip = desk_id(to);
    body.whole_trip = true;
    return desk_sign(&road->desk, DESK_DRIVER, &body.base, DESK_DAY + hour * DESK_HOUR);
}

static void sign_road(struct road *road)
{
    struct desk *desk = &road->desk;
    desk_open(desk, false);
    road->manifests[0] = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    road->manifests[1] = desk_issue(desk, DESK_DOCTOR, DESK_CLINIC);
    desk->now_us = DESK_DAY + 20 * DESK_HOUR;
    const char *const plates[] = {DESK_PLATE, SECOND_PLATE, DESK_PLATE};
    for (int i = 0; i < 3; i++)
        road->said[i] = desk_sign(desk, DESK_DRIVER, &desk_depart(desk, plates[i])->base,
                                  DESK_DAY + (3 + 2 * i) * DESK_HOUR);
    road->said[3] =
        desk_sign(desk, DESK_DRIVER,
                  &desk_load(desk, road->said[0], road->manifests[0], DESK_HOSPITAL, "H1")->base,
                  DESK_DAY + 4 * DESK_HOUR);
    road->said[4] =
        desk_sign(desk, DESK_DRIVER,
                  &desk_load(desk, road->said[0], road->manifests[1], DESK_CLINIC, "C1")->base,
                  DESK_DAY + 4 * DESK_HOUR + 1);
    road->said[5] = sign_whole(road, road->said[0], road->said[1], 6);
    road->said[6] = sign_whole(road, road->said[1], road->said[2], 8);
}

/* The vehicles of its trips, in order. */
static char *road_of(struct road *road, int manifest)
{
    struct desk *desk = &road->desk;
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_MANIFEST;
    request.manifest = desk_id(road->manifests[manifest]);
    const Custody__V1__TraceReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    char *text = arena_format(desk->arena, "%s", "");
    assert_int_equal(reply->n_manifests, 1);
    for (size_t i = 0; i < reply->manifests[0]->n_legs; i++)
        text = arena_format(desk->arena, "%s%s>", text, reply->manifests[0]->legs[i]->vehicle);
    return text;
}

#define ALL_THE_WAY "" DESK_PLATE ">" SECOND_PLATE ">" DESK_PLATE ">"

static void every_manifest_of_a_trip_follows_it_in_whatever_order(void **state)
{
    (void)state;
    static struct road road;
    struct dice dice;
    uint64_t seed = dice_seed();
    for (int order = 0; order < 4; order++) {
        sign_road(&road);
        dice_init(&dice, seed + (uint64_t)order);
        for (int i = 0; i < ROAD_STATEMENTS / 2 && order == 1; i++) {
            struct desk_statement *other = road.said[ROAD_STATEMENTS - 1 - i];
            road.said[ROAD_STATEMENTS - 1 - i] = road.said[i];
            road.said[i] = other;
        }
        if (order > 1)
            dice_shuffle(&dice, road.said, ROAD_STATEMENTS, sizeof road.said[0]);
        for (int i = 0; i < ROAD_STATEMENTS; i++)
            assert_non_null(desk_submit(&road.desk, road.said[i], NULL));
        assert_string_equal(road_of(&road, 0), ALL_THE_WAY);
        assert_string_equal(road_of(&road, 1), ALL_THE_WAY);
        desk_close(&road.desk);
    }
}

/* What is taken back moves no manifest; nor what moves a trip that the manifest had left before. */
static void a_manifest_follows_only_what_stands_and_was_its_trip(void **state)
{
    (void)state;
    static struct road road;
    sign_road(&road);
    for (int i = 0; i < ROAD_STATEMENTS; i++)
        assert_non_null(desk_submit(&road.desk, road.said[i], NULL));
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(&road.desk, road.said[6]);
    desk_do(&road.desk, DESK_DRIVER, &body.base, DESK_DAY + 9 * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
    assert_string_equal(road_of(&road, 0), "" DESK_PLATE ">" SECOND_PLATE ">");
    /* It was on the second truck when the first one went on to the third. */
    assert_non_null(
        desk_submit(&road.desk, sign_whole(&road, road.said[0], road.said[2], 10), NULL));
    assert_string_equal(road_of(&road, 0), "" DESK_PLATE ">" SECOND_PLATE ">");
    body.target = desk_name(&road.desk, road.said[5]);
    desk_do(&road.desk, DESK_DRIVER, &body.base, DESK_DAY + 11 * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
    assert_string_equal(road_of(&road, 1), "" DESK_PLATE ">" DESK_PLATE ">");
    desk_close(&road.desk);
}

/* Between two carriers the trip passes by the signatures of both. */
static void no_manifest_follows_to_a_carrier_that_has_not_signed(void **state)
{
    (void)state;
    static struct road road;
    sign_road(&road);
    struct desk *desk = &road.desk;
    road.said[1] = desk_sign(desk, DESK_DOCTOR, &desk_depart(desk, SECOND_PLATE)->base,
                             DESK_DAY + 5 * DESK_HOUR);
    struct desk_statement *whole = sign_whole(&road, road.said[0], road.said[1], 6);
    for (int i = 0; i < 5; i++)
        assert_non_null(desk_submit(desk, road.said[i], NULL));
    assert_non_null(desk_submit(desk, whole, NULL));
    assert_string_equal(road_of(&road, 0), DESK_PLATE ">");
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    body.target = desk_name(desk, whole);
    desk_do(desk, DESK_DOCTOR, &body.base, DESK_DAY + 7 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_string_equal(road_of(&road, 0), DESK_PLATE ">" SECOND_PLATE ">");
    assert_non_null(strstr(desk_render_manifest(desk, road.manifests[0]), "holder " DESK_CLINIC));
    desk_close(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_comes_out_as_it_should),
        cmocka_unit_test(every_label_of_a_chain_leads_to_the_first),
        cmocka_unit_test(a_label_that_is_not_given_names_its_own_container),
        cmocka_unit_test(every_manifest_of_a_trip_follows_it_in_whatever_order),
        cmocka_unit_test(a_manifest_follows_only_what_stands_and_was_its_trip),
        cmocka_unit_test(no_manifest_follows_to_a_carrier_that_has_not_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
