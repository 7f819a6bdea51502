/* test_manifest.c: shows a manifest's states, what of it is open, and that its record survives. */
#include "tests/lib/dice.h"
#include "tests/lib/slip.h"

enum { METHOD = 70 };

static int setup(void **state)
{
    (void)state;
    issue();
    return 0;
}

static enum manifest_state state_now(void)
{
    return manifest_state_of(&manifest);
}

static void test_a_manifest_goes_from_issued_to_closed(void **state)
{
    (void)state;
    assert_int_equal(state_now(), MANIFEST_ISSUED);
    assert_int_equal(manifest_holder(&manifest), CLINIC);
    say(LOAD, CARRIER, 1);
    assert_int_equal(state_now(), MANIFEST_ISSUED); /* nothing was collected */
    manifest.sums = (struct manifest_sums){.loaded = 1, .in_transit = 1};
    assert_int_equal(state_now(), MANIFEST_LOADING);
    assert_int_equal(manifest_holder(&manifest), CARRIER);
    manifest.sums = (struct manifest_sums){.loaded = 2, .in_transit = 2};
    assert_int_equal(state_now(), MANIFEST_IN_TRANSIT);
    assert_int_equal(manifest_holder(&manifest), CARRIER);
    manifest.sums = (struct manifest_sums){.loaded = 2, .in_transit = 1, .received = 1};
    say(RECEIVE, PLANT, 5);
    assert_int_equal(state_now(), MANIFEST_DELIVERED);
    assert_int_equal(manifest_holder(&manifest), PLANT);
    say(CONFIRM, PLANT, 30)->code = METHOD;
    assert_int_equal(state_now(), MANIFEST_CONFIRMED);
    manifest.sums = (struct manifest_sums){.loaded = 2, .received = 1, .fed = 1, .fed_g = 10};
    assert_int_equal(state_now(), MANIFEST_CONFIRMED);
    manifest.sums = (struct manifest_sums){.loaded = 2, .fed = 2, .fed_g = 20};
    assert_int_equal(state_now(), MANIFEST_CLOSED);
    assert_int_equal(manifest_holder(&manifest), PLANT);
    assert_true(manifest_loaded_us(&manifest) == hour(1));
    assert_true(manifest_delivered_us(&manifest) == hour(5));
    assert_true(manifest_confirmed_us(&manifest) == hour(30));
}

static void test_nothing_fed_and_not_confirmed_is_not_closed(void **state)
{
    (void)state;
    say(RECEIVE, PLANT, 5);
    assert_int_equal(state_now(), MANIFEST_DELIVERED);
    manifest.sums = (struct manifest_sums){.loaded = 2, .fed = 2};
    assert_int_equal(state_now(), MANIFEST_DELIVERED);
    manifest.sums = (struct manifest_sums){0};
    say(CONFIRM, PLANT, 6);
    assert_int_equal(state_now(), MANIFEST_CONFIRMED);
}

static void test_each_open_piece_keeps_it_open(void **state)
{
    (void)state;
    say(RECEIVE, PLANT, 5);
    say(CONFIRM, PLANT, 6)->code = METHOD;
    static const struct manifest_sums open[] = {
        {.loaded = 2, .fed = 1, .fed_g = 1, .in_transit = 1},
        {.loaded = 2, .fed = 1, .fed_g = 1, .received = 1},
        {.loaded = 2, .fed = 1, .fed_g = 1, .missing = 1},
        {.loaded = 2, .fed = 1, .fed_g = 1, .rejected = 1},
    };
    static const unsigned lacks[] = {MANIFEST_LACKS_ARRIVAL, MANIFEST_LACKS_TREATMENT,
                                     MANIFEST_LACKS_MISSING, MANIFEST_LACKS_NEXT_PLACE};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        manifest.sums = open[i];
        assert_int_equal(state_now(), MANIFEST_CONFIRMED);
        assert_int_equal(manifest_lacks(&manifest), lacks[i]);
    }
    /* Moved on or returned: nothing of it is open here. */
    manifest.sums = (struct manifest_sums){.loaded = 2};
    assert_int_equal(state_now(), MANIFEST_CLOSED);
    manifest.sums = (struct manifest_sums){.extra = 1, .fed = 1, .fed_g = 5};
    assert_int_equal(state_now(), MANIFEST_CLOSED);
}

/* The four fields of a closing record: quantity, type, method, final destination. */
static void test_nothing_closes_without_method_and_quantity(void **state)
{
    (void)state;
    say(RECEIVE, PLANT, 5);
    struct fact *confirmed = say(CONFIRM, PLANT, 6);
    manifest.sums = (struct manifest_sums){.loaded = 2, .fed = 2};
    assert_int_equal(state_now(), MANIFEST_CONFIRMED);
    assert_int_equal(manifest_lacks(&manifest), MANIFEST_LACKS_METHOD | MANIFEST_LACKS_QUANTITY);
    confirmed->mass_g = 900;
    assert_int_equal(manifest_lacks(&manifest), MANIFEST_LACKS_METHOD);
    /* What the batches yielded says it too, once all of them do. */
    struct manifest_batch eight = {0}, nine = {0};
    manifest_feed(&manifest, &nine, 1, 0);
    manifest_feed(&manifest, &eight, 1, METHOD);
    manifest_feed(&manifest, &nine, 1, 0);
    assert_int_equal(manifest.batches, 2);
    assert_int_equal(manifest_lacks(&manifest), MANIFEST_LACKS_METHOD);
    manifest_feed(&manifest, &nine, 0, METHOD);
    assert_int_equal(state_now(), MANIFEST_CLOSED);
    manifest_feed(&manifest, &eight, -1, METHOD);
    assert_int_equal(manifest.batches, 1);
    assert_int_equal(nine.fed, 2);
    assert_int_equal(state_now(), MANIFEST_CLOSED);
    /* A stranger's word is none. */
    manifest_feed(&manifest, &nine, 0, 0);
    say(CONFIRM, STRANGER, 7)->code = METHOD;
    assert_int_equal(state_now(), MANIFEST_CONFIRMED);
    assert_int_equal(manifest_method(&manifest), 0);
}

/* However many batches it went to, what they yielded says how it was treated; in whatever order they come and go. */
static void test_every_batch_counts(void **state)
{
    (void)state;
    enum { BATCHES = 200 };
    static struct manifest_batch batches[BATCHES];
    say(RECEIVE, PLANT, 5);
    say(CONFIRM, PLANT, 6)->mass_g = 900;
    manifest.sums = (struct manifest_sums){.loaded = BATCHES, .fed = BATCHES};
    memset(batches, 0, sizeof batches);
    for (uint32_t i = 0; i < BATCHES; i++) {
        manifest_feed(&manifest, &batches[i], -1, 0);
        manifest_feed(&manifest, &batches[i], 1, 0);
        manifest_feed(&manifest, &batches[i], 1, 0);
    }
    assert_int_equal(manifest.batches, BATCHES);
    for (uint32_t i = 0; i < BATCHES; i++) {
        assert_int_equal(state_now(), MANIFEST_CONFIRMED);
        manifest_feed(&manifest, &batches[i], 0, METHOD);
    }
    assert_int_equal(state_now(), MANIFEST_CLOSED);
    uint8_t bytes[MANIFEST_BATCH_RECORD_MAX];
    struct manifest_batch read;
    size_t len = manifest_batch_write(&batches[0], bytes, sizeof bytes);
    assert_true(manifest_batch_parse(span_of(bytes, len), &read));
    assert_int_equal(read.fed, 1);
    assert_int_equal(read.method, METHOD);
    assert_false(manifest_batch_parse(span_of(bytes, len - 1), &read));
}

/* Moved on by a follow-on manifest before it reached the receiver: there was nothing to confirm. */
static void test_what_moved_on_before_it_arrived_needs_no_confirmation(void **state)
{
    (void)state;
    say(LOAD, CARRIER, 1);
    manifest.sums = (struct manifest_sums){.loaded = 2};
    assert_int_equal(state_now(), MANIFEST_CLOSED);
    say(RECEIVE, PLANT, 5);
    assert_int_equal(state_now(), MANIFEST_DELIVERED);
    assert_int_equal(manifest_lacks(&manifest), MANIFEST_LACKS_CONFIRMATION);
}

static void test_an_order_closes_whatever_is_open(void **state)
{
    (void)state;
    say(LOAD, CARRIER, 1);
    say(RECEIVE, PLANT, 5);
    manifest.sums = (struct manifest_sums){.loaded = 2, .missing = 2};
    manifest.is_closed_by_order = true;
    manifest.ended_us = hour(50);
    assert_int_equal(state_now(), MANIFEST_CLOSED_BY_ORDER);
    assert_int_equal(manifest_lacks(&manifest), 0);
    assert_true(manifest_is_in_force_at(&manifest, hour(49)));
    assert_false(manifest_is_in_force_at(&manifest, hour(50)));
}

/* Cancelled in the office while a driver without a network had loaded under it: the waste still has to arrive. */
static void test_a_cancelled_manifest_that_was_loaded_before_is_not_void(void **state)
{
    (void)state;
    manifest.is_cancelled = true;
    manifest.ended_us = hour(10);
    assert_int_equal(state_now(), MANIFEST_CANCELLED);
    manifest.sums = (struct manifest_sums){.loaded = 2, .in_transit = 2};
    struct fact *load = say(LOAD, CARRIER, 12);
    assert_int_equal(state_now(), MANIFEST_CANCELLED);
    load->effective_us = hour(9);
    assert_int_equal(state_now(), MANIFEST_IN_TRANSIT);
}

/* A drawn manifest is taken back while nobody else has said anything under it. */
static void test_a_drawn_manifest_is_taken_back_before_anybody_used_it(void **state)
{
    (void)state;
    struct fact *back = say(CUSTODY__V1__ACT__ACT_WITHDRAW, CLINIC, 2);
    back->target_key = manifest.key;
    back->target_sequence = manifest.key_sequence;
    assert_int_equal(state_now(), MANIFEST_CANCELLED);
    say(LOAD, STRANGER, 3); /* not one that it names */
    assert_int_equal(state_now(), MANIFEST_CANCELLED);
    say(LOAD, CARRIER, 3);
    assert_int_equal(state_now(), MANIFEST_ISSUED);
}

static bool acts_for(void *context, uint32_t party, uint32_t whom, int64_t at_us)
{
    (void)context;
    return party == whom || (whom == PLANT && party == STRANGER && at_us >= hour(20));
}

static void test_a_successor_speaks_for_the_receiver_that_closed(void **state)
{
    (void)state;
    law.acts_for = acts_for;
    say(RECEIVE, STRANGER, 19);
    manifest_settle(&manifest, &law);
    assert_true(manifest_delivered_us(&manifest) == 0);
    say(RECEIVE, STRANGER, 21);
    manifest_settle(&manifest, &law);
    assert_true(manifest_delivered_us(&manifest) == hour(21));
    assert_true(manifest_is_received_by(&manifest, &law, STRANGER, hour(21)));
    assert_false(manifest_is_received_by(&manifest, &law, STRANGER, hour(19)));
    assert_false(manifest_is_carried_by(&manifest, &law, STRANGER, hour(21)));
    assert_false(manifest_is_received_by(&manifest, &law, 0, hour(21)));
}

/* No correction may touch the number: the first one that was given by right stands. */
static void test_the_first_number_stands_for_ever(void **state)
{
    (void)state;
    say(NUMBERED, STRANGER, 1)->code = 90;
    assert_null(manifest_find_number(&manifest, 0));
    say(NUMBERED, CLINIC, 3)->code = 91;
    struct fact *regulators = say(NUMBERED, STRANGER, 4);
    regulators->code = 92;
    regulators->kinds = 1 << CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    assert_int_equal(manifest_find_number(&manifest, 0)->code, 91);
    assert_false(manifest_is_reported(&manifest));
    regulators->verdict = CUSTODY__V1__REPORTING_STATE__REPORTED;
    assert_true(manifest_is_reported(&manifest));
    say(NUMBERED, CLINIC, 5)->verdict = CUSTODY__V1__REPORTING_STATE__REPORT_REJECTED;
    assert_false(manifest_is_reported(&manifest));
}

static void withdraw(const struct fact *said, uint32_t party, int64_t hours)
{
    struct fact target = *said; /* adding moves what is there */
    struct fact *back = say(CUSTODY__V1__ACT__ACT_WITHDRAW, party, hours);
    back->target_key = target.key;
    back->target_sequence = target.key_sequence;
    manifest_settle(&manifest, law_default());
}

static void test_what_is_withdrawn_was_never_said(void **state)
{
    (void)state;
    withdraw(say(RECEIVE, PLANT, 5), STRANGER, 6);
    assert_int_equal(state_now(), MANIFEST_DELIVERED);
    withdraw(manifest_find(&manifest, RECEIVE, false), PLANT, 7);
    assert_int_equal(state_now(), MANIFEST_ISSUED);
    /* Of a load that was received nobody takes anything back. */
    withdraw(say(LOAD, CARRIER, 8), CARRIER, 9);
    assert_true(manifest_loaded_us(&manifest) == 0);
    say(RECEIVE, PLANT, 10);
    manifest_settle(&manifest, law_default());
    assert_true(manifest_loaded_us(&manifest) == hour(8));
}

static void test_a_load_that_was_rejected_whole_is_returning(void **state)
{
    (void)state;
    say(LOAD, CARRIER, 1);
    say(RECEIVE, PLANT, 5);
    manifest.sums = (struct manifest_sums){.loaded = 2, .rejected = 2};
    assert_int_equal(state_now(), MANIFEST_RETURNING);
    assert_int_equal(manifest_holder(&manifest), CARRIER);
    manifest.sums = (struct manifest_sums){.loaded = 2, .rejected = 1, .received = 1};
    assert_int_equal(state_now(), MANIFEST_DELIVERED);
}

static void test_unknown_refused_and_held_manifests_are_in_nobodys_hands(void **state)
{
    (void)state;
    assert_true(manifest_names_carrier(&manifest, CARRIER));
    assert_false(manifest_names_carrier(&manifest, PLANT));
    assert_true(manifest_names_receiver(&manifest, PLANT));
    assert_false(manifest_names_receiver(&manifest, CARRIER));
    manifest.is_held = true;
    assert_int_equal(state_now(), MANIFEST_HELD);
    assert_false(manifest_is_in_force(&manifest));
    assert_false(manifest_names_carrier(&manifest, CARRIER));
    assert_false(manifest_names_receiver(&manifest, PLANT));
    assert_null(find_row(WORK_MANIFEST, 0));
    assert_int_equal(work.count, 0);
    manifest.is_held = false;
    manifest.is_refused = true;
    assert_int_equal(state_now(), MANIFEST_REFUSED);
    assert_false(manifest_names_carrier(&manifest, CARRIER));
    assert_null(find_row(WORK_MANIFEST, 0));
    manifest.is_refused = false;
    manifest.is_known = false;
    assert_int_equal(state_now(), MANIFEST_UNKNOWN);
    assert_false(manifest_names_receiver(&manifest, PLANT));
    assert_null(find_row(WORK_MANIFEST, 0));
}

static void test_nobody_is_not_a_named_party(void **state)
{
    (void)state;
    manifest.carriers[0] = 0;
    manifest.receiver = 0;
    assert_false(manifest_names_carrier(&manifest, 0));
    assert_false(manifest_names_receiver(&manifest, 0));
}

static void test_only_the_named_and_only_what_counts_move_it(void **state)
{
    (void)state;
    say(LOAD, STRANGER, 1);
    say(RECEIVE, STRANGER, 2);
    say(CONFIRM, STRANGER, 3);
    struct fact *held = say(RECEIVE, PLANT, 4);
    held->bits = FACT_HELD;
    assert_int_equal(state_now(), MANIFEST_ISSUED);
    assert_true(manifest_loaded_us(&manifest) == 0);
    assert_true(manifest_delivered_us(&manifest) == 0);
    assert_true(manifest_confirmed_us(&manifest) == 0);
    held->bits |= FACT_CONFIRMED;
    assert_int_equal(state_now(), MANIFEST_DELIVERED);
}

static void test_an_unclosed_manifest_is_expected_by_a_day(void **state)
{
    (void)state;
    const struct work *row = find_row(WORK_MANIFEST, 0);
    assert_non_null(row);
    assert_true(row->due_us == START_US + 30 * CALENDAR_DAY_US);
    assert_int_equal(row->subject_kind, SUBJECT_MANIFEST);
    assert_int_equal(row->subject, NUMBER);
    assert_int_equal(row->division, HERE);
    assert_int_equal(row->party, CLINIC);
    assert_int_equal(row->anchor_key, 5);
    assert_int_equal(row->anchor_sequence, 6);
    assert_int_equal(row->entries[0], 10);
    manifest.bits = FACT_MEDICAL;
    manifest.profile = LAW_PROFILE_MEDICAL;
    assert_true(find_row(WORK_MANIFEST, 0)->due_us == hour(96));
    say(RECEIVE, PLANT, 5);
    say(CONFIRM, PLANT, 6)->code = METHOD;
    manifest.sums = (struct manifest_sums){.loaded = 1, .fed = 1, .fed_g = 1};
    assert_null(find_row(WORK_MANIFEST, 0));
}

static void test_the_receiver_confirms_within_five_working_days(void **state)
{
    (void)state;
    assert_null(find_row(WORK_OBLIGATION, RULE_receipt_unconfirmed));
    struct fact *received = say(RECEIVE, PLANT, 2);
    const struct work *row = find_row(WORK_OBLIGATION, RULE_receipt_unconfirmed);
    assert_non_null(row);
    /* Received on Wednesday the 6th: due at the end of Wednesday the 13th. */
    int64_t due_us = hour(-8) + 8 * CALENDAR_DAY_US - 1;
    assert_true(row->due_us == due_us);
    assert_true(row->is_provisional);
    assert_int_equal(row->party, PLANT);
    assert_int_equal(row->anchor_sequence, received->key_sequence);
    struct fact *confirmed = say(CONFIRM, PLANT, 0);
    confirmed->effective_us = due_us;
    assert_null(find_row(WORK_OBLIGATION, RULE_receipt_unconfirmed));
    assert_null(find_row(WORK_FINDING, RULE_receipt_unconfirmed));
    confirmed->effective_us = due_us + 1;
    assert_null(find_row(WORK_OBLIGATION, RULE_receipt_unconfirmed));
    row = find_row(WORK_FINDING, RULE_receipt_unconfirmed);
    assert_non_null(row);
    assert_true(row->due_us == due_us);
    assert_int_equal(row->entry_count, 2);
}

static void test_the_weighbridge_is_compared_with_what_was_loaded(void **state)
{
    (void)state;
    manifest.sums = (struct manifest_sums){.loaded = 2, .received = 2, .loaded_g = 100000};
    struct fact *received = say(RECEIVE, PLANT, 2);
    assert_null(find_row(WORK_FINDING, RULE_mass_differs));
    received->mass_g = 105000;
    assert_null(find_row(WORK_FINDING, RULE_mass_differs));
    received->mass_g = 105001;
    const struct work *row = find_row(WORK_FINDING, RULE_mass_differs);
    assert_non_null(row);
    assert_int_equal(row->anchor_sequence, received->key_sequence);
    assert_int_equal(row->party, CLINIC);
    assert_true(row->due_us == hour(2));
    /* Unloaded in two halves. */
    received->mass_g = 60000;
    say(RECEIVE, PLANT, 3)->mass_g = 41000;
    assert_null(find_row(WORK_FINDING, RULE_mass_differs));
    /* Somebody else's scale does not count. */
    say(RECEIVE, STRANGER, 4)->mass_g = 900000;
    assert_null(find_row(WORK_FINDING, RULE_mass_differs));
    /* What the loads said is not here yet. */
    manifest.sums.loaded_g = 0;
    assert_null(find_row(WORK_FINDING, RULE_mass_differs));
}

static void test_what_was_wrong_at_issue_stays_found(void **state)
{
    (void)state;
    manifest.bits = FACT_CODE_UNKNOWN;
    manifest.rule_count = 2;
    manifest.rules[0] = RULE_receiver_not_permitted;
    manifest.rules[1] = RULE_drawn_outside_block;
    manifest.author = STRANGER;
    const struct work *row = find_row(WORK_FINDING, RULE_receiver_not_permitted);
    assert_non_null(row);
    assert_int_equal(row->party, PLANT);
    assert_true(row->due_us == START_US);
    assert_int_equal(row->anchor_sequence, 6);
    assert_int_equal(find_row(WORK_FINDING, RULE_drawn_outside_block)->party, STRANGER);
    assert_int_equal(find_row(WORK_FINDING, RULE_code_unknown)->party, CLINIC);
    assert_int_equal(work.count, 4);
    say(RECEIVE, PLANT, 5);
    say(CONFIRM, PLANT, 6)->code = METHOD;
    manifest.sums = (struct manifest_sums){.loaded = 1, .fed = 1, .fed_g = 1};
    assert_non_null(find_row(WORK_FINDING, RULE_receiver_not_permitted));
    assert_int_equal(work.count, 3);
}

static void test_a_full_work_set_does_no_harm(void **state)
{
    (void)state;
    manifest.rule_count = 1;
    manifest.rules[0] = RULE_receiver_not_permitted;
    say(RECEIVE, PLANT, 5);
    memset(&work, 0, sizeof work);
    work.count = WORK_SET_MAX;
    manifest_work(&manifest, NUMBER, law_default(), &work);
    assert_int_equal(work.count, WORK_SET_MAX);
    assert_int_equal(work.dropped, 3);
}

static void test_what_is_added_can_be_subtracted(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 15);
    struct manifest_sums sums = {0};
    struct manifest_sums parts[50];
    dice_fill(&dice, parts, sizeof parts);
    for (size_t i = 0; i < 50; i++) {
        manifest_sums_add(&sums, &parts[i], 1);
    }
    for (size_t i = 50; i > 0; i--) {
        manifest_sums_add(&sums, &parts[i - 1], -1);
    }
    static const struct manifest_sums none;
    assert_memory_equal(&sums, &none, sizeof sums);
    manifest_sums_add(&sums, &(struct manifest_sums){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 1);
    assert_memory_equal(&sums, (&(struct manifest_sums){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
                        sizeof sums);
}

static void test_states_have_names_of_their_own(void **state)
{
    (void)state;
    for (int a = 0; a <= MANIFEST_HELD; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(manifest_state_name((enum manifest_state)a),
                                    manifest_state_name((enum manifest_state)b));
        }
    }
}

static void throw_manifest(struct dice *dice, struct manifest *ret, bool is_full)
{
    memset(ret, 0, sizeof *ret);
    ret->is_known = dice_chance(dice, 50);
    ret->is_refused = dice_chance(dice, 50);
    ret->is_drawn = dice_chance(dice, 50);
    ret->is_held = dice_chance(dice, 50);
    ret->entry = dice_throw(dice);
    ret->key = (uint32_t)dice_throw(dice);
    ret->key_sequence = dice_throw(dice);
    ret->issued_us = (int64_t)dice_throw(dice);
    ret->bits = (uint16_t)dice_throw(dice);
    ret->is_cancelled = dice_chance(dice, 50);
    ret->is_closed_by_order = dice_chance(dice, 50);
    ret->rule_count = is_full ? MANIFEST_RULES_MAX : (uint8_t)dice_below(dice, 3);
    for (uint32_t i = 0; i < ret->rule_count; i++)
        ret->rules[i] = (uint16_t)(1 + dice_below(dice, UINT16_MAX));
    ret->parent = (uint32_t)dice_throw(dice);
    ret->type = (uint8_t)dice_throw(dice);
    memset(ret->number, '7', is_full ? MANIFEST_NUMBER_TEXT - 1 : dice_below(dice, 20));
    ret->author = (uint32_t)dice_throw(dice);
    ret->generator = (uint32_t)dice_throw(dice);
    ret->receiver = (uint32_t)dice_throw(dice);
    ret->division = (uint32_t)dice_throw(dice);
    ret->leg_count = is_full ? MANIFEST_LEGS_MAX : (uint32_t)dice_below(dice, 3);
    dice_fill(dice, ret->carriers, ret->leg_count * sizeof ret->carriers[0]);
    ret->line_count = is_full ? MANIFEST_LINES_MAX : (uint32_t)dice_below(dice, 3);
    for (uint32_t i = 0; i < ret->line_count; i++) {
        ret->lines[i].code = (uint32_t)dice_throw(dice);
        ret->lines[i].planned_g = dice_throw(dice);
        ret->lines[i].planned_pieces = (uint32_t)dice_throw(dice);
        ret->lines[i].form = (uint8_t)dice_throw(dice);
        ret->lines[i].package = (uint8_t)dice_throw(dice);
    }
    for (uint32_t i = 0; i < ret->leg_count; i++) {
        ret->legs[i].vehicle = (uint32_t)dice_throw(dice);
        ret->legs[i].from_division = (uint32_t)dice_throw(dice);
        ret->legs[i].to_division = (uint32_t)dice_throw(dice);
        ret->legs[i].mode = (uint8_t)dice_throw(dice);
    }
    ret->receiver_division = (uint32_t)dice_throw(dice);
    ret->recorded_us = (int64_t)dice_throw(dice);
    ret->completed_us = (int64_t)dice_throw(dice);
    ret->ended_us = (int64_t)dice_throw(dice);
    ret->ended_entry = dice_throw(dice);
    ret->method = (uint32_t)dice_throw(dice);
    ret->plan = (uint32_t)dice_throw(dice);
    ret->approval = (uint32_t)dice_throw(dice);
    ret->children = (uint32_t)dice_throw(dice);
    ret->batches_met = (uint32_t)dice_throw(dice);
    ret->batches = (uint32_t)dice_throw(dice);
    ret->batches_unnamed = (uint32_t)dice_throw(dice);
    ret->carrier = (uint32_t)dice_throw(dice);
    ret->vehicle = (uint32_t)dice_throw(dice);
    memset(ret->national, '8', is_full ? MANIFEST_NUMBER_TEXT - 1 : dice_below(dice, 20));
    memset(ret->provincial, '9', is_full ? MANIFEST_NUMBER_TEXT - 1 : dice_below(dice, 20));
    ret->is_number_shared = dice_chance(dice, 50);
    ret->members = (uint32_t)dice_throw(dice);
    dice_fill(dice, &ret->sums, sizeof ret->sums);
    for (uint32_t i = 0; i < (is_full ? FACTS_MAX : dice_below(dice, 4)); i++) {
        struct fact fact = {.effective_us = (int64_t)dice_throw(dice),
                            .entry = dice_throw(dice),
                            .party = i,
                            .mass_g = dice_throw(dice)};
        facts_add(&ret->facts, &fact);
    }
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    static struct manifest back;
    static uint8_t data[MANIFEST_RECORD_MAX + 1];
    static uint8_t again[MANIFEST_RECORD_MAX];
    struct dice dice;
    dice_init(&dice, 16);
    for (int round = 0; round < 60; round++) {
        throw_manifest(&dice, &manifest, round == 0);
        size_t len = manifest_write(&manifest, data, MANIFEST_RECORD_MAX);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(manifest_parse(span_of(data, cap), &back));
            assert_int_equal(manifest_write(&manifest, again, cap), 0);
        }
        data[len] = 0;
        assert_false(manifest_parse(span_of(data, len + 1), &back));
        assert_true(manifest_parse(span_of(data, len), &back));
        assert_int_equal(manifest_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
        assert_true(back.is_known == manifest.is_known && back.is_refused == manifest.is_refused &&
                    back.is_drawn == manifest.is_drawn && back.is_held == manifest.is_held &&
                    back.entry == manifest.entry && back.bits == manifest.bits &&
                    back.issued_us == manifest.issued_us && back.members == manifest.members);
        assert_true(back.is_cancelled == manifest.is_cancelled &&
                    back.is_closed_by_order == manifest.is_closed_by_order &&
                    back.parent == manifest.parent && back.rule_count == manifest.rule_count);
        assert_memory_equal(back.rules, manifest.rules, sizeof back.rules);
        assert_string_equal(back.number, manifest.number);
        assert_memory_equal(back.lines, manifest.lines, sizeof back.lines);
        assert_memory_equal(back.carriers, manifest.carriers, sizeof back.carriers);
        for (uint32_t i = 0; i < back.leg_count; i++)
            assert_true(back.legs[i].vehicle == manifest.legs[i].vehicle &&
                        back.legs[i].from_division == manifest.legs[i].from_division &&
                        back.legs[i].to_division == manifest.legs[i].to_division &&
                        back.legs[i].mode == manifest.legs[i].mode);
        assert_true(
            back.receiver_division == manifest.receiver_division &&
            back.recorded_us == manifest.recorded_us &&
            back.completed_us == manifest.completed_us && back.ended_us == manifest.ended_us &&
            back.ended_entry == manifest.ended_entry && back.method == manifest.method &&
            back.plan == manifest.plan && back.approval == manifest.approval &&
            back.children == manifest.children && back.vehicle == manifest.vehicle &&
            back.carrier == manifest.carrier && back.batches_met == manifest.batches_met &&
            back.batches == manifest.batches && back.batches_unnamed == manifest.batches_unnamed &&
            back.is_number_shared == manifest.is_number_shared);
        assert_string_equal(back.national, manifest.national);
        assert_string_equal(back.provincial, manifest.provincial);
        assert_memory_equal(&back.sums, &manifest.sums, sizeof back.sums);
        assert_int_equal(back.facts.count, manifest.facts.count);
    }
}

static void test_a_mention_alone_is_a_short_record(void **state)
{
    (void)state;
    uint8_t data[MANIFEST_RECORD_MAX];
    memset(&manifest, 0, sizeof manifest);
    assert_true(manifest_write(&manifest, data, sizeof data) <= 64);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_manifest_goes_from_issued_to_closed),
        TEST(test_nothing_fed_and_not_confirmed_is_not_closed),
        TEST(test_each_open_piece_keeps_it_open),
        TEST(test_nothing_closes_without_method_and_quantity),
        TEST(test_every_batch_counts),
        TEST(test_what_moved_on_before_it_arrived_needs_no_confirmation),
        TEST(test_an_order_closes_whatever_is_open),
        TEST(test_a_cancelled_manifest_that_was_loaded_before_is_not_void),
        TEST(test_a_drawn_manifest_is_taken_back_before_anybody_used_it),
        TEST(test_a_successor_speaks_for_the_receiver_that_closed),
        TEST(test_the_first_number_stands_for_ever),
        TEST(test_what_is_withdrawn_was_never_said),
        TEST(test_a_load_that_was_rejected_whole_is_returning),
        TEST(test_unknown_refused_and_held_manifests_are_in_nobodys_hands),
        TEST(test_nobody_is_not_a_named_party),
        TEST(test_only_the_named_and_only_what_counts_move_it),
        TEST(test_an_unclosed_manifest_is_expected_by_a_day),
        TEST(test_the_receiver_confirms_within_five_working_days),
        TEST(test_the_weighbridge_is_compared_with_what_was_loaded),
        TEST(test_what_was_wrong_at_issue_stays_found),
        TEST(test_a_full_work_set_does_no_harm),
        TEST(test_what_is_added_can_be_subtracted),
        TEST(test_states_have_names_of_their_own),
        TEST(test_a_record_comes_back_and_no_part_of_it_does),
        TEST(test_a_mention_alone_is_a_short_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
