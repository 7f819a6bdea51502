/* ledger_keys.c: the file with a ledger's own secrets.
 * Never prints one, and leaves none in memory that it used itself. */
#include "daemon/service/ledger_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/segment.h"

enum { LEDGER_KEY_FILE_MAX = 2048 };

static const char LEDGER_KEY_TITLE[] = "custody-ledger-key/1";

/* The value of `name: value` on the next line, in place; NULL when it is another line. */
static char *key_file_value(char **at, const char *name)
{
    size_t len = strlen(name);
    char *line = *at;
    if (strncmp(line, name, len) != 0 || line[len] != ':' || line[len + 1] != ' ')
        return NULL;
    char *end = strchr(line, '\n');
    if (end == NULL)
        return NULL;
    *end = 0;
    *at = end + 1;
    return line + len + 2;
}

/* With one bit of either changed nobody could connect, and nothing would say why. The seed needs no such question: a head is
 * signed by it or not (ledger_check_head). */
static bool key_file_is_pair(const uint8_t public_key[static 32], const uint8_t secret[static 32])
{
    uint8_t derived[32];
    return crypto_scalarmult_curve25519_base(derived, secret) == 0 &&
           memcmp(derived, public_key, sizeof derived) == 0;
}

static enum custody_status key_file_parse(char *text, struct ledger_keys *ret)
{
    uint8_t seed[SEED_SIZE];
    char *at = text;
    if (strncmp(at, LEDGER_KEY_TITLE, sizeof LEDGER_KEY_TITLE - 1) != 0 ||
        at[sizeof LEDGER_KEY_TITLE - 1] != '\n')
        return CUSTODY_ERR_INVALID;
    at += sizeof LEDGER_KEY_TITLE;
    const char *origin = key_file_value(&at, "origin");
    const char *seed_hex = origin == NULL ? NULL : key_file_value(&at, "seed");
    const char *curve_public = seed_hex == NULL ? NULL : key_file_value(&at, "curve-public");
    const char *curve_secret = curve_public == NULL ? NULL : key_file_value(&at, "curve-secret");
    const char *demonstration = curve_secret == NULL ? NULL : key_file_value(&at, "demonstration");
    bool is_yes = demonstration != NULL && strcmp(demonstration, "yes") == 0;
    if (demonstration == NULL || (!is_yes && strcmp(demonstration, "no") != 0) ||
        strlen(origin) > CHECKPOINT_ORIGIN_MAX || !checkpoint_is_name(span_text(origin)) ||
        !bytes_parse_hex(span_text(seed_hex), seed, sizeof seed) ||
        !bytes_parse_hex(span_text(curve_public), ret->curve_public, sizeof ret->curve_public) ||
        !bytes_parse_hex(span_text(curve_secret), ret->curve_secret, sizeof ret->curve_secret) ||
        !key_file_is_pair(ret->curve_public, ret->curve_secret)) {
        digest_wipe(seed, sizeof seed);
        return CUSTODY_ERR_INVALID;
    }
    const char *next_hex = key_file_value(&at, "next-seed");
    memcpy(ret->origin, origin, strlen(origin) + 1);
    ret->is_demonstration = is_yes;
    digest_key_from_seed(seed, ret->public_key, ret->secret_key);
    ret->has_next = next_hex != NULL && bytes_parse_hex(span_text(next_hex), seed, sizeof seed);
    if (ret->has_next)
        digest_key_from_seed(seed, ret->next_public, ret->next_secret);
    digest_wipe(seed, sizeof seed);
    return *at == 0 && ret->has_next == (next_hex != NULL) ? CUSTODY_OK : CUSTODY_ERR_INVALID;
}

enum custody_status ledger_keys_parse(struct span bytes, struct ledger_keys *ret)
{
    char text[LEDGER_KEY_FILE_MAX + 1];
    memset(ret, 0, sizeof *ret);
    if (bytes.len == 0 || bytes.len > LEDGER_KEY_FILE_MAX)
        return CUSTODY_ERR_INVALID;
    memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = 0;
    enum custody_status status = key_file_parse(text, ret);
    digest_wipe(text, sizeof text);
    if (status != CUSTODY_OK)
        ledger_keys_done(ret);
    return status;
}

enum custody_status ledger_keys_read(const char *path, struct ledger_keys *ret)
{
    uint8_t text[LEDGER_KEY_FILE_MAX + 1];
    struct stat stat;
    memset(ret, 0, sizeof *ret);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT   ? CUSTODY_ERR_NOT_FOUND
               : errno == EACCES ? CUSTODY_ERR_PERMISSION
                                 : CUSTODY_ERR_IO;
    /* A key that others may read is no longer a key. */
    if (fstat(fd, &stat) != 0 || (stat.st_mode & 077) != 0) {
        close(fd);
        return CUSTODY_ERR_PERMISSION;
    }
    ssize_t len = read(fd, text, sizeof text);
    close(fd);
    enum custody_status status =
        len < 0 ? CUSTODY_ERR_IO : ledger_keys_parse(span_of(text, (size_t)len), ret);
    digest_wipe(text, sizeof text);
    return status;
}

static bool key_file_write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, text, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        len -= (size_t)written;
    }
    return true;
}

/* The file's text; 0 when it does not fit. */
static size_t key_file_text(const struct ledger_keys *keys, char ret[static LEDGER_KEY_FILE_MAX])
{
    char seed[2 * SEED_SIZE + 1], next[2 * SEED_SIZE + 1], curve_public[65], curve_secret[65];
    /* libsodium's secret key begins with the seed. */
    bytes_write_hex(span_of(keys->secret_key, SEED_SIZE), seed);
    bytes_write_hex(span_of(keys->next_secret, SEED_SIZE), next);
    bytes_write_hex(span_of(keys->curve_public, sizeof keys->curve_public), curve_public);
    bytes_write_hex(span_of(keys->curve_secret, sizeof keys->curve_secret), curve_secret);
    int len = snprintf(
        ret, LEDGER_KEY_FILE_MAX,
        "%s\norigin: %s\nseed: %s\ncurve-public: %s\ncurve-secret: %s\ndemonstration: %s\n%s%s%s",
        LEDGER_KEY_TITLE, keys->origin, seed, curve_public, curve_secret,
        keys->is_demonstration ? "yes" : "no", keys->has_next ? "next-seed: " : "",
        keys->has_next ? next : "", keys->has_next ? "\n" : "");
    digest_wipe(seed, sizeof seed);
    digest_wipe(next, sizeof next);
    digest_wipe(curve_secret, sizeof curve_secret);
    return len > 0 && len < LEDGER_KEY_FILE_MAX ? (size_t)len : 0;
}

/* A new file; with `owner`, theirs. */
static enum custody_status
key_file_create(const char *path, const struct ledger_keys *keys, const struct stat *owner)
{
    char text[LEDGER_KEY_FILE_MAX];
    size_t len = key_file_text(keys, text);
    enum custody_status status = len > 0 ? CUSTODY_OK : CUSTODY_ERR_INVALID;
    int fd = -1;
    if (status == CUSTODY_OK)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (status == CUSTODY_OK && fd < 0)
        status = errno == EEXIST   ? CUSTODY_ERR_EXISTS
                 : errno == EACCES ? CUSTODY_ERR_PERMISSION
                                   : CUSTODY_ERR_IO;
    if (fd >= 0) {
        bool is_kept = owner == NULL || fchown(fd, owner->st_uid, owner->st_gid) == 0;
        is_kept = is_kept && key_file_write_all(fd, text, len) && fsync(fd) == 0;
        is_kept = close(fd) == 0 && is_kept;
        status = is_kept ? CUSTODY_OK : CUSTODY_ERR_IO;
        if (!is_kept)
            unlink(path);
    }
    digest_wipe(text, sizeof text);
    return status;
}

enum custody_status ledger_keys_write(const char *path, const struct ledger_keys *keys)
{
    return key_file_create(path, keys, NULL);
}

enum custody_status ledger_keys_replace(const char *path, const struct ledger_keys *keys)
{
    char beside[600], folder[600];
    struct stat found;
    int len = snprintf(beside, sizeof beside, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof beside)
        return CUSTODY_ERR_INVALID;
    if (lstat(path, &found) != 0 || !S_ISREG(found.st_mode))
        return errno == EACCES ? CUSTODY_ERR_PERMISSION : CUSTODY_ERR_NOT_FOUND;
    /* Left by an attempt that was cut off before it counted. */
    if (unlink(beside) != 0 && errno != ENOENT)
        return errno == EACCES ? CUSTODY_ERR_PERMISSION : CUSTODY_ERR_IO;
    enum custody_status status = key_file_create(beside, keys, &found);
    if (status != CUSTODY_OK)
        return status;
    if (rename(beside, path) != 0) {
        unlink(beside);
        return CUSTODY_ERR_IO;
    }
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder] = 0;
    return segment_sync_folder(slash == NULL ? "." : folder);
}

void ledger_keys_make_next(struct ledger_keys *keys)
{
    uint8_t seed[SEED_SIZE];
    randombytes_buf(seed, sizeof seed);
    digest_key_from_seed(seed, keys->next_public, keys->next_secret);
    digest_wipe(seed, sizeof seed);
    keys->has_next = true;
}

void ledger_keys_turn(struct ledger_keys *keys)
{
    memcpy(keys->public_key, keys->next_public, sizeof keys->public_key);
    memcpy(keys->secret_key, keys->next_secret, sizeof keys->secret_key);
    digest_wipe(keys->next_secret, sizeof keys->next_secret);
    digest_wipe(keys->next_public, sizeof keys->next_public);
    keys->has_next = false;
}

bool ledger_keys_settle(struct ledger_keys *keys, struct span head)
{
    struct checkpoint checkpoint;
    bool is_next = keys->has_next && checkpoint_verify(head, keys->origin, keys->next_public,
                                                       &checkpoint) == CHECKPOINT_OK;
    if (is_next)
        ledger_keys_turn(keys);
    return is_next;
}

void ledger_keys_done(struct ledger_keys *keys)
{
    digest_wipe(keys, sizeof *keys);
}
