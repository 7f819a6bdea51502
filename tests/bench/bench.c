/* bench.c: the environment in, the end of the program out.
 * Never measures anything. */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/keeper.h"
#include "tests/bench/machine.h"
#include "tests/bench/peers.h"
#include "tests/lib/die.h"

static struct tempdir *folder;

static void clean_up(void)
{
    keeper_abandon();
    peers_abandon();
    if (folder != NULL) {
        tempdir_destroy(folder);
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
        .peer_seconds = is_quick ? 0.12 : 2.0,
        .limit_seconds = is_quick ? 0.25 : 1.0,
        .load_seconds = is_quick ? 0.2 : 3.0,
    };
    choose_folder();
    tempdir_create(&ret->dir);
    folder = &ret->dir;
    die_prepare("bench", clean_up);
}
