/* test_enrolment.c: invitations, requests and cards, from both sides.
 * Never gives a role: the ledger in memory records whatever is signed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/enrolment.h"
#include "client/lib/files.h"
#include "client/lib/reflect.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

#define UNTIL INT64_C(1779638400000000)

struct fixture {
    struct tempdir dir;
    char admin_home[512], home[512], invitation[512], request[512], card[512];
    struct fakeledger *fake;
    struct custody_client *admin;
    struct custody_problem problem;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "admin", f->admin_home, sizeof(f->admin_home));
    tempdir_path(&f->dir, "home", f->home, sizeof(f->home));
    tempdir_path(&f->dir, "invitation", f->invitation, sizeof(f->invitation));
    tempdir_path(&f->dir, "request", f->request, sizeof(f->request));
    tempdir_path(&f->dir, "card", f->card, sizeof(f->card));
    f->fake = fakeledger_create();
    fakeledger_home(f->fake, f->admin_home);
    const struct custody_options options = {.home = f->admin_home, .timeout_ms = 5000};
    assert_int_equal(custody_client_open(&options, &f->admin, &f->problem), CUSTODY_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    custody_client_close(f->admin);
    fakeledger_destroy(f->fake);
    tempdir_destroy(&f->dir);
    free(f);
    return 0;
}

static Custody__V1__EnrolKeyBody *
read_body(struct custody_client *client, uint64_t sequence, struct statement *ret)
{
    struct spool_statement kept;
    const char *field;
    void *memory;
    assert_int_equal(spool_read(client->spool, sequence, &kept, &memory, &client->problem),
                     CUSTODY_OK);
    assert_int_equal(statement_parse(kept.statement, ret, &field), STATEMENT_OK);
    Custody__V1__EnrolKeyBody *body =
        custody__v1__enrol_key_body__unpack(NULL, ret->body.len, ret->body.data);
    assert_non_null(body);
    free(memory);
    return body;
}

static struct custody_kept invite(struct fixture *f)
{
    struct card card = {
        .party = "uscc:CLINIC",
        .role_count = 2,
        .roles = {CUSTODY__V1__ROLE__ROLE_DRIVER, CUSTODY__V1__ROLE__ROLE_GENERATOR},
        .until_us = UNTIL};
    struct custody_kept kept;
    struct custody_synced synced;
    assert_int_equal(enrolment_invite(f->admin, &card, f->invitation, &kept), CUSTODY_OK);
    assert_int_equal(card.role_count, 0); /* wiped */
    assert_int_equal(custody_client_sync(f->admin, NULL, NULL, &synced), CUSTODY_OK);
    return kept;
}

static struct custody_options options_of(struct fixture *f, int timeout_ms)
{
    return (struct custody_options){.home = f->home, .timeout_ms = timeout_ms, .resend_ms = 60};
}

static void an_invitation(void **state)
{
    struct fixture *f = *state;
    struct stat status;
    struct card card;
    struct statement statement;
    struct custody_kept kept = invite(f);
    assert_int_equal(stat(f->invitation, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(card_read(f->invitation, CARD_INVITATION, &card, &f->problem), CUSTODY_OK);
    struct identity one_time;
    assert_int_equal(identity_from_seed(card.seed, card.curve_secret, &one_time, &f->problem),
                     CUSTODY_OK);
    assert_memory_equal(one_time.curve_public, card.curve_public, CARD_KEY_SIZE);
    Custody__V1__EnrolKeyBody *body = read_body(f->admin, kept.sequence, &statement);
    assert_memory_equal(body->key.data, one_time.public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(body->curve_key.data, one_time.curve_public, CARD_KEY_SIZE);
    assert_string_equal(body->party, "uscc:CLINIC");
    assert_int_equal(body->n_roles, 1);
    assert_int_equal(body->roles[0], CUSTODY__V1__ROLE__ROLE_INVITED);
    assert_int_equal(body->n_invited_roles, 2);
    assert_int_equal(body->effective_until, UNTIL);
    custody__v1__enrol_key_body__free_unpacked(body, NULL);
    identity_done(&one_time);
    card_wipe(&card);
}

static void a_file_is_not_overwritten(void **state)
{
    struct fixture *f = *state;
    struct card card = {.party = "uscc:CLINIC",
                        .role_count = 1,
                        .roles = {CUSTODY__V1__ROLE__ROLE_DRIVER},
                        .until_us = UNTIL};
    struct custody_kept kept;
    invite(f);
    assert_int_equal(enrolment_invite(f->admin, &card, f->invitation, &kept), CUSTODY_ERR_EXISTS);
    assert_int_equal(custody_client_next_sequence(f->admin), 2); /* and nothing was signed */
}

static void taken_up(void **state)
{
    struct fixture *f = *state;
    struct custody_client *client = NULL;
    struct custody_options options = options_of(f, 5000);
    struct card card;
    invite(f);
    assert_int_equal(card_read(f->invitation, CARD_INVITATION, &card, &f->problem), CUSTODY_OK);
    assert_int_equal(custody_enrol(&options, f->invitation, &f->problem), CUSTODY_OK);
    assert_int_equal(custody_client_open(&options, &client, &f->problem), CUSTODY_OK);
    assert_string_equal(client->card.party, "uscc:CLINIC");
    assert_int_equal(client->card.role_count, 2);
    assert_int_equal(client->trust.head.size, 3);
    assert_int_equal(custody_client_next_sequence(client), 1);
    custody_client_close(client);
    char path[600];
    snprintf(path, sizeof(path), "%s/enrolment", f->home);
    assert_int_not_equal(access(path, F_OK), 0);
    /* The secrets of the invitation did not find their way into the home. */
    uint8_t *bytes;
    size_t len;
    snprintf(path, sizeof(path), "%s/ledger", f->home);
    assert_int_equal(files_read(path, 8192, &bytes, &len, &f->problem), CUSTODY_OK);
    assert_null(memmem(bytes, len, "seed", 4));
    free(bytes);
    card_wipe(&card);
}

static void a_lost_answer_is_asked_again(void **state)
{
    struct fixture *f = *state;
    struct custody_options options = options_of(f, 200);
    invite(f);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.drop_every = 1});
    assert_int_equal(custody_enrol(&options, f->invitation, &f->problem), CUSTODY_ERR_TIMEOUT);
    size_t entries = fakeledger_count(f->fake, NULL);
    fakeledger_set(f->fake, &(struct fakeledger_settings){0});
    options.timeout_ms = 5000;
    assert_int_equal(custody_enrol(&options, f->invitation, &f->problem), CUSTODY_OK);
    assert_int_equal(fakeledger_count(f->fake, NULL), entries); /* the same statement */
}

static void a_spent_invitation(void **state)
{
    struct fixture *f = *state;
    struct custody_options options = options_of(f, 5000);
    struct custody_client *client = NULL;
    invite(f);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.refuse = 1});
    assert_int_equal(custody_enrol(&options, f->invitation, &f->problem), CUSTODY_ERR_REFUSED);
    assert_int_equal(f->problem.outcome, CUSTODY_OUTCOME_refused);
    assert_int_equal(custody_client_open(&options, &client, &f->problem), CUSTODY_ERR_NOT_FOUND);
}

static void a_lying_ledger_enrols_nobody(void **state)
{
    struct fixture *f = *state;
    struct custody_options options = options_of(f, 5000);
    struct custody_client *client = NULL;
    invite(f);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_BAD_SIGNATURE});
    assert_int_equal(custody_enrol(&options, f->invitation, &f->problem), CUSTODY_ERR_EVIDENCE);
    assert_int_equal(custody_client_open(&options, &client, &f->problem), CUSTODY_ERR_NOT_FOUND);
}

static void sponsored_without_a_network(void **state)
{
    struct fixture *f = *state;
    struct custody_kept kept;
    struct custody_client *client = NULL;
    struct custody_options options = options_of(f, 5000);
    struct statement statement;
    const struct custody_act act = {.act = "pack", .json = "{}"};
    assert_int_equal(
        custody_enrol_request(f->home, "uscc:VILLAGE", "generator", f->request, &f->problem),
        CUSTODY_OK);
    assert_int_equal(enrolment_sponsor(f->admin, f->request, f->card, UNTIL, "village-7", &kept),
                     CUSTODY_OK);
    assert_int_equal(fakeledger_arrivals(f->fake), 0);
    assert_int_equal(custody_client_open(&options, &client, &f->problem), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(custody_enrol_card(f->home, f->card, &f->problem), CUSTODY_OK);
    assert_int_equal(custody_client_open(&options, &client, &f->problem), CUSTODY_OK);
    Custody__V1__EnrolKeyBody *body = read_body(f->admin, kept.sequence, &statement);
    assert_memory_equal(body->key.data, client->identity.public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(body->curve_key.data, client->identity.curve_public, CARD_KEY_SIZE);
    assert_int_equal(body->roles[0], CUSTODY__V1__ROLE__ROLE_GENERATOR);
    assert_int_equal(body->effective_until, UNTIL);
    custody__v1__enrol_key_body__free_unpacked(body, NULL);
    assert_string_equal(client->card.party, "uscc:VILLAGE");
    /* The new device signs at once. */
    assert_int_equal(custody_client_keep(client, &act, &kept), CUSTODY_OK);
    assert_int_equal(kept.sequence, 1);
    custody_client_close(client);
}

static void a_home_stays_with_its_ledger(void **state)
{
    struct fixture *f = *state;
    struct card card;
    char text[CARD_FILE_MAX];
    fakeledger_card(f->fake, &card);
    memcpy(card.origin, "other.example/ledger", sizeof("other.example/ledger"));
    size_t len = card_write(&card, text);
    assert_int_equal(files_replace(f->card, span_of(text, len), &f->problem), CUSTODY_OK);
    assert_int_equal(custody_enrol_card(f->admin_home, f->card, &f->problem), CUSTODY_ERR_EXISTS);
    assert_string_equal(f->problem.field, "ledger");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_invitation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_not_overwritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(taken_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_answer_is_asked_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_spent_invitation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lying_ledger_enrols_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sponsored_without_a_network, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_home_stays_with_its_ledger, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
