/* enact.c: what a granted permission changes in the registry.
 * Never decides. */
#include "daemon/service/enact.h"

#include <string.h>

#include "proto/rule.h"
#include "daemon/base/logger.h"
#include "daemon/domain/division.h"
#include "daemon/service/annexed.h"
#include "daemon/service/profiles.h"
#include "daemon/service/sponsored.h"

static uint32_t vehicle_number(struct book *book, const char *plate, uint32_t colour)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_vehicle(colour, span_text(plate), name);
    return book_give(book, SUBJECT_VEHICLE, span_of(name, len));
}

static uint32_t block_number_of(struct book *book, const Custody__V1__StatementName *name)
{
    return name == NULL ? 0 : book_find(book, SUBJECT_BLOCK, span_of(name->id.data, name->id.len));
}

bool enact_code_is_listed(struct book *book, uint32_t number, int64_t at_us)
{
    struct book_code code;
    if (book_ledger(book)->codes == 0)
        return true;
    return book_code(book, number, &code) && code.is_listed && code.from_us <= at_us;
}

/* ---- numbers ----------------------------------------------------------------------------------- */

static uint64_t serial_record(int32_t year, uint32_t division)
{
    return (uint64_t)(uint32_t)year << 32 | division / 100;
}

static uint32_t serial_last(struct book *book, uint64_t record)
{
    struct span bytes = book_record(book, SUBJECT_SERIAL, record);
    return bytes.len == 4 ? bytes_get_u32(bytes.data) : 0;
}

void enact_next_number(struct book *book,
                       uint32_t division,
                       int64_t now_us,
                       char ret[static MANIFEST_NUMBER_MAX + 1])
{
    int32_t year;
    uint32_t month, day;
    const struct calendar *calendar = &book_profile(book)->calendar;
    calendar_civil(calendar_day(calendar, now_us), &year, &month, &day);
    block_local_number(ret, year, division, serial_last(book, serial_record(year, division)) + 1);
}

void enact_serial(struct book *book, struct span number, uint32_t count)
{
    /* L, year, four digits of the prefecture, six of the serial (block_local_number). */
    uint64_t year, prefecture, serial;
    if (number.len != 15 || number.data[0] != 'L')
        return;
    uint8_t digits[14];
    memcpy(digits, number.data + 1, sizeof digits);
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof digits; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return;
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    serial = value % 1000000;
    prefecture = value / 1000000 % 10000;
    year = value / UINT64_C(10000000000);
    uint64_t record = serial_record((int32_t)year, (uint32_t)prefecture * 100);
    uint32_t last = (uint32_t)serial + count - 1;
    if (last <= serial_last(book, record))
        return;
    uint8_t bytes[4];
    bytes_put_u32(bytes, last);
    book_put_record(book, SUBJECT_SERIAL, record, span_of(bytes, sizeof bytes));
}

void enact_draw(struct book *book, const Custody__V1__DrawManifestBody *body, int64_t at_us)
{
    uint32_t number = block_number_of(book, body->block);
    struct block *block = number == 0 ? NULL : book_block(book, number);
    int32_t index = block == NULL ? -1 : block_index(block, span_text(body->number));
    if (index < 0 || !block_is_live(block, at_us))
        return;
    block->drawn[index / 8] |= (uint8_t)(1u << (index % 8));
    for (size_t i = 0; body->plan != NULL && i < body->plan->n_lines; i++)
        block->drawn_g += body->plan->lines[i]->planned_mass_g;
    book_put_block(book, number, block);
}

/* ---- granted permissions ------------------------------------------------------------------------ */

struct enacting {
    struct book *book;
    const struct apply_entry *entry;
    uint32_t author;
    bool ledger_is_open;
    struct work_set *findings;
};

static int64_t enact_from(const struct enacting *enacting, int64_t asked_us)
{
    return permission_effective_from(asked_us, enacting->entry->recorded_us,
                                     enacting->ledger_is_open);
}

static uint32_t enact_party_number(const struct enacting *enacting, const char *name)
{
    return name[0] == 0 ? 0 : book_give(enacting->book, SUBJECT_PARTY, span_text(name));
}

static party_bits bits_of(size_t count, const int *values)
{
    party_bits bits = 0;
    for (size_t i = 0; i < count; i++)
        bits = (party_bits)(bits | 1u << values[i]);
    return bits;
}

static struct digest digest_of(ProtobufCBinaryData bytes)
{
    struct digest digest = {0};
    if (bytes.len == DIGEST_SIZE)
        memcpy(digest.bytes, bytes.data, DIGEST_SIZE);
    return digest;
}

static void enact_root(const struct enacting *enacting, const uint8_t *public_key)
{
    struct book *book = enacting->book;
    uint32_t number = book_give(book, SUBJECT_KEY, span_of(public_key, PUBLIC_KEY_SIZE));
    struct key fresh, *key = book_key(book, number);
    if (key == NULL) {
        chain_init(&fresh, public_key);
        key = &fresh;
    }
    key->is_enrolled = true;
    key->roles = 1 << CUSTODY__V1__ROLE__ROLE_ROOT;
    key->enrolled_entry = enacting->entry->number;
    key->until_us = INT64_MAX;
    book_put_key(book, number, key);
}

static void enact_found_ledger(const struct enacting *enacting,
                               const Custody__V1__FoundLedgerBody *body)
{
    struct book_ledger ledger = *book_ledger(enacting->book);
    ledger.division = division_parse(span_text(body->division));
    ledger.utc_offset_minutes = body->utc_offset_minutes;
    book_put_ledger(enacting->book, &ledger);
    for (size_t i = 0; i < body->n_root_keys; i++)
        enact_root(enacting, body->root_keys[i].data);
}

static void enact_open_ledger(const struct enacting *enacting)
{
    struct book_ledger ledger = *book_ledger(enacting->book);
    ledger.is_open = true;
    book_put_ledger(enacting->book, &ledger);
}

static void enact_register_party(const struct enacting *enacting,
                                 const Custody__V1__RegisterPartyBody *body)
{
    uint32_t number = enact_party_number(enacting, body->party);
    struct party party = {.entry = enacting->entry->number};
    struct party_version version = {
        .from_us = enact_from(enacting, body->effective_from),
        .kinds = bits_of(body->n_kinds, (const int *)body->kinds),
        .site = (uint8_t)body->site,
        .division = division_parse(span_text(body->division)),
        .parent = enact_party_number(enacting, body->parent),
        .beds = body->beds,
        .name = digest_of(body->name_digest),
    };
    party_add_version(&party, &version);
    book_put_party(enacting->book, number, &party);
    sponsored_note(enacting->book, version.parent, number);
}

static void enact_register_place(const struct enacting *enacting,
                                 const Custody__V1__RegisterPlaceBody *body)
{
    uint32_t party = enact_party_number(enacting, body->party);
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(party, span_text(body->code), name);
    struct place place = {
        .entry = enacting->entry->number,
        .party = party,
        .kind = (uint8_t)body->kind,
        .temperature = (uint8_t)body->temperature,
        .is_remote = body->remote,
        .division = division_parse(span_text(body->division)),
        .capacity_g = body->capacity_g,
        .from_us = enact_from(enacting, body->effective_from),
        .name = digest_of(body->name_digest),
    };
    book_put_place(enacting->book, book_give(enacting->book, SUBJECT_PLACE, span_of(name, len)),
                   &place);
}

static int64_t enact_until(int64_t asked_us)
{
    return asked_us == 0 ? INT64_MAX : asked_us;
}

static void enact_register_vehicle(const struct enacting *enacting,
                                   const Custody__V1__RegisterVehicleBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = vehicle_number(book, body->vehicle->plate, (uint32_t)body->vehicle->colour);
    struct vehicle fresh = {0}, *vehicle = book_vehicle(book, number);
    if (vehicle == NULL)
        vehicle = &fresh;
    struct vehicle_filing filing = {
        .from_us = enact_from(enacting, body->effective_from),
        .until_us = enact_until(body->effective_until),
        .carrier = enact_party_number(enacting, body->carrier),
        .is_medical = body->medical,
        .entry = enacting->entry->number,
    };
    vehicle_add_filing(vehicle, &filing);
    book_put_vehicle(book, number, vehicle);
}

static uint32_t copy_patterns(size_t count, char *const *codes, char ret[][WASTE_CODE_MAX + 1])
{
    uint32_t copied = 0;
    for (size_t i = 0; i < count && copied < PERMIT_PATTERNS_MAX; i++)
        if (strlen(codes[i]) <= WASTE_CODE_MAX)
            memcpy(ret[copied++], codes[i], strlen(codes[i]) + 1);
    return copied;
}

static void enact_grant_permit(const struct enacting *enacting,
                               const Custody__V1__GrantPermitBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = enact_party_number(enacting, body->party);
    struct party *party = book_party(book, number);
    if (party == NULL)
        return;
    struct permit permit = {
        .entry = enacting->entry->number,
        .party = number,
        .activities = bits_of(body->n_activities, (const int *)body->activities),
        .from_us = enact_from(enacting, body->effective_from),
        .until_us = enact_until(body->effective_until),
        .mass_hourly_g = body->mass_hourly_g,
        .mass_daily_g = body->mass_daily_g,
        .mass_yearly_g = body->mass_yearly_g,
        .storage_limit_g = body->storage_limit_g,
    };
    permit.pattern_count = copy_patterns(body->n_codes, body->codes, permit.patterns);
    book_put_permit(book, number, party->permits++, &permit);
    book_put_party(book, number, party);
}

static void count_regulator_key(struct book *book, const struct key *key, int change)
{
    if ((key->roles & 1 << CUSTODY__V1__ROLE__ROLE_REGULATOR) == 0)
        return;
    struct book_ledger ledger = *book_ledger(book);
    ledger.regulator_keys = (uint32_t)((int64_t)ledger.regulator_keys + change);
    book_put_ledger(book, &ledger);
}

static void
enact_revocation(const struct enacting *enacting, uint32_t number, int64_t doubt_since_us)
{
    struct book *book = enacting->book;
    struct key *key = book_key(book, number);
    if (key == NULL || key->is_revoked)
        return;
    count_regulator_key(book, key, -1);
    key->is_revoked = true;
    key->revoked_entry = enacting->entry->number;
    key->doubt_since_us = doubt_since_us;
    book_put_key(book, number, key);
    if (doubt_since_us == 0)
        return;
    static const struct work_set none;
    const struct party *party = book_party(book, key->party);
    const struct party_version *version =
        party == NULL ? NULL : party_at(party, enacting->entry->recorded_us);
    struct work_set *doubt = arena_alloc(book_arena(book), sizeof *doubt);
    struct work *row = doubt == NULL ? NULL : work_add(doubt);
    if (row == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    row->kind = WORK_FINDING;
    row->subject_kind = SUBJECT_KEY;
    row->subject = number;
    row->rule = RULE_key_doubted;
    row->division = version == NULL ? book_ledger(book)->division : version->division;
    row->due_us = doubt_since_us;
    row->anchor_key = enacting->author;
    row->anchor_sequence = enacting->entry->statement->header.key_sequence;
    row->party = key->party;
    row->entries[row->entry_count++] = enacting->entry->number;
    book_put_work(book, &none, doubt, enacting->findings);
}

static void enact_enrol_key(const struct enacting *enacting, const Custody__V1__EnrolKeyBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = book_give(book, SUBJECT_KEY, span_of(body->key.data, body->key.len));
    struct key fresh, *key = book_key(book, number);
    if (key == NULL) {
        chain_init(&fresh, body->key.data);
        key = &fresh;
    }
    uint32_t party_number = enact_party_number(enacting, body->party);
    key->is_enrolled = true;
    key->party = party_number;
    key->roles = bits_of(body->n_roles, (const int *)body->roles);
    key->invited_roles = bits_of(body->n_invited_roles, (const int *)body->invited_roles);
    key->enrolled_entry = enacting->entry->number;
    key->until_us = enact_until(body->effective_until);
    if (body->curve_key.len == sizeof key->curve_key) {
        memcpy(key->curve_key, body->curve_key.data, sizeof key->curve_key);
        book_bind(book, BOOK_NAME_CURVE, span_of(key->curve_key, sizeof key->curve_key), number);
    }
    book_put_key(book, number, key);
    count_regulator_key(book, key, 1);
    struct party *party = book_party(book, party_number);
    if (party != NULL) {
        book_put_member(book, SUBJECT_PARTY, party_number, party->keys++, number);
        book_put_party(book, party_number, party);
    }
    struct key *author = book_key(book, enacting->author);
    if (author != NULL && (author->roles & 1 << CUSTODY__V1__ROLE__ROLE_INVITED) != 0) {
        author->is_spent = true;
        book_put_key(book, enacting->author, author);
    }
    if (body->replaces.len == PUBLIC_KEY_SIZE)
        enact_revocation(
            enacting, book_find(book, SUBJECT_KEY, span_of(body->replaces.data, PUBLIC_KEY_SIZE)),
            0);
}

static void enact_revoke_key(const struct enacting *enacting,
                             const Custody__V1__RevokeKeyBody *body)
{
    uint32_t number =
        book_find(enacting->book, SUBJECT_KEY, span_of(body->key.data, body->key.len));
    enact_revocation(enacting, number, body->doubt_since);
}

static void enact_reserve_numbers(const struct enacting *enacting,
                                  const Custody__V1__ReserveNumbersBody *body)
{
    struct block *block = arena_alloc(book_arena(enacting->book), sizeof *block);
    if (block == NULL) {
        book_fail(enacting->book, CUSTODY_ERR_MEMORY);
        return;
    }
    struct span first = enacting->entry->detail;
    if (first.len == 0 || first.len > MANIFEST_NUMBER_MAX)
        return;
    block->entry = enacting->entry->number;
    block->party = enact_party_number(enacting, body->party);
    memcpy(block->first, first.data, first.len);
    block->count = body->count;
    block->from_us = enacting->entry->recorded_us;
    block->until_us = enact_until(body->effective_until);
    block->mass_ceiling_g = body->mass_ceiling_g;
    for (size_t i = 0; i < body->n_receivers && block->receiver_count < BLOCK_RECEIVERS_MAX; i++)
        block->receivers[block->receiver_count++] =
            enact_party_number(enacting, body->receivers[i]);
    block->pattern_count = copy_patterns(body->n_codes, body->codes, block->patterns);
    uint32_t number = book_give(enacting->book, SUBJECT_BLOCK,
                                span_of(enacting->entry->statement->id.bytes, DIGEST_SIZE));
    book_put_block(enacting->book, number, block);
    enact_serial(enacting->book, first, body->count);
}

static void enact_set_divisions(const struct enacting *enacting,
                                const Custody__V1__SetDivisionsBody *body)
{
    struct book *book = enacting->book;
    struct book_ledger ledger = *book_ledger(book);
    for (size_t i = 0; i < body->n_divisions && book_status(book) == CUSTODY_OK; i++) {
        const Custody__V1__Division *division = body->divisions[i];
        uint32_t code = division_parse(span_text(division->code));
        if (book_record(book, SUBJECT_DIVISION, code).data == NULL)
            ledger.divisions++;
        book_put_record(book, SUBJECT_DIVISION, code, span_text(division->name));
    }
    book_put_ledger(book, &ledger);
}

static void enact_set_catalogue(const struct enacting *enacting,
                                const Custody__V1__SetCatalogueBody *body)
{
    struct book *book = enacting->book;
    int64_t from_us = enact_from(enacting, body->effective_from);
    for (size_t i = 0; i < body->n_rows && book_status(book) == CUSTODY_OK; i++) {
        uint32_t number = book_give(book, SUBJECT_CODE, span_text(body->rows[i]->code));
        struct book_code code;
        if (!book_code(book, number, &code)) {
            struct book_ledger ledger = *book_ledger(book);
            ledger.codes++;
            book_put_ledger(book, &ledger);
            code = (struct book_code){.from_us = from_us};
        }
        code.is_listed = true;
        if (from_us < code.from_us)
            code.from_us = from_us;
        book_put_code(book, number, &code);
    }
}

void enact_permission(struct book *book,
                      const struct apply_entry *entry,
                      uint32_t author,
                      struct work_set *ret_findings)
{
    const struct enacting enacting = {.book = book,
                                      .entry = entry,
                                      .author = author,
                                      .ledger_is_open = book_ledger(book)->is_open,
                                      .findings = ret_findings};
    const void *body = entry->body;
    INVARIANT(body != NULL); /* only what was understood is granted */
    switch (entry->statement->header.act) {
    case CUSTODY__V1__ACT__ACT_FOUND_LEDGER:
        enact_found_ledger(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_OPEN_LEDGER:
        enact_open_ledger(&enacting);
        break;
    case CUSTODY__V1__ACT__ACT_REGISTER_PARTY:
        enact_register_party(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_REGISTER_PLACE:
        enact_register_place(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_REGISTER_VEHICLE:
        enact_register_vehicle(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_GRANT_PERMIT:
        enact_grant_permit(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_ENROL_KEY:
        enact_enrol_key(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_REVOKE_KEY:
        enact_revoke_key(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS:
        enact_reserve_numbers(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_ERASE:
        annexed_erase(book, ((const Custody__V1__EraseBody *)body)->digest.data);
        break;
    case CUSTODY__V1__ACT__ACT_SET_PROFILE: {
        const Custody__V1__SetProfileBody *profile = body;
        profiles_record(book, profile, enact_from(&enacting, profile->effective_from),
                        entry->number);
        break;
    }
    case CUSTODY__V1__ACT__ACT_SET_DIVISIONS:
        enact_set_divisions(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_SET_CATALOGUE:
        enact_set_catalogue(&enacting, body);
        break;
    default:
        break; /* permission_decide grants no other act */
    }
}
