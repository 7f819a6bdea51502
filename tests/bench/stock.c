/* stock.c: pack twenty bags one by one, load, receive and feed them together; again and again.
 * Never waits: the clock of the ledger is its own. */
#include "tests/bench/stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lib/die.h"

enum { TRIP = 50, SHIPMENT_S = 20 };

#define MAP_SIZE (UINT64_C(32) << 30)

static void submit_all(struct stock *stock, struct desk_statement **statements, size_t count)
{
    struct submission submissions[STOCK_SHIPMENT], *list[STOCK_SHIPMENT];
    for (size_t i = 0; i < count; i++) {
        const struct statement *statement = &statements[i]->statement;
        submissions[i] = (struct submission){.statement = statement, .arena = stock->desk.arena};
        list[i] = &submissions[i];
        stock->signed_bytes += SIGNATURE_SIZE + statement->bytes.len;
    }
    stock->statements += count;
    stock->desk.now_us += 100000;
    if (submit_batch(stock->desk.ledger, list, count, stock->desk.now_us) != CUSTODY_OK)
        die("a batch failed");
    for (size_t i = 0; i < count; i++)
        if (submissions[i].outcome != 0)
            die("a statement was not taken");
    submit_rest(stock->desk.ledger, false);
}

static struct desk_statement *
say(struct stock *stock, enum desk_actor actor, const ProtobufCMessage *body)
{
    struct desk_statement *said = desk_sign(&stock->desk, actor, body, stock->desk.now_us);
    submit_all(stock, &said, 1);
    return said;
}

static void pack(struct stock *stock)
{
    struct desk_statement *packs[STOCK_SHIPMENT];
    for (unsigned i = 0; i < STOCK_SHIPMENT; i++) {
        snprintf(stock->codes[i], STOCK_CODE_MAX, "S-%09" PRIu64, stock->containers++);
        packs[i] = desk_sign(&stock->desk, DESK_NURSE,
                             &desk_pack(&stock->desk, DESK_HOSPITAL, stock->codes[i], 5000)->base,
                             stock->desk.now_us);
    }
    submit_all(stock, packs, STOCK_SHIPMENT);
}

static void issue(struct stock *stock)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    body.plan = desk_plan(&stock->desk, DESK_HOSPITAL, DESK_PLANT);
    const struct desk_statement *manifest = say(stock, DESK_NURSE, &body.base);
    memcpy(stock->manifest, manifest->statement.id.bytes, DIGEST_SIZE);
}

static void ship(struct stock *stock)
{
    Custody__V1__LoadBody load = CUSTODY__V1__LOAD_BODY__INIT;
    Custody__V1__ReceiveBody receive = CUSTODY__V1__RECEIVE_BODY__INIT;
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    Custody__V1__MovedContainer moved[STOCK_SHIPMENT], *list[STOCK_SHIPMENT];
    const ProtobufCBinaryData trip = {.len = DIGEST_SIZE, .data = stock->trip};
    const ProtobufCBinaryData manifest = {.len = DIGEST_SIZE, .data = stock->manifest};
    char *codes[STOCK_SHIPMENT];
    char batch[32];
    for (unsigned i = 0; i < STOCK_SHIPMENT; i++) {
        custody__v1__moved_container__init(&moved[i]);
        moved[i].code = stock->codes[i];
        list[i] = &moved[i];
        codes[i] = stock->codes[i];
    }
    load.trip = receive.trip = trip;
    load.manifest = receive.manifest = manifest;
    load.generator = receive.generator = feed.generator = (char *)DESK_HOSPITAL;
    load.n_containers = feed.n_containers = STOCK_SHIPMENT;
    load.containers = list;
    say(stock, DESK_DRIVER, &load.base);
    receive.remainder = CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED;
    say(stock, DESK_GATE, &receive.base);
    snprintf(batch, sizeof batch, "B-%06" PRIu64, stock->shipments / 10);
    feed.batch = batch;
    feed.containers = codes;
    say(stock, DESK_GATE, &feed.base);
}

void stock_fill(struct stock *stock, uint64_t statements)
{
    for (uint64_t until = stock->statements + statements; stock->statements < until;) {
        if (stock->shipments % TRIP == 0) {
            const struct desk_statement *trip =
                say(stock, DESK_DRIVER, &desk_depart(&stock->desk, DESK_PLATE)->base);
            memcpy(stock->trip, trip->statement.id.bytes, DIGEST_SIZE);
        }
        stock->desk.now_us += SHIPMENT_S * INT64_C(1000000);
        pack(stock);
        issue(stock);
        ship(stock);
        stock->shipments++;
        desk_turn(&stock->desk);
        die_check();
    }
}

void stock_begin(struct stock *stock)
{
    char sentence[240];
    if (ledger_open(&stock->desk.options, NULL, NULL, sentence, &stock->desk.ledger) != CUSTODY_OK)
        die("the ledger does not open: %s", sentence);
}

void stock_end(struct stock *stock)
{
    ledger_close(stock->desk.ledger);
    stock->desk.ledger = NULL;
}

uint64_t stock_size(const struct bench *bench)
{
    const char *wanted = getenv("SIZE");
    return wanted != NULL ? strtoull(wanted, NULL, 10) : bench->is_quick ? 2000 : 100000;
}

struct stock *stock_open(void)
{
    struct stock *stock =
        mmap(NULL, sizeof *stock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stock == MAP_FAILED)
        die("out of memory");
    struct desk *desk = &stock->desk;
    desk_open_sized(desk, false, MAP_SIZE);
    author_init(&stock->asker, "ledger.example/desk");
    memcpy(desk->keys[DESK_STRANGER].curve_key, stock->asker.curve_public, AUTHOR_CURVE_SIZE);
    desk_enrol(desk, DESK_STRANGER, DESK_BUREAU, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    desk_turn(desk);
    stock_end(stock);
    return stock;
}

void stock_close(struct stock *stock)
{
    desk_close(&stock->desk);
    munmap(stock, sizeof *stock);
}
