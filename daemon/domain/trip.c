/* trip.c: a vehicle trip: its findings and its record.
 * Never folds containers: it is told what they add up to. */
#include "daemon/domain/trip.h"

#include "proto/rule.h"

static void
add_finding(const struct trip *trip, uint64_t number, uint16_t rule, struct work_set *set)
{
    struct work *row = work_add(set);
    if (row == NULL)
        return;
    row->kind = WORK_FINDING;
    row->rule = rule;
    row->subject_kind = SUBJECT_TRIP;
    row->subject = number;
    row->division = trip->division;
    row->due_us = trip->depart.effective_us;
    row->anchor_key = trip->depart.key;
    row->anchor_sequence = trip->depart.key_sequence;
    row->party = trip->depart.party;
    row->entries[row->entry_count++] = trip->depart.entry;
}

void trip_work(const struct trip *trip,
               uint64_t number,
               const struct law *law,
               struct work_set *set)
{
    (void)law;
    if (!trip->is_known || !fact_counts(&trip->depart))
        return;
    if ((trip->depart.bits & FACT_VEHICLE_UNREGISTERED) != 0)
        add_finding(trip, number, RULE_vehicle_unregistered, set);
    if ((trip->depart.bits & FACT_VEHICLE_EXPIRED) != 0)
        add_finding(trip, number, RULE_vehicle_expired, set);
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

size_t trip_write(const struct trip *trip, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, trip->is_known ? 1 : 0);
    if (trip->is_known)
        fact_write(&trip->depart, &writer);
    bytes_write_varint(&writer, trip->vehicle);
    bytes_write_varint(&writer, trip->division);
    bytes_write_varint(&writer, trip->stops);
    bytes_write_varint(&writer, trip->manifests);
    manifest_sums_write(&trip->sums, &writer);
    return bytes_written(&writer).len;
}

bool trip_parse(struct span bytes, struct trip *ret)
{
    struct trip trip = {0};
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t is_known = bytes_read_u8(&reader);
    if (is_known > 1 || (is_known == 1 && !fact_read(&reader, &trip.depart)))
        return false;
    trip.is_known = is_known == 1;
    trip.vehicle = read_u32(&reader);
    trip.division = read_u32(&reader);
    trip.stops = read_u32(&reader);
    trip.manifests = read_u32(&reader);
    manifest_sums_read(&reader, &trip.sums);
    if (!bytes_reader_is_done(&reader))
        return false;
    *ret = trip;
    return true;
}
