/* test_device.c: the files of a device after a disk changed a bit of them or lost their end (DESIGN 7, TLOG 4.4 F6): what is handed out is what
 * was kept, byte for byte, or there is an error; a file that was cut off gives the first of its statements and goes on.
 * Never copies a file: a spool that was copied does not sign, which is another test's matter. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/client.h"
#include "client/lib/spool.h"
#include "tests/fault/campaign.h"
#include "tests/fault/disk.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

enum {
    STATEMENTS = 6,
    RECEIPTS = 4,
    WAITING = STATEMENTS - RECEIPTS - 1,
    BODY_SIZE = 60,
    ROOM = STATEMENT_HEADER_SIZE + BODY_SIZE,
    TRIES = 150,
    FOLLOWED = 5
};

/* ---- a file in place ---- */

struct held {
    char path[512];
    uint8_t *bytes;
    size_t len;
};

static void hold(struct held *file, const char *folder, const char *name)
{
    snprintf(file->path, sizeof file->path, "%s/%s", folder, name);
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    file->len = (size_t)info.st_size;
    file->bytes = malloc(file->len);
    assert_non_null(file->bytes);
    assert_int_equal(read(fd, file->bytes, file->len), file->len);
    close(fd);
}

/* In place: it stays the same file, with the first `len` bytes of what it held. */
static void lay_down(const struct held *file, size_t len)
{
    int fd = open(file->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, file->bytes, len, 0), len);
    assert_int_equal(ftruncate(fd, (off_t)len), 0);
    close(fd);
}

static void flip(struct held *file, uint64_t bit)
{
    file->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
}

/* ---- the spool ---- */

struct kept {
    uint8_t statement[ROOM];
    uint8_t answer[32];
    size_t answer_len; /* 0: it waits */
};

static struct tempdir dir;
static char folder[512];
static uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
static struct kept all[STATEMENTS + 1]; /* one more, to go on with */
static struct held files[3];
static struct dice dice;

static void keep(struct spool *spool, struct kept *kept)
{
    struct custody_problem problem;
    struct statement_header header = {
        .act = 65,
        .clock_quality = CLOCK_SYNCHRONISED,
        .key_sequence = spool_next_sequence(spool),
        .occurred_at_us = INT64_C(1779033600000000),
        .signed_at_us = INT64_C(1779033600000000),
        .previous = spool_last_id(spool),
    };
    memcpy(header.key, key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, kept->statement);
    memset(kept->statement + STATEMENT_HEADER_SIZE, 'b', BODY_SIZE);
    struct spool_statement statement = {.sequence = header.key_sequence,
                                        .kept_at_us = 5,
                                        .statement = span_of(kept->statement, ROOM),
                                        .ref = span_text("ref"),
                                        .record_count = 1,
                                        .records = {span_text("salted record")}};
    digest_sign(statement.signature, statement.statement, secret);
    assert_int_equal(spool_append(spool, &statement, &problem), CUSTODY_OK);
}

static void answer(struct spool *spool, uint64_t sequence)
{
    struct custody_problem problem;
    struct kept *kept = &all[sequence - 1];
    kept->answer_len = (size_t)snprintf((char *)kept->answer, sizeof kept->answer,
                                        "the answer to %u", (unsigned)sequence);
    const struct spool_answer given = {.sequence = sequence,
                                       .id = spool_item(spool, sequence)->id,
                                       .at_us = 6,
                                       .bytes = span_of(kept->answer, kept->answer_len)};
    assert_int_equal(sequence <= RECEIPTS ? spool_add_receipts(spool, &given, 1, &problem)
                                          : spool_set_aside(spool, &given, &problem),
                     CUSTODY_OK);
}

static int make_spool(void **state)
{
    static const char *const names[] = {"statements", "receipts", "set-aside"};
    struct spool *spool = NULL;
    struct custody_problem problem;
    const uint8_t seed[SEED_SIZE] = {3};
    (void)state;
    dice_init(&dice, dice_seed());
    tempdir_create(&dir);
    tempdir_path(&dir, "spool", folder, sizeof folder);
    digest_key_from_seed(seed, key, secret);
    memset(all, 0, sizeof all);
    assert_int_equal(spool_open(folder, key, 0, &spool, &problem), CUSTODY_OK);
    for (size_t i = 0; i < STATEMENTS; i++)
        keep(spool, &all[i]);
    for (uint64_t i = 1; i <= RECEIPTS + 1; i++)
        answer(spool, i);
    spool_close(spool);
    for (size_t i = 0; i < 3; i++)
        hold(&files[i], folder, names[i]);
    return 0;
}

static int drop_spool(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        free(files[i].bytes);
    tempdir_destroy(&dir);
    return 0;
}

struct tally {
    unsigned tried, refused, whole, errors, cut;
};

/* Whatever it hands out was kept like that. Counts what it would not hand out. */
static unsigned read_everything(struct spool *spool, uint64_t count)
{
    unsigned errors = 0;
    for (uint64_t i = 1; i <= count; i++) {
        struct custody_problem problem;
        struct spool_statement statement;
        struct spool_answer given;
        const struct kept *kept = &all[i - 1];
        void *memory = NULL;
        if (spool_read(spool, i, &statement, &memory, &problem) == CUSTODY_OK) {
            assert_int_equal(statement.statement.len, ROOM);
            assert_memory_equal(statement.statement.data, kept->statement, ROOM);
            free(memory);
        } else {
            errors++;
        }
        memory = NULL;
        if (spool_item(spool, i)->state == CUSTODY_WAITING)
            continue;
        if (spool_read_answer(spool, i, &given, &memory, &problem) == CUSTODY_OK) {
            assert_true(span_is_equal(given.bytes, span_of(kept->answer, kept->answer_len)));
            free(memory);
        } else {
            errors++;
        }
    }
    return errors;
}

/* Opens the hurt spool, reads it all, and goes on with it; then everything is laid down as it was. */
static void try_spool(struct tally *tally, bool may_be_shorter)
{
    struct custody_problem problem = {0};
    struct spool *spool = NULL;
    enum custody_status status = spool_open(folder, key, 0, &spool, &problem);
    tally->tried++;
    if (status == CUSTODY_OK) {
        uint64_t count = spool_count(spool);
        assert_true(count == STATEMENTS || (may_be_shorter && count < STATEMENTS));
        unsigned errors = read_everything(spool, count);
        tally->errors += errors > 0;
        /* An answer that was cut off is asked for again. */
        bool is_shorter = count < STATEMENTS || spool_count_waiting(spool) > WAITING;
        tally->whole += errors == 0 && !is_shorter;
        tally->cut += is_shorter;
        struct kept another = {0};
        if (spool_may_sign(spool)) {
            keep(spool, &another);
            assert_int_equal(spool_next_sequence(spool), count + 2);
        }
        spool_close(spool);
    } else {
        assert_true(problem.status == status && problem.field[0] != 0);
        tally->refused++;
    }
    for (size_t i = 0; i < 3; i++)
        lay_down(&files[i], files[i].len);
}

static void report(const char *what, const struct tally *tally)
{
    printf("# spool, %s: %u tried, served wrong 0; refused %u, errors instead %u, shorter %u, as "
           "before %u\n",
           what, tally->tried, tally->refused, tally->errors, tally->cut, tally->whole);
}

static void a_bit_of_the_spool(void **state)
{
    (void)state;
    uint64_t wanted = campaign_wanted(TRIES);
    struct tally tally = {0};
    for (size_t i = 0; i < 3; i++) {
        uint64_t bits = 8 * (uint64_t)files[i].len;
        for (uint64_t tried = 0; tried < wanted && tried < bits; tried++) {
            uint64_t bit = wanted >= bits ? tried : dice_below(&dice, bits);
            flip(&files[i], bit);
            lay_down(&files[i], files[i].len);
            flip(&files[i], bit);
            try_spool(&tally, false);
        }
    }
    report("bits flipped", &tally);
    assert_int_equal(tally.whole, 0);
}

static void the_end_of_the_spool(void **state)
{
    (void)state;
    uint64_t wanted = campaign_wanted(TRIES);
    struct tally tally = {0};
    for (size_t i = 0; i < 3; i++) {
        for (uint64_t tried = 0; tried < wanted && tried < files[i].len; tried++) {
            lay_down(&files[i], wanted >= files[i].len ? tried : dice_below(&dice, files[i].len));
            try_spool(&tally, true);
        }
    }
    report("cut off", &tally);
    assert_true(tally.cut > 0 && tally.refused > 0 && tally.whole == 0);
}

/* ---- the other files of a home ---- */

static struct fakeledger *fake;
static char home[512];
static uint8_t public_key[PUBLIC_KEY_SIZE];

static struct custody_client *open_client(enum custody_status *ret)
{
    struct custody_problem problem = {0};
    struct custody_client *client = NULL;
    const struct custody_options options = {.home = home, .timeout_ms = 20000, .resend_ms = 2000};
    *ret = custody_client_open(&options, &client, &problem);
    if (*ret != CUSTODY_OK)
        assert_true(problem.status == *ret);
    return client;
}

static enum custody_status pass(void *context, uint64_t number, const uint8_t *bytes, size_t len)
{
    (void)context;
    (void)number;
    (void)bytes;
    (void)len;
    return CUSTODY_OK;
}

static int make_home(void **state)
{
    enum custody_status status;
    struct custody_followed followed;
    struct custody_kept kept;
    struct custody_synced synced;
    (void)state;
    dice_init(&dice, dice_seed());
    tempdir_create(&dir);
    fake = fakeledger_create();
    tempdir_path(&dir, "home", home, sizeof home);
    fakeledger_home(fake, home);
    struct custody_client *client = open_client(&status);
    assert_int_equal(status, CUSTODY_OK);
    const struct custody_act act = {
        .act = "register_party",
        .json = "{\"party\":\"uscc:A\",\"kinds\":[\"generator\",\"carrier\"]}",
        .ref = "ref"};
    assert_int_equal(custody_client_keep(client, &act, &kept), CUSTODY_OK);
    assert_int_equal(custody_client_sync(client, NULL, NULL, &synced), CUSTODY_OK);
    for (int i = 0; i < FOLLOWED; i++)
        fakeledger_add_foreign(fake);
    assert_int_equal(custody_client_follow(client, 0, pass, NULL, NULL, &followed), CUSTODY_OK);
    memcpy(public_key, client->identity.public_key, sizeof public_key);
    custody_client_close(client);
    return 0;
}

static int drop_home(void **state)
{
    (void)state;
    fakeledger_destroy(fake);
    tempdir_destroy(&dir);
    return 0;
}

/* What a device with this file does: OK only when it is the same device at the same ledger. */
static enum custody_status use(bool follows)
{
    enum custody_status status;
    struct custody_followed followed = {0};
    struct custody_kept kept;
    struct custody_client *client = open_client(&status);
    if (status != CUSTODY_OK)
        return status;
    status = custody_client_kept(client, 1, &kept);
    if (status == CUSTODY_OK) {
        assert_memory_equal(client->identity.public_key, public_key, sizeof public_key);
        assert_int_equal(kept.state, CUSTODY_ON_LEDGER);
    }
    if (status == CUSTODY_OK && follows) {
        status = custody_client_follow(client, 0, pass, NULL, NULL, &followed);
        if (status == CUSTODY_OK)
            assert_int_equal(followed.size, fakeledger_count(fake, NULL));
    }
    custody_client_close(client);
    return status;
}

static void hurt(const char *name, bool follows, unsigned share)
{
    struct held file = {0};
    uint64_t wanted = campaign_wanted(share);
    unsigned tried = 0, refused = 0;
    hold(&file, home, name);
    for (; tried < wanted && tried < 9 * file.len; tried++) {
        /* Eight flips, then one cut. */
        uint64_t nth = wanted >= 9 * file.len ? tried : dice_below(&dice, 9 * file.len);
        bool is_cut = nth >= 8 * file.len;
        if (!is_cut)
            flip(&file, nth);
        lay_down(&file, is_cut ? nth - 8 * file.len : file.len);
        if (!is_cut)
            flip(&file, nth);
        refused += use(follows) != CUSTODY_OK;
        lay_down(&file, file.len);
    }
    free(file.bytes);
    assert_int_equal(use(follows), CUSTODY_OK);
    printf("# %s: %u tried, served wrong 0; refused %u, taken %u\n", name, tried, refused,
           tried - refused);
    assert_true(refused > 0);
}

static void the_head(void **state)
{
    (void)state;
    hurt("head", false, TRIES);
}

static void the_position(void **state)
{
    (void)state;
    hurt("followed", true, TRIES);
}

static void the_key(void **state)
{
    (void)state;
    hurt("key", false, TRIES);
}

static void the_ledger_file(void **state)
{
    (void)state;
    hurt("ledger", false, TRIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bit_of_the_spool, make_spool, drop_spool),
        cmocka_unit_test_setup_teardown(the_end_of_the_spool, make_spool, drop_spool),
        cmocka_unit_test_setup_teardown(the_head, make_home, drop_home),
        cmocka_unit_test_setup_teardown(the_position, make_home, drop_home),
        cmocka_unit_test_setup_teardown(the_key, make_home, drop_home),
        cmocka_unit_test_setup_teardown(the_ledger_file, make_home, drop_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
