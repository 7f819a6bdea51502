/* device.c: what people do with their devices, and what they may expect.
 * Never retries on its own but where a person would: after the device was killed. */
#include "tests/sim/device.h"

#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/reflect.h"
#include "tests/lib/desk.h"
#include "tests/lib/die.h"
#include "tests/sim/net.h"
#include "tests/sim/said.h"
#include "tests/sim/stage.h"
#include "tests/sim/tally.h"
#include "tests/sim/witness.h"

enum { TASKS_MAX = 2 * HISTORY_STEPS_MAX, PAGES_MAX = 60, PAGE = 4, TEXT_MAX = 1200 };

/* A step under way; the number of a step is also the ref under which it is kept. */
struct task {
    struct history_step step;
    size_t number;
    const struct said *carried; /* HISTORY_CARRY of this very statement, not of a drawn one */
};

struct device {
    enum history_device who;
    int actor;
    char home[PATH_MAX];
    struct custody_client *client; /* NULL: not running */
    struct task tasks[TASKS_MAX];
    size_t first, end;
    jmp_buf death;
    int64_t lives; /* calls until it is killed; 0: it is not */
    bool is_refused;
    unsigned cuts; /* when the call under way began */
    uint64_t told; /* entries up to its newest receipt */
};

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
            close(atoi(entry->d_name));
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

static const char *name_of(const struct device *device)
{
    return history_device_name(device->who);
}

static void begin_call(struct device *device)
{
    struct custody_problem problem;
    const struct custody_options options = {.home = device->home};
    device->cuts = net_cuts(device->actor);
    if (device->client != NULL)
        return;
    if (custody_client_open(&options, &device->client, &problem) != CUSTODY_OK)
        witness_accuse("%s: does not start: %s %s: %s", name_of(device), problem.name,
                       problem.field, problem.got);
}

static bool was_cut(const struct device *device)
{
    return net_cuts(device->actor) != device->cuts;
}

/* What a call to the network may come to: its end, no end, or a loud no to an answer that was cut short. Whose standing it hangs
 * on is `about`, or the device itself. */
static bool end_call(struct device *device,
                     enum history_device about,
                     const char *what,
                     enum custody_status status)
{
    const struct custody_problem *problem = custody_client_problem(device->client);
    witness_head(&device->client->trust.head);
    witness_tell("%s: %s: %s %s", name_of(device), what,
                 status == CUSTODY_OK ? "done" : problem->name,
                 status == CUSTODY_OK ? "" : problem->field);
    if (status == CUSTODY_OK) {
        device->is_refused = false;
        return true;
    }
    bool is_evidence = status == CUSTODY_ERR_EVIDENCE || status == CUSTODY_ERR_ROLLBACK ||
                       status == CUSTODY_ERR_PROTOCOL;
    if (problem->reason == CUSTODY_REASON_not_admitted ||
        problem->reason == CUSTODY_REASON_enrolment_awaited) {
        if (!said_is_doubtful(device->who) && !said_is_doubtful(about))
            witness_accuse("%s: %s is not admitted, and nobody revoked it", name_of(device),
                           history_device_name(about));
        device->is_refused = said_is_doubtful(device->who);
    } else if (is_evidence && was_cut(device)) {
        tally.loud++;
    } else if (status != CUSTODY_ERR_UNREACHABLE && status != CUSTODY_ERR_TIMEOUT &&
               status != CUSTODY_ERR_BUSY) {
        witness_accuse("%s: %s: %s %s: expected %s, got %s", name_of(device), what, problem->name,
                       problem->field, problem->expected, problem->got);
    }
    return false;
}

static void close_client(struct device *device)
{
    custody_client_close(device->client);
    device->client = NULL;
}

/* ---- saying and bringing ---- */

static void keep(struct device *device, const struct task *task)
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
    begin_call(device);
    enum custody_status status = custody_client_keep(device->client, &asked, &kept);
    if (status == CUSTODY_OK)
        status = spool_read(device->client->spool, kept.sequence, &whole, &memory,
                            &device->client->problem);
    if (status != CUSTODY_OK)
        witness_accuse("%s: %s %s is not kept: %s %s: %s", name_of(device), act, json,
                       device->client->problem.name, device->client->problem.field,
                       device->client->problem.got);
    witness_tell("%s: keeps %s as %llu", name_of(device), act, (unsigned long long)kept.sequence);
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
            witness_accuse("%s: statement %llu cannot be read", name_of(device),
                           (unsigned long long)sequence);
        memcpy(id.bytes, kept.id, DIGEST_SIZE);
        if (kept.state == CUSTODY_SET_ASIDE)
            witness_accuse("%s: statement %llu was set aside", name_of(device),
                           (unsigned long long)sequence);
        if (kept.state != CUSTODY_ON_LEDGER)
            continue;
        if (witness_find(&id) != kept.entry)
            witness_accuse("%s: a receipt of entry %llu for what stands elsewhere", name_of(device),
                           (unsigned long long)kept.entry);
        device->told = kept.entry + 1 > device->told ? kept.entry + 1 : device->told;
        said_receive(&id, kept.entry);
    }
    if (!spool_may_sign(device->client->spool))
        witness_accuse("%s: its own folder is taken for a copy", name_of(device));
}

static void sync_all(struct device *device)
{
    struct custody_synced synced;
    begin_call(device);
    end_call(device, device->who, "sync", custody_client_sync(device->client, NULL, NULL, &synced));
    tally.receipts += synced.delivered;
    compare_receipts(device);
}

static void carry(struct device *device, const struct task *task)
{
    const struct said *said = task->carried;
    char path[PATH_MAX + 32];
    uint64_t number = 0;
    if (said == NULL)
        said = said_by_others(device->who, (uint64_t)task->step.number);
    if (said == NULL)
        return;
    snprintf(path, sizeof path, "%s/carried", device->home);
    begin_call(device);
    if (files_replace(path, said->submission, &device->client->problem) != CUSTODY_OK)
        witness_accuse("%s: no room for what it carries", name_of(device));
    enum custody_status status = custody_client_carry(device->client, path, &number);
    if (end_call(device, said->device, "carry", status) && witness_find(&said->id) != number)
        witness_accuse("%s: what it carried stands elsewhere than at %llu", name_of(device),
                       (unsigned long long)number);
}

/* ---- asking ---- */

static void *ask(struct device *device, uint16_t kind, ProtobufCMessage *request)
{
    ProtobufCMessage *reply = NULL;
    enum custody_status status = ask_question(device->client, kind, request, &reply);
    const struct custody_problem *problem = custody_client_problem(device->client);
    tally.questions++;
    /* What it may not see, or what is not there, is an answer. */
    if (status != CUSTODY_OK && problem->outcome != 0 &&
        (problem->reason == CUSTODY_REASON_not_found ||
         problem->reason == CUSTODY_REASON_not_visible ||
         problem->reason == CUSTODY_REASON_not_admitted)) {
        witness_head(&device->client->trust.head);
        return NULL;
    }
    return end_call(device, device->who, envelope_kind_name(kind), status) ? reply : NULL;
}

static bool has_step(const Custody__V1__ContainerTrace *trace, const struct digest *id)
{
    for (size_t i = 0; i < trace->n_steps; i++)
        if (trace->steps[i]->statement_id.len == DIGEST_SIZE &&
            memcmp(trace->steps[i]->statement_id.data, id->bytes, DIGEST_SIZE) == 0)
            return true;
    return false;
}

static bool is_signed_by(const Custody__V1__TraceStep *step, const char *party)
{
    for (size_t i = 0; i < step->n_countersigned_by; i++)
        if (strcmp(step->countersigned_by[i], party) == 0)
            return true;
    return false;
}

/* Every countersignature that it has a receipt of is told beside what it signs. */
static void compare_countersigned(const struct device *device,
                                  const Custody__V1__TraceStep *step,
                                  uint64_t as_of)
{
    for (size_t i = 0; i < said_count(); i++) {
        const struct said *said = said_at(i);
        if (said->doing == HISTORY_COUNTERSIGN && said->entry != WITNESS_UNKNOWN &&
            said->entry < as_of && !said_is_revoked(said->device) &&
            memcmp(said->target.bytes, step->statement_id.data, DIGEST_SIZE) == 0 &&
            !is_signed_by(step, said_party(said->device)))
            witness_accuse("%s: is not told that entry %llu countersigns entry %llu",
                           name_of(device), (unsigned long long)said->entry,
                           (unsigned long long)step->entry);
    }
}

static void compare_trace(struct device *device,
                          const Custody__V1__TraceReply *reply,
                          const struct history_step *step)
{
    const Custody__V1__ContainerTrace *trace =
        reply->n_containers == 1 ? reply->containers[0] : NULL;
    if (trace == NULL || was_cut(device))
        return;
    for (size_t i = 0; i < trace->n_steps; i++) {
        struct digest id;
        if (trace->steps[i]->statement_id.len != DIGEST_SIZE)
            continue;
        memcpy(id.bytes, trace->steps[i]->statement_id.data, DIGEST_SIZE);
        if (trace->steps[i]->entry >= reply->basis->as_of ||
            witness_find(&id) != trace->steps[i]->entry)
            witness_accuse("%s: is told of a step that does not stand at entry %llu",
                           name_of(device), (unsigned long long)trace->steps[i]->entry);
        compare_countersigned(device, trace->steps[i], reply->basis->as_of);
    }
    if (trace->not_kept > 0 || trace->earlier_at != 0 || reply->next_page.len > 0)
        return;
    for (size_t i = 0; i < said_count(); i++) {
        const struct said *said = said_at(i);
        if (said->device == device->who && said->bag == step->bag && said->names_bag &&
            said->entry != WITNESS_UNKNOWN && said->entry < reply->basis->as_of &&
            !has_step(trace, &said->id))
            witness_accuse("%s: has a receipt of entry %llu, and is not told of it as of %llu",
                           name_of(device), (unsigned long long)said->entry,
                           (unsigned long long)reply->basis->as_of);
    }
}

static void trace_bag(struct device *device, const struct history_step *step)
{
    char code[8];
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    snprintf(code, sizeof code, "B%u", step->bag);
    name.generator = (char *)said_generator(step->bag);
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = code;
    options.at_least = step->number % 2 == 0 ? device->told : 0;
    request.options = &options;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    Custody__V1__TraceReply *reply = ask(device, ENVELOPE_TRACE, &request.base);
    if (reply == NULL)
        return;
    compare_trace(device, reply, step);
    custody__v1__trace_reply__free_unpacked(reply, NULL);
}

static void compare_entry(struct device *device, const Custody__V1__Entry *entry, uint64_t number)
{
    if (was_cut(device))
        return;
    if (entry == NULL || entry->number != number || entry->leaf_hash.len != DIGEST_SIZE ||
        memcmp(entry->leaf_hash.data, witness_leaf(number)->bytes, DIGEST_SIZE) != 0)
        witness_accuse("%s: is shown something else than entry %llu", name_of(device),
                       (unsigned long long)number);
}

static void show_entry(struct device *device, const struct history_step *step)
{
    Custody__V1__ShowRequest request = CUSTODY__V1__SHOW_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    uint64_t number = (uint64_t)step->number % witness_size();
    request.options = &options;
    request.subject_case = CUSTODY__V1__SHOW_REQUEST__SUBJECT_ENTRY;
    request.entry = number;
    Custody__V1__ShowReply *reply = ask(device, ENVELOPE_SHOW, &request.base);
    if (reply == NULL)
        return;
    compare_entry(device, reply->entry, number);
    custody__v1__show_reply__free_unpacked(reply, NULL);
}

/* By the name of a statement that it has a receipt of, under an older head than the newest. */
static void prove_statement(struct device *device, const struct history_step *step)
{
    Custody__V1__ProveRequest request = CUSTODY__V1__PROVE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    Custody__V1__StatementName name = CUSTODY__V1__STATEMENT_NAME__INIT;
    const struct said *said = said_on_ledger(device->who, (uint64_t)step->number);
    if (said == NULL)
        return;
    name.key = (ProtobufCBinaryData){.data = (uint8_t *)said->key, .len = PUBLIC_KEY_SIZE};
    name.sequence = said->sequence;
    name.id = (ProtobufCBinaryData){.data = (uint8_t *)said->id.bytes, .len = DIGEST_SIZE};
    request.options = &options;
    request.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_STATEMENT;
    request.statement = &name;
    Custody__V1__ProveReply *reply = ask(device, ENVELOPE_PROVE, &request.base);
    if (reply == NULL)
        return;
    compare_entry(device, reply->entry, said->entry);
    custody__v1__prove_reply__free_unpacked(reply, NULL);
}

static bool has_page(ProtobufCBinaryData *page, ProtobufCBinaryData next)
{
    free(page->data);
    *page = (ProtobufCBinaryData){0};
    if (next.len == 0)
        return false;
    page->data = malloc(next.len);
    if (page->data == NULL)
        die("no memory");
    memcpy(page->data, next.data, next.len);
    page->len = next.len;
    return true;
}

static void list_open(struct device *device)
{
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    bool is_more = true;
    request.options = &options;
    options.limit = PAGE;
    for (unsigned pages = 0; is_more && pages < PAGES_MAX; pages++) {
        Custody__V1__UnclosedReply *reply = ask(device, ENVELOPE_UNCLOSED, &request.base);
        if (reply == NULL)
            break;
        if (reply->n_items > PAGE)
            witness_accuse("%s: asked for %d at a time, was told %zu", name_of(device), PAGE,
                           reply->n_items);
        is_more = has_page(&options.page, reply->next_page);
        custody__v1__unclosed_reply__free_unpacked(reply, NULL);
    }
    free(options.page.data);
}

static void list_findings(struct device *device)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    bool is_more = true;
    request.options = &options;
    request.state = (char *)"all";
    options.limit = PAGE;
    for (unsigned pages = 0; is_more && pages < PAGES_MAX; pages++) {
        Custody__V1__FindingsReply *reply = ask(device, ENVELOPE_FINDINGS, &request.base);
        if (reply == NULL)
            break;
        if (reply->n_findings > PAGE)
            witness_accuse("%s: asked for %d at a time, was told %zu", name_of(device), PAGE,
                           reply->n_findings);
        is_more = has_page(&options.page, reply->next_page);
        custody__v1__findings_reply__free_unpacked(reply, NULL);
    }
    free(options.page.data);
}

static struct digest digest_figures(Custody__V1__Figure *const *figures, size_t count)
{
    struct digest digest = {0};
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[1024];
        size_t len = custody__v1__figure__get_packed_size(figures[i]);
        if (len > sizeof bytes)
            die("a figure of %zu bytes", len);
        custody__v1__figure__pack(figures[i], bytes);
        const struct span parts[] = {span_of(digest.bytes, DIGEST_SIZE), span_of(bytes, len)};
        digest = digest_sha256_of(parts, 2);
    }
    return digest;
}

/* Some size that it has verified; the same one is drawn again and again, on purpose. */
static uint64_t draw_as_of(const struct device *device, const struct history_step *step)
{
    uint64_t size = device->client->trust.head.size;
    uint64_t as_of = (uint64_t)(step->number % 8 + 1) * 16;
    return as_of < size ? as_of : size;
}

static void ask_balance(struct device *device, const struct history_step *step)
{
    Custody__V1__BalanceRequest request = CUSTODY__V1__BALANCE_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    request.options = &options;
    request.from = (char *)"20260501";
    request.until = (char *)"20260630";
    request.as_of = draw_as_of(device, step);
    Custody__V1__BalanceReply *reply = ask(device, ENVELOPE_BALANCE, &request.base);
    if (reply == NULL)
        return;
    struct digest figures = digest_figures(reply->figures, reply->n_figures);
    if (request.as_of != 0 && !was_cut(device) &&
        !said_same_figures(HISTORY_BALANCE, device->who, request.as_of, &figures))
        witness_accuse("%s: its balance as of %llu is another one now", name_of(device),
                       (unsigned long long)request.as_of);
    custody__v1__balance_reply__free_unpacked(reply, NULL);
}

static void ask_report(struct device *device, const struct history_step *step)
{
    Custody__V1__ReportRequest request = CUSTODY__V1__REPORT_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    request.options = &options;
    request.period = (char *)"2026-05";
    request.as_of = draw_as_of(device, step);
    Custody__V1__ReportReply *reply = ask(device, ENVELOPE_REPORT, &request.base);
    if (reply == NULL)
        return;
    struct digest figures = digest_figures(reply->figures, reply->n_figures);
    if (request.as_of != 0 && !was_cut(device) &&
        !said_same_figures(HISTORY_REPORT, device->who, request.as_of, &figures))
        witness_accuse("%s: the report as of %llu is another one now", name_of(device),
                       (unsigned long long)request.as_of);
    custody__v1__report_reply__free_unpacked(reply, NULL);
}

static enum custody_status
take_followed(void *context, uint64_t number, const uint8_t *bytes, size_t len)
{
    struct digest leaf;
    struct device *device = context;
    if (bytes == NULL || was_cut(device))
        return CUSTODY_OK;
    leaf = merkle_leaf(span_of(bytes, len));
    if (number >= witness_size() || !digest_is_equal(&leaf, witness_leaf(number)))
        witness_accuse("%s: follows something else than entry %llu", name_of(device),
                       (unsigned long long)number);
    return CUSTODY_OK;
}

static void follow(struct device *device)
{
    struct custody_followed followed = {0};
    enum custody_status status = custody_client_follow(
        device->client, CUSTODY_FOLLOW_CHECK_SIGNATURES, take_followed, NULL, device, &followed);
    end_call(device, device->who, "follow", status);
}

/* ---- steps ---- */

static void ask_something(struct device *device, const struct history_step *step)
{
    begin_call(device);
    switch ((int)step->doing) {
    case HISTORY_TRACE:
        trace_bag(device, step);
        break;
    case HISTORY_SHOW:
        show_entry(device, step);
        break;
    case HISTORY_PROVE:
        prove_statement(device, step);
        break;
    case HISTORY_OPEN:
        list_open(device);
        break;
    case HISTORY_FINDINGS:
        list_findings(device);
        break;
    case HISTORY_BALANCE:
        ask_balance(device, step);
        break;
    case HISTORY_REPORT:
        ask_report(device, step);
        break;
    default:
        follow(device);
        break;
    }
}

static void do_task(struct device *device, const struct task *task)
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
        ask_something(device, &task->step);
}

static void act(void *context)
{
    struct device *device = context;
    while (device->first < device->end) {
        if (setjmp(device->death) != 0)
            bury(device); /* and then once more, from the start */
        do_task(device, &device->tasks[device->first % TASKS_MAX]);
        device->first++;
    }
}

static void give(struct device *device, const struct task *task)
{
    if (device->end - device->first == TASKS_MAX)
        die("a device has too much to do");
    device->tasks[device->end++ % TASKS_MAX] = *task;
    stage_call(device->actor);
}

void device_do(const struct history_step *step, size_t number)
{
    const struct task task = {.step = *step, .number = number};
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
        snprintf(device->home, sizeof device->home, "%s/%s", homes, name_of(device));
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
    const struct task task = {.step = {.doing = HISTORY_ENROL, .device = BUREAU},
                              .number = HISTORY_STEPS_MAX};
    for (size_t i = 0; i < said_count(); i++)
        has_asked |= said_at(i)->doing == HISTORY_ENROL;
    if (!has_asked)
        give(&devices[BUREAU], &task);
}

bool devices_bring_all(void)
{
    const struct task own = {.step = {.doing = HISTORY_SYNC, .device = BUREAU}};
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
        struct task task = {.step = {.doing = HISTORY_SYNC, .device = said->device}};
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
        begin_call(&devices[who]);
        compare_receipts(&devices[who]);
        close_client(&devices[who]);
    }
}
