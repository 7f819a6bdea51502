/* fuzz_rows.c: rows of the look-ups, which a disk may have changed: one that is taken is written as one that reads the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/domain/approval.h"
#include "daemon/domain/block.h"
#include "daemon/domain/casefile.h"
#include "daemon/domain/catalogue.h"
#include "daemon/domain/chain.h"
#include "daemon/domain/cleaning.h"
#include "daemon/domain/closure.h"
#include "daemon/domain/declaration.h"
#include "daemon/domain/document.h"
#include "daemon/domain/edition.h"
#include "daemon/domain/fact.h"
#include "daemon/domain/manifest.h"
#include "daemon/domain/moment.h"
#include "daemon/domain/movement.h"
#include "daemon/domain/party.h"
#include "daemon/domain/pattern.h"
#include "daemon/domain/pickup.h"
#include "daemon/domain/plant.h"
#include "daemon/domain/region.h"
#include "daemon/domain/retention.h"
#include "daemon/domain/retime.h"
#include "daemon/domain/sighting.h"
#include "daemon/domain/sitting.h"
#include "daemon/domain/stock.h"
#include "daemon/domain/suspension.h"
#include "daemon/domain/tally.h"
#include "daemon/domain/trip.h"
#include "daemon/domain/work.h"
#include "daemon/service/volumes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROW_MAX = 256 * 1024 };

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static size_t write_retention(const struct retention_record *record, uint8_t *ret, size_t cap)
{
    require(cap >= RETENTION_RECORD_BYTES);
    return retention_write(record, ret);
}

/* Parts of other rows, which a reader takes one after the other. */
#define PART(type, read, write)                                                                    \
    static bool parse_##type(struct span bytes, struct type *ret)                                  \
    {                                                                                              \
        struct bytes_reader reader;                                                                \
        bytes_reader_init(&reader, bytes);                                                         \
        return read(&reader, ret) && bytes_reader_is_done(&reader);                                \
    }                                                                                              \
    static size_t write_##type(const struct type *part, uint8_t *ret, size_t cap)                  \
    {                                                                                              \
        struct bytes_writer writer;                                                                \
        bytes_writer_init(&writer, ret, cap);                                                      \
        write(part, &writer);                                                                      \
        require(!writer.failed);                                                                   \
        return writer.len;                                                                         \
    }
PART(moments, moment_read, moment_write)
PART(suspensions, suspension_read, suspension_write)
PART(tally_profiles, tally_profiles_read, tally_profiles_write)
#undef PART

/* Key and value in one. */
static bool parse_work(struct span bytes, struct work *ret)
{
    return bytes.len >= WORK_KEY_BYTES &&
           work_parse(span_of(bytes.data, WORK_KEY_BYTES),
                      span_of(bytes.data + WORK_KEY_BYTES, bytes.len - WORK_KEY_BYTES), ret);
}

static size_t write_work(const struct work *work, uint8_t *ret, size_t cap)
{
    require(cap >= WORK_KEY_BYTES + WORK_VALUE_MAX);
    work_write_key(work, ret);
    return WORK_KEY_BYTES + work_write_value(work, ret + WORK_KEY_BYTES);
}

struct movement_row {
    struct movement_key key;
    struct movement_sums sums;
    bool is_of_something;
};

static void add_sum(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct movement_row *row = context;
    require(account <= MOVEMENT_ACCOUNT_MAX);
    row->sums.grams[account] = grams;
    row->sums.pieces[account] = pieces;
    row->is_of_something = row->is_of_something || grams != 0 || pieces != 0;
}

static bool parse_movement(struct span bytes, struct movement_row *ret)
{
    return bytes.len >= MOVEMENT_KEY_BYTES &&
           movement_parse_key(span_of(bytes.data, MOVEMENT_KEY_BYTES), &ret->key) &&
           movement_parse_value(
               span_of(bytes.data + MOVEMENT_KEY_BYTES, bytes.len - MOVEMENT_KEY_BYTES), add_sum,
               ret) &&
           ret->is_of_something;
}

static size_t write_movement(const struct movement_row *row, uint8_t *ret, size_t cap)
{
    require(cap >= MOVEMENT_KEY_BYTES + MOVEMENT_VALUE_MAX);
    movement_write_key(&row->key, ret);
    return MOVEMENT_KEY_BYTES + movement_write_value(&row->sums, ret + MOVEMENT_KEY_BYTES);
}

static uint8_t first[ROW_MAX], second[ROW_MAX];

#define ROWS(X)                                                                                    \
    X(approval, approval_parse, approval_write)                                                    \
    X(block, block_parse, block_write)                                                             \
    X(casefile, casefile_parse, casefile_write)                                                    \
    X(catalogue, catalogue_parse, catalogue_write)                                                 \
    X(catalogue_code, catalogue_parse_code, catalogue_write_code)                                  \
    X(key, key_parse, key_write)                                                                   \
    X(cleaning_month, cleaning_parse, cleaning_write)                                              \
    X(closure, closure_parse, closure_write)                                                       \
    X(declaration_year, declaration_parse, declaration_write)                                      \
    X(document, document_parse, document_write)                                                    \
    X(edition, edition_parse, edition_write)                                                       \
    X(facts, facts_parse, facts_write)                                                             \
    X(manifest, manifest_parse, manifest_write)                                                    \
    X(manifest_batch, manifest_batch_parse, manifest_batch_write)                                  \
    X(party, party_parse, party_write)                                                             \
    X(place, place_parse, place_write)                                                             \
    X(vehicle, vehicle_parse, vehicle_write)                                                       \
    X(permit, permit_parse, permit_write)                                                          \
    X(pattern, pattern_parse, pattern_write)                                                       \
    X(pickup_day, pickup_parse_day, pickup_write_day)                                              \
    X(pickup_index, pickup_parse_index, pickup_write_index)                                        \
    X(plant_day, plant_day_parse, plant_day_write)                                                 \
    X(plant_year, plant_year_parse, plant_year_write)                                              \
    X(region, region_parse, region_write)                                                          \
    X(region_mergers, region_parse_mergers, region_write_mergers)                                  \
    X(retention_record, retention_parse, write_retention)                                          \
    X(retimes, retime_parse, retime_write)                                                         \
    X(sighting_day, sighting_parse, sighting_write)                                                \
    X(sitting, sitting_parse, sitting_write)                                                       \
    X(stock, stock_parse, stock_write)                                                             \
    X(trip, trip_parse, trip_write)                                                                \
    X(batch, batch_parse, batch_write)                                                             \
    X(volumes_head, volumes_parse_head, volumes_write_head)                                        \
    X(moments, parse_moments, write_moments)                                                       \
    X(suspensions, parse_suspensions, write_suspensions)                                           \
    X(tally_profiles, parse_tally_profiles, write_tally_profiles)                                  \
    X(work, parse_work, write_work)                                                                \
    X(movement_row, parse_movement, write_movement)

#define ROW_X(type, parse, write)                                                                  \
    static void try_##type(struct span bytes)                                                      \
    {                                                                                              \
        static struct type row, again;                                                             \
        memset(&row, 0, sizeof row);                                                               \
        memset(&again, 0, sizeof again);                                                           \
        if (!parse(bytes, &row))                                                                   \
            return;                                                                                \
        size_t len = write(&row, first, sizeof first);                                             \
        require(len > 0 && parse(span_of(first, len), &again));                                    \
        require(write(&again, second, sizeof second) == len);                                      \
        require(memcmp(first, second, len) == 0);                                                  \
    }
ROWS(ROW_X)
#undef ROW_X

static void (*const rows[])(struct span bytes) = {
#define ROW_X(type, parse, write) try_##type,
    ROWS(ROW_X)
#undef ROW_X
};

/* The first byte says which row the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        rows[data[0] % (sizeof rows / sizeof rows[0])](span_of(data + 1, size - 1));
    return 0;
}
