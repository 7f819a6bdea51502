/* access.c: which key stands behind a connection, and what it may ask.
 * Never decides what a statement may say. */
#include "daemon/service/access.h"

#include <string.h>

#include "daemon/domain/entitlement.h"
#include "daemon/service/ledger_parts.h"

/* Whoever is at the door or asks something is looked up anew each time, so it must cost nothing but the three rows: a book would be
 * made and thrown away for them. */
struct access_rows {
    uint32_t number; /* 0: no such key */
    struct key key;
    bool has_party;
    struct party party;
};

static enum custody_status access_read_record(struct lookups_snapshot *snapshot,
                                              unsigned kind,
                                              uint64_t number,
                                              struct span *ret)
{
    uint8_t room[LOOKUPS_KEY_MAX];
    size_t len = book_key_of_record(kind, number, room);
    return lookups_snapshot_get(snapshot, LOOKUPS_RECORDS, span_of(room, len), ret);
}

static enum custody_status access_read(struct lookups_snapshot *snapshot,
                                       const uint8_t curve_key[static 32],
                                       struct access_rows *ret)
{
    uint8_t room[LOOKUPS_KEY_MAX];
    struct span bytes;
    size_t len = book_key_of_name(BOOK_NAME_CURVE, span_of(curve_key, 32), room);
    enum custody_status status =
        lookups_snapshot_get(snapshot, LOOKUPS_NAMES, span_of(room, len), &bytes);
    if (status != CUSTODY_OK)
        return status;
    if (bytes.len != 4)
        return CUSTODY_ERR_CORRUPT;
    ret->number = bytes_get_u32(bytes.data);
    status = access_read_record(snapshot, SUBJECT_KEY, ret->number, &bytes);
    if (status == CUSTODY_OK && !key_parse(bytes, &ret->key))
        return CUSTODY_ERR_CORRUPT;
    if (status != CUSTODY_OK || ret->key.party == 0)
        return status;
    status = access_read_record(snapshot, SUBJECT_PARTY, ret->key.party, &bytes);
    if (status == CUSTODY_ERR_NOT_FOUND)
        return CUSTODY_OK;
    ret->has_party = status == CUSTODY_OK;
    return ret->has_party && !party_parse(bytes, &ret->party) ? CUSTODY_ERR_CORRUPT : status;
}

static void access_fill(const struct access_rows *rows, int64_t now_us, struct access_caller *ret)
{
    const struct party *party = rows->has_party ? &rows->party : NULL;
    const struct party_version *version = party == NULL ? NULL : party_at(party, now_us);
    ret->key = rows->number;
    ret->party = rows->key.party;
    ret->division = version == NULL ? 0 : version->division;
    ret->kinds = party == NULL ? 0 : party_kinds_at(party, now_us);
    ret->roles = entitlement_roles(rows->key.roles, ret->kinds);
}

bool access_find(struct ledger *ledger,
                 const uint8_t curve_key[static 32],
                 struct access_caller *ret)
{
    struct lookups_snapshot *snapshot = NULL;
    struct access_rows rows = {0};
    memset(ret, 0, sizeof *ret);
    memcpy(ret->curve_key, curve_key, sizeof ret->curve_key);
    if (lookups_snapshot_begin(ledger->lookups, &snapshot) != CUSTODY_OK)
        return false;
    int64_t now_us = ledger_now_us(ledger);
    enum custody_status status = access_read(snapshot, curve_key, &rows);
    lookups_snapshot_end(snapshot);
    if (status != CUSTODY_OK) {
        ledger_doubt(ledger, status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status);
        return false;
    }
    if (!entitlement_key_row(entitlement_of_key(&rows.key, now_us))->may_ask ||
        memcmp(rows.key.curve_key, curve_key, 32) != 0)
        return false;
    access_fill(&rows, now_us, ret);
    return true;
}

bool access_may_ask(const struct access_caller *caller, uint16_t kind)
{
    return caller->key != 0 && entitlement_scopes(kind, caller->roles) != 0;
}
