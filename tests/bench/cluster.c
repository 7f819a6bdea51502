/* cluster.c: initdb, postgres, and their end.
 * Never knows what is kept in it. */
#include "tests/bench/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/die.h"

enum { KNOCKS = 6000, KNOCK_MS = 10, LOG_SHOWN = 2000, PROC_MAX = 4096 };

static struct cluster *running; /* for cluster_abandon */

/* The newest version that is installed. */
static bool find_programs(char ret[static PATH_MAX])
{
    glob_t found = {0};
    int newest = 0;
    if (glob("/usr/lib/postgresql/*/bin/initdb", GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            int version = (int)strtol(found.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL, 10);
            if (version > newest) {
                newest = version;
                snprintf(ret, PATH_MAX, "/usr/lib/postgresql/%d/bin", version);
            }
        }
    }
    globfree(&found);
    return newest > 0;
}

/* The user that root hands the cluster to must be able to walk there. */
static bool is_open_to_others(const char *folder)
{
    char path[PATH_MAX];
    struct stat status;
    if (realpath(folder, path) == NULL) {
        return false;
    }
    for (char *end = path + strlen(path); end != NULL; end = strrchr(path, '/')) {
        *end = '\0';
        if (stat(path[0] == '\0' ? "/" : path, &status) != 0 || (status.st_mode & S_IXOTH) == 0) {
            return false;
        }
    }
    return true;
}

const char *cluster_obstacle(void)
{
    char programs[PATH_MAX];
    if (!find_programs(programs)) {
        return "not installed";
    }
    if (geteuid() == 0 && !is_open_to_others(getenv("TMPDIR"))) {
        return "TMPDIR is closed to others";
    }
    return NULL;
}

static _Noreturn void die_with_log(const struct cluster *cluster, const char *what)
{
    char path[PATH_MAX];
    char text[LOG_SHOWN + 1] = "";
    tempdir_path(&cluster->dir, "log", path, sizeof(path));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        off_t size = lseek(file, 0, SEEK_END);
        ssize_t len = pread(file, text, LOG_SHOWN, size > LOG_SHOWN ? size - LOG_SHOWN : 0);
        text[len < 0 ? 0 : len] = '\0';
        close(file);
    }
    die("PostgreSQL %s; its log ends:\n%s", what, text);
}

/* Its own package's user, if there is one, else nobody: it refuses to run as root. */
static void choose_user(struct cluster *cluster)
{
    cluster->user = geteuid();
    cluster->group = getegid();
    if (cluster->user == 0) {
        const struct passwd *entry = getpwnam("postgres");
        entry = entry == NULL ? getpwnam("nobody") : entry;
        if (entry == NULL) {
            die("PostgreSQL does not run as root, and there is no user \"nobody\"");
        }
        cluster->user = entry->pw_uid;
        cluster->group = entry->pw_gid;
        if (chown(cluster->dir.path, cluster->user, cluster->group) != 0) {
            die("cannot give %s away: %s", cluster->dir.path, strerror(errno));
        }
    }
}

static _Noreturn void become(const struct cluster *cluster, char *const *arguments, int out)
{
    char program[PATH_MAX + 32];
    snprintf(program, sizeof(program), "%s/%s", cluster->programs, arguments[0]);
    if (geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setgid(cluster->group) != 0 || setuid(cluster->user) != 0)) {
        _exit(127);
    }
    /* Only now: to change the user forgets it. SIGQUIT has postgres end at once, with its children. A Ctrl-C is ours to
     * hear. */
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    setpgid(0, 0);
    if (chdir(cluster->dir.path) != 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(out, STDERR_FILENO) < 0) {
        _exit(127);
    }
    execv(program, arguments);
    dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
    _exit(127);
}

static pid_t start(const struct cluster *cluster, char *const *arguments)
{
    char log[PATH_MAX];
    pid_t parent = getpid();
    tempdir_path(&cluster->dir, "log", log, sizeof(log));
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid = out < 0 ? -1 : fork();
    if (pid < 0) {
        die("cannot start PostgreSQL: %s", strerror(errno));
    }
    if (pid == 0) {
        if (getppid() != parent) {
            _exit(127);
        }
        become(cluster, arguments, out);
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

/* Its files may be unwritten for now: the machine will not lose its power before the first checkpoint. */
static void make_files(const struct cluster *cluster, char *data)
{
    char *const arguments[] = {
        (char *)"initdb",
        (char *)"-D",
        data,
        (char *)"--locale=C",
        (char *)"-E",
        (char *)"UTF8",
        (char *)"--auth=trust",
        (char *)"-U",
        (char *)"bench",
        (char *)"--no-sync",
        (char *)"--no-instructions",
        NULL,
    };
    if (exit_code_of(start(cluster, arguments)) != 0) {
        die_check();
        die_with_log(cluster, "cannot make its files (initdb)");
    }
}

/* The last line of its postmaster.pid says so, as pg_ctl reads it. */
static bool is_ready(const struct cluster *cluster)
{
    char path[PATH_MAX];
    char text[1024];
    tempdir_path(&cluster->dir, "data/postmaster.pid", path, sizeof(path));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = file < 0 ? 0 : read(file, text, sizeof(text) - 1);
    if (file >= 0) {
        close(file);
    }
    text[len < 0 ? 0 : len] = '\0';
    return strstr(text, "\nready") != NULL;
}

static void wait_until_ready(const struct cluster *cluster)
{
    struct pollfd ending = {.fd = cluster->ending, .events = POLLIN};
    for (int i = 0; i < KNOCKS; i++) {
        if (is_ready(cluster)) {
            return;
        }
        int ended = poll(&ending, 1, KNOCK_MS);
        die_check();
        if (ended > 0) {
            die_with_log(cluster, "ended at once");
        }
    }
    die_with_log(cluster, "is not ready in time");
}

void cluster_start(struct cluster *ret)
{
    char data[PATH_MAX];
    char connections[64];
    *ret = (struct cluster){.ending = -1};
    if (!find_programs(ret->programs)) {
        die("PostgreSQL is not installed");
    }
    tempdir_create(&ret->dir);
    running = ret;
    choose_user(ret);
    tempdir_path(&ret->dir, "data", data, sizeof(data));
    make_files(ret, data);
    snprintf(connections, sizeof(connections), "max_connections=%d", CLUSTER_CONNECTIONS);
    char *const arguments[] = {
        (char *)"postgres", (char *)"-D",  data,
        (char *)"-k",       ret->dir.path, (char *)"-p",
        (char *)"5432",     (char *)"-c",  (char *)"listen_addresses=",
        (char *)"-c",       connections,   NULL,
    };
    ret->pid = start(ret, arguments);
    ret->ending = pidfd_open(ret->pid, 0);
    if (ret->ending < 0) {
        die("pidfd_open: %s", strerror(errno));
    }
    wait_until_ready(ret);
}

void cluster_address(const struct cluster *cluster, char ret[static PATH_MAX])
{
    int len =
        snprintf(ret, PATH_MAX, "host=%s port=5432 user=bench dbname=postgres", cluster->dir.path);
    if (len < 0 || len >= PATH_MAX) {
        die("the path of TMPDIR is too long");
    }
}

/* --- processor time ---------------------------------------------------------------------------- */

/* "" of a process that is gone. */
static void read_proc(pid_t pid, const char *name, char ret[static PROC_MAX])
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = file < 0 ? 0 : read(file, ret, PROC_MAX - 1);
    if (file >= 0) {
        close(file);
    }
    ret[len < 0 ? 0 : len] = '\0';
}

static uint64_t time_of(pid_t pid)
{
    char text[PROC_MAX];
    read_proc(pid, "schedstat", text);
    return strtoull(text, NULL, 10);
}

/* Of children that have ended: fields 16 and 17 of its stat, in ticks. The name, field 2, ends with the last ')'. */
static uint64_t time_of_ended(pid_t pid)
{
    char text[PROC_MAX];
    read_proc(pid, "stat", text);
    char *at = strrchr(text, ')');
    for (int i = 2; at != NULL && i < 16; i++) {
        at = strchr(at + 1, ' ');
    }
    if (at == NULL) {
        return 0;
    }
    uint64_t ticks = strtoull(at, &at, 10);
    ticks += strtoull(at, NULL, 10);
    return ticks * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
}

uint64_t cluster_cpu_ns(const struct cluster *cluster)
{
    char name[64];
    char children[PROC_MAX];
    char *at = children;
    uint64_t used_ns = time_of(cluster->pid) + time_of_ended(cluster->pid);
    snprintf(name, sizeof(name), "task/%ld/children", (long)cluster->pid);
    read_proc(cluster->pid, name, children);
    for (pid_t pid; (pid = (pid_t)strtol(at, &at, 10)) != 0;) {
        used_ns += time_of(pid);
    }
    return used_ns;
}

/* --- the end ----------------------------------------------------------------------------------- */

void cluster_abandon(void)
{
    if (running == NULL) {
        return;
    }
    if (running->pid > 0) {
        kill(running->pid, SIGQUIT);
        exit_code_of(running->pid);
    }
    if (running->ending >= 0) {
        close(running->ending);
    }
    tempdir_destroy(&running->dir);
    running = NULL;
}
