/* spool.c: what this device has signed and what became of it.
 * Never signs, never sends; never changes what it keeps. */
#include "client/lib/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/recordlog.h"

enum {
    STATEMENT_VERSION = 1,
    STATEMENT_HEAD_MAX = 1 + 8 + 8 + SIGNATURE_SIZE + 4,
    STATEMENT_TAIL_MAX = 1 + SPOOL_REF_MAX + DIGEST_SIZE + 1,
    ANSWER_HEAD_SIZE = 8 + DIGEST_SIZE + 8 + 4,
    FIRST_ROOM = 64,
};

/* What is remembered of a statement. */
struct row {
    struct spool_item item;
    uint64_t offset; /* in `statements` */
    uint64_t ref_hash;
    struct digest content;
    uint64_t answer_offset; /* in `receipts` or `set-aside` */
};

struct spool {
    int lock;
    struct recordlog *statements;
    struct recordlog *receipts;
    struct recordlog *set_aside;
    struct row *rows;
    size_t count;
    size_t room;
    size_t waiting;
    uint8_t key[PUBLIC_KEY_SIZE];
    char *stop_path; /* a file of this name: never sign again */
    bool is_stopped;
    enum custody_kept_state loading; /* what the answers at hand say, while opening */
};

/* ---- rows ---- */

static struct row *find_row(const struct spool *spool, uint64_t sequence)
{
    return sequence >= 1 && sequence <= spool->count ? &spool->rows[sequence - 1] : NULL;
}

static bool make_room(struct spool *spool)
{
    if (spool->count < spool->room)
        return true;
    size_t room = spool->room == 0 ? FIRST_ROOM : 2 * spool->room;
    struct row *rows = realloc(spool->rows, room * sizeof(*rows));
    if (rows == NULL)
        return false;
    spool->rows = rows;
    spool->room = room;
    return true;
}

/* 0 stands for "no ref". */
static uint64_t hash_ref(struct span ref)
{
    struct digest digest = digest_sha256(ref);
    return ref.len == 0 ? 0 : bytes_get_u64(digest.bytes) | 1;
}

static void add_row(struct spool *spool,
                    const struct spool_statement *kept,
                    const struct statement *statement,
                    uint64_t offset)
{
    spool->rows[spool->count++] = (struct row){
        .item = {.sequence = kept->sequence,
                 .id = statement->id,
                 .act = statement->header.act,
                 .occurred_at_us = statement->header.occurred_at_us,
                 .kept_at_us = kept->kept_at_us,
                 .state = CUSTODY_WAITING},
        .offset = offset,
        .ref_hash = hash_ref(kept->ref),
        .content = kept->content,
    };
    spool->waiting++;
}

/* ---- records ---- */

static bool parse_statement_record(struct span payload, struct spool_statement *ret)
{
    struct bytes_reader reader;
    struct spool_statement kept = {0};
    bytes_reader_init(&reader, payload);
    uint8_t version = bytes_read_u8(&reader);
    kept.sequence = bytes_read_u64(&reader);
    kept.kept_at_us = (int64_t)bytes_read_u64(&reader);
    bytes_read_copy(&reader, kept.signature, SIGNATURE_SIZE);
    kept.statement = bytes_read_span(&reader, bytes_read_u32(&reader));
    kept.ref = bytes_read_span(&reader, bytes_read_u8(&reader));
    bytes_read_copy(&reader, kept.content.bytes, DIGEST_SIZE);
    kept.record_count = bytes_read_u8(&reader);
    if (version != STATEMENT_VERSION || kept.record_count > ENVELOPE_RECORDS_MAX)
        return false;
    for (uint32_t i = 0; i < kept.record_count; i++)
        kept.records[i] = bytes_read_span(&reader, bytes_read_u32(&reader));
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = kept;
    return true;
}

static bool parse_answer(struct bytes_reader *reader, struct spool_answer *ret)
{
    ret->sequence = bytes_read_u64(reader);
    bytes_read_copy(reader, ret->id.bytes, DIGEST_SIZE);
    ret->at_us = (int64_t)bytes_read_u64(reader);
    ret->bytes = bytes_read_span(reader, bytes_read_u32(reader));
    return !reader->failed;
}

static enum custody_status
report(struct custody_problem *problem, const char *expected, uint64_t sequence)
{
    return problem_set(problem, CUSTODY_ERR_CORRUPT, "statements", expected, "statement %llu",
                       (unsigned long long)sequence);
}

static enum custody_status
take_statement(void *context, uint64_t offset, struct span payload, struct custody_problem *problem)
{
    struct spool *spool = context;
    struct spool_statement kept;
    struct statement statement;
    const char *field = NULL;
    uint64_t expected = spool->count + 1;
    if (!parse_statement_record(payload, &kept) ||
        statement_parse(kept.statement, &statement, &field) != STATEMENT_OK)
        return report(problem, "a statement in every record", expected);
    struct digest last = spool_last_id(spool);
    if (kept.sequence != expected || statement.header.key_sequence != expected ||
        !digest_is_equal(&statement.header.previous, &last) ||
        memcmp(statement.header.key, spool->key, PUBLIC_KEY_SIZE) != 0)
        return report(problem, "an unbroken chain of this key", expected);
    if (!make_room(spool))
        return problem_set(problem, CUSTODY_ERR_MEMORY, "statements", NULL, "nothing left");
    add_row(spool, &kept, &statement, offset);
    return CUSTODY_OK;
}

static void
settle(struct spool *spool, struct row *row, enum custody_kept_state state, uint64_t offset)
{
    if (row->item.state == CUSTODY_WAITING)
        spool->waiting--;
    row->item.state = state;
    row->answer_offset = offset;
}

static enum custody_status
take_answers(void *context, uint64_t offset, struct span payload, struct custody_problem *problem)
{
    struct spool *spool = context;
    struct bytes_reader reader;
    bytes_reader_init(&reader, payload);
    while (reader.left > 0) {
        struct spool_answer answer;
        if (!parse_answer(&reader, &answer))
            return report(problem, "an answer in every record", 0);
        struct row *row = find_row(spool, answer.sequence);
        /* Answers to statements that are not there: somebody put back an older file of statements. */
        if (row == NULL || !digest_is_equal(&row->item.id, &answer.id))
            return report(problem, "every answered statement to be there", answer.sequence);
        settle(spool, row, spool->loading, offset);
    }
    return CUSTODY_OK;
}

/* ---- opening ---- */

static enum custody_status open_log(struct spool *spool,
                                    const char *folder,
                                    const char *name,
                                    recordlog_take *take,
                                    struct recordlog **ret,
                                    struct custody_problem *problem)
{
    char path[FILES_PATH_MAX];
    enum custody_status status = files_join(folder, name, path, problem);
    if (status != CUSTODY_OK)
        return status;
    return recordlog_open(path, name, spool->key, take, spool, ret, problem);
}

enum custody_status spool_open(const char *folder,
                               const uint8_t key[static PUBLIC_KEY_SIZE],
                               int wait_ms,
                               struct spool **ret,
                               struct custody_problem *problem)
{
    char lock_path[FILES_PATH_MAX], stop_path[FILES_PATH_MAX];
    struct spool *spool = calloc(1, sizeof(*spool));
    if (spool == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, folder, NULL, "nothing left");
    spool->lock = -1;
    memcpy(spool->key, key, PUBLIC_KEY_SIZE);
    enum custody_status status = files_make_private_folder(folder, problem);
    if (status == CUSTODY_OK)
        status = files_join(folder, "lock", lock_path, problem);
    if (status == CUSTODY_OK)
        status = files_join(folder, "forked", stop_path, problem);
    if (status == CUSTODY_OK && (spool->stop_path = strdup(stop_path)) == NULL)
        status = problem_set(problem, CUSTODY_ERR_MEMORY, folder, NULL, "nothing left");
    if (status == CUSTODY_OK)
        status = files_lock(lock_path, wait_ms, &spool->lock, problem);
    if (status == CUSTODY_OK)
        status = open_log(spool, folder, "statements", take_statement, &spool->statements, problem);
    spool->loading = CUSTODY_ON_LEDGER;
    if (status == CUSTODY_OK)
        status = open_log(spool, folder, "receipts", take_answers, &spool->receipts, problem);
    spool->loading = CUSTODY_SET_ASIDE;
    if (status == CUSTODY_OK)
        status = open_log(spool, folder, "set-aside", take_answers, &spool->set_aside, problem);
    if (status == CUSTODY_OK) {
        spool->is_stopped = access(spool->stop_path, F_OK) == 0;
        *ret = spool;
    } else {
        spool_close(spool);
    }
    return status;
}

void spool_close(struct spool *spool)
{
    if (spool == NULL)
        return;
    recordlog_close(spool->set_aside);
    recordlog_close(spool->receipts);
    recordlog_close(spool->statements);
    files_unlock(&spool->lock);
    free(spool->stop_path);
    free(spool->rows);
    free(spool);
}

uint64_t spool_next_sequence(const struct spool *spool)
{
    return spool->count + 1;
}

struct digest spool_last_id(const struct spool *spool)
{
    static const struct digest zero;
    return spool->count == 0 ? zero : spool->rows[spool->count - 1].item.id;
}

bool spool_may_sign(const struct spool *spool)
{
    return !spool->is_stopped && recordlog_is_original(spool->statements);
}

enum custody_status spool_stop_signing(struct spool *spool, struct custody_problem *problem)
{
    if (spool->is_stopped)
        return CUSTODY_OK;
    spool->is_stopped = true;
    return files_replace(spool->stop_path, span_text("forked\n"), problem);
}

bool spool_was_torn(const struct spool *spool)
{
    return recordlog_was_torn(spool->statements);
}

size_t spool_count(const struct spool *spool)
{
    return spool->count;
}

size_t spool_count_waiting(const struct spool *spool)
{
    return spool->waiting;
}

const struct spool_item *spool_item(const struct spool *spool, uint64_t sequence)
{
    const struct row *row = find_row(spool, sequence);
    return row == NULL ? NULL : &row->item;
}

uint64_t spool_find_ref(const struct spool *spool,
                        struct span ref,
                        const struct digest *content,
                        bool *ret_is_same)
{
    uint64_t hash = hash_ref(ref);
    for (size_t i = 0; hash != 0 && i < spool->count; i++) {
        if (spool->rows[i].ref_hash == hash) {
            *ret_is_same = digest_is_equal(&spool->rows[i].content, content);
            return i + 1;
        }
    }
    return 0;
}

uint64_t spool_find_id(const struct spool *spool, struct span prefix, size_t *ret_count)
{
    char hex[2 * DIGEST_SIZE + 1];
    uint64_t found = 0;
    *ret_count = 0;
    if (prefix.len == 0 || prefix.len >= sizeof(hex))
        return 0;
    for (size_t i = 0; i < spool->count; i++) {
        bytes_write_hex(span_of(spool->rows[i].item.id.bytes, DIGEST_SIZE), hex);
        if (memcmp(hex, prefix.data, prefix.len) == 0) {
            found = i + 1;
            ++*ret_count;
        }
    }
    return *ret_count == 1 ? found : 0;
}

/* ---- keeping and reading ---- */

static enum custody_status check_next(const struct spool *spool,
                                      const struct spool_statement *kept,
                                      struct statement *ret,
                                      struct custody_problem *problem)
{
    const char *field = NULL;
    struct digest last = spool_last_id(spool);
    if (!spool_may_sign(spool))
        return problem_set(problem, CUSTODY_ERR_COPIED, "statements",
                           "the folder that was made here",
                           "a copy, or one put back from a backup");
    if (statement_parse(kept->statement, ret, &field) != STATEMENT_OK)
        return problem_set(problem, CUSTODY_ERR_INVALID, field, "a statement", "something else");
    if (kept->sequence != spool_next_sequence(spool) ||
        ret->header.key_sequence != kept->sequence ||
        !digest_is_equal(&ret->header.previous, &last) ||
        memcmp(ret->header.key, spool->key, PUBLIC_KEY_SIZE) != 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "sequence", "the chain's next statement",
                           "%llu", (unsigned long long)kept->sequence);
    return CUSTODY_OK;
}

enum custody_status spool_append(struct spool *spool,
                                 const struct spool_statement *kept,
                                 struct custody_problem *problem)
{
    uint8_t head[STATEMENT_HEAD_MAX], tail[STATEMENT_TAIL_MAX];
    uint8_t lengths[ENVELOPE_RECORDS_MAX][4];
    struct span parts[3 + 2 * ENVELOPE_RECORDS_MAX];
    struct bytes_writer writer;
    struct statement statement;
    uint64_t offset;
    enum custody_status status = check_next(spool, kept, &statement, problem);
    if (status != CUSTODY_OK)
        return status;
    if (kept->ref.len > SPOOL_REF_MAX || kept->record_count > ENVELOPE_RECORDS_MAX)
        return problem_set(problem, CUSTODY_ERR_INVALID, "ref", "at most 200 bytes", "%zu bytes",
                           kept->ref.len);
    if (!make_room(spool))
        return problem_set(problem, CUSTODY_ERR_MEMORY, "statements", NULL, "nothing left");
    bytes_writer_init(&writer, head, sizeof(head));
    bytes_write_u8(&writer, STATEMENT_VERSION);
    bytes_write_u64(&writer, kept->sequence);
    bytes_write_u64(&writer, (uint64_t)kept->kept_at_us);
    bytes_write_span(&writer, span_of(kept->signature, SIGNATURE_SIZE));
    bytes_write_u32(&writer, (uint32_t)kept->statement.len);
    parts[0] = bytes_written(&writer);
    parts[1] = kept->statement;
    bytes_writer_init(&writer, tail, sizeof(tail));
    bytes_write_u8(&writer, (uint8_t)kept->ref.len);
    bytes_write_span(&writer, kept->ref);
    bytes_write_span(&writer, span_of(kept->content.bytes, DIGEST_SIZE));
    bytes_write_u8(&writer, (uint8_t)kept->record_count);
    parts[2] = bytes_written(&writer);
    size_t count = 3;
    for (uint32_t i = 0; i < kept->record_count; i++) {
        bytes_put_u32(lengths[i], (uint32_t)kept->records[i].len);
        parts[count++] = span_of(lengths[i], sizeof(lengths[i]));
        parts[count++] = kept->records[i];
    }
    status = recordlog_append(spool->statements, parts, count, &offset, problem);
    if (status == CUSTODY_OK)
        add_row(spool, kept, &statement, offset);
    return status;
}

static enum custody_status not_there(uint64_t sequence, struct custody_problem *problem)
{
    return problem_set(problem, CUSTODY_ERR_NOT_FOUND, "sequence", "a statement kept here", "%llu",
                       (unsigned long long)sequence);
}

enum custody_status spool_read(struct spool *spool,
                               uint64_t sequence,
                               struct spool_statement *ret,
                               void **ret_memory,
                               struct custody_problem *problem)
{
    const struct row *row = find_row(spool, sequence);
    uint8_t *payload = NULL;
    size_t len = 0;
    if (row == NULL)
        return not_there(sequence, problem);
    enum custody_status status =
        recordlog_read(spool->statements, row->offset, &payload, &len, problem);
    if (status != CUSTODY_OK)
        return status;
    if (!parse_statement_record(span_of(payload, len), ret)) {
        free(payload);
        return report(problem, "a statement in every record", sequence);
    }
    *ret_memory = payload;
    return CUSTODY_OK;
}

static void write_answer_head(const struct spool_answer *answer,
                              uint8_t ret[static ANSWER_HEAD_SIZE])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, ANSWER_HEAD_SIZE);
    bytes_write_u64(&writer, answer->sequence);
    bytes_write_span(&writer, span_of(answer->id.bytes, DIGEST_SIZE));
    bytes_write_u64(&writer, (uint64_t)answer->at_us);
    bytes_write_u32(&writer, (uint32_t)answer->bytes.len);
}

static bool is_answer_due(const struct spool *spool, const struct spool_answer *answer, bool renews)
{
    const struct row *row = find_row(spool, answer->sequence);
    return row != NULL &&
           (row->item.state == CUSTODY_WAITING ||
            (renews && row->item.state == CUSTODY_ON_LEDGER)) &&
           digest_is_equal(&row->item.id, &answer->id);
}

static enum custody_status add_answers(struct spool *spool,
                                       struct recordlog *log,
                                       enum custody_kept_state state,
                                       bool renews,
                                       const struct spool_answer *answers,
                                       size_t count,
                                       struct custody_problem *problem)
{
    uint8_t heads[SPOOL_RECEIPTS_AT_ONCE][ANSWER_HEAD_SIZE];
    struct span parts[2 * SPOOL_RECEIPTS_AT_ONCE];
    size_t parts_count = 0;
    uint64_t offset;
    for (size_t i = 0; i < count && i < SPOOL_RECEIPTS_AT_ONCE; i++) {
        if (!is_answer_due(spool, &answers[i], renews))
            continue;
        write_answer_head(&answers[i], heads[i]);
        parts[parts_count++] = span_of(heads[i], ANSWER_HEAD_SIZE);
        parts[parts_count++] = answers[i].bytes;
    }
    if (parts_count == 0)
        return CUSTODY_OK;
    enum custody_status status = recordlog_append(log, parts, parts_count, &offset, problem);
    for (size_t i = 0; status == CUSTODY_OK && i < count && i < SPOOL_RECEIPTS_AT_ONCE; i++) {
        if (is_answer_due(spool, &answers[i], renews))
            settle(spool, find_row(spool, answers[i].sequence), state, offset);
    }
    return status;
}

enum custody_status spool_add_receipts(struct spool *spool,
                                       const struct spool_answer *answers,
                                       size_t count,
                                       struct custody_problem *problem)
{
    return add_answers(spool, spool->receipts, CUSTODY_ON_LEDGER, false, answers, count, problem);
}

enum custody_status spool_renew_receipts(struct spool *spool,
                                         const struct spool_answer *answers,
                                         size_t count,
                                         struct custody_problem *problem)
{
    return add_answers(spool, spool->receipts, CUSTODY_ON_LEDGER, true, answers, count, problem);
}

enum custody_status spool_set_aside(struct spool *spool,
                                    const struct spool_answer *answer,
                                    struct custody_problem *problem)
{
    return add_answers(spool, spool->set_aside, CUSTODY_SET_ASIDE, false, answer, 1, problem);
}

enum custody_status spool_read_answer(struct spool *spool,
                                      uint64_t sequence,
                                      struct spool_answer *ret,
                                      void **ret_memory,
                                      struct custody_problem *problem)
{
    const struct row *row = find_row(spool, sequence);
    uint8_t *payload = NULL;
    size_t len = 0;
    struct bytes_reader reader;
    if (row == NULL || row->item.state == CUSTODY_WAITING)
        return not_there(sequence, problem);
    struct recordlog *log =
        row->item.state == CUSTODY_ON_LEDGER ? spool->receipts : spool->set_aside;
    enum custody_status status = recordlog_read(log, row->answer_offset, &payload, &len, problem);
    if (status != CUSTODY_OK)
        return status;
    bytes_reader_init(&reader, span_of(payload, len));
    while (reader.left > 0 && parse_answer(&reader, ret)) {
        if (ret->sequence == sequence) {
            *ret_memory = payload;
            return CUSTODY_OK;
        }
    }
    free(payload);
    return report(problem, "an answer in every record", sequence);
}
