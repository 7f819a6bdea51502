/* device.c: what people do with their devices, and what they may expect.
 * Never retries on its own but where a person would: after the device was killed. */
#include "tests/sim/device.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/lib/files.h"
#include "tests/lib/die.h"
#include "tests/sim/asking.h"
#include "tests/sim/device_parts.h"
#include "tests/sim/net.h"
#include "tests/sim/said.h"
#include "tests/sim/stage.h"
#include "tests/sim/tally.h"
#include "tests/sim/witness.h"

enum { TEXT_MAX = 1200 };

static struct device devices[HISTORY_DEVICES];

/* ---- dying ---- */

static struct device *own_device(void)
{
    return stage_actor() == STAGE_NOBODY ? NULL : &devices[stage_actor()];
}

static bool is_killed_here(struct device *device)
{
    return device != NULL && device->lives > 0 && --device->lives == 0;
}

static void hazard(void)
{
    struct device *device = own_device();
    if (is_killed_here(device))
        longjmp(device->death, 1);
}

int __real_fsync(int file);
ssize_t __real_pwritev(int file, const struct iovec *parts, int count, off_t offset);
int __real_rename(const char *from, const char *to);
int __wrap_fsync(int file);
ssize_t __wrap_pwritev(int file, const struct iovec *parts, int count, off_t offset);
int __wrap_rename(const char *from, const char *to);

int __wrap_fsync(int file)
{
    hazard();
    return own_device() != NULL ? 0 : __real_fsync(file);
}

/* Who is killed in the middle of writing leaves a part. */
ssize_t __wrap_pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
    struct device *device = own_device();
    if (is_killed_here(device)) {
        if (pwrite(file, parts[0].iov_base, parts[0].iov_len / 2, offset) < 0)
            die("a device's disk fails");
        longjmp(device->death, 1);
    }
    return __real_pwritev(file, parts, count, offset);
}

int __wrap_rename(const char *from, const char *to)
{
    hazard();
    return __real_rename(from, to);
}

/* What the kernel does for a process that is gone: its files and locks. */
static void close_files(const char *below)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    if (folder == NULL)
        die("no /proc");
    while ((entry = readdir(folder)) != NULL) {
        char path[64], target[PATH_MAX];
        snprintf(path, sizeof path, "/proc/self/fd/%.20s", entry->d_name);
        ssize_t len = readlink(path, target, sizeof target - 1);
        target[len > 0 ? len : 0] = 0;
        char after = strncmp(target, below, strlen(below)) == 0 ? target[strlen(below)] : '.';
        if (after == '/' || after == 0)
            close((int)strtol(entry->d_name, NULL, 10));
    }
    closedir(folder);
}

static void bury(struct device *device)
{
    witness_tell("%s: is killed", history_device_name(device->who));
    tally.deaths++;
    net_drop(device->actor);
    close_files(device->home);
    device->client = NULL; /* its memory is nobody's any more */
}

/* ---- the program on it ---- */

const char *device_name(const struct device *device)
{
    return history_device_name(device->who);
}

void device_begin_call(struct device *device)
{
    struct custody_problem problem;
    const struct custody_options options = {.home = device->home};
    device->cuts = net_cuts(device->actor);
    if (device->client != NULL)
        return;
    if (custody_client_open(&options, &device->client, &problem) != CUSTODY_OK)
        witness_accuse("%s: does not start: %s %s: %s", device_name(device), problem.name,
                       problem.field, problem.got);
}

bool device_was_cut(const struct device *device)
{
    return net_cuts(device->actor) != device->cuts;
}

bool device_end_call(struct device *device,
                     enum history_device about,
                     const char *what,
                     enum custody_status status)
{
    const struct custody_problem *problem = custody_client_problem(device->client);
    witness_head(&device->client->trust.head);
    witness_tell("%s: %s: %s %s", device_name(device), what,
                 status == CUSTODY_OK ? "done" : problem->name,
                 status == CUSTODY_OK ? "" : problem->field);
    if (status == CUSTODY_OK) {
        device->is_refused = false;
        return true;
    }
    /* A lawful no may have lost its reason. */
    bool is_loud = status == CUSTODY_ERR_EVIDENCE || status == CUSTODY_ERR_ROLLBACK ||
                   status == CUSTODY_ERR_PROTOCOL || status == CUSTODY_ERR_REFUSED;
    if (problem->reason == CUSTODY_REASON_not_admitted ||
        problem->reason == CUSTODY_REASON_enrolment_awaited) {
        if (!said_is_doubtful(device->who) && !said_is_doubtful(about))
            witness_accuse("%s: %s is not admitted, and nobody revoked it", device_name(device),
                           history_device_name(about));
        device->is_refused = said_is_doubtful(device->who);
    } else if (is_loud && device_was_cut(device)) {
        tally.loud++;
    } else if (status != CUSTODY_ERR_UNREACHABLE && status != CUSTODY_ERR_TIMEOUT &&
               status != CUSTODY_ERR_BUSY) {
        witness_accuse("%s: %s: %s %s: expected %s, got %s", device_name(device), what,
                       problem->name, problem->field, problem->expected, problem->got);
    }
    return false;
}

static void close_client(struct device *device)
{
    custody_client_close(device->client);
    device->client = NULL;
}

/* ---- saying and bringing ---- */

static void keep(struct device *device, const struct device_task *task)
{
    char json[TEXT_MAX], ref[32];
    struct custody_kept kept;
    struct spool_statement whole;
    void *memory = NULL;
    const char *act = said_body(&task->step, json, sizeof json);
    if (act == NULL)
        return;
    snprintf(ref, sizeof ref, "step %zu", task->number);
    const struct custody_text text = {.field = "text_digest", .text = "样例"};
    const struct custody_act asked = {.act = act,
                                      .json = json,
                                      .ref = ref,
                                      .texts = &text,
                                      .text_count = task->step.doing == HISTORY_DISPUTE ? 1 : 0};
    device_begin_call(device);
    enum custody_status status = custody_client_keep(device->client, &asked, &kept);
    if (status == CUSTODY_OK)
        status = spool_read(device->client->spool, kept.sequence, &whole, &memory,
                            &device->client->problem);
    if (status != CUSTODY_OK)
        witness_accuse("%s: %s %s is not kept: %s %s: %s", device_name(device), act, json,
                       device->client->problem.name, device->client->problem.field,
                       device->client->problem.got);
    witness_tell("%s: keeps %s as %llu", device_name(device), act,
                 (unsigned long long)kept.sequence);
    said_add(&task->step, kept.sequence, whole.statement, whole.signature);
    free(memory);
}

/* What it holds receipts of stands where they say. */
static void compare_receipts(struct device *device)
{
    uint64_t next = custody_client_next_sequence(device->client);
    for (uint64_t sequence = 1; sequence < next; sequence++) {
        struct custody_kept kept;
        struct digest id;
        if (custody_client_kept(device->client, sequence, &kept) != CUSTODY_OK)
            witness_accuse("%s: statement %llu cannot be read", device_name(device),
                           (unsigned long long)sequence);
        memcpy(id.bytes, kept.id, DIGEST_SIZE);
        if (kept.state == CUSTODY_SET_ASIDE)
            witness_accuse("%s: statement %llu was set aside", device_name(device),
                           (unsigned long long)sequence);
        if (kept.state != CUSTODY_ON_LEDGER)
            continue;
        if (witness_find(&id) != kept.entry)
            witness_accuse("%s: a receipt of entry %llu for what stands elsewhere",
                           device_name(device), (unsigned long long)kept.entry);
        device->told = kept.entry + 1 > device->told ? kept.entry + 1 : device->told;
        said_receive(&id, kept.entry);
    }
    if (!spool_may_sign(device->client->spool))
        witness_accuse("%s: its own folder is taken for a copy", device_name(device));
}

static void sync_all(struct device *device)
{
    struct custody_synced synced;
    device_begin_call(device);
    device_end_call(device, device->who, "sync",
                    custody_client_sync(device->client, NULL, NULL, &synced));
    tally.receipts += synced.delivered;
    compare_receipts(device);
}

static void carry(struct device *device, const struct device_task *task)
{
    const struct said *said = task->carried;
    char path[PATH_MAX + 32];
    uint64_t number = 0;
    if (said == NULL)
        said = said_by_others(device->who, (uint64_t)task->step.number);
    if (said == NULL)
        return;
    snprintf(path, sizeof path, "%s/carried", device->home);
    device_begin_call(device);
    if (files_replace(path, said->submission, &device->client->problem) != CUSTODY_OK)
        witness_accuse("%s: no room for what it carries", device_name(device));
    enum custody_status status = custody_client_carry(device->client, path, &number);
    if (device_end_call(device, said->device, "carry", status) && witness_find(&said->id) != number)
        witness_accuse("%s: what it carried stands elsewhere than at %llu", device_name(device),
                       (unsigned long long)number);
}

/* ---- steps ---- */

static void do_task(struct device *device, const struct device_task *task)
{
    if (task->step.doing <= HISTORY_REVOKE)
        keep(device, task);
    else if (task->step.doing == HISTORY_SYNC)
        sync_all(device);
    else if (task->step.doing == HISTORY_CARRY)
        carry(device, task);
    else if (task->step.doing == HISTORY_CLOSE)
        close_client(device);
    else
        asking_step(device, &task->step);
}

static void act(void *context)
{
    struct device *device = context;
    while (device->first < device->end) {
        if (setjmp(device->death) != 0)
            bury(device); /* and then once more, from the start */
        do_task(device, &device->tasks[device->first % DEVICE_TASKS_MAX]);
        device->first++;
    }
}

static void give(struct device *device, const struct device_task *task)
{
    if (device->end - device->first == DEVICE_TASKS_MAX)
        die("a device has too much to do");
    device->tasks[device->end++ % DEVICE_TASKS_MAX] = *task;
    stage_call(device->actor);
}

void device_do(const struct history_step *step, size_t number)
{
    const struct device_task task = {.step = *step, .number = number};
    if (step->doing == HISTORY_DIE)
        devices[step->device].lives = step->number;
    else
        give(&devices[step->device], &task);
}

void devices_begin(const char *homes)
{
    net_set_hazard(hazard);
    for (int who = 0; who < HISTORY_DEVICES; who++) {
        struct device *device = &devices[who];
        device->who = (enum history_device)who;
        snprintf(device->home, sizeof device->home, "%s/%s", homes, device_name(device));
        device->actor = stage_add_actor(act, device);
    }
}

/* ---- the end ---- */

void device_heal(enum history_device who)
{
    const struct net_weather calm = {0};
    devices[who].lives = 0;
    net_set_weather(devices[who].actor, &calm);
    net_set_link(devices[who].actor, true);
}

/* Nobody can hear of what somebody said who was never enrolled. */
static void enrol_newcomer(void)
{
    static bool has_asked;
    const struct device_task task = {.step = {.doing = HISTORY_ENROL, .device = BUREAU},
                                     .number = HISTORY_STEPS_MAX};
    for (size_t i = 0; i < said_count(); i++)
        has_asked |= said_at(i)->doing == HISTORY_ENROL;
    if (!has_asked)
        give(&devices[BUREAU], &task);
}

bool devices_bring_all(void)
{
    const struct device_task own = {.step = {.doing = HISTORY_SYNC, .device = BUREAU}};
    bool is_all = true;
    enrol_newcomer();
    give(&devices[BUREAU], &own); /* before it carries what hangs on its own word */
    for (size_t i = 0; i < said_count(); i++) {
        const struct said *said = said_at(i);
        struct device *device = &devices[said->device];
        bool is_told = said->entry != WITNESS_UNKNOWN;
        if (is_told || (device->is_refused && witness_find(&said->id) != WITNESS_UNKNOWN))
            continue;
        is_all = false;
        struct device_task task = {.step = {.doing = HISTORY_SYNC, .device = said->device}};
        if (device->is_refused) {
            task.step.doing = HISTORY_CARRY;
            task.carried = said;
            device = &devices[BUREAU];
        }
        if (device->is_refused || !stage_is_busy(device->actor) || task.carried != NULL)
            give(device, &task);
    }
    return is_all;
}

void devices_compare(void)
{
    for (size_t i = 0; i < said_count(); i++) {
        const struct said *said = said_at(i);
        if (witness_find(&said->id) == WITNESS_UNKNOWN)
            witness_accuse("%s: what it was promised to keep, statement %llu, is lost",
                           history_device_name(said->device), (unsigned long long)said->sequence);
    }
    for (int who = 0; who < HISTORY_DEVICES; who++) {
        device_begin_call(&devices[who]);
        compare_receipts(&devices[who]);
        close_client(&devices[who]);
    }
}
