/* test_client.c: keeping: signed, chained, by ref, with texts for the annex, on a device without a network.
 * Never connects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/client.h"
#include "client/lib/files.h"
#include "client/lib/reflect.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

#define NOON INT64_C(1779076800000000)

struct fixture {
    struct tempdir dir;
    char home[512], clock[512];
    struct fakeledger *fake;
    struct custody_client *client;
    struct custody_problem problem;
};

static void set_clock(struct fixture *f, int64_t us)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)us >> 8 * i);
    assert_int_equal(files_replace(f->clock, span_of(bytes, 8), &f->problem), CUSTODY_OK);
}

static void open_client(struct fixture *f)
{
    const struct custody_options options = {
        .home = f->home, .clock_file = f->clock, .timeout_ms = 200};
    custody_client_close(f->client);
    f->client = NULL;
    assert_int_equal(custody_client_open(&options, &f->client, &f->problem), CUSTODY_OK);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "home", f->home, sizeof(f->home));
    tempdir_path(&f->dir, "clock", f->clock, sizeof(f->clock));
    f->fake = fakeledger_create();
    fakeledger_home(f->fake, f->home);
    set_clock(f, NOON);
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

static enum custody_status
keep(struct fixture *f, const char *json, const char *ref, struct custody_kept *ret)
{
    const struct custody_act act = {.act = "pack", .json = json, .ref = ref};
    return custody_client_keep(f->client, &act, ret);
}

static struct statement
read_statement(struct fixture *f, uint64_t sequence, void **ret_memory, struct spool_statement *ret)
{
    struct statement statement;
    const char *field = "";
    assert_int_equal(spool_read(f->client->spool, sequence, ret, ret_memory, &f->problem),
                     CUSTODY_OK);
    assert_int_equal(
        statement_verify(ret->statement, ret->signature, &f->client->origin, &statement, &field),
        STATEMENT_OK);
    return statement;
}

static void signed_and_chained(void **state)
{
    struct fixture *f = *state;
    struct custody_kept first, second;
    struct spool_statement kept;
    void *memory;
    assert_int_equal(keep(f, "{\"place\":\"T1\"}", NULL, &first), CUSTODY_OK);
    assert_int_equal(first.sequence, 1);
    assert_int_equal(first.state, CUSTODY_WAITING);
    set_clock(f, NOON + 5);
    open_client(f);
    assert_int_equal(custody_client_next_sequence(f->client), 2);
    assert_int_equal(keep(f, "{\"place\":\"T2\"}", NULL, &second), CUSTODY_OK);
    struct statement statement = read_statement(f, 2, &memory, &kept);
    assert_int_equal(statement.header.key_sequence, 2);
    assert_memory_equal(statement.header.previous.bytes, first.id, CUSTODY_ID_SIZE);
    assert_memory_equal(statement.id.bytes, second.id, CUSTODY_ID_SIZE);
    assert_int_equal(statement.header.occurred_at_us, NOON + 5);
    assert_int_equal(statement.header.signed_at_us, NOON + 5);
    assert_int_equal(statement.header.act, CUSTODY__V1__ACT__ACT_PACK);
    assert_int_equal(statement.header.clock_quality, CLOCK_DEVICE);
    assert_int_equal(statement.header.seen_size, 0);
    free(memory);
}

static void a_time_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct custody_kept kept;
    struct spool_statement read;
    void *memory;
    const struct custody_act act = {.act = "pack", .json = "{}", .occurred_at_us = NOON - 1000};
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_OK);
    struct statement statement = read_statement(f, 1, &memory, &read);
    assert_int_equal(statement.header.occurred_at_us, NOON - 1000);
    assert_int_equal(statement.header.signed_at_us, NOON);
    free(memory);
}

static void refs_make_it_once(void **state)
{
    struct fixture *f = *state;
    struct custody_kept first, again, other;
    assert_int_equal(keep(f, "{\"place\":\"T1\"}", "HIS-0001", &first), CUSTODY_OK);
    set_clock(f, NOON + 1000000);
    open_client(f);
    assert_int_equal(keep(f, "{\"place\":\"T1\"}", "HIS-0001", &again), CUSTODY_OK);
    assert_true(again.is_again);
    assert_int_equal(again.sequence, 1);
    assert_memory_equal(first.id, again.id, CUSTODY_ID_SIZE);
    assert_int_equal(keep(f, "{\"place\":\"T2\"}", "HIS-0001", &other), CUSTODY_ERR_EXISTS);
    const struct custody_problem *problem = custody_client_problem(f->client);
    assert_string_equal(problem->field, "ref");
    assert_non_null(strstr(problem->got, "HIS-0001"));
    assert_int_equal(keep(f, "{\"place\":\"T2\"}", "HIS-0002", &other), CUSTODY_OK);
    assert_int_equal(other.sequence, 2);
    assert_int_equal(keep(f, "{}", "", &other), CUSTODY_ERR_INVALID);
}

/* The same text under the same ref is the same request, though its salt would be another. */
static void texts_are_salted(void **state)
{
    struct fixture *f = *state;
    const struct custody_text name = {.field = "name_digest", .text = "林芝市人民医院（示例）"};
    const struct custody_text other_name = {.field = "name_digest", .text = "另一家（示例）"};
    struct custody_act act = {.act = "register_party",
                              .json = "{\"party\":\"uscc:A\"}",
                              .ref = "r1",
                              .texts = &name,
                              .text_count = 1};
    struct custody_kept kept;
    struct spool_statement read;
    void *memory;
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_OK);
    struct statement statement = read_statement(f, 1, &memory, &read);
    assert_int_equal(read.record_count, 1);
    assert_int_equal(read.records[0].len, SALT_SIZE + strlen(name.text));
    assert_memory_equal(read.records[0].data + SALT_SIZE, name.text, strlen(name.text));
    struct digest digest = digest_sha256(read.records[0]);
    ProtobufCMessage *body =
        protobuf_c_message_unpack(&custody__v1__register_party_body__descriptor, NULL,
                                  statement.body.len, statement.body.data);
    assert_true(
        span_is_equal(reflect_get_bytes(body, "name_digest"), span_of(digest.bytes, DIGEST_SIZE)));
    assert_null(memmem(statement.bytes.data, statement.bytes.len, name.text, strlen(name.text)));
    reflect_free(body);
    free(memory);
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_OK);
    assert_true(kept.is_again);
    act.texts = &other_name;
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_ERR_EXISTS);
    const struct custody_text lost = {.field = "text_digest", .text = "nowhere to go"};
    act.texts = &lost;
    act.ref = NULL;
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_ERR_INVALID);
    assert_string_equal(custody_client_problem(f->client)->field, "text_digest");
}

static void bodies_as_bytes(void **state)
{
    struct fixture *f = *state;
    uint8_t *body;
    size_t len;
    struct custody_kept kept;
    char *json;
    assert_int_equal(custody_json_to_body("pack", "{\"place\":\"T1\"}", &body, &len, &f->problem),
                     CUSTODY_OK);
    struct custody_act act = {.act = "pack", .body = body, .body_len = len, .ref = "a"};
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_OK);
    assert_int_equal(keep(f, "{\"place\":\"T1\"}", "a", &kept), CUSTODY_OK);
    assert_true(kept.is_again);
    assert_int_equal(custody_json_from_body("pack", body, len, &json, &f->problem), CUSTODY_OK);
    assert_string_equal(json, "{\"place\":\"T1\"}");
    free(json);
    body[0] = 0xff; /* no canonical body */
    act.ref = NULL;
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_ERR_INVALID);
    assert_int_equal(custody_json_from_body("pack", body, len, &json, &f->problem),
                     CUSTODY_ERR_INVALID);
    free(body);
}

static void what_cannot_be_kept(void **state)
{
    struct fixture *f = *state;
    struct custody_kept kept = {.sequence = 77};
    struct custody_act act = {.act = "dance", .json = "{}"};
    char *large = malloc(60000);
    assert_int_equal(custody_client_keep(f->client, &act, &kept), CUSTODY_ERR_INVALID);
    assert_string_equal(custody_client_problem(f->client)->field, "act");
    assert_int_equal(keep(f, "{\"plaice\":1}", NULL, &kept), CUSTODY_ERR_INVALID);
    assert_string_equal(custody_client_problem(f->client)->field, "plaice");
    snprintf(large, 60000, "{\"place\":\"");
    memset(large + 10, 'x', 50000);
    memcpy(large + 50010, "\"}", 3);
    assert_int_equal(keep(f, large, NULL, &kept), CUSTODY_ERR_INVALID);
    assert_string_equal(custody_client_problem(f->client)->field, "body");
    free(large);
    /* more items than one statement may have */
    large = malloc(600 * 4 + 40);
    size_t len = (size_t)snprintf(large, 40, "{\"containers\":[{}");
    for (size_t i = 0; i < 500; i++)
        len += (size_t)snprintf(large + len, 5, ",{}");
    snprintf(large + len, 5, "]}");
    assert_int_equal(keep(f, large, NULL, &kept), CUSTODY_ERR_INVALID);
    free(large);
    assert_int_equal(kept.sequence, 77);
    assert_int_equal(custody_client_next_sequence(f->client), 1);
    assert_int_equal(custody_client_kept(f->client, 1, &kept), CUSTODY_ERR_NOT_FOUND);
}

static void a_missing_clock_signs_nothing(void **state)
{
    struct fixture *f = *state;
    struct custody_kept kept;
    assert_int_equal(files_replace(f->clock, span_text("noon"), &f->problem), CUSTODY_OK);
    assert_int_equal(keep(f, "{}", NULL, &kept), CUSTODY_ERR_INVALID);
    assert_int_equal(custody_client_next_sequence(f->client), 1);
}

static void homes_that_are_not_ready(void **state)
{
    struct fixture *f = *state;
    struct custody_client *client = NULL;
    char path[600];
    struct custody_options options = {.home = f->dir.path};
    assert_int_equal(custody_client_open(&options, &client, &f->problem), CUSTODY_ERR_NOT_FOUND);
    assert_non_null(strstr(f->problem.remedy, "keygen"));
    options.home = f->home;
    snprintf(path, sizeof(path), "%s/ledger", f->home);
    assert_int_equal(remove(path), 0);
    assert_int_equal(custody_client_open(&options, &client, &f->problem), CUSTODY_ERR_NOT_FOUND);
    assert_non_null(strstr(f->problem.remedy, "enrol"));
    assert_null(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signed_and_chained, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_time_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refs_make_it_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_salted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_as_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_clock_signs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(homes_that_are_not_ready, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
