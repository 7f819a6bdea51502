/* test_handover.c: a breakdown on the road and a torn label: what is on the truck goes on, and both labels answer. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/detour.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_comes_out_as_it_should),
        cmocka_unit_test(every_label_of_a_chain_leads_to_the_first),
        cmocka_unit_test(a_label_that_is_not_given_names_its_own_container),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
