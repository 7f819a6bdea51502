/* test_notify.c: what systemd would hear, on a socket of our own.
 * Never talks to a real systemd. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/server/notify.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

static int listen_at(const char *path, size_t len)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int ear = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, len);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(ear, (struct sockaddr *)&address, size), 0);
    return ear;
}

static void expect(int ear, const char *state)
{
    char text[64] = "";
    notify_open();
    notify_say(state);
    assert_int_equal(recv(ear, text, sizeof(text) - 1, MSG_DONTWAIT), (int)strlen(state));
    assert_string_equal(text, state);
}

static void test_a_path(void **state)
{
    (void)state;
    struct tempdir dir;
    char path[100];
    tempdir_create(&dir);
    tempdir_path(&dir, "notify", path, sizeof(path));
    int ear = listen_at(path, strlen(path));
    setenv("NOTIFY_SOCKET", path, 1);
    expect(ear, "READY=1");
    expect(ear, "STOPPING=1");
    close(ear);
    notify_say("READY=1"); /* nobody listens any more: nothing happens */
    tempdir_destroy(&dir);
}

static void test_an_abstract_name(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof(name), "@custodyd-test-%ld", (long)getpid());
    setenv("NOTIFY_SOCKET", name, 1);
    name[0] = '\0';
    int ear = listen_at(name, 1 + strlen(name + 1));
    expect(ear, "WATCHDOG=1");
    close(ear);
}

static void test_nobody(void **state)
{
    (void)state;
    char path[200];
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    unsetenv("NOTIFY_SOCKET");
    notify_open();
    notify_say("READY=1");
    static const char *const places[] = {"", "x", "/", "/nowhere/at/all", "vsock:2:1"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        setenv("NOTIFY_SOCKET", places[i], 1);
        notify_open();
        notify_say("READY=1");
    }
    setenv("NOTIFY_SOCKET", path, 1);
    notify_open();
    notify_say("READY=1");
    notify_close();
}

static void test_watchdog(void **state)
{
    (void)state;
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(notify_watchdog_ms(), -1);
    static const struct {
        const char *text;
        int ms;
    } cases[] = {{"30000000", 15000},
                 {"2000", 1},
                 {"1999", -1},
                 {"", -1},
                 {"x", -1},
                 {"0", -1},
                 {"18446744073709551615", INT32_MAX}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv("WATCHDOG_USEC", cases[i].text, 1);
        assert_int_equal(notify_watchdog_ms(), cases[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path),
        cmocka_unit_test(test_an_abstract_name),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_watchdog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
