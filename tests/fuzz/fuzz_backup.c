/* fuzz_backup.c: the small files of a backup and those that processes leave for one another: an inventory, a counted segment, when the
 * last backup was, last words.
 *
 * The first byte says which file the rest is. An inventory's checksum is made right, so that what stands behind it is reached. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/base/lastwords.h"
#include "daemon/ledger/backup.h"
#include "daemon/ledger/inventory.h"
#include "daemon/ledger/segment.h"
#include "tests/lib/tempdir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 16384, PIECE = 512, END = sizeof "digest: \n" - 1 + 2 * DIGEST_SIZE };

static struct tempdir dir;

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void leave(void)
{
    tempdir_destroy(&dir);
}

static const char *write_file(const char *name, struct span bytes)
{
    static char path[600];
    int file = open(tempdir_path(&dir, name, path, sizeof path),
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0);
    require(bytes.len == 0 || write(file, bytes.data, bytes.len) == (ssize_t)bytes.len);
    close(file);
    return path;
}

/* What is taken is written as an inventory that reads the same. */
static void try_inventory(struct span bytes)
{
    static uint8_t whole[CAP + END];
    char hex[2 * DIGEST_SIZE + 1];
    struct inventory inventory = {0}, again = {0};
    struct digest digest = digest_sha256(bytes);
    bytes_write_hex(span_of(digest.bytes, DIGEST_SIZE), hex);
    memcpy(whole, bytes.data, bytes.len);
    memcpy(whole + bytes.len, "digest: ", 8);
    memcpy(whole + bytes.len + 8, hex, 2 * DIGEST_SIZE);
    whole[bytes.len + END - 1] = '\n';
    write_file("inventory", span_of(whole, bytes.len + END));
    if (inventory_read(dir.path, &inventory) != CUSTODY_OK)
        return;
    require(checkpoint_is_name(span_text(inventory.origin)));
    for (size_t i = 0; i < inventory.file_count; i++) {
        char name[INVENTORY_NAME_MAX];
        inventory_file_name(&inventory.files[i], name);
        require(strchr(name, '/') == NULL && name[0] != '.' && strlen(name) > 0);
    }
    require(inventory_write(dir.path, &inventory) == CUSTODY_OK);
    require(inventory_read(dir.path, &again) == CUSTODY_OK);
    require(again.file_count == inventory.file_count && again.entries == inventory.entries);
    for (size_t i = 0; i < again.file_count; i++)
        require(memcmp(&again.files[i].digest, &inventory.files[i].digest, DIGEST_SIZE) == 0 &&
                again.files[i].bytes == inventory.files[i].bytes);
    inventory_done(&inventory);
    inventory_done(&again);
}

static void try_segment(struct span bytes)
{
    struct segment_reader *reader = NULL;
    uint8_t piece[PIECE];
    size_t len = 0, sum = 0;
    struct digest digest = digest_sha256(bytes);
    write_file("segment", bytes);
    require(segment_open(dir.path, "segment", &reader) == CUSTODY_OK);
    while (segment_left(reader) > 0 &&
           segment_read_counted(reader, piece, sizeof piece, &len) == CUSTODY_OK) {
        require(len <= sizeof piece);
        sum += 4 + len;
    }
    require(sum <= bytes.len);
    bool is_whole = segment_left(reader) == 0 && sum == bytes.len;
    require((segment_check(reader, bytes.len, &digest) == CUSTODY_OK) == is_whole || !is_whole);
    segment_close(reader);
}

static void try_backup_mark(struct span bytes)
{
    struct backup_mark mark, again;
    write_file("last-backup", bytes);
    if (backup_mark_read(dir.path, "backup", &mark) != CUSTODY_OK)
        return;
    require(memchr(mark.place, 0, sizeof mark.place) != NULL);
    require(backup_mark_write(dir.path, "backup", &mark) == CUSTODY_OK);
    require(backup_mark_read(dir.path, "backup", &again) == CUSTODY_OK);
    require(again.at_us == mark.at_us && again.entries == mark.entries &&
            strcmp(again.place, mark.place) == 0);
}

static void try_last_words(struct span bytes)
{
    const char *path = write_file("crashes", bytes);
    require(lastwords_read(path) == bytes.len);
    lastwords_forget(path);
    require(lastwords_read(path) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct span bytes) = {try_inventory, try_segment, try_backup_mark,
                                                       try_last_words};
    if (size == 0 || size > CAP)
        return 0;
    if (dir.path[0] == 0) {
        tempdir_create(&dir);
        atexit(leave);
        require(digest_init());
    }
    tries[data[0] % (sizeof tries / sizeof tries[0])](span_of(data + 1, size - 1));
    return 0;
}
