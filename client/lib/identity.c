/* identity.c: the device's own keys.
 * Never leaves the device. */
#include "client/lib/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"

enum { KEY_FILE_MAX = 512, HEX_SIZE = 2 * SEED_SIZE };

static const char title[] = "custody-key/1\n";
static const char seed_name[] = "seed: ";
static const char curve_name[] = "curve-secret: ";

/* title, "seed: " hex LF, "curve-secret: " hex LF */
enum {
    SEED_AT = sizeof(title) - 1 + sizeof(seed_name) - 1,
    CURVE_AT = SEED_AT + HEX_SIZE + 1 + sizeof(curve_name) - 1,
    KEY_FILE_SIZE = CURVE_AT + HEX_SIZE + 1,
};

static enum custody_status start(struct custody_problem *problem)
{
    if (!digest_init())
        return problem_set(problem, CUSTODY_ERR_MEMORY, "libsodium", NULL, "it does not start");
    return CUSTODY_OK;
}

enum custody_status identity_from_seed(const uint8_t seed[static SEED_SIZE],
                                       const uint8_t curve_secret[static IDENTITY_CURVE_SIZE],
                                       struct identity *ret,
                                       struct custody_problem *problem)
{
    struct identity identity = {0};
    enum custody_status status = start(problem);
    if (status != CUSTODY_OK)
        return status;
    identity.secret_key = sodium_malloc(SECRET_KEY_SIZE);
    identity.curve_secret = sodium_malloc(IDENTITY_CURVE_SIZE);
    if (identity.secret_key == NULL || identity.curve_secret == NULL) {
        identity_done(&identity);
        return problem_set(problem, CUSTODY_ERR_MEMORY, "key", NULL, "nothing left");
    }
    digest_key_from_seed(seed, identity.public_key, identity.secret_key);
    memcpy(identity.curve_secret, curve_secret, IDENTITY_CURVE_SIZE);
    if (crypto_scalarmult_base(identity.curve_public, curve_secret) != 0) {
        identity_done(&identity);
        return problem_set(problem, CUSTODY_ERR_INVALID, "curve-secret", "a CURVE key",
                           "something else");
    }
    *ret = identity;
    return CUSTODY_OK;
}

enum custody_status identity_make(uint8_t ret_seed[static SEED_SIZE],
                                  struct identity *ret,
                                  struct custody_problem *problem)
{
    enum custody_status status = start(problem);
    if (status != CUSTODY_OK)
        return status;
    uint8_t *curve_secret = sodium_malloc(IDENTITY_CURVE_SIZE);
    if (curve_secret == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "key", NULL, "nothing left");
    randombytes_buf(ret_seed, SEED_SIZE);
    randombytes_buf(curve_secret, IDENTITY_CURVE_SIZE);
    status = identity_from_seed(ret_seed, curve_secret, ret, problem);
    sodium_free(curve_secret);
    return status;
}

/* The secrets as text, in memory of sodium_malloc. */
static void write_text(const uint8_t *seed, const uint8_t *curve_secret, char *ret)
{
    memcpy(ret, title, sizeof(title) - 1);
    memcpy(ret + sizeof(title) - 1, seed_name, sizeof(seed_name) - 1);
    bytes_write_hex(span_of(seed, SEED_SIZE), ret + SEED_AT);
    ret[SEED_AT + HEX_SIZE] = '\n';
    memcpy(ret + SEED_AT + HEX_SIZE + 1, curve_name, sizeof(curve_name) - 1);
    bytes_write_hex(span_of(curve_secret, IDENTITY_CURVE_SIZE), ret + CURVE_AT);
    ret[CURVE_AT + HEX_SIZE] = '\n';
}

enum custody_status identity_create(const char *home, struct custody_problem *problem)
{
    char path[FILES_PATH_MAX];
    struct identity identity = {0};
    char *text = NULL;
    uint8_t *seed = NULL;
    enum custody_status status = start(problem);
    if (status == CUSTODY_OK)
        status = files_join(home, "key", path, problem);
    if (status == CUSTODY_OK)
        status = files_make_private_folder(home, problem);
    if (status != CUSTODY_OK)
        return status;
    text = sodium_malloc(KEY_FILE_SIZE + 1);
    seed = sodium_malloc(SEED_SIZE);
    if (text == NULL || seed == NULL) {
        status = problem_set(problem, CUSTODY_ERR_MEMORY, path, NULL, "nothing left");
        goto done;
    }
    status = identity_make(seed, &identity, problem);
    if (status != CUSTODY_OK)
        goto done;
    write_text(seed, identity.curve_secret, text);
    status = files_create(path, span_of(text, KEY_FILE_SIZE), problem);
    if (status == CUSTODY_ERR_EXISTS)
        problem_advise(problem, "use this key, or another folder for a new one");
done:
    sodium_free(text);
    sodium_free(seed);
    identity_done(&identity);
    return status;
}

static bool parse_text(const char *text, uint8_t *ret_seed, uint8_t *ret_curve_secret)
{
    return memcmp(text, title, sizeof(title) - 1) == 0 &&
           memcmp(text + sizeof(title) - 1, seed_name, sizeof(seed_name) - 1) == 0 &&
           bytes_parse_hex(span_of(text + SEED_AT, HEX_SIZE), ret_seed, SEED_SIZE) &&
           text[SEED_AT + HEX_SIZE] == '\n' &&
           memcmp(text + SEED_AT + HEX_SIZE + 1, curve_name, sizeof(curve_name) - 1) == 0 &&
           bytes_parse_hex(span_of(text + CURVE_AT, HEX_SIZE), ret_curve_secret,
                           IDENTITY_CURVE_SIZE) &&
           text[CURVE_AT + HEX_SIZE] == '\n';
}

/* Reads into memory of sodium_malloc: a secret does not pass through the heap. */
static enum custody_status
read_text(int fd, const char *path, char *ret, struct custody_problem *problem)
{
    size_t len = 0;
    while (len < KEY_FILE_MAX) {
        ssize_t count = read(fd, ret + len, KEY_FILE_MAX - len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return problem_from_errno(problem, path);
        if (count == 0)
            break;
        len += (size_t)count;
    }
    if (len != KEY_FILE_SIZE)
        return problem_set(problem, CUSTODY_ERR_CORRUPT, path, "a key file of custody",
                           "a file of another length");
    return CUSTODY_OK;
}

enum custody_status
identity_read(const char *home, struct identity *ret, struct custody_problem *problem)
{
    char path[FILES_PATH_MAX];
    char *text = NULL;
    uint8_t *secrets = NULL;
    int fd = -1;
    enum custody_status status = start(problem);
    if (status == CUSTODY_OK)
        status = files_join(home, "key", path, problem);
    if (status != CUSTODY_OK)
        return status;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        status = problem_from_errno(problem, path);
        if (status == CUSTODY_ERR_NOT_FOUND)
            problem_advise(problem, "run custody keygen, or custody enrol with an invitation");
        return status;
    }
    text = sodium_malloc(KEY_FILE_MAX);
    secrets = sodium_malloc(SEED_SIZE + IDENTITY_CURVE_SIZE);
    if (text == NULL || secrets == NULL) {
        status = problem_set(problem, CUSTODY_ERR_MEMORY, path, NULL, "nothing left");
        goto done;
    }
    status = files_check_private_folder(home, problem);
    if (status == CUSTODY_OK)
        status = files_check_private(fd, path, problem);
    if (status == CUSTODY_OK)
        status = read_text(fd, path, text, problem);
    if (status != CUSTODY_OK)
        goto done;
    if (!parse_text(text, secrets, secrets + SEED_SIZE)) {
        status = problem_set(problem, CUSTODY_ERR_CORRUPT, path, "a key file of custody",
                             "something else");
        goto done;
    }
    status = identity_from_seed(secrets, secrets + SEED_SIZE, ret, problem);
done:
    close(fd);
    sodium_free(text);
    sodium_free(secrets);
    return status;
}

void identity_done(struct identity *identity)
{
    sodium_free(identity->secret_key);
    sodium_free(identity->curve_secret);
    memset(identity, 0, sizeof(*identity));
}

void identity_random(void *ret, size_t len)
{
    randombytes_buf(ret, len);
}

enum custody_status custody_identity_create(const char *home, struct custody_problem *ret_problem)
{
    problem_clear(ret_problem);
    return identity_create(home, ret_problem);
}
