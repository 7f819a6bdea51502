/* annexed.c: which records of the annex the statements name, whose they are, and which were erased.
 * Never looks into a record. */
#include "daemon/service/annexed.h"

#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/base/logger.h"
#include "daemon/service/docket.h"
#include "daemon/service/ledger_parts.h"

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/* `log_digest` and the digest of a text that the statement itself carries name no record. */
static bool names_records(uint32_t act, const ProtobufCFieldDescriptor *field)
{
    if (field->type != PROTOBUF_C_TYPE_BYTES || act == CUSTODY__V1__ACT__ACT_SET_PROFILE ||
        act == CUSTODY__V1__ACT__ACT_ANCHOR_ACCESS_LOG)
        return false;
    return ends_with(field->name, "_digest") || ends_with(field->name, "_digests");
}

static void
note_one(struct book *book, const struct retention_record *record, ProtobufCBinaryData digest)
{
    uint8_t bytes[RETENTION_RECORD_BYTES];
    struct retention_record known;
    if (digest.len != DIGEST_SIZE)
        return;
    uint32_t number = book_give(book, SUBJECT_RECORD, span_of(digest.data, digest.len));
    struct span stored = book_record(book, SUBJECT_RECORD, number);
    if (stored.data == NULL) {
        known = *record;
    } else if (retention_parse(stored, &known)) {
        retention_join(&known, record);
    } else {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return;
    }
    size_t len = retention_write(&known, bytes);
    book_put_record(book, SUBJECT_RECORD, number, span_of(bytes, len));
}

/* Whose an identity is: the party and the key that are enrolled; who signs for them may be a sponsor or a regulator. */
static void note_identity(struct book *book,
                          const Custody__V1__EnrolKeyBody *body,
                          struct retention_record *record)
{
    record->party = book_find(book, SUBJECT_PARTY, span_text(body->party));
    record->key = book_find(book, SUBJECT_KEY, span_of(body->key.data, body->key.len));
}

void annexed_note(struct book *book, const struct apply_entry *entry, uint32_t author)
{
    const ProtobufCMessage *body = entry->body;
    uint32_t act = entry->statement->header.act;
    for (unsigned i = 0; body != NULL && i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
        if (!names_records(act, field))
            continue;
        const struct key *key = book_key(book, author);
        struct retention_record record = {.kind = (uint8_t)retention_kind_of(field->name),
                                          .party = key == NULL ? 0 : key->party,
                                          .key = author,
                                          .entry = entry->number,
                                          .recorded_us = entry->recorded_us};
        if (record.kind == RETENTION_identity && act == CUSTODY__V1__ACT__ACT_ENROL_KEY)
            note_identity(book, (const Custody__V1__EnrolKeyBody *)body, &record);
        const uint8_t *member = (const uint8_t *)body + field->offset;
        size_t count = 1;
        ProtobufCBinaryData *digests = (ProtobufCBinaryData *)(uintptr_t)member;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            memcpy(&count, (const uint8_t *)body + field->quantifier_offset, sizeof count);
            memcpy(&digests, member, sizeof digests);
        }
        for (size_t k = 0; k < count && book_status(book) == CUSTODY_OK; k++)
            note_one(book, &record, digests[k]);
    }
}

bool annexed_find(struct book *book, const uint8_t *digest, struct retention_record *ret)
{
    uint32_t number = book_find(book, SUBJECT_RECORD, span_of(digest, DIGEST_SIZE));
    struct span stored = number != 0 ? book_record(book, SUBJECT_RECORD, number) : (struct span){0};
    if (stored.data == NULL)
        return false;
    if (retention_parse(stored, ret))
        return true;
    book_fail(book, CUSTODY_ERR_CORRUPT);
    return false;
}

int64_t annexed_ended_us(struct book *book, const struct retention_record *record, int64_t now_us)
{
    const struct key *key = record->key == 0 ? NULL : book_key(book, record->key);
    if (record->kind != RETENTION_identity)
        return 0;
    /* Named, but the enrolment was refused: there never was a key. */
    if (key == NULL || !key->is_enrolled)
        return record->recorded_us;
    if (key->is_revoked)
        return book_recorded_us(book, key->revoked_entry);
    return now_us >= key->until_us ? key->until_us : 0;
}

/* The profile in force now for what has no code, where the record's party is. */
static const struct profile *profile_of(struct book *book, uint32_t party, int64_t now_us)
{
    const struct law *law = book_law(book);
    return law->profile(law->context, law->codeless(law->context, party, now_us));
}

int64_t annexed_kept_until_us(struct book *book,
                              const struct retention_record *record,
                              int64_t ended_us,
                              int64_t now_us)
{
    return retention_end_us(record, profile_of(book, record->party, now_us), ended_us);
}

enum retention_stay annexed_stay(struct book *book,
                                 const struct retention_record *record,
                                 int64_t ended_us,
                                 int64_t now_us)
{
    int64_t cases = retention_is_personal((enum retention_kind)record->kind)
                        ? docket_tally(book, DOCKET_CASES_OF_KEY, record->key)
                        : docket_tally(book, DOCKET_CASES_OF_PARTY, record->party);
    bool is_on_hold = docket_tally(book, DOCKET_ON_HOLD_OF_PARTY, record->party) > 0;
    return retention_stay_of(record, profile_of(book, record->party, now_us), ended_us, now_us,
                             is_on_hold, cases > 0);
}

/* ---- erasures ---------------------------------------------------------------------------------- */

void annexed_erase(struct book *book, const uint8_t *digest)
{
    book_give(book, SUBJECT_ERASURE, span_of(digest, DIGEST_SIZE));
}

bool annexed_is_erased(struct book *book, const uint8_t *digest)
{
    return book_find(book, SUBJECT_ERASURE, span_of(digest, DIGEST_SIZE)) != 0;
}

enum custody_status annexed_apply_erasures(struct ledger *ledger)
{
    struct book *book = ledger->book;
    enum custody_status status = CUSTODY_OK;
    book_turn(book);
    uint32_t last = book_ledger(book)->numbers[SUBJECT_ERASURE];
    while (ledger->erased < last && status == CUSTODY_OK) {
        struct digest digest;
        struct span name = book_name(book, SUBJECT_ERASURE, ledger->erased + 1);
        if (name.len != DIGEST_SIZE)
            return CUSTODY_ERR_CORRUPT;
        memcpy(digest.bytes, name.data, DIGEST_SIZE);
        status = annex_erase(ledger->annex, &digest);
        if (status == CUSTODY_OK)
            ledger->erased++;
        else
            LOG(LOGGER_ERROR, "erase_failed", LOGGER_TEXT("status", custody_status_name(status)),
                LOGGER_TEXT("remedy", "tried again shortly, and at the next start"));
    }
    return status;
}
