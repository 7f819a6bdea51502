/* test_clock.c: wall time, measuring time, and a followed file.
 * Never waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/base/clock.h"

static void test_real_clocks(void **state)
{
    (void)state;
    int64_t seconds = (int64_t)time(NULL);
    int64_t us = clock_wall_us();
    assert_true(us / 1000000 - seconds <= 1 && us / 1000000 >= seconds);
    uint64_t before = clock_monotonic_ns();
    assert_true(clock_monotonic_ns() >= before);
}

static void test_followed_file(void **state)
{
    (void)state;
    const char *folder = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof(path), "%s/clock.XXXXXX", folder != NULL ? folder : "/tmp");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_false(clock_follow_file("/nowhere/at/all"));
    assert_int_equal(write(file, "1234567", 7), 7);
    assert_false(clock_follow_file(path));

    const uint8_t early[8] = {1, 2, 0, 0, 0, 0, 0, 0};
    assert_int_equal(pwrite(file, early, 8, 0), 8);
    assert_true(clock_follow_file(path));
    assert_int_equal(clock_wall_us(), 0x0201);
    const uint8_t late[8] = {0x40, 0x42, 0x0f, 0, 0, 0, 0, 0x01};
    assert_int_equal(pwrite(file, late, 8, 0), 8);
    assert_true(clock_wall_us() == (int64_t)((UINT64_C(1) << 56) + 1000000));
    uint64_t before = clock_monotonic_ns();
    assert_true(clock_monotonic_ns() >= before);
    close(file);
    unlink(path);
}

static void a_leap_is_what_time_did_not_do(void **state)
{
    (void)state;
    struct clock_watch watch = {0};
    const int64_t hour = INT64_C(3600000000), year = 365 * 24 * hour;
    uint64_t now_ns = 5000000000u;
    assert_int_equal(clock_leap_us(&watch, 10 * year, now_ns), 0);
    now_ns += 2000000000u;
    assert_int_equal(clock_leap_us(&watch, 10 * year + 2000000, now_ns), 0);
    assert_int_equal(clock_leap_us(&watch, 10 * year + 2000000 + hour, now_ns), hour);
    assert_int_equal(clock_leap_us(&watch, 20 * year, now_ns), 10 * year - 2000000 - hour);
    assert_int_equal(clock_leap_us(&watch, 0, now_ns + 1000), -20 * year - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_clocks),
        cmocka_unit_test(a_leap_is_what_time_did_not_do),
        cmocka_unit_test(test_followed_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
