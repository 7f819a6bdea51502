/* test_agenda.c: divisions merged in the order of urgency, filters, totals that add up, pages that may be cut. */
#include <stdio.h>
#include <string.h>

#include "daemon/base/metric.h"
#include "daemon/service/agenda.h"
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

static const Custody__V1__UnclosedReply *
ask(struct desk *desk, enum desk_actor actor, Custody__V1__UnclosedRequest *request)
{
    return desk_ask(desk, actor, ENVELOPE_UNCLOSED, &request->base,
                    &custody__v1__unclosed_reply__descriptor, NULL);
}

static void pack(struct desk *desk,
                 enum desk_actor actor,
                 const char *generator,
                 const char *code,
                 uint64_t mass_g)
{
    desk_do(desk, actor, &desk_pack(desk, generator, code, mass_g)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
}

/* A clinic's and a hospital's manifests and bags, the clinic's manifest on its way. */
static void fill(struct desk *desk)
{
    desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    pack(desk, DESK_NURSE, DESK_HOSPITAL, "H1", 500);
    desk->now_us += DESK_HOUR;
    struct desk_statement *manifest = desk_issue(desk, DESK_DOCTOR, DESK_CLINIC);
    pack(desk, DESK_DOCTOR, DESK_CLINIC, "C1", 900);
    pack(desk, DESK_DOCTOR, DESK_CLINIC, "C2", 2000);
    pack(desk, DESK_DOCTOR, DESK_CLINIC, "C3", 1000);
    desk->now_us += DESK_HOUR;
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          desk->now_us, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_CLINIC, "C1")->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
}

static void of_the_equally_urgent_the_heavier_comes_first(void **state)
{
    struct desk *desk = *state;
    fill(desk);
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    request.rule = (char *)"medical_storage";
    request.division = (char *)"540423";
    const Custody__V1__UnclosedReply *reply = ask(desk, DESK_REGULATOR, &request);
    assert_int_equal(reply->n_items, 2);
    assert_string_equal(reply->items[0]->subject, DESK_CLINIC "/C2");
    assert_string_equal(reply->items[1]->subject, DESK_CLINIC "/C3");
    assert_int_equal(reply->items[0]->due, reply->items[1]->due);
}

static void filters_add_up(void **state)
{
    struct desk *desk = *state;
    fill(desk);
    static const struct {
        const char *party, *role, *vehicle, *family, *rule, *kind;
        size_t at_least, at_most;
    } cases[] = {
        {DESK_PLANT, "receiver", "", "", "", "manifest", 2, 2},
        {DESK_CARRIER, "holder", "", "", "", "manifest", 1, 1},
        {DESK_CLINIC, "generator", "", "", "", "manifest", 1, 1},
        {DESK_CLINIC, "receiver", "", "", "", "", 0, 0},
        {DESK_HOSPITAL, "", "", "", "medical_storage", "", 1, 1},
        {"", "", DESK_PLATE, "", "", "manifest", 1, 1},
        {"", "", "藏A·无此车", "", "", "", 0, 0},
        {"", "", "", "medical", "medical_storage", "", 3, 3},
        {"", "", "", "soil", "", "", 0, 0},
        {"", "", "", "", "1", "obligation", 3, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
        request.party = (char *)cases[i].party;
        request.role = (char *)cases[i].role;
        request.vehicle = (char *)cases[i].vehicle;
        request.family = (char *)cases[i].family;
        request.rule = (char *)cases[i].rule;
        request.kind = (char *)cases[i].kind;
        const Custody__V1__UnclosedReply *reply = ask(desk, DESK_REGULATOR, &request);
        assert_non_null(reply);
        assert_in_range(reply->n_items, cases[i].at_least, cases[i].at_most);
        assert_int_equal(reply->total, reply->n_items);
    }
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    request.state = (char *)"stored";
    assert_int_equal(ask(desk, DESK_REGULATOR, &request)->n_items, 0);
    request.state = (char *)"issued";
    const Custody__V1__UnclosedReply *reply = ask(desk, DESK_REGULATOR, &request);
    assert_int_equal(reply->n_items, 1);
    assert_string_equal(reply->items[0]->state, "issued");
    Custody__V1__Problem *problem = NULL;
    request.state = (char *)"nowhere";
    assert_null(desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base,
                         &custody__v1__unclosed_reply__descriptor, &problem));
    assert_string_equal(problem->field, "state");
    request.state = (char *)"";
    request.older_than_us = 1000 * DESK_HOUR;
    assert_int_equal(ask(desk, DESK_REGULATOR, &request)->n_items, 0);
}

/* Late by a given hour if nobody moves: in time now, late then. */
static void what_will_be_late_is_told_before_it_is(void **state)
{
    struct desk *desk = *state;
    fill(desk);
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    request.rule = (char *)"medical_storage";
    desk->now_us = DESK_DAY + 40 * DESK_HOUR;
    request.late_by = DESK_DAY + 48 * DESK_HOUR + 1;
    assert_int_equal(ask(desk, DESK_REGULATOR, &request)->n_items, 1);
    request.late_by = DESK_DAY + 50 * DESK_HOUR;
    assert_int_equal(ask(desk, DESK_REGULATOR, &request)->n_items, 3);
    desk->now_us = DESK_DAY + 48 * DESK_HOUR + 2;
    assert_int_equal(ask(desk, DESK_REGULATOR, &request)->n_items, 2);
    request.late_by = 0;
    request.overdue = true;
    assert_int_equal(ask(desk, DESK_REGULATOR, &request)->n_items, 1);
}

static void the_counts_add_up_to_the_total_without_looking_at_the_rows(void **state)
{
    struct desk *desk = *state;
    fill(desk);
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    request.options = &options;
    options.limit = 500;
    const Custody__V1__UnclosedReply *all = ask(desk, DESK_REGULATOR, &request);
    uint64_t sum = 0, listed_g = 0, counted_g = 0;
    for (size_t i = 0; i < all->n_sums; i++) {
        sum += all->sums[i]->count;
        counted_g += all->sums[i]->mass_g;
    }
    for (size_t i = 0; i < all->n_items; i++)
        listed_g += all->items[i]->mass_g;
    assert_false(all->total_is_least);
    assert_int_equal(all->total, all->n_items);
    assert_int_equal(sum, all->total);
    assert_int_equal(counted_g, listed_g);
    options.limit = 1;
    const Custody__V1__UnclosedReply *one = ask(desk, DESK_REGULATOR, &request);
    assert_int_equal(one->n_items, 1);
    assert_int_equal(one->total, all->total);
    /* A filter counts the rows, and comes to the same. */
    request.older_than_us = 1;
    desk->now_us += 24 * DESK_HOUR;
    assert_int_equal(ask(desk, DESK_REGULATOR, &request)->total, all->total);
}

/* Whatever the size of a page, the pages hold every row once. */
static void pages_hold_every_row_once(void **state)
{
    struct desk *desk = *state;
    fill(desk);
    for (uint32_t limit = 1; limit < 12; limit++) {
        Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
        Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
        request.options = &options;
        options.limit = limit;
        uint64_t seen = 0, total = 0;
        int64_t last = 0;
        do {
            const Custody__V1__UnclosedReply *reply = ask(desk, DESK_REGULATOR, &request);
            total = options.page.len == 0 ? reply->total : total;
            seen += reply->n_items;
            for (size_t i = 0; i < reply->n_items; i++) {
                assert_true(reply->items[i]->due >= last);
                last = reply->items[i]->due;
            }
            options.page = reply->next_page;
        } while (options.page.len > 0);
        assert_int_equal(seen, total);
    }
}

static void a_party_sees_what_concerns_it_and_nothing_else(void **state)
{
    struct desk *desk = *state;
    fill(desk);
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    const Custody__V1__UnclosedReply *reply = ask(desk, DESK_DOCTOR, &request);
    assert_true(reply->n_items > 0);
    for (size_t i = 0; i < reply->n_items; i++)
        assert_string_equal(reply->items[i]->generator, DESK_CLINIC);
    request.party = (char *)DESK_HOSPITAL;
    assert_int_equal(ask(desk, DESK_DOCTOR, &request)->n_items, 0);
    request.party = (char *)"";
    request.role = (char *)"receiver";
    assert_int_equal(ask(desk, DESK_GATE, &request)->n_items, 2);
    request.role = (char *)"owner";
    Custody__V1__Problem *problem = NULL;
    assert_null(desk_ask(desk, DESK_GATE, ENVELOPE_UNCLOSED, &request.base,
                         &custody__v1__unclosed_reply__descriptor, &problem));
    assert_string_equal(problem->field, "role");
}

/* The clinic is in 540423; the carrier and the plant are in 540402. What crosses is told once, and the totals have it. */
static void a_bureau_sees_its_divisions_and_what_crosses_them(void **state)
{
    struct desk *desk = *state;
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kind = CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    fill(desk);
    static const struct {
        const char *division;
        bool sees_clinic, sees_hospital;
    } bureaus[] = {{"540423", true, false}, {"540402", true, true}, {"540421", false, false}};
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "uscc:11540400000000010%zu", i);
        body.party = name;
        body.n_kinds = 1;
        body.kinds = &kind;
        body.division = (char *)bureaus[i].division;
        desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
        Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
        Custody__V1__Role role = CUSTODY__V1__ROLE__ROLE_REGULATOR;
        struct desk_key *key = &desk->keys[DESK_STRANGER];
        key->public_key[0] ^= (uint8_t)(i + 1);
        key->curve_key[0] ^= (uint8_t)(i + 1);
        enrol.key = (ProtobufCBinaryData){.len = 32, .data = key->public_key};
        enrol.curve_key = (ProtobufCBinaryData){.len = 32, .data = key->curve_key};
        enrol.party = name;
        enrol.n_roles = 1;
        enrol.roles = &role;
        desk_do(desk, DESK_REGULATOR, &enrol.base, desk->now_us, CUSTODY_OUTCOME_granted);
        Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
        const Custody__V1__UnclosedReply *reply = ask(desk, DESK_STRANGER, &request);
        assert_non_null(reply);
        size_t clinics = 0, hospitals = 0;
        uint64_t sum = 0;
        for (size_t k = 0; k < reply->n_items; k++) {
            clinics += strcmp(reply->items[k]->generator, DESK_CLINIC) == 0 ? 1 : 0;
            hospitals += strcmp(reply->items[k]->generator, DESK_HOSPITAL) == 0 ? 1 : 0;
            for (size_t other = 0; other < k; other++)
                assert_true(strcmp(reply->items[k]->subject, reply->items[other]->subject) != 0 ||
                            strcmp(reply->items[k]->rule_name, reply->items[other]->rule_name) !=
                                0);
        }
        for (size_t k = 0; k < reply->n_sums; k++)
            sum += reply->sums[k]->count;
        assert_true((clinics > 0) == bureaus[i].sees_clinic);
        assert_true((hospitals > 0) == bureaus[i].sees_hospital);
        assert_int_equal(reply->total, reply->n_items);
        assert_int_equal(sum, reply->total);
        assert_false(reply->total_is_least);
        if (i == 1)
            assert_int_equal(clinics,
                             1); /* its manifest; the bags that wait there are the county's */
    }
}

/* ---- what it costs ------------------------------------------------------------------------------ */

enum { BATCH = 100 };

static void submit_batches(struct desk *desk, size_t count, struct desk_statement *(*make)(size_t))
{
    struct desk_statement *statements[BATCH];
    Custody__V1__Receipt *receipts[BATCH];
    Custody__V1__Problem *problems[BATCH];
    for (size_t i = 0; i < count; i += BATCH) {
        for (size_t k = 0; k < BATCH; k++)
            statements[k] = make(i + k);
        desk_submit_all(desk, statements, BATCH, receipts, problems);
        for (size_t k = 0; k < BATCH; k++)
            if (receipts[k] == NULL)
                fail_msg("statement %zu: %s", i + k,
                         custody_reason_name((enum custody_reason)problems[k]->reason));
        desk_flush(desk);
        desk_turn(desk);
        desk->now_us += 1000;
    }
}

static struct desk large;

static struct desk_statement *make_manifest(size_t index)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    (void)index;
    body.plan = desk_plan(&large, DESK_HOSPITAL, DESK_PLANT);
    return desk_sign(&large, DESK_NURSE, &body.base, large.now_us);
}

static struct desk_statement *make_bag(size_t index)
{
    char *code = arena_format(large.arena, "H%zu", index);
    return desk_sign(&large, DESK_NURSE, &desk_pack(&large, DESK_HOSPITAL, code, 900)->base,
                     large.now_us);
}

/* The driver says that he took the bag, with no manifest: a finding over each. */
static struct desk_statement *make_claim(size_t index)
{
    char *code = arena_format(large.arena, "H%zu", index);
    return desk_sign(&large, DESK_DRIVER, &desk_load(&large, NULL, NULL, DESK_HOSPITAL, code)->base,
                     large.now_us);
}

/* A key of its own for a regulator or an auditor; it takes the stranger's place when it asks. */
static struct desk_key make_asker(const char *party,
                                  Custody__V1__PartyKind kind,
                                  Custody__V1__Role role,
                                  const char *division,
                                  const char *sector,
                                  uint8_t mark)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    body.party = (char *)party;
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)division;
    body.sector = (char *)sector;
    desk_do(&large, DESK_REGULATOR, &body.base, large.now_us, CUSTODY_OUTCOME_granted);
    struct desk_key *key = &large.keys[DESK_STRANGER];
    key->public_key[0] ^= mark;
    key->curve_key[0] ^= mark;
    desk_enrol(&large, DESK_STRANGER, party, role);
    return *key;
}

struct cost {
    const char *question;
    uint64_t reads;
    size_t seen;
};

static uint64_t rows_read(void)
{
    return metric_value(&ledger_metrics(large.ledger)->rows_read);
}

/* Four questions of one asker: how much it was told and how many rows that took. */
static void ask_all(struct desk_key asker, struct cost ret[4])
{
    Custody__V1__UnclosedRequest unclosed = CUSTODY__V1__UNCLOSED_REQUEST__INIT,
                                 due = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__FindingsRequest findings = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    Custody__V1__TodayRequest today = CUSTODY__V1__TODAY_REQUEST__INIT;
    large.keys[DESK_STRANGER] = asker;
    uint64_t before = rows_read();
    const Custody__V1__UnclosedReply *all = ask(&large, DESK_STRANGER, &unclosed);
    ret[0] = (struct cost){"unclosed", rows_read() - before, all->n_items};
    assert_int_equal(all->total, all->n_items);
    assert_false(all->total_is_least);
    due.kind = (char *)"obligation";
    before = rows_read();
    ret[1] = (struct cost){"due", 0, ask(&large, DESK_STRANGER, &due)->n_items};
    ret[1].reads = rows_read() - before;
    before = rows_read();
    const Custody__V1__FindingsReply *found =
        desk_ask(&large, DESK_STRANGER, ENVELOPE_FINDINGS, &findings.base,
                 &custody__v1__findings_reply__descriptor, NULL);
    ret[2] = (struct cost){"findings", rows_read() - before, found->n_findings};
    before = rows_read();
    const Custody__V1__TodayReply *screen =
        desk_ask(&large, DESK_STRANGER, ENVELOPE_TODAY, &today.base,
                 &custody__v1__today_reply__descriptor, NULL);
    ret[3] = (struct cost){"today", rows_read() - before, (size_t)screen->findings};
}

/* The clinic asks what is on its way to the plant, and is told of its own. */
static uint64_t ask_of_the_plant(void)
{
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    request.party = (char *)DESK_PLANT;
    request.role = (char *)"receiver";
    uint64_t before = rows_read();
    const Custody__V1__UnclosedReply *reply = ask(&large, DESK_DOCTOR, &request);
    assert_int_equal(reply->n_items, 1);
    assert_string_equal(reply->items[0]->generator, DESK_CLINIC);
    return rows_read() - before;
}

/* One manifest, one bag and one claim of the county's, or of the sector, among 10,000 manifests, 500 bags and 500 claims of others:
 * each list is told in as many reads as before the others came, or a few more. */
static void a_page_costs_what_is_seen_and_not_what_is_there(void **state)
{
    (void)state;
    struct cost before[4], after[4];
    desk_open(&large, false);
    Custody__V1__ChangePartyBody change = CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    change.party = (char *)DESK_CLINIC;
    change.sector = (char *)"Q8423";
    desk_do(&large, DESK_REGULATOR, &change.base, large.now_us, CUSTODY_OUTCOME_granted);
    const struct desk_key askers[] = {
        make_asker("uscc:115404000000000101", CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR,
                   CUSTODY__V1__ROLE__ROLE_REGULATOR, "540423", "", 1),
        make_asker("uscc:115404000000000102", CUSTODY__V1__PARTY_KIND__PARTY_AUDITOR,
                   CUSTODY__V1__ROLE__ROLE_AUDITOR, "540421", "Q84", 2),
    };
    large.now_us += DESK_HOUR;
    desk_issue(&large, DESK_DOCTOR, DESK_CLINIC);
    pack(&large, DESK_DOCTOR, DESK_CLINIC, "C1", 900);
    desk_do(&large, DESK_NURSE, &desk_load(&large, NULL, NULL, DESK_CLINIC, "C1")->base,
            large.now_us, CUSTODY_OUTCOME_recorded);
    struct cost first[2][4];
    for (size_t i = 0; i < 2; i++)
        ask_all(askers[i], first[i]);
    uint64_t of_plant = ask_of_the_plant();
    submit_batches(&large, 10000, make_manifest);
    submit_batches(&large, 500, make_bag);
    submit_batches(&large, 500, make_claim);
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    const Custody__V1__FindingsReply *others =
        desk_ask(&large, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                 &custody__v1__findings_reply__descriptor, NULL);
    assert_true(others->total > 500);
    for (size_t i = 0; i < 2; i++) {
        memcpy(before, first[i], sizeof before);
        ask_all(askers[i], after);
        for (size_t k = 0; k < 4; k++) {
            print_message("%s by %s: %llu rows, %llu among others, %zu told\n", after[k].question,
                          i == 0 ? "a county" : "an auditor", (unsigned long long)before[k].reads,
                          (unsigned long long)after[k].reads, after[k].seen);
            assert_true(before[k].seen > 0);
            assert_int_equal(after[k].seen, before[k].seen);
            assert_in_range(after[k].reads, 1, before[k].reads + 16);
        }
    }
    assert_in_range(ask_of_the_plant(), 1, of_plant + 16);
    desk_close(&large);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(of_the_equally_urgent_the_heavier_comes_first),
        CASE(filters_add_up),
        CASE(what_will_be_late_is_told_before_it_is),
        CASE(the_counts_add_up_to_the_total_without_looking_at_the_rows),
        CASE(pages_hold_every_row_once),
        CASE(a_party_sees_what_concerns_it_and_nothing_else),
        CASE(a_bureau_sees_its_divisions_and_what_crosses_them),
        cmocka_unit_test(a_page_costs_what_is_seen_and_not_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
