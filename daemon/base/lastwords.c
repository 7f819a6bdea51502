/* lastwords.c: one byte in a file for each death by a signal of the process's own making.
 * Calls nothing in the handler that is not safe there (signal-safety(7)). */
#include "daemon/base/lastwords.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int deaths[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

enum { DEATHS = sizeof deaths / sizeof deaths[0] };

static char word_path[512];
static struct sigaction before[DEATHS];

static void leave_word(int signal_number)
{
    int error = errno;
    int file = open(word_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        ssize_t written = write(file, "x", 1);
        (void)written;
        (void)fsync(file);
        close(file);
    }
    /* The kernel has put back the default already (and no call that changes it may be allowed any more); a sanitizer's own
     * handler is put back here. */
    for (unsigned i = 0; i < DEATHS; i++)
        if (deaths[i] == signal_number && before[i].sa_handler != SIG_DFL)
            (void)sigaction(signal_number, &before[i], NULL);
    errno = error;
    raise(signal_number);
}

void lastwords_prepare(const char *path)
{
    if (strlen(path) >= sizeof word_path)
        return;
    snprintf(word_path, sizeof word_path, "%s", path);
    struct sigaction action = {.sa_handler = leave_word, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < DEATHS; i++)
        (void)sigaction(deaths[i], &action, &before[i]);
}

uint64_t lastwords_read(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

void lastwords_forget(const char *path)
{
    (void)unlink(path);
}
