/* bytes.c: bounded reading and writing of bytes, and the few texts that stand for bytes.
 * Never allocates and never reads or writes past its bounds. */
#include "proto/bytes.h"

#include <endian.h>

enum { VARINT_BYTES_MAX = 10, BYTE_ORDER_MARK = 0xFEFF };

/* ---- reading ---- */

void bytes_reader_init(struct bytes_reader *reader, struct span bytes)
{
    *reader = (struct bytes_reader){.at = bytes.data, .left = bytes.len};
}

/* Hand out the next `len` bytes, or NULL once anything has failed. */
static const uint8_t *take(struct bytes_reader *reader, size_t len)
{
    if (reader->failed || len > reader->left) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *taken = reader->at;
    if (len > 0)
        reader->at += len;
    reader->left -= len;
    return taken;
}

uint8_t bytes_read_u8(struct bytes_reader *reader)
{
    const uint8_t *at = take(reader, 1);
    return at == NULL ? 0 : at[0];
}

uint16_t bytes_read_u16(struct bytes_reader *reader)
{
    const uint8_t *at = take(reader, 2);
    return at == NULL ? 0 : (uint16_t)(((unsigned)at[0] << 8) | at[1]);
}

uint32_t bytes_read_u32(struct bytes_reader *reader)
{
    const uint8_t *at = take(reader, 4);
    return at == NULL ? 0 : bytes_get_u32(at);
}

uint64_t bytes_read_u64(struct bytes_reader *reader)
{
    const uint8_t *at = take(reader, 8);
    return at == NULL ? 0 : bytes_get_u64(at);
}

uint64_t bytes_read_varint(struct bytes_reader *reader)
{
    uint64_t value = 0;
    size_t most = reader->left < VARINT_BYTES_MAX ? reader->left : VARINT_BYTES_MAX;
    for (size_t i = 0; !reader->failed && i < most; i++) {
        uint8_t byte = reader->at[i];
        /* The tenth byte has room for bit 63 only. */
        if (i == VARINT_BYTES_MAX - 1 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) == 0) {
            /* A last group of zero says nothing: the same number has a shorter form. */
            if (byte == 0 && i > 0)
                break;
            reader->at += i + 1;
            reader->left -= i + 1;
            return value;
        }
    }
    reader->failed = true;
    return 0;
}

int64_t bytes_read_zigzag(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    uint64_t half = value >> 1;
    return (value & 1) == 0 ? (int64_t)half : -(int64_t)half - 1;
}

struct span bytes_read_span(struct bytes_reader *reader, size_t len)
{
    const uint8_t *at = take(reader, len);
    return reader->failed ? span_of(NULL, 0) : span_of(at, len);
}

struct span bytes_read_counted(struct bytes_reader *reader)
{
    uint64_t len = bytes_read_varint(reader);
    if (len > reader->left)
        reader->failed = true;
    return bytes_read_span(reader, reader->failed ? 0 : (size_t)len);
}

void bytes_read_copy(struct bytes_reader *reader, void *ret, size_t len)
{
    const uint8_t *at = take(reader, len);
    if (len == 0)
        return;
    if (at == NULL)
        memset(ret, 0, len);
    else
        memcpy(ret, at, len);
}

/* The bits that one more byte of a UTF-8 sequence brings. */
static uint32_t read_continuation(struct bytes_reader *reader)
{
    uint8_t byte = bytes_read_u8(reader);
    if ((byte & 0xC0) != 0x80)
        reader->failed = true;
    return byte & 0x3F;
}

uint32_t bytes_read_utf8(struct bytes_reader *reader)
{
    uint32_t character = bytes_read_u8(reader);
    uint32_t least = 0;
    unsigned more = 0;
    if (character >= 0xF0 && character < 0xF8) {
        character &= 0x07;
        least = 0x10000;
        more = 3;
    } else if (character >= 0xE0 && character < 0xF0) {
        character &= 0x0F;
        least = 0x800;
        more = 2;
    } else if (character >= 0xC0 && character < 0xE0) {
        character &= 0x1F;
        least = 0x80;
        more = 1;
    } else if (character >= 0x80) {
        reader->failed = true;
    }
    for (; more > 0 && !reader->failed; more--)
        character = (character << 6) | read_continuation(reader);
    if (character < least || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
        reader->failed = true;
    return reader->failed ? 0 : character;
}

bool bytes_reader_is_done(const struct bytes_reader *reader)
{
    return !reader->failed && reader->left == 0;
}

/* ---- writing ---- */

void bytes_writer_init(struct bytes_writer *writer, void *data, size_t cap)
{
    *writer = (struct bytes_writer){.data = data, .cap = cap};
}

/* Room for `len` more bytes, or NULL once anything has failed. */
static uint8_t *room(struct bytes_writer *writer, size_t len)
{
    if (writer->failed || len > writer->cap - writer->len) {
        writer->failed = true;
        return NULL;
    }
    uint8_t *at = writer->data + writer->len;
    writer->len += len;
    return at;
}

void bytes_write_u8(struct bytes_writer *writer, uint8_t value)
{
    uint8_t *at = room(writer, 1);
    if (at != NULL)
        at[0] = value;
}

void bytes_write_u16(struct bytes_writer *writer, uint16_t value)
{
    uint8_t *at = room(writer, 2);
    if (at != NULL) {
        at[0] = (uint8_t)(value >> 8);
        at[1] = (uint8_t)(value & 0xFF);
    }
}

void bytes_write_u32(struct bytes_writer *writer, uint32_t value)
{
    uint8_t *at = room(writer, 4);
    if (at != NULL)
        bytes_put_u32(at, value);
}

void bytes_write_u64(struct bytes_writer *writer, uint64_t value)
{
    uint8_t *at = room(writer, 8);
    if (at != NULL)
        bytes_put_u64(at, value);
}

void bytes_write_varint(struct bytes_writer *writer, uint64_t value)
{
    size_t count = 1 + (size_t)(63 - __builtin_clzll(value | 1)) / 7;
    uint8_t *at = room(writer, count);
    if (at == NULL)
        return;
    for (; value > 0x7F; value >>= 7)
        *at++ = (uint8_t)((value & 0x7F) | 0x80);
    *at = (uint8_t)value;
}

void bytes_write_zigzag(struct bytes_writer *writer, int64_t value)
{
    uint64_t twice = (uint64_t)value << 1;
    bytes_write_varint(writer, value < 0 ? ~twice : twice);
}

void bytes_write_span(struct bytes_writer *writer, struct span bytes)
{
    if (bytes.len == 0)
        return;
    uint8_t *at = room(writer, bytes.len);
    if (at != NULL)
        memcpy(at, bytes.data, bytes.len);
}

void bytes_write_counted(struct bytes_writer *writer, struct span bytes)
{
    bytes_write_varint(writer, bytes.len);
    bytes_write_span(writer, bytes);
}

struct span bytes_written(const struct bytes_writer *writer)
{
    return writer->failed ? span_of(NULL, 0) : span_of(writer->data, writer->len);
}

/* ---- at a known place ---- */

void bytes_put_u64(uint8_t at[static 8], uint64_t value)
{
    uint64_t big = htobe64(value);
    memcpy(at, &big, sizeof big);
}

uint64_t bytes_get_u64(const uint8_t at[static 8])
{
    uint64_t big;
    memcpy(&big, at, sizeof big);
    return be64toh(big);
}

void bytes_put_u32(uint8_t at[static 4], uint32_t value)
{
    uint32_t big = htobe32(value);
    memcpy(at, &big, sizeof big);
}

uint32_t bytes_get_u32(const uint8_t at[static 4])
{
    uint32_t big;
    memcpy(&big, at, sizeof big);
    return be32toh(big);
}

/* ---- texts ---- */

bool bytes_is_printable(struct span text)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, text);
    while (reader.left > 0 && !reader.failed) {
        if (*reader.at >= 0x20 && *reader.at < 0x7F) {
            reader.at++;
            reader.left--;
            continue;
        }
        uint32_t character = bytes_read_utf8(&reader);
        if (character < 0x20 || (character >= 0x7F && character <= 0x9F))
            return false;
        if (character == BYTE_ORDER_MARK)
            return false;
    }
    return !reader.failed;
}

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t bytes_write_base64(struct span bytes, char *ret, size_t cap)
{
    size_t groups = bytes.len / 3 + (bytes.len % 3 != 0);
    if (cap == 0 || groups > (cap - 1) / 4)
        return 0;
    char *at = ret;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes.data[i + 1] << 8;
        if (left > 2)
            group |= bytes.data[i + 2];
        *at++ = base64_letters[group >> 18];
        *at++ = base64_letters[(group >> 12) & 0x3F];
        *at++ = left > 1 ? base64_letters[(group >> 6) & 0x3F] : '=';
        *at++ = left > 2 ? base64_letters[group & 0x3F] : '=';
    }
    *at = '\0';
    return groups * 4;
}

enum { NOT_A_LETTER = 64 };

static uint32_t base64_value(uint8_t letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return (uint32_t)letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return (uint32_t)letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return (uint32_t)letter - '0' + 52;
    if (letter == '+')
        return 62;
    return letter == '/' ? 63 : NOT_A_LETTER;
}

/* The letters of one text are all known, and the bits that its last letter has to spare are zero. */
static bool is_base64(struct span text, size_t padding)
{
    size_t letters = text.len - padding;
    for (size_t i = 0; i < letters; i++) {
        if (base64_value(text.data[i]) == NOT_A_LETTER)
            return false;
    }
    uint32_t spare = padding == 2 ? 0x0F : padding == 1 ? 0x03 : 0;
    return letters == 0 || (base64_value(text.data[letters - 1]) & spare) == 0;
}

bool bytes_parse_base64(struct span text, uint8_t *ret, size_t cap, size_t *ret_len)
{
    if (text.len % 4 != 0)
        return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=')
        padding++;
    size_t len = text.len / 4 * 3 - padding;
    if (len > cap || !is_base64(text, padding))
        return false;
    for (size_t i = 0, at = 0; i < text.len; i += 4, at += 3) {
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++)
            group = (group << 6) | (base64_value(text.data[i + j]) & 0x3F);
        for (size_t j = 0; j < 3 && at + j < len; j++)
            ret[at + j] = (uint8_t)(group >> (16 - 8 * j));
    }
    *ret_len = len;
    return true;
}

static const char hex_letters[] = "0123456789abcdef";

void bytes_write_hex(struct span bytes, char *ret)
{
    for (size_t i = 0; i < bytes.len; i++) {
        *ret++ = hex_letters[bytes.data[i] >> 4];
        *ret++ = hex_letters[bytes.data[i] & 0x0F];
    }
    *ret = '\0';
}

enum { NOT_A_DIGIT = 16 };

static uint8_t hex_value(uint8_t letter)
{
    if (letter >= '0' && letter <= '9')
        return (uint8_t)(letter - '0');
    return letter >= 'a' && letter <= 'f' ? (uint8_t)(letter - 'a' + 10) : NOT_A_DIGIT;
}

bool bytes_parse_hex(struct span text, uint8_t *ret, size_t len)
{
    if (text.len % 2 != 0 || text.len / 2 != len)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (hex_value(text.data[i]) == NOT_A_DIGIT)
            return false;
    }
    for (size_t i = 0; i < len; i++)
        ret[i] = (uint8_t)(hex_value(text.data[2 * i]) << 4 | hex_value(text.data[2 * i + 1]));
    return true;
}

bool bytes_parse_decimal(struct span text, uint64_t *ret)
{
    if (text.len == 0 || (text.len > 1 && text.data[0] == '0'))
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)text.data[i] - '0';
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}
