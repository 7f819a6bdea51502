/* tape.c: headers of 512 bytes, contents padded to 512, two empty blocks at the end.
 * Never takes a header whose sum is wrong. */
#include "daemon/ledger/tape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "daemon/ledger/holdings.h"
#include "daemon/ledger/segment.h"

/* Where a header has what (POSIX.1-1988 ustar). */
enum {
    AT_NAME = 0,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_TIME = 136,
    AT_SUM = 148,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    NUMBER = 12, /* bytes of a size or a time */
    SUM = 8,
    MAGIC = 8,
};
enum { BUFFER = 64 * 1024 };

static const char magic[MAGIC + 1] = "ustar\00000";

/* --- headers ------------------------------------------------------------------------------- */

static unsigned sum_of(const uint8_t header[static TAPE_BLOCK])
{
    unsigned sum = 0;
    for (int i = 0; i < TAPE_BLOCK; i++) {
        /* The sum's own place counts as spaces. */
        sum += i >= AT_SUM && i < AT_SUM + SUM ? ' ' : header[i];
    }
    return sum;
}

static void put_number(uint8_t *at, uint64_t value)
{
    if (value >> 33 == 0) {
        snprintf((char *)at, NUMBER, "%011llo", (unsigned long long)value);
        return;
    }
    at[0] = 0x80;
    for (int i = NUMBER - 1; i > 0; i--, value >>= 8) {
        at[i] = (uint8_t)value;
    }
}

static bool get_number(const uint8_t *at, uint64_t *ret)
{
    uint64_t value = 0;
    bool is_binary = at[0] == 0x80;
    for (int i = is_binary ? 1 : 0; i < NUMBER - (is_binary ? 0 : 1); i++) {
        if (value >> (is_binary ? 55 : 60) != 0 || (!is_binary && (at[i] < '0' || at[i] > '7'))) {
            return false;
        }
        value = is_binary ? value << 8 | at[i] : value << 3 | (uint64_t)(at[i] - '0');
    }
    *ret = value;
    return value <= INT64_MAX - TAPE_BLOCK;
}

enum custody_status
tape_header(const char *name, uint64_t size, int64_t made_at_us, uint8_t ret[static TAPE_BLOCK])
{
    if (strlen(name) > TAPE_NAME_MAX) {
        return CUSTODY_ERR_INVALID;
    }
    memset(ret, 0, TAPE_BLOCK);
    memcpy(ret + AT_NAME, name, strlen(name) + 1);
    memcpy(ret + AT_MODE, "0000600", 8);
    memcpy(ret + AT_UID, "0000000", 8);
    memcpy(ret + AT_GID, "0000000", 8);
    put_number(ret + AT_SIZE, size);
    put_number(ret + AT_TIME, (uint64_t)(made_at_us / 1000000));
    ret[AT_TYPE] = '0';
    memcpy(ret + AT_MAGIC, magic, MAGIC);
    snprintf((char *)ret + AT_SUM, SUM, "%06o", sum_of(ret));
    ret[AT_SUM + SUM - 1] = ' ';
    return CUSTODY_OK;
}

static uint64_t padding_of(uint64_t size)
{
    return (TAPE_BLOCK - size % TAPE_BLOCK) % TAPE_BLOCK;
}

enum custody_status tape_find(FILE *stream, const char *name, uint64_t *ret_size)
{
    uint8_t header[TAPE_BLOCK];
    char sum[SUM];
    off_t length = fseeko(stream, 0, SEEK_END) == 0 ? ftello(stream) : -1;
    if (length < 0 || fseeko(stream, 0, SEEK_SET) != 0) {
        return CUSTODY_ERR_IO;
    }
    uint64_t at = 0, size = 0, end = (uint64_t)length;
    while (fread(header, 1, TAPE_BLOCK, stream) == TAPE_BLOCK && header[0] != '\0') {
        at += TAPE_BLOCK;
        snprintf(sum, sizeof(sum), "%06o", sum_of(header));
        if (memcmp(header + AT_MAGIC, magic, MAGIC) != 0 ||
            memcmp(header + AT_SUM, sum, SUM - 1) != 0 || header[AT_TYPE] != '0' ||
            header[TAPE_NAME_MAX] != '\0' || !get_number(header + AT_SIZE, &size) ||
            size > end - at) {
            return CUSTODY_ERR_CORRUPT;
        }
        if (strcmp((const char *)header, name) == 0) {
            *ret_size = size;
            return CUSTODY_OK;
        }
        at += size + padding_of(size);
        if (at > end || fseeko(stream, (off_t)at, SEEK_SET) != 0) {
            return CUSTODY_ERR_CORRUPT;
        }
    }
    if (ferror(stream)) {
        return CUSTODY_ERR_IO;
    }
    /* A tar ends with an empty block: one that stops before was cut off. */
    return feof(stream) ? CUSTODY_ERR_CORRUPT : CUSTODY_ERR_NOT_FOUND;
}

/* --- packing ------------------------------------------------------------------------------- */

struct packing {
    const char *place;
    FILE *stream;
    int64_t made_at_us;
    uint8_t *buffer; /* BUFFER bytes */
};

static enum custody_status put(const struct packing *packing, const void *bytes, size_t len)
{
    return len == 0 || fwrite(bytes, 1, len, packing->stream) == len ? CUSTODY_OK
                                                                     : segment_status_of_errno();
}

/* `file`: what it must be; NULL for the inventory, which has its digest in itself. */
static enum custody_status
pack_file(const struct packing *packing, const char *name, const struct inventory_file *file)
{
    static const uint8_t zeros[TAPE_BLOCK];
    uint8_t header[TAPE_BLOCK];
    struct segment_reader *reader = NULL;
    enum custody_status status = segment_open(packing->place, name, &reader);
    if (status != CUSTODY_OK) {
        return status;
    }
    uint64_t size = segment_left(reader);
    status = tape_header(name, size, packing->made_at_us, header);
    if (status == CUSTODY_OK) {
        status = put(packing, header, sizeof(header));
    }
    while (status == CUSTODY_OK && segment_left(reader) > 0) {
        size_t len = segment_left(reader) < BUFFER ? (size_t)segment_left(reader) : BUFFER;
        status = segment_read(reader, packing->buffer, len);
        if (status == CUSTODY_OK) {
            status = put(packing, packing->buffer, len);
        }
    }
    if (status == CUSTODY_OK) {
        status = put(packing, zeros, padding_of(size));
    }
    if (status == CUSTODY_OK && file != NULL) {
        status = segment_check(reader, file->bytes, &file->digest);
    }
    segment_close(reader);
    return status;
}

static enum custody_status
pack_all(const struct packing *packing, const struct inventory *inventory, char *ret_sentence)
{
    static const uint8_t end[2 * TAPE_BLOCK];
    char name[INVENTORY_NAME_MAX] = "inventory";
    enum custody_status status = pack_file(packing, name, NULL);
    for (size_t i = 0; i < inventory->file_count && status == CUSTODY_OK; i++) {
        inventory_file_name(&inventory->files[i], name);
        status = pack_file(packing, name, &inventory->files[i]);
    }
    if (status == CUSTODY_OK) {
        status = put(packing, end, sizeof(end));
    }
    if (status == CUSTODY_OK && fflush(packing->stream) != 0) {
        status = segment_status_of_errno();
    }
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, TAPE_SENTENCE, "%s cannot be packed: %s", name,
                 status == CUSTODY_ERR_CORRUPT ? "it is not what was written there"
                                               : custody_status_sentence(status));
    }
    return status;
}

enum custody_status
tape_write(const char *place, FILE *stream, char ret_sentence[static TAPE_SENTENCE])
{
    char path[SEGMENT_PATH_MAX];
    struct inventory inventory = {0};
    struct packing packing = {.place = place, .stream = stream, .buffer = malloc(BUFFER)};
    enum custody_status status = CUSTODY_OK;
    int lock = segment_path(place, "lock", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ret_sentence[0] = '\0';
    if (packing.buffer == NULL) {
        status = CUSTODY_ERR_MEMORY;
    } else if (lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) != 0) {
        status = CUSTODY_ERR_BUSY;
        snprintf(ret_sentence, TAPE_SENTENCE, "a backup is at work in %.160s", place);
    }
    if (status == CUSTODY_OK) {
        status = inventory_read(place, &inventory);
    }
    if (status == CUSTODY_OK) {
        packing.made_at_us = inventory.made_at_us;
        status = pack_all(&packing, &inventory, ret_sentence);
    } else if (ret_sentence[0] == '\0') {
        snprintf(ret_sentence, TAPE_SENTENCE, "the inventory in %.160s cannot be read", place);
    }
    inventory_done(&inventory);
    free(packing.buffer);
    if (lock >= 0) {
        close(lock);
    }
    return status;
}

/* --- a file -------------------------------------------------------------------------------- */

static enum custody_status
write_file(const char *place, const char *path, char ret_sentence[static TAPE_SENTENCE])
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *stream = file < 0 ? NULL : fdopen(file, "w");
    if (stream == NULL) {
        enum custody_status status = segment_status_of_errno();
        snprintf(ret_sentence, TAPE_SENTENCE, "%.160s: %s", path, strerror(errno));
        if (file >= 0) {
            close(file);
        }
        return status;
    }
    enum custody_status status = tape_write(place, stream, ret_sentence);
    if (status == CUSTODY_OK && fsync(file) != 0) {
        status = segment_status_of_errno();
    }
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    if (fclose(stream) != 0 && status == CUSTODY_OK) {
        status = segment_status_of_errno();
    }
    return status;
}

static enum custody_status
read_back(const char *path, struct span passphrase, char ret_sentence[static TAPE_SENTENCE])
{
    struct holdings holdings;
    enum custody_status status = holdings_open(path, &holdings);
    if (status == CUSTODY_OK) {
        status = holdings_verify(&holdings, passphrase, NULL, NULL);
    }
    if (status != CUSTODY_OK) {
        snprintf(ret_sentence, TAPE_SENTENCE, "%.180s", holdings.sentence);
    }
    holdings_done(&holdings);
    return status;
}

/* The name, and the folder that has it, for good. */
static enum custody_status give_name(const char *fresh, const char *path)
{
    char folder[SEGMENT_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (rename(fresh, path) != 0) {
        return segment_status_of_errno();
    }
    snprintf(folder, sizeof(folder), "%.*s", (int)len, slash == NULL ? "." : path);
    return segment_sync_folder(folder);
}

enum custody_status tape_make(const char *place,
                              const char *path,
                              struct span passphrase,
                              char ret_sentence[static TAPE_SENTENCE])
{
    char fresh[SEGMENT_PATH_MAX];
    ret_sentence[0] = '\0';
    int len = snprintf(fresh, sizeof(fresh), "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof(fresh)) {
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status = write_file(place, fresh, ret_sentence);
    if (status == CUSTODY_OK) {
        status = read_back(fresh, passphrase, ret_sentence);
    }
    if (status == CUSTODY_OK) {
        status = give_name(fresh, path);
    }
    if (status != CUSTODY_OK) {
        unlink(fresh);
        if (ret_sentence[0] == '\0') {
            snprintf(ret_sentence, TAPE_SENTENCE, "%.160s: %s", path,
                     custody_status_sentence(status));
        }
    }
    return status;
}
