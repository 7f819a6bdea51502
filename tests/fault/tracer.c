/* tracer.c: a child process followed from system call to system call, and killed before one of them.
 * Never changes what a call does. */
#include "tests/fault/tracer.h"

#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/lib/die.h"

bool tracer_submit(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0;
}

static int wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child)
        die("cannot wait");
    return status;
}

static bool is_call(int status)
{
    return WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
}

/* LMDB's descriptors are looked for among 4,096 numbers, three times; asking what a file is changes nothing. */
static bool counts(pid_t child)
{
    struct __ptrace_syscall_info info = {0};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0)
        die("cannot follow");
    return info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr != SYS_fstat &&
           info.entry.nr != SYS_newfstatat;
}

int tracer_follow(pid_t child, uint64_t kill_at, uint64_t *ret_calls)
{
    uint64_t calls = 0;
    int status = wait_for(child);
    if (WIFSTOPPED(status) &&
        ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
        die("cannot follow");
    int signal = 0; /* the stop that began it is not for the child */
    while (WIFSTOPPED(status)) {
        if (ptrace(PTRACE_SYSCALL, child, NULL, signal) != 0)
            die("cannot follow");
        status = wait_for(child);
        signal = is_call(status) || !WIFSTOPPED(status) ? 0 : WSTOPSIG(status);
        /* Stops come in pairs: before a call and after it. */
        if (is_call(status) && counts(child) && ++calls == kill_at) {
            kill(child, SIGKILL);
            status = wait_for(child);
        }
    }
    *ret_calls = calls;
    return status;
}
