/* test_restraint.c: held, released, lost, ended by an order: of one container and of a whole manifest. */
#include <string.h>

#include "daemon/service/docket.h"
#include "daemon/service/ledger_parts.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

struct journey {
    struct desk desk;
    struct desk_statement *trip, *manifest;
};

static int setup(void **state)
{
    static struct journey journey;
    struct desk *desk = &journey.desk;
    desk_open(desk, false);
    desk->now_us = DESK_DAY + 20 * DESK_HOUR;
    journey.manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    journey.trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, DESK_DAY,
                           CUSTODY_OUTCOME_recorded);
    *state = &journey;
    return 0;
}

static int teardown(void **state)
{
    struct journey *journey = *state;
    desk_close(&journey->desk);
    return 0;
}

static void load(struct journey *journey, const char *code, int64_t hour)
{
    struct desk *desk = &journey->desk;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, code, 2000)->base,
            DESK_DAY + (hour - 1) * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER,
            &desk_load(desk, journey->trip, journey->manifest, DESK_HOSPITAL, code)->base,
            DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

static void take_in(struct journey *journey, const char *code, int64_t hour)
{
    struct desk *desk = &journey->desk;
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, journey->trip, journey->manifest, DESK_HOSPITAL, code,
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 0)
                 ->base,
            DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

static Custody__V1__ContainerName *name_of(struct journey *journey, const char *code)
{
    Custody__V1__ContainerName *name = arena_alloc(journey->desk.arena, sizeof *name);
    custody__v1__container_name__init(name);
    name->generator = (char *)DESK_HOSPITAL;
    name->name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name->code = (char *)code;
    return name;
}

static void hold_all(struct journey *journey, enum desk_actor actor, int64_t hour)
{
    Custody__V1__HoldBody body = CUSTODY__V1__HOLD_BODY__INIT;
    body.manifest = desk_id(journey->manifest);
    body.order = (char *)"H-7";
    desk_do(&journey->desk, actor, &body.base, DESK_DAY + hour * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
}

static void release_all(struct journey *journey, int64_t hour)
{
    Custody__V1__ReleaseBody body = CUSTODY__V1__RELEASE_BODY__INIT;
    body.manifest = desk_id(journey->manifest);
    body.order = (char *)"H-7";
    desk_do(&journey->desk, DESK_REGULATOR, &body.base, DESK_DAY + hour * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
}

static const char *rendered(struct journey *journey, const char *code)
{
    return desk_render_container(&journey->desk, DESK_HOSPITAL, code);
}

/* What keeps the party's records from being erased. */
static int64_t held_of(struct journey *journey, const char *party)
{
    struct book *book = journey->desk.ledger->book;
    book_turn(book);
    return docket_tally(book, DOCKET_ON_HOLD_OF_PARTY,
                        book_find(book, SUBJECT_PARTY, span_text(party)));
}

static void a_hold_on_a_manifest_reaches_its_containers(void **state)
{
    struct journey *journey = *state;
    load(journey, "B1", 2);
    hold_all(journey, DESK_REGULATOR, 3);
    load(journey, "B2", 5); /* packed before, loaded under the held manifest */
    take_in(journey, "B1", 6);
    const char *const concerned[] = {DESK_HOSPITAL, DESK_CARRIER, DESK_PLANT};
    for (size_t i = 0; i < 3; i++)
        assert_true(held_of(journey, concerned[i]) > 0);
    assert_int_equal(held_of(journey, DESK_CLINIC), 0);
    assert_int_equal(held_of(journey, DESK_BUREAU), 0);
    release_all(journey, 7);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(held_of(journey, concerned[i]), 0);
    load(journey, "B3", 9);
    assert_non_null(strstr(rendered(journey, "B1"), "received by " DESK_PLANT));
    assert_non_null(strstr(rendered(journey, "B1"), "finding hold_broken"));
    assert_non_null(strstr(rendered(journey, "B2"), "finding hold_broken"));
    assert_null(strstr(rendered(journey, "B3"), "finding hold_broken"));
}

static void only_a_regulator_holds(void **state)
{
    struct journey *journey = *state;
    load(journey, "B1", 2);
    hold_all(journey, DESK_DRIVER, 3);
    take_in(journey, "B1", 6);
    assert_null(strstr(rendered(journey, "B1"), "finding hold_broken"));
}

/* Medical Waste Regulation art. 13. */
static void what_its_holder_lost_is_missed_until_it_turns_up(void **state)
{
    struct journey *journey = *state;
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    Custody__V1__ContainerName *names[] = {name_of(journey, "B1")};
    load(journey, "B1", 2);
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_LOSS;
    body.n_containers = 1;
    body.containers = names;
    desk_do(&journey->desk, DESK_DRIVER, &body.base, DESK_DAY + 3 * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
    assert_non_null(strstr(rendered(journey, "B1"), "lost by " DESK_CARRIER));
    assert_non_null(strstr(rendered(journey, "B1"), "finding container_lost"));
    assert_non_null(
        strstr(desk_render_manifest(&journey->desk, journey->manifest), "missing 1 fed 0"));
    take_in(journey, "B1", 6);
    assert_non_null(strstr(rendered(journey, "B1"), "received by " DESK_PLANT));
    assert_null(strstr(rendered(journey, "B1"), "container_lost"));
    assert_non_null(
        strstr(desk_render_manifest(&journey->desk, journey->manifest), "missing 0 fed 0"));
}

static void close_by_order(struct journey *journey, const char *code)
{
    Custody__V1__CloseByOrderBody body;
    custody__v1__close_by_order_body__init(&body);
    body.order = (char *)"O-3";
    body.subject_case = CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_MANIFEST;
    body.manifest = desk_id(journey->manifest);
    if (code != NULL) {
        body.subject_case = CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT_CONTAINER;
        body.container = name_of(journey, code);
    }
    desk_do(&journey->desk, DESK_REGULATOR, &body.base, journey->desk.now_us,
            CUSTODY_OUTCOME_granted);
}

static void an_order_ends_one_container(void **state)
{
    struct journey *journey = *state;
    load(journey, "B1", 2);
    load(journey, "B2", 3);
    close_by_order(journey, "B1");
    assert_non_null(strstr(rendered(journey, "B1"), "ended by"));
    assert_non_null(strstr(rendered(journey, "B1"), "close_by_order by " DESK_BUREAU ": applied"));
    assert_non_null(strstr(rendered(journey, "B2"), "in transit by " DESK_CARRIER));
}

static void an_order_on_a_manifest_ends_what_is_still_open(void **state)
{
    struct journey *journey = *state;
    load(journey, "B1", 2);
    load(journey, "B2", 3);
    take_in(journey, "B2", 6);
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    char *fed[] = {(char *)"B2"};
    feed.batch = (char *)"F1";
    feed.generator = (char *)DESK_HOSPITAL;
    feed.n_containers = 1;
    feed.containers = fed;
    desk_do(&journey->desk, DESK_GATE, &feed.base, DESK_DAY + 8 * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
    close_by_order(journey, NULL);
    assert_non_null(strstr(rendered(journey, "B1"), "ended by"));
    assert_non_null(strstr(rendered(journey, "B2"), "fed by " DESK_PLANT));
    assert_non_null(
        strstr(desk_render_manifest(&journey->desk, journey->manifest), "closed by order"));
}

static void a_spill_is_told_and_moves_nothing(void **state)
{
    struct journey *journey = *state;
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    Custody__V1__ContainerName *names[] = {name_of(journey, "B1")};
    load(journey, "B1", 2);
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_SPILL;
    body.n_containers = 1;
    body.containers = names;
    desk_do(&journey->desk, DESK_DRIVER, &body.base, DESK_DAY + 3 * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
    assert_non_null(strstr(rendered(journey, "B1"), "in transit by " DESK_CARRIER));
    assert_non_null(strstr(rendered(journey, "B1"), "incident by " DESK_CARRIER ": other"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hold_on_a_manifest_reaches_its_containers, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_a_regulator_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(what_its_holder_lost_is_missed_until_it_turns_up, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_order_ends_one_container, setup, teardown),
        cmocka_unit_test_setup_teardown(an_order_on_a_manifest_ends_what_is_still_open, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_spill_is_told_and_moves_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
