/* accesslog.c: who read what of others: one text file a civil day, appended to and never changed.
 * Never decides what is noted. */
#include "daemon/ledger/accesslog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/base/clock.h"
#include "daemon/base/logger.h"

enum { FOLDER_MAX = 512, PATH_LENGTH = FOLDER_MAX + 32, RECENT = 256, BLOCK = 64 * 1024 };
enum { TIME_DIGITS = 20 };
#define MINUTE_US INT64_C(60000000)
#define SECOND_NS UINT64_C(1000000000)

struct accesslog {
    pthread_mutex_t lock;
    char folder[FOLDER_MAX];
    uint32_t day; /* the running one; 0: none yet */
    int file;     /* of that day; -1: none */
    uint64_t size;
    uint64_t synced_ns;
    bool is_unsynced;
    struct {
        uint64_t hash;
        int64_t at_us;
    } recent[RECENT];
};

static void day_path(const struct accesslog *log, uint32_t day, char ret[static PATH_LENGTH])
{
    snprintf(ret, PATH_LENGTH, "%s/%08" PRIu32 ".log", log->folder, day);
}

/* 0 when the name is none of ours. */
static uint32_t day_of_name(const char *name)
{
    uint64_t day;
    return strlen(name) == 12 && strcmp(name + 8, ".log") == 0 &&
                   bytes_parse_decimal(span_of(name, 8), &day)
               ? (uint32_t)day
               : 0;
}

enum custody_status accesslog_open(const char *data, struct accesslog **ret)
{
    struct accesslog *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    pthread_mutex_init(&log->lock, NULL);
    log->file = -1;
    int len = snprintf(log->folder, sizeof log->folder, "%s/access", data);
    enum custody_status status = CUSTODY_OK;
    if (len < 0 || (size_t)len >= sizeof log->folder) {
        status = CUSTODY_ERR_INVALID;
    }
    if (status != CUSTODY_OK) {
        accesslog_close(log);
        return status;
    }
    *ret = log;
    return CUSTODY_OK;
}

static void close_day(struct accesslog *log)
{
    if (log->file >= 0) {
        if (log->is_unsynced && fdatasync(log->file) != 0) {
            LOG(LOGGER_ERROR, "access_log", LOGGER_TEXT("sync", strerror(errno)));
        }
        close(log->file);
    }
    log->file = -1;
    log->is_unsynced = false;
}

void accesslog_close(struct accesslog *log)
{
    if (log == NULL) {
        return;
    }
    close_day(log);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

/* ---- days -------------------------------------------------------------------------------------- */

/* Beyond ACCESSLOG_DAYS the oldest file goes. */
static void drop_old_days(struct accesslog *log)
{
    for (;;) {
        char path[PATH_LENGTH];
        uint32_t count = 0, oldest = UINT32_MAX;
        DIR *folder = opendir(log->folder);
        if (folder == NULL) {
            return;
        }
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            uint32_t day = day_of_name(entry->d_name);
            count += day != 0;
            oldest = day != 0 && day < oldest ? day : oldest;
        }
        closedir(folder);
        if (count <= ACCESSLOG_DAYS) {
            return;
        }
        day_path(log, oldest, path);
        if (unlink(path) != 0) {
            return;
        }
    }
}

/* A power cut may have torn the last line: it is ended, so that the next stands on a line of its own. */
static bool end_torn_line(int file, uint64_t *size)
{
    char last;
    if (*size == 0 || (pread(file, &last, 1, (off_t)*size - 1) == 1 && last == '\n')) {
        return true;
    }
    if (pwrite(file, "\n", 1, (off_t)*size) != 1) {
        return false;
    }
    (*size)++;
    return true;
}

static enum custody_status open_day(struct accesslog *log, uint32_t day)
{
    char path[PATH_LENGTH];
    struct stat found;
    close_day(log);
    if (mkdir(log->folder, 0700) != 0 && errno != EEXIST) {
        return errno == ENOSPC ? CUSTODY_ERR_FULL : CUSTODY_ERR_IO;
    }
    day_path(log, day, path);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return errno == ENOSPC ? CUSTODY_ERR_FULL : CUSTODY_ERR_IO;
    }
    uint64_t size = fstat(file, &found) == 0 ? (uint64_t)found.st_size : UINT64_MAX;
    if (size == UINT64_MAX || !end_torn_line(file, &size)) {
        close(file);
        return CUSTODY_ERR_IO;
    }
    log->file = file;
    log->size = size;
    log->day = day;
    drop_old_days(log);
    return CUSTODY_OK;
}

/* ---- noting ------------------------------------------------------------------------------------ */

static bool is_line(struct span line)
{
    if (line.len == 0 || line.len > ACCESSLOG_LINE_MAX) {
        return false;
    }
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] < 0x20 && line.data[i] != '\t') {
            return false;
        }
    }
    return true;
}

/* Who looks at a page every few seconds has looked once a minute. */
static bool is_repeated(struct accesslog *log, int64_t now_us, struct span line)
{
    struct digest digest = digest_sha256(line);
    uint64_t hash = bytes_get_u64(digest.bytes);
    size_t at = hash % RECENT;
    bool repeated = log->recent[at].hash == hash && now_us >= log->recent[at].at_us &&
                    now_us - log->recent[at].at_us < MINUTE_US;
    if (!repeated) {
        log->recent[at].hash = hash;
        log->recent[at].at_us = now_us;
    }
    return repeated;
}

static enum custody_status append(struct accesslog *log, int64_t now_us, struct span line)
{
    char text[TIME_DIGITS + ACCESSLOG_LINE_MAX + 4];
    int head = snprintf(text, TIME_DIGITS + 2, "%" PRId64 "\t", now_us);
    size_t len = (size_t)head + line.len + 1;
    memcpy(text + head, line.data, line.len);
    text[len - 1] = '\n';
    if (log->size + len > ACCESSLOG_DAY_MAX) {
        return CUSTODY_ERR_FULL;
    }
    if (pwrite(log->file, text, len, (off_t)log->size) != (ssize_t)len) {
        /* Half a line is no line. */
        int error = errno;
        if (ftruncate(log->file, (off_t)log->size) != 0) {
            close_day(log);
            log->day = 0;
        }
        return error == ENOSPC || error == EFBIG || error == EDQUOT ? CUSTODY_ERR_FULL
                                                                    : CUSTODY_ERR_IO;
    }
    log->size += len;
    log->is_unsynced = true;
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns - log->synced_ns >= SECOND_NS) {
        log->synced_ns = now_ns;
        if (fdatasync(log->file) != 0) {
            return CUSTODY_ERR_IO;
        }
        log->is_unsynced = false;
    }
    return CUSTODY_OK;
}

enum custody_status
accesslog_note(struct accesslog *log, uint32_t day, int64_t now_us, struct span line)
{
    if (day == 0 || !is_line(line)) {
        return CUSTODY_ERR_INVALID;
    }
    enum custody_status status = CUSTODY_OK;
    pthread_mutex_lock(&log->lock);
    uint32_t running = day > log->day ? day : log->day;
    if (log->file < 0 || running != log->day) {
        status = open_day(log, running);
    }
    if (status == CUSTODY_OK && !is_repeated(log, now_us, line)) {
        status = append(log, now_us, line);
        if (status != CUSTODY_OK) {
            memset(log->recent, 0, sizeof log->recent);
        }
    }
    pthread_mutex_unlock(&log->lock);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* From here on the day gets no more lines. */
static bool end_days_before(struct accesslog *log, uint32_t day, uint32_t today)
{
    pthread_mutex_lock(&log->lock);
    if (today > log->day) {
        close_day(log);
        log->day = today;
    }
    bool is_over = day < log->day;
    pthread_mutex_unlock(&log->lock);
    return is_over;
}

static FILE *open_to_read(struct accesslog *log, uint32_t day, enum custody_status *ret_status)
{
    char path[PATH_LENGTH];
    day_path(log, day, path);
    FILE *file = fopen(path, "re");
    *ret_status = file != NULL || errno == ENOENT ? CUSTODY_OK : CUSTODY_ERR_IO;
    return file;
}

enum custody_status
accesslog_sum(struct accesslog *log, uint32_t day, uint32_t today, struct accesslog_sum *ret)
{
    enum custody_status status;
    struct accesslog_sum sum = {.is_complete = end_days_before(log, day, today)};
    crypto_hash_sha256_state state;
    uint8_t *block = malloc(BLOCK);
    FILE *file = open_to_read(log, day, &status);
    if (block == NULL) {
        status = CUSTODY_ERR_MEMORY;
    }
    crypto_hash_sha256_init(&state);
    size_t len;
    while (file != NULL && block != NULL && (len = fread(block, 1, BLOCK, file)) > 0) {
        crypto_hash_sha256_update(&state, block, len);
        for (size_t i = 0; i < len; i++) {
            sum.lines += block[i] == '\n';
        }
    }
    crypto_hash_sha256_final(&state, sum.digest.bytes);
    if (file != NULL) {
        status = ferror(file) ? CUSTODY_ERR_IO : status;
        fclose(file);
    }
    free(block);
    if (status == CUSTODY_OK) {
        *ret = sum;
    }
    return status;
}

enum custody_status accesslog_read(
    struct accesslog *log, uint32_t day, uint64_t from, accesslog_visit *visit, void *context)
{
    enum custody_status status;
    char text[TIME_DIGITS + ACCESSLOG_LINE_MAX + 8];
    FILE *file = open_to_read(log, day, &status);
    if (file == NULL) {
        return status;
    }
    uint64_t at = from;
    bool goes_on = fseek(file, (long)from, SEEK_SET) == 0;
    while (goes_on && fgets(text, sizeof text, file) != NULL) {
        size_t len = strlen(text);
        if (len == 0 || text[len - 1] != '\n') {
            break; /* being written */
        }
        at += len;
        char *tab = memchr(text, '\t', len);
        uint64_t at_us;
        if (tab == NULL || !bytes_parse_decimal(span_of(text, (size_t)(tab - text)), &at_us)) {
            continue; /* torn */
        }
        goes_on = visit(context, (int64_t)at_us,
                        span_of(tab + 1, len - 1 - (size_t)(tab + 1 - text)), at);
    }
    status = ferror(file) ? CUSTODY_ERR_IO : CUSTODY_OK;
    fclose(file);
    return status;
}

uint32_t accesslog_day_before(struct accesslog *log, uint32_t day)
{
    uint32_t newest = 0;
    DIR *folder = opendir(log->folder);
    if (folder == NULL) {
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        uint32_t found = day_of_name(entry->d_name);
        newest = found < day && found > newest ? found : newest;
    }
    closedir(folder);
    return newest;
}
