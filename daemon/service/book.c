/* book.c: names and records of the look-ups, typed.
 * Never decides, never folds. */
#include "daemon/service/book.h"

#include <stdlib.h>
#include <string.h>

#include "proto/entry.h"
#include "daemon/base/logger.h"
#include "daemon/service/docket.h"
#include "daemon/service/profiles.h"
#include "daemon/service/registry.h"

enum { BOOK_MANIFESTS_CACHED = 128, BOOK_KEPT = 256, BOOK_SCRATCH = CONTAINER_RECORD_MAX + 8192 };

struct book {
    struct lookups *lookups;
    struct lookups_snapshot *snapshot;
    struct journal *journal;
    struct arena *arena;
    enum custody_status status;
    /* Parsed once a turn: every container of a load asks for the same manifest. */
    uint32_t manifest_count;
    struct {
        uint32_t number;
        struct manifest *manifest;
    } manifests[BOOK_MANIFESTS_CACHED];
    /* The registry's records, as folds ask for the same ones again and again: what was read in this turn. */
    uint64_t turn;
    struct book_kept {
        uint64_t turn;
        uint64_t number;
        unsigned kind;
        void *record; /* NULL: there is none */
    } kept[BOOK_KEPT];
    struct book_ledger ledger;
    bool ledger_is_loaded;
    struct profiles *profiles;
    struct law law;
    uint64_t scanned;
    uint8_t scratch[BOOK_SCRATCH];
};

static const struct profile *book_law_profile(void *context, uint32_t number)
{
    const struct book *book = context;
    return profiles_get(book->profiles, number);
}

struct book *book_create(struct lookups *lookups,
                         struct lookups_snapshot *snapshot,
                         struct journal *journal,
                         size_t arena_cap)
{
    INVARIANT((lookups == NULL) != (snapshot == NULL));
    struct book *book = calloc(1, sizeof *book);
    if (book == NULL)
        return NULL;
    book->lookups = lookups;
    book->snapshot = snapshot;
    book->journal = journal;
    book->law = *law_default();
    book->law.context = book;
    book->law.profile = book_law_profile;
    registry_fill_law(&book->law);
    book->turn = 1;
    book->arena = arena_create(arena_cap);
    book->profiles = profiles_create(book);
    if (book->arena == NULL || book->profiles == NULL) {
        book_destroy(book);
        return NULL;
    }
    return book;
}

void book_open(struct book *book, struct lookups_snapshot *snapshot)
{
    INVARIANT(book->lookups == NULL);
    book->snapshot = snapshot;
    book_turn(book);
}

void book_destroy(struct book *book)
{
    if (book == NULL)
        return;
    profiles_destroy(book->profiles);
    arena_destroy(book->arena);
    free(book);
}

void book_turn(struct book *book)
{
    arena_empty(book->arena);
    book->status = CUSTODY_OK;
    book->manifest_count = 0;
    book->turn++;
    profiles_turn(book->profiles);
    book->ledger_is_loaded = false;
}

struct arena *book_arena(struct book *book)
{
    return book->arena;
}

enum custody_status book_status(const struct book *book)
{
    return book->status;
}

void book_fail(struct book *book, enum custody_status status)
{
    if (book->status == CUSTODY_OK)
        book->status = status;
}

const struct profile *book_profile(const struct book *book)
{
    return profiles_get(book->profiles, LAW_PROFILE_GENERAL);
}

uint32_t book_codeless(struct book *book, uint32_t division, int64_t at_us)
{
    return profiles_codeless(book->profiles, division, at_us);
}

const struct profile *book_profile_at(struct book *book, int64_t at_us)
{
    return profiles_get(book->profiles, book_codeless(book, book_ledger(book)->division, at_us));
}

struct profiles *book_profiles(struct book *book)
{
    return book->profiles;
}

const struct law *book_law(const struct book *book)
{
    return &book->law;
}

uint32_t book_profile_for(
    struct book *book, struct span code, bool is_epidemic, uint32_t division, int64_t at_us)
{
    return profiles_select(book->profiles, code, is_epidemic, division, at_us);
}

/* ---- rows ------------------------------------------------------------------------------------ */

struct span book_row(struct book *book, enum lookups_table table, struct span key)
{
    struct span value = {0};
    enum custody_status status = book->snapshot != NULL
                                     ? lookups_snapshot_get(book->snapshot, table, key, &value)
                                     : lookups_get(book->lookups, table, key, &value);
    if (status == CUSTODY_ERR_NOT_FOUND)
        return (struct span){0};
    if (status != CUSTODY_OK) {
        book_fail(book, status);
        return (struct span){0};
    }
    return value;
}

void book_put_row(struct book *book, enum lookups_table table, struct span key, struct span value)
{
    INVARIANT(book->lookups != NULL);
    if (book->status == CUSTODY_OK)
        book_fail(book, lookups_put(book->lookups, table, key, value));
}

void book_delete_row(struct book *book, enum lookups_table table, struct span key)
{
    INVARIANT(book->lookups != NULL);
    if (book->status == CUSTODY_OK)
        book_fail(book, lookups_delete(book->lookups, table, key));
}

static struct span
book_get(struct book *book, enum lookups_table table, const struct bytes_writer *key)
{
    return book_row(book, table, bytes_written(key));
}

static void book_put(struct book *book,
                     enum lookups_table table,
                     const struct bytes_writer *key,
                     struct span value)
{
    book_put_row(book, table, bytes_written(key), value);
}

static void *book_alloc(struct book *book, size_t len)
{
    void *memory = arena_alloc(book->arena, len);
    if (memory == NULL)
        book_fail(book, CUSTODY_ERR_MEMORY);
    return memory;
}

/* ---- names ----------------------------------------------------------------------------------- */

static void
book_name_key(struct bytes_writer *key, uint8_t *room, size_t cap, unsigned kind, struct span name)
{
    bytes_writer_init(key, room, cap);
    bytes_write_u8(key, (uint8_t)kind);
    bytes_write_span(key, name);
}

size_t book_key_of_name(unsigned kind, struct span name, uint8_t *ret)
{
    struct bytes_writer key;
    book_name_key(&key, ret, LOOKUPS_KEY_MAX, kind, name);
    return key.failed ? 0 : key.len;
}

uint32_t book_find(struct book *book, unsigned kind, struct span name)
{
    uint8_t room[LOOKUPS_KEY_MAX];
    struct bytes_writer key;
    book_name_key(&key, room, sizeof room, kind, name);
    if (key.failed || name.len == 0)
        return 0;
    struct span value = book_get(book, LOOKUPS_NAMES, &key);
    if (value.data == NULL)
        return 0;
    if (value.len != 4) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return 0;
    }
    return bytes_get_u32(value.data);
}

void book_bind(struct book *book, unsigned kind, struct span name, uint32_t number)
{
    uint8_t room[LOOKUPS_KEY_MAX], value[4];
    struct bytes_writer key;
    book_name_key(&key, room, sizeof room, kind, name);
    bytes_put_u32(value, number);
    book_put(book, LOOKUPS_NAMES, &key, span_of(value, sizeof value));
}

uint32_t book_give(struct book *book, unsigned kind, struct span name)
{
    uint32_t number = book_find(book, kind, name);
    if (number != 0 || book->status != CUSTODY_OK)
        return number;
    struct book_ledger ledger = *book_ledger(book);
    number = ++ledger.numbers[kind];
    book_put_ledger(book, &ledger);
    book_bind(book, kind, name, number);
    uint8_t room[8];
    struct bytes_writer key;
    bytes_writer_init(&key, room, sizeof room);
    bytes_write_u8(&key, (uint8_t)kind);
    bytes_write_u32(&key, number);
    book_put(book, LOOKUPS_TEXTS, &key, name);
    return number;
}

/* Where a record is kept in this turn, if it is. Names are kept beside records, under kinds of their own. */
enum { BOOK_KEPT_NAME = 256 };

static struct book_kept *book_keep(struct book *book, unsigned kind, uint64_t number)
{
    uint64_t hash = (number ^ number >> 32) * 31 + kind;
    return &book->kept[hash % BOOK_KEPT];
}

static bool
book_is_kept(const struct book *book, const struct book_kept *kept, unsigned kind, uint64_t number)
{
    return kept->turn == book->turn && kept->kind == kind && kept->number == number;
}

static void book_keep_record(
    struct book *book, struct book_kept *kept, unsigned kind, uint64_t number, void *record)
{
    *kept =
        (struct book_kept){.turn = book->turn, .kind = kind, .number = number, .record = record};
}

static struct span book_read_name(struct book *book, unsigned kind, uint32_t number)
{
    uint8_t room[8];
    struct bytes_writer key;
    bytes_writer_init(&key, room, sizeof room);
    bytes_write_u8(&key, (uint8_t)kind);
    bytes_write_u32(&key, number);
    struct span text = book_get(book, LOOKUPS_TEXTS, &key);
    void *copy = text.data == NULL ? NULL : arena_copy(book->arena, text.data, text.len);
    return span_of(copy, copy == NULL ? 0 : text.len);
}

struct span book_name(struct book *book, unsigned kind, uint32_t number)
{
    struct book_kept *kept = book_keep(book, BOOK_KEPT_NAME + kind, number);
    if (book_is_kept(book, kept, BOOK_KEPT_NAME + kind, number))
        return *(const struct span *)kept->record;
    struct span *name = arena_alloc(book->arena, sizeof *name);
    struct span read = book_read_name(book, kind, number);
    if (name == NULL || read.len == 0)
        return read;
    *name = read;
    book_keep_record(book, kept, BOOK_KEPT_NAME + kind, number, name);
    return read;
}

size_t book_write_owned(uint32_t owner, struct span code, uint8_t *ret)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, BOOK_NAME_MAX);
    bytes_write_u32(&writer, owner);
    bytes_write_u8(&writer, 0);
    bytes_write_span(&writer, code);
    return writer.failed ? 0 : writer.len;
}

size_t book_write_bulk(uint32_t generator, struct span manifest, uint32_t line, uint8_t *ret)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, BOOK_NAME_MAX);
    bytes_write_u32(&writer, generator);
    bytes_write_u8(&writer, 1);
    bytes_write_span(&writer, manifest);
    bytes_write_u32(&writer, line);
    return writer.failed || manifest.len != DIGEST_SIZE ? 0 : writer.len;
}

size_t book_write_document(unsigned kind, uint32_t owner, struct span number, uint8_t *ret)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, BOOK_NAME_MAX);
    bytes_write_u8(&writer, (uint8_t)kind);
    bytes_write_u32(&writer, owner);
    bytes_write_span(&writer, number);
    return writer.failed ? 0 : writer.len;
}

size_t book_write_vehicle(uint32_t colour, struct span plate, uint8_t *ret)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, BOOK_NAME_MAX);
    bytes_write_u8(&writer, (uint8_t)colour);
    bytes_write_span(&writer, plate);
    return writer.failed ? 0 : writer.len;
}

bool book_read_owned(struct span name, uint32_t *ret_owner, struct span *ret_code)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, name);
    uint32_t owner = bytes_read_u32(&reader);
    uint8_t form = bytes_read_u8(&reader);
    if (reader.failed || form != 0)
        return false;
    *ret_owner = owner;
    *ret_code = bytes_read_span(&reader, reader.left);
    return true;
}

bool book_read_bulk(struct span name,
                    uint32_t *ret_generator,
                    struct span *ret_manifest,
                    uint32_t *ret_line)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, name);
    uint32_t generator = bytes_read_u32(&reader);
    uint8_t form = bytes_read_u8(&reader);
    struct span manifest = bytes_read_span(&reader, DIGEST_SIZE);
    uint32_t line = bytes_read_u32(&reader);
    if (!bytes_reader_is_done(&reader) || form != 1)
        return false;
    *ret_generator = generator;
    *ret_manifest = manifest;
    *ret_line = line;
    return true;
}

/* ---- records --------------------------------------------------------------------------------- */

static void
book_record_key(struct bytes_writer *key, uint8_t *room, size_t cap, unsigned kind, uint64_t number)
{
    bytes_writer_init(key, room, cap);
    bytes_write_u8(key, (uint8_t)kind);
    bytes_write_u64(key, number);
}

size_t book_key_of_record(unsigned kind, uint64_t number, uint8_t *ret)
{
    struct bytes_writer key;
    book_record_key(&key, ret, LOOKUPS_KEY_MAX, kind, number);
    return key.len;
}

struct span book_record(struct book *book, unsigned kind, uint64_t number)
{
    uint8_t room[16];
    struct bytes_writer key;
    book_record_key(&key, room, sizeof room, kind, number);
    return book_get(book, LOOKUPS_RECORDS, &key);
}

void book_put_record(struct book *book, unsigned kind, uint64_t number, struct span value)
{
    uint8_t room[16];
    struct bytes_writer key;
    book_record_key(&key, room, sizeof room, kind, number);
    book_put(book, LOOKUPS_RECORDS, &key, value);
    struct book_kept *kept = book_keep(book, kind, number);
    if (book_is_kept(book, kept, kind, number))
        kept->turn = 0;
    if (kind == SUBJECT_PROFILE)
        profiles_written(book->profiles, number);
}

/* A record that is there must parse; one that does not is damage. */
static bool book_checked(struct book *book, bool parsed)
{
    if (!parsed)
        book_fail(book, CUSTODY_ERR_CORRUPT);
    return parsed;
}

#define BOOK_LOAD(book, kind, number, type, parse)                                                 \
    do {                                                                                           \
        struct book_kept *kept_ = book_keep((book), (kind), (number));                             \
        if (book_is_kept((book), kept_, (kind), (number)))                                         \
            return kept_->record;                                                                  \
        struct span bytes_ = book_record((book), (kind), (number));                                \
        type *loaded_ = bytes_.data == NULL ? NULL : book_alloc((book), sizeof *loaded_);          \
        if (bytes_.data != NULL &&                                                                 \
            (loaded_ == NULL || !book_checked((book), parse(bytes_, loaded_))))                    \
            return NULL;                                                                           \
        if ((book)->status == CUSTODY_OK)                                                          \
            book_keep_record((book), kept_, (kind), (number), loaded_);                            \
        return loaded_;                                                                            \
    } while (0)

const void *book_look(struct book *book,
                      unsigned kind,
                      uint64_t number,
                      size_t size,
                      bool (*parse)(struct span bytes, void *ret))
{
    struct book_kept *kept = book_keep(book, kind, number);
    if (book_is_kept(book, kept, kind, number))
        return kept->record;
    struct span bytes = book_record(book, kind, number);
    void *record = book_alloc(book, size);
    if (record == NULL || (bytes.data != NULL && !book_checked(book, parse(bytes, record))))
        return NULL;
    if (book->status == CUSTODY_OK)
        book_keep_record(book, kept, kind, number, record);
    return record;
}

struct party *book_party(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_PARTY, number, struct party, party_parse);
}

struct place *book_place(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_PLACE, number, struct place, place_parse);
}

struct vehicle *book_vehicle(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_VEHICLE, number, struct vehicle, vehicle_parse);
}

static uint64_t book_permit_number(uint32_t party, uint32_t index)
{
    return (uint64_t)party << 32 | index;
}

struct permit *book_permit(struct book *book, uint32_t party, uint32_t index)
{
    BOOK_LOAD(book, SUBJECT_PERMIT, book_permit_number(party, index), struct permit, permit_parse);
}

struct key *book_key(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_KEY, number, struct key, key_parse);
}

struct block *book_block(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_BLOCK, number, struct block, block_parse);
}

struct approval *book_approval(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_APPROVAL, number, struct approval, approval_parse);
}

struct document *book_document(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_DOCUMENT, number, struct document, document_parse);
}

struct region *book_region(struct book *book, uint32_t division)
{
    BOOK_LOAD(book, SUBJECT_DIVISION, division, struct region, region_parse);
}

struct catalogue_code *book_code(struct book *book, uint32_t number)
{
    BOOK_LOAD(book, SUBJECT_CODE, number, struct catalogue_code, catalogue_parse_code);
}

/* Records of SUBJECT_LEDGER beside the ledger's own. */
enum { BOOK_RECORD_CATALOGUE = 1, BOOK_RECORD_MERGERS = 2, BOOK_RECORD_KEYRING = 3 };

static struct catalogue *book_load_catalogue(struct book *book)
{
    BOOK_LOAD(book, SUBJECT_LEDGER, BOOK_RECORD_CATALOGUE, struct catalogue, catalogue_parse);
}

struct catalogue *book_catalogue(struct book *book)
{
    struct catalogue *catalogue = book_load_catalogue(book);
    return catalogue != NULL || book->status != CUSTODY_OK ? catalogue
                                                           : book_alloc(book, sizeof *catalogue);
}

static struct region_mergers *book_load_mergers(struct book *book)
{
    BOOK_LOAD(book, SUBJECT_LEDGER, BOOK_RECORD_MERGERS, struct region_mergers,
              region_parse_mergers);
}

struct region_mergers *book_mergers(struct book *book)
{
    struct region_mergers *mergers = book_load_mergers(book);
    return mergers != NULL || book->status != CUSTODY_OK ? mergers
                                                         : book_alloc(book, sizeof *mergers);
}

static struct keyring *book_load_keyring(struct book *book)
{
    BOOK_LOAD(book, SUBJECT_LEDGER, BOOK_RECORD_KEYRING, struct keyring, keyring_parse);
}

struct keyring *book_keyring(struct book *book)
{
    struct keyring *keyring = book_load_keyring(book);
    return keyring != NULL || book->status != CUSTODY_OK ? keyring
                                                         : book_alloc(book, sizeof *keyring);
}

struct manifest *book_manifest(struct book *book, uint32_t number)
{
    for (uint32_t i = 0; i < book->manifest_count; i++)
        if (book->manifests[i].number == number)
            return book->manifests[i].manifest;
    struct span bytes = book_record(book, SUBJECT_MANIFEST, number);
    /* Most of it is room for facts, which parsing leaves alone beyond those that there are. */
    struct manifest *manifest = bytes.data == NULL ? book_alloc(book, sizeof *manifest)
                                                   : arena_room(book->arena, sizeof *manifest);
    if (manifest == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    if (bytes.data != NULL && !book_checked(book, manifest_parse(bytes, manifest)))
        return NULL;
    if (book->manifest_count < BOOK_MANIFESTS_CACHED) {
        book->manifests[book->manifest_count].number = number;
        book->manifests[book->manifest_count].manifest = manifest;
        book->manifest_count++;
    }
    return manifest;
}

struct trip *book_trip(struct book *book, uint32_t number)
{
    struct trip *trip = book_alloc(book, sizeof *trip);
    struct span bytes = book_record(book, SUBJECT_TRIP, number);
    if (trip == NULL || (bytes.data != NULL && !book_checked(book, trip_parse(bytes, trip))))
        return NULL;
    return trip;
}

struct batch *book_batch(struct book *book, uint32_t number)
{
    struct batch *batch = book_alloc(book, sizeof *batch);
    struct span bytes = book_record(book, SUBJECT_BATCH, number);
    if (batch == NULL || (bytes.data != NULL && !book_checked(book, batch_parse(bytes, batch))))
        return NULL;
    return batch;
}

void book_put_party(struct book *book, uint32_t number, const struct party *party)
{
    size_t len = party_write(party, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_PARTY, number, span_of(book->scratch, len));
}

void book_put_place(struct book *book, uint32_t number, const struct place *place)
{
    size_t len = place_write(place, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_PLACE, number, span_of(book->scratch, len));
}

void book_put_vehicle(struct book *book, uint32_t number, const struct vehicle *vehicle)
{
    size_t len = vehicle_write(vehicle, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_VEHICLE, number, span_of(book->scratch, len));
}

void book_put_permit(struct book *book, uint32_t party, uint32_t index, const struct permit *permit)
{
    size_t len = permit_write(permit, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_PERMIT, book_permit_number(party, index),
                    span_of(book->scratch, len));
}

void book_put_key(struct book *book, uint32_t number, const struct key *key)
{
    size_t len = key_write(key, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_KEY, number, span_of(book->scratch, len));
}

void book_put_block(struct book *book, uint32_t number, const struct block *block)
{
    size_t len = block_write(block, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_BLOCK, number, span_of(book->scratch, len));
}

void book_put_approval(struct book *book, uint32_t number, const struct approval *approval)
{
    size_t len = approval_write(approval, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_APPROVAL, number, span_of(book->scratch, len));
}

void book_put_document(struct book *book, uint32_t number, const struct document *document)
{
    size_t len = document_write(document, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_DOCUMENT, number, span_of(book->scratch, len));
}

void book_put_region(struct book *book, uint32_t division, const struct region *region)
{
    size_t len = region_write(region, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_DIVISION, division, span_of(book->scratch, len));
}

void book_put_code(struct book *book, uint32_t number, const struct catalogue_code *code)
{
    size_t len = catalogue_write_code(code, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_CODE, number, span_of(book->scratch, len));
}

void book_put_catalogue(struct book *book, const struct catalogue *catalogue)
{
    size_t len = catalogue_write(catalogue, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_LEDGER, BOOK_RECORD_CATALOGUE, span_of(book->scratch, len));
}

void book_put_mergers(struct book *book, const struct region_mergers *mergers)
{
    size_t len = region_write_mergers(mergers, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_LEDGER, BOOK_RECORD_MERGERS, span_of(book->scratch, len));
}

void book_put_keyring(struct book *book, const struct keyring *keyring)
{
    size_t len = keyring_write(keyring, book->scratch, sizeof book->scratch);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_LEDGER, BOOK_RECORD_KEYRING, span_of(book->scratch, len));
}

/* ---- the ledger's own record ------------------------------------------------------------------ */

const struct book_ledger *book_ledger(struct book *book)
{
    if (book->ledger_is_loaded)
        return &book->ledger;
    memset(&book->ledger, 0, sizeof book->ledger);
    struct span bytes = book_record(book, SUBJECT_LEDGER, 0);
    if (bytes.data != NULL) {
        struct bytes_reader reader;
        bytes_reader_init(&reader, bytes);
        book->ledger.is_open = bytes_read_u8(&reader) != 0;
        book->ledger.division = bytes_read_u32(&reader);
        book->ledger.utc_offset_minutes = (int32_t)bytes_read_zigzag(&reader);
        for (size_t i = 0; i < SUBJECT_KINDS; i++)
            book->ledger.numbers[i] = bytes_read_u32(&reader);
        book->ledger.divisions = bytes_read_u32(&reader);
        book->ledger.codes = bytes_read_u32(&reader);
        book->ledger.regulator_keys = bytes_read_u32(&reader);
        book->ledger.predecessors = bytes_read_u32(&reader);
        if (book->ledger.predecessors > BOOK_PREDECESSORS_MAX) {
            book->ledger.predecessors = 0;
            reader.failed = true;
        }
        for (uint32_t i = 0; i < book->ledger.predecessors; i++) {
            struct book_predecessor *predecessor = &book->ledger.predecessor[i];
            bytes_read_copy(&reader, predecessor->origin.bytes, DIGEST_SIZE);
            predecessor->restored_size = bytes_read_u64(&reader);
        }
        book_checked(book, bytes_reader_is_done(&reader));
        profiles_set_zone(book->profiles, book->ledger.utc_offset_minutes);
    }
    book->ledger_is_loaded = true;
    return &book->ledger;
}

void book_put_ledger(struct book *book, const struct book_ledger *ledger)
{
    uint8_t room[256 + BOOK_PREDECESSORS_MAX * (DIGEST_SIZE + 8)];
    struct bytes_writer writer;
    bytes_writer_init(&writer, room, sizeof room);
    bytes_write_u8(&writer, ledger->is_open);
    bytes_write_u32(&writer, ledger->division);
    bytes_write_zigzag(&writer, ledger->utc_offset_minutes);
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        bytes_write_u32(&writer, ledger->numbers[i]);
    bytes_write_u32(&writer, ledger->divisions);
    bytes_write_u32(&writer, ledger->codes);
    bytes_write_u32(&writer, ledger->regulator_keys);
    bytes_write_u32(&writer, ledger->predecessors);
    for (uint32_t i = 0; i < ledger->predecessors; i++) {
        bytes_write_span(&writer, span_of(ledger->predecessor[i].origin.bytes, DIGEST_SIZE));
        bytes_write_u64(&writer, ledger->predecessor[i].restored_size);
    }
    INVARIANT(!writer.failed);
    book_put_record(book, SUBJECT_LEDGER, 0, bytes_written(&writer));
    book->ledger = *ledger;
    book->ledger_is_loaded = true;
    profiles_set_zone(book->profiles, ledger->utc_offset_minutes);
}

/* ---- slots, members -------------------------------------------------------------------- */

static void book_slot_key(
    struct bytes_writer *key, uint8_t *room, size_t cap, uint32_t number, uint64_t sequence)
{
    bytes_writer_init(key, room, cap);
    bytes_write_u32(key, number);
    bytes_write_u64(key, sequence);
}

bool book_slot(struct book *book, uint32_t key_number, uint64_t sequence, struct book_slot *ret)
{
    uint8_t room[16];
    struct bytes_writer key;
    book_slot_key(&key, room, sizeof room, key_number, sequence);
    memset(ret, 0, sizeof *ret);
    struct span bytes = book_get(book, LOOKUPS_SLOTS, &key);
    if (bytes.data == NULL)
        return false;
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t counts = bytes_read_u8(&reader);
    ret->count = counts & 0x0f;
    ret->named_count = counts >> 4;
    if (!book_checked(book, ret->count <= BOOK_SLOT_MAX))
        return false;
    for (uint32_t i = 0; i < ret->count; i++) {
        bytes_read_copy(&reader, ret->statements[i].id, sizeof ret->statements[i].id);
        ret->statements[i].entry = bytes_read_varint(&reader);
        uint64_t kept = bytes_read_varint(&reader);
        ret->statements[i].is_void = (kept & 1) != 0;
        ret->statements[i].kept = (uint32_t)(kept >> 1);
    }
    for (uint32_t i = 0; i < ret->named_count; i++) {
        bytes_read_copy(&reader, ret->named[i].id, sizeof ret->named[i].id);
        ret->named[i].party = bytes_read_u32(&reader);
        ret->named[i].bits = bytes_read_u8(&reader);
        ret->named[i].entry = bytes_read_varint(&reader);
    }
    return book_checked(book, bytes_reader_is_done(&reader));
}

void book_put_slot(struct book *book,
                   uint32_t key_number,
                   uint64_t sequence,
                   const struct book_slot *slot)
{
    uint8_t room[16], value[1 + BOOK_SLOT_MAX * 31 + BOOK_SLOT_NAMED_MAX * 31];
    struct bytes_writer key, writer;
    book_slot_key(&key, room, sizeof room, key_number, sequence);
    bytes_writer_init(&writer, value, sizeof value);
    bytes_write_u8(&writer, (uint8_t)(slot->count | slot->named_count << 4));
    for (uint32_t i = 0; i < slot->count; i++) {
        bytes_write_span(&writer, span_of(slot->statements[i].id, sizeof slot->statements[i].id));
        bytes_write_varint(&writer, slot->statements[i].entry);
        bytes_write_varint(&writer, (uint64_t)slot->statements[i].kept << 1 |
                                        (slot->statements[i].is_void ? 1 : 0));
    }
    for (uint32_t i = 0; i < slot->named_count; i++) {
        bytes_write_span(&writer, span_of(slot->named[i].id, sizeof slot->named[i].id));
        bytes_write_u32(&writer, slot->named[i].party);
        bytes_write_u8(&writer, slot->named[i].bits);
        bytes_write_varint(&writer, slot->named[i].entry);
    }
    INVARIANT(!writer.failed);
    book_put(book, LOOKUPS_SLOTS, &key, bytes_written(&writer));
}

static void book_member_key(
    struct bytes_writer *key, uint8_t *room, size_t cap, unsigned kind, uint64_t of, uint64_t index)
{
    bytes_writer_init(key, room, cap);
    bytes_write_u8(key, (uint8_t)kind);
    bytes_write_u64(key, of);
    bytes_write_u64(key, index);
}

uint64_t book_member(struct book *book, unsigned kind, uint64_t of, uint64_t index)
{
    uint8_t room[24];
    struct bytes_writer key;
    book_member_key(&key, room, sizeof room, kind, of, index);
    struct span bytes = book_get(book, LOOKUPS_MEMBERS, &key);
    if (bytes.data == NULL)
        return 0;
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint64_t member = bytes_read_varint(&reader);
    return book_checked(book, bytes_reader_is_done(&reader)) ? member : 0;
}

void book_put_member(struct book *book, unsigned kind, uint64_t of, uint64_t index, uint64_t member)
{
    uint8_t room[24], value[10];
    struct bytes_writer key, writer;
    book_member_key(&key, room, sizeof room, kind, of, index);
    bytes_writer_init(&writer, value, sizeof value);
    bytes_write_varint(&writer, member);
    book_put(book, LOOKUPS_MEMBERS, &key, bytes_written(&writer));
}

/* ---- work ------------------------------------------------------------------------------------- */

void book_put_work(struct book *book,
                   const struct work_set *before,
                   const struct work_set *after,
                   struct work_set *ret_opened)
{
    docket_change(book, before, after, ret_opened);
}

void book_put_movement(struct book *book, const struct movement_key *movement, struct span value)
{
    uint8_t room[MOVEMENT_KEY_BYTES];
    struct bytes_writer key;
    movement_write_key(movement, room);
    bytes_writer_init(&key, room, sizeof room);
    key.len = sizeof room;
    book_put(book, LOOKUPS_MOVEMENTS, &key, value);
}

struct book_counting {
    struct book *book;
    lookups_visit *visit;
    void *context;
};

static bool book_count_row(void *context, struct span key, struct span value)
{
    const struct book_counting *counting = context;
    counting->book->scanned++;
    return counting->visit(counting->context, key, value);
}

void book_scan_movements(struct book *book,
                         const struct movement_key *first,
                         int32_t after,
                         lookups_visit *visit,
                         void *context)
{
    const struct movement_key end = {.party = first->party, .code = first->code, .day = after};
    uint8_t from_bytes[MOVEMENT_KEY_BYTES], until_bytes[MOVEMENT_KEY_BYTES];
    struct book_counting counting = {.book = book, .visit = visit, .context = context};
    movement_write_key(first, from_bytes);
    movement_write_key(&end, until_bytes);
    struct span from = span_of(from_bytes, sizeof from_bytes);
    struct span until = span_of(until_bytes, sizeof until_bytes), own = span_of(from_bytes, 8);
    INVARIANT(book->lookups != NULL);
    enum custody_status status =
        lookups_scan(book->lookups, LOOKUPS_MOVEMENTS, own, from, until, book_count_row, &counting);
    if (status != CUSTODY_OK)
        book_fail(book, status);
}

uint64_t book_scanned(const struct book *book)
{
    return book->scanned;
}

bool book_read_entry(struct book *book, uint64_t number, struct span *ret)
{
    return book->journal != NULL && journal_peek(book->journal, number, ret) == CUSTODY_OK;
}

int64_t book_recorded_us(struct book *book, uint64_t number)
{
    struct span bytes = {0};
    struct entry entry;
    if (!book_read_entry(book, number, &bytes) || !entry_parse(bytes, &entry))
        return 0;
    return entry.recorded_at_us;
}
