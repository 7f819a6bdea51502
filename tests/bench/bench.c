/* bench.c: the environment in, the end of the program out.
 * Never measures anything. */
#include "tests/bench/bench.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/keeper.h"
#include "tests/bench/machine.h"

static volatile sig_atomic_t is_interrupted;
static struct tempdir *folder;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

static void clean_up(void)
{
    keeper_abandon();
    if (folder != NULL) {
        tempdir_destroy(folder);
    }
}

void bench_die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("bench: ", stderr);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, three lines above */
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

void bench_check(void)
{
    if (is_interrupted) {
        bench_die("interrupted");
    }
}

/* A folder in memory makes fdatasync free; if nobody asked for one, take the other usual place. */
static void choose_folder(void)
{
    char type[MACHINE_TEXT_MAX];
    const char *wanted = getenv("TMPDIR");
    if (wanted == NULL || wanted[0] == '\0') {
        machine_file_system("/tmp", type);
        setenv("TMPDIR", strncmp(type, "tmpfs", 5) == 0 ? "/var/tmp" : "/tmp", 1);
    }
}

void bench_open(struct bench *ret)
{
    const char *quick = getenv("QUICK");
    const char *build = getenv("BUILD");
    bool is_quick = quick != NULL && quick[0] != '\0' && strcmp(quick, "0") != 0;
    *ret = (struct bench){
        .build = build == NULL ? "build/release" : build,
        .is_quick = is_quick,
        .repetitions = is_quick ? 3 : 5,
        .limit_seconds = is_quick ? 0.25 : 1.0,
        .load_seconds = is_quick ? 0.7 : 3.0,
    };
    struct sigaction action = {.sa_handler = interrupt}; /* no SA_RESTART: calls come back */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    choose_folder();
    tempdir_create(&ret->dir);
    folder = &ret->dir;
    atexit(clean_up);
}
