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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_comes_out_as_it_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
