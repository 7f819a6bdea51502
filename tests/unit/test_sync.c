/* test_sync.c: delivery to a ledger that loses, doubles, is busy, rushes ahead, or lies.
 * Never sleeps: every wait is for an answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/sync.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

enum { MANY = 100 };

struct fixture {
    struct tempdir dir;
    char home[512];
    struct fakeledger *fake;
    struct custody_client *client;
    struct custody_problem problem;
    struct custody_synced synced;
    int timeout_ms, resend_ms;
};

static void open_client(struct fixture *f)
{
    const struct custody_options options = {
        .home = f->home, .timeout_ms = f->timeout_ms, .resend_ms = f->resend_ms};
    custody_client_close(f->client);
    f->client = NULL;
    assert_int_equal(custody_client_open(&options, &f->client, &f->problem), CUSTODY_OK);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "home", f->home, sizeof(f->home));
    f->fake = fakeledger_create();
    f->timeout_ms = 10000;
    f->resend_ms = 60;
    fakeledger_home(f->fake, f->home);
    open_client(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    custody_client_close(f->client);
    fakeledger_destroy(f->fake);
    tempdir_destroy(&f->dir);
    free(f);
    return 0;
}

static void keep(struct fixture *f, size_t count)
{
    const struct custody_act act = {.act = "pack", .json = "{\"place\":\"T1\"}"};
    struct custody_kept kept;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_OK);
}

static enum custody_status sync_now(struct fixture *f)
{
    enum custody_status status = custody_client_sync(f->client, NULL, NULL, &f->synced);
    if (status != CUSTODY_OK)
        f->problem = *custody_client_problem(f->client);
    return status;
}

/* Every statement is on the ledger once, and its receipt says where. */
static void expect_each_once(struct fixture *f, size_t count)
{
    bool seen[FAKELEDGER_ENTRIES_MAX] = {false};
    assert_int_equal(fakeledger_count(f->fake, f->client->identity.public_key), count);
    for (uint64_t sequence = 1; sequence <= count; sequence++) {
        struct custody_kept kept;
        assert_int_equal(custody_client_kept(f->client, sequence, &kept), CUSTODY_OK);
        assert_int_equal(kept.state, CUSTODY_ON_LEDGER);
        assert_int_equal(kept.outcome, CUSTODY_OUTCOME_recorded);
        assert_false(seen[kept.entry]);
        seen[kept.entry] = true;
    }
}

static void deliver(struct fixture *f, const struct fakeledger_settings *settings)
{
    keep(f, MANY);
    fakeledger_set(f->fake, settings);
    enum custody_status status = sync_now(f);
    if (status != CUSTODY_OK)
        print_error("%s %s: %s\n", f->problem.name, f->problem.field, f->problem.got);
    assert_int_equal(status, CUSTODY_OK);
    assert_int_equal(f->synced.delivered, MANY);
    assert_int_equal(f->synced.waiting, 0);
    expect_each_once(f, MANY);
    assert_true(f->client->trust.head.size > 0);
}

static void to_an_honest_ledger(void **state)
{
    struct fixture *f = *state;
    /* What is counted is what is sent unasked: no answer is so late that it would be asked for again. */
    f->resend_ms = f->timeout_ms;
    open_client(f);
    deliver(f, &(struct fakeledger_settings){0});
    assert_int_equal(fakeledger_arrivals(f->fake), MANY);
    open_client(f); /* and all of it is on disk */
    expect_each_once(f, MANY);
    assert_int_equal(sync_now(f), CUSTODY_OK);
    assert_int_equal(fakeledger_arrivals(f->fake), MANY);
}

static void answers_are_lost(void **state)
{
    deliver(*state, &(struct fakeledger_settings){.drop_every = 3});
}

static void statements_are_lost(void **state)
{
    deliver(*state, &(struct fakeledger_settings){.lose_every = 3});
}

/* On a slow road the answer to the second sending comes after the third has left. It is the answer. */
static void an_answer_comes_late(void **state)
{
    struct fixture *f = *state;
    keep(f, 1);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.late_answer = 2});
    assert_int_equal(sync_now(f), CUSTODY_OK);
    expect_each_once(f, 1);
}

static void answers_come_twice(void **state)
{
    deliver(*state, &(struct fakeledger_settings){.double_every = 1});
}

static void the_ledger_is_busy(void **state)
{
    deliver(*state, &(struct fakeledger_settings){.busy_every = 4});
}

static void all_of_it_together(void **state)
{
    deliver(*state,
            &(struct fakeledger_settings){
                .drop_every = 5, .lose_every = 7, .double_every = 2, .busy_every = 11, .rush = 3});
}

static void a_killed_client_sends_again(void **state)
{
    struct fixture *f = *state;
    keep(f, MANY);
    f->timeout_ms = 200;
    open_client(f);
    /* The ledger records everything, and its answers are lost. */
    fakeledger_set(f->fake, &(struct fakeledger_settings){.drop_every = 1});
    assert_int_equal(sync_now(f), CUSTODY_ERR_TIMEOUT);
    assert_int_equal(f->synced.waiting, MANY);
    f->timeout_ms = 10000;
    open_client(f);
    fakeledger_set(f->fake, &(struct fakeledger_settings){0});
    assert_int_equal(sync_now(f), CUSTODY_OK);
    expect_each_once(f, MANY);
}

static void silence_leaves_all_waiting(void **state)
{
    struct fixture *f = *state;
    keep(f, 3);
    f->timeout_ms = 150;
    open_client(f);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.is_silent = true});
    assert_int_equal(sync_now(f), CUSTODY_ERR_TIMEOUT);
    assert_true(f->problem.retryable);
    assert_int_equal(f->synced.waiting, 3);
}

static void nobody_listens(void **state)
{
    struct fixture *f = *state;
    const struct custody_options options = {
        .home = f->home, .endpoint = "tcp://127.0.0.1:1", .timeout_ms = 150, .resend_ms = 60};
    keep(f, 2);
    custody_client_close(f->client);
    f->client = NULL;
    assert_int_equal(custody_client_open(&options, &f->client, &f->problem), CUSTODY_OK);
    assert_int_equal(sync_now(f), CUSTODY_ERR_UNREACHABLE);
    assert_int_equal(custody_status_exit_code(CUSTODY_ERR_UNREACHABLE), 3);
    assert_int_equal(f->synced.waiting, 2);
}

static void enrolment_is_awaited(void **state)
{
    struct fixture *f = *state;
    keep(f, 3);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.is_awaiting = true});
    assert_int_equal(sync_now(f), CUSTODY_ERR_UNREACHABLE);
    assert_int_equal(f->problem.reason, CUSTODY_REASON_enrolment_awaited);
    assert_int_equal(f->synced.waiting, 3);
    fakeledger_set(f->fake, &(struct fakeledger_settings){0});
    assert_int_equal(sync_now(f), CUSTODY_OK);
    expect_each_once(f, 3);
}

static void a_problem_that_was_cut(void **state)
{
    struct fixture *f = *state;
    keep(f, 3);
    fakeledger_set(f->fake,
                   &(struct fakeledger_settings){.is_awaiting = true, .cuts_problems = true});
    assert_int_equal(sync_now(f), CUSTODY_ERR_PROTOCOL);
    assert_string_equal(f->problem.field, "answer");
    assert_int_equal(f->synced.waiting, 3);
    fakeledger_set(f->fake, &(struct fakeledger_settings){0});
    assert_int_equal(sync_now(f), CUSTODY_OK);
    expect_each_once(f, 3);
}

static void a_statement_that_is_never_taken(void **state)
{
    struct fixture *f = *state;
    struct custody_kept kept;
    keep(f, 5);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.turn_away = 2});
    assert_int_equal(sync_now(f), CUSTODY_OK);
    assert_int_equal(f->synced.delivered, 4);
    assert_int_equal(f->synced.set_aside, 1);
    assert_int_equal(f->synced.waiting, 0);
    open_client(f);
    assert_int_equal(custody_client_kept(f->client, 2, &kept), CUSTODY_OK);
    assert_int_equal(kept.state, CUSTODY_SET_ASIDE);
    assert_int_equal(kept.reason, CUSTODY_REASON_bad_signature);
}

static void a_refusal_is_a_receipt(void **state)
{
    struct fixture *f = *state;
    struct custody_kept kept;
    keep(f, 3);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.refuse = 2});
    assert_int_equal(sync_now(f), CUSTODY_OK);
    assert_int_equal(f->synced.refused, 1);
    assert_int_equal(custody_client_kept(f->client, 2, &kept), CUSTODY_OK);
    assert_int_equal(kept.state, CUSTODY_ON_LEDGER);
    assert_int_equal(kept.outcome, CUSTODY_OUTCOME_refused);
    assert_int_equal(kept.reason, CUSTODY_REASON_party_unknown);
    assert_string_equal(kept.field, "party");
}

/* The head that this device keeps goes into the next statement, and never back. */
static void seen_is_the_kept_head(void **state)
{
    struct fixture *f = *state;
    struct spool_statement kept;
    struct statement statement;
    const char *field;
    void *memory;
    keep(f, 1);
    assert_int_equal(sync_now(f), CUSTODY_OK);
    open_client(f);
    keep(f, 1);
    assert_int_equal(spool_read(f->client->spool, 2, &kept, &memory, &f->problem), CUSTODY_OK);
    assert_int_equal(statement_parse(kept.statement, &statement, &field), STATEMENT_OK);
    assert_int_equal(statement.header.seen_size, 2);
    assert_true(digest_is_equal(&statement.header.seen_root, &f->client->trust.head.root));
    free(memory);
}

/* Every lie: nothing counts, nothing is kept of it, and the truth afterwards is taken. */
static void lies_are_evidence(void **state)
{
    static const struct {
        enum fakeledger_lie lie;
        enum custody_status status;
    } lies[] = {
        {FAKELEDGER_BAD_INCLUSION, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_BAD_SIGNATURE, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_BAD_CONSISTENCY, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_NO_CONSISTENCY, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_OTHER_HISTORY, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_OTHER_OUTCOME, CUSTODY_ERR_EVIDENCE},
    };
    struct fixture *f = *state;
    keep(f, 3);
    assert_int_equal(sync_now(f), CUSTODY_OK);
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        open_client(f);
        uint64_t size = f->client->trust.head.size;
        keep(f, 1);
        fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = lies[i].lie});
        enum custody_status status = sync_now(f);
        if (status != lies[i].status)
            print_error("lie %d: %s\n", (int)lies[i].lie, custody_status_name(status));
        assert_int_equal(status, lies[i].status);
        assert_true(f->problem.field[0] != '\0' && f->problem.got[0] != '\0');
        assert_int_equal(f->synced.delivered, 0);
        assert_int_equal(f->synced.waiting, 1);
        open_client(f);
        assert_int_equal(f->client->trust.head.size, size);
        fakeledger_set(f->fake, &(struct fakeledger_settings){0});
        assert_int_equal(sync_now(f), CUSTODY_OK);
    }
    expect_each_once(f, 3 + sizeof(lies) / sizeof(lies[0]));
}

static void a_rollback_is_noticed(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 10; i++)
        fakeledger_add_foreign(f->fake);
    keep(f, 3);
    assert_int_equal(sync_now(f), CUSTODY_OK);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_ROLLED_BACK});
    keep(f, 1);
    enum custody_status status = sync_now(f);
    assert_true(status == CUSTODY_ERR_ROLLBACK || status == CUSTODY_ERR_EVIDENCE);
    assert_int_equal(f->synced.delivered, 0);
    assert_int_equal(ask_newest_head(f->client), CUSTODY_ERR_ROLLBACK);
    assert_int_equal(custody_status_exit_code(CUSTODY_ERR_ROLLBACK), 5);
}

/* The ledger grows by others' entries between the receipts of one window: each is proved under the kept head. */
static void the_ledger_rushes_ahead(void **state)
{
    struct fixture *f = *state;
    deliver(f, &(struct fakeledger_settings){.rush = 5});
    struct trust *trust = &f->client->trust;
    for (uint64_t sequence = 1; sequence <= MANY; sequence++) {
        struct spool_statement kept;
        struct evidence_receipt proved;
        Custody__V1__Receipt *receipt;
        void *memory;
        assert_int_equal(spool_read(f->client->spool, sequence, &kept, &memory, &f->problem),
                         CUSTODY_OK);
        assert_int_equal(client_receipt(f->client, sequence, &receipt), CUSTODY_OK);
        assert_int_equal(evidence_check_receipt(&f->client->ledger, receipt, kept.statement,
                                                kept.signature, &proved, &f->problem),
                         CUSTODY_OK);
        assert_true(proved.checkpoint.size <= trust->head.size);
        custody__v1__receipt__free_unpacked(receipt, NULL);
        free(memory);
    }
}

/* Another device signs with a copy of this folder: the ledger says so, and this one stops for good. */
static void a_fork_stops_the_signing(void **state)
{
    struct fixture *f = *state;
    const struct custody_act act = {.act = "pack", .json = "{}"};
    struct custody_kept kept;
    keep(f, 2);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.is_forked = true});
    assert_int_equal(sync_now(f), CUSTODY_OK);
    assert_int_equal(f->synced.delivered, 2); /* what was signed is delivered */
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_ERR_COPIED);
    open_client(f);
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_ERR_COPIED);
    assert_non_null(strstr(custody_client_problem(f->client)->remedy, "new key"));
}

/* Two signed notes that cannot both be true are kept, and a stranger can verify both. */
static void contradicting_notes_are_kept(void **state)
{
    struct fixture *f = *state;
    keep(f, 1);
    assert_int_equal(sync_now(f), CUSTODY_OK);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_OTHER_HISTORY});
    keep(f, 1);
    assert_int_equal(sync_now(f), CUSTODY_ERR_EVIDENCE);
    const char *name = strstr(f->problem.remedy, "evidence-");
    char path[600];
    assert_non_null(name);
    snprintf(path, sizeof(path), "%s/%.17s", f->home, name);
    uint8_t *notes;
    size_t len;
    struct checkpoint first, second;
    assert_int_equal(files_read(path, 1 << 16, &notes, &len, &f->problem), CUSTODY_OK);
    const char *middle = strstr((char *)notes, "\n\nfake.example");
    assert_non_null(middle);
    size_t first_len = (size_t)(middle + 1 - (char *)notes);
    assert_int_equal(
        evidence_check_note(&f->client->ledger, span_of(notes, first_len), &first, &f->problem),
        CUSTODY_OK);
    assert_int_equal(evidence_check_note(&f->client->ledger,
                                         span_of(notes + first_len + 1, len - first_len - 1),
                                         &second, &f->problem),
                     CUSTODY_OK);
    assert_false(digest_is_equal(&first.root, &second.root));
    free(notes);
}

static void progress(void *context, uint64_t done, uint64_t total)
{
    uint64_t *last = context;
    assert_true(done >= *last && done <= total);
    assert_int_equal(total, MANY);
    *last = done;
}

static void progress_is_told(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 0;
    keep(f, MANY);
    assert_int_equal(custody_client_sync(f->client, progress, &last, &f->synced), CUSTODY_OK);
    assert_int_equal(last, MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(to_an_honest_ledger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_are_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(statements_are_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_comes_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_come_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_ledger_is_busy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_of_it_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_client_sends_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_leaves_all_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_listens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(enrolment_is_awaited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_problem_that_was_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_statement_that_is_never_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_is_a_receipt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seen_is_the_kept_head, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lies_are_evidence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rollback_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_ledger_rushes_ahead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fork_stops_the_signing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(contradicting_notes_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(progress_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
