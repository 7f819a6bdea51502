/* sandbox.h: the process shuts itself in: its own files, its own sockets, the system calls that it is made of.
 * Never opens anything again.
 *
 * Two steps, neither of which can be taken back:
 *   enclose  before the ledger is opened: no capability, no new privilege (no setuid program), landlock on files and
 *            ports, and the calls that starting needs;
 *   seal     when every thread runs and every socket is bound: no new thread, socket or listener from here on.
 *
 * What a refused thing does:
 *   a file or port elsewhere     EACCES, by landlock. Libraries look for files that they can do without.
 *   a call that nobody here makes  the process ends by SIGSYS after one line `op=sandbox call=<number>` (no line where the
 *                                thread blocks all signals, as libzmq's do): whoever makes it is not this program any
 *                                more, and a killed daemon loses nothing it has answered for. The number's name:
 *                                scmp_sys_resolver(1).
 *   a few that libraries try and live without (ioctl, executable memory, clone3): an error, see the table in sandbox.c.
 *
 * A build for a sanitizer or for coverage (CUSTODY_INSTRUMENTED) may read everything, write below its working folder, and
 * make the calls of those run-times. It says so in the log. */
#ifndef CUSTODY_SERVER_SANDBOX_H
#define CUSTODY_SERVER_SANDBOX_H

#include <stdbool.h>

#include <custody/status.h>

/* Texts are borrowed. NULL: there is no such thing. What does not exist is not allowed, and no error. */
struct sandbox_options {
    const char *data;         /* all below this folder, read and written */
    const char *key_file;     /* read */
    const char *mark_file;    /* read, and replaced by a new file of its folder */
    const char *metrics_file; /* replaced by a new file of its folder */
    const char *endpoints[2]; /* tcp://...: their ports may be bound, until the seal */
};

/* From the main thread, while it is the only one: landlock covers the threads made after it. A kernel
 * without landlock is a warning in the log; CUSTODY_ERR_INVALID an endpoint that is not tcp, CUSTODY_ERR_PERMISSION a kernel without
 * seccomp filters. */
enum custody_status sandbox_enclose(const struct sandbox_options *options);
/* From any thread, once; covers all threads. Only after sandbox_enclose. */
enum custody_status sandbox_seal(void);
/* The version of landlock that this kernel has; 0: none. Not a call of one that is enclosed. */
int sandbox_landlock_version(void);
/* Not a build for a sanitizer or for coverage. */
bool sandbox_is_strict(void);

#endif
