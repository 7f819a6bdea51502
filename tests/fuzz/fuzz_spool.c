/* fuzz_spool.c: a device's spool with a record in it that is none of its own: it is refused by name, or what it holds is read, gone on with and
 * found again.
 *
 * The first byte says in which of the three files it stands and whether the rest are its bytes, or changes to a right one: two bytes where,
 * one what. Frames and checksums are always right, so that what stands behind them is reached. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/recordlog.h"
#include "client/lib/spool.h"
#include "tests/lib/tempdir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 3, BODY_SIZE = 40, RIGHT_MAX = 1024, CHANGE = 3 };

static const char *const names[FILES] = {"statements", "receipts", "set-aside"};
static struct tempdir dir;
static char folder[512];
static uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
/* The first record of each file, and the second statement's. */
static struct {
    uint8_t bytes[RIGHT_MAX];
    size_t len;
} right[FILES], second;

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void leave(void)
{
    tempdir_destroy(&dir);
}

static void path_of(int file, char ret[static 600])
{
    snprintf(ret, 600, "%s/%s", folder, names[file]);
}

static void keep(struct spool *spool)
{
    uint8_t bytes[STATEMENT_HEADER_SIZE + BODY_SIZE] = {0};
    struct custody_problem problem;
    struct statement_header header = {.act = 65,
                                      .clock_quality = CLOCK_SYNCHRONISED,
                                      .key_sequence = spool_next_sequence(spool),
                                      .occurred_at_us = INT64_C(1779033600000000),
                                      .signed_at_us = INT64_C(1779033600000000),
                                      .previous = spool_last_id(spool)};
    memcpy(header.key, key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    struct spool_statement statement = {.sequence = header.key_sequence,
                                        .kept_at_us = 5,
                                        .statement = span_of(bytes, sizeof bytes),
                                        .ref = span_text("ref"),
                                        .record_count = 2,
                                        .records = {span_text("salted"), span_text("second")}};
    digest_sign(statement.signature, statement.statement, secret);
    require(spool_append(spool, &statement, &problem) == CUSTODY_OK);
}

static struct spool *open_spool(struct custody_problem *problem)
{
    struct spool *spool = NULL;
    enum custody_status status = spool_open(folder, key, 0, &spool, problem);
    require((status == CUSTODY_OK) == (spool != NULL));
    require(status == CUSTODY_OK || problem->status == status);
    return spool;
}

static enum custody_status
learn(void *context, uint64_t offset, struct span payload, struct custody_problem *problem)
{
    int file = *(int *)context;
    (void)offset;
    (void)problem;
    require(payload.len <= RIGHT_MAX);
    bool is_first = right[file].len == 0;
    memcpy(is_first ? right[file].bytes : second.bytes, payload.data, payload.len);
    *(is_first ? &right[file].len : &second.len) = payload.len;
    return CUSTODY_OK;
}

/* What a spool with two statements and an answer of each kind has in its files. */
static void begin(void)
{
    const uint8_t seed[SEED_SIZE] = {3};
    struct custody_problem problem;
    tempdir_create(&dir);
    atexit(leave);
    tempdir_path(&dir, "spool", folder, sizeof folder);
    require(digest_init());
    digest_key_from_seed(seed, key, secret);
    struct spool *spool = open_spool(&problem);
    require(spool != NULL);
    keep(spool);
    keep(spool);
    for (uint64_t i = 1; i <= 2; i++) {
        const struct spool_answer answer = {.sequence = i,
                                            .id = spool_item(spool, i)->id,
                                            .at_us = 6,
                                            .bytes = span_text("an answer")};
        require((i == 1 ? spool_add_receipts(spool, &answer, 1, &problem)
                        : spool_set_aside(spool, &answer, &problem)) == CUSTODY_OK);
    }
    spool_close(spool);
    for (int i = 0; i < FILES; i++) {
        char path[600];
        struct recordlog *log = NULL;
        path_of(i, path);
        require(recordlog_open(path, names[i], key, learn, &i, &log, &problem) == CUSTODY_OK);
        recordlog_close(log);
    }
}

static enum custody_status
ignore(void *context, uint64_t offset, struct span payload, struct custody_problem *problem)
{
    (void)context;
    (void)offset;
    (void)payload;
    (void)problem;
    return CUSTODY_OK;
}

/* A file of these records alone. */
static void make(int file, struct span first, struct span other)
{
    char path[600];
    struct custody_problem problem;
    struct recordlog *log = NULL;
    uint64_t offset;
    path_of(file, path);
    unlink(path);
    require(recordlog_open(path, names[file], key, ignore, NULL, &log, &problem) == CUSTODY_OK);
    require(first.data == NULL ||
            recordlog_append(log, &first, 1, &offset, &problem) == CUSTODY_OK);
    require(other.data == NULL ||
            recordlog_append(log, &other, 1, &offset, &problem) == CUSTODY_OK);
    recordlog_close(log);
}

static void read_all(struct spool *spool)
{
    for (uint64_t i = 1; i <= spool_count(spool); i++) {
        struct spool_statement statement;
        struct spool_answer answer;
        struct custody_problem problem;
        void *memory = NULL;
        require(spool_read(spool, i, &statement, &memory, &problem) == CUSTODY_OK);
        require(statement.sequence == i && statement.record_count <= ENVELOPE_RECORDS_MAX);
        /* Every byte of them is there to be read. */
        for (uint32_t k = 0; k < statement.record_count; k++) {
            struct digest digest = digest_sha256(statement.records[k]);
            require(!digest_is_zero(&digest));
        }
        free(memory);
        memory = NULL;
        enum custody_status status = spool_read_answer(spool, i, &answer, &memory, &problem);
        require(status == CUSTODY_OK || spool_item(spool, i)->state == CUSTODY_WAITING);
        require(status != CUSTODY_OK || answer.sequence == i);
        free(memory);
    }
}

static void try_files(void)
{
    struct custody_problem problem = {0};
    struct spool *spool = open_spool(&problem);
    if (spool == NULL)
        return;
    read_all(spool);
    uint64_t next = spool_next_sequence(spool);
    keep(spool);
    spool_close(spool);
    spool = open_spool(&problem);
    require(spool != NULL && spool_next_sequence(spool) == next + 1);
    spool_close(spool);
}

/* The right record, changed where the input says. */
static struct span bend(struct span from, struct span changes, uint8_t ret[static RIGHT_MAX])
{
    memcpy(ret, from.data, from.len);
    for (size_t i = 0; i + CHANGE <= changes.len; i += CHANGE)
        ret[(changes.data[i] * (size_t)256 + changes.data[i + 1]) % from.len] ^=
            changes.data[i + 2];
    return span_of(ret, from.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t room[RIGHT_MAX];
    const struct span none = {0};
    if (size < 2 || size > RIGHT_MAX)
        return 0;
    if (second.len == 0)
        begin();
    int file = data[0] % FILES;
    struct span given = span_of(data + 1, size - 1);
    if (data[0] / FILES % 2 == 1)
        given = bend(file == 0 ? span_of(second.bytes, second.len)
                               : span_of(right[file].bytes, right[file].len),
                     given, room);
    make(0, span_of(right[0].bytes, right[0].len),
         file == 0 ? given : span_of(second.bytes, second.len));
    make(1, file == 1 ? given : none, none);
    make(2, file == 2 ? given : none, none);
    try_files();
    return 0;
}
