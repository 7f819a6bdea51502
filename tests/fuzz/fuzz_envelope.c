/* fuzz_envelope.c: whatever frames come, only a request within its limits passes, and its call frame is written back. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/bytes.h"
#include "proto/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMES = ENVELOPE_FRAMES_MAX + 2 };

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check(const struct span *frames, const struct envelope *envelope)
{
    uint8_t call[ENVELOPE_CALL_SIZE];
    envelope_write_call(envelope, call);
    require(memcmp(call, frames[1].data, sizeof(call)) == 0);
    require(span_is_equal(envelope->body, frames[2]));
    require(envelope->record_count <= ENVELOPE_RECORDS_MAX);
}

/* Frames, each behind its length in two bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span frames[FRAMES];
    size_t count = 0;
    struct bytes_reader reader;
    struct envelope envelope;
    bytes_reader_init(&reader, span_of(data, size));
    while (count < FRAMES && reader.left >= 2) {
        size_t len = bytes_read_u16(&reader);
        frames[count++] = bytes_read_span(&reader, len < reader.left ? len : reader.left);
    }
    if (envelope_parse(frames, count, &envelope) == ENVELOPE_OK) {
        const uint8_t *signature = NULL;
        struct span statement;
        check(frames, &envelope);
        require(envelope.outcome == 0 && envelope_kind_name(envelope.kind) != NULL);
        require(envelope.record_count == count - 3);
        if (envelope_split_submission(envelope.body, &signature, &statement))
            require(statement.len + SIGNATURE_SIZE == envelope.body.len);
    }
    if (envelope_parse_reply(frames, count, &envelope) == ENVELOPE_OK)
        check(frames, &envelope);
    return 0;
}
