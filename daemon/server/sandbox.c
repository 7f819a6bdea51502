/* sandbox.c: landlock by its raw calls, seccomp by libseccomp, from one table of calls.
 * Never lets a call through because it might be needed: each row says who makes it. */
#include "daemon/server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/base/logger.h"

enum { PATH_BYTES = 4096 };

#ifdef CUSTODY_INSTRUMENTED
static const bool is_instrumented = true;
#else
static const bool is_instrumented = false;
#endif

/* --- landlock ------------------------------------------------------------------------------ */

/* What the headers of Debian 12 do not have yet, as linux/landlock.h has it since the version named. */
#define ACCESS_TRUNCATE     (UINT64_C(1) << 14) /* 3 */
#define ACCESS_IOCTL_DEVICE (UINT64_C(1) << 15) /* 5 */
#define ACCESS_BIND         (UINT64_C(1) << 0)  /* 4 */
#define ACCESS_CONNECT      (UINT64_C(1) << 1)  /* 4 */
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0)  /* 6 */
#define SCOPE_SIGNAL        (UINT64_C(1) << 1)  /* 6 */
enum { RULE_NET_PORT = 2 };                     /* 4 */

struct ruleset_attributes {
    uint64_t files, net, scoped;
};

struct port_attributes {
    uint64_t access, port;
};

#define READ_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* The last one: renaming a folder takes it away from its place. */
#define CHANGE_FILES                                                                               \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG |               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR)
/* A mark is written beside the old one and renamed over it; of its neighbours nothing can be read. */
#define REPLACE_FILE                                                                               \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG |               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define OF_A_FILE                                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |   \
     ACCESS_TRUNCATE | ACCESS_IOCTL_DEVICE)

bool sandbox_is_strict(void)
{
    return !is_instrumented;
}

int sandbox_landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

/* Everything that this version of landlock can refuse. */
static struct ruleset_attributes attributes_of(int version)
{
    struct ruleset_attributes attributes = {.files = (UINT64_C(1) << 13) - 1};
    attributes.files |= version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    attributes.files |= version >= 3 ? ACCESS_TRUNCATE : 0;
    attributes.net = version >= 4 ? ACCESS_BIND | ACCESS_CONNECT : 0;
    attributes.files |= version >= 5 ? ACCESS_IOCTL_DEVICE : 0;
    attributes.scoped = version >= 6 ? SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL : 0;
    return attributes;
}

struct ruleset {
    int file;
    struct ruleset_attributes attributes;
    bool has_failed; /* sticky */
};

static void allow_path(struct ruleset *ruleset, const char *path, uint64_t access, bool is_file)
{
    if (path == NULL || ruleset->has_failed) {
        return;
    }
    int file = open(path, O_PATH | O_CLOEXEC | (is_file ? 0 : O_DIRECTORY));
    if (file < 0) {
        ruleset->has_failed = errno != ENOENT && errno != ENOTDIR && errno != EACCES;
        return;
    }
    struct landlock_path_beneath_attr rule = {
        .allowed_access = access & ruleset->attributes.files & (is_file ? OF_A_FILE : UINT64_MAX),
        .parent_fd = file,
    };
    ruleset->has_failed =
        syscall(SYS_landlock_add_rule, ruleset->file, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0;
    close(file);
}

static void allow_folder_of(struct ruleset *ruleset, const char *path, uint64_t access)
{
    char folder[PATH_BYTES] = ".";
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    if (path == NULL) {
        return;
    }
    if (slash != NULL) {
        size_t len = slash == path ? 1 : (size_t)(slash - path);
        if (len >= sizeof(folder)) {
            ruleset->has_failed = true;
            return;
        }
        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    allow_path(ruleset, folder, access, false);
}

/* "tcp://[::]:7401"; a port of * is one that the kernel chooses, which is asked for as 0. */
static bool port_of(const char *endpoint, uint64_t *ret_port)
{
    static const char scheme[] = "tcp://";
    const char *colon = strrchr(endpoint, ':');
    if (strncmp(endpoint, scheme, strlen(scheme)) != 0 || colon < endpoint + strlen(scheme)) {
        return false;
    }
    *ret_port = 0;
    return strcmp(colon + 1, "*") == 0 ||
           (bytes_parse_decimal(span_text(colon + 1), ret_port) && *ret_port <= UINT16_MAX);
}

static void allow_port(struct ruleset *ruleset, const char *endpoint)
{
    struct port_attributes rule = {.access = ACCESS_BIND};
    if (endpoint == NULL || ruleset->has_failed || ruleset->attributes.net == 0) {
        return;
    }
    ruleset->has_failed =
        !port_of(endpoint, &rule.port) ||
        syscall(SYS_landlock_add_rule, ruleset->file, RULE_NET_PORT, &rule, 0) != 0;
}

static bool confine_files(const struct sandbox_options *options, int version)
{
    struct ruleset ruleset = {.attributes = attributes_of(version)};
    ruleset.file = (int)syscall(SYS_landlock_create_ruleset, &ruleset.attributes,
                                version >= 6   ? sizeof(ruleset.attributes)
                                : version >= 4 ? offsetof(struct ruleset_attributes, scoped)
                                               : offsetof(struct ruleset_attributes, net),
                                0);
    if (ruleset.file < 0) {
        return false;
    }
    allow_path(&ruleset, options->data, READ_FILES | CHANGE_FILES, false);
    allow_path(&ruleset, options->key_file, LANDLOCK_ACCESS_FS_READ_FILE, true);
    allow_path(&ruleset, options->mark_file, LANDLOCK_ACCESS_FS_READ_FILE, true);
    allow_folder_of(&ruleset, options->mark_file, REPLACE_FILE);
    allow_folder_of(&ruleset, options->metrics_file, REPLACE_FILE);
    allow_port(&ruleset, options->endpoints[0]);
    allow_port(&ruleset, options->endpoints[1]);
    if (is_instrumented) {
        allow_path(&ruleset, "/", READ_FILES, false);
        allow_path(&ruleset, ".", READ_FILES | CHANGE_FILES, false);
    }
    bool is_confined =
        !ruleset.has_failed && syscall(SYS_landlock_restrict_self, ruleset.file, 0) == 0;
    close(ruleset.file);
    return is_confined;
}

/* --- seccomp ------------------------------------------------------------------------------- */

enum phase { START = 1, RUN = 2, BOTH = START | RUN };

/* What one argument must be: masked, it equals the value. */
struct condition {
    unsigned argument;
    uint64_t mask, value;
};

struct call {
    int number;
    unsigned phases;
    int error; /* 0: it is made; otherwise what it fails with, when the condition does not hold */
    bool has_condition;
    struct condition condition;
};

#define CALL(phases_, name_)                                                                       \
    {                                                                                              \
        .number = SCMP_SYS(name_), .phases = (phases_)                                             \
    }
#define ONLY(phases_, name_, error_, argument_, mask_, value_)                                     \
    {                                                                                              \
        .number = SCMP_SYS(name_), .phases = (phases_), .error = (error_), .has_condition = true,  \
        .condition = {                                                                             \
            (argument_),                                                                           \
            (mask_),                                                                               \
            (value_)                                                                               \
        }                                                                                          \
    }
/* clang-format off */
#define ALWAYS_FAILS(name_, error_) {.number = SCMP_SYS(name_), .phases = BOTH, .error = (error_)}

/* Names of which an architecture has only some (open, stat) are rows that it does without. */
static const struct call calls[] = {
    /* the journal, the look-ups, the annex, the access log, the mark: LMDB and ours */
    CALL(BOTH, open), CALL(BOTH, openat), CALL(BOTH, close), CALL(BOTH, access), CALL(BOTH, faccessat),
    CALL(BOTH, faccessat2), CALL(BOTH, fstat), CALL(BOTH, stat), CALL(BOTH, lstat), CALL(BOTH, newfstatat),
    CALL(BOTH, read), CALL(BOTH, readv), CALL(BOTH, pread64), CALL(BOTH, preadv), CALL(BOTH, write),
    CALL(BOTH, writev), CALL(BOTH, pwrite64), CALL(BOTH, pwritev), CALL(BOTH, lseek), CALL(BOTH, ftruncate),
    CALL(BOTH, fsync), CALL(BOTH, fdatasync), CALL(BOTH, getdents64), CALL(BOTH, mkdir), CALL(BOTH, mkdirat),
    CALL(BOTH, rename), CALL(BOTH, renameat), CALL(BOTH, renameat2), CALL(BOTH, unlink), CALL(BOTH, unlinkat),
    CALL(BOTH, rmdir), CALL(BOTH, fcntl), CALL(START, flock), CALL(BOTH, statfs), CALL(BOTH, fstatfs), CALL(START, uname),
    /* the figures, which others may read */
    ONLY(BOTH, fchmod, 0, 1, UINT32_MAX, 0644),
    /* memory: malloc, LMDB's map, libsodium's guarded pages */
    CALL(BOTH, brk), CALL(BOTH, munmap), CALL(BOTH, mremap), CALL(BOTH, madvise), CALL(BOTH, fadvise64), CALL(BOTH, mlock),
    CALL(BOTH, munlock), CALL(BOTH, getrandom), CALL(BOTH, sysinfo), CALL(BOTH, sched_getaffinity),
    /* Nothing here runs what it wrote; a library that would load another is told no. */
    ONLY(BOTH, mmap, EPERM, 2, PROT_EXEC, 0), ONLY(BOTH, mprotect, EPERM, 2, PROT_EXEC, 0),
    /* libzmq's and our threads, waiting and waking */
    CALL(BOTH, futex), CALL(BOTH, poll), CALL(BOTH, ppoll), CALL(BOTH, epoll_wait), CALL(BOTH, epoll_pwait),
    CALL(BOTH, epoll_ctl), CALL(BOTH, sched_yield), CALL(BOTH, nanosleep), CALL(BOTH, clock_nanosleep),
    CALL(BOTH, restart_syscall), CALL(BOTH, exit), CALL(BOTH, exit_group),
    CALL(START, epoll_create1), CALL(START, eventfd2), CALL(START, prlimit64),
    /* clone3 keeps its flags in memory, where no filter looks; libc falls back to clone, and that only for a thread */
    ALWAYS_FAILS(clone3, ENOSYS), ONLY(START, clone, 0, 0, CLONE_THREAD, CLONE_THREAD),
    /* how a thread begins; one of libzmq's may do so after the seal */
    CALL(BOTH, rseq), CALL(BOTH, set_robust_list), ONLY(BOTH, prctl, 0, 0, UINT32_MAX, PR_SET_NAME),
    CALL(BOTH, sched_getparam), CALL(BOTH, sched_getscheduler), ONLY(BOTH, sched_setscheduler, 0, 1, UINT32_MAX, SCHED_OTHER),
    /* clocks, where the kernel's page for them cannot be used */
    CALL(BOTH, clock_gettime), CALL(BOTH, gettimeofday), CALL(BOTH, time),
    /* signals; tgkill to ourselves alone is added by load, for abort and for SIGSYS */
    CALL(BOTH, rt_sigprocmask), CALL(BOTH, rt_sigreturn), CALL(START, rt_sigaction), CALL(BOTH, getpid), CALL(BOTH, gettid),
    /* sockets: which families may be made is added by load */
    CALL(START, bind), CALL(START, listen), CALL(BOTH, accept4), CALL(BOTH, recvfrom), CALL(BOTH, recvmsg),
    CALL(BOTH, sendto), CALL(BOTH, sendmsg), CALL(BOTH, shutdown), CALL(BOTH, getsockopt), CALL(BOTH, setsockopt),
    CALL(BOTH, getsockname), CALL(BOTH, getpeername),
    /* stdio asks whether it writes to a terminal */
    ALWAYS_FAILS(ioctl, ENOTTY),
    /* the second filter */
    CALL(START, seccomp),
};

/* What the run-times of gcc's sanitizers and of coverage do: name addresses from the program's file, stop all threads to
 * look for leaks. */
static const struct call instrumented_calls[] = {
    CALL(BOTH, mmap), CALL(BOTH, mprotect), CALL(BOTH, clone), CALL(BOTH, wait4), CALL(BOTH, ptrace), CALL(BOTH, prctl),
    CALL(BOTH, process_vm_readv), CALL(BOTH, getdents), CALL(BOTH, getppid), CALL(BOTH, rt_sigaction), CALL(BOTH, sigaltstack),
    CALL(BOTH, readlink), CALL(BOTH, readlinkat), CALL(BOTH, getcwd), CALL(BOTH, getuid), CALL(BOTH, geteuid), CALL(BOTH, getgid),
    CALL(BOTH, getegid), CALL(BOTH, prlimit64), CALL(BOTH, arch_prctl), CALL(BOTH, personality), CALL(BOTH, uname), CALL(BOTH, umask),
    CALL(BOTH, mincore), CALL(BOTH, ioctl),
};
/* clang-format on */

/* A row that fails without a condition is an error for every argument; one with a condition is let through where that
 * holds, and elsewhere fails or, with no error named, ends the process. */
static bool add_call(scmp_filter_ctx filter, const struct call *call)
{
    const struct condition *condition = &call->condition;
    if (call->number < 0) {
        return true; /* not on this architecture */
    }
    if (!call->has_condition) {
        uint32_t action = call->error == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO((uint32_t)call->error);
        return seccomp_rule_add(filter, action, call->number, 0) == 0;
    }
    if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call->number, 1,
                         SCMP_CMP64(condition->argument, SCMP_CMP_MASKED_EQ, condition->mask,
                                    condition->value)) != 0) {
        return false;
    }
    /* Only single bits fail with an error here, so the other case is the bit that is set. */
    return call->error == 0 ||
           seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)call->error), call->number, 1,
                            SCMP_CMP64(condition->argument, SCMP_CMP_MASKED_EQ, condition->mask,
                                       condition->mask)) == 0;
}

static bool allow_family(scmp_filter_ctx filter, int family)
{
    const struct call call = ONLY(START, socket, 0, 0, UINT32_MAX, (uint64_t)family);
    return add_call(filter, &call);
}

/* libzmq looks among the network's interfaces for the address that it is to bind, by netlink. */
static bool allow_sockets(scmp_filter_ctx filter, const struct sandbox_options *options)
{
    bool has_endpoint = false;
    bool has_ipv6 = false;
    for (size_t i = 0; i < 2; i++) {
        const char *endpoint = options->endpoints[i];
        has_endpoint = has_endpoint || endpoint != NULL;
        has_ipv6 = has_ipv6 || (endpoint != NULL && strchr(endpoint, '[') != NULL);
    }
    return (!has_endpoint || (allow_family(filter, AF_INET) && allow_family(filter, AF_NETLINK))) &&
           (!has_ipv6 || allow_family(filter, AF_INET6));
}

/* An instrumented build's rows come in place of the strict ones for the same call. */
static bool add_calls(scmp_filter_ctx filter, enum phase phase)
{
    enum { CALLS = sizeof(calls) / sizeof(calls[0]) };
    enum { MORE = sizeof(instrumented_calls) / sizeof(instrumented_calls[0]) };
    bool is_made = true;
    for (size_t i = 0; i < MORE && is_instrumented; i++) {
        is_made = is_made && add_call(filter, &instrumented_calls[i]);
    }
    for (size_t i = 0; i < CALLS; i++) {
        bool is_replaced = false;
        for (size_t k = 0; k < MORE && is_instrumented; k++) {
            is_replaced = is_replaced || instrumented_calls[k].number == calls[i].number;
        }
        if ((calls[i].phases & phase) != 0 && !is_replaced) {
            is_made = is_made && add_call(filter, &calls[i]);
        }
    }
    return is_made;
}

/* `options` NULL: no sockets. */
static bool load(enum phase phase, const struct sandbox_options *options)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    const struct call ourselves = ONLY(BOTH, tgkill, 0, 0, UINT32_MAX, (uint64_t)getpid());
    if (filter == NULL) {
        return false;
    }
    /* No new privileges is said already, and not again by a call that the first filter refuses. */
    bool is_made = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) == 0 &&
                   seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
                   seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
                   add_call(filter, &ourselves) &&
                   (options == NULL || allow_sockets(filter, options)) && add_calls(filter, phase);
    int rc = is_made ? seccomp_load(filter) : -EINVAL;
    seccomp_release(filter);
    return rc == 0;
}

/* A signal handler, so it writes by itself. The signal is at its default again, and this one ends the process. */
static void name_call(int number, siginfo_t *info, void *context)
{
    char line[80] = "level=error op=sandbox call=";
    char digits[12];
    size_t count = 0;
    size_t len = strlen(line);
    (void)context;
    for (unsigned rest = (unsigned)info->si_syscall; count == 0 || rest > 0; rest /= 10) {
        digits[count++] = (char)('0' + rest % 10);
    }
    while (count > 0) {
        line[len++] = digits[--count];
    }
    static const char end[] = " sentence=\"not made by custodyd\"\n";
    memcpy(line + len, end, sizeof(end) - 1);
    (void)!write(STDERR_FILENO, line, len + sizeof(end) - 1);
    (void)syscall(SYS_tgkill, getpid(), gettid(), number);
}

/* --- both ---------------------------------------------------------------------------------- */

/* Who was started as root keeps the name and none of the power. Under the shipped unit there is nothing to give up, and no
 * call to do it by. */
static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct held[2] = {{0}};
    static const struct __user_cap_data_struct none[2] = {{0}};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_capget, &header, held) == 0 &&
           (memcmp(held, none, sizeof(none)) == 0 || syscall(SYS_capset, &header, none) == 0);
}

static enum custody_status fail(const char *sentence)
{
    LOG(LOGGER_ERROR, "sandbox", LOGGER_TEXT("sentence", sentence),
        LOGGER_TEXT("remedy", "--sandbox off runs without it"));
    return CUSTODY_ERR_PERMISSION;
}

enum custody_status sandbox_enclose(const struct sandbox_options *options)
{
    struct sigaction action = {.sa_sigaction = name_call,
                               .sa_flags = SA_SIGINFO | (int)SA_RESETHAND | SA_NODEFER};
    int version = sandbox_landlock_version();
    for (size_t i = 0; i < 2; i++) {
        uint64_t port;
        if (options->endpoints[i] != NULL && !port_of(options->endpoints[i], &port)) {
            LOG(LOGGER_ERROR, "sandbox", LOGGER_TEXT("endpoint", options->endpoints[i]),
                LOGGER_TEXT("sentence", "expected tcp://address:port"));
            return CUSTODY_ERR_INVALID;
        }
    }
    if (!drop_capabilities()) {
        return fail("capabilities cannot be given up");
    }
    if (version == 0) {
        LOG(LOGGER_WARNING, "sandbox",
            LOGGER_TEXT("sentence", "this kernel has no landlock: files are not confined"));
    } else if (!confine_files(options, version)) {
        return fail("landlock's rules are refused");
    }
    if (sigaction(SIGSYS, &action, NULL) != 0 || !load(START, options)) {
        return fail("seccomp's filter is refused");
    }
    return CUSTODY_OK;
}

enum custody_status sandbox_seal(void)
{
    return load(RUN, NULL) ? CUSTODY_OK : fail("seccomp's second filter is refused");
}
