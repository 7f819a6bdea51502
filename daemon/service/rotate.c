/* rotate.c: the ledger's signing key is changed, by both root keys.
 * Never leaves a ledger that cannot sign. */
#include "daemon/service/rotate.h"

#include <stdio.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/base/logger.h"
#include "daemon/service/histories.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/passage.h"
#include "daemon/service/roots.h"

enum { ROTATE_BOOK_ARENA = 8 << 20 };

static void write_vkey(const struct ledger_keys *keys, char ret[static CHECKPOINT_VKEY_MAX + 1])
{
    size_t len =
        checkpoint_write_vkey(keys->origin, keys->public_key, ret, CHECKPOINT_VKEY_MAX + 1);
    ret[len] = 0;
}

static enum custody_status replace(struct ledger *ledger, char *ret_sentence)
{
    enum custody_status status = ledger_keys_replace(ledger->options.key_file, &ledger->keys);
    if (status != CUSTODY_OK)
        snprintf(ret_sentence, 240, "the key file %s cannot be replaced: %s",
                 ledger->options.key_file, custody_status_sentence(status));
    return status;
}

/* Steps 1 and 2. */
static enum custody_status
say(struct ledger *ledger, const struct rotate_options *options, char *ret_sentence)
{
    struct root roots[ROOTS];
    struct root_statement said[ROOTS];
    uint8_t proof[SIGNATURE_SIZE];
    struct ledger_keys *keys = &ledger->keys;
    enum custody_status status = roots_find(ledger, options->root_seeds, roots, ret_sentence);
    if (status == CUSTODY_OK && !keys->has_next) {
        ledger_keys_make_next(keys);
        status = replace(ledger, ret_sentence);
    }
    if (status == CUSTODY_OK) {
        Custody__V1__RotateLedgerKeyBody body = CUSTODY__V1__ROTATE_LEDGER_KEY_BODY__INIT;
        keyring_sign_proof(keys->origin, keys->next_secret, proof);
        body.next_key = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, keys->next_public};
        body.proof = (ProtobufCBinaryData){sizeof proof, proof};
        for (int i = 0; i < ROOTS; i++)
            roots_sign(ledger, &roots[i], CUSTODY__V1__ACT__ACT_ROTATE_LEDGER_KEY, &body.base,
                       options->now_us, &said[i]);
        ledger->is_rotating = true;
        status = roots_submit(ledger, said, ROOTS, CUSTODY_OUTCOME_granted, options->now_us,
                              ret_sentence);
        ledger->is_rotating = false;
    }
    digest_wipe(roots, sizeof roots);
    return status;
}

static enum custody_status
rotate(struct ledger *ledger, const struct rotate_options *options, char *ret_sentence)
{
    enum custody_status status = say(ledger, options, ret_sentence);
    if (status != CUSTODY_OK)
        return status;
    uint8_t former[PUBLIC_KEY_SIZE];
    struct span head = journal_head(ledger->journal);
    memcpy(former, ledger->keys.public_key, sizeof former);
    /* From the committed head, as a start would: not from what was meant. */
    INVARIANT(ledger_keys_settle(&ledger->keys, head));
    status = passage_keep(ledger->options.data, ledger->keys.origin, former, head);
    if (status == CUSTODY_OK)
        status = replace(ledger, ret_sentence);
    return status == CUSTODY_OK ? histories_set_aside(ledger) : status;
}

enum custody_status rotate_read_keyring(const struct ledger_options *options,
                                        struct ledger_keys *keys,
                                        struct keyring *ret)
{
    struct journal *journal = NULL;
    struct lookups *lookups = NULL;
    struct lookups_snapshot *snapshot = NULL;
    struct journal_snapshot *entries = NULL;
    struct book *book = NULL;
    uint64_t map_size = options->map_size == 0 ? UINT64_C(1) << 40 : options->map_size;
    char path[600];
    snprintf(path, sizeof path, "%s/journal", options->data);
    enum custody_status status = journal_open(path, STORE_BESIDE, map_size, &journal);
    if (status == CUSTODY_OK)
        status = journal_snapshot_begin(journal, &entries);
    if (status == CUSTODY_OK)
        ledger_keys_settle(keys, journal_snapshot_head(entries));
    if (status == CUSTODY_OK)
        status = lookups_open(options->data, STORE_BESIDE, map_size, 1 << 20, &lookups);
    if (status == CUSTODY_OK)
        status = lookups_snapshot_begin(lookups, &snapshot);
    if (status == CUSTODY_OK) {
        book = book_create(NULL, snapshot, journal, ROTATE_BOOK_ARENA);
        const struct keyring *keyring = book == NULL ? NULL : book_keyring(book);
        if (keyring != NULL)
            *ret = *keyring;
        else if (book == NULL)
            status = CUSTODY_ERR_MEMORY;
        else
            status = book_status(book) == CUSTODY_OK ? CUSTODY_ERR_CORRUPT : book_status(book);
    }
    book_destroy(book);
    lookups_snapshot_end(snapshot);
    journal_snapshot_end(entries);
    lookups_close(lookups);
    journal_close(journal);
    return status;
}

enum custody_status rotate_ledger_key(const struct rotate_options *options,
                                      char ret_sentence[static 240],
                                      struct rotate_report *ret)
{
    struct ledger *ledger = NULL;
    struct ledger_keys file = {0};
    ret_sentence[0] = 0;
    memset(ret, 0, sizeof *ret);
    enum custody_status status =
        ledger_open(&options->ledger, options->progress, options->context, ret_sentence, &ledger);
    if (status != CUSTODY_OK)
        return status;
    status = ledger_keys_read(options->ledger.key_file, &file);
    if (status == CUSTODY_OK) {
        ret->was_cut_off = memcmp(file.public_key, ledger->keys.public_key, PUBLIC_KEY_SIZE) != 0;
        if (!ret->was_cut_off)
            write_vkey(&ledger->keys, ret->old_vkey);
        status = ret->was_cut_off ? replace(ledger, ret_sentence)
                                  : rotate(ledger, options, ret_sentence);
        if (status == CUSTODY_OK && ret->was_cut_off && !histories_are_two(ledger))
            status = histories_set_aside(ledger);
    }
    ledger_keys_done(&file);
    if (status == CUSTODY_OK) {
        book_turn(ledger->book);
        const struct keyring *keyring = book_keyring(ledger->book);
        if (keyring != NULL && keyring->count > 1)
            ret->size = keyring->keys[keyring->count - 1].said[1] + 1;
        write_vkey(&ledger->keys, ret->vkey);
    }
    ledger_close(ledger);
    if (status != CUSTODY_OK && ret_sentence[0] == 0)
        snprintf(ret_sentence, 240, "%s", custody_status_sentence(status));
    return status;
}
