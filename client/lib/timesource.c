/* timesource.c: the one place where the client reads what time it is.
 * Never used for waiting. */
#include "client/lib/timesource.h"

#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>

#include "proto/statement.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"

/* 2024-01-01: a device that believes it is earlier has lost its clock. */
#define EARLIEST_US INT64_C(1704067200000000)

enum { CLOCK_FILE_SIZE = 8 };

static enum custody_status
read_clock_file(const char *path, int64_t *ret_us, struct custody_problem *problem)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    uint64_t value = 0;
    enum custody_status status = files_read(path, CLOCK_FILE_SIZE, &bytes, &len, problem);
    if (status != CUSTODY_OK)
        return status;
    for (size_t i = len; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    free(bytes);
    if (len != CLOCK_FILE_SIZE || value > (uint64_t)STATEMENT_TIME_MAX_US)
        return problem_set(problem, CUSTODY_ERR_INVALID, path,
                           "8 bytes: microseconds UTC, little-endian", "%zu bytes", len);
    *ret_us = (int64_t)value;
    return CUSTODY_OK;
}

static uint8_t system_quality(int64_t now_us)
{
    struct timex timex = {0};
    if (now_us < EARLIEST_US)
        return CLOCK_UNSET;
    int state = adjtimex(&timex);
    return state >= 0 && state != TIME_ERROR ? CLOCK_SYNCHRONISED : CLOCK_DEVICE;
}

enum custody_status timesource_now(const struct timesource *source,
                                   int64_t *ret_us,
                                   uint8_t *ret_quality,
                                   struct custody_problem *problem)
{
    struct timespec now;
    if (source->clock_file != NULL) {
        *ret_quality = CLOCK_DEVICE;
        return read_clock_file(source->clock_file, ret_us, problem);
    }
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return problem_from_errno(problem, "clock");
    *ret_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    *ret_quality = system_quality(*ret_us);
    return CUSTODY_OK;
}
