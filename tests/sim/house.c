/* house.c: front, verifiers, writer and readers, one after another in the stage's thread.
 * Never answers before the commit that the answer speaks of. */
#include "tests/sim/house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/projection.h"
#include "daemon/service/query.h"
#include "daemon/service/replay.h"
#include "daemon/service/submit.h"
#include "tests/fault/disk.h"
#include "tests/lib/die.h"
#include "tests/sim/net.h"
#include "tests/sim/stage.h"
#include "tests/sim/tally.h"
#include "tests/sim/witness.h"

enum {
    REQUESTS_MAX = 512,
    ARENA_SIZE = 64 << 20,
    MAP_SIZE = 32 << 20,
    GATHER_US = 20000,
    THINK_US = 60000,
    REST_US = 200000,
    PROJECT_US = 300000,
    QUESTION_MS = 4000,
    AUDIT_PERCENT = 25, /* of the times that it is down */
};

struct request {
    bool is_used, waits_for_writer;
    uint64_t order;
    int actor;
    uint64_t session;
    uint8_t curve_key[32];
    struct net_message message;
    struct envelope envelope;
    struct statement statement;
    struct submission submission;
};

static struct {
    char folder[512], data[600], key_file[600], mark_file[600];
    struct ledger_options options;
    struct ledger *ledger;
    struct stage_chance chance;
    struct arena *arena;
    struct request requests[REQUESTS_MAX];
    uint64_t received;
    uint64_t life; /* another one after each start: what was meant for an earlier one is void */
    bool writer_is_due, rest_is_due, projector_is_due;
} house;

struct ledger *house_ledger(void)
{
    return house.ledger;
}

bool house_is_up(void)
{
    return house.ledger != NULL;
}

/* ---- answers ---- */

static void forget(struct request *request)
{
    net_message_done(&request->message);
    request->is_used = false;
}

static void answer(struct request *request, uint16_t outcome, struct span reply)
{
    struct net_message message = {0};
    uint8_t call[ENVELOPE_CALL_SIZE];
    request->envelope.outcome = outcome;
    envelope_write_call(&request->envelope, call);
    net_message_add(&message, span_text(ENVELOPE_VERSION));
    net_message_add(&message, span_of(call, sizeof call));
    net_message_add(&message, reply);
    net_answer(request->actor, request->session, &message);
    forget(request);
}

static void answer_problem(struct request *request, uint32_t reason)
{
    uint16_t outcome;
    struct span reply = submit_problem(house.arena, reason, NULL, NULL, NULL, 0, &outcome);
    answer(request, outcome, reply);
    arena_empty(house.arena);
}

/* ---- the writer ---- */

/* The projector, some time after the writer has sealed something for it: the writer goes on meanwhile. */
static void project(void *context, uint64_t life)
{
    (void)context;
    if (house.ledger == NULL || life != house.life)
        return;
    house.projector_is_due = false;
    projection_step(house.ledger);
}

static void wake_projector(void)
{
    if (house.projector_is_due || !projection_is_due(house.ledger))
        return;
    house.projector_is_due = true;
    stage_soon(&house.chance, PROJECT_US, project, NULL, house.life);
}

static void rest(void *context, uint64_t life)
{
    (void)context;
    if (house.ledger == NULL || life != house.life)
        return;
    house.rest_is_due = false;
    submit_rest(house.ledger, dice_chance(stage_throw(&house.chance), 70));
    wake_projector();
    if (ledger_must_leave(house.ledger))
        witness_accuse("the daemon must leave: its look-ups are damaged");
    if (ledger_reflected(house.ledger) < witness_size()) {
        house.rest_is_due = true;
        stage_soon(&house.chance, REST_US, rest, NULL, life);
    }
}

static void rest_soon(void)
{
    if (house.rest_is_due)
        return;
    house.rest_is_due = true;
    stage_soon(&house.chance, REST_US, rest, NULL, house.life);
}

/* A reader waits for the writer: it comes round, or it is too slow. */
static bool come_round(void)
{
    if (dice_chance(stage_throw(&house.chance), 20))
        return false;
    if (ledger_flush(house.ledger) != CUSTODY_OK ||
        ledger_reflected(house.ledger) != witness_size())
        witness_accuse("the look-ups do not follow the journal");
    return true;
}

static int compare_requests(const void *a, const void *b)
{
    const struct request *one = *(struct request *const *)a, *other = *(struct request *const *)b;
    return one->order < other->order ? -1 : 1;
}

static size_t gather(struct request **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < REQUESTS_MAX; i++)
        if (house.requests[i].is_used && house.requests[i].waits_for_writer)
            ret[count++] = &house.requests[i];
    qsort(ret, count, sizeof *ret, compare_requests);
    return count;
}

static void commit(struct request **batch, size_t count)
{
    struct submission *submissions[REQUESTS_MAX];
    for (size_t i = 0; i < count; i++) {
        batch[i]->submission.arena = house.arena;
        submissions[i] = &batch[i]->submission;
    }
    enum custody_status status = submit_batch(house.ledger, submissions, count, clock_wall_us());
    if (status != CUSTODY_OK)
        witness_accuse("a batch was not committed: %s", custody_status_name(status));
    witness_look(house.ledger);
    witness_tell("house: %zu in a batch, %llu entries", count, (unsigned long long)witness_size());
    for (size_t i = 0; i < count; i++) {
        if (batch[i]->submission.outcome == 0)
            witness_receipt(&batch[i]->statement, batch[i]->submission.reply);
        answer(batch[i], batch[i]->submission.outcome, batch[i]->submission.reply);
    }
    arena_empty(house.arena);
    rest_soon();
}

static void write_batch(void *context, uint64_t life)
{
    struct request *batch[REQUESTS_MAX];
    (void)context;
    if (house.ledger == NULL || life != house.life)
        return;
    house.writer_is_due = false;
    size_t waiting = gather(batch);
    if (waiting == 0)
        return;
    size_t count = 1 + dice_below(stage_throw(&house.chance), waiting);
    commit(batch, count);
    if (count < waiting) {
        house.writer_is_due = true;
        stage_soon(&house.chance, GATHER_US, write_batch, NULL, life);
    }
}

/* ---- the readers ---- */

static void read_answer(void *context, uint64_t life)
{
    struct request *request = context;
    struct access_caller caller;
    if (house.ledger == NULL || life != house.life)
        return;
    if (!access_find(house.ledger, request->curve_key, &caller) ||
        !access_may_ask(&caller, request->envelope.kind)) {
        answer_problem(request, CUSTODY_REASON_not_admitted);
        return;
    }
    struct query query = {
        .caller = &caller,
        .kind = request->envelope.kind,
        .body = request->envelope.body,
        .now_us = clock_wall_us(),
        .deadline_ns = clock_monotonic_ns() + UINT64_C(1000000) * QUESTION_MS,
        .arena = house.arena,
    };
    query_answer(house.ledger, &query);
    if (query.outcome == 0)
        witness_reply(query.kind, query.reply);
    answer(request, query.outcome, query.reply);
    arena_empty(house.arena);
}

/* ---- the front and the verifiers ---- */

static bool verify(struct request *request, const struct access_caller *caller)
{
    const uint8_t *signature = NULL;
    const char *field = NULL;
    struct span bytes;
    size_t count;
    const struct digest *addresses = ledger_addresses(house.ledger, &count);
    if (!envelope_split_submission(request->envelope.body, &signature, &bytes) ||
        statement_verify_any(bytes, signature, addresses, count, &request->statement, &field) !=
            STATEMENT_OK)
        return false;
    request->submission = (struct submission){
        .statement = &request->statement,
        .records = request->envelope.records,
        .record_count = request->envelope.record_count,
        .enrol_only = caller->roles == 1u << CUSTODY__V1__ROLE__ROLE_INVITED,
    };
    return true;
}

static void take_submission(struct request *request)
{
    struct access_caller caller;
    if (!access_find(house.ledger, request->curve_key, &caller)) {
        answer_problem(request, CUSTODY_REASON_not_admitted);
        return;
    }
    /* What libcustody signed arrives as it was, or not at all. */
    if (!verify(request, &caller))
        witness_accuse("a statement arrives that does not verify");
    request->waits_for_writer = true;
    if (!house.writer_is_due) {
        house.writer_is_due = true;
        stage_soon(&house.chance, GATHER_US, write_batch, NULL, house.life);
    }
}

static void receive(int actor,
                    uint64_t session,
                    const uint8_t curve_key[static 32],
                    struct net_message *message)
{
    struct span frames[ENVELOPE_FRAMES_MAX];
    size_t at = 0;
    while (at < REQUESTS_MAX && house.requests[at].is_used)
        at++;
    if (at == REQUESTS_MAX)
        die("too many requests");
    struct request *request = &house.requests[at];
    *request = (struct request){.is_used = true,
                                .order = house.received++,
                                .actor = actor,
                                .session = session,
                                .message = *message};
    *message = (struct net_message){0};
    memcpy(request->curve_key, curve_key, sizeof request->curve_key);
    for (size_t i = 0; i < request->message.count; i++)
        frames[i] = span_of(request->message.frames[i], request->message.lens[i]);
    if (envelope_parse(frames, request->message.count, &request->envelope) != ENVELOPE_OK)
        witness_accuse("a request arrives that is none");
    if (request->envelope.kind == ENVELOPE_SUBMIT)
        take_submission(request);
    else
        stage_soon(&house.chance, THINK_US, read_answer, request, house.life);
}

static bool admits(const uint8_t curve_key[static 32])
{
    struct access_caller caller;
    return access_find(house.ledger, curve_key, &caller);
}

/* ---- its life ---- */

static void open_ledger(void)
{
    char sentence[240];
    enum custody_status status = ledger_open(&house.options, NULL, NULL, sentence, &house.ledger);
    if (status != CUSTODY_OK)
        witness_accuse("the ledger does not open: %s: %s", custody_status_name(status), sentence);
    house.life++;
    house.writer_is_due = house.rest_is_due = house.projector_is_due = false;
    projection_attach(house.ledger, true);
}

static void begin_again(void *context, uint64_t number)
{
    (void)context;
    (void)number;
    if (house.ledger != NULL)
        return;
    open_ledger();
    witness_tell("house: opens");
    witness_restart(house.ledger);
    net_set_house(true);
}

/* Of what lies on the disk while nobody has it open. */
static void audit(void)
{
    static struct replay_audit found;
    char sentence[240] = "";
    enum custody_status status =
        replay_audit(&house.options, true, 1, NULL, NULL, &found, sentence);
    if (status != CUSTODY_OK)
        witness_accuse("the audit: %s: %s", custody_status_name(status), sentence);
    if (!found.journal.is_sound || !found.journal.tiles_are_sound)
        witness_accuse("the audit: %s", found.journal.sentence);
    if (!found.lookups_are_sound)
        witness_accuse("the look-ups are not what a rebuild makes: %s", found.lookups_sentence);
}

/* What a process leaves that died now: the files as they are, without what closing adds to them. */
static void close_as_killed(void)
{
    struct disk_image *image = disk_read(house.folder);
    ledger_close(house.ledger);
    disk_write(image, house.folder);
    disk_free(image);
}

void house_restart(bool dies, int64_t down_us)
{
    struct request *batch[REQUESTS_MAX];
    if (house.ledger == NULL)
        return;
    tally.kills += dies ? 1 : 0;
    tally.restarts += dies ? 0 : 1;
    witness_tell("house: %s", dies ? "is killed" : "closes");
    size_t waiting = gather(batch);
    if (!dies && waiting > 0)
        commit(batch, waiting);
    if (dies)
        close_as_killed();
    else
        ledger_close(house.ledger);
    house.ledger = NULL;
    net_set_house(false);
    if (dice_chance(stage_throw(&house.chance), AUDIT_PERCENT))
        audit();
    for (size_t i = 0; i < REQUESTS_MAX; i++)
        if (house.requests[i].is_used)
            forget(&house.requests[i]);
    stage_at(stage_now_us() + down_us, begin_again, NULL, 0);
}

void house_begin(uint64_t seed, const char *folder)
{
    static const struct net_house side = {.admits = admits, .receive = receive};
    snprintf(house.folder, sizeof house.folder, "%s", folder);
    snprintf(house.data, sizeof house.data, "%s/data", folder);
    snprintf(house.key_file, sizeof house.key_file, "%s/key", folder);
    snprintf(house.mark_file, sizeof house.mark_file, "%s/mark", folder);
    house.options = (struct ledger_options){.data = house.data,
                                            .key_file = house.key_file,
                                            .mark_file = house.mark_file,
                                            .map_size = MAP_SIZE,
                                            .overlay_max = 8 << 20};
    house.arena = arena_create(ARENA_SIZE);
    if (house.arena == NULL)
        die("no memory");
    house.chance.seed = seed ^ UINT64_C(0xda) << 56;
    stage_set_patience(come_round);
    open_ledger();
    witness_begin(house.ledger);
    net_begin(seed, &side);
    net_set_house(true);
}

void house_heal(void)
{
    begin_again(NULL, 0);
}

void house_end(void)
{
    witness_look_again(house.ledger);
    ledger_close(house.ledger);
    house.ledger = NULL;
    audit();
    arena_destroy(house.arena);
}
