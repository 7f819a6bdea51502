/* enact_key.c: keys that are enrolled and revoked.
 * Never decides who may. */
#include <string.h>

#include "proto/rule.h"
#include "daemon/service/enact_parts.h"

void enact_key_root(const struct enacting *enacting, const uint8_t *public_key)
{
    struct book *book = enacting->book;
    uint32_t number = book_give(book, SUBJECT_KEY, span_of(public_key, PUBLIC_KEY_SIZE));
    struct key fresh, *key = book_key(book, number);
    if (key == NULL) {
        chain_init(&fresh, public_key);
        key = &fresh;
    }
    if (key->is_enrolled)
        return; /* a successor's root keys are its predecessor's */
    key->is_enrolled = true;
    key->roles = 1 << CUSTODY__V1__ROLE__ROLE_ROOT;
    key->enrolled_entry = enacting->entry->number;
    key->until_us = INT64_MAX;
    book_put_key(book, number, key);
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

void enact_key_enrol(const struct enacting *enacting, const Custody__V1__EnrolKeyBody *body)
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
    key->roles = enact_bits(body->n_roles, (const int *)body->roles);
    key->invited_roles = enact_bits(body->n_invited_roles, (const int *)body->invited_roles);
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

void enact_key_revoke(const struct enacting *enacting, const Custody__V1__RevokeKeyBody *body)
{
    uint32_t number =
        book_find(enacting->book, SUBJECT_KEY, span_of(body->key.data, body->key.len));
    enact_revocation(enacting, number, body->doubt_since);
}
