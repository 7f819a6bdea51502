/* enact.c: what a granted permission changes in the registry.
 * Never decides; each subject's changes are in a file of their own. */
#include "daemon/service/enact.h"

#include <string.h>

#include "daemon/base/logger.h"
#include "daemon/domain/division.h"
#include "daemon/service/annexed.h"
#include "daemon/service/enact_parts.h"
#include "daemon/service/profiles.h"

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

/* ---- what the parts share ---------------------------------------------------------------------- */

int64_t enact_from(const struct enacting *enacting, int64_t asked_us)
{
    return permission_effective_from(asked_us, enacting->entry->recorded_us,
                                     enacting->ledger_is_open);
}

uint32_t enact_party_number(const struct enacting *enacting, const char *name)
{
    return name[0] == 0 ? 0 : book_give(enacting->book, SUBJECT_PARTY, span_text(name));
}

party_bits enact_bits(size_t count, const int *values)
{
    party_bits bits = 0;
    for (size_t i = 0; i < count; i++)
        bits = (party_bits)(bits | 1u << values[i]);
    return bits;
}

struct digest enact_digest(ProtobufCBinaryData bytes)
{
    struct digest digest = {0};
    if (bytes.len == DIGEST_SIZE)
        memcpy(digest.bytes, bytes.data, DIGEST_SIZE);
    return digest;
}

int64_t enact_until(int64_t asked_us)
{
    return asked_us == 0 ? INT64_MAX : asked_us;
}

uint32_t enact_patterns(size_t count, char *const *codes, char ret[][WASTE_CODE_MAX + 1])
{
    uint32_t copied = 0;
    for (size_t i = 0; i < count && copied < PERMIT_PATTERNS_MAX; i++)
        if (strlen(codes[i]) <= WASTE_CODE_MAX)
            memcpy(ret[copied++], codes[i], strlen(codes[i]) + 1);
    return copied;
}

void enact_text(char *ret, size_t room, const char *text)
{
    size_t len = strlen(text);
    if (len < room)
        memcpy(ret, text, len + 1);
}

struct work_set *enact_work(struct book *book)
{
    struct work_set *work = arena_alloc(book_arena(book), sizeof *work);
    if (work == NULL)
        book_fail(book, CUSTODY_ERR_MEMORY);
    return work;
}

/* ---- the ledger -------------------------------------------------------------------------------- */

static void enact_found_ledger(const struct enacting *enacting,
                               const Custody__V1__FoundLedgerBody *body)
{
    struct book_ledger ledger = *book_ledger(enacting->book);
    const Custody__V1__Predecessor *predecessor = body->predecessor;
    ledger.division = division_parse(span_text(body->division));
    ledger.utc_offset_minutes = body->utc_offset_minutes;
    if (predecessor != NULL && ledger.predecessors < BOOK_PREDECESSORS_MAX)
        ledger.predecessor[ledger.predecessors++] =
            (struct book_predecessor){.origin = statement_origin_digest(predecessor->origin),
                                      .restored_size = predecessor->restored_size};
    book_put_ledger(enacting->book, &ledger);
    for (size_t i = 0; i < body->n_root_keys; i++)
        enact_key_root(enacting, body->root_keys[i].data);
    struct keyring keyring;
    keyring_found(&keyring, body->ledger_key.data, body->root_keys[0].data,
                  body->root_keys[1].data);
    book_put_keyring(enacting->book, &keyring);
}

static void enact_rotate_ledger_key(const struct enacting *enacting,
                                    const Custody__V1__RotateLedgerKeyBody *body)
{
    struct keyring *keyring = book_keyring(enacting->book);
    if (keyring == NULL)
        return;
    keyring_say(keyring, enacting->entry->statement->header.key, body->next_key.data,
                enacting->entry->number);
    book_put_keyring(enacting->book, keyring);
}

static void enact_open_ledger(const struct enacting *enacting)
{
    struct book_ledger ledger = *book_ledger(enacting->book);
    ledger.is_open = true;
    book_put_ledger(enacting->book, &ledger);
}

/* ---- the acts ---------------------------------------------------------------------------------- */

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
    case CUSTODY__V1__ACT__ACT_ROTATE_LEDGER_KEY:
        enact_rotate_ledger_key(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_REGISTER_PARTY:
        enact_party_register(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_REGISTER_PLACE:
        enact_party_register_place(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_REGISTER_VEHICLE:
        enact_party_register_vehicle(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_GRANT_PERMIT:
        enact_party_grant_permit(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_ENROL_KEY:
        enact_key_enrol(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_REVOKE_KEY:
        enact_key_revoke(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_RESERVE_NUMBERS:
        enact_transfer_reserve(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_SET_DIVISIONS:
        enact_table_divisions(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_SET_CATALOGUE:
        enact_table_catalogue(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_CHANGE_PARTY:
        enact_party_change(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_SUSPEND:
        enact_party_suspend(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_APPROVE_TRANSFER:
        enact_transfer_approve(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_CLOSE_BLOCK:
        enact_transfer_close_block(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_FILE_DOCUMENT:
        enact_transfer_file(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_CANCEL_MANIFEST:
        enact_transfer_cancel(&enacting, body);
        break;
    case CUSTODY__V1__ACT__ACT_SET_PROFILE: {
        const Custody__V1__SetProfileBody *profile = body;
        profiles_record(book, profile, enact_from(&enacting, profile->effective_from),
                        entry->number);
        break;
    }
    case CUSTODY__V1__ACT__ACT_ERASE:
        annexed_erase(book, ((const Custody__V1__EraseBody *)body)->digest.data);
        break;
    default:
        break; /* what remains changes nothing here */
    }
}
