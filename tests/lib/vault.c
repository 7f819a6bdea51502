/* vault.c: a small ledger on the disk and its backups.
 * Never random: the same calls make the same entries and records. */
#include "tests/lib/vault.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/check.h"

enum { VAULT_RECORDS = 256 };

static char data_path[640];

static const char *part(const struct vault *vault, const char *name)
{
    snprintf(data_path, sizeof(data_path), "%s/%s", vault->data, name);
    return data_path;
}

void vault_open(struct vault *vault)
{
    memset(vault, 0, sizeof(*vault));
    tempdir_create(&vault->dir);
    tempdir_path(&vault->dir, "ledger", vault->data, sizeof(vault->data));
    tempdir_path(&vault->dir, "backup", vault->place, sizeof(vault->place));
    tempdir_path(&vault->dir, "restored", vault->target, sizeof(vault->target));
    entries_signer_init(&vault->signer, 1);
    assert_int_equal(mkdir(vault->data, 0700), 0);
}

void vault_close(struct vault *vault)
{
    tempdir_destroy(&vault->dir);
}

struct span vault_record(unsigned number, uint8_t ret[static 64])
{
    int len = snprintf((char *)ret, 64, "salt of 16 bytes record %u", number);
    return span_of(ret, (size_t)len);
}

void vault_add(struct vault *vault, uint64_t entries, unsigned first_record, unsigned records)
{
    struct journal *journal = NULL;
    struct annex *annex = NULL;
    assert_int_equal(journal_open(part(vault, "journal"), STORE_CREATE, VAULT_MAP_SIZE, &journal),
                     CUSTODY_OK);
    if (entries > 0) {
        assert_int_equal(entries_commit(journal, &vault->signer, entries, NULL), CUSTODY_OK);
    }
    journal_close(journal);
    assert_int_equal(annex_open(part(vault, "annex"), STORE_CREATE, VAULT_MAP_SIZE, &annex),
                     CUSTODY_OK);
    for (unsigned at = 0; at < records; at += VAULT_RECORDS) {
        uint8_t bytes[VAULT_RECORDS][64];
        struct span spans[VAULT_RECORDS];
        unsigned count = records - at < VAULT_RECORDS ? records - at : VAULT_RECORDS;
        for (unsigned i = 0; i < count; i++) {
            spans[i] = vault_record(first_record + at + i, bytes[i]);
        }
        assert_int_equal(annex_put(annex, spans, count), CUSTODY_OK);
    }
    annex_close(annex);
}

void vault_erase(struct vault *vault, unsigned record)
{
    struct annex *annex = NULL;
    uint8_t bytes[64];
    struct digest name = digest_sha256(vault_record(record, bytes));
    assert_int_equal(annex_open(part(vault, "annex"), STORE_EXISTING, VAULT_MAP_SIZE, &annex),
                     CUSTODY_OK);
    assert_int_equal(annex_erase(annex, &name), CUSTODY_OK);
    annex_close(annex);
}

enum custody_status vault_backup(struct vault *vault)
{
    const struct backup_options options = {
        .data = vault->data,
        .map_size = VAULT_MAP_SIZE,
        .place = vault->place,
        .origin = ENTRIES_ORIGIN,
        .ledger_key = vault->signer.public_key,
        .secret = span_text(VAULT_SECRET),
        .configuration = span_text("[ledger]\n"),
        .passphrase = span_text(VAULT_PASSPHRASE),
        .is_quick = true,
        .now_us = 1700000000000000,
    };
    return backup_make(&options, &vault->report);
}

void vault_unseal(struct vault *vault, struct holdings *ret)
{
    assert_int_equal(holdings_open(vault->place, ret), CUSTODY_OK);
    assert_int_equal(holdings_unseal(ret, span_text(VAULT_PASSPHRASE)), CUSTODY_OK);
}

const char *vault_path(const struct vault *vault, const char *name)
{
    snprintf(data_path, sizeof(data_path), "%s/%s", vault->place, name);
    return data_path;
}

void vault_flip(const struct vault *vault, const char *name, long offset)
{
    uint8_t byte;
    int file = open(vault_path(vault, name), O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, offset), 1);
    byte ^= 4;
    assert_int_equal(pwrite(file, &byte, 1, offset), 1);
    close(file);
}
