/* console.c: what custodyd's commands say to who called them, and their exit codes.
 * Never writes to standard output: results are the commands' own. */
#include "daemon/console.h"

#include <stdio.h>
#include <unistd.h>

#include "daemon/base/clock.h"

int console_usage(const char *sentence, const char *word)
{
    fprintf(stderr, "custodyd: %s%s%s\nTry: custodyd help\n", sentence, word[0] != '\0' ? ": " : "",
            word);
    return EXIT_USAGE;
}

/* A full disk is not success. */
int console_end(int exit_code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "custodyd: cannot write to standard output\n");
        return EXIT_FAILED;
    }
    return exit_code;
}

int console_fail(const char *what, enum custody_status status, const char *sentence)
{
    fprintf(stderr, "custodyd: %s: %s%s%s\n", what, custody_status_sentence(status),
            sentence[0] != '\0' ? ": " : "", sentence);
    int exit_code = custody_status_exit_code(status);
    return exit_code == EXIT_EVIDENCE || exit_code == EXIT_USAGE ? exit_code : EXIT_FAILED;
}

struct progress console_begin(const char *what)
{
    return (struct progress){.what = what, .is_terminal = isatty(STDERR_FILENO) == 1};
}

void console_show(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    uint64_t now_ns = clock_monotonic_ns();
    if (!progress->is_terminal || now_ns - progress->shown_ns < 100000000) {
        return;
    }
    progress->shown_ns = now_ns;
    progress->has_shown = true;
    fprintf(stderr, "\r%s  %3d %%  %llu of %llu ", progress->what,
            total == 0 ? 100 : (int)((double)done * 100 / (double)total), (unsigned long long)done,
            (unsigned long long)total);
}

void console_clear(const struct progress *progress)
{
    if (progress->has_shown) {
        fprintf(stderr, "\r\x1b[K");
    }
}
