/* machine.h: which machine, system, disk and commit a result belongs to.
 * Never guesses: what cannot be found out is "unknown". */
#ifndef TESTS_BENCH_MACHINE_H
#define TESTS_BENCH_MACHINE_H

#include <stdbool.h>

enum { MACHINE_TEXT_MAX = 160 };

struct machine {
    char cpu[MACHINE_TEXT_MAX];
    long cores; /* that this process may use */
    char kernel[MACHINE_TEXT_MAX];
    char file_system[MACHINE_TEXT_MAX]; /* "ext4 on /dev/vda" */
    bool disk_is_memory;
    char commit[MACHINE_TEXT_MAX];
    char date[MACHINE_TEXT_MAX]; /* UTC */
};

/* `folder` is where the measuring is done. */
void machine_look(const char *folder, struct machine *ret);
/* Type and device of the mount that holds `path`. */
void machine_file_system(const char *path, char ret[static MACHINE_TEXT_MAX]);

#endif
