/* test_settle_touch.c: a drum that is filled a thousand times comes out the same in whatever order its rounds are told, and
 * as a rebuild has it; and who says much of it takes the room of nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/service/replay.h"
#include "daemon/service/volumes.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"
#include "tests/lib/dice.h"

enum { TURNS = 4, BATCH = 32, DRUM_MAX = 1000 };
#define DRUM (char *)"D1"

/* What is said of one round: packed at 8, loaded at 9, received at 12, fed at 20 o'clock of its day. */
enum turn { PACKED, LOADED, RECEIVED, FED };

static struct desk desk;
static struct desk_statement trip_kept, manifest_kept; /* their ids outlive desk_turn */
static const struct desk_statement *const trip = &trip_kept, *const manifest = &manifest_kept;
static struct desk_statement *said[DRUM_MAX][TURNS];
/* A round that travels by another manifest than the rest. */
static struct desk_statement *other_manifest;
static size_t other_round;

static int setup(void **state)
{
    (void)state;
    desk_open_sized(&desk, false, (uint64_t)1 << 30);
    desk.now_us = DESK_DAY + 2 * DESK_HOUR;
    manifest_kept = *desk_issue(&desk, DESK_NURSE, DESK_HOSPITAL);
    other_manifest = NULL;
    trip_kept = *desk_do(&desk, DESK_DRIVER, &desk_depart(&desk, DESK_PLATE)->base, desk.now_us,
                         CUSTODY_OUTCOME_recorded);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static int64_t at_us(size_t round, int64_t hour)
{
    return DESK_DAY + ((int64_t)round * 24 + hour) * DESK_HOUR;
}

static Custody__V1__FeedBody *feed_of(const char *code)
{
    Custody__V1__FeedBody *body = arena_alloc(desk.arena, sizeof *body);
    char **codes = arena_alloc(desk.arena, sizeof *codes);
    custody__v1__feed_body__init(body);
    codes[0] = arena_text(desk.arena, span_text(code));
    body->generator = (char *)DESK_HOSPITAL;
    body->batch = (char *)"F1";
    body->n_containers = 1;
    body->containers = codes;
    return body;
}

/* Signed in their order by each device; submitted by whoever calls. */
static void sign_round(size_t round)
{
    uint64_t mass_g = 1000 + round;
    const struct desk_statement *by =
        other_manifest != NULL && round == other_round ? other_manifest : manifest;
    said[round][PACKED] =
        desk_sign_at(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, DRUM, mass_g)->base,
                     at_us(round, 8), at_us(round, 8));
    said[round][LOADED] =
        desk_sign_at(&desk, DESK_DRIVER, &desk_load(&desk, trip, by, DESK_HOSPITAL, DRUM)->base,
                     at_us(round, 9), at_us(round, 9));
    said[round][RECEIVED] =
        desk_sign_at(&desk, DESK_GATE,
                     &desk_receive(&desk, trip, by, DESK_HOSPITAL, DRUM,
                                   CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, mass_g)
                          ->base,
                     at_us(round, 12), at_us(round, 12));
    said[round][FED] =
        desk_sign_at(&desk, DESK_GATE, &feed_of(DRUM)->base, at_us(round, 20), at_us(round, 20));
}

static void submit(struct desk_statement *const *statements, size_t count)
{
    for (size_t done = 0; done < count; done += BATCH)
        desk_submit_all(&desk, statements + done, count - done < BATCH ? count - done : BATCH, NULL,
                        NULL);
}

/* A day after the last round has begun. */
static void be_after(size_t round)
{
    desk.now_us = at_us(round + 1, 0);
}

/* `window` rounds at a time, shuffled within it; those of `late` after all the others. */
static void tell_rounds(size_t count, size_t window, size_t late, struct dice *dice)
{
    struct desk_statement *statements[TURNS * 64];
    for (size_t first = 0; first < count; first += window) {
        size_t held = 0;
        for (size_t round = first; round < count && round < first + window; round++) {
            if (round != late)
                sign_round(round);
            for (size_t turn = 0; turn < TURNS && round != late; turn++)
                statements[held++] = said[round][turn];
        }
        if (dice != NULL)
            dice_shuffle(dice, statements, held, sizeof statements[0]);
        be_after(first + window - 1);
        submit(statements, held);
        desk_flush(&desk);
        if (first + window < count)
            desk_turn(&desk);
    }
    if (late < count) {
        sign_round(late);
        submit(said[late], TURNS);
    }
}

static const Custody__V1__ContainerTrace *trace_at(int64_t at)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)DESK_HOSPITAL;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = DRUM;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    request.during = at;
    const Custody__V1__TraceReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    return reply == NULL || reply->n_containers != 1 ? NULL : reply->containers[0];
}

static void assert_round(size_t round, bool is_first)
{
    const Custody__V1__ContainerTrace *trace = trace_at(at_us(round, 15));
    assert_non_null(trace);
    assert_int_equal(trace->n_steps, TURNS);
    assert_string_equal(trace->state, "fed");
    assert_string_equal(trace->holder, DESK_PLANT);
    assert_int_equal(trace->mass_g, 1000 + round);
    assert_int_equal(trace->born_at, at_us(round, 8));
    assert_int_equal(trace->steps[0]->effective_at, at_us(round, 8));
    for (size_t i = 0; i < TURNS; i++)
        assert_string_equal(trace->steps[i]->effect, "applied");
    assert_int_equal(trace->n_obligations, 0);
    assert_int_equal(trace->earlier_at, is_first ? 0 : at_us(round, 8) - 1);
    assert_int_equal(trace->not_kept, 0);
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

static void assert_all_rounds(size_t count)
{
    for (size_t round = 0; round < count; round += count < 50 ? 1 : 37)
        assert_round(round, round == 0);
    assert_round(count - 1, count == 1);
    char expected[160];
    size_t grams = count * 1000 + count * (count - 1) / 2;
    snprintf(expected, sizeof expected,
             "loaded %zu in transit 0 received 0 rejected 0 missing 0 fed %zu, %zu g, %zu g", count,
             count, grams, grams);
    const char *form = desk_render_manifest(&desk, manifest);
    if (strstr(form, expected) == NULL)
        fail_msg("not '%s' but %s", expected, form);
    assert_rebuild_is_the_same();
}

static void a_thousand_rounds_in_their_order(void **state)
{
    (void)state;
    tell_rounds(DRUM_MAX, 24, DRUM_MAX, NULL);
    assert_all_rounds(DRUM_MAX);
    /* The newest, and as many before it as there is room for. */
    const Custody__V1__ContainerTrace *trace = trace_at(0);
    assert_int_equal(trace->n_steps, 64);
    assert_int_equal(trace->mass_g, 1000 + DRUM_MAX - 1);
    assert_int_equal(trace->earlier_at, at_us(DRUM_MAX - 16, 8) - 1);
}

static void a_thousand_rounds_shuffled_and_one_very_late(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, dice_seed());
    tell_rounds(DRUM_MAX, 24, DRUM_MAX / 2, &dice);
    assert_all_rounds(DRUM_MAX);
}

/* All of it backwards: each round but the first is told before the one that it follows on. */
static void rounds_told_backwards(void **state)
{
    (void)state;
    enum { ROUNDS = 60 };
    for (size_t round = 0; round < ROUNDS; round++)
        sign_round(round);
    be_after(ROUNDS);
    for (size_t i = ROUNDS * TURNS; i > 0; i--)
        submit(&said[(i - 1) / TURNS][(i - 1) % TURNS], 1);
    assert_all_rounds(ROUNDS);
}

/* The plant's device was away for a month: while no feed is told the drum is in its yard for all that is known, and when the
 * feeds come every round is as if they had come in time. */
static void feeds_that_come_a_month_late(void **state)
{
    (void)state;
    enum { ROUNDS = 30 };
    for (size_t round = 0; round < ROUNDS; round++)
        sign_round(round);
    be_after(ROUNDS);
    for (size_t round = 0; round < ROUNDS; round++)
        submit(said[round], FED);
    assert_string_equal(trace_at(at_us(0, 15))->state, "received");
    assert_true(trace_at(at_us(0, 15))->n_steps > TURNS);
    assert_rebuild_is_the_same();
    for (size_t round = ROUNDS; round > 0; round--)
        submit(&said[round - 1][FED], 1);
    assert_all_rounds(ROUNDS);
}

/* It never arrives, for all that is told, and travels by other manifests since: after VOLUMES_REFILLS_MAX packs the rounds are
 * told again. */
static void a_gap_does_not_silence_the_drum(void **state)
{
    (void)state;
    enum { ROUNDS = 40, GAP = 10 };
    other_manifest = desk_issue(&desk, DESK_NURSE, DESK_HOSPITAL);
    other_round = GAP;
    for (size_t round = 0; round < ROUNDS; round++) {
        sign_round(round);
        be_after(round);
        for (size_t turn = 0; turn < TURNS; turn++)
            if (round != GAP || (turn != RECEIVED && turn != FED))
                submit(&said[round][turn], 1);
    }
    assert_round(GAP - 1, false);
    assert_string_equal(trace_at(at_us(GAP, 15))->state, "in transit");
    assert_int_equal(trace_at(at_us(GAP, 15))->earlier_at, at_us(GAP, 8) - 1);
    assert_round(GAP + VOLUMES_REFILLS_MAX, false);
    assert_round(ROUNDS - 1, false);
    assert_rebuild_is_the_same();
    /* And when it is told after all, so is all the rest. */
    submit(&said[GAP][RECEIVED], 1);
    submit(&said[GAP][FED], 1);
    for (size_t round = GAP - 1; round < ROUNDS; round++)
        assert_round(round, false);
    assert_rebuild_is_the_same();
}

/* A withdrawal long after: the round is open again, and the pack after it begins none until it is told anew. */
static void a_late_withdrawal_joins_two_rounds(void **state)
{
    (void)state;
    enum { ROUNDS = 12, GAP = 4 };
    tell_rounds(ROUNDS, ROUNDS, ROUNDS, NULL);
    assert_all_rounds(ROUNDS);
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(&desk, said[GAP][FED]);
    desk_do(&desk, DESK_GATE, &body.base, desk.now_us, CUSTODY_OUTCOME_recorded);
    assert_string_equal(trace_at(at_us(GAP, 15))->state, "fed");
    assert_true(trace_at(at_us(GAP, 15))->n_steps > TURNS);
    assert_int_equal(trace_at(at_us(GAP + 1, 15))->earlier_at, at_us(GAP, 8) - 1);
    assert_round(GAP - 1, false);
    assert_round(GAP + 2, false);
    assert_rebuild_is_the_same();
    desk_do(&desk, DESK_GATE, &feed_of(DRUM)->base, at_us(GAP, 21), CUSTODY_OUTCOME_recorded);
    assert_round(GAP + 1, false);
    assert_rebuild_is_the_same();
}

/* An amendment of a round of long ago takes effect there, also when it comes before what it amends. */
static void an_amendment_finds_its_round(void **state)
{
    (void)state;
    enum { ROUNDS = 12, AMENDED = 3 };
    for (int comes_first = 0; comes_first < 2; comes_first++) {
        size_t round = AMENDED + (size_t)comes_first;
        if (comes_first == 0) {
            for (size_t i = 0; i < ROUNDS; i++)
                sign_round(i);
            be_after(ROUNDS);
            for (size_t i = 0; i < ROUNDS; i++)
                if (i != AMENDED + 1)
                    submit(said[i], TURNS);
        }
        Custody__V1__AmendBody body = CUSTODY__V1__AMEND_BODY__INIT;
        Custody__V1__AmendedContainer one = CUSTODY__V1__AMENDED_CONTAINER__INIT;
        Custody__V1__AmendedContainer *all[] = {&one};
        one.code = DRUM;
        one.mass_g = 1234;
        one.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
        one.ward = (char *)"W7";
        one.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_DRUM;
        body.generator = (char *)DESK_HOSPITAL;
        body.n_containers = 1;
        body.containers = all;
        body.target = desk_name(&desk, said[round][PACKED]);
        desk.now_us += DESK_HOUR;
        struct desk_statement *amend = desk_sign(&desk, DESK_NURSE, &body.base, desk.now_us);
        struct desk_statement *late[] = {amend, said[round][FED], said[round][PACKED],
                                         said[round][LOADED]};
        submit(late, comes_first == 0 ? 1 : 4);
        const Custody__V1__ContainerTrace *trace = trace_at(at_us(round, 10));
        assert_non_null(trace);
        assert_string_equal(trace->ward, "W7");
        assert_int_equal(trace->package, CUSTODY__V1__PACKAGE_KIND__PACKAGE_DRUM);
        assert_string_equal(trace->steps[trace->n_steps - 1]->act_name, "amend");
        /* What came after it was recorded only then: still within the minutes of art. 29. */
        assert_string_equal(trace->steps[trace->n_steps - 1]->effect,
                            comes_first == 0 ? "corrected" : "applied");
        assert_string_equal(trace_at(at_us(ROUNDS - 1, 15))->ward, "");
        assert_rebuild_is_the_same();
    }
}

/* A stranger's noise, every day: it takes the room of nobody, and the rounds stay what they are. */
static void noise_takes_no_room(void **state)
{
    (void)state;
    enum { ROUNDS = 10, NOISE = 50 };
    desk_enrol(&desk, DESK_STRANGER, DESK_OTHER_PLANT, CUSTODY__V1__ROLE__ROLE_FACILITY);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct desk_statement *noise[NOISE];
        sign_round(round);
        for (size_t i = 0; i < NOISE; i++)
            noise[i] = desk_sign_at(&desk, DESK_STRANGER, &feed_of(DRUM)->base, at_us(round, 7),
                                    at_us(round, 7));
        be_after(round);
        submit(noise, NOISE);
        submit(said[round], TURNS);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        const Custody__V1__ContainerTrace *trace = trace_at(at_us(round, 15));
        assert_string_equal(trace->state, "fed");
        assert_string_equal(trace->holder, DESK_PLANT);
        assert_int_equal(trace->born_at, at_us(round, 8));
        assert_int_equal(trace->mass_g, 1000 + round);
    }
    assert_rebuild_is_the_same();
}

/* ---- chance ------------------------------------------------------------------------------------ */

enum { CHANCE_ROUNDS = 14, CHANCE_MAX = CHANCE_ROUNDS * 8 };

static Custody__V1__AmendBody *amend_of(const struct desk_statement *target, uint64_t mass_g)
{
    Custody__V1__AmendBody *body = arena_alloc(desk.arena, sizeof *body);
    Custody__V1__AmendedContainer *one = arena_alloc(desk.arena, sizeof *one);
    Custody__V1__AmendedContainer **all = arena_alloc(desk.arena, sizeof(void *));
    custody__v1__amend_body__init(body);
    custody__v1__amended_container__init(one);
    all[0] = one;
    one->code = DRUM;
    one->mass_g = mass_g;
    one->mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
    body->generator = (char *)DESK_HOSPITAL;
    body->n_containers = 1;
    body->containers = all;
    body->target = desk_name(&desk, target);
    return body;
}

static Custody__V1__WithdrawBody *withdraw_of(const struct desk_statement *target)
{
    Custody__V1__WithdrawBody *body = arena_alloc(desk.arena, sizeof *body);
    custody__v1__withdraw_body__init(body);
    body->target = desk_name(&desk, target);
    return body;
}

/* Rounds with gaps, second packs, strangers' feeds, corrections and withdrawals of what was said, each long after. */
static size_t sign_by_chance(struct dice *dice, struct desk_statement **ret)
{
    static const enum desk_actor authors[TURNS] = {DESK_NURSE, DESK_DRIVER, DESK_GATE, DESK_GATE};
    size_t count = 0;
    for (size_t round = 0; round < CHANCE_ROUNDS; round++) {
        sign_round(round);
        for (size_t turn = 0; turn < TURNS; turn++) {
            struct desk_statement *about = said[round][turn];
            int64_t later_us = at_us(round + dice_below(dice, 4), 22);
            if (!dice_chance(dice, 85))
                continue;
            ret[count++] = about;
            if (dice_chance(dice, 8))
                ret[count++] = desk_sign_at(&desk, authors[turn], &withdraw_of(about)->base,
                                            later_us, later_us);
            else if (turn == PACKED && dice_chance(dice, 20))
                ret[count++] = desk_sign_at(&desk, DESK_NURSE, &amend_of(about, 77 + round)->base,
                                            later_us, later_us);
        }
        int64_t at = at_us(round, (int64_t)dice_below(dice, 24));
        if (dice_chance(dice, 20))
            ret[count++] = desk_sign_at(&desk, DESK_NURSE,
                                        &desk_pack(&desk, DESK_HOSPITAL, DRUM, 5000)->base, at, at);
        if (dice_chance(dice, 30))
            ret[count++] = desk_sign_at(&desk, DESK_STRANGER, &feed_of(DRUM)->base, at, at);
    }
    return count;
}

/* What people are told of every round, without what hangs on the order of arrival. */
static char *tell_rounds_of_chance(void)
{
    char *text = arena_text(desk.arena, span_text(desk_render_manifest(&desk, manifest)));
    for (size_t i = 0; i < 2 * CHANCE_ROUNDS; i++) {
        const Custody__V1__ContainerTrace *trace = trace_at(at_us(i / 2, i % 2 == 0 ? 10 : 23));
        assert_non_null(trace);
        text = arena_format(desk.arena, "%s%zu %s by %s %llu g born %lld, %lld\n", text, i,
                            trace->state, trace->holder, (unsigned long long)trace->mass_g,
                            (long long)trace->born_at, (long long)trace->earlier_at);
        for (size_t k = 0; k < trace->n_steps; k++)
            text = arena_format(desk.arena, "%s  %lld %s: %s\n", text,
                                (long long)trace->steps[k]->effective_at, trace->steps[k]->act_name,
                                trace->steps[k]->effect);
    }
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

/* The same rounds in orders that have nothing in common: what is told is the same, and the rebuild. */
static void rounds_of_chance_come_out_the_same_in_any_order(void **state)
{
    (void)state;
    enum { WORLDS = 4, ORDERS = 2 };
    struct dice dice;
    dice_init(&dice, dice_seed());
    desk_close(&desk);
    for (int world = 0; world < WORLDS; world++) {
        char *told = NULL;
        uint64_t seed = dice_throw(&dice);
        for (int order = 0; order < ORDERS; order++) {
            struct desk_statement *statements[CHANCE_MAX * 2];
            struct dice same;
            dice_init(&same, seed);
            setup(NULL);
            desk_enrol(&desk, DESK_STRANGER, DESK_OTHER_PLANT, CUSTODY__V1__ROLE__ROLE_FACILITY);
            size_t count = sign_by_chance(&same, statements);
            dice_shuffle(&dice, statements, count, sizeof statements[0]);
            be_after(CHANCE_ROUNDS + 4);
            submit(statements, count);
            char *text = tell_rounds_of_chance();
            assert_rebuild_is_the_same();
            if (told != NULL)
                assert_string_equal(told, text);
            free(told);
            told = text;
            desk_close(&desk);
        }
        free(told);
    }
    setup(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_rounds_in_their_order),
        TEST(a_thousand_rounds_shuffled_and_one_very_late),
        TEST(rounds_told_backwards),
        TEST(feeds_that_come_a_month_late),
        TEST(a_gap_does_not_silence_the_drum),
        TEST(a_late_withdrawal_joins_two_rounds),
        TEST(an_amendment_finds_its_round),
        TEST(noise_takes_no_room),
        TEST(rounds_of_chance_come_out_the_same_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
