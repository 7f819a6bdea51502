/* drill.c: a small ledger, a fixed working day of statements for it, and the check of what is left of it.
 * Never trusts the ledger that was hurt: what should be true is known from a run that nothing happened to. */
#include "tests/fault/drill.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/die.h"

enum { BAGS = 4, PIPE_BYTES = 1 << 20 };
/* Exit codes of a run. */
enum { RUN_BROKEN = 1, RUN_HIT = 2, RUN_LEFT = 4 };

#define SECOND_NS UINT64_C(1000000000)

/* Time is this program's own, a tenth of a millisecond a look, so that look-ups and mark are written at the same calls in every
 * run. */
static uint64_t now_ns = SECOND_NS;

uint64_t __wrap_clock_monotonic_ns(void);
uint64_t __wrap_clock_monotonic_ns(void)
{
    return now_ns += SECOND_NS / 10000;
}

/* ---- the day ---- */

struct day {
    struct drill *drill;
    uint32_t count, batch;
};

static struct desk_statement *
plan(struct day *day, enum desk_actor actor, const ProtobufCMessage *body)
{
    struct desk *desk = &day->drill->desk;
    assert_true(day->count < DRILL_STATEMENTS);
    desk->now_us += DESK_HOUR / 60;
    struct desk_statement *statement = desk_sign(desk, actor, body, desk->now_us);
    day->drill->statements[day->count] = statement;
    day->drill->batch[day->count++] = day->batch;
    return statement;
}

static void with_record(struct desk *desk, struct desk_statement *statement, struct span record)
{
    (void)desk;
    statement->records[0] = record;
    statement->record_count = 1;
}

/* A clinic that is registered with its name in the annex. */
static void plan_registration(struct day *day)
{
    static const uint8_t record[] =
        "sixteen-salt-byt\xe6\xa0\xb7\xe4\xbe\x8b\xe8\xaf\x8a\xe6\x89\x80";
    struct desk *desk = &day->drill->desk;
    struct span named = span_of(record, sizeof record - 1);
    struct digest digest = digest_sha256(named);
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kind = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    body.party = (char *)"uscc:125404000000000070";
    body.n_kinds = 1;
    body.kinds = &kind;
    body.division = (char *)"540402";
    body.name_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = digest.bytes};
    with_record(desk, plan(day, DESK_REGULATOR, &body.base), named);
    day->batch++;
}

static void plan_day(struct drill *drill)
{
    struct day day = {.drill = drill};
    struct desk *desk = &drill->desk;
    const char *codes[BAGS] = {"F-1", "F-2", "F-3", "F-4"};
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    plan_registration(&day);
    for (unsigned i = 0; i < BAGS; i++) {
        plan(&day, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, codes[i], 900 + 100 * i)->base);
        day.batch += i % 2;
    }
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    const struct desk_statement *manifest = plan(&day, DESK_NURSE, &issue.base);
    const struct desk_statement *trip =
        plan(&day, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base);
    day.batch++;
    for (unsigned i = 0; i < BAGS; i++)
        plan(&day, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, codes[i])->base);
    day.batch++;
    for (unsigned i = 0; i < BAGS; i++) {
        plan(&day, DESK_GATE,
             &desk_receive(desk, trip, manifest, DESK_HOSPITAL, codes[i],
                           CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900 + 100 * i)
                  ->base);
        day.batch += i == 1;
    }
    day.batch++;
    for (unsigned i = 0; i < BAGS; i++) {
        Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
        char *code = (char *)codes[i];
        feed.batch = (char *)"F-B1";
        feed.generator = (char *)DESK_HOSPITAL;
        feed.n_containers = 1;
        feed.containers = &code;
        plan(&day, DESK_GATE, &feed.base);
    }
    day.batch++;
    while (day.count < DRILL_STATEMENTS) {
        plan(
            &day, DESK_DOCTOR,
            &desk_pack(desk, DESK_CLINIC, arena_format(desk->arena, "C-%u", day.count), 700)->base);
        day.batch++;
    }
}

static char *render(struct drill *drill)
{
    struct desk *desk = &drill->desk;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    fputs(desk_render_open(desk), out);
    for (unsigned i = 1; i <= BAGS; i++)
        fputs(desk_render_container(desk, DESK_HOSPITAL, arena_format(desk->arena, "F-%u", i)),
              out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static bool open_ledger(struct drill *drill)
{
    char sentence[240];
    if (ledger_open(&drill->desk.options, NULL, NULL, sentence, &drill->desk.ledger) == CUSTODY_OK)
        return true;
    drill->desk.ledger = NULL;
    printf("# the ledger does not open: %s\n", sentence);
    return false;
}

static void close_ledger(struct drill *drill)
{
    ledger_close(drill->desk.ledger);
    drill->desk.ledger = NULL;
}

static uint64_t entries_of(const struct drill *drill)
{
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t size = 0;
    ledger_head(drill->desk.ledger, head, &size);
    return size;
}

static void count_receipt(void *context, const struct drill_receipt *receipt)
{
    (void)receipt;
    ++*(size_t *)context;
}

void drill_open(struct drill *drill)
{
    memset(drill, 0, sizeof *drill);
    desk_open(&drill->desk, false);
    drill->entries_before = entries_of(drill);
    close_ledger(drill);
    drill->before = disk_read(drill->desk.dir.path);
    plan_day(drill);
    size_t receipts = 0;
    assert_true(drill_run(drill, count_receipt, &receipts));
    assert_int_equal(receipts, DRILL_STATEMENTS);
    assert_true(open_ledger(drill));
    assert_int_equal(entries_of(drill), drill->entries_before + DRILL_STATEMENTS);
    drill->expected = render(drill);
    close_ledger(drill);
}

void drill_close(struct drill *drill)
{
    free(drill->expected);
    disk_free(drill->before);
    desk_close(&drill->desk);
}

/* ---- a run ---- */

/* Sends statements of one batch; gives how many receipts came, or -1 when the process would leave. */
static int send_batch(struct drill *drill,
                      uint32_t first,
                      uint32_t count,
                      void (*say)(void *context, const struct drill_receipt *receipt),
                      void *context)
{
    struct submission submissions[DRILL_STATEMENTS], *list[DRILL_STATEMENTS];
    struct arena *arena = arena_create(4 << 20);
    int receipts = 0;
    if (arena == NULL)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const struct desk_statement *statement = drill->statements[first + i];
        submissions[i] = (struct submission){.statement = &statement->statement,
                                             .records = statement->records,
                                             .record_count = statement->record_count,
                                             .arena = arena};
        list[i] = &submissions[i];
    }
    bool is_left = submit_batch(drill->desk.ledger, list, count, drill->desk.now_us) ==
                       CUSTODY_ERR_UNKNOWN_RESULT ||
                   ledger_must_leave(drill->desk.ledger);
    for (uint32_t i = 0; i < count && !is_left; i++) {
        struct drill_receipt said = {.statement = first + i, .moment = disk_moment()};
        struct entry entry;
        if (submissions[i].outcome != 0)
            continue;
        Custody__V1__Receipt *receipt =
            custody__v1__receipt__unpack(NULL, submissions[i].reply.len, submissions[i].reply.data);
        struct digest leaf;
        if (receipt == NULL ||
            !entry_leaf_of(span_of(receipt->entry_head.data, receipt->entry_head.len),
                           submissions[i].statement->bytes, submissions[i].statement->signature,
                           &leaf, &entry) ||
            receipt->checkpoint.len > sizeof said.checkpoint)
            die("a receipt of statement %u is none", first + i);
        said.number = entry.number;
        said.checkpoint_len = (uint32_t)receipt->checkpoint.len;
        memcpy(said.checkpoint, receipt->checkpoint.data, receipt->checkpoint.len);
        custody__v1__receipt__free_unpacked(receipt, NULL);
        say(context, &said);
        receipts++;
    }
    arena_destroy(arena);
    return is_left ? -1 : receipts;
}

static uint32_t batch_len(const struct drill *drill, uint32_t first)
{
    uint32_t count = 1;
    while (first + count < DRILL_STATEMENTS && drill->batch[first + count] == drill->batch[first])
        count++;
    return count;
}

bool drill_run(struct drill *drill,
               void (*say)(void *context, const struct drill_receipt *receipt),
               void *context)
{
    int receipts = 0;
    drill->has_left = true;
    if (!open_ledger(drill))
        return false;
    for (uint32_t first = 0; first < DRILL_STATEMENTS; first += batch_len(drill, first)) {
        int got = send_batch(drill, first, batch_len(drill, first), say, context);
        if (got < 0)
            return false;
        receipts += got;
        now_ns += SECOND_NS * 6 / 10;
        submit_rest(drill->desk.ledger, true);
        if (ledger_must_leave(drill->desk.ledger))
            return false;
    }
    close_ledger(drill);
    drill->has_left = false;
    return receipts == DRILL_STATEMENTS;
}

/* ---- what is left ---- */

struct seen {
    const struct drill_receipt *receipts; /* that left before */
    size_t count;
    bool is_as_before;
    uint32_t got;
};

static void compare_receipt(void *context, const struct drill_receipt *receipt)
{
    struct seen *seen = context;
    seen->got++;
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->receipts[i].statement != receipt->statement ||
            seen->receipts[i].number == receipt->number)
            continue;
        printf("# statement %u: was entry %llu, is entry %llu\n", receipt->statement,
               (unsigned long long)seen->receipts[i].number, (unsigned long long)receipt->number);
        seen->is_as_before = false;
    }
}

void drill_resend(struct drill *drill,
                  void (*say)(void *context, const struct drill_receipt *receipt),
                  void *context)
{
    for (uint32_t first = 0; first < DRILL_STATEMENTS; first += batch_len(drill, first))
        if (send_batch(drill, first, batch_len(drill, first), say, context) < 0)
            return;
}

static bool send_again(struct drill *drill, const struct drill_receipt *receipts, size_t count)
{
    struct seen seen = {.receipts = receipts, .count = count, .is_as_before = true};
    for (size_t i = 0; i < count; i++)
        if (receipts[i].number >= entries_of(drill)) {
            printf("# lost: entry %llu, of %llu\n", (unsigned long long)receipts[i].number,
                   (unsigned long long)entries_of(drill));
            return false;
        }
    drill_resend(drill, compare_receipt, &seen);
    if (seen.got != DRILL_STATEMENTS)
        printf("# %u receipts for %d statements\n", seen.got, DRILL_STATEMENTS);
    uint64_t entries = entries_of(drill);
    if (entries != drill->entries_before + DRILL_STATEMENTS) {
        printf("# %llu entries, expected %llu\n", (unsigned long long)entries,
               (unsigned long long)drill->entries_before + DRILL_STATEMENTS);
        return false;
    }
    return seen.is_as_before && seen.got == DRILL_STATEMENTS;
}

static bool audit(struct drill *drill)
{
    struct replay_audit found;
    char sentence[240];
    enum custody_status status =
        replay_audit(&drill->desk.options, true, 1, NULL, NULL, &found, sentence);
    if (status == CUSTODY_OK && found.journal.is_sound && found.journal.tiles_are_sound &&
        found.lookups_are_sound)
        return true;
    printf("# the audit: %s / %s / %s\n", status == CUSTODY_OK ? "" : sentence,
           found.journal.sentence, found.lookups_sentence);
    return false;
}

/* Every head that left still is a head of this ledger. */
static bool heads_stand(struct drill *drill, const struct drill_receipt *receipts, size_t count)
{
    struct journal *journal;
    struct span notes[DRILL_STATEMENTS];
    struct audit_report report = {0};
    const struct ledger_keys *keys = ledger_keys(drill->desk.ledger);
    struct audit_options options = {.published = notes, .published_count = count};
    char origin[CHECKPOINT_ORIGIN_MAX + 1], path[600];
    uint8_t key[PUBLIC_KEY_SIZE];
    snprintf(origin, sizeof origin, "%s", keys->origin);
    memcpy(key, keys->public_key, sizeof key);
    options.origin = origin;
    options.ledger_key = key;
    for (size_t i = 0; i < count; i++)
        notes[i] = span_of(receipts[i].checkpoint, receipts[i].checkpoint_len);
    close_ledger(drill);
    snprintf(path, sizeof path, "%s/journal", drill->desk.data);
    if (journal_open(path, STORE_READ_ONLY, drill->desk.options.map_size, &journal) != CUSTODY_OK)
        return false;
    enum custody_status status = audit_run(journal, &options, &report);
    journal_close(journal);
    if (status != CUSTODY_OK || !report.is_sound)
        printf("# heads that left: %s\n", report.sentence);
    return status == CUSTODY_OK && report.is_sound;
}

bool drill_check(struct drill *drill, const struct drill_receipt *receipts, size_t count)
{
    if (!open_ledger(drill))
        return false;
    if (!send_again(drill, receipts, count))
        return false;
    char *told = render(drill);
    bool is_same = strcmp(told, drill->expected) == 0;
    if (!is_same)
        printf("# people are told something else:\n%s\n# and not:\n%s\n", told, drill->expected);
    free(told);
    return is_same && heads_stand(drill, receipts, count) && audit(drill);
}

/* ---- processes ---- */

struct outbox {
    int pipe;
};

static void post(void *context, const struct drill_receipt *receipt)
{
    const struct outbox *outbox = context;
    if (write(outbox->pipe, receipt, sizeof *receipt) != (ssize_t)sizeof *receipt)
        _exit(RUN_BROKEN);
}

/* False at the end of what was posted. */
static bool take(int pipe, struct drill_receipt *ret)
{
    size_t len = 0;
    while (len < sizeof *ret) {
        ssize_t got = read(pipe, (uint8_t *)ret + len, sizeof *ret - len);
        if (got < 0 || (got == 0 && len > 0))
            die("half a receipt");
        if (got == 0)
            return false;
        len += (size_t)got;
    }
    return true;
}

pid_t drill_fork(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    const struct rlimit no_core = {0, 0};
    fflush(stdout);
    pid_t child = fork();
    if (child < 0)
        die("cannot fork");
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
            signal(signals[i], SIG_DFL); /* cmocka has its own */
    }
    return child;
}

bool drill_check_image(struct drill *drill,
                       const struct disk_image *image,
                       const struct drill_receipt *receipts,
                       size_t count)
{
    int status;
    if (image != NULL)
        disk_write(image, drill->desk.dir.path);
    pid_t child = drill_fork();
    if (child == 0) {
        bool is_sound = drill_check(drill, receipts, count);
        fflush(stdout);
        _exit(is_sound ? 0 : 1);
    }
    if (waitpid(child, &status, 0) != child)
        die("cannot wait");
    if (WIFSIGNALED(status))
        printf("# the check was ended by signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void forget(void *context, const struct drill_receipt *receipt)
{
    (void)context;
    (void)receipt;
}

void drill_count(struct drill *drill, const struct drill_fault *fault)
{
    disk_write(drill->before, drill->desk.dir.path);
    fault->begin(drill, fault->how);
    if (!drill_run(drill, forget, NULL))
        die("the day does not come to its end");
}

struct drill_result drill_under(struct drill *drill, const struct drill_fault *fault)
{
    struct drill_receipt receipts[2 * DRILL_STATEMENTS];
    struct drill_result result = {0};
    int ends[2];
    disk_write(drill->before, drill->desk.dir.path);
    /* Nobody reads while the process is attended: all receipts have room. */
    if (pipe(ends) != 0 || fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) < (int)sizeof receipts)
        die("no pipe");
    pid_t child = drill_fork();
    if (child == 0) {
        struct outbox outbox = {.pipe = ends[1]};
        close(ends[0]);
        fault->begin(drill, fault->how);
        drill_run(drill, post, &outbox);
        /* Leaves as a process does: what is still open is not closed. */
        _exit((fault->hits() > 0 ? RUN_HIT : 0) | (drill->has_left ? RUN_LEFT : 0));
    }
    close(ends[1]);
    int status = fault->attend == NULL ? 0 : fault->attend(child, fault->how);
    while (result.receipts < DRILL_STATEMENTS && take(ends[0], &receipts[result.receipts]))
        result.receipts++;
    close(ends[0]);
    if (fault->attend == NULL && waitpid(child, &status, 0) != child)
        die("cannot wait");
    result.was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    bool is_orderly = result.was_killed ||
                      (WIFEXITED(status) && (WEXITSTATUS(status) & ~(RUN_HIT | RUN_LEFT)) == 0);
    result.is_hit = result.was_killed || (is_orderly && (WEXITSTATUS(status) & RUN_HIT) != 0);
    result.has_left = !result.was_killed && is_orderly && (WEXITSTATUS(status) & RUN_LEFT) != 0;
    if (!is_orderly)
        printf("# the run ended with status %#x\n", (unsigned)status);
    result.is_sound = drill_check_image(drill, NULL, receipts, result.receipts) && is_orderly;
    return result;
}
