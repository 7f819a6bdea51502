/* clock.c: reads the kernel's clocks, or a file in place of the wall clock.
 * Never steps a clock. */
#include "daemon/base/clock.h"

#include <endian.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const uint64_t *followed;

bool clock_follow_file(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    struct stat status;
    void *map = MAP_FAILED;
    if (fstat(file, &status) == 0 && status.st_size >= (off_t)sizeof(uint64_t)) {
        map = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, file, 0);
    }
    close(file);
    if (map == MAP_FAILED) {
        return false;
    }
    followed = map;
    return true;
}

bool clock_follows_file(void)
{
    return followed != NULL;
}

static struct timespec now(clockid_t id)
{
    struct timespec time = {0};
    clock_gettime(id, &time);
    return time;
}

int64_t clock_wall_us(void)
{
    if (followed != NULL) {
        return (int64_t)le64toh(__atomic_load_n(followed, __ATOMIC_RELAXED));
    }
    struct timespec time = now(CLOCK_REALTIME);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

uint64_t clock_monotonic_ns(void)
{
    struct timespec time = now(CLOCK_MONOTONIC);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int64_t clock_leap_us(struct clock_watch *watch, int64_t wall_us, uint64_t monotonic_ns)
{
    const struct clock_watch before = *watch;
    *watch = (struct clock_watch){.wall_us = wall_us, .monotonic_ns = monotonic_ns};
    if (before.monotonic_ns == 0) {
        return 0;
    }
    return wall_us - before.wall_us - (int64_t)((monotonic_ns - before.monotonic_ns) / 1000);
}
