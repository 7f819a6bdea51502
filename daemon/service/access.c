/* access.c: which key stands behind a connection, and what it may ask.
 * Never decides what a statement may say. */
#include "daemon/service/access.h"

#include <string.h>

#include "daemon/domain/entitlement.h"
#include "daemon/service/ledger_parts.h"

static void access_fill(struct book *book,
                        uint32_t number,
                        const struct key *key,
                        int64_t now_us,
                        struct access_caller *ret)
{
    const struct party *party = key->party == 0 ? NULL : book_party(book, key->party);
    const struct party_version *version = party == NULL ? NULL : party_at(party, now_us);
    ret->key = number;
    ret->party = key->party;
    ret->division = version == NULL ? 0 : version->division;
    ret->kinds = party == NULL ? 0 : party_kinds_at(party, now_us);
    ret->roles = entitlement_roles(key->roles, ret->kinds);
}

bool access_find(struct ledger *ledger,
                 const uint8_t curve_key[static 32],
                 struct access_caller *ret)
{
    struct lookups_snapshot *snapshot = NULL;
    memset(ret, 0, sizeof *ret);
    memcpy(ret->curve_key, curve_key, sizeof ret->curve_key);
    if (lookups_snapshot_begin(ledger->lookups, &snapshot) != CUSTODY_OK)
        return false;
    bool is_found = false;
    struct lectern_place *place = lectern_take(ledger->lectern, snapshot);
    if (place != NULL) {
        struct book *book = place->book;
        int64_t now_us = ledger_now_us(ledger);
        uint32_t number = book_find(book, BOOK_NAME_CURVE, span_of(curve_key, 32));
        const struct key *key = number == 0 ? NULL : book_key(book, number);
        is_found = key != NULL && entitlement_key_row(entitlement_of_key(key, now_us))->may_ask &&
                   memcmp(key->curve_key, curve_key, 32) == 0;
        if (is_found)
            access_fill(book, number, key, now_us, ret);
        is_found = is_found && book_status(book) == CUSTODY_OK;
        ledger_doubt(ledger, book_status(book));
    }
    lectern_give(ledger->lectern, place);
    lookups_snapshot_end(snapshot);
    return is_found;
}

bool access_may_ask(const struct access_caller *caller, uint16_t kind)
{
    return caller->key != 0 && entitlement_scopes(kind, caller->roles) != 0;
}
