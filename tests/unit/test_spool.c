/* test_spool.c: what this device has signed: durable, in its chain, torn and damaged, by ref, with its answers.
 * Never connects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/spool.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

enum { BODY_SIZE = 40 };

struct fixture {
    struct tempdir dir;
    char folder[512];
    uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    struct custody_problem problem;
};

static int set_up(void **state)
{
    static const uint8_t seed[SEED_SIZE] = {9};
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "spool", f->folder, sizeof(f->folder));
    digest_init();
    digest_key_from_seed(seed, f->key, f->secret);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tempdir_destroy(&f->dir);
    free(f);
    return 0;
}

static struct spool *open_spool(struct fixture *f)
{
    struct spool *spool = NULL;
    assert_int_equal(spool_open(f->folder, f->key, 0, &spool, &f->problem), CUSTODY_OK);
    return spool;
}

/* A statement that would be the next of the chain. `memory` holds its bytes. */
static struct spool_statement make(struct fixture *f,
                                   const struct spool *spool,
                                   const char *ref,
                                   uint8_t memory[static STATEMENT_HEADER_SIZE + BODY_SIZE])
{
    struct statement_header header = {
        .act = 65,
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = spool_next_sequence(spool),
        .occurred_at_us = INT64_C(1779033600000000),
        .signed_at_us = INT64_C(1779033600000000),
        .previous = spool_last_id(spool),
    };
    memcpy(header.key, f->key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, memory);
    memset(memory + STATEMENT_HEADER_SIZE, 'b', BODY_SIZE);
    struct spool_statement ret = {.sequence = header.key_sequence,
                                  .kept_at_us = 5,
                                  .statement = span_of(memory, STATEMENT_HEADER_SIZE + BODY_SIZE),
                                  .ref = span_text(ref),
                                  .content = digest_sha256(span_text(ref)),
                                  .record_count = 2,
                                  .records = {span_text("salted record"), span_text("second")}};
    digest_sign(ret.signature, ret.statement, f->secret);
    return ret;
}

static void keep(struct fixture *f, struct spool *spool, const char *ref)
{
    uint8_t memory[STATEMENT_HEADER_SIZE + BODY_SIZE];
    struct spool_statement statement = make(f, spool, ref, memory);
    assert_int_equal(spool_append(spool, &statement, &f->problem), CUSTODY_OK);
}

static void
answer(struct fixture *f, struct spool *spool, uint64_t sequence, const char *text, bool is_receipt)
{
    const struct spool_answer given = {.sequence = sequence,
                                       .id = spool_item(spool, sequence)->id,
                                       .at_us = 6,
                                       .bytes = span_text(text)};
    assert_int_equal(is_receipt ? spool_add_receipts(spool, &given, 1, &f->problem)
                                : spool_set_aside(spool, &given, &f->problem),
                     CUSTODY_OK);
}

static void goes_on_where_it_was(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    struct digest last;
    assert_int_equal(spool_next_sequence(spool), 1);
    last = spool_last_id(spool);
    assert_true(digest_is_zero(&last));
    keep(f, spool, "a");
    keep(f, spool, "b");
    last = spool_last_id(spool);
    spool_close(spool);
    spool = open_spool(f);
    assert_int_equal(spool_next_sequence(spool), 3);
    struct digest again = spool_last_id(spool);
    assert_true(digest_is_equal(&last, &again));
    assert_int_equal(spool_count_waiting(spool), 2);
    keep(f, spool, "c");
    spool_close(spool);
}

static void reads_the_same_bytes(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    uint8_t memory[STATEMENT_HEADER_SIZE + BODY_SIZE];
    struct spool_statement kept = make(f, spool, "ref 1", memory), read;
    void *read_memory = NULL;
    assert_int_equal(spool_append(spool, &kept, &f->problem), CUSTODY_OK);
    spool_close(spool);
    spool = open_spool(f);
    assert_int_equal(spool_read(spool, 1, &read, &read_memory, &f->problem), CUSTODY_OK);
    assert_true(span_is_equal(read.statement, kept.statement));
    assert_memory_equal(read.signature, kept.signature, SIGNATURE_SIZE);
    assert_true(span_is_equal(read.ref, kept.ref));
    assert_int_equal(read.record_count, 2);
    assert_true(span_is_equal(read.records[0], span_text("salted record")));
    assert_true(span_is_equal(read.records[1], span_text("second")));
    assert_int_equal(spool_read(spool, 2, &read, &read_memory, &f->problem), CUSTODY_ERR_NOT_FOUND);
    free(read_memory);
    spool_close(spool);
}

static void only_the_next_is_taken(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    uint8_t memory[STATEMENT_HEADER_SIZE + BODY_SIZE];
    struct spool_statement statement = make(f, spool, "a", memory);
    assert_int_equal(spool_append(spool, &statement, &f->problem), CUSTODY_OK);
    assert_int_equal(spool_append(spool, &statement, &f->problem), CUSTODY_ERR_INVALID);
    statement = make(f, spool, "b", memory);
    memory[120] ^= 1; /* another key */
    assert_int_equal(spool_append(spool, &statement, &f->problem), CUSTODY_ERR_INVALID);
    memory[120] ^= 1;
    memory[152] ^= 1; /* another previous */
    assert_int_equal(spool_append(spool, &statement, &f->problem), CUSTODY_ERR_INVALID);
    assert_int_equal(spool_count(spool), 1);
    spool_close(spool);
}

static void refs(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    struct digest a = digest_sha256(span_text("a")), b = digest_sha256(span_text("b"));
    bool is_same = false;
    keep(f, spool, "a");
    keep(f, spool, "");
    keep(f, spool, "b");
    spool_close(spool);
    spool = open_spool(f);
    assert_int_equal(spool_find_ref(spool, span_text("b"), &b, &is_same), 3);
    assert_true(is_same);
    assert_int_equal(spool_find_ref(spool, span_text("b"), &a, &is_same), 3);
    assert_false(is_same);
    assert_int_equal(spool_find_ref(spool, span_text("c"), &a, &is_same), 0);
    assert_int_equal(spool_find_ref(spool, span_text(""), &a, &is_same), 0);
    spool_close(spool);
}

static void ids_by_their_start(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    char hex[2 * DIGEST_SIZE + 1];
    size_t count;
    keep(f, spool, "a");
    keep(f, spool, "b");
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", spool_item(spool, 2)->id.bytes[i]);
    assert_int_equal(spool_find_id(spool, span_of(hex, 64), &count), 2);
    assert_int_equal(spool_find_id(spool, span_of(hex, 8), &count), 2);
    assert_int_equal(spool_find_id(spool, span_of(hex, 0), &count), 0);
    assert_int_equal(spool_find_id(spool, span_text("zz"), &count), 0);
    assert_int_equal(count, 0);
    spool_close(spool);
}

static void answers_stay(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    struct spool_answer read;
    void *memory;
    for (size_t i = 0; i < 4; i++)
        keep(f, spool, "");
    answer(f, spool, 1, "receipt one", true);
    answer(f, spool, 3, "receipt three", true);
    answer(f, spool, 2, "never", false);
    answer(f, spool, 1, "receipt one again", true); /* left out */
    spool_close(spool);
    spool = open_spool(f);
    assert_int_equal(spool_count_waiting(spool), 1);
    assert_int_equal(spool_item(spool, 1)->state, CUSTODY_ON_LEDGER);
    assert_int_equal(spool_item(spool, 2)->state, CUSTODY_SET_ASIDE);
    assert_int_equal(spool_item(spool, 4)->state, CUSTODY_WAITING);
    assert_int_equal(spool_read_answer(spool, 1, &read, &memory, &f->problem), CUSTODY_OK);
    assert_true(span_is_equal(read.bytes, span_text("receipt one")));
    free(memory);
    assert_int_equal(spool_read_answer(spool, 2, &read, &memory, &f->problem), CUSTODY_OK);
    assert_true(span_is_equal(read.bytes, span_text("never")));
    free(memory);
    assert_int_equal(spool_read_answer(spool, 4, &read, &memory, &f->problem),
                     CUSTODY_ERR_NOT_FOUND);
    spool_close(spool);
}

/* A successor's receipts take the place of the lost ledger's, also when the files are read again. */
static void receipts_are_renewed(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    struct spool_answer read, given[3];
    void *memory;
    for (size_t i = 0; i < 3; i++)
        keep(f, spool, "");
    answer(f, spool, 1, "of the lost one", true);
    answer(f, spool, 2, "never", false);
    for (uint64_t i = 0; i < 3; i++)
        given[i] = (struct spool_answer){.sequence = i + 1,
                                         .id = spool_item(spool, i + 1)->id,
                                         .at_us = 7,
                                         .bytes = span_text(i == 0 ? "of the successor" : "new")};
    assert_int_equal(spool_renew_receipts(spool, given, 3, &f->problem), CUSTODY_OK);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(spool_count_waiting(spool), 0);
        assert_int_equal(spool_read_answer(spool, 1, &read, &memory, &f->problem), CUSTODY_OK);
        assert_true(span_is_equal(read.bytes, span_text("of the successor")));
        free(memory);
        assert_int_equal(spool_item(spool, 2)->state, CUSTODY_SET_ASIDE);
        assert_int_equal(spool_item(spool, 3)->state, CUSTODY_ON_LEDGER);
        spool_close(spool);
        spool = open_spool(f);
    }
    spool_close(spool);
}

/* Receipts for statements that are not there: somebody put back yesterday's file. */
static void older_statements_are_noticed(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    char path[600];
    uint8_t *yesterday;
    size_t len;
    snprintf(path, sizeof(path), "%s/statements", f->folder);
    keep(f, spool, "");
    assert_int_equal(files_read(path, 1 << 20, &yesterday, &len, &f->problem), CUSTODY_OK);
    keep(f, spool, "");
    answer(f, spool, 2, "receipt", true);
    spool_close(spool);
    FILE *file = fopen(path, "r+b");
    assert_int_equal(ftruncate(fileno(file), (off_t)len), 0);
    assert_int_equal(fclose(file), 0);
    free(yesterday);
    assert_int_equal(spool_open(f->folder, f->key, 0, &spool, &f->problem), CUSTODY_ERR_CORRUPT);
}

static void torn_statement_was_never_kept(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    struct stat before, after;
    char path[600];
    snprintf(path, sizeof(path), "%s/statements", f->folder);
    keep(f, spool, "a");
    assert_int_equal(stat(path, &before), 0);
    keep(f, spool, "b");
    assert_int_equal(stat(path, &after), 0);
    spool_close(spool);
    for (off_t cut = after.st_size - 1; cut >= before.st_size; cut -= 7) {
        assert_int_equal(truncate(path, cut), 0);
        spool = open_spool(f);
        assert_int_equal(spool_count(spool), 1);
        assert_int_equal(spool_was_torn(spool), cut > before.st_size);
        keep(f, spool, "b");
        spool_close(spool);
    }
}

static void a_copied_folder_does_not_sign(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    char path[600], copy[600];
    uint8_t memory[STATEMENT_HEADER_SIZE + BODY_SIZE], *bytes;
    size_t len;
    keep(f, spool, "a");
    spool_close(spool);
    snprintf(path, sizeof(path), "%s/statements", f->folder);
    snprintf(copy, sizeof(copy), "%s/copy", f->folder);
    assert_int_equal(files_read(path, 1 << 20, &bytes, &len, &f->problem), CUSTODY_OK);
    assert_int_equal(files_create(copy, span_of(bytes, len), &f->problem), CUSTODY_OK);
    assert_int_equal(rename(copy, path), 0);
    free(bytes);
    spool = open_spool(f);
    assert_false(spool_may_sign(spool));
    struct spool_statement statement = make(f, spool, "b", memory);
    assert_int_equal(spool_append(spool, &statement, &f->problem), CUSTODY_ERR_COPIED);
    assert_int_equal(spool_count_waiting(spool), 1); /* what is there may still be sent */
    spool_close(spool);
}

static void one_process_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f), *other = NULL;
    assert_int_equal(spool_open(f->folder, f->key, 0, &other, &f->problem), CUSTODY_ERR_BUSY);
    spool_close(spool);
    spool = open_spool(f);
    spool_close(spool);
}

static void an_entered_folder_is_refused(void **state)
{
    struct fixture *f = *state;
    struct spool *spool = open_spool(f);
    spool_close(spool);
    assert_int_equal(chmod(f->folder, 0750), 0);
    assert_int_equal(spool_open(f->folder, f->key, 0, &spool, &f->problem), CUSTODY_ERR_PERMISSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_on_where_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_the_same_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_next_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_by_their_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(receipts_are_renewed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(older_statements_are_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(torn_statement_was_never_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copied_folder_does_not_sign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_process_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_entered_folder_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
