/* world.c: makes the base, runs a history in a child, and takes its result from a pipe.
 * Never runs two at once. */
#include "tests/sim/world.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/logger.h"
#include "tests/fault/disk.h"
#include "tests/lib/desk.h"
#include "tests/lib/dice.h"
#include "tests/lib/die.h"
#include "tests/lib/home.h"
#include "tests/sim/device.h"
#include "tests/sim/house.h"
#include "tests/sim/net.h"
#include "tests/sim/said.h"
#include "tests/sim/stage.h"
#include "tests/sim/witness.h"

enum { BASE_SEED = 4, MAP_SIZE = 32 << 20, ROUNDS_MAX = 12, LOOK_EVERY = 16 };
#define SECOND INT64_C(1000000)

struct tally tally;

static struct {
    struct tempdir dir;
    char ledger[PATH_MAX], homes[PATH_MAX];
    struct disk_image *ledger_files, *home_files;
    struct home_keys keys[HISTORY_DEVICES];
} base;

/* ---- chance instead of libsodium's ---- */

static struct dice chance;

static const char *chance_name(void)
{
    return "the seed's";
}

static uint32_t chance_number(void)
{
    return (uint32_t)dice_throw(&chance);
}

static void chance_fill(void *const ret, const size_t len)
{
    dice_fill(&chance, ret, len);
}

static randombytes_implementation chance_source = {
    .implementation_name = chance_name, .random = chance_number, .buf = chance_fill};

/* ---- the base ---- */

static const Custody__V1__Role roles[HISTORY_DEVICES] = {
    [NURSE] = CUSTODY__V1__ROLE__ROLE_GENERATOR,  [NURSE2] = CUSTODY__V1__ROLE__ROLE_GENERATOR,
    [DOCTOR] = CUSTODY__V1__ROLE__ROLE_GENERATOR, [DRIVER] = CUSTODY__V1__ROLE__ROLE_DRIVER,
    [DRIVER2] = CUSTODY__V1__ROLE__ROLE_DRIVER,   [GATE] = CUSTODY__V1__ROLE__ROLE_FACILITY,
    [BUREAU] = CUSTODY__V1__ROLE__ROLE_REGULATOR,
};

static void make_folder(const char *path)
{
    if (mkdir(path, 0700) != 0)
        die("cannot make %s", path);
}

void world_prepare(void)
{
    struct desk desk;
    if (randombytes_set_implementation(&chance_source) != 0 || !digest_init())
        die("libsodium does not start");
    logger_set_level(LOGGER_ERROR);
    dice_init(&chance, BASE_SEED);
    disk_hurry();
    stage_begin(DESK_DAY);
    tempdir_create(&base.dir);
    tempdir_path(&base.dir, "ledger", base.ledger, sizeof base.ledger);
    tempdir_path(&base.dir, "homes", base.homes, sizeof base.homes);
    make_folder(base.ledger);
    make_folder(base.homes);
    desk_open_sized(&desk, false, MAP_SIZE);
    for (int who = 0; who < HISTORY_DEVICES; who++) {
        char home[PATH_MAX + 16];
        snprintf(home, sizeof home, "%s/%s", base.homes,
                 history_device_name((enum history_device)who));
        base.keys[who] = home_make(&desk, home);
        if (who != NEWCOMER)
            home_enrol(&desk, &base.keys[who], said_party((enum history_device)who), roles[who]);
    }
    desk_flush(&desk);
    ledger_close(desk.ledger);
    base.ledger_files = disk_read(desk.dir.path);
    base.home_files = disk_read(base.homes);
    desk.ledger = NULL;
    desk_close(&desk);
}

void world_forget(void)
{
    disk_free(base.ledger_files);
    disk_free(base.home_files);
    tempdir_destroy(&base.dir);
}

/* ---- what happens ---- */

static void brighten(void *context, uint64_t device)
{
    (void)context;
    net_set_link((int)device, true);
}

static void change_weather(const struct history_step *step)
{
    static const struct net_weather weathers[] = {
        {.late = 0},
        {.lost = 30, .late = 20, .late_ms = 4000},
        {.doubled = 50, .late = 60, .late_ms = 8000},
        {.lost = 60, .doubled = 20, .late = 50, .late_ms = 3000},
        {.cut = 30, .late = 10, .late_ms = 2000},
        {.cut = 15, .lost = 15, .doubled = 15, .late = 40, .late_ms = 12000},
        {.late = 90, .late_ms = 9000},
    };
    net_set_weather((int)step->device,
                    &weathers[(size_t)step->number % (sizeof weathers / sizeof weathers[0])]);
}

static void do_step(void *context, uint64_t number)
{
    const struct history *history = context;
    const struct history_step *step = &history->steps[number];
    if (number % LOOK_EVERY == 0 && house_is_up())
        witness_look_again(house_ledger());
    switch ((int)step->doing) {
    case HISTORY_CLOCK:
        stage_shift_clock((int)step->device, step->number * SECOND);
        break;
    case HISTORY_HOUSE_CLOCK:
        stage_shift_clock(STAGE_NOBODY, step->number * SECOND);
        break;
    case HISTORY_DARK:
        net_set_link((int)step->device, false);
        stage_at(stage_now_us() + step->number * SECOND, brighten, NULL, (uint64_t)step->device);
        break;
    case HISTORY_WEATHER:
        change_weather(step);
        break;
    case HISTORY_RESTART:
    case HISTORY_KILL:
        house_restart(step->doing == HISTORY_KILL, step->number * 1000);
        break;
    default:
        device_do(step, number);
        break;
    }
}

static void heal(void)
{
    house_heal();
    for (int who = 0; who < HISTORY_DEVICES; who++)
        device_heal((enum history_device)who);
}

static void live(const struct history *history)
{
    dice_init(&chance, history->seed ^ UINT64_C(0x5eed));
    disk_write(base.ledger_files, base.ledger);
    disk_write(base.home_files, base.homes);
    house_begin(history->seed, base.ledger);
    devices_begin(base.homes);
    for (int who = 0; who < HISTORY_DEVICES; who++)
        said_set_keys((enum history_device)who, &base.keys[who]);
    int64_t begin_us = stage_now_us();
    for (size_t i = 0; i < history->count; i++)
        if (!history->steps[i].is_gone)
            stage_at(begin_us + history->steps[i].at_us, do_step, (void *)history, i);
    stage_run();
    heal();
    for (unsigned round = 0; !devices_bring_all(); round++) {
        if (round == ROUNDS_MAX)
            witness_accuse("with everything in order again, not all that was kept gets through");
        stage_run();
    }
    devices_compare();
    stage_run();
    house_end();
}

static struct digest digest_file(const char *path)
{
    static uint8_t bytes[8 << 20];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = file < 0 ? -1 : read(file, bytes, sizeof bytes);
    if (len < 0 || (size_t)len == sizeof bytes)
        die("cannot read %s", path);
    close(file);
    return digest_sha256(span_of(bytes, (size_t)len));
}

struct world_result world_run(const struct history *history, bool is_quiet)
{
    struct world_result result = {0};
    int ends[2], status;
    fflush(stdout);
    if (pipe(ends) != 0)
        die("no pipe");
    pid_t child = fork();
    if (child < 0)
        die("cannot fork");
    if (child == 0) {
        char path[PATH_MAX + 32];
        if (is_quiet && freopen("/dev/null", "w", stdout) == NULL)
            _exit(2);
        live(history);
        snprintf(path, sizeof path, "%s/data/journal/data.mdb", base.ledger);
        tally.entries = witness_size();
        tally.promised = said_count();
        result = (struct world_result){.is_sound = true,
                                       .digest = witness_digest(),
                                       .journal = digest_file(path),
                                       .tally = tally};
        fflush(stdout);
        _exit(write(ends[1], &result, sizeof result) == (ssize_t)sizeof result ? 0 : 2);
    }
    close(ends[1]);
    ssize_t len = read(ends[0], &result, sizeof result);
    close(ends[0]);
    if (waitpid(child, &status, 0) != child)
        die("cannot wait");
    if (WIFSIGNALED(status) && !is_quiet)
        printf("# VIOLATED: ended by signal %d\n", WTERMSIG(status));
    result.is_sound =
        len == (ssize_t)sizeof result && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return result;
}
