/* test_arrival_model.c: through journal, look-ups and answers: the order of arrival changes nothing. */
#include <string.h>

#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/detour.h"
#include "tests/lib/dice.h"
#include "tests/lib/hearing.h"
#include "tests/lib/regret.h"
#include "tests/lib/story.h"

enum { STORY_ORDERS = 60 };

/* A day, and what people are told at its end. */
struct day {
    void (*begin)(struct story *story);
    char *(*outcome)(struct story *story);
};

static const struct day usual = {story_begin, story_outcome};
static const struct day detour = {detour_begin, detour_outcome};
static const struct day regret = {regret_begin, regret_outcome};
static const struct day hearing = {hearing_begin, hearing_outcome};

/* The property of DESIGN 2.2, through journal, look-ups and answers. */
static void assert_order_changes_nothing(const struct day *day)
{
    static struct story story;
    struct dice dice;
    static char expected[32768];
    dice_init(&dice, dice_seed());
    for (int round = 0; round < STORY_ORDERS; round++) {
        day->begin(&story);
        size_t order[STORY_MAX];
        for (size_t i = 0; i < story.count; i++)
            order[i] = i;
        if (round > 0)
            dice_shuffle(&dice, order, story.count, sizeof order[0]);
        story_deliver(&story, order);
        const char *text = day->outcome(&story);
        if (round == 0) {
            assert_true(strlen(text) < sizeof expected);
            memcpy(expected, text, strlen(text) + 1);
        } else if (strcmp(text, expected) != 0) {
            for (size_t i = 0; i < story.count; i++)
                print_message("%zu ", order[i]);
            print_message("\nexpected:\n%s\ngot:\n%s\n", expected, text);
            fail();
        }
        story_end(&story);
    }
}

static void every_order_of_arrival_gives_the_same(void **state)
{
    (void)state;
    assert_order_changes_nothing(&usual);
}

/* With a breakdown, a torn label, a loss, a hold, disputes and withdrawals. */
static void every_order_of_a_day_of_detours_gives_the_same(void **state)
{
    (void)state;
    assert_order_changes_nothing(&detour);
}

/* With withdrawals of every kind, some built on by others, what was held and confirmed, and a clock put right. */
static void every_order_of_a_day_of_regrets_gives_the_same(void **state)
{
    (void)state;
    assert_order_changes_nothing(&regret);
}

/* With words on findings that have not come yet, that end, or that somebody had no right to say. */
static void every_order_of_what_is_said_of_findings_gives_the_same(void **state)
{
    (void)state;
    assert_order_changes_nothing(&hearing);
}

static void assert_rebuild_equals_live(const struct day *day)
{
    static struct story story;
    struct dice dice;
    struct replay_audit audit;
    char sentence[240];
    day->begin(&story);
    size_t order[STORY_MAX];
    for (size_t i = 0; i < story.count; i++)
        order[i] = i;
    dice_init(&dice, dice_seed());
    dice_shuffle(&dice, order, story.count, sizeof order[0]);
    story_deliver(&story, order);
    ledger_close(story.desk.ledger);
    story.desk.ledger = NULL;
    enum custody_status status =
        replay_audit(&story.desk.options, true, 2, NULL, NULL, &audit, sentence);
    if (status != CUSTODY_OK || !audit.journal.is_sound || !audit.lookups_are_sound)
        fail_msg("%s; %s; %s", sentence, audit.journal.sentence, audit.lookups_sentence);
    story_end(&story);
}

static void a_rebuild_equals_the_live_lookups(void **state)
{
    (void)state;
    assert_rebuild_equals_live(&usual);
    assert_rebuild_equals_live(&detour);
    assert_rebuild_equals_live(&regret);
    assert_rebuild_equals_live(&hearing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_arrival_gives_the_same),
        cmocka_unit_test(every_order_of_a_day_of_detours_gives_the_same),
        cmocka_unit_test(every_order_of_a_day_of_regrets_gives_the_same),
        cmocka_unit_test(every_order_of_what_is_said_of_findings_gives_the_same),
        cmocka_unit_test(a_rebuild_equals_the_live_lookups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
