/* test_ask.c: questions: every answer's checkpoint is linked to the kept head, or the answer is none.
 * Never sleeps. */
#include <stdlib.h>
#include <string.h>

#include "client/lib/ask.h"
#include "client/lib/reflect.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

struct fixture {
    struct tempdir dir;
    char home[512];
    struct fakeledger *fake;
    struct custody_client *client;
    struct custody_problem problem;
};

static void open_client(struct fixture *f, int timeout_ms)
{
    const struct custody_options options = {
        .home = f->home, .timeout_ms = timeout_ms, .resend_ms = 60};
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
    for (size_t i = 0; i < 9; i++)
        fakeledger_add_foreign(f->fake);
    fakeledger_home(f->fake, f->home);
    open_client(f, 5000);
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

static enum custody_status show(struct fixture *f, uint64_t number, char **ret)
{
    char request[64];
    snprintf(request, sizeof(request), "{\"entry\":%llu}", (unsigned long long)number);
    return custody_client_ask(f->client, "prove", request, ret);
}

static void the_head_moves_on(void **state)
{
    struct fixture *f = *state;
    char *reply;
    assert_int_equal(f->client->trust.head.size, 0);
    assert_int_equal(custody_client_ask(f->client, "head", NULL, &reply), CUSTODY_OK);
    assert_non_null(strstr(reply, "\"checkpoint\":"));
    free(reply);
    assert_int_equal(f->client->trust.head.size, 10);
    open_client(f, 5000); /* it is on disk */
    assert_int_equal(f->client->trust.head.size, 10);
    fakeledger_add_foreign(f->fake);
    assert_int_equal(show(f, 3, &reply), CUSTODY_OK);
    assert_non_null(strstr(reply, "\"number\":3"));
    free(reply);
    assert_int_equal(f->client->trust.head.size, 11);
}

static void hello_is_linked_too(void **state)
{
    struct fixture *f = *state;
    char *reply;
    assert_int_equal(custody_client_ask(f->client, "hello", NULL, &reply), CUSTODY_OK);
    free(reply);
    assert_int_equal(f->client->trust.head.size, 10);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_OTHER_HISTORY});
    fakeledger_add_foreign(f->fake);
    assert_int_equal(custody_client_ask(f->client, "hello", NULL, &reply), CUSTODY_ERR_EVIDENCE);
}

static void lies(void **state)
{
    static const struct {
        enum fakeledger_lie lie;
        enum custody_status status;
    } rows[] = {
        {FAKELEDGER_BAD_SIGNATURE, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_BAD_CONSISTENCY, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_NO_CONSISTENCY, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_OTHER_HISTORY, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_BAD_INCLUSION, CUSTODY_ERR_EVIDENCE},
        {FAKELEDGER_ROLLED_BACK, CUSTODY_ERR_ROLLBACK},
    };
    struct fixture *f = *state;
    char *reply = NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fakeledger_set(f->fake, &(struct fakeledger_settings){0});
        assert_int_equal(show(f, 1, &reply), CUSTODY_OK);
        free(reply);
        uint64_t size = f->client->trust.head.size;
        fakeledger_add_foreign(f->fake);
        fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = rows[i].lie});
        reply = NULL;
        enum custody_status status = show(f, 1, &reply);
        if (status != rows[i].status)
            print_error("lie %d: %s\n", (int)rows[i].lie, custody_status_name(status));
        assert_int_equal(status, rows[i].status);
        assert_null(reply); /* nothing of such an answer is handed on */
        assert_true(f->client->trust.head.size == size || rows[i].lie == FAKELEDGER_BAD_INCLUSION);
        open_client(f, 5000);
    }
}

static void other_bytes_under_a_leaf(void **state)
{
    struct fixture *f = *state;
    char *reply = NULL;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_BAD_ENTRY});
    assert_int_equal(show(f, 8, &reply), CUSTODY_OK);
    free(reply);
    assert_int_equal(show(f, 9, &reply), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(custody_client_problem(f->client)->field, "bytes");
}

static void a_lawful_no(void **state)
{
    struct fixture *f = *state;
    char *reply = NULL;
    assert_int_equal(show(f, 99, &reply), CUSTODY_ERR_REFUSED);
    const struct custody_problem *problem = custody_client_problem(f->client);
    assert_int_equal(problem->reason, CUSTODY_REASON_not_found);
    assert_string_equal(problem->name, "not_found");
    assert_false(problem->retryable);
    assert_int_equal(custody_outcome_exit_code(problem->outcome), 1);
}

/* What this device has on the ledger is in the answer, or there is none. */
static void readers_that_trail(void **state)
{
    struct fixture *f = *state;
    char *reply = NULL;
    assert_int_equal(custody_client_ask(f->client, "head", NULL, &reply), CUSTODY_OK);
    free(reply);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.behind = 1});
    assert_int_equal(show(f, 3, &reply), CUSTODY_OK);
    free(reply);
    reply = NULL;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.behind = 1000});
    assert_int_equal(show(f, 3, &reply), CUSTODY_ERR_BUSY);
    const struct custody_problem *problem = custody_client_problem(f->client);
    assert_int_equal(problem->reason, CUSTODY_REASON_not_yet);
    assert_true(problem->retryable);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_ROLLED_BACK});
    assert_int_equal(show(f, 3, &reply), CUSTODY_ERR_ROLLBACK);
    assert_null(reply);
}

static void a_no_that_was_cut(void **state)
{
    struct fixture *f = *state;
    char *reply = NULL;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.cuts_problems = true});
    assert_int_equal(show(f, 99, &reply), CUSTODY_ERR_PROTOCOL);
    assert_string_equal(custody_client_problem(f->client)->field, "answer");
}

static void questions_that_are_none(void **state)
{
    struct fixture *f = *state;
    char *reply = NULL;
    assert_int_equal(custody_client_ask(f->client, "weather", NULL, &reply), CUSTODY_ERR_INVALID);
    assert_int_equal(custody_client_ask(f->client, "submit", NULL, &reply), CUSTODY_ERR_INVALID);
    assert_int_equal(custody_client_ask(f->client, "trace", "{\"contaner\":1}", &reply),
                     CUSTODY_ERR_INVALID);
    assert_string_equal(custody_client_problem(f->client)->field, "contaner");
}

static void silence(void **state)
{
    struct fixture *f = *state;
    char *reply = NULL;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.is_silent = true});
    open_client(f, 150);
    assert_int_equal(show(f, 1, &reply), CUSTODY_ERR_TIMEOUT);
    assert_true(custody_client_problem(f->client)->retryable);
}

static void in_bytes(void **state)
{
    struct fixture *f = *state;
    Custody__V1__ProveRequest request = CUSTODY__V1__PROVE_REQUEST__INIT;
    uint8_t packed[64], *bytes = NULL;
    size_t len = 0;
    request.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY;
    request.entry = 4;
    size_t packed_len = custody__v1__prove_request__pack(&request, packed);
    assert_int_equal(custody_client_ask_bytes(f->client, "prove", packed, packed_len, &bytes, &len),
                     CUSTODY_OK);
    Custody__V1__ProveReply *reply = custody__v1__prove_reply__unpack(NULL, len, bytes);
    assert_non_null(reply);
    assert_int_equal(reply->entry->number, 4);
    custody__v1__prove_reply__free_unpacked(reply, NULL);
    free(bytes);
}

/* Two processes in one home: neither puts an older head, or one of another line, in the place of the newest. */
static void two_processes(void **state)
{
    struct fixture *f = *state;
    const struct custody_options options = {.home = f->home, .timeout_ms = 5000};
    struct custody_client *other = NULL;
    char *reply = NULL;
    assert_int_equal(custody_client_open(&options, &other, &f->problem), CUSTODY_OK);
    assert_int_equal(show(f, 1, &reply), CUSTODY_OK); /* 10 */
    free(reply);
    fakeledger_add_foreign(f->fake);
    assert_int_equal(custody_client_ask(other, "head", NULL, &reply), CUSTODY_OK); /* 11 */
    free(reply);
    assert_int_equal(other->trust.head.size, 11);
    custody_client_close(other);
    open_client(f, 5000);
    /* `other` never linked its head to the 10 that the first put there: the file keeps the 10. */
    assert_int_equal(f->client->trust.head.size, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_head_moves_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hello_is_linked_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_bytes_under_a_leaf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lawful_no, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_that_trail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_no_that_was_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(in_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_processes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
