/* keeper.c: init, run, wait for READY=1, stop.
 * Never waits by sleeping: the daemon tells when it is ready, the kernel when it has ended. */
#include "tests/bench/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "tests/lib/die.h"

enum { DEADLINE_MS = 60000, LOG_SHOWN = 2000, ARGUMENTS_MAX = 20 };

static struct keeper *running[2]; /* for keeper_abandon: the real one and the other */

static const char *program_of(const struct keeper *keeper)
{
    return keeper->is_null ? "nullcustodyd" : "custodyd";
}

static void path_of(const struct keeper *keeper, const char *name, char ret[static PATH_MAX])
{
    tempdir_path(&keeper->dir, name, ret, PATH_MAX);
}

/* The whole file, with a NUL. */
static bool read_text(const char *path, char *ret, size_t cap)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = file < 0 ? -1 : read(file, ret, cap - 1);
    if (file >= 0) {
        close(file);
    }
    ret[len < 0 ? 0 : len] = '\0';
    return len >= 0;
}

static _Noreturn void die_with_log(const struct keeper *keeper, const char *what)
{
    char path[PATH_MAX];
    char text[64 * 1024];
    path_of(keeper, "log", path);
    read_text(path, text, sizeof(text));
    size_t len = strlen(text);
    die("%s: %s; its log ends:\n%s", program_of(keeper), what,
        text + (len > LOG_SHOWN ? len - LOG_SHOWN : 0));
}

static bool find_line(const char *text, const char *name, char ret[static KEEPER_TEXT_MAX])
{
    size_t len = strlen(name);
    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, name, len) == 0 && strncmp(at + len, ": ", 2) == 0) {
            const char *value = at + len + 2;
            snprintf(ret, KEEPER_TEXT_MAX, "%.*s", (int)strcspn(value, "\n"), value);
            return true;
        }
        if (*at == '\0') {
            break;
        }
    }
    return false;
}

void keeper_card(const struct keeper *keeper, const char *name, char ret[static KEEPER_TEXT_MAX])
{
    if (!find_line(keeper->card, name, ret)) {
        die("the invitation has no line \"%s\"", name);
    }
}

bool keeper_is_filled(const struct keeper *keeper)
{
    char path[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof(path), "%s/journal/data.mdb", keeper->ledger.data);
    return stat(path, &status) == 0 && status.st_size >= KEEPER_FILL_AHEAD;
}

uint64_t keeper_cpu_ns(const struct keeper *keeper)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(keeper->pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        return 0;
    }
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/* --- the child --------------------------------------------------------------------------------- */

/* Less is zero-filled ahead than usual, since each load begins with an empty ledger and waits for that. All else stays as
 * it is shipped, but for what the caller says. */
static void write_config(const struct keeper *keeper, const char *settings)
{
    char path[PATH_MAX];
    path_of(keeper, "custodyd.conf", path);
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        die("cannot write %s", path);
    }
    fprintf(file,
            "[ledger]\ndata = %s\nkey_file = %s\nmark_file = %s\n"
            "map_size = 64 GiB\nfill_ahead = %d\n"
            "[listen]\nendpoint = tcp://127.0.0.1:*\nannouncements = tcp://127.0.0.1:*\n"
            "[log]\nlevel = warning\n%s",
            keeper->ledger.data, keeper->ledger.key_file, keeper->ledger.mark_file,
            KEEPER_FILL_AHEAD, settings);
    if (fclose(file) != 0) {
        die("cannot write %s", path);
    }
}

static pid_t start(const struct keeper *keeper, char *const *arguments)
{
    char program[PATH_MAX];
    char log[PATH_MAX];
    pid_t parent = getpid();
    snprintf(program, sizeof(program), "%s/%s", keeper->bench->build, program_of(keeper));
    path_of(keeper, "log", log);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid = out < 0 ? -1 : fork();
    if (pid < 0) {
        die("cannot start %s", program);
    }
    if (pid == 0) {
        /* It must not outlive us; and a Ctrl-C is ours to hear. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        if (getppid() != parent || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0) {
            _exit(127);
        }
        execv(program, arguments);
        dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
        _exit(127);
    }
    close(out);
    return pid;
}

static int exit_code_of(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void make_ledger(struct keeper *keeper, char *config)
{
    char card[PATH_MAX];
    path_of(keeper, "invitation", card);
    char *const arguments[] = {
        (char *)"custodyd",
        (char *)"init",
        (char *)"--config",
        config,
        (char *)"--origin",
        (char *)"ledger.example/bench",
        (char *)"--division",
        (char *)"540400",
        (char *)"--regulator",
        (char *)"uscc:11540400DEMO00001X",
        (char *)"--regulator-name",
        (char *)"示例",
        (char *)"--demonstration",
        (char *)"--output",
        card,
        NULL,
    };
    if (exit_code_of(start(keeper, arguments)) != 0) {
        die_with_log(keeper, "init failed");
    }
    if (!read_text(card, keeper->card, sizeof(keeper->card))) {
        die("cannot read %s", card);
    }
}

/* A datagram socket for sd_notify's READY=1, in the abstract namespace. */
static int open_notify(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int len = snprintf(name, sizeof(name), "@custody-bench-%ld", (long)getpid());
    int in = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path + 1, name + 1, (size_t)len - 1);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len);
    if (in < 0 || bind(in, (const struct sockaddr *)&address, size) != 0) {
        die("cannot open a socket for READY=1");
    }
    setenv("NOTIFY_SOCKET", name, 1);
    return in;
}

static void wait_until_ready(const struct keeper *keeper, int in)
{
    struct pollfd events[] = {{.fd = in, .events = POLLIN},
                              {.fd = keeper->ending, .events = POLLIN}};
    uint64_t until_ns = clock_monotonic_ns() + DEADLINE_MS * UINT64_C(1000000);
    for (;;) {
        char text[512];
        int ready = poll(events, 2, DEADLINE_MS);
        die_check();
        if (events[1].revents != 0) {
            die_with_log(keeper, "ended at once");
        }
        if (ready == 0 || clock_monotonic_ns() > until_ns) {
            die_with_log(keeper, "is not ready in time");
        }
        if (ready > 0) {
            ssize_t len = recv(in, text, sizeof(text) - 1, 0);
            text[len < 0 ? 0 : len] = '\0';
            if (strstr(text, "READY=1") != NULL) {
                return;
            }
        }
    }
}

static void read_endpoint(struct keeper *keeper)
{
    char path[PATH_MAX];
    char text[2 * KEEPER_TEXT_MAX];
    snprintf(path, sizeof(path), "%s/endpoints", keeper->ledger.data);
    if (!read_text(path, text, sizeof(text)) || !find_line(text, "endpoint", keeper->endpoint) ||
        !find_line(text, "announcements", keeper->announcements)) {
        die_with_log(keeper, "does not say where it listens");
    }
}

static void open_folder(const struct bench *bench, bool is_null, struct keeper *ret)
{
    *ret = (struct keeper){.bench = bench, .is_null = is_null, .ending = -1};
    tempdir_path(&bench->dir, program_of(ret), ret->dir.path, sizeof(ret->dir.path));
    if (mkdir(ret->dir.path, 0700) != 0) {
        die("cannot make %s", ret->dir.path);
    }
}

static void run(struct keeper *keeper, char *config)
{
    const char *clock_file = keeper->ledger.clock_file;
    char *const arguments[] = {
        (char *)"custodyd",         (char *)"run",
        (char *)"--config",         config,
        (char *)"--clock-is-right", clock_file == NULL ? NULL : (char *)"--clock-file",
        (char *)clock_file,         NULL};
    int in = open_notify();
    keeper->pid = start(keeper, arguments);
    running[keeper->is_null] = keeper;
    keeper->ending = pidfd_open(keeper->pid, 0);
    if (keeper->ending < 0) {
        die("pidfd_open: %s", strerror(errno));
    }
    wait_until_ready(keeper, in);
    close(in);
    unsetenv("NOTIFY_SOCKET");
    read_endpoint(keeper);
}

static void
make_and_run(const struct bench *bench, bool is_null, const char *settings, struct keeper *ret)
{
    char config[PATH_MAX];
    open_folder(bench, is_null, ret);
    tempdir_path(&ret->dir, "ledger", ret->ledger.data, sizeof(ret->ledger.data));
    tempdir_path(&ret->dir, "ledger.key", ret->ledger.key_file, sizeof(ret->ledger.key_file));
    tempdir_path(&ret->dir, "mark", ret->ledger.mark_file, sizeof(ret->ledger.mark_file));
    write_config(ret, settings);
    path_of(ret, "custodyd.conf", config);
    make_ledger(ret, config);
    run(ret, config);
}

void keeper_start(const struct bench *bench, const char *settings, struct keeper *ret)
{
    make_and_run(bench, false, settings, ret);
}

void keeper_start_null(const struct bench *bench, const char *settings, struct keeper *ret)
{
    make_and_run(bench, true, settings, ret);
}

void keeper_serve(const struct bench *bench,
                  const struct keeper_ledger *ledger,
                  const char *card,
                  const char *settings,
                  struct keeper *ret)
{
    char config[PATH_MAX];
    open_folder(bench, false, ret);
    ret->ledger = *ledger;
    snprintf(ret->card, sizeof(ret->card), "%s", card);
    write_config(ret, settings);
    path_of(ret, "custodyd.conf", config);
    run(ret, config);
}

void keeper_kill(struct keeper *keeper)
{
    kill(keeper->pid, SIGKILL);
    exit_code_of(keeper->pid);
    running[keeper->is_null] = NULL;
    close(keeper->ending);
    tempdir_destroy(&keeper->dir);
}

void keeper_stop(struct keeper *keeper)
{
    struct pollfd ending = {.fd = keeper->ending, .events = POLLIN};
    kill(keeper->pid, SIGTERM);
    int ended = poll(&ending, 1, DEADLINE_MS);
    die_check();
    if (ended <= 0) {
        die_with_log(keeper, "does not stop");
    }
    running[keeper->is_null] = NULL;
    close(keeper->ending);
    if (exit_code_of(keeper->pid) != 0) {
        die_with_log(keeper, "did not end well");
    }
    tempdir_destroy(&keeper->dir);
}

void keeper_abandon(void)
{
    for (size_t i = 0; i < sizeof(running) / sizeof(running[0]); i++) {
        if (running[i] != NULL) {
            kill(running[i]->pid, SIGKILL);
            exit_code_of(running[i]->pid);
            running[i] = NULL;
        }
    }
}
