/* test_act.c: the acts of a day reach the containers, manifests, trips and batches they speak of. */
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/story.h"

static void the_day_comes_out_as_it_should(void **state)
{
    (void)state;
    static struct story story;
    story_begin(&story);
    story_deliver(&story, NULL);
    const char *text = story_outcome(&story);
    assert_non_null(strstr(text, "fed by " DESK_PLANT " 5000 g"));
    assert_non_null(strstr(text, "received by " DESK_PLANT " 3300 g"));
    assert_non_null(strstr(text, "finding missing_at_receipt " DESK_CLINIC "/T3"));
    assert_non_null(strstr(text, "finding contested " DESK_CLINIC "/T1"));
    assert_non_null(strstr(text, "packed by " DESK_HOSPITAL " 1500 g"));
    assert_non_null(strstr(text, "loaded 3 in transit 0 received 1 rejected 0 missing 1 fed 1"));
    assert_null(strstr(text, "drawn_outside_block"));
    assert_null(strstr(text, "receiver_not_permitted"));
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_comes_out_as_it_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
