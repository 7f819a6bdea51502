/* anchors.c: the access log's digests that stand on the ledger, compared with the log's own files.
 * Never repairs. */
#include "daemon/service/anchors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "daemon/ledger/accesslog.h"

struct anchor {
    uint64_t entry;
    int64_t recorded_us;
    uint32_t day;
    uint64_t lines;
    struct digest digest;
    uint8_t key[PUBLIC_KEY_SIZE];
};

struct anchors {
    size_t count, room;
    struct anchor *all;
};

struct anchors *anchors_create(void)
{
    return calloc(1, sizeof(struct anchors));
}

void anchors_destroy(struct anchors *anchors)
{
    if (anchors == NULL)
        return;
    free(anchors->all);
    free(anchors);
}

/* NULL when memory is used up. */
static struct anchor *add(struct anchors *anchors)
{
    if (anchors->count == anchors->room) {
        size_t room = anchors->room == 0 ? 64 : 2 * anchors->room;
        struct anchor *all = realloc(anchors->all, room * sizeof *all);
        if (all == NULL)
            return NULL;
        anchors->all = all;
        anchors->room = room;
    }
    struct anchor *anchor = &anchors->all[anchors->count];
    memset(anchor, 0, sizeof *anchor);
    return anchor;
}

static bool read_body(struct span bytes, struct anchor *ret)
{
    struct body_fault fault;
    const ProtobufCMessageDescriptor *descriptor = &custody__v1__anchor_access_log_body__descriptor;
    uint64_t day;
    if (!body_scan(descriptor, bytes, &fault))
        return false;
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, bytes.len, bytes.data);
    if (message == NULL)
        return false;
    const Custody__V1__AnchorAccessLogBody *body =
        (const Custody__V1__AnchorAccessLogBody *)message;
    bool is_read = body->log_digest.len == DIGEST_SIZE &&
                   bytes_parse_decimal(span_text(body->day), &day) && day <= 99991231;
    if (is_read) {
        ret->day = (uint32_t)day;
        ret->lines = body->accesses;
        memcpy(ret->digest.bytes, body->log_digest.data, DIGEST_SIZE);
    }
    protobuf_c_message_free_unpacked(message, NULL);
    return is_read;
}

enum custody_status anchors_take(struct anchors *anchors, struct span bytes)
{
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (!entry_parse(bytes, &entry) || entry.outcome != CUSTODY_OUTCOME_recorded ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK ||
        statement.header.act != CUSTODY__V1__ACT__ACT_ANCHOR_ACCESS_LOG)
        return CUSTODY_OK;
    struct anchor *anchor = add(anchors);
    if (anchor == NULL)
        return CUSTODY_ERR_MEMORY;
    if (!read_body(statement.body, anchor))
        return CUSTODY_OK;
    anchor->entry = entry.number;
    anchor->recorded_us = entry.recorded_at_us;
    memcpy(anchor->key, statement.header.key, PUBLIC_KEY_SIZE);
    anchors->count++;
    return CUSTODY_OK;
}

static bool is_of_a_regulator(struct book *book, const struct anchor *anchor)
{
    uint32_t number = book_find(book, SUBJECT_KEY, span_of(anchor->key, PUBLIC_KEY_SIZE));
    const struct key *key = number == 0 ? NULL : book_key(book, number);
    const struct party *party =
        key == NULL || key->party == 0 ? NULL : book_party(book, key->party);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, anchor->recorded_us);
    return version != NULL && (version->kinds >> CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR & 1) != 0;
}

static enum custody_status
compare(const struct anchor *anchor, struct accesslog *log, struct anchors_report *ret)
{
    struct accesslog_verdict verdict;
    enum custody_status status =
        accesslog_check(log, anchor->day, anchor->lines, &anchor->digest, &verdict);
    if (status != CUSTODY_OK)
        return status;
    ret->gone += verdict.is_gone ? 1 : 0;
    ret->compared += verdict.is_sound && !verdict.is_gone ? 1 : 0;
    if (verdict.is_sound || !ret->is_sound)
        return CUSTODY_OK;
    ret->is_sound = false;
    ret->entry = anchor->entry;
    snprintf(ret->sentence, sizeof ret->sentence, "day %08" PRIu32 ": %s", anchor->day,
             verdict.sentence);
    return CUSTODY_OK;
}

enum custody_status anchors_compare(const struct anchors *anchors,
                                    struct book *book,
                                    const char *data,
                                    struct anchors_report *ret)
{
    struct accesslog *log = NULL;
    *ret = (struct anchors_report){.is_sound = true};
    enum custody_status status = accesslog_open(data, &log);
    for (size_t i = 0; i < anchors->count && status == CUSTODY_OK; i++) {
        book_turn(book);
        if (is_of_a_regulator(book, &anchors->all[i]))
            status = compare(&anchors->all[i], log, ret);
    }
    accesslog_close(log);
    return status;
}
