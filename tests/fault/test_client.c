/* test_client.c: on the device, the n-th allocation, disk call or frame that is sent fails, for every n: no crash, no leak, no statement lost
 * that was kept, none counted twice.
 * Never fails a call of a library's own, nor one of the ledger in the other thread. */
/* wrap: malloc calloc realloc strdup fsync pwritev rename write ftruncate zmq_msg_send */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zmq.h>

#include "client/lib/client.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

enum { STATEMENTS = 3, ROUNDS_MAX = 4000 };

enum kind { NONE, MEMORY, DISK, SENDING };

/* Of this thread alone: the ledger in memory goes on. */
static _Thread_local enum kind failing;
static _Thread_local unsigned fail_at, calls;
static _Thread_local bool for_ever, has_failed;

static bool fails(enum kind kind)
{
    if (kind != failing)
        return false;
    calls++;
    bool is_now = calls == fail_at || (for_ever && calls > fail_at);
    has_failed = has_failed || is_now;
    return is_now;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *data, size_t size);
char *__real_strdup(const char *text);
int __real_fsync(int fd);
ssize_t __real_pwritev(int fd, const struct iovec *parts, int count, off_t offset);
int __real_rename(const char *from, const char *to);
ssize_t __real_write(int fd, const void *data, size_t len);
int __real_ftruncate(int fd, off_t len);
int __real_zmq_msg_send(zmq_msg_t *message, void *socket, int flags);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *data, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_fsync(int fd);
ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t offset);
int __wrap_rename(const char *from, const char *to);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __wrap_ftruncate(int fd, off_t len);
int __wrap_zmq_msg_send(zmq_msg_t *message, void *socket, int flags);

void *__wrap_malloc(size_t size)
{
    return fails(MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(MEMORY) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *data, size_t size)
{
    return fails(MEMORY) ? NULL : __real_realloc(data, size);
}

char *__wrap_strdup(const char *text)
{
    return fails(MEMORY) ? NULL : __real_strdup(text);
}

static bool disk_fails(void)
{
    if (!fails(DISK))
        return false;
    errno = calls % 2 == 0 ? EIO : ENOSPC;
    return true;
}

int __wrap_fsync(int fd)
{
    return disk_fails() ? -1 : __real_fsync(fd);
}

/* A disk that fills up takes a part. */
ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    if (!disk_fails())
        return __real_pwritev(fd, parts, count, offset);
    if (parts[0].iov_len > 3 && pwrite(fd, parts[0].iov_base, 3, offset) != 3)
        errno = EIO;
    errno = ENOSPC;
    return -1;
}

int __wrap_rename(const char *from, const char *to)
{
    return disk_fails() ? -1 : __real_rename(from, to);
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    return disk_fails() ? -1 : __real_write(fd, data, len);
}

int __wrap_ftruncate(int fd, off_t len)
{
    return disk_fails() ? -1 : __real_ftruncate(fd, len);
}

int __wrap_zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
    if (!fails(SENDING))
        return __real_zmq_msg_send(message, socket, flags);
    errno = EAGAIN;
    return -1;
}

static void arm(enum kind kind, unsigned at, bool is_for_ever)
{
    failing = kind;
    fail_at = at;
    for_ever = is_for_ever;
    calls = 0;
    has_failed = false;
}

static void disarm(void)
{
    failing = NONE;
}

/* ---- what a device does ---- */

struct fixture {
    struct tempdir dir;
    char home[512];
    struct fakeledger *fake;
    unsigned round;
    struct custody_problem problem;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    f->fake = fakeledger_create();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fakeledger_destroy(f->fake);
    tempdir_destroy(&f->dir);
    free(f);
    return 0;
}

static void fresh_home(struct fixture *f)
{
    char name[32];
    snprintf(name, sizeof(name), "home%u", f->round++);
    tempdir_path(&f->dir, name, f->home, sizeof(f->home));
    fakeledger_home(f->fake, f->home);
}

static struct custody_client *open_client(struct fixture *f, enum custody_status *ret)
{
    const struct custody_options options = {.home = f->home, .timeout_ms = 2000, .resend_ms = 500};
    struct custody_client *client = NULL;
    *ret = custody_client_open(&options, &client, &f->problem);
    return client;
}

static enum custody_status keep_one(struct custody_client *client, size_t number)
{
    char ref[16];
    struct custody_kept kept;
    const struct custody_text name = {.field = "name_digest", .text = "样例"};
    struct custody_act act = {.act = "register_party",
                              .json =
                                  "{\"party\":\"uscc:A\",\"kinds\":[\"generator\",\"carrier\"]}",
                              .ref = ref,
                              .texts = &name,
                              .text_count = 1};
    snprintf(ref, sizeof(ref), "ref %zu", number);
    return custody_client_keep(client, &act, &kept);
}

/* Keep all, then send all; stops at the first thing that fails. `*ret_kept`: how many were said to be kept. */
static enum custody_status whole_work(struct fixture *f, size_t *ret_kept)
{
    struct custody_synced synced;
    enum custody_status status;
    struct custody_client *client = open_client(f, &status);
    *ret_kept = 0;
    for (size_t i = 0; status == CUSTODY_OK && i < STATEMENTS; i++) {
        status = keep_one(client, i);
        *ret_kept += status == CUSTODY_OK ? 1 : 0;
    }
    if (status == CUSTODY_OK)
        status = custody_client_sync(client, NULL, NULL, &synced);
    custody_client_close(client);
    return status;
}

/* With a sound device again: what was kept is there, and a repetition brings each to the ledger once. */
static void recover(struct fixture *f, size_t kept)
{
    enum custody_status status;
    struct custody_client *client = open_client(f, &status);
    if (status != CUSTODY_OK)
        print_error("%s %s %s\n", f->problem.name, f->problem.field, f->problem.got);
    assert_int_equal(status, CUSTODY_OK);
    uint64_t next = custody_client_next_sequence(client);
    assert_int_not_equal(next, 0);
    assert_true(next - 1 >= kept && next - 1 <= STATEMENTS);
    custody_client_close(client);
    assert_int_equal(whole_work(f, &kept), CUSTODY_OK);
    client = open_client(f, &status);
    assert_int_equal(custody_client_next_sequence(client), STATEMENTS + 1);
    for (uint64_t i = 1; i <= STATEMENTS; i++) {
        struct custody_kept one;
        assert_int_equal(custody_client_kept(client, i, &one), CUSTODY_OK);
        assert_int_equal(one.state, CUSTODY_ON_LEDGER);
    }
    assert_int_equal(fakeledger_count(f->fake, client->identity.public_key), STATEMENTS);
    custody_client_close(client);
}

static void fail_each(struct fixture *f, enum kind kind, bool is_for_ever)
{
    unsigned at = 1;
    for (;; at++) {
        size_t kept = 0;
        assert_true(at < ROUNDS_MAX);
        fresh_home(f);
        arm(kind, at, is_for_ever);
        enum custody_status status = whole_work(f, &kept);
        bool was_hit = has_failed;
        disarm();
        if (!was_hit) {
            assert_int_equal(status, CUSTODY_OK);
            break;
        }
        if (kind == MEMORY && status != CUSTODY_OK && status != CUSTODY_ERR_MEMORY)
            print_error("allocation %u: %s\n", at, custody_status_name(status));
        if (kind == MEMORY)
            assert_true(status == CUSTODY_OK || status == CUSTODY_ERR_MEMORY);
        if (kind == SENDING)
            assert_true(status == CUSTODY_OK || status == CUSTODY_ERR_UNREACHABLE);
        recover(f, kept);
    }
    print_message("%u rounds\n", at);
    assert_true(at > 10);
}

static void an_allocation_fails(void **state)
{
    fail_each(*state, MEMORY, false);
}

static void no_memory_any_more(void **state)
{
    fail_each(*state, MEMORY, true);
}

static void a_disk_call_fails(void **state)
{
    fail_each(*state, DISK, false);
}

static void the_disk_stays_broken(void **state)
{
    fail_each(*state, DISK, true);
}

static void a_frame_does_not_leave(void **state)
{
    fail_each(*state, SENDING, false);
}

static void nothing_leaves_any_more(void **state)
{
    fail_each(*state, SENDING, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_allocation_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_memory_any_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_call_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_disk_stays_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_does_not_leave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_leaves_any_more, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
