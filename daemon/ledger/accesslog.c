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
enum { TIME_DIGITS = 20, CHAIN_DIGITS = 16 };
/* A line as it stands in the file: the time, what was given, the chain, a tab before each of the two and LF. */
enum { RAW_MAX = TIME_DIGITS + 1 + ACCESSLOG_LINE_MAX + 1 + CHAIN_DIGITS + 1 };
#define MINUTE_US INT64_C(60000000)
#define SECOND_NS UINT64_C(1000000000)

struct accesslog {
    pthread_mutex_t lock;
    char folder[FOLDER_MAX];
    uint32_t day; /* the running one; 0: none yet */
    int file;     /* of that day; -1: none */
    uint64_t size;
    size_t last_len;    /* of `last` */
    char last[RAW_MAX]; /* the file's last line, or its day: what the next line is chained to */
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

/* ---- the chain --------------------------------------------------------------------------------- */

static void write_chain(struct span before, struct span line, char ret[static CHAIN_DIGITS + 1])
{
    const struct span parts[] = {before, line};
    struct digest digest = digest_sha256_of(parts, 2);
    bytes_write_hex(span_of(digest.bytes, CHAIN_DIGITS / 2), ret);
}

/* The part of a line before its chain; of a torn line, which has none, nothing. */
static bool split_chain(struct span raw, struct span *ret_line, struct span *ret_chain)
{
    uint8_t chain[CHAIN_DIGITS / 2];
    if (raw.len < CHAIN_DIGITS + 2 || raw.data[raw.len - 1] != '\n' ||
        raw.data[raw.len - CHAIN_DIGITS - 2] != '\t') {
        return false;
    }
    *ret_line = span_of(raw.data, raw.len - CHAIN_DIGITS - 2);
    *ret_chain = span_of(raw.data + raw.len - CHAIN_DIGITS - 1, CHAIN_DIGITS);
    return bytes_parse_hex(*ret_chain, chain, sizeof chain);
}

static bool is_chained(struct span before, struct span raw)
{
    struct span line, chain;
    char expected[CHAIN_DIGITS + 1];
    if (!split_chain(raw, &line, &chain)) {
        return false;
    }
    write_chain(before, line, expected);
    return memcmp(chain.data, expected, CHAIN_DIGITS) == 0;
}

static void set_last(struct accesslog *log, struct span raw)
{
    log->last_len = raw.len < sizeof log->last ? raw.len : sizeof log->last;
    memcpy(log->last, raw.data, log->last_len);
}

static void write_day(uint32_t day, char ret[static 9])
{
    snprintf(ret, 9, "%08" PRIu32, day % 100000000);
}

/* The last line of the file that was opened, which ends with LF. */
static bool read_last(struct accesslog *log, int file, uint64_t size, uint32_t day)
{
    char text[RAW_MAX], name[9];
    size_t len = size < sizeof text ? (size_t)size : sizeof text;
    write_day(day, name);
    set_last(log, span_text(name));
    if (len == 0) {
        return true;
    }
    if (pread(file, text, len, (off_t)(size - len)) != (ssize_t)len) {
        return false;
    }
    size_t start = len - 1;
    while (start > 0 && text[start - 1] != '\n') {
        start--;
    }
    set_last(log, span_of(text + start, len - start));
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
    if (size == UINT64_MAX || !end_torn_line(file, &size) || !read_last(log, file, size, day)) {
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
    char text[RAW_MAX + 1], chain[CHAIN_DIGITS + 1];
    int head = snprintf(text, TIME_DIGITS + 2, "%" PRId64 "\t", now_us);
    size_t len = (size_t)head + line.len;
    memcpy(text + head, line.data, line.len);
    write_chain(span_of(log->last, log->last_len), span_of(text, len), chain);
    len += (size_t)snprintf(text + len, sizeof text - len, "\t%s\n", chain);
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
    set_last(log, span_of(text, len));
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
    char text[RAW_MAX + 8];
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
        struct span line = span_of(text, len - 1), chain;
        (void)split_chain(span_of(text, len), &line, &chain); /* a torn line has none */
        size_t before = (size_t)(tab + 1 - text);
        if (line.len < before) {
            continue; /* torn: nothing stands between its time and its chain */
        }
        goes_on = visit(context, (int64_t)at_us, span_of(tab + 1, line.len - before), at);
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

/* ---- checking ---------------------------------------------------------------------------------- */

/* A day's file, line by line. */
struct checking {
    crypto_hash_sha256_state state;
    uint64_t lines;
    uint64_t broken;      /* the first line that does not follow the one before it; 0: none */
    bool broken_is_whole; /* ... and the line after it says that it is as it was written */
    bool broken_is_torn;  /* ... and has no chain */
    struct digest digest;
};

static void check_line(struct checking *checking, struct span before, struct span raw)
{
    struct span line, chain;
    bool follows = is_chained(before, raw);
    checking->lines++;
    if (follows && checking->broken != 0 && checking->lines == checking->broken + 1) {
        checking->broken_is_whole = true;
        /* A power cut left half a line, and the next was chained to it: nobody changed it. */
        if (checking->broken_is_torn) {
            checking->broken = 0;
        }
    }
    if (follows || checking->broken != 0) {
        return;
    }
    checking->broken = checking->lines;
    checking->broken_is_whole = false;
    checking->broken_is_torn = !split_chain(raw, &line, &chain);
}

static enum custody_status check_file(FILE *file, uint32_t day, struct checking *checking)
{
    char *text = NULL, *before = NULL, name[9];
    size_t room = 0, before_room = 0;
    ssize_t len;
    write_day(day, name);
    struct span last = span_text(name);
    while ((len = getline(&text, &room, file)) > 0) {
        struct span raw = span_of(text, (size_t)len);
        crypto_hash_sha256_update(&checking->state, raw.data, raw.len);
        check_line(checking, last, raw);
        char *swap = before;
        size_t swap_room = before_room;
        before = text;
        before_room = room;
        text = swap;
        room = swap_room;
        last = span_of(before, (size_t)len);
    }
    free(text);
    free(before);
    return ferror(file) ? CUSTODY_ERR_IO : CUSTODY_OK;
}

/* The oldest days go, once there are too many. */
static bool is_gone_by_age(struct accesslog *log, uint32_t day)
{
    uint32_t count = 0;
    for (uint32_t at = accesslog_day_before(log, UINT32_MAX); at > day;
         at = accesslog_day_before(log, at)) {
        count++;
    }
    return count >= ACCESSLOG_DAYS;
}

static void conclude(const struct checking *checking, uint64_t lines, struct accesslog_verdict *ret)
{
    const char *what = "was changed, or what stood before it is missing";
    ret->is_sound = false;
    if (checking->broken != 0) {
        ret->line = checking->broken;
        if (checking->broken_is_whole) {
            what = "does not follow the one before it: lines between them are missing";
        } else if (checking->lines > checking->broken) {
            what = "is not what was written";
        }
        snprintf(ret->sentence, sizeof ret->sentence, "line %" PRIu64 " %s", ret->line, what);
    } else if (checking->lines < lines) {
        ret->line = checking->lines + 1;
        snprintf(ret->sentence, sizeof ret->sentence,
                 "line %" PRIu64 " is missing: %" PRIu64 " were anchored, %" PRIu64 " are there",
                 ret->line, lines, checking->lines);
    } else if (checking->lines > lines) {
        ret->line = lines + 1;
        snprintf(ret->sentence, sizeof ret->sentence,
                 "line %" PRIu64 " was added: %" PRIu64 " were anchored, %" PRIu64 " are there",
                 ret->line, lines, checking->lines);
    } else {
        snprintf(ret->sentence, sizeof ret->sentence,
                 "the day was written anew: its lines follow each other, and are not those that "
                 "were anchored");
    }
}

enum custody_status accesslog_check(struct accesslog *log,
                                    uint32_t day,
                                    uint64_t lines,
                                    const struct digest *digest,
                                    struct accesslog_verdict *ret)
{
    enum custody_status status;
    struct checking checking = {0};
    struct accesslog_verdict verdict = {.is_sound = true};
    crypto_hash_sha256_init(&checking.state);
    FILE *file = open_to_read(log, day, &status);
    if (file != NULL) {
        status = check_file(file, day, &checking);
        fclose(file);
    }
    crypto_hash_sha256_final(&checking.state, checking.digest.bytes);
    if (file == NULL && lines > 0 && is_gone_by_age(log, day)) {
        verdict.is_gone = true;
    } else if (!digest_is_equal(&checking.digest, digest) || checking.lines != lines) {
        conclude(&checking, lines, &verdict);
    }
    if (status == CUSTODY_OK) {
        *ret = verdict;
    }
    return status;
}
