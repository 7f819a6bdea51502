/* bytes.h: bounded reading and writing of bytes; the only code that knows byte order.
 * Never allocates and never reads or writes past its bounds.
 *
 * Both ends are sticky: after the first step that does not fit, `failed` is set, every later step
 * does nothing, and reads give zero. Do ten steps, look once. Integers are big-endian, except
 * varints, which are protobuf's base-128 (least significant group first) and must be minimal. */
#ifndef CUSTODY_PROTO_BYTES_H
#define CUSTODY_PROTO_BYTES_H

#include "proto/span.h"

struct bytes_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

struct bytes_writer {
    uint8_t *data;
    size_t len; /* written so far */
    size_t cap;
    bool failed;
};

void bytes_reader_init(struct bytes_reader *reader, struct span bytes);
uint8_t bytes_read_u8(struct bytes_reader *reader);
uint16_t bytes_read_u16(struct bytes_reader *reader);
uint32_t bytes_read_u32(struct bytes_reader *reader);
uint64_t bytes_read_u64(struct bytes_reader *reader);
uint64_t bytes_read_varint(struct bytes_reader *reader);
int64_t bytes_read_zigzag(struct bytes_reader *reader);
/* Borrow the next `len` bytes; they live as long as what the reader was given. */
struct span bytes_read_span(struct bytes_reader *reader, size_t len);
/* A varint length, then that many bytes. */
struct span bytes_read_counted(struct bytes_reader *reader);
void bytes_read_copy(struct bytes_reader *reader, void *ret, size_t len); /* zeroed on failure */
/* One character of well-formed UTF-8: shortest form, no surrogates, at most U+10FFFF. */
uint32_t bytes_read_utf8(struct bytes_reader *reader);
/* True when nothing failed and nothing is left over. */
bool bytes_reader_is_done(const struct bytes_reader *reader);

void bytes_writer_init(struct bytes_writer *writer, void *data, size_t cap);
void bytes_write_u8(struct bytes_writer *writer, uint8_t value);
void bytes_write_u16(struct bytes_writer *writer, uint16_t value);
void bytes_write_u32(struct bytes_writer *writer, uint32_t value);
void bytes_write_u64(struct bytes_writer *writer, uint64_t value);
void bytes_write_varint(struct bytes_writer *writer, uint64_t value);
void bytes_write_zigzag(struct bytes_writer *writer, int64_t value);
void bytes_write_span(struct bytes_writer *writer, struct span bytes);
void bytes_write_counted(struct bytes_writer *writer, struct span bytes);
/* What was written; empty after a failure. */
struct span bytes_written(const struct bytes_writer *writer);

/* Plain stores and loads at a known place. */
void bytes_put_u64(uint8_t at[static 8], uint64_t value);
uint64_t bytes_get_u64(const uint8_t at[static 8]);
void bytes_put_u32(uint8_t at[static 4], uint32_t value);
uint32_t bytes_get_u32(const uint8_t at[static 4]);

/* Well-formed UTF-8 with no control characters (U+0000-001F, 007F-009F) and no byte order mark (U+FEFF) anywhere. */
bool bytes_is_printable(struct span text);
/* Standard base64 with padding (RFC 4648 section 4). Writing returns the length, or 0 when `cap` is too
 * small; it ends with NUL, which is not counted. Parsing is strict: no spaces, padding required,
 * unused bits zero; `ret` stays as it was when the answer is false (also below). */
size_t bytes_write_base64(struct span bytes, char *ret, size_t cap);
bool bytes_parse_base64(struct span text, uint8_t *ret, size_t cap, size_t *ret_len);
/* Lower-case hexadecimal, also when parsing; `ret` has 2 * len + 1 characters. */
void bytes_write_hex(struct span bytes, char *ret);
bool bytes_parse_hex(struct span text, uint8_t *ret, size_t len); /* exactly 2 * len characters */
/* An unsigned decimal number with no sign, no leading zero, no overflow. */
bool bytes_parse_decimal(struct span text, uint64_t *ret);

#endif
