/* fuzz_door.c: from the frames that come in at the door to the reply that leaves, on a real ledger with a small region.
 *
 * An input is a day: statements that the region's people sign, questions that they ask, and bytes that are neither. Each
 * goes the way that the front, the verifiers, the writer and the readers send it, in one thread. Whatever comes, there is an
 * answer within its limits that says what it is; and of a day that was recorded the audit finds every entry sound and the
 * look-ups as a rebuild makes them. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/body.h"
#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/service/replay.h"
#include "tests/lib/desk.h"
#include "tests/lib/mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed);
/* libFuzzer's own; not there where the corpus is only replayed. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t cap);

enum { STEP_HEAD = 6, STEPS_MAX = 24, STEP_BODY_MAX = 1500, FILES_MAX = 32, AUDIT_EVERY = 16 };
enum { ACTS_FIRST = 16, ACTS = 112 };

/* What one step is: by its first byte. */
enum what { SAY_1, SAY_2, SAY_3, ASK_1, ASK_2, SEND_AGAIN, SEND_BYTES, SEND_FRAMES, WHATS };

struct step {
    enum what what;
    enum desk_actor actor;
    uint8_t number; /* of an act or of a kind of question */
    int8_t shift;   /* quarters of an hour that it happened before now */
    struct span
        body; /* in these bytes 31 times 0xFE and then k stand for the id of the day's k-th statement */
};

static struct desk desk;
static struct desk_key keys[DESK_ACTORS];
static uint64_t founded;
static struct {
    char path[512];
    uint8_t *bytes;
    size_t size;
} files[FILES_MAX];
static size_t file_count;

static struct {
    struct digest ids[STEPS_MAX];
    size_t count;
    uint8_t last[ENVELOPE_FRAME_SIZE_MAX]; /* the last submission */
    size_t last_len;
} day;

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* --- the ledger, and back to its beginning -------------------------------------------------------- */

static int keep_file(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)where;
    if (kind != FTW_F)
        return 0;
    require(file_count < FILES_MAX && strlen(path) < sizeof files[0].path);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = (size_t)info->st_size;
    memcpy(files[file_count].path, path, strlen(path) + 1);
    files[file_count].bytes = malloc(size + 1);
    require(files[file_count].bytes != NULL &&
            read(file, files[file_count].bytes, size) == (ssize_t)size);
    files[file_count++].size = size;
    close(file);
    return 0;
}

static int drop_file(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)where;
    return kind == FTW_F ? remove(path) : 0;
}

static void put_files_back(void)
{
    require(nftw(desk.dir.path, drop_file, 16, FTW_PHYS) == 0);
    for (size_t i = 0; i < file_count; i++) {
        int file = open(files[i].path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        require(file >= 0 && write(file, files[i].bytes, files[i].size) == (ssize_t)files[i].size);
        close(file);
    }
}

static uint64_t entries(void)
{
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t size = 0;
    ledger_head(desk.ledger, head, &size);
    return size;
}

static void open_again(void)
{
    char sentence[240];
    require(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger) == CUSTODY_OK);
}

static void leave(void)
{
    desk_close(&desk);
    for (size_t i = 0; i < file_count; i++)
        free(files[i].bytes);
}

static void found(void)
{
    if (desk.ledger != NULL)
        return;
    require(digest_init());
    logger_set_level(LOGGER_ERROR);
    desk_open_sized(&desk, false, 64 << 20);
    desk_flush(&desk);
    memcpy(keys, desk.keys, sizeof keys);
    founded = entries();
    ledger_close(desk.ledger);
    require(nftw(desk.dir.path, keep_file, 16, FTW_PHYS) == 0);
    open_again();
    atexit(leave);
}

static void audit(void)
{
    static struct replay_audit result;
    char sentence[240];
    require(replay_audit(&desk.options, true, 1, NULL, NULL, &result, sentence) == CUSTODY_OK);
    if (!result.journal.is_sound || !result.lookups_are_sound) {
        fprintf(stderr, "journal: %s\nlook-ups: %s\n", result.journal.sentence,
                result.lookups_sentence);
        abort();
    }
}

static void begin_day(const uint8_t *data, size_t size)
{
    struct digest chance = digest_sha256(span_of(data, size));
    if (entries() != founded) {
        desk_flush(&desk);
        ledger_close(desk.ledger);
        if (chance.bytes[0] % AUDIT_EVERY == 0)
            audit();
        put_files_back();
        open_again();
    }
    memcpy(desk.keys, keys, sizeof keys);
    desk.now_us = DESK_DAY + 8 * DESK_HOUR;
    day.count = 0;
    day.last_len = 0;
}

/* --- one message, from frames to reply ------------------------------------------------------------ */

static bool is_problem(struct span reply, uint16_t outcome)
{
    Custody__V1__Problem *problem =
        custody__v1__problem__unpack(arena_protobuf(desk.arena), reply.len, reply.data);
    return problem != NULL && problem->outcome == (Custody__V1__Outcome)outcome &&
           problem->name[0] != 0 && bytes_is_printable(span_text(problem->field)) &&
           bytes_is_printable(span_text(problem->expected)) &&
           bytes_is_printable(span_text(problem->got));
}

static void submit(const struct envelope *envelope, const struct access_caller *caller)
{
    const uint8_t *signature = NULL;
    struct span bytes;
    struct statement statement;
    const char *field = NULL;
    uint64_t before = entries();
    if (!envelope_split_submission(envelope->body, &signature, &bytes) ||
        statement_verify(bytes, signature, ledger_origin_digest(desk.ledger), &statement, &field) !=
            STATEMENT_OK)
        return;
    struct submission submission = {
        .statement = &statement,
        .records = envelope->records,
        .record_count = envelope->record_count,
        .enrol_only = caller->roles == 1u << CUSTODY__V1__ROLE__ROLE_INVITED,
        .arena = desk.arena,
    };
    struct submission *batch = &submission;
    require(submit_batch(desk.ledger, &batch, 1, desk.now_us) == CUSTODY_OK);
    require(!ledger_must_leave(desk.ledger));
    require(submission.reply.len <= ENVELOPE_REPLY_SIZE_MAX);
    if (submission.outcome != 0) {
        require(is_problem(submission.reply, submission.outcome) && entries() == before);
        return;
    }
    Custody__V1__Receipt *receipt = custody__v1__receipt__unpack(
        arena_protobuf(desk.arena), submission.reply.len, submission.reply.data);
    require(receipt != NULL && entries() == before + (receipt->again ? 0 : 1));
}

/* False: it would be waited for, and nobody adds anything meanwhile. */
static bool is_here(const struct envelope *envelope);

static void ask(const struct envelope *envelope, const struct access_caller *caller)
{
    struct query query = {
        .caller = caller,
        .kind = envelope->kind,
        .body = envelope->body,
        .now_us = desk.now_us,
        .deadline_ns = clock_monotonic_ns() + UINT64_C(4000000000),
        .arena = desk.arena,
    };
    if (!is_here(envelope))
        return;
    desk_flush(&desk);
    query_answer(desk.ledger, &query);
    require(query.reply.len <= ENVELOPE_REPLY_SIZE_MAX);
    require(query.outcome == 0 || is_problem(query.reply, query.outcome));
}

static void come_in(const struct span *frames, size_t count, enum desk_actor actor)
{
    struct envelope envelope = {0};
    struct access_caller caller;
    if (envelope_parse(frames, count, &envelope) != ENVELOPE_OK ||
        !access_find(desk.ledger, desk.keys[actor].curve_key, &caller) ||
        !access_may_ask(&caller, envelope.kind))
        return;
    if (envelope.kind == ENVELOPE_SUBMIT)
        submit(&envelope, &caller);
    else if (envelope.kind != ENVELOPE_STATUS)
        ask(&envelope, &caller);
}

static void send(enum desk_actor actor, uint16_t kind, struct span body)
{
    const struct envelope envelope = {.call = 7, .kind = kind};
    uint8_t call[ENVELOPE_CALL_SIZE];
    envelope_write_call(&envelope, call);
    const struct span frames[] = {span_text(ENVELOPE_VERSION), span_of(call, sizeof call), body};
    come_in(frames, 3, actor);
}

/* --- questions ------------------------------------------------------------------------------------ */

#define QUESTION(kind, name) [ENVELOPE_##kind] = &custody__v1__##name##_request__descriptor
static const ProtobufCMessageDescriptor *const questions[ENVELOPE_KINDS] = {
    QUESTION(HELLO, hello),         QUESTION(HEAD, head),         QUESTION(TRACE, trace),
    QUESTION(UNCLOSED, unclosed),   QUESTION(FINDINGS, findings), QUESTION(SHOW, show),
    QUESTION(PROVE, prove),         QUESTION(ENTRIES, entries),   QUESTION(PARTY, party),
    QUESTION(REPORT, report),       QUESTION(BALANCE, balance),   QUESTION(FIGURE, figure),
    QUESTION(TODAY, today),         QUESTION(EXPECTED, expected), QUESTION(DOSSIER, dossier),
    QUESTION(RECORD, record),       QUESTION(ACCESS, access),     QUESTION(PROFILE, profile),
    QUESTION(CATALOGUE, catalogue),
};

static bool is_here(const struct envelope *envelope)
{
    const ProtobufCMessageDescriptor *descriptor = questions[envelope->kind];
    const ProtobufCFieldDescriptor *field =
        descriptor == NULL ? NULL
                           : protobuf_c_message_descriptor_get_field_by_name(descriptor, "options");
    ProtobufCMessage *request =
        field == NULL ? NULL
                      : protobuf_c_message_unpack(descriptor, arena_protobuf(desk.arena),
                                                  envelope->body.len, envelope->body.data);
    const Custody__V1__QueryOptions *options = NULL;
    if (request != NULL)
        memcpy(&options, (const uint8_t *)request + field->offset, sizeof options);
    return options == NULL || options->at_least <= entries();
}

/* --- steps ---------------------------------------------------------------------------------------- */

static const ProtobufCMessageDescriptor *descriptor_of(const struct step *step)
{
    if (step->what <= SAY_3)
        return body_descriptor(ACTS_FIRST + step->number % ACTS);
    if (step->what <= ASK_2)
        return questions[step->number % ENVELOPE_KINDS];
    return NULL;
}

static bool read_step(struct bytes_reader *reader, struct step *ret)
{
    if (reader->left < STEP_HEAD)
        return false;
    ret->what = bytes_read_u8(reader) % WHATS;
    ret->actor = bytes_read_u8(reader) % DESK_ACTORS;
    ret->number = bytes_read_u8(reader);
    ret->shift = (int8_t)bytes_read_u8(reader);
    size_t len = bytes_read_u16(reader);
    ret->body = bytes_read_span(reader, len < reader->left ? len : reader->left);
    return true;
}

static struct span put_ids(struct span body)
{
    static const uint8_t mark[DIGEST_SIZE - 1] = {0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE,
                                                  0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE,
                                                  0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE,
                                                  0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE};
    uint8_t *copy = arena_copy(desk.arena, body.data, body.len);
    require(copy != NULL || body.len == 0);
    for (size_t i = 0; day.count > 0 && i + DIGEST_SIZE <= body.len; i++)
        if (memcmp(copy + i, mark, sizeof mark) == 0)
            memcpy(copy + i, day.ids[copy[i + sizeof mark] % day.count].bytes, DIGEST_SIZE);
    return span_of(copy, body.len);
}

static void say(const struct step *step)
{
    struct desk_key *key = &desk.keys[step->actor];
    uint8_t *bytes = day.last + SIGNATURE_SIZE;
    struct span body = put_ids(step->body);
    struct statement statement;
    const char *field = NULL;
    struct statement_header header = {
        .act = (uint16_t)(ACTS_FIRST + step->number % ACTS),
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = ++key->sequence,
        .occurred_at_us = desk.now_us - step->shift * (DESK_HOUR / 4),
        .signed_at_us = desk.now_us,
        .origin = desk.origin,
        .previous = key->previous,
    };
    if (body.len > STATEMENT_SIZE_MAX - STATEMENT_HEADER_SIZE)
        return;
    memcpy(header.key, key->public_key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    if (body.len > 0)
        memcpy(bytes + STATEMENT_HEADER_SIZE, body.data, body.len);
    struct span all = span_of(bytes, STATEMENT_HEADER_SIZE + body.len);
    require(statement_parse(all, &statement, &field) == STATEMENT_OK);
    digest_sign(day.last, all, key->secret_key);
    day.last_len = SIGNATURE_SIZE + all.len;
    key->previous = statement.id;
    day.ids[day.count++] = statement.id;
    send(step->actor, ENVELOPE_SUBMIT, span_of(day.last, day.last_len));
}

static void send_frames(const struct step *step)
{
    struct span frames[ENVELOPE_FRAMES_MAX + 2];
    size_t count = 0;
    struct bytes_reader reader;
    bytes_reader_init(&reader, step->body);
    while (count < ENVELOPE_FRAMES_MAX + 2 && reader.left >= 2) {
        size_t len = bytes_read_u16(&reader);
        frames[count++] = bytes_read_span(&reader, len < reader.left ? len : reader.left);
    }
    come_in(frames, count, step->actor);
}

static void take_step(const struct step *step)
{
    switch (step->what) {
    case SAY_1:
    case SAY_2:
    case SAY_3:
        say(step);
        break;
    case ASK_1:
    case ASK_2:
        send(step->actor, step->number % ENVELOPE_KINDS, put_ids(step->body));
        break;
    case SEND_AGAIN:
        send(step->actor, ENVELOPE_SUBMIT, span_of(day.last, day.last_len));
        break;
    case SEND_BYTES:
        send(step->actor, ENVELOPE_SUBMIT, step->body);
        break;
    case SEND_FRAMES:
        send_frames(step);
        break;
    case WHATS:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_reader reader;
    struct step step;
    bytes_reader_init(&reader, span_of(data, size));
    found();
    begin_day(data, size);
    for (size_t i = 0; i < STEPS_MAX && read_step(&reader, &step); i++) {
        take_step(&step);
        desk_turn(&desk);
        desk.now_us += DESK_HOUR / 60;
    }
    return 0;
}

/* --- inventing days ------------------------------------------------------------------------------- */

static const char *const texts[] = {
    DESK_HOSPITAL, DESK_HOSPITAL,
    DESK_CLINIC,   DESK_CARRIER,
    DESK_PLANT,    DESK_OTHER_PLANT,
    DESK_BUREAU,   DESK_PLATE,
    "B1",          "B2",
    "B3",          "X1",
    "841-001-01",  "841-002-01",
    "900-041-49",  "841-*",
    "540402",      "540423",
    "540400",      "5404",
    "5404000001",  "5404-0001",
    "ZC-1",        "L20265404000001",
    "2026-05",     "2026-05-18",
    "2026",        "cn-medical",
    "cn-2021",     "generator",
    "medical",     "",
    "2026-Q2",     "A-1",
    "P-1",         (DESK_HOSPITAL "/B1"),
};
static const uint64_t numbers[] = {1,
                                   2,
                                   10,
                                   500,
                                   2300,
                                   20000,
                                   100000,
                                   20260518,
                                   202605,
                                   DESK_DAY,
                                   DESK_DAY + DESK_HOUR,
                                   DESK_DAY + 8 * DESK_HOUR,
                                   DESK_DAY + 72 * DESK_HOUR,
                                   DESK_DAY - 72 * DESK_HOUR,
                                   DESK_DAY + 9000 * DESK_HOUR};

static size_t write_step(const struct step *step, uint8_t *ret)
{
    ret[0] = (uint8_t)step->what;
    ret[1] = (uint8_t)step->actor;
    ret[2] = step->number;
    ret[3] = (uint8_t)step->shift;
    ret[4] = (uint8_t)(step->body.len >> 8);
    ret[5] = (uint8_t)step->body.len;
    memmove(ret + STEP_HEAD, step->body.data, step->body.len);
    return STEP_HEAD + step->body.len;
}

static void invent(struct dice *dice, struct step *step)
{
    *step = (struct step){.what = (enum what)dice_below(dice, SEND_BYTES),
                          .actor = (enum desk_actor)dice_below(dice, DESK_ACTORS),
                          .shift = (int8_t)dice_between(dice, 0, 8)};
    do {
        step->number = (uint8_t)dice_below(dice, step->what <= SAY_3 ? ACTS : ENVELOPE_KINDS);
    } while (step->what <= ASK_2 && descriptor_of(step) == NULL);
}

static void change_body(struct dice *dice, struct step *step, uint8_t body[static STEP_BODY_MAX])
{
    struct span known[4 + DESK_ACTORS];
    uint8_t ids[4][DIGEST_SIZE];
    for (size_t i = 0; i < 4; i++) {
        memset(ids[i], 0xFE, DIGEST_SIZE);
        ids[i][DIGEST_SIZE - 1] = (uint8_t)dice_below(dice, STEPS_MAX);
        known[i] = span_of(ids[i], DIGEST_SIZE);
    }
    for (size_t i = 0; i < DESK_ACTORS; i++)
        known[4 + i] = span_of(keys[i].public_key, PUBLIC_KEY_SIZE);
    const struct mutator mutator = {.dice = dice,
                                    .texts = texts,
                                    .text_count = sizeof texts / sizeof texts[0],
                                    .bytes = known,
                                    .byte_count = sizeof known / sizeof known[0],
                                    .numbers = numbers,
                                    .number_count = sizeof numbers / sizeof numbers[0]};
    const ProtobufCMessageDescriptor *descriptor = descriptor_of(step);
    size_t len = step->body.len < STEP_BODY_MAX ? step->body.len : STEP_BODY_MAX;
    if (len > 0)
        memmove(body, step->body.data, len);
    if (descriptor != NULL)
        len = mutator_change(&mutator, descriptor, body, len, STEP_BODY_MAX);
    step->body = span_of(body, len);
}

/* One step more, one less, two exchanged, or one changed. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t cap, unsigned seed)
{
    static uint8_t body[STEP_BODY_MAX], day_bytes[STEPS_MAX * (STEP_HEAD + UINT16_MAX)];
    struct step steps[STEPS_MAX + 1];
    struct dice dice;
    struct bytes_reader reader;
    size_t count = 0, len = 0;
    found();
    dice_init(&dice, seed);
    if (LLVMFuzzerMutate != NULL && dice_chance(&dice, 10))
        return LLVMFuzzerMutate(data, size, cap);
    bytes_reader_init(&reader, span_of(data, size));
    while (count < STEPS_MAX && read_step(&reader, &steps[count]))
        count++;
    size_t at = dice_below(&dice, count + 1);
    if (at == count || dice_chance(&dice, 30)) {
        memmove(&steps[at + 1], &steps[at], (count - at) * sizeof steps[0]);
        invent(&dice, &steps[at]);
        count++;
        change_body(&dice, &steps[at], body);
    } else if (dice_chance(&dice, 15)) {
        memmove(&steps[at], &steps[at + 1], (--count - at) * sizeof steps[0]);
    } else if (dice_chance(&dice, 15)) {
        size_t other = dice_below(&dice, count);
        struct step step = steps[at];
        steps[at] = steps[other];
        steps[other] = step;
    } else {
        if (dice_chance(&dice, 20))
            steps[at].actor = (enum desk_actor)dice_below(&dice, DESK_ACTORS);
        if (dice_chance(&dice, 20))
            steps[at].shift = (int8_t)dice_throw(&dice);
        change_body(&dice, &steps[at], body);
    }
    for (size_t i = 0; i < count && i < STEPS_MAX; i++)
        if (len + STEP_HEAD + steps[i].body.len <= cap)
            len += write_step(&steps[i], day_bytes + len);
    memcpy(data, day_bytes, len);
    return len;
}
