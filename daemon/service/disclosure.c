/* disclosure.c: records of the annex given out, and who read what of others.
 * Never gives out what sight.h does not let see. */
#include "daemon/service/disclosure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/calendar.h"
#include "daemon/base/logger.h"
#include "daemon/domain/division.h"
#include "daemon/service/annexed.h"
#include "daemon/service/registry.h"

enum { REQUEST_TEXT_MAX = 300, ABOUT_MAX = 480, COLUMNS = 5, PAGE_BYTES = 12, DAY_TEXT = 9 };

/* ---- noting ------------------------------------------------------------------------------------ */

/* A text that is cut where it becomes too long. */
struct cut_text {
    char *data;
    size_t len, cap;
};

static void put(struct cut_text *text, struct span part)
{
    for (size_t i = 0; i < part.len && text->len + 1 < text->cap; i++) {
        /* A tab or a line end of the asker's would make columns of its own. */
        uint8_t byte = part.data[i];
        text->data[text->len++] = (char)(byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
    text->data[text->len] = 0;
}

static void
put_field(struct cut_text *text, const ProtobufCFieldDescriptor *field, struct span value)
{
    if (text->len > 0)
        put(text, span_text(" "));
    put(text, span_text(field->name));
    put(text, span_text("="));
    put(text, value);
}

static void put_message(struct cut_text *text, const ProtobufCMessage *message);

static void put_value(struct cut_text *text,
                      const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field)
{
    const uint8_t *member = (const uint8_t *)message + field->offset;
    char number[24];
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *value;
        memcpy(&value, member, sizeof value);
        if (value != NULL && value[0] != 0)
            put_field(text, field, span_text(value));
        break;
    }
    case PROTOBUF_C_TYPE_BYTES: {
        ProtobufCBinaryData value;
        char hex[2 * DIGEST_SIZE + 1];
        memcpy(&value, member, sizeof value);
        if (value.len > 0 && value.len <= DIGEST_SIZE) {
            bytes_write_hex(span_of(value.data, value.len), hex);
            put_field(text, field, span_text(hex));
        }
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *inner;
        memcpy(&inner, member, sizeof inner);
        if (inner != NULL && inner->descriptor != &custody__v1__query_options__descriptor)
            put_message(text, inner);
        break;
    }
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64: {
        int64_t value;
        memcpy(&value, member, sizeof value);
        snprintf(number, sizeof number, "%" PRId64, value);
        if (value != 0)
            put_field(text, field, span_text(number));
        break;
    }
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL: {
        int32_t value;
        memcpy(&value, member, sizeof value);
        snprintf(number, sizeof number, "%" PRId32, value);
        if (value != 0)
            put_field(text, field, span_text(number));
        break;
    }
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break; /* custody.proto has none */
    }
}

/* What was asked, without how: "generator=uscc:... code=B1". Requests are as deep as their schema. */
static void put_message(struct cut_text *text, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        uint32_t which = field->id;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            continue;
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
            memcpy(&which, (const uint8_t *)message + field->quantifier_offset, sizeof which);
        if (which == field->id)
            put_value(text, message, field);
    }
}

static const struct {
    entitlement_bits scope;
    const char *name;
} scope_names[] = {{ENTITLEMENT_SEES_DIVISION, "division"},
                   {ENTITLEMENT_SEES_SECTOR, "sector"},
                   {ENTITLEMENT_SEES_LEDGER, "ledger"}};

static void put_scopes(struct cut_text *text, entitlement_bits scopes)
{
    for (size_t i = 0; i < sizeof scope_names / sizeof scope_names[0]; i++)
        if ((scopes & scope_names[i].scope) != 0) {
            put(text, span_text(text->len == 0 ? "" : ","));
            put(text, span_text(scope_names[i].name));
        }
}

static void put_covered(struct cut_text *text, const struct asking *asking)
{
    const struct sight *sight = &asking->sight;
    char code[24] = "";
    if ((asking->trail.scopes & ENTITLEMENT_SEES_DIVISION) != 0)
        snprintf(code, sizeof code, "division:%06" PRIu32, sight->caller->division);
    put(text, span_text(code));
    if ((asking->trail.scopes & ENTITLEMENT_SEES_SECTOR) != 0) {
        put(text, span_text(text->len == 0 ? "sector:" : ",sector:"));
        put(text, span_text(sight->sector));
    }
    if ((asking->trail.scopes & ENTITLEMENT_SEES_LEDGER) != 0)
        put(text, span_text(text->len == 0 ? "ledger" : ",ledger"));
}

static void put_about(struct cut_text *text, const struct asking *asking)
{
    const struct sight_trail *trail = &asking->trail;
    if (trail->is_cut || trail->count == 0) {
        put_covered(text, asking);
        return;
    }
    for (uint32_t i = 0; i < trail->count; i++) {
        put(text, span_text(i == 0 ? "" : ","));
        put(text, book_name(asking->book, SUBJECT_PARTY, trail->parties[i]));
    }
    if (text->len + 2 >= text->cap) {
        text->len = 0;
        put_covered(text, asking);
    }
}

static uint32_t civil_day(struct book *book, int64_t at_us)
{
    const struct calendar calendar = {.utc_offset_minutes = book_ledger(book)->utc_offset_minutes};
    int32_t year;
    uint32_t month, day;
    calendar_civil(calendar_day(&calendar, at_us), &year, &month, &day);
    return (uint32_t)year * 10000 + month * 100 + day;
}

bool disclosure_note(struct asking *asking, const ProtobufCMessage *request)
{
    const struct query *query = asking->query;
    char line[ACCESSLOG_LINE_MAX + 1], asked[REQUEST_TEXT_MAX], about[ABOUT_MAX], scopes[32];
    struct cut_text asked_text = {asked, 0, sizeof asked}, about_text = {about, 0, sizeof about},
                    scope_text = {scopes, 0, sizeof scopes}, text = {line, 0, sizeof line};
    if ((asking->trail.scopes & ENTITLEMENT_SEES_OTHERS) == 0 || asking->ledger->accesses == NULL)
        return true;
    asked[0] = about[0] = scopes[0] = 0;
    const struct key *key = book_key(asking->book, query->caller->key);
    char hex[2 * PUBLIC_KEY_SIZE + 1] = "";
    if (key != NULL)
        bytes_write_hex(span_of(key->public_key, PUBLIC_KEY_SIZE), hex);
    put_message(&asked_text, request);
    put_about(&about_text, asking);
    put_scopes(&scope_text, asking->trail.scopes);
    int len = snprintf(line, sizeof line, "%s\t%s\t%s\t%s\t%s", hex,
                       envelope_kind_name(query->kind), scopes, about, asked);
    text.len = len < 0 ? 0 : (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
    enum custody_status status =
        accesslog_note(asking->ledger->accesses, civil_day(asking->book, query->now_us),
                       query->now_us, span_of(line, text.len));
    if (status != CUSTODY_OK)
        LOG(LOGGER_ERROR, "access_log", LOGGER_TEXT("status", custody_status_name(status)),
            LOGGER_TEXT("remedy", "what is others' is not shown until it can be noted"));
    return status == CUSTODY_OK;
}

/* ---- telling ----------------------------------------------------------------------------------- */

struct telling {
    struct asking *asking;
    Custody__V1__AccessReply *reply;
    uint32_t limit;
    uint32_t party; /* only what is about it; 0: what the asker may know of */
    const struct party_version *version;
    uint32_t day;
    uint64_t next;
    bool is_full;
};

static struct span next_token(struct span *rest, char separator)
{
    const uint8_t *end = memchr(rest->data, separator, rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    struct span token = span_of(rest->data, len);
    *rest = span_of(rest->data + len, rest->len - len);
    if (rest->len > 0)
        *rest = span_of(rest->data + 1, rest->len - 1);
    return token;
}

static bool begins(struct span text, const char *start, struct span *ret_rest)
{
    size_t len = strlen(start);
    if (text.len < len || memcmp(text.data, start, len) != 0)
        return false;
    *ret_rest = span_of(text.data + len, text.len - len);
    return true;
}

/* Does one word of the column `about` speak of the party that is asked for, or, with 0, of something that the asker sees? */
static bool concerns(const struct telling *telling, struct span word, uint32_t asked)
{
    const struct sight *sight = &telling->asking->sight;
    struct span rest;
    if (span_is_equal(word, span_text("ledger")))
        return true;
    if (begins(word, "division:", &rest)) {
        uint32_t division = division_parse(rest);
        return asked != 0
                   ? telling->version != NULL && registry_covers(telling->asking->book, division,
                                                                 telling->version->division)
                   : sight_covers(sight, division) ||
                         registry_covers(telling->asking->book, division, sight->caller->division);
    }
    if (begins(word, "sector:", &rest))
        return asked == 0 || span_is_equal(rest, span_text("*")) ||
               (telling->version != NULL && rest.len <= strlen(sight_sector(telling->version)) &&
                memcmp(sight_sector(telling->version), rest.data, rest.len) == 0);
    uint32_t party = book_find(telling->asking->book, SUBJECT_PARTY, word);
    if (asked != 0)
        return party == asked;
    return party != 0 && (party == sight->caller->party ||
                          sight_covers(sight, asking_party_division(telling->asking, party)));
}

/* Who else was read with it is told to who sees them; the rest is counted: "uscc:1,+2". */
static char *tell_about(const struct telling *telling, struct span about)
{
    char text[ABOUT_MAX + 16] = "";
    struct cut_text shown = {text, 0, sizeof text};
    uint32_t hidden = 0;
    while (about.len > 0) {
        struct span word = next_token(&about, ',');
        if (!concerns(telling, word, telling->party) && !concerns(telling, word, 0)) {
            hidden++;
            continue;
        }
        put(&shown, span_text(shown.len == 0 ? "" : ","));
        put(&shown, word);
    }
    return arena_format(telling->asking->query->arena, hidden == 0 ? "%s" : "%s,+%" PRIu32, text,
                        hidden);
}

static Custody__V1__Access *tell(struct telling *telling, int64_t at_us, struct span *columns)
{
    struct asking *asking = telling->asking;
    struct arena *arena = asking->query->arena;
    Custody__V1__Access *access = arena_alloc(arena, sizeof *access);
    uint8_t *key = arena_alloc(arena, PUBLIC_KEY_SIZE);
    if (access == NULL || key == NULL)
        return NULL;
    custody__v1__access__init(access);
    access->at = at_us;
    if (bytes_parse_hex(columns[0], key, PUBLIC_KEY_SIZE)) {
        uint32_t number = book_find(asking->book, SUBJECT_KEY, span_of(key, PUBLIC_KEY_SIZE));
        const struct key *record = number == 0 ? NULL : book_key(asking->book, number);
        uint32_t party = record == NULL ? 0 : record->party;
        access->key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = key};
        access->party = view_party(&asking->view, party);
        access->party_name = view_party_name(&asking->view, party);
    }
    char **texts[] = {&access->question, &access->scope, &access->about, &access->asked};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *text = texts[i] == &access->about ? tell_about(telling, columns[i + 1])
                                                : arena_text(arena, columns[i + 1]);
        if (text != NULL)
            *texts[i] = text;
    }
    return access;
}

static bool tell_line(void *context, int64_t at_us, struct span line, uint64_t next)
{
    struct telling *telling = context;
    struct span columns[COLUMNS], rest = line;
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = next_token(&rest, '\t');
    bool is_wanted = false;
    for (struct span about = columns[3]; about.len > 0 && !is_wanted;)
        is_wanted = concerns(telling, next_token(&about, ','), telling->party);
    Custody__V1__Access *access = is_wanted ? tell(telling, at_us, columns) : NULL;
    if (access != NULL)
        telling->reply->accesses[telling->reply->n_accesses++] = access;
    telling->next = next;
    telling->is_full =
        telling->reply->n_accesses == telling->limit || asking_is_late(telling->asking);
    return !telling->is_full;
}

/* 0 when it is no day; the empty text is `otherwise`. */
static uint32_t parse_day(const char *text, uint32_t otherwise)
{
    uint64_t day;
    if (text[0] == 0)
        return otherwise;
    if (strlen(text) != 8 || !bytes_parse_decimal(span_text(text), &day) ||
        !calendar_is_civil((int32_t)(day / 10000), (uint32_t)(day / 100 % 100),
                           (uint32_t)(day % 100)))
        return 0;
    return (uint32_t)day;
}

static bool tell_whole_day(struct telling *telling, uint32_t day, uint32_t today)
{
    struct asking *asking = telling->asking;
    struct accesslog_sum sum;
    if (accesslog_sum(asking->ledger->accesses, day, today, &sum) != CUSTODY_OK)
        return false;
    Custody__V1__AccessReply *reply = telling->reply;
    uint8_t *digest = arena_copy(asking->query->arena, sum.digest.bytes, DIGEST_SIZE);
    char *text = arena_format(asking->query->arena, "%08" PRIu32, day);
    if (digest == NULL || text == NULL)
        return false;
    reply->day = text;
    reply->lines = sum.lines;
    reply->log_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest};
    reply->complete = sum.is_complete;
    return true;
}

/* From the day and the place in it where the page before ended; day after day, backwards, until the page is full. */
static bool tell_days(struct telling *telling, uint64_t from, bool is_one_day)
{
    struct accesslog *log = telling->asking->ledger->accesses;
    while (telling->day != 0) {
        if (accesslog_read(log, telling->day, from, tell_line, telling) != CUSTODY_OK)
            return false;
        if (telling->is_full || is_one_day)
            break;
        telling->day = accesslog_day_before(log, telling->day);
        from = 0;
    }
    uint8_t *page =
        telling->is_full ? arena_alloc(telling->asking->query->arena, PAGE_BYTES) : NULL;
    if (page != NULL) {
        bytes_put_u32(page, telling->day);
        bytes_put_u64(page + 4, telling->next);
        telling->reply->next_page = (ProtobufCBinaryData){.len = PAGE_BYTES, .data = page};
    }
    return true;
}

void disclosure_access(struct asking *asking, const Custody__V1__AccessRequest *request)
{
    Custody__V1__AccessReply reply = CUSTODY__V1__ACCESS_REPLY__INIT;
    struct telling telling = {
        .asking = asking, .reply = &reply, .limit = asking_limit(request->options)};
    const Custody__V1__QueryOptions *options = request->options;
    uint32_t today = civil_day(asking->book, asking->query->now_us);
    uint32_t day = parse_day(request->day, today);
    bool sees_more = (asking->sight.scopes & ENTITLEMENT_SEES_OTHERS) != 0;
    uint64_t from = 0;
    if (day == 0) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "day");
        return;
    }
    if (request->party[0] != 0) {
        telling.party = book_find(asking->book, SUBJECT_PARTY, span_text(request->party));
        if (telling.party == 0 || book_party(asking->book, telling.party) == NULL) {
            asking_refuse(asking, CUSTODY_REASON_not_found, "party");
            return;
        }
    } else if (!sees_more) {
        telling.party = asking->query->caller->party;
    }
    if (telling.party != 0 && !sight_sees_party(&asking->sight, telling.party)) {
        asking_refuse(asking, CUSTODY_REASON_not_visible, "party");
        return;
    }
    if (telling.party == 0)
        sight_note_all(&asking->sight);
    const struct party *party = telling.party == 0 ? NULL : book_party(asking->book, telling.party);
    telling.version = party == NULL ? NULL : party_at(party, asking->query->now_us);
    telling.day = request->day[0] != 0 ? day : today;
    if (options != NULL && options->page.len == PAGE_BYTES) {
        telling.day = bytes_get_u32(options->page.data);
        from = bytes_get_u64(options->page.data + 4);
    }
    reply.accesses = arena_alloc(asking->query->arena, (telling.limit + 1) * sizeof(void *));
    if (asking->ledger->accesses == NULL || reply.accesses == NULL ||
        (request->day[0] != 0 && !tell_whole_day(&telling, day, today)) ||
        !tell_days(&telling, from, request->day[0] != 0)) {
        asking_refuse(asking, CUSTODY_REASON_disk_failed, NULL);
        return;
    }
    reply.basis = asking_basis(asking, options);
    asking_reply(asking, &reply.base);
}

/* ---- records ----------------------------------------------------------------------------------- */

/* Does the entry name it, and may it be read? */
static bool sees_by_entry(struct asking *asking, uint64_t number, ProtobufCBinaryData digest)
{
    struct digest leaf;
    struct span bytes = {0};
    struct entry entry;
    return asking_entry(asking, number, &leaf, &bytes) && entry_parse(bytes, &entry) &&
           entry.statement.len > STATEMENT_HEADER_SIZE &&
           memmem(entry.statement.data + STATEMENT_HEADER_SIZE,
                  entry.statement.len - STATEMENT_HEADER_SIZE, digest.data, digest.len) != NULL &&
           asking_sees_entry(asking, bytes);
}

/* What is about a person is its party's admin's and its regulator's, whoever else may read what names it. */
static bool sees_record(struct asking *asking,
                        const Custody__V1__RecordRequest *request,
                        const struct retention_record *record)
{
    if (!retention_is_personal((enum retention_kind)record->kind))
        return sees_by_entry(asking, request->entry != 0 ? request->entry : record->entry,
                             request->digest);
    const struct sight sight = sight_with(
        &asking->sight, entitlement_scopes(ENTITLEMENT_IDENTITY, asking->query->caller->roles));
    return sight_sees_party(&sight, record->party);
}

/* As annexed_ended_us, with the time of a revocation read from its entry. */
static int64_t key_ended_us(struct asking *asking, const struct retention_record *record)
{
    const struct key *key = record->key == 0 ? NULL : book_key(asking->book, record->key);
    struct digest leaf;
    struct span bytes;
    struct entry entry;
    if (record->kind != RETENTION_identity || key == NULL || !key->is_revoked)
        return annexed_ended_us(asking->book, record, asking->query->now_us);
    return asking_entry(asking, key->revoked_entry, &leaf, &bytes) && entry_parse(bytes, &entry)
               ? entry.recorded_at_us
               : 0;
}

void disclosure_record(struct asking *asking, const Custody__V1__RecordRequest *request)
{
    static const char *const stays[] = {[RETENTION_FREE] = "",
                                        [RETENTION_TIME] = "time",
                                        [RETENTION_HOLD] = "hold",
                                        [RETENTION_CASE] = "case"};
    Custody__V1__RecordReply reply = CUSTODY__V1__RECORD_REPLY__INIT;
    struct retention_record record;
    struct digest digest;
    size_t len = 0;
    if (request->digest.len != DIGEST_SIZE) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "digest");
        return;
    }
    memcpy(digest.bytes, request->digest.data, DIGEST_SIZE);
    if (!annexed_find(asking->book, digest.bytes, &record)) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "digest");
        return;
    }
    if (!sees_record(asking, request, &record)) {
        asking_refuse(asking, CUSTODY_REASON_not_visible, "digest");
        return;
    }
    uint8_t *bytes = arena_alloc(asking->query->arena, ENVELOPE_RECORD_SIZE_MAX);
    enum custody_status status = bytes == NULL
                                     ? CUSTODY_ERR_MEMORY
                                     : annex_get_salted(asking->ledger->annex, &digest, bytes,
                                                        ENVELOPE_RECORD_SIZE_MAX, &len);
    reply.erased = annexed_is_erased(asking->book, digest.bytes);
    if (status == CUSTODY_ERR_NOT_FOUND && !reply.erased) {
        /* Named, but it never came. */
        asking_refuse(asking, CUSTODY_REASON_not_found, "record");
        return;
    }
    if (status != CUSTODY_OK && status != CUSTODY_ERR_NOT_FOUND) {
        asking_refuse(asking, CUSTODY_REASON_disk_failed, NULL);
        return;
    }
    if (!reply.erased)
        reply.record = (ProtobufCBinaryData){.len = len, .data = bytes};
    reply.basis = asking_basis(asking, request->options);
    reply.entry = record.entry;
    reply.kind = (char *)retention_name((enum retention_kind)record.kind);
    reply.party = view_party(&asking->view, record.party);
    int64_t now_us = asking->query->now_us, ended_us = key_ended_us(asking, &record);
    int64_t until_us = annexed_kept_until_us(asking->book, &record, ended_us, now_us);
    reply.kept_for = (char *)stays[annexed_stay(asking->book, &record, ended_us, now_us)];
    reply.kept_until = until_us == INT64_MAX ? 0 : until_us;
    asking_reply(asking, &reply.base);
}
