/* statement.c: what a key signs, to bytes and back.
 * Never looks into the body and never touches a clock. */
#include "proto/statement.h"

#include "proto/bytes.h"

enum {
    FORMAT_SIZE = 8,
    LATITUDE_MAX_E7 = 90 * 10000000,
    LONGITUDE_MAX_E7 = 180 * 10000000,
};

static const uint8_t format[FORMAT_SIZE] = {'c', 'u', 's', 't', 'o', 'd', 'y', 0x01};

static void write_digest(struct bytes_writer *writer, const struct digest *digest)
{
    bytes_write_span(writer, span_of(digest->bytes, DIGEST_SIZE));
}

void statement_write_header(const struct statement_header *header,
                            uint8_t ret[static STATEMENT_HEADER_SIZE])
{
    bool is_known = header->position_is_known;
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, STATEMENT_HEADER_SIZE);
    bytes_write_span(&writer, span_of(format, FORMAT_SIZE));
    bytes_write_u16(&writer, header->act);
    bytes_write_u8(&writer, STATEMENT_ALGORITHM_ED25519);
    bytes_write_u8(&writer, header->clock_quality);
    bytes_write_u32(&writer, is_known ? (uint32_t)header->latitude_e7 : 0);
    bytes_write_u32(&writer, is_known ? (uint32_t)header->longitude_e7 : 0);
    bytes_write_u32(&writer, is_known ? header->position_accuracy_m : 0);
    bytes_write_u64(&writer, header->key_sequence);
    bytes_write_u64(&writer, (uint64_t)header->occurred_at_us);
    bytes_write_u64(&writer, (uint64_t)header->signed_at_us);
    bytes_write_u64(&writer, header->seen_size);
    write_digest(&writer, &header->seen_root);
    write_digest(&writer, &header->origin);
    bytes_write_span(&writer, span_of(header->key, PUBLIC_KEY_SIZE));
    write_digest(&writer, &header->previous);
}

/* The first header field whose value no device can mean; NULL when there is none. */
static const char *find_impossible(const struct statement_header *header)
{
    if (header->clock_quality > CLOCK_SYNCHRONISED)
        return "clock_quality";
    if (header->latitude_e7 < -LATITUDE_MAX_E7 || header->latitude_e7 > LATITUDE_MAX_E7)
        return "latitude";
    if (header->longitude_e7 < -LONGITUDE_MAX_E7 || header->longitude_e7 > LONGITUDE_MAX_E7)
        return "longitude";
    if (!header->position_is_known && (header->latitude_e7 != 0 || header->longitude_e7 != 0))
        return "position_accuracy";
    if (header->key_sequence == 0 || header->key_sequence > INT64_MAX)
        return "key_sequence";
    if (header->occurred_at_us < 0 || header->occurred_at_us > STATEMENT_TIME_MAX_US)
        return "occurred_at";
    if (header->signed_at_us < 0 || header->signed_at_us > STATEMENT_TIME_MAX_US)
        return "signed_at";
    if (header->seen_size > INT64_MAX)
        return "seen_size";
    if ((header->seen_size == 0) != digest_is_zero(&header->seen_root))
        return "seen_root";
    if ((header->key_sequence == 1) != digest_is_zero(&header->previous))
        return "previous";
    return NULL;
}

static void read_header(struct bytes_reader *reader, struct statement_header *header)
{
    header->clock_quality = bytes_read_u8(reader);
    header->latitude_e7 = (int32_t)bytes_read_u32(reader);
    header->longitude_e7 = (int32_t)bytes_read_u32(reader);
    header->position_accuracy_m = bytes_read_u32(reader);
    header->position_is_known = header->position_accuracy_m > 0;
    header->key_sequence = bytes_read_u64(reader);
    header->occurred_at_us = (int64_t)bytes_read_u64(reader);
    header->signed_at_us = (int64_t)bytes_read_u64(reader);
    header->seen_size = bytes_read_u64(reader);
    bytes_read_copy(reader, header->seen_root.bytes, DIGEST_SIZE);
    bytes_read_copy(reader, header->origin.bytes, DIGEST_SIZE);
    bytes_read_copy(reader, header->key, PUBLIC_KEY_SIZE);
    bytes_read_copy(reader, header->previous.bytes, DIGEST_SIZE);
}

enum statement_verdict
statement_parse_header(struct span bytes, struct statement_header *ret, const char **ret_field)
{
    struct bytes_reader reader;
    if (bytes.len > STATEMENT_SIZE_MAX)
        return STATEMENT_TOO_LARGE;
    if (bytes.len < STATEMENT_HEADER_SIZE) {
        *ret_field = "length";
        return STATEMENT_NOT_ONE;
    }
    bytes_reader_init(&reader, bytes);
    if (!span_is_equal(bytes_read_span(&reader, FORMAT_SIZE), span_of(format, FORMAT_SIZE))) {
        *ret_field = "format";
        return STATEMENT_NOT_ONE;
    }
    struct statement_header header = {.act = bytes_read_u16(&reader)};
    if (bytes_read_u8(&reader) != STATEMENT_ALGORITHM_ED25519) {
        *ret_field = "algorithm";
        return STATEMENT_NOT_ONE;
    }
    read_header(&reader, &header);
    const char *field = find_impossible(&header);
    if (field != NULL) {
        *ret_field = field;
        return STATEMENT_NOT_ONE;
    }
    *ret = header;
    return STATEMENT_OK;
}

static void fill(struct statement *ret, const struct statement_header *header, struct span bytes)
{
    ret->header = *header;
    ret->bytes = bytes;
    ret->body = span_of(bytes.data + STATEMENT_HEADER_SIZE, bytes.len - STATEMENT_HEADER_SIZE);
    ret->id = digest_sha256(bytes);
    memset(ret->signature, 0, SIGNATURE_SIZE);
}

enum statement_verdict
statement_parse(struct span bytes, struct statement *ret, const char **ret_field)
{
    struct statement_header header;
    enum statement_verdict verdict = statement_parse_header(bytes, &header, ret_field);
    if (verdict == STATEMENT_OK)
        fill(ret, &header, bytes);
    return verdict;
}

enum statement_verdict statement_verify(struct span bytes,
                                        const uint8_t signature[static SIGNATURE_SIZE],
                                        const struct digest *origin,
                                        struct statement *ret,
                                        const char **ret_field)
{
    struct statement_header header;
    enum statement_verdict verdict = statement_parse_header(bytes, &header, ret_field);
    if (verdict != STATEMENT_OK)
        return verdict;
    /* Cheapest first: a flood for another ledger costs no curve arithmetic. */
    if (!digest_is_equal(&header.origin, origin))
        return STATEMENT_OTHER_ORIGIN;
    if (!digest_verify(signature, bytes, header.key))
        return STATEMENT_BAD_SIGNATURE;
    fill(ret, &header, bytes);
    memcpy(ret->signature, signature, SIGNATURE_SIZE);
    return STATEMENT_OK;
}

enum statement_verdict statement_verify_any(struct span bytes,
                                            const uint8_t signature[static SIGNATURE_SIZE],
                                            const struct digest *origins,
                                            size_t count,
                                            struct statement *ret,
                                            const char **ret_field)
{
    enum statement_verdict verdict = STATEMENT_OTHER_ORIGIN;
    for (size_t i = 0; i < count && verdict == STATEMENT_OTHER_ORIGIN; i++)
        verdict = statement_verify(bytes, signature, &origins[i], ret, ret_field);
    return verdict;
}

struct digest statement_origin_digest(const char *origin)
{
    return digest_sha256(span_text(origin));
}
