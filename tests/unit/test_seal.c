/* test_seal.c: what a passphrase sealed opens with that passphrase alone, whole and in order. */
#include <string.h>

#include "proto/bytes.h"
#include "proto/digest.h"
#include "daemon/ledger/seal.h"
#include "tests/lib/check.h"

static uint8_t head[SEAL_HEAD], pieces[3][64];
static const char *const texts[3] = {"one", "", "the third and last"};

static size_t sealed_len(int i)
{
    return strlen(texts[i]) + SEAL_OVERHEAD;
}

static int setup(void **state)
{
    (void)state;
    struct seal *seal = NULL;
    digest_init();
    assert_int_equal(seal_create(span_text("pass"), true, head, &seal), CUSTODY_OK);
    for (int i = 0; i < 3; i++) {
        seal_push(seal, span_text(texts[i]), i == 2, pieces[i]);
    }
    seal_done(&seal);
    assert_null(seal);
    seal_done(&seal);
    return 0;
}

static void it_opens_in_its_order(void **state)
{
    (void)state;
    struct seal *seal = NULL;
    uint8_t plain[64];
    assert_int_equal(seal_open(span_text("pass"), head, &seal), CUSTODY_OK);
    for (int i = 0; i < 3; i++) {
        bool is_last = i != 2;
        assert_int_equal(seal_pull(seal, span_of(pieces[i], sealed_len(i)), plain, &is_last),
                         CUSTODY_OK);
        assert_memory_equal(plain, texts[i], strlen(texts[i]));
        assert_int_equal(is_last, i == 2);
    }
    seal_done(&seal);
}

static enum custody_status first_of(const char *passphrase, int piece, size_t len)
{
    struct seal *seal = NULL;
    uint8_t plain[64];
    bool is_last;
    enum custody_status status = seal_open(span_text(passphrase), head, &seal);
    if (status == CUSTODY_OK) {
        status = seal_pull(seal, span_of(pieces[piece], len), plain, &is_last);
    }
    seal_done(&seal);
    return status;
}

static void anything_else_does_not(void **state)
{
    (void)state;
    assert_int_equal(first_of("pass", 0, sealed_len(0)), CUSTODY_OK);
    assert_int_equal(first_of("pas", 0, sealed_len(0)), CUSTODY_ERR_EVIDENCE);
    assert_int_equal(first_of("pass", 1, sealed_len(1)), CUSTODY_ERR_EVIDENCE);
    assert_int_equal(first_of("pass", 0, sealed_len(0) - 1), CUSTODY_ERR_EVIDENCE);
    assert_int_equal(first_of("pass", 0, 3), CUSTODY_ERR_EVIDENCE);
    pieces[0][2] ^= 1;
    assert_int_equal(first_of("pass", 0, sealed_len(0)), CUSTODY_ERR_EVIDENCE);
    pieces[0][2] ^= 1;
    head[30] ^= 1; /* the salt */
    assert_int_equal(first_of("pass", 0, sealed_len(0)), CUSTODY_ERR_EVIDENCE);
    head[30] ^= 1;
}

/* Whoever wrote the head must not make us spend all memory, or none. */
static void a_cost_that_cannot_be_is_refused(void **state)
{
    (void)state;
    bytes_put_u64(head + 16, (uint64_t)SEAL_MEMORY_MAX + 1);
    assert_int_equal(first_of("pass", 0, sealed_len(0)), CUSTODY_ERR_CORRUPT);
    bytes_put_u64(head + 16, 1);
    assert_int_equal(first_of("pass", 0, sealed_len(0)), CUSTODY_ERR_CORRUPT);
    setup(NULL);
    bytes_put_u64(head + 8, UINT64_MAX);
    assert_int_equal(first_of("pass", 0, sealed_len(0)), CUSTODY_ERR_CORRUPT);
    setup(NULL);
    head[0] = 'C';
    assert_int_equal(first_of("pass", 0, sealed_len(0)), CUSTODY_ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_opens_in_its_order, setup),
        cmocka_unit_test_setup(anything_else_does_not, setup),
        cmocka_unit_test_setup(a_cost_that_cannot_be_is_refused, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
