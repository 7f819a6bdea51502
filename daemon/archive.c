/* archive.c: whose archive it is, and the words for what came of it.
 * Never reads an entry itself. */
#include "daemon/archive.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/bytes.h"
#include "daemon/ledger/export.h"
#include "daemon/service/beside.h"

struct owner {
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    uint8_t key[PUBLIC_KEY_SIZE];
};

static enum custody_status
find_owner(const struct archive_options *options, struct owner *ret, char *ret_sentence)
{
    struct ledger_keys keys = {0};
    const char *vkey = options->ledger_vkey, *file = options->config->key_file;
    if (vkey != NULL) {
        if (checkpoint_parse_vkey(span_text(vkey), ret->origin, ret->key)) {
            return CUSTODY_OK;
        }
        snprintf(ret_sentence, TILES_SENTENCE, "--ledger: not a ledger's key, name+id+key");
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status = ledger_keys_read(file, &keys);
    if (status == CUSTODY_OK) {
        memcpy(ret->origin, keys.origin, sizeof(ret->origin));
        memcpy(ret->key, keys.public_key, sizeof(ret->key));
    } else {
        snprintf(ret_sentence, TILES_SENTENCE, "%.*s cannot be read", TILES_SENTENCE / 2, file);
    }
    ledger_keys_done(&keys);
    return status;
}

/* The keys that the ledger ever signed with. Where its look-ups cannot be read the newest must do. */
static const struct keyring *
find_keys(const struct archive_options *options, struct keyring *ret, char *ret_sentence)
{
    const struct ledger_options ledger = {
        .data = options->config->data,
        .key_file = options->config->key_file,
        .map_size = options->config->map_size,
    };
    struct beside beside;
    if (beside_open(&ledger, ret_sentence, &beside) != CUSTODY_OK) {
        return NULL;
    }
    const struct keyring *keyring = book_keyring(beside.book);
    bool is_read = keyring != NULL;
    if (is_read) {
        *ret = *keyring;
    }
    beside_close(&beside);
    return is_read ? ret : NULL;
}

static void print_root(const struct digest *root)
{
    char hex[2 * DIGEST_SIZE + 1];
    bytes_write_hex(span_of(root->bytes, DIGEST_SIZE), hex);
    printf("%s", hex);
}

enum custody_status archive_export(const struct archive_options *options,
                                   char ret_sentence[static TILES_SENTENCE])
{
    struct owner owner;
    struct keyring keys;
    char unread[240];
    struct export_report report;
    enum custody_status status = find_owner(options, &owner, ret_sentence);
    if (status != CUSTODY_OK) {
        return status;
    }
    const struct export_options making = {
        .data = options->config->data,
        .map_size = options->config->map_size,
        .place = options->place,
        .origin = owner.origin,
        .ledger_key = owner.key,
        .keyring = find_keys(options, &keys, unread),
        .without_entries = options->without_entries,
        .progress = options->progress,
        .context = options->context,
    };
    status = export_make(&making, &report);
    if (status != CUSTODY_OK) {
        memcpy(ret_sentence, report.sentence, sizeof(report.sentence));
        return status;
    }
    printf("Exported %" PRIu64 " entries (%" PRIu64 " new) as %s to %s: %" PRIu64
           " files and %.1f MiB written, read back and verified. Root ",
           report.entries, report.new_entries,
           options->without_entries ? "hash tiles alone" : "tiles with their entries",
           options->place, report.new_files, (double)report.new_bytes / (1 << 20));
    print_root(&report.root);
    printf(".\n");
    return CUSTODY_OK;
}

enum custody_status archive_audit(const struct archive_options *options,
                                  char ret_sentence[static TILES_SENTENCE])
{
    struct owner owner;
    struct tiles_report report;
    enum custody_status status = find_owner(options, &owner, ret_sentence);
    if (status != CUSTODY_OK) {
        return status;
    }
    const struct tiles_options checking = {
        .place = options->place,
        .origin = owner.origin,
        .ledger_key = owner.key,
        .without_entries = options->without_entries,
        .progress = options->progress,
        .context = options->context,
    };
    status = tiles_verify(&checking, &report);
    if (status != CUSTODY_OK) {
        memcpy(ret_sentence, report.sentence, sizeof(report.sentence));
        return status;
    }
    printf("checked   signature, tree, %s\nledger    %s\nentries   %" PRIu64 "\nfiles     %" PRIu64
           "\nroot      ",
           options->without_entries ? "hash tiles; no entries" : "hash tiles, entries",
           report.head.origin, report.head.size, report.files);
    print_root(&report.head.root);
    printf("\narchive   sound\n");
    return CUSTODY_OK;
}
