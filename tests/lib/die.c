/* die.c: the end of a program.
 * Never waits. */
#include "tests/lib/die.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t is_interrupted;
static const char *program = "";

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

void die_prepare(const char *name, void (*clean_up)(void))
{
    struct sigaction action = {.sa_handler = interrupt}; /* no SA_RESTART: calls come back */
    program = name;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (clean_up != NULL) {
        atexit(clean_up);
    }
}

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fprintf(stderr, "%s: ", program);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, three lines above */
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

void die_check(void)
{
    if (is_interrupted) {
        die("interrupted");
    }
}
