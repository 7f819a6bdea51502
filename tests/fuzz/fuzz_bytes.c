/* fuzz_bytes.c: whatever a text or number parser takes, writing gives back. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096 };

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void try_base64(struct span text)
{
    static uint8_t bytes[INPUT_MAX];
    static char again[2 * INPUT_MAX];
    size_t len = 0;
    if (!bytes_parse_base64(text, bytes, sizeof(bytes), &len))
        return;
    require(bytes_write_base64(span_of(bytes, len), again, sizeof(again)) == text.len);
    require(span_is_equal(span_text(again), text));
}

static void try_hex(struct span text)
{
    static uint8_t bytes[INPUT_MAX];
    static char again[2 * INPUT_MAX + 1];
    if (!bytes_parse_hex(text, bytes, text.len / 2))
        return;
    bytes_write_hex(span_of(bytes, text.len / 2), again);
    require(span_is_equal(span_text(again), text));
}

static void try_varints(struct span bytes)
{
    static uint8_t again[INPUT_MAX];
    struct bytes_reader reader;
    struct bytes_writer writer;
    bytes_reader_init(&reader, bytes);
    bytes_writer_init(&writer, again, sizeof(again));
    while (reader.left > 0 && !reader.failed) {
        uint64_t value = bytes_read_varint(&reader);
        if (!reader.failed)
            bytes_write_varint(&writer, value);
    }
    struct span written = bytes_written(&writer);
    require(written.len <= bytes.len && span_is_equal(written, span_of(bytes.data, written.len)));
    require(reader.failed || written.len == bytes.len);
}

static void try_counted(struct span bytes)
{
    struct bytes_reader reader;
    uint8_t copy[16];
    bytes_reader_init(&reader, bytes);
    while (reader.left > 0 && !reader.failed) {
        struct span counted = bytes_read_counted(&reader);
        require(counted.len <= bytes.len);
        (void)bytes_read_u16(&reader);
        bytes_read_copy(&reader, copy, sizeof(copy));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of(data, size < INPUT_MAX ? size : INPUT_MAX);
    uint64_t number = 0;
    try_base64(input);
    try_hex(input);
    try_varints(input);
    try_counted(input);
    if (bytes_parse_decimal(input, &number))
        require(input.len <= 20 && (number == 0) == (input.data[0] == '0'));
    if (bytes_is_printable(input) && input.len > 0)
        require(memchr(input.data, '\0', input.len) == NULL);
    return 0;
}
