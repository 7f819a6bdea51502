/* fuzz_files.c: the small files beside the ledger, whatever became of them: its keys, its mark, a day of its access log. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/accesslog.h"
#include "daemon/ledger/mark.h"
#include "daemon/service/ledger.h"
#include "tests/lib/tempdir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DAY = 20260518, CAP = 65536 };

static struct tempdir dir;
static char path[512], again_path[512], folder[512], day_path[512];

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void leave(void)
{
    tempdir_destroy(&dir);
}

static void begin(void)
{
    if (dir.path[0] != 0)
        return;
    tempdir_create(&dir);
    atexit(leave);
    tempdir_path(&dir, "file", path, sizeof path);
    tempdir_path(&dir, "again", again_path, sizeof again_path);
    tempdir_path(&dir, "access", folder, sizeof folder);
    tempdir_path(&dir, "access/20260518.log", day_path, sizeof day_path);
    require(mkdir(folder, 0700) == 0 && digest_init());
}

static void write_file(const char *to, struct span bytes)
{
    int file = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0);
    require(bytes.len == 0 || write(file, bytes.data, bytes.len) == (ssize_t)bytes.len);
    close(file);
}

/* What is taken as keys is written as keys that read the same. */
static void try_keys(struct span bytes)
{
    struct ledger_keys keys, again;
    write_file(path, bytes);
    if (ledger_keys_read(path, &keys) != CUSTODY_OK)
        return;
    require(checkpoint_is_name(span_text(keys.origin)));
    unlink(again_path);
    require(ledger_keys_write(again_path, &keys) == CUSTODY_OK);
    require(ledger_keys_read(again_path, &again) == CUSTODY_OK);
    require(strcmp(keys.origin, again.origin) == 0);
    require(memcmp(keys.public_key, again.public_key, sizeof keys.public_key) == 0);
    require(memcmp(keys.curve_secret, again.curve_secret, sizeof keys.curve_secret) == 0);
    require(keys.is_demonstration == again.is_demonstration);
    ledger_keys_done(&keys);
    ledger_keys_done(&again);
}

static bool no_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    (void)context;
    (void)level;
    (void)index;
    (void)ret;
    return false;
}

/* No key signed what comes here, so no mark is believed. */
static void try_mark(struct span bytes)
{
    static const uint8_t key[PUBLIC_KEY_SIZE] = {9};
    static uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    write_file(path, bytes);
    enum custody_status status = mark_read(path, note, sizeof note, &len);
    require(status == (bytes.len <= sizeof note ? CUSTODY_OK : CUSTODY_ERR_EVIDENCE));
    if (status != CUSTODY_OK)
        return;
    require(len == bytes.len && (len == 0 || memcmp(note, bytes.data, len) == 0));
    require(mark_check(span_of(note, len), "ledger.example/custody", key, 7, no_node, NULL) ==
            CUSTODY_ERR_EVIDENCE);
}

struct walk {
    uint64_t next;
    size_t lines;
};

static bool visit(void *context, int64_t at_us, struct span line, uint64_t next)
{
    struct walk *walk = context;
    (void)at_us;
    require(next > walk->next && line.len < ACCESSLOG_LINE_MAX + 8);
    require(line.len == 0 || memchr(line.data, '\n', line.len) == NULL);
    walk->next = next;
    walk->lines++;
    return true;
}

/* The first two bytes say where reading begins. A line that is noted afterwards is one more line of the day. */
static void try_access_log(struct span bytes)
{
    struct accesslog *log = NULL;
    struct walk walk = {0};
    struct accesslog_sum before, after;
    uint64_t from = bytes.len >= 2 ? (uint64_t)bytes.data[0] << 8 | bytes.data[1] : 0;
    write_file(day_path, bytes);
    require(accesslog_open(dir.path, &log) == CUSTODY_OK);
    walk.next = from;
    require(accesslog_read(log, DAY, from, visit, &walk) == CUSTODY_OK);
    require(accesslog_sum(log, DAY, DAY, &before) == CUSTODY_OK && !before.is_complete);
    require(before.lines >= walk.lines);
    require(accesslog_note(log, DAY, 1, span_text("one\tmore")) == CUSTODY_OK);
    require(accesslog_sum(log, DAY, DAY, &after) == CUSTODY_OK);
    bool is_torn = bytes.len > 0 && bytes.data[bytes.len - 1] != '\n';
    require(after.lines == before.lines + 1 + is_torn);
    require(accesslog_day_before(log, DAY + 1) == DAY);
    accesslog_close(log);
}

/* The first byte says which file the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > CAP)
        return 0;
    struct span bytes = span_of(data + 1, size - 1);
    begin();
    switch (data[0] % 3) {
    case 0:
        try_keys(bytes);
        break;
    case 1:
        try_mark(bytes);
        break;
    default:
        try_access_log(bytes);
        break;
    }
    return 0;
}
