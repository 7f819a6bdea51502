/* console.h: complaints, progress and exit codes of custodyd's commands.
 * Never decides what is a failure. Threads: the main one. */
#ifndef CUSTODY_DAEMON_CONSOLE_H
#define CUSTODY_DAEMON_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include <custody/status.h>

enum { EXIT_CARE = 1, EXIT_USAGE = 2, EXIT_FAILED = 4, EXIT_EVIDENCE = 5 };

/* "custodyd: sentence: word" on standard error; `word` may be empty. Gives EXIT_USAGE. */
int console_usage(const char *sentence, const char *word);
/* "custodyd: what: status: sentence"; gives the exit code that the status has for a command. */
int console_fail(const char *what, enum custody_status status, const char *sentence);
/* The exit code, or another when what was printed could not be: a full disk is not success. */
int console_end(int exit_code);

/* A line on standard error that is written over, when that is a terminal. */
struct progress {
    const char *what;
    uint64_t shown_ns;
    bool is_terminal;
    bool has_shown;
};

struct progress console_begin(const char *what);
/* `context` is a struct progress: for whoever takes a progress function. */
void console_show(void *context, uint64_t done, uint64_t total);
void console_clear(const struct progress *progress);

#endif
