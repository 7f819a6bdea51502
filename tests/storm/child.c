/* child.c: fork, work, exit code.
 * Never leaves a zombie. */
#include "tests/storm/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/die.h"

static pid_t supervisor;

struct child child_start(child_work *work, struct storm *storm, unsigned number)
{
    struct child child = {.ending = -1};
    supervisor = getpid();
    fflush(NULL);
    child.pid = fork();
    if (child.pid < 0) {
        die("fork: %s", strerror(errno));
    }
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != supervisor) {
            _exit(EXIT_FAILURE);
        }
        work(storm, number);
        /* What the supervisor wants done at its end is not ours to do. */
        fflush(NULL);
        _exit(EXIT_SUCCESS);
    }
    child.ending = pidfd_open(child.pid, 0);
    if (child.ending < 0) {
        die("pidfd_open: %s", strerror(errno));
    }
    return child;
}

static int reap(struct child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            die("waitpid: %s", strerror(errno));
        }
    }
    close(child->ending);
    *child = (struct child){.ending = -1};
    return status;
}

bool child_wait(struct child *child, int timeout_ms)
{
    struct pollfd ending = {.fd = child->ending, .events = POLLIN};
    int ended = poll(&ending, 1, timeout_ms);
    die_check();
    if (ended <= 0) {
        return false;
    }
    int status = reap(child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        die("a part of the storm failed");
    }
    return true;
}

void child_kill(struct child *child)
{
    if (child->pid != 0) {
        kill(child->pid, SIGKILL);
        reap(child);
    }
}
