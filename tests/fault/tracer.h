/* tracer.h: a child process followed from system call to system call, and killed before one of them.
 * Never changes what a call does.
 *
 * ptrace(2). The child must have one thread. */
#ifndef TESTS_FAULT_TRACER_H
#define TESTS_FAULT_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* In the child: stops until the parent follows. False: this machine lets nobody be followed. */
bool tracer_submit(void);
/* In the parent: follows the child to its end, or to the entry of its `kill_at`-th system call (the first is 1; 0: none) and kills
 * it there. Gives the status of waitpid; `*ret_calls` is how many calls it began;
 * fstat is not counted. */
int tracer_follow(pid_t child, uint64_t kill_at, uint64_t *ret_calls);

#endif
