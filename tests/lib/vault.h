/* vault.h: a journal, an annex and a place for backups of them, for tests of the disk.
 * Never a daemon: the ledger is closed whenever a backup is made. */
#ifndef TESTS_LIB_VAULT_H
#define TESTS_LIB_VAULT_H

#include "daemon/ledger/backup.h"
#include "tests/lib/entries.h"
#include "tests/lib/tempdir.h"

#define VAULT_PASSPHRASE "correct horse"
#define VAULT_SECRET     "the key file's text\n"

enum { VAULT_MAP_SIZE = 64 << 20 };

struct vault {
    struct tempdir dir;
    char data[512], place[512], target[512];
    struct entries_signer signer;
    struct backup_report report; /* of the last vault_backup */
};

/* An empty ledger. */
void vault_open(struct vault *vault);
void vault_close(struct vault *vault);
/* Entries and records more; the n-th record is always the same (vault_record). */
void vault_add(struct vault *vault, uint64_t entries, unsigned first_record, unsigned records);
struct span vault_record(unsigned number, uint8_t ret[static 64]);
void vault_erase(struct vault *vault, unsigned record);
enum custody_status vault_backup(struct vault *vault);
/* Open the place and unseal it; fails the test when that is impossible. */
void vault_unseal(struct vault *vault, struct holdings *ret);
/* Flip one bit in a file of the place; `name` as inventory_file_name gives it. */
void vault_flip(const struct vault *vault, const char *name, long offset);
/* Path of a file in the place. */
const char *vault_path(const struct vault *vault, const char *name);

#endif
