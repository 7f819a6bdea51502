/* lastwords.h: a process that dies of a signal of its own making leaves word of it for the one that starts next.
 * Never hides the death: the signal takes the course that it had before.
 *
 * SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE: what a damaged page of a mapped file, or a broken promise in the code, ends in. A kill
 * from outside leaves no word. */
#ifndef CUSTODY_BASE_LASTWORDS_H
#define CUSTODY_BASE_LASTWORDS_H

#include <stdint.h>

/* Once, before the threads. Each such death adds one byte to the file, which is made if it is missing. A path that is longer than
 * 511 bytes is not used. */
void lastwords_prepare(const char *path);
/* Deaths told of in the file; 0 when there is none. */
uint64_t lastwords_read(const char *path);
/* What it told of is over; no file is fine. */
void lastwords_forget(const char *path);

#endif
