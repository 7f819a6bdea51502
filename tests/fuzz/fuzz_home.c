/* fuzz_home.c: the small files of a device's home, whatever became of them: its key, the newest head, how far it followed, a clock.
 *
 * The first byte says which file the rest is. A position's checksum is made right, so that what stands behind it is reached. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/identity.h"
#include "client/lib/pull.h"
#include "client/lib/timesource.h"
#include "client/lib/trust.h"
#include "tests/lib/tempdir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 8192 };

static struct tempdir dir;
static char home[512], key_path[600], head_path[600], clock_path[600];

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
    tempdir_create(&dir);
    atexit(leave);
    tempdir_path(&dir, "home", home, sizeof home);
    tempdir_path(&dir, "home/key", key_path, sizeof key_path);
    tempdir_path(&dir, "home/head", head_path, sizeof head_path);
    tempdir_path(&dir, "home/clock", clock_path, sizeof clock_path);
    require(mkdir(home, 0700) == 0 && digest_init());
}

static void write_file(const char *path, struct span bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0);
    require(bytes.len == 0 || write(file, bytes.data, bytes.len) == (ssize_t)bytes.len);
    close(file);
}

/* What is taken as a key signs. */
static void try_key(struct span bytes)
{
    struct identity identity = {0};
    struct custody_problem problem = {0};
    uint8_t signature[SIGNATURE_SIZE];
    write_file(key_path, bytes);
    enum custody_status status = identity_read(home, &identity, &problem);
    if (status == CUSTODY_OK) {
        digest_sign(signature, bytes, identity.secret_key);
        require(digest_verify(signature, bytes, identity.public_key));
    } else {
        require(problem.status == status && identity.secret_key == NULL);
    }
    identity_done(&identity);
}

/* Nobody signed what comes here. */
static void try_head(struct span bytes)
{
    static const uint8_t key[PUBLIC_KEY_SIZE] = {9};
    const struct evidence_ledger ledger = {.origin = "ledger.example/custody", .key = key};
    struct custody_problem problem = {0};
    struct trust trust;
    write_file(head_path, bytes);
    enum custody_status status = trust_open(home, &ledger, &trust, &problem);
    require(status != CUSTODY_OK && problem.status == status);
}

/* What is taken as a position is written as one that reads the same. */
static void try_position(struct span bytes)
{
    static uint8_t whole[CAP + DIGEST_SIZE], first[PULL_POSITION_MAX], again[PULL_POSITION_MAX];
    struct pull pull = {0}, read = {0};
    struct digest check = digest_sha256(bytes);
    memcpy(whole, bytes.data, bytes.len);
    memcpy(whole + bytes.len, check.bytes, DIGEST_SIZE);
    if (!pull_parse_position(span_of(whole, bytes.len + DIGEST_SIZE), &pull))
        return;
    require(pull.origin_count > 0 && pull.origin_count <= LINEAGE_MAX);
    size_t len = pull_write_position(&pull, first);
    require(len > 0 && pull_parse_position(span_of(first, len), &read));
    require(pull_write_position(&read, again) == len && memcmp(first, again, len) == 0);
}

static void try_clock(struct span bytes)
{
    const struct timesource source = {.clock_file = clock_path};
    struct custody_problem problem = {0};
    int64_t now_us = 0;
    uint8_t quality = 0;
    write_file(clock_path, bytes);
    enum custody_status status = timesource_now(&source, &now_us, &quality, &problem);
    require(status == CUSTODY_OK ? bytes.len == 8 : problem.status == status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct span bytes) = {try_key, try_head, try_position, try_clock};
    if (size == 0 || size > CAP)
        return 0;
    if (dir.path[0] == 0)
        begin();
    tries[data[0] % (sizeof tries / sizeof tries[0])](span_of(data + 1, size - 1));
    return 0;
}
