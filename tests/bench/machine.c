/* machine.c: reads /proc, uname and git.
 * Never changes anything. */
#include "tests/bench/machine.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static void set(char ret[static MACHINE_TEXT_MAX], const char *text)
{
    snprintf(ret, MACHINE_TEXT_MAX, "%s", text);
    ret[strcspn(ret, "\n")] = '\0';
}

static void look_at_cpu(struct machine *machine)
{
    char line[512];
    set(machine->cpu, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && value != NULL) {
            set(machine->cpu, value + 2);
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    cpu_set_t usable;
    machine->cores = sched_getaffinity(0, sizeof(usable), &usable) == 0 ? CPU_COUNT(&usable) : 1;
}

static bool is_below(const char *path, const char *mount)
{
    size_t len = strlen(mount);
    return strncmp(path, mount, len) == 0 &&
           (path[len] == '/' || path[len] == '\0' || (len > 0 && mount[len - 1] == '/'));
}

void machine_file_system(const char *path, char ret[static MACHINE_TEXT_MAX])
{
    char real[PATH_MAX];
    char line[2 * PATH_MAX];
    size_t longest = 0;
    set(ret, "unknown");
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (file == NULL || realpath(path, real) == NULL) {
        if (file != NULL) {
            fclose(file);
        }
        return;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        char mount[PATH_MAX];
        char type[64];
        char device[80];
        const char *rest = strstr(line, " - ");
        if (rest != NULL && sscanf(line, "%*s %*s %*s %*s %4095s", mount) == 1 &&
            sscanf(rest, " - %63s %79s", type, device) == 2 && is_below(real, mount) &&
            strlen(mount) >= longest) {
            longest = strlen(mount);
            snprintf(ret, MACHINE_TEXT_MAX, "%s on %s", type, device);
        }
    }
    fclose(file);
}

static void look_at_commit(struct machine *machine)
{
    char line[MACHINE_TEXT_MAX];
    set(machine->commit, "unknown");
    /* The command is a constant. NOLINTNEXTLINE(cert-env33-c) */
    FILE *git = popen("git rev-parse --short=12 HEAD 2> /dev/null", "re");
    if (git == NULL) {
        return;
    }
    if (fgets(line, sizeof(line), git) != NULL) {
        set(machine->commit, line);
    }
    pclose(git);
}

void machine_look(const char *folder, struct machine *ret)
{
    struct utsname system;
    struct tm utc;
    time_t now = time(NULL);
    memset(ret, 0, sizeof(*ret));
    look_at_cpu(ret);
    set(ret->kernel, "unknown");
    if (uname(&system) == 0) {
        snprintf(ret->kernel, sizeof(ret->kernel), "%.64s %.64s", system.sysname, system.release);
    }
    machine_file_system(folder, ret->file_system);
    ret->disk_is_memory =
        strncmp(ret->file_system, "tmpfs", 5) == 0 || strncmp(ret->file_system, "ramfs", 5) == 0;
    look_at_commit(ret);
    gmtime_r(&now, &utc);
    strftime(ret->date, sizeof(ret->date), "%Y-%m-%dT%H:%M:%SZ", &utc);
}
