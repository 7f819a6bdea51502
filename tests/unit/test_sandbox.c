/* test_sandbox.c: in a process that shut itself in, what is not its own is refused, and what is its own works.
 * Never shuts in the test itself: each attempt is a child. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/server/sandbox.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

/* Under a sanitizer or for coverage more is let; what those run-times never do is refused there too. */
#ifdef CUSTODY_INSTRUMENTED
static const bool is_strict = false;
#else
static const bool is_strict = true;
#endif

/* A child ends with the errno of what it tried, or with this: it was let. */
enum { LET = 0, NOT_ENCLOSED = 200, SAID_MAX = 4096 };

struct place {
    struct tempdir outside, inside, keys, marks;
    char key[PATH_MAX], mark[PATH_MAX], other_secret[PATH_MAX], mark_neighbour[PATH_MAX];
    struct sandbox_options options;
};

static struct place place;
static pid_t parent;

static void write_file(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(file, "x", 1), 1);
    close(file);
}

static int set_up(void **state)
{
    (void)state;
    parent = getpid();
    tempdir_create(&place.outside);
    tempdir_create(&place.inside);
    tempdir_create(&place.keys);
    tempdir_create(&place.marks);
    write_file(tempdir_path(&place.keys, "key", place.key, sizeof(place.key)));
    write_file(tempdir_path(&place.keys, "other", place.other_secret, sizeof(place.other_secret)));
    write_file(tempdir_path(&place.marks, "mark", place.mark, sizeof(place.mark)));
    write_file(tempdir_path(&place.marks, "neighbour", place.mark_neighbour,
                            sizeof(place.mark_neighbour)));
    place.options = (struct sandbox_options){
        .data = place.inside.path,
        .key_file = place.key,
        .mark_file = place.mark,
        .endpoints = {"tcp://127.0.0.1:*", "tcp://127.0.0.1:*"},
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tempdir_destroy(&place.outside);
    tempdir_destroy(&place.inside);
    tempdir_destroy(&place.keys);
    tempdir_destroy(&place.marks);
    return 0;
}

struct end {
    bool is_killed;      /* by SIGSYS */
    int code;            /* otherwise the exit code */
    char said[SAID_MAX]; /* to standard error */
};

static struct end try(int (*attempt)(void), bool is_sealed)
{
    struct end end = {0};
    int pipes[2], status = 0;
    assert_int_equal(pipe(pipes), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(pipes[1], STDERR_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        if (sandbox_enclose(&place.options) != CUSTODY_OK ||
            (is_sealed && sandbox_seal() != CUSTODY_OK)) {
            _exit(NOT_ENCLOSED);
        }
        _exit(attempt());
    }
    close(pipes[1]);
    size_t len = 0;
    ssize_t got;
    while (len < SAID_MAX - 1 && (got = read(pipes[0], end.said + len, SAID_MAX - 1 - len)) > 0) {
        len += (size_t)got;
    }
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    end.is_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    end.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return end;
}

static void expect_code(int (*attempt)(void), bool is_sealed, int code)
{
    struct end end = try(attempt, is_sealed);
    if (end.is_killed || end.code != code) {
        fail_msg("%s, code %d in place of %d\n%s", end.is_killed ? "killed" : "ended", end.code,
                 code, end.said);
    }
}

/* Killed, and the call is named. */
static void expect_killed(int (*attempt)(void), bool is_sealed, long call)
{
    char words[64];
    struct end end = try(attempt, is_sealed);
    snprintf(words, sizeof(words), "op=sandbox call=%ld ", call);
    if (!end.is_killed || strstr(end.said, words) == NULL) {
        fail_msg("%s, code %d, without %s\n%s", end.is_killed ? "killed" : "ended", end.code, words,
                 end.said);
    }
}

static void need_landlock(int version)
{
    if (sandbox_landlock_version() < version) {
        print_message("landlock of this kernel: %d, this case needs %d\n",
                      sandbox_landlock_version(), version);
        skip();
    }
}

/* --- files --------------------------------------------------------------------------------- */

static int try_open(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC, 0600);
    return file >= 0 ? LET : errno;
}

static int read_the_passwords(void)
{
    return try_open("/etc/passwd", O_RDONLY);
}

static int read_another_secret(void)
{
    return try_open(place.other_secret, O_RDONLY);
}

static int read_beside_the_mark(void)
{
    return try_open(place.mark_neighbour, O_RDONLY);
}

static int read_a_process(void)
{
    return try_open("/proc/self/environ", O_RDONLY);
}

static int write_outside(void)
{
    char path[PATH_MAX];
    return try_open(tempdir_path(&place.outside, "new", path, sizeof(path)), O_WRONLY | O_CREAT);
}

static int write_the_key(void)
{
    return try_open(place.key, O_WRONLY);
}

static int move_out(void)
{
    char from[PATH_MAX], to[PATH_MAX];
    tempdir_path(&place.inside, "moving", from, sizeof(from));
    tempdir_path(&place.outside, "moved", to, sizeof(to));
    if (try_open(from, O_WRONLY | O_CREAT) != LET) {
        return 1;
    }
    return rename(from, to) == 0 ? LET : errno;
}

static void test_files_elsewhere(void **state)
{
    (void)state;
    need_landlock(1);
    if (is_strict) {
        expect_code(read_the_passwords, false, EACCES);
        expect_code(read_another_secret, false, EACCES);
        expect_code(read_beside_the_mark, false, EACCES);
        expect_code(read_a_process, true, EACCES);
    }
    expect_code(write_outside, false, EACCES);
    expect_code(write_outside, true, EACCES);
    expect_code(write_the_key, true, EACCES);
    expect_code(move_out, true, EACCES);
}

static int use_its_own(void)
{
    char path[PATH_MAX], folder[PATH_MAX], fresh[PATH_MAX];
    tempdir_path(&place.inside, "a", folder, sizeof(folder));
    tempdir_path(&place.inside, "a/file", path, sizeof(path));
    tempdir_path(&place.marks, "mark.new", fresh, sizeof(fresh));
    int file = mkdir(folder, 0700) == 0 ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || write(file, "abc", 3) != 3 || ftruncate(file, 1) != 0 || fdatasync(file) != 0) {
        return 1;
    }
    void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
    if (map == MAP_FAILED || *(char *)map != 'a' || close(file) != 0) {
        return 2;
    }
    if (try_open(place.key, O_RDONLY) != LET || try_open(place.mark, O_RDONLY) != LET ||
        try_open(fresh, O_WRONLY | O_CREAT | O_TRUNC) != LET || rename(fresh, place.mark) != 0 ||
        try_open(place.marks.path, O_RDONLY | O_DIRECTORY) != LET) {
        return 3;
    }
    return unlink(path) == 0 && rmdir(folder) == 0 ? LET : 4;
}

static void test_its_own_files(void **state)
{
    (void)state;
    expect_code(use_its_own, false, LET);
    expect_code(use_its_own, true, LET);
}

static void test_nothing_there(void **state)
{
    (void)state;
    need_landlock(1);
    struct sandbox_options options = place.options;
    char missing[PATH_MAX];
    tempdir_path(&place.outside, "no/such", missing, sizeof(missing));
    place.options.data = place.options.key_file = place.options.mark_file = missing;
    expect_code(write_outside, true, EACCES);
    place.options = options;
}

/* --- programs and processes ---------------------------------------------------------------- */

static int run_a_program(void)
{
    char *const words[] = {(char[]){"true"}, NULL};
    execve("/bin/true", words, words);
    return errno;
}

static int run_a_descriptor(void)
{
    char *const words[] = {(char[]){"true"}, NULL};
    return syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, words, 0) == 0 ? LET : errno;
}

static int make_a_process(void)
{
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        _exit(0);
    }
    return child > 0 ? LET : errno;
}

static int look_into_the_parent(void)
{
    return ptrace(PTRACE_ATTACH, parent, NULL, NULL) == 0 ? LET : errno;
}

static int kill_the_parent(void)
{
    return kill(parent, SIGURG) == 0 ? LET : errno;
}

static int kill_another_by_thread(void)
{
    return syscall(SYS_tgkill, 1, 1, 0) == 0 ? LET : errno;
}

static int load_a_kernel_program(void)
{
    return syscall(SYS_bpf, 0, NULL, 0) == 0 ? LET : errno;
}

static int ring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL) == 0 ? LET : errno;
}

static int leave_the_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0 ? LET : errno;
}

static int a_call_of_the_future(void)
{
    return syscall(4095) == 0 ? LET : errno;
}

static void test_calls_that_nobody_makes(void **state)
{
    (void)state;
    expect_killed(run_a_program, false, SYS_execve);
    expect_killed(run_a_program, true, SYS_execve);
    if (is_strict) {
        expect_killed(make_a_process, false, SYS_clone);
        expect_killed(make_a_process, true, SYS_clone);
        expect_killed(look_into_the_parent, false, SYS_ptrace);
        expect_killed(look_into_the_parent, true, SYS_ptrace);
    }
    expect_killed(run_a_descriptor, false, SYS_execveat);
    expect_killed(run_a_descriptor, true, SYS_execveat);
    expect_killed(kill_the_parent, true, SYS_kill);
    expect_killed(kill_another_by_thread, true, SYS_tgkill);
    expect_killed(load_a_kernel_program, false, SYS_bpf);
    expect_killed(ring, true, SYS_io_uring_setup);
    expect_killed(leave_the_namespace, true, SYS_unshare);
    expect_killed(a_call_of_the_future, true, 4095);
}

static int make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return 1;
    }
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {
        return LET;
    }
    return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? LET : errno;
}

static void test_no_code_is_made(void **state)
{
    (void)state;
    if (!is_strict) {
        skip();
    }
    expect_code(make_code, false, EPERM);
    expect_code(make_code, true, EPERM);
}

/* --- sockets ------------------------------------------------------------------------------- */

static int make_socket(int family, int type)
{
    return socket(family, type | SOCK_CLOEXEC, 0) >= 0 ? LET : errno;
}

static int make_ipv4(void)
{
    return make_socket(AF_INET, SOCK_STREAM);
}

static int make_ipv6(void)
{
    return make_socket(AF_INET6, SOCK_STREAM);
}

static int make_unix(void)
{
    return make_socket(AF_UNIX, SOCK_STREAM);
}

static int make_packet(void)
{
    return make_socket(AF_PACKET, SOCK_RAW);
}

static int connect_out(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(out, (const struct sockaddr *)&address, sizeof(address)) == 0 ? LET : errno;
}

static int bind_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return bind(out, (const struct sockaddr *)&address, sizeof(address)) == 0 ? LET : errno;
}

static int bind_to_any(void)
{
    return bind_to(0);
}

static int bind_elsewhere(void)
{
    return bind_to(7409);
}

static int listen_again(void)
{
    return listen(-1, 1) == 0 ? LET : errno;
}

static void test_sockets(void **state)
{
    (void)state;
    expect_code(make_ipv4, false, LET);
    expect_code(bind_to_any, false, LET);
    expect_killed(make_ipv6, false, SYS_socket);
    expect_killed(make_unix, false, SYS_socket);
    expect_killed(make_packet, false, SYS_socket);
    expect_killed(connect_out, false, SYS_connect);
    expect_killed(make_ipv4, true, SYS_socket);
    expect_killed(listen_again, true, SYS_listen);
    expect_code(listen_again, false, EBADF);
    place.options.endpoints[1] = "tcp://[::1]:*";
    expect_code(make_ipv4, false, LET);
    struct end end = try(make_ipv6, false);
    assert_true(!end.is_killed && (end.code == LET || end.code == EAFNOSUPPORT));
    expect_killed(make_ipv6, true, SYS_socket);
    place.options.endpoints[0] = place.options.endpoints[1] = NULL;
    expect_killed(make_ipv4, false, SYS_socket);
    place.options.endpoints[0] = place.options.endpoints[1] = "tcp://127.0.0.1:*";
}

static void test_ports(void **state)
{
    (void)state;
    need_landlock(4);
    expect_code(bind_elsewhere, false, EACCES);
    place.options.endpoints[0] = "tcp://127.0.0.1:7408";
    place.options.endpoints[1] = "tcp://127.0.0.1:7407";
    expect_code(bind_to_any, false, EACCES);
    place.options.endpoints[0] = place.options.endpoints[1] = "tcp://127.0.0.1:*";
}

static void test_endpoints_that_are_none(void **state)
{
    (void)state;
    static const char *const endpoints[] = {"ipc:///run/custody",    "tcp://127.0.0.1",   "tcp://",
                                            "tcp://127.0.0.1:65536", "tcp://127.0.0.1:x", ""};
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
        place.options.endpoints[0] = endpoints[i];
        assert_int_equal(sandbox_enclose(&place.options), CUSTODY_ERR_INVALID);
    }
    place.options.endpoints[0] = "tcp://127.0.0.1:*";
}

/* --- threads ------------------------------------------------------------------------------- */

static pthread_barrier_t barrier;

static void *wait_and_run_a_program(void *context)
{
    (void)context;
    pthread_barrier_wait(&barrier);
    (void)syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0);
    return NULL;
}

static void *wait_and_make_a_socket(void *context)
{
    (void)context;
    pthread_barrier_wait(&barrier);
    *(int *)context = make_ipv4();
    return NULL;
}

static void *write_from_a_thread(void *context)
{
    *(int *)context = write_outside();
    return NULL;
}

static int a_thread_made_between(void)
{
    pthread_t thread;
    int result = 1;
    pthread_barrier_init(&barrier, NULL, 2);
    if (pthread_create(&thread, NULL, wait_and_make_a_socket, &result) != 0) {
        return NOT_ENCLOSED;
    }
    if (sandbox_seal() != CUSTODY_OK) {
        return NOT_ENCLOSED;
    }
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    return result;
}

static int a_thread_that_runs_a_program(void)
{
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    if (pthread_create(&thread, NULL, wait_and_run_a_program, NULL) != 0) {
        return NOT_ENCLOSED;
    }
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    return LET;
}

static int a_thread_that_writes_outside(void)
{
    pthread_t thread;
    int result = LET;
    if (pthread_create(&thread, NULL, write_from_a_thread, &result) != 0) {
        return NOT_ENCLOSED;
    }
    pthread_join(thread, NULL);
    return result;
}

/* The first thread is there for what libc does once. */
static int a_thread_after_the_seal(void)
{
    pthread_t thread;
    int result = a_thread_that_writes_outside();
    if (result != EACCES || sandbox_seal() != CUSTODY_OK) {
        return NOT_ENCLOSED;
    }
    int made = pthread_create(&thread, NULL, write_from_a_thread, &result);
    if (made == 0) {
        pthread_join(thread, NULL);
    }
    return made;
}

static void test_threads(void **state)
{
    (void)state;
    expect_killed(a_thread_made_between, false, SYS_socket);
    expect_killed(a_thread_that_runs_a_program, false, SYS_execveat);
    need_landlock(1);
    expect_code(a_thread_that_writes_outside, false, EACCES);
    /* libc blocks every signal while it makes a thread, so the process ends without a word. */
    struct end end = try(a_thread_after_the_seal, false);
    assert_true(end.is_killed == is_strict && (is_strict || end.code == 0));
}

/* --- what still works ---------------------------------------------------------------------- */

static int abort_at_once(void)
{
    abort();
}

static void test_a_defect_still_aborts(void **state)
{
    (void)state;
    struct end end = try(abort_at_once, true);
    assert_false(end.is_killed);
    assert_int_equal(end.code, -1); /* by SIGABRT, as without */
}

static int much_memory(void)
{
    char *memory = NULL;
    for (size_t size = 1; size <= (size_t)64 << 20; size *= 4) {
        char *more = realloc(memory, size);
        if (more == NULL) {
            free(memory);
            return 1;
        }
        memory = more;
        memory[size - 1] = 1;
    }
    free(memory);
    return LET;
}

static void test_memory(void **state)
{
    (void)state;
    expect_code(much_memory, true, LET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_elsewhere), cmocka_unit_test(test_its_own_files),
        cmocka_unit_test(test_nothing_there),   cmocka_unit_test(test_calls_that_nobody_makes),
        cmocka_unit_test(test_no_code_is_made), cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_ports),           cmocka_unit_test(test_endpoints_that_are_none),
        cmocka_unit_test(test_threads),         cmocka_unit_test(test_a_defect_still_aborts),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
