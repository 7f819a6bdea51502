/* test_lastwords.c: a death by a signal of the process's own leaves one byte, a kill from outside none. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/lastwords.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

static struct tempdir dir;
static char path[4200];

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "crashes", path, sizeof path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static void die_of(int signal_number)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(signal_number, SIG_DFL);
        lastwords_prepare(path);
        if (signal_number == SIGABRT)
            abort();
        raise(signal_number);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signal_number);
}

static void each_death_is_one_byte(void **state)
{
    (void)state;
    assert_int_equal(lastwords_read(path), 0);
    const int own[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    for (unsigned i = 0; i < sizeof own / sizeof own[0]; i++) {
        die_of(own[i]);
        assert_int_equal(lastwords_read(path), i + 1);
    }
    die_of(SIGKILL);
    die_of(SIGTERM);
    assert_int_equal(lastwords_read(path), 5);
    lastwords_forget(path);
    assert_int_equal(lastwords_read(path), 0);
    lastwords_forget(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_death_is_one_byte, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
