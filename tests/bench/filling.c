/* filling.c: a hospital's waste, bag by bag and shipment by shipment, until there is much.
 * Never measures. */
#include "tests/bench/filling.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/die.h"

enum {
    SHIPMENT = FILLING_SHIPMENT,
    SHIPMENT_ENTRIES = SHIPMENT + 5, /* packs; manifest, load, receipt, confirmation, feeding */
    TRIP = 50,                       /* shipments that one trip takes */
    DAYS = 300,                      /* that the whole may last: within the plant's permit */
    SPACING_MINUTES_MAX = 45,
    SHOWN_EVERY = 20,      /* shipments */
    ENTRY_ROOM = 6 * 1024, /* of address space, for each environment */
};

void filling_code(uint64_t bag, char ret[static FILLING_CODE_MAX])
{
    snprintf(ret, FILLING_CODE_MAX, "G-%09" PRIu64, bag);
}

uint64_t filling_open_bags(const struct filling *filling)
{
    return (filling->shipments + FILLING_OPEN_EVERY - 1) / FILLING_OPEN_EVERY * SHIPMENT;
}

void filling_count(struct filling *filling)
{
    uint8_t head[CHECKPOINT_SIZE_MAX];
    ledger_head(filling->desk.ledger, head, &filling->entries);
}

static void *room(struct filling *filling, size_t len)
{
    void *memory = arena_alloc(filling->desk.arena, len);
    if (memory == NULL)
        die("out of memory");
    return memory;
}

static ProtobufCBinaryData id_of(const uint8_t *id)
{
    return (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = (uint8_t *)id};
}

static const struct desk_statement *
say(struct filling *filling, enum desk_actor actor, const ProtobufCMessage *body)
{
    filling->desk.now_us += 1000000;
    return desk_do(&filling->desk, actor, body, filling->desk.now_us, CUSTODY_OUTCOME_recorded);
}

void filling_depart(struct filling *filling)
{
    const struct desk_statement *trip =
        say(filling, DESK_DRIVER, &desk_depart(&filling->desk, DESK_PLATE)->base);
    memcpy(filling->trip, trip->statement.id.bytes, DIGEST_SIZE);
}

void filling_issue(struct filling *filling)
{
    filling->desk.now_us += 1000000;
    const struct desk_statement *manifest = desk_issue(&filling->desk, DESK_NURSE, DESK_HOSPITAL);
    memcpy(filling->manifest, manifest->statement.id.bytes, DIGEST_SIZE);
}

/* Each bag by itself, as a ward does; all in one batch, as many wards do. */
static void pack_shipment(struct filling *filling)
{
    struct desk *desk = &filling->desk;
    struct submission *submissions = room(filling, SHIPMENT * sizeof *submissions);
    struct submission *list[SHIPMENT];
    desk->now_us += 1000000;
    for (unsigned i = 0; i < SHIPMENT; i++) {
        filling_code(filling->bags++, filling->codes[i]);
        const struct desk_statement *pack =
            desk_sign(desk, DESK_NURSE,
                      &desk_pack(desk, DESK_HOSPITAL, filling->codes[i], 5000)->base, desk->now_us);
        submissions[i] = (struct submission){.statement = &pack->statement, .arena = desk->arena};
        list[i] = &submissions[i];
    }
    if (submit_batch(desk->ledger, list, SHIPMENT, desk->now_us) != CUSTODY_OK)
        die("a batch failed");
    for (unsigned i = 0; i < SHIPMENT; i++)
        if (submissions[i].outcome != 0)
            die("a statement was not taken");
}

static void load_shipment(struct filling *filling)
{
    Custody__V1__LoadBody body = CUSTODY__V1__LOAD_BODY__INIT;
    Custody__V1__MovedContainer moved[SHIPMENT], *list[SHIPMENT];
    for (unsigned i = 0; i < SHIPMENT; i++) {
        custody__v1__moved_container__init(&moved[i]);
        moved[i].code = filling->codes[i];
        list[i] = &moved[i];
    }
    body.trip = id_of(filling->trip);
    body.manifest = id_of(filling->manifest);
    body.generator = (char *)DESK_HOSPITAL;
    body.n_containers = SHIPMENT;
    body.containers = list;
    say(filling, DESK_DRIVER, &body.base);
}

static void feed_shipment(struct filling *filling)
{
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    char *codes[SHIPMENT];
    char batch[32];
    for (unsigned i = 0; i < SHIPMENT; i++)
        codes[i] = filling->codes[i];
    snprintf(batch, sizeof batch, "B-%06" PRIu64, filling->shipments / 10);
    feed.batch = batch;
    feed.generator = (char *)DESK_HOSPITAL;
    feed.n_containers = SHIPMENT;
    feed.containers = codes;
    say(filling, DESK_GATE, &feed.base);
}

static void treat_shipment(struct filling *filling)
{
    Custody__V1__ReceiveBody receive = CUSTODY__V1__RECEIVE_BODY__INIT;
    Custody__V1__ConfirmReceiptBody confirm = CUSTODY__V1__CONFIRM_RECEIPT_BODY__INIT;
    Custody__V1__ConfirmedLine line = CUSTODY__V1__CONFIRMED_LINE__INIT, *lines[] = {&line};
    receive.trip = id_of(filling->trip);
    receive.manifest = id_of(filling->manifest);
    receive.generator = (char *)DESK_HOSPITAL;
    receive.remainder = CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED;
    say(filling, DESK_GATE, &receive.base);
    line.line = 1;
    line.accepted_mass_g = SHIPMENT * 5000;
    line.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    confirm.manifest = id_of(filling->manifest);
    confirm.n_lines = 1;
    confirm.lines = lines;
    confirm.method = (char *)"Y10";
    say(filling, DESK_GATE, &confirm.base);
    feed_shipment(filling);
}

static void show(uint64_t done, uint64_t wanted)
{
    if (isatty(STDERR_FILENO) != 1)
        return;
    fprintf(stderr, "\r\x1b[K");
    if (done < wanted)
        fprintf(stderr, "filling: %" PRIu64 " of %" PRIu64 " entries", done, wanted);
}

void filling_grow(struct filling *filling, uint64_t entries)
{
    while (filling->entries < entries) {
        die_check();
        if (filling->shipments % SHOWN_EVERY == 0)
            show(filling->entries, entries);
        if (filling->shipments % TRIP == 0)
            filling_depart(filling);
        filling->desk.now_us += filling->spacing_us;
        filling_issue(filling);
        pack_shipment(filling);
        load_shipment(filling);
        if (filling->shipments++ % FILLING_OPEN_EVERY != 0)
            treat_shipment(filling);
        submit_rest(filling->desk.ledger, false);
        desk_turn(&filling->desk);
        filling_count(filling);
    }
    show(entries, entries);
    desk_flush(&filling->desk);
}

/* A device of the party's, whose connection has a real pair of keys. */
static void
enrol(struct filling *filling, enum filling_asker asker, const char *party, Custody__V1__Role role)
{
    struct author *author = &filling->askers[asker];
    struct desk_key *key = &filling->desk.keys[DESK_STRANGER];
    author_init(author, "");
    *key = (struct desk_key){0};
    memcpy(key->public_key, author->public_key, sizeof key->public_key);
    memcpy(key->secret_key, author->secret_key, sizeof key->secret_key);
    memcpy(key->curve_key, author->curve_public, sizeof key->curve_key);
    desk_enrol(&filling->desk, DESK_STRANGER, party, role);
}

void filling_open(uint64_t most_entries, struct filling *ret)
{
    int64_t shipments = (int64_t)(most_entries / SHIPMENT_ENTRIES) + 1;
    int64_t spacing_us = DAYS * 24 * DESK_HOUR / shipments;
    memset(ret, 0, sizeof *ret);
    ret->spacing_us = spacing_us < SPACING_MINUTES_MAX * DESK_HOUR / 60
                          ? spacing_us
                          : SPACING_MINUTES_MAX * DESK_HOUR / 60;
    desk_open_sized(&ret->desk, false, (UINT64_C(1) << 30) + most_entries * ENTRY_ROOM);
    enrol(ret, FILLING_HOSPITAL, DESK_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    enrol(ret, FILLING_BUREAU, DESK_BUREAU, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    desk_turn(&ret->desk);
    filling_count(ret);
}

void filling_close(struct filling *filling)
{
    desk_close(&filling->desk);
}
