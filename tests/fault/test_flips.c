/* test_flips.c: single bits flipped anywhere in the files of a ledger, its meta pages, checkpoint and keys among them (DESIGN 8, TLOG 4.4 F6): what is served is what was
 * served before, or an error; never something else. A ledger whose look-ups or annex were hurt serves again after some starts, by
 * itself; one whose journal was hurt says what to do.
 * Plain LMDB serves nine of ten such flips as if nothing had happened. */
/* wrap: clock_monotonic_ns */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/lastwords.h"
#include "daemon/ledger/tables.h"
#include "daemon/service/replay.h"
#include "tests/fault/campaign.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"

enum { FLIPS = 20, STARTS = 6, META_PAGES = 8192, SECONDS = 20 };

/* What a process that opened the hurt ledger and asked everything came to. */
enum end {
    SERVED,      /* every answer as before */
    ERRORS,      /* some as before, the others errors */
    WRONG,       /* an answer that is neither */
    NOT_OPENED,  /* refused, with a sentence */
    SAYS_REMEDY, /* refused, with a sentence that names the way out */
    DIED,        /* of a signal */
    ENDS
};

static struct drill drill;
static struct disk_image *evening; /* the files at the day's end */
static struct dice dice;

/* ---- one process ---- */

enum { QUESTIONS_MAX = 16 };

/* What was answered on the evening, before anything was hurt. */
static struct digest answers[QUESTIONS_MAX];
static size_t answer_count;

struct asker {
    size_t count;
    bool is_first; /* learn instead of compare */
    bool has_errors, is_wrong;
};

static void ask(struct asker *asker, uint16_t kind, const ProtobufCMessage *request)
{
    struct desk *desk = &drill.desk;
    struct access_caller caller;
    uint8_t body[512];
    size_t number = asker->count++;
    assert_true(number < QUESTIONS_MAX);
    if (!access_find(desk->ledger, desk->keys[DESK_REGULATOR].curve_key, &caller)) {
        asker->has_errors = true;
        return;
    }
    struct query query = {.caller = &caller,
                          .kind = kind,
                          .body = span_of(body, protobuf_c_message_pack(request, body)),
                          .now_us = desk->now_us,
                          .arena = desk->arena};
    query_answer(desk->ledger, &query);
    if (query.outcome != 0) {
        asker->has_errors = true;
        return;
    }
    struct digest answer = digest_sha256(query.reply);
    if (asker->is_first) {
        answers[number] = answer;
        answer_count = asker->count;
    } else if (!digest_is_equal(&answer, &answers[number])) {
        printf("# question %zu of kind %u is answered otherwise\n", number, kind);
        asker->is_wrong = true;
    }
}

static void ask_everything(struct asker *asker)
{
    Custody__V1__UnclosedRequest unclosed = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__FindingsRequest findings = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    Custody__V1__HeadRequest head = CUSTODY__V1__HEAD_REQUEST__INIT;
    Custody__V1__RecordRequest record = CUSTODY__V1__RECORD_REQUEST__INIT;
    struct digest named = digest_sha256(drill.statements[0]->records[0]);
    for (unsigned i = 1; i <= 4; i++) {
        Custody__V1__TraceRequest trace = CUSTODY__V1__TRACE_REQUEST__INIT;
        Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
        char code[16];
        snprintf(code, sizeof code, "F-%u", i);
        name.generator = (char *)DESK_HOSPITAL;
        name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
        name.code = code;
        trace.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
        trace.container = &name;
        ask(asker, ENVELOPE_TRACE, &trace.base);
    }
    for (uint64_t from = 0; from < drill.entries_before + DRILL_STATEMENTS; from += 16) {
        Custody__V1__EntriesRequest entries = CUSTODY__V1__ENTRIES_REQUEST__INIT;
        entries.from = from;
        ask(asker, ENVELOPE_ENTRIES, &entries.base);
    }
    ask(asker, ENVELOPE_UNCLOSED, &unclosed.base);
    ask(asker, ENVELOPE_FINDINGS, &findings.base);
    ask(asker, ENVELOPE_HEAD, &head.base);
    record.digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = named.bytes};
    ask(asker, ENVELOPE_RECORD, &record.base);
}

static void count_receipt(void *context, const struct drill_receipt *receipt)
{
    (void)receipt;
    ++*(size_t *)context;
}

/* Opens what there is, asks, and ends the process with what it saw. */
static void live(void)
{
    struct asker asker = {0};
    char sentence[240], path[600];
    size_t receipts = 0;
    alarm(SECONDS);
    ledger_lastwords_path(drill.desk.data, path);
    lastwords_prepare(path);
    if (ledger_open(&drill.desk.options, NULL, NULL, sentence, &drill.desk.ledger) != CUSTODY_OK)
        _exit(strstr(sentence, "restore") != NULL ? SAYS_REMEDY : NOT_OPENED);
    ask_everything(&asker);
    drill_resend(&drill, count_receipt, &receipts);
    asker.has_errors = asker.has_errors || receipts < DRILL_STATEMENTS;
    submit_rest(drill.desk.ledger, true);
    fflush(stdout);
    if (!ledger_must_leave(drill.desk.ledger))
        ledger_close(drill.desk.ledger);
    _exit(asker.is_wrong ? WRONG : asker.has_errors ? ERRORS : SERVED);
}

static enum end start(void)
{
    int status;
    pid_t child = drill_fork();
    if (child == 0)
        live();
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) < ENDS ? (enum end)WEXITSTATUS(status) : DIED;
}

/* ---- one flip ---- */

struct tally {
    unsigned ends[ENDS]; /* what the last start came to */
    unsigned healed;     /* of those that serve: not at the first start */
};

static void report(const char *file, unsigned tried, const struct tally *tally)
{
    printf("# %s: %u flips, served wrong 0; served as before %u (%u after a start that failed), "
           "errors instead %u, refused with a remedy %u, refused otherwise %u\n",
           file, tried, tally->ends[SERVED], tally->healed, tally->ends[ERRORS],
           tally->ends[SAYS_REMEDY], tally->ends[NOT_OPENED]);
}

/* Half of the flips hit the first pages: LMDB's meta pages and the roots of young trees; BIT=n repeats one. */
static uint64_t choose_bit(uint64_t size)
{
    const char *bit = getenv("BIT");
    if (bit != NULL)
        return strtoull(bit, NULL, 10);
    bool is_meta = dice_chance(&dice, 25);
    return 8 * dice_below(&dice, is_meta && size > META_PAGES ? META_PAGES : size) +
           dice_below(&dice, 8);
}

static void flip_in(const char *file, bool heals, unsigned share)
{
    struct tally tally = {0};
    uint64_t wanted = campaign_wanted(share), size = disk_size(evening, file);
    unsigned tried = 0;
    assert_true(size > 0);
    wanted = wanted == UINT64_MAX ? 5000 : wanted;
    for (; tried < wanted; tried++) {
        uint64_t bit = choose_bit(size);
        enum end end = DIED;
        unsigned starts = 0;
        assert_true(disk_flip(evening, file, bit));
        disk_write(evening, drill.desk.dir.path);
        assert_true(disk_flip(evening, file, bit));
        for (; starts < STARTS && (starts == 0 || end == DIED || (heals && end != SERVED));
             starts++) {
            end = start();
            if (end == WRONG)
                fail_msg("%s, bit %llu: something else is served", file, (unsigned long long)bit);
        }
        if (end == DIED || end == NOT_OPENED || (heals && end != SERVED))
            fail_msg("%s, bit %llu: after %u starts it ended with %d", file,
                     (unsigned long long)bit, starts, (int)end);
        tally.ends[end]++;
        tally.healed += end == SERVED && starts > 1;
    }
    report(file, tried, &tally);
}

/* A file of a few hundred bytes: every bit when as many are wanted. What is damaged is refused with a sentence that names the file;
 * what is served is what would have been served. */
static void flip_in_small(const char *file, unsigned share, double at_least_refused)
{
    struct tally tally = {0};
    uint64_t bits = 8 * disk_size(evening, file), wanted = campaign_wanted(share);
    unsigned tried = 0, refused = 0;
    assert_true(bits > 0);
    for (; tried < wanted && tried < bits; tried++) {
        uint64_t bit = wanted >= bits ? tried : dice_below(&dice, bits);
        assert_true(disk_flip(evening, file, bit));
        disk_write(evening, drill.desk.dir.path);
        assert_true(disk_flip(evening, file, bit));
        enum end end = start();
        if (end != SERVED && end != SAYS_REMEDY)
            fail_msg("%s, bit %llu: ended with %d", file, (unsigned long long)bit, (int)end);
        tally.ends[end]++;
        refused += end == SAYS_REMEDY;
    }
    report(file, tried, &tally);
    assert_true(refused >= at_least_refused * tried);
}

static void flips_in_the_checkpoint_file(void **state)
{
    (void)state;
    flip_in_small("mark", FLIPS, 1.0);
}

/* What may be flipped unseen changes nothing: the case of a hexadecimal digit, a bit that X25519 does not look at. */
static void flips_in_the_key_file(void **state)
{
    (void)state;
    flip_in_small("key", FLIPS, 0.5);
}

static void flips_in_the_journal(void **state)
{
    (void)state;
    flip_in("data/journal/data.mdb", false, FLIPS);
}

static void flips_in_the_lookups(void **state)
{
    (void)state;
    char file[64];
    snprintf(file, sizeof file, "data/lookups-%d/data.mdb", (int)LOOKUPS_FORMAT);
    flip_in(file, true, FLIPS);
}

static void flips_in_the_annex(void **state)
{
    (void)state;
    flip_in("data/annex/data.mdb", false, FLIPS / 2);
}

static int setup(void **state)
{
    (void)state;
    struct asker asker = {.is_first = true};
    char sentence[240];
    dice_init(&dice, dice_seed());
    drill_open(&drill);
    evening = disk_read(drill.desk.dir.path);
    assert_int_equal(ledger_open(&drill.desk.options, NULL, NULL, sentence, &drill.desk.ledger),
                     CUSTODY_OK);
    ask_everything(&asker);
    assert_false(asker.has_errors);
    ledger_close(drill.desk.ledger);
    drill.desk.ledger = NULL;
    disk_write(evening, drill.desk.dir.path);
    assert_int_equal(start(), SERVED);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disk_free(evening);
    drill_close(&drill);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips_in_the_journal),  cmocka_unit_test(flips_in_the_lookups),
        cmocka_unit_test(flips_in_the_annex),    cmocka_unit_test(flips_in_the_checkpoint_file),
        cmocka_unit_test(flips_in_the_key_file),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
