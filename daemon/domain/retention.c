/* retention.c: how long a record of the annex must be kept.
 * Never erases. */
#include "daemon/domain/retention.h"

#include <string.h>

static const struct row {
    const char *name;
    size_t at; /* of the number in a profile */
    int64_t months;
} rows[] = {
#define RETENTION_X(number, name, field, months, from, of)                                         \
    [number] = {#name, offsetof(struct profile, field), months},
    RETENTION_KINDS(RETENTION_X)
#undef RETENTION_X
};

enum { KINDS = sizeof rows / sizeof rows[0] };
#define DAY_US INT64_C(86400000000)

static const struct {
    const char *field;
    enum retention_kind kind;
} fields[] = {
    {"identity_digest", RETENTION_identity}, {"driver_digest", RETENTION_crew},
    {"escort_digest", RETENTION_crew},       {"name_digest", RETENTION_name},
    {"document_digest", RETENTION_document}, {"text_digest", RETENTION_text},
    {"photo_digests", RETENTION_text},       {"data_digest", RETENTION_measurement},
    {"report_digest", RETENTION_text},
};

enum retention_kind retention_kind_of(const char *field)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].field, field) == 0)
            return fields[i].kind;
    return RETENTION_other;
}

const char *retention_name(enum retention_kind kind)
{
    return (size_t)kind < KINDS && rows[kind].name != NULL ? rows[kind].name : "";
}

/* Never a day too few: every fourth year of a span may be a leap year, and every month have 31 days. */
int64_t retention_us(enum retention_kind kind, const struct profile *profile)
{
    bool is_known = (size_t)kind < KINDS && rows[kind].name != NULL;
    const struct row *row = &rows[is_known ? kind : RETENTION_other];
    int64_t number;
    memcpy(&number, (const uint8_t *)profile + row->at, sizeof number);
    int64_t years = number * row->months / 12, months = number * row->months % 12;
    return number == 0 ? INT64_MAX : (365 * years + (years + 3) / 4 + 31 * months) * DAY_US;
}

bool retention_is_personal(enum retention_kind kind)
{
    return kind == RETENTION_identity || kind == RETENTION_crew;
}

int64_t retention_end_us(const struct retention_record *record,
                         const struct profile *profile,
                         int64_t ended_us)
{
    int64_t from_us = record->recorded_us, end_us;
    if (record->kind == RETENTION_identity) {
        if (ended_us == 0)
            return INT64_MAX;
        if (ended_us > from_us)
            from_us = ended_us;
    }
    return __builtin_add_overflow(from_us, retention_us(record->kind, profile), &end_us) ? INT64_MAX
                                                                                         : end_us;
}

enum retention_stay retention_stay_of(const struct retention_record *record,
                                      const struct profile *profile,
                                      int64_t ended_us,
                                      int64_t now_us,
                                      bool is_on_hold,
                                      bool is_in_case)
{
    int64_t end_us = retention_end_us(record, profile, ended_us);
    if (end_us == INT64_MAX || now_us < end_us)
        return RETENTION_TIME;
    if (is_on_hold)
        return RETENTION_HOLD;
    return is_in_case ? RETENTION_CASE : RETENTION_FREE;
}

void retention_join(struct retention_record *record, const struct retention_record *other)
{
    if (other->party != record->party || other->entry <= record->entry)
        return;
    record->entry = other->entry;
    record->recorded_us = other->recorded_us;
}

size_t retention_write(const struct retention_record *record,
                       uint8_t ret[static RETENTION_RECORD_BYTES])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, RETENTION_RECORD_BYTES);
    bytes_write_u8(&writer, record->kind);
    bytes_write_u32(&writer, record->party);
    bytes_write_u32(&writer, record->key);
    bytes_write_u64(&writer, record->entry);
    bytes_write_u64(&writer, (uint64_t)record->recorded_us);
    return bytes_written(&writer).len;
}

bool retention_parse(struct span bytes, struct retention_record *ret)
{
    struct bytes_reader reader;
    struct retention_record record = {0};
    bytes_reader_init(&reader, bytes);
    record.kind = bytes_read_u8(&reader);
    record.party = bytes_read_u32(&reader);
    record.key = bytes_read_u32(&reader);
    record.entry = bytes_read_u64(&reader);
    record.recorded_us = (int64_t)bytes_read_u64(&reader);
    if (!bytes_reader_is_done(&reader) || retention_name(record.kind)[0] == 0)
        return false;
    *ret = record;
    return true;
}
