/* device.h: a device of a simulated world: libcustody's own keeping, syncing, asking and following, in a home folder.
 * Never knows what the others do; what it was promised it is held to.
 *
 * Each is an actor of the stage. It may be killed at any call to network or disk: then its memory is gone and its files stay,
 * and whoever used it starts it again and asks for the same once more. A program that uses it wraps fsync, pwritev and
 * rename too. */
#ifndef TESTS_SIM_DEVICE_H
#define TESTS_SIM_DEVICE_H

#include "proto/digest.h"
#include "tests/sim/history.h"

struct device;

/* `homes` holds a home for each, made by the base (world.h). */
void devices_begin(const char *homes);
/* Does the step, or puts it behind what the device is in the middle of. */
void device_do(const struct history_step *step, size_t number);
/* Nothing hurts it any more. */
void device_heal(enum history_device device);
/* Everything that was promised must be on the ledger: brings what is left, with the help of the bureau for a device that is
 * not admitted any more. To be called, each time followed by stage_run, until it gives true. */
bool devices_bring_all(void);
/* ... and then compares. */
void devices_compare(void);

#endif
