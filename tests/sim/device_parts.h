/* device_parts.h: the inside of a device, for device.c and asking.c.
 * Never seen by the rest of the simulation: they have device.h. */
#ifndef TESTS_SIM_DEVICE_PARTS_H
#define TESTS_SIM_DEVICE_PARTS_H

#include <limits.h>
#include <setjmp.h>

#include "client/lib/client.h"
#include "tests/sim/device.h"
#include "tests/sim/said.h"

enum { DEVICE_TASKS_MAX = 2 * HISTORY_STEPS_MAX };

/* A step under way; the number of a step is also the ref under which it is kept. */
struct device_task {
    struct history_step step;
    size_t number;
    const struct said *carried; /* HISTORY_CARRY of this very statement, not of a drawn one */
};

struct device {
    enum history_device who;
    int actor;
    char home[PATH_MAX];
    struct custody_client *client; /* NULL: not running */
    struct device_task tasks[DEVICE_TASKS_MAX];
    size_t first, end;
    jmp_buf death;
    int64_t lives; /* calls until it is killed; 0: it is not */
    bool is_refused;
    unsigned cuts; /* when the call under way began */
    uint64_t told; /* entries up to its newest receipt */
};

const char *device_name(const struct device *device);
/* Starts the program on it, if it does not run. */
void device_begin_call(struct device *device);
/* An answer that was cut short arrived since the call began. */
bool device_was_cut(const struct device *device);
/* What a call to the network may come to: its end, no end, or a loud no to an answer that was cut short. Whose standing it hangs
 * on is `about`, or the device itself. */
bool device_end_call(struct device *device,
                     enum history_device about,
                     const char *what,
                     enum custody_status status);

#endif
