/* envelope.c: the frames of one request or reply.
 * Never touches a socket: frames come and go as spans. */
#include "proto/envelope.h"

#include "proto/bytes.h"

enum { FRAME_VERSION, FRAME_CALL, FRAME_BODY, FRAME_RECORDS };

static const char version_prefix[] = "custody/";

static const char *const kind_names[ENVELOPE_KINDS] = {
    [ENVELOPE_HELLO] = "hello",         [ENVELOPE_SUBMIT] = "submit",
    [ENVELOPE_HEAD] = "head",           [ENVELOPE_TRACE] = "trace",
    [ENVELOPE_UNCLOSED] = "unclosed",   [ENVELOPE_FINDINGS] = "findings",
    [ENVELOPE_SHOW] = "show",           [ENVELOPE_PROVE] = "prove",
    [ENVELOPE_ENTRIES] = "entries",     [ENVELOPE_STATUS] = "status",
    [ENVELOPE_PARTY] = "party",         [ENVELOPE_REPORT] = "report",
    [ENVELOPE_BALANCE] = "balance",     [ENVELOPE_FIGURE] = "figure",
    [ENVELOPE_PROFILE] = "profile",     [ENVELOPE_TODAY] = "today",
    [ENVELOPE_EXPECTED] = "expected",   [ENVELOPE_DOSSIER] = "dossier",
    [ENVELOPE_RECORD] = "record",       [ENVELOPE_ACCESS] = "access",
    [ENVELOPE_CATALOGUE] = "catalogue",
};

const char *envelope_kind_name(uint16_t kind)
{
    return kind < ENVELOPE_KINDS ? kind_names[kind] : NULL;
}

static bool has_prefix(struct span text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* Version and call frames: what requests and answers have alike. */
static enum envelope_verdict
parse_start(const struct span *frames, size_t count, struct envelope *ret)
{
    struct bytes_reader reader;
    struct envelope envelope = {0};
    if (count <= FRAME_CALL || !has_prefix(frames[FRAME_VERSION], version_prefix))
        return ENVELOPE_NOT_ONE;
    bytes_reader_init(&reader, frames[FRAME_CALL]);
    envelope.call = bytes_read_u64(&reader);
    envelope.kind = bytes_read_u16(&reader);
    envelope.outcome = bytes_read_u16(&reader);
    uint32_t zero = bytes_read_u32(&reader);
    if (!bytes_reader_is_done(&reader))
        return ENVELOPE_NOT_ONE;
    if (!span_is_equal(frames[FRAME_VERSION], span_text(ENVELOPE_VERSION))) {
        *ret = envelope;
        return ENVELOPE_OTHER_VERSION;
    }
    if (zero != 0 || count <= FRAME_BODY)
        return ENVELOPE_NOT_ONE;
    envelope.body = frames[FRAME_BODY];
    *ret = envelope;
    return ENVELOPE_OK;
}

static enum envelope_verdict
parse_records(const struct span *frames, size_t count, struct envelope *ret)
{
    size_t records = count - FRAME_RECORDS;
    if (records > (ret->kind == ENVELOPE_SUBMIT ? ENVELOPE_RECORDS_MAX : 0))
        return ENVELOPE_TOO_MANY_FRAMES;
    for (size_t i = 0; i < records; i++) {
        if (frames[FRAME_RECORDS + i].len > ENVELOPE_RECORD_SIZE_MAX)
            return ENVELOPE_TOO_LARGE;
        ret->records[i] = frames[FRAME_RECORDS + i];
    }
    ret->record_count = (uint32_t)records;
    return ENVELOPE_OK;
}

enum envelope_verdict envelope_parse(const struct span *frames, size_t count, struct envelope *ret)
{
    struct envelope envelope;
    enum envelope_verdict verdict = parse_start(frames, count, &envelope);
    if (verdict == ENVELOPE_NOT_ONE)
        return verdict;
    if (verdict == ENVELOPE_OK && envelope.outcome != 0)
        return ENVELOPE_NOT_ONE; /* an answer: never answered, so two ends cannot keep each other busy */
    if (verdict == ENVELOPE_OK && envelope_kind_name(envelope.kind) == NULL)
        verdict = ENVELOPE_UNKNOWN_KIND;
    if (verdict == ENVELOPE_OK && envelope.body.len > ENVELOPE_FRAME_SIZE_MAX)
        verdict = ENVELOPE_TOO_LARGE;
    if (verdict == ENVELOPE_OK)
        verdict = parse_records(frames, count, &envelope);
    *ret = envelope;
    return verdict;
}

enum envelope_verdict
envelope_parse_reply(const struct span *frames, size_t count, struct envelope *ret)
{
    struct envelope envelope;
    enum envelope_verdict verdict = parse_start(frames, count, &envelope);
    if (verdict == ENVELOPE_NOT_ONE)
        return verdict;
    if (verdict == ENVELOPE_OK && envelope.body.len > ENVELOPE_REPLY_SIZE_MAX)
        verdict = ENVELOPE_TOO_LARGE;
    if (verdict == ENVELOPE_OK && count > FRAME_RECORDS)
        verdict = ENVELOPE_TOO_MANY_FRAMES;
    *ret = envelope;
    return verdict;
}

void envelope_write_call(const struct envelope *envelope, uint8_t ret[static ENVELOPE_CALL_SIZE])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, ENVELOPE_CALL_SIZE);
    bytes_write_u64(&writer, envelope->call);
    bytes_write_u16(&writer, envelope->kind);
    bytes_write_u16(&writer, envelope->outcome);
    bytes_write_u32(&writer, 0);
}

bool envelope_split_submission(struct span body,
                               const uint8_t **ret_signature,
                               struct span *ret_statement)
{
    if (body.len < SIGNATURE_SIZE)
        return false;
    *ret_signature = body.data;
    *ret_statement = span_of(body.data + SIGNATURE_SIZE, body.len - SIGNATURE_SIZE);
    return true;
}
