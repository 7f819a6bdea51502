/* test_convergence.c: thousands of random histories of bags, through journal and look-ups, against a small model written from
 * DESIGN 5 that shares nothing with the fold: state, holder, age, and the open findings of a core set of rules.
 *
 * A world is one ledger: two generators, a carrier with two devices, a plant, each device with a chain of its own that is
 * delivered late and in pieces; clocks that are proved wrong, forked slots, a device that is revoked, statements of it that
 * come after and may be confirmed, loads by who has no standing, countersignatures before what they sign. Every world is
 * delivered in two orders; both must give what the model says, the same words to people, and look-ups that a rebuild
 * from the journal equals. A failing world is made small, statement by statement, and printed with its seed.
 *
 * CONVERGENCE=n: so many worlds (`make check-convergence`); SEED=n: the worlds of that run again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/rule.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"
#include "tests/lib/dice.h"

enum { WORLDS = 3, BAGS = 80, SAID_MAX = 1600, TEXT_MAX = 4096, ORDERS = 2 };

/* ---- what is said ------------------------------------------------------------------------------ */

enum doing { PACK, STORE, LOAD, ACCEPT, REJECT, MISS, FEED, ACTS, SIGN = ACTS };
static const char *const act_names[] = {"pack",   "store", "load", "accept",
                                        "reject", "miss",  "feed", "countersign"};
/* The carrier's second device is the one that is lost and revoked. */
enum device { NURSE, DOCTOR, DRIVER, DRIVER2, GATE, DEVICES };
static const enum desk_actor actors[DEVICES] = {DESK_NURSE, DESK_DOCTOR, DESK_DRIVER, DESK_STRANGER,
                                                DESK_GATE};
static const char *const device_names[DEVICES] = {"nurse", "doctor", "driver", "driver2", "gate"};
enum actor { NOBODY, HOSPITAL, CLINIC, CARRIER, PLANT, PARTIES };
static const enum actor party_of[DEVICES] = {HOSPITAL, CLINIC, CARRIER, CARRIER, PLANT};
static const char *const party_names[PARTIES] = {"", DESK_HOSPITAL, DESK_CLINIC, DESK_CARRIER,
                                                 DESK_PLANT};

struct said {
    enum device device;
    enum doing act;
    unsigned bag;
    bool by_manifest; /* names the generator's manifest */
    bool is_late;     /* delivered after the revocation */
    bool is_fork;     /* takes the slot of the device's statement before */
    bool clock_is_wrong;
    bool is_gone;   /* taken out by shrinking */
    int16_t minute; /* when it happened */
    int16_t target; /* countersign: index of what it signs */
};

struct world {
    uint64_t seed; /* of the order of delivery */
    size_t count;
    struct said said[SAID_MAX];
};

/* Bags with an even number are the hospital's. */
static enum actor generator_of(unsigned bag)
{
    return bag % 2 == 0 ? HOSPITAL : CLINIC;
}

/* ---- the model: DESIGN 5, said in other words --------------------------------------------------- */

/* none, packed, stored, in transit, received, rejected, fed */
enum state { N, P, S, T, R, J, F, STATES };
static const char *const state_names[STATES] = {"unknown",  "packed",   "stored", "in transit",
                                                "received", "rejected", "fed"};
/* The holder; named by the manifest; countersigned by the holder; anybody fit while nobody holds it; none of these. */
enum why { HOLDS, NAMED, SIGNED, FREE, NONE };
/* A letter: moves there. '.' has no standing, '=' says nothing new, '-' has effect without moving it, '+' begins anew. */
static const char *const moves[STATES][ACTS] = {
    /*      pack     store    load     accept   reject   miss     feed */
    [N] = {"...P.", "...S.", ".T.T.", ".R.R.", ".J.J.", ".-...", "...F."},
    [P] = {"=.==.", "S.S..", "TTT..", "RRR..", "JJJ..", "---..", "F.F.."},
    [S] = {"=.==.", "-.-..", "TTT..", "RRR..", "JJJ..", "---..", "F.F.."},
    [T] = {"=.==.", "-.-..", "=TT..", "RRR..", "JJJ..", "---..", "..F.."},
    [R] = {"=.==.", "-.-..", "TTT..", "=RR..", "JJJ..", "---..", "F.F.."},
    [J] = {"=.==.", "-.SS.", "TTTT.", "RRRR.", "====.", "---..", "..F.."},
    [F] = {"+..+.", ".....", ".....", "=....", ".....", ".....", "=...."},
};
static const enum state states_by_letter[128] = {
    ['P'] = P, ['S'] = S, ['T'] = T, ['R'] = R, ['J'] = J, ['F'] = F};

/* The rules that are compared. */
enum rule_seen { NOT_PACKED, LOST_ON_WAY, EXTRA, CONTESTED, NO_MANIFEST, RULES_SEEN };
static const uint16_t rules_seen[RULES_SEEN] = {RULE_loaded_not_packed, RULE_missing_at_receipt,
                                                RULE_extra_at_receipt, RULE_contested,
                                                RULE_moved_without_manifest};

struct outcome {
    enum state state;
    enum actor holder;
    int64_t born_us;
    uint32_t findings[RULES_SEEN];
};

/* Without a manifest, and under the generator's. */
enum way { BARE, UNDER, WAYS };
enum way_state { NOT_GONE, MOVING, MISSING, TURNED_AWAY, ARRIVED, OVER };

struct fill {
    enum state state;
    enum actor holder;
    enum way way; /* that it came by last */
    int64_t born_us;
    bool is_packed, has_left, was_loaded;
    bool rests_on_nobody; /* taken while nobody held it, and its generator has not agreed */
    int present;          /* the way it is on; -1: none */
    struct {
        bool is_known, is_loaded;
        enum way_state state;
    } ways[WAYS];
};

struct event {
    const struct said *said;
    int64_t at_us;
    const uint8_t *key;
    uint64_t sequence;
    bool signed_by[PARTIES];
    bool is_held;
};

static int compare_events(const void *a, const void *b)
{
    const struct event *one = a, *other = b;
    if (one->at_us != other->at_us)
        return one->at_us < other->at_us ? -1 : 1;
    int order = memcmp(one->key, other->key, PUBLIC_KEY_SIZE);
    if (order != 0)
        return order;
    return (one->sequence > other->sequence) - (one->sequence < other->sequence);
}

static struct fill new_fill(void)
{
    return (struct fill){.state = N, .present = -1};
}

/* Does the manifest send what this party holds (or the generator's, when nobody does) with or to that party? */
static bool is_named(const struct fill *fill, const struct event *event, enum actor generator)
{
    const struct said *said = event->said;
    enum actor party = party_of[said->device];
    if (!said->by_manifest)
        return false;
    bool is_theirs = fill->holder == NOBODY || fill->holder == generator;
    if (said->act == LOAD)
        return is_theirs && party == CARRIER;
    if (said->act != ACCEPT && said->act != REJECT && said->act != MISS)
        return false;
    bool came_by_it = (fill->state == T || fill->state == J) && fill->way == UNDER;
    return (is_theirs || came_by_it) && party == PLANT;
}

static enum why why_of(const struct fill *fill, const struct event *event, enum actor generator)
{
    enum doing act = event->said->act;
    enum actor party = party_of[event->said->device];
    if (act == FEED && party != PLANT)
        return NONE;
    if (act == PACK && party == generator)
        return fill->holder == party ? HOLDS : FREE;
    if (act != PACK && fill->holder == party)
        return HOLDS;
    if (is_named(fill, event, generator))
        return NAMED;
    if (fill->holder != NOBODY && fill->holder != party && event->signed_by[fill->holder])
        return SIGNED;
    if (fill->holder != NOBODY || act == PACK)
        return NONE;
    bool is_fit = event->signed_by[generator];
    is_fit |= act == STORE && party == generator;
    is_fit |= act == LOAD && party == CARRIER;
    is_fit |= (act == ACCEPT || act == REJECT || act == MISS || act == FEED) && party == PLANT;
    return is_fit ? FREE : NONE;
}

static void turn_up(struct fill *fill)
{
    for (int way = 0; way < WAYS; way++)
        if (fill->ways[way].state == MISSING)
            fill->ways[way].state = OVER;
}

/* The way that a receipt speaks of: the present one, unless it names another. */
static int way_of_receipt(const struct fill *fill, enum way named)
{
    if (fill->present >= 0 && fill->ways[fill->present].state != OVER &&
        (named == BARE || fill->present == (int)named))
        return fill->present;
    return fill->ways[named].is_known ? (int)named : -1;
}

static void be_born(struct fill *fill, int64_t at_us)
{
    if (fill->born_us == 0 || at_us < fill->born_us)
        fill->born_us = at_us;
}

static void model_load(struct fill *fill, const struct event *event, struct outcome *outcome)
{
    enum way way = event->said->by_manifest ? UNDER : BARE;
    turn_up(fill);
    fill->ways[way].is_known = fill->ways[way].is_loaded = true;
    fill->ways[way].state = MOVING;
    fill->present = (int)way;
    if (way == UNDER && fill->ways[BARE].is_known)
        fill->ways[BARE].state = OVER;
    fill->was_loaded = fill->has_left = true;
    fill->holder = party_of[event->said->device];
    fill->way = way;
    if (way == BARE)
        outcome->findings[NO_MANIFEST]++;
}

static void model_accept(struct fill *fill, const struct event *event, struct outcome *outcome)
{
    enum way named = event->said->by_manifest ? UNDER : BARE;
    enum actor party = party_of[event->said->device];
    int at = way_of_receipt(fill, named);
    if (at < 0 || !fill->ways[at].is_loaded)
        outcome->findings[EXTRA]++;
    int way = at >= 0 ? at : (int)named;
    bool is_carried_out = way == BARE || party == PLANT;
    turn_up(fill);
    if (is_carried_out) {
        fill->ways[way].is_known = true;
        fill->ways[way].state = ARRIVED;
        fill->present = way;
        if (way == UNDER && fill->ways[BARE].is_known)
            fill->ways[BARE].state = OVER;
    }
    fill->has_left = true;
    fill->holder = party;
    if (named == UNDER)
        fill->way = UNDER;
}

/* False when it says nothing new. */
static bool model_refuse(struct fill *fill, const struct event *event, enum way_state state)
{
    enum way named = event->said->by_manifest ? UNDER : BARE;
    if (state == TURNED_AWAY)
        turn_up(fill);
    int at = way_of_receipt(fill, named);
    if (at < 0)
        at = (int)named;
    fill->ways[at].is_known = true;
    if (state == MISSING && fill->ways[at].state == MISSING)
        return false;
    fill->ways[at].state = state;
    if (fill->present < 0)
        fill->present = at;
    if (state == TURNED_AWAY) {
        fill->has_left = true;
        if (fill->way == BARE)
            fill->way = named;
    }
    return true;
}

static void model_move(struct fill *fill,
                       const struct event *event,
                       enum state next,
                       enum actor generator,
                       struct outcome *outcome)
{
    enum actor party = party_of[event->said->device];
    switch (event->said->act) {
    case PACK:
        fill->holder = party;
        fill->is_packed = true;
        be_born(fill, event->at_us);
        break;
    case STORE:
        if (fill->state == J && next == S) {
            fill->holder = party;
            if (fill->present >= 0 && party == generator)
                fill->ways[fill->present].state = OVER;
            break;
        }
        if (!fill->has_left)
            be_born(fill, event->at_us);
        if (fill->holder == NOBODY)
            fill->holder = party;
        break;
    case LOAD:
        model_load(fill, event, outcome);
        break;
    case ACCEPT:
        model_accept(fill, event, outcome);
        break;
    case REJECT:
        model_refuse(fill, event, TURNED_AWAY);
        break;
    case MISS:
        model_refuse(fill, event, MISSING);
        break;
    case FEED:
        turn_up(fill);
        fill->has_left = true;
        fill->holder = party;
        break;
    case ACTS:
        break;
    }
    fill->state = next;
}

/* It says again what is so; but the first pack of what moved before counts, and what was missing may turn up. */
static void model_again(struct fill *fill,
                        const struct event *event,
                        enum actor generator,
                        struct outcome *outcome)
{
    enum actor party = party_of[event->said->device];
    if (event->said->act == PACK && !fill->is_packed && party == generator) {
        if (fill->holder == NOBODY)
            fill->holder = party;
        fill->is_packed = true;
        be_born(fill, event->at_us);
    } else if (event->said->act == ACCEPT && fill->state == R) {
        int at = way_of_receipt(fill, event->said->by_manifest ? UNDER : BARE);
        if (at >= 0 && fill->ways[at].state == MISSING)
            model_accept(fill, event, outcome);
    }
}

static void close_fill(const struct fill *fill, struct outcome *outcome)
{
    if (fill->was_loaded && !fill->is_packed)
        outcome->findings[NOT_PACKED]++;
    for (int way = 0; way < WAYS; way++)
        if (fill->ways[way].state == MISSING)
            outcome->findings[LOST_ON_WAY]++;
}

/* What was taken while nobody held it gives way to its generator, and to whom its manifest names. */
static bool gives_way(const struct fill *fill, const struct event *event, enum actor generator)
{
    const struct fill unheld = new_fill();
    enum doing act = event->said->act;
    if (!fill->rests_on_nobody)
        return false;
    if (act == PACK || act == STORE)
        return party_of[event->said->device] == generator;
    return (act == LOAD || act == ACCEPT) && why_of(fill, event, generator) == NONE &&
           is_named(&unheld, event, generator);
}

static bool is_same_slot(const struct event *a, const struct event *b)
{
    return a->at_us == b->at_us && a->sequence == b->sequence &&
           memcmp(a->key, b->key, PUBLIC_KEY_SIZE) == 0;
}

static struct outcome model_bag(const struct event *events, size_t count, enum actor generator)
{
    struct outcome outcome = {0};
    struct fill fill = new_fill();
    const struct event *contested = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &events[i];
        if (event->is_held)
            continue;
        if (gives_way(&fill, event, generator)) {
            close_fill(&fill, &outcome);
            fill = new_fill();
        }
        enum why why = why_of(&fill, event, generator);
        char move = moves[fill.state][event->said->act][why];
        bool agreed = party_of[event->said->device] == generator || event->signed_by[generator];
        if (move == '.') {
            /* A finding hangs on its author's key and sequence (casefile.h): a fork of one moment is one, and shows both. */
            outcome.findings[CONTESTED] += contested == NULL || !is_same_slot(contested, event);
            contested = event;
        } else if (move == '=') {
            model_again(&fill, event, generator, &outcome);
        } else {
            enum state next = move == '-'   ? fill.state
                              : move == '+' ? P
                                            : states_by_letter[(unsigned char)move];
            if (move == '+') {
                close_fill(&fill, &outcome);
                fill = new_fill();
            } else if (move != '-') {
                if (why == FREE)
                    fill.rests_on_nobody = !agreed;
                else if (why == NAMED || agreed)
                    fill.rests_on_nobody = false;
            }
            model_move(&fill, event, next, generator, &outcome);
        }
    }
    close_fill(&fill, &outcome);
    outcome.state = fill.state;
    outcome.holder = fill.holder;
    outcome.born_us = fill.born_us;
    return outcome;
}

/* ---- a world ----------------------------------------------------------------------------------- */

static struct desk desk;
static int64_t seen_us; /* of the newest head that every device has verified */
static struct digest manifests[PARTIES];

static int64_t minute_us(int minute)
{
    return DESK_DAY + minute * (DESK_HOUR / 60);
}

static int64_t effective_us(const struct said *said)
{
    return said->clock_is_wrong ? seen_us : minute_us(said->minute);
}

static bool is_late_theft(const struct said *said)
{
    return said->device == DRIVER2 && said->is_late;
}

/* The events of one bag, in order, with who signed what, as the set of all statements says. */
static size_t
gather_events(const struct world *world, unsigned bag, const uint64_t *sequences, struct event *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++) {
        const struct said *said = &world->said[i];
        if (said->is_gone || said->act == SIGN || said->bag != bag)
            continue;
        struct event *event = &ret[count++];
        *event = (struct event){.said = said,
                                .at_us = effective_us(said),
                                .key = desk.keys[actors[said->device]].public_key,
                                .sequence = sequences[i],
                                .is_held = is_late_theft(said)};
        for (size_t k = 0; k < world->count; k++) {
            const struct said *sign = &world->said[k];
            if (sign->is_gone || sign->act != SIGN || sign->target != (int16_t)i ||
                is_late_theft(sign))
                continue;
            enum actor party = party_of[sign->device];
            if (party != party_of[said->device]) {
                event->signed_by[party] = true;
                /* A counterpart confirms by name what came after the revocation. */
                if (party == generator_of(bag) || (said->by_manifest && party == PLANT))
                    event->is_held = false;
            } else if (sign->device != DRIVER2) {
                event->is_held = false; /* the party's own admin */
            }
        }
    }
    qsort(ret, count, sizeof *ret, compare_events);
    return count;
}

static char *bag_code(unsigned bag)
{
    return arena_format(desk.arena, "X%u", bag);
}

static const ProtobufCMessage *body_of(const struct said *said,
                                       struct desk_statement *const *statements)
{
    enum actor generator = generator_of(said->bag);
    const char *name = party_names[generator];
    char *code = bag_code(said->bag);
    ProtobufCBinaryData manifest = {.len = DIGEST_SIZE, .data = manifests[generator].bytes};
    switch (said->act) {
    case PACK:
        return &desk_pack(&desk, name, code, 2000)->base;
    case STORE: {
        Custody__V1__StoreBody *body = arena_alloc(desk.arena, sizeof *body);
        char **codes = arena_alloc(desk.arena, sizeof *codes);
        custody__v1__store_body__init(body);
        codes[0] = code;
        body->generator = (char *)name;
        body->n_containers = 1;
        body->containers = codes;
        return &body->base;
    }
    case LOAD: {
        Custody__V1__LoadBody *body = desk_load(&desk, NULL, NULL, name, code);
        if (said->by_manifest)
            body->manifest = manifest;
        return &body->base;
    }
    case ACCEPT:
    case REJECT:
    case MISS: {
        static const Custody__V1__Verdict verdicts[] = {
            [ACCEPT] = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED,
            [REJECT] = CUSTODY__V1__VERDICT__VERDICT_REJECTED,
            [MISS] = CUSTODY__V1__VERDICT__VERDICT_MISSING};
        Custody__V1__ReceiveBody *body =
            desk_receive(&desk, NULL, NULL, name, code, verdicts[said->act], 0);
        if (said->by_manifest)
            body->manifest = manifest;
        return &body->base;
    }
    case FEED: {
        Custody__V1__FeedBody *body = arena_alloc(desk.arena, sizeof *body);
        char **codes = arena_alloc(desk.arena, sizeof *codes);
        custody__v1__feed_body__init(body);
        codes[0] = code;
        body->batch = (char *)"F1";
        body->generator = (char *)name;
        body->n_containers = 1;
        body->containers = codes;
        return &body->base;
    }
    case ACTS: {
        Custody__V1__CountersignBody *body = arena_alloc(desk.arena, sizeof *body);
        custody__v1__countersign_body__init(body);
        body->target = desk_name(&desk, statements[said->target]);
        return &body->base;
    }
    }
    return NULL;
}

/* The second device of the carrier; its manifests; and a head that every device has seen. */
static void set_stage(void)
{
    struct checkpoint head;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_DRIVER};
    body.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk.keys[DESK_STRANGER].public_key};
    body.party = (char *)DESK_CARRIER;
    body.n_roles = 1;
    body.roles = roles;
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
    manifests[HOSPITAL] = desk_issue(&desk, DESK_NURSE, DESK_HOSPITAL)->statement.id;
    desk.now_us += DESK_HOUR;
    manifests[CLINIC] = desk_issue(&desk, DESK_DOCTOR, DESK_CLINIC)->statement.id;
    seen_us = desk.now_us;
    size_t len = ledger_head(desk.ledger, note, NULL);
    assert_true(checkpoint_parse(span_of(note, len), &head));
    for (int device = 0; device < DEVICES; device++)
        desk_see(&desk, actors[device], &head);
    desk.now_us = DESK_DAY + 150 * DESK_HOUR;
}

static void
sign_all(const struct world *world, struct desk_statement **ret, uint64_t *ret_sequences)
{
    for (size_t i = 0; i < world->count; i++) {
        const struct said *said = &world->said[i];
        struct desk_key *key = &desk.keys[actors[said->device]];
        struct digest previous = key->previous;
        ret[i] = NULL;
        if (said->is_gone)
            continue;
        bool is_fork = said->is_fork && key->sequence > 3;
        if (is_fork)
            key->sequence--;
        int64_t signed_us = said->clock_is_wrong ? seen_us - DESK_HOUR : desk.now_us;
        ret[i] = desk_sign_at(&desk, actors[said->device], body_of(said, ret),
                              minute_us(said->minute), signed_us);
        ret_sequences[i] = key->sequence;
        if (is_fork)
            key->previous = previous;
    }
}

/* Device after device in pieces, pieces in any order; within a device mostly, but not always, in the order of its chain. */
static size_t draw_order(const struct world *world, struct dice *dice, bool is_late, size_t *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++)
        if (!world->said[i].is_gone && world->said[i].is_late == is_late)
            ret[count++] = i;
    if (dice_chance(dice, 50)) {
        dice_shuffle(dice, ret, count, sizeof *ret);
        return count;
    }
    size_t sorted[SAID_MAX] = {0}, at = 0;
    uint8_t order[DEVICES] = {0, 1, 2, 3, 4};
    dice_shuffle(dice, order, DEVICES, sizeof *order);
    for (int device = 0; device < DEVICES; device++)
        for (size_t i = 0; i < count; i++)
            if (world->said[ret[i]].device == order[device])
                sorted[at++] = ret[i];
    for (size_t i = 0; i + 1 < count; i++)
        if (dice_chance(dice, 20)) {
            size_t other = i + dice_below(dice, count - i), swapped = sorted[i];
            sorted[i] = sorted[other];
            sorted[other] = swapped;
        }
    memcpy(ret, sorted, count * sizeof *ret);
    return count;
}

static void deliver(struct dice *dice,
                    struct desk_statement *const *statements,
                    const size_t *order,
                    size_t count)
{
    for (size_t done = 0; done < count;) {
        struct desk_statement *batch[32];
        size_t size = 1 + dice_below(dice, 31);
        for (size_t i = 0; i < size && done + i < count; i++)
            batch[i] = statements[order[done + i]];
        if (done + size > count)
            size = count - done;
        desk_submit_all(&desk, batch, size, NULL, NULL);
        done += size;
    }
}

static void revoke_lost_device(void)
{
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk.keys[DESK_STRANGER].public_key};
    desk_do(&desk, DESK_REGULATOR, &body.base, desk.now_us, CUSTODY_OUTCOME_granted);
}

/* ---- comparing --------------------------------------------------------------------------------- */

static void add_text(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_text(char *text, const char *format, ...)
{
    size_t len = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + len, TEXT_MAX - len, format, arguments);
    va_end(arguments);
}

static const Custody__V1__ContainerTrace *trace_bag(unsigned bag)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    name.generator = (char *)party_names[generator_of(bag)];
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = bag_code(bag);
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    const Custody__V1__TraceReply *reply =
        desk_ask(&desk, DESK_REGULATOR, ENVELOPE_TRACE, &request.base,
                 &custody__v1__trace_reply__descriptor, NULL);
    return reply == NULL || reply->n_containers != 1 ? NULL : reply->containers[0];
}

static void describe(char *text, const struct outcome *outcome)
{
    add_text(text, "%s by %s born %lld;", state_names[outcome->state],
             outcome->holder == NOBODY ? "nobody" : party_names[outcome->holder],
             (long long)outcome->born_us);
    for (int rule = 0; rule < RULES_SEEN; rule++)
        add_text(text, " %s %u", rule_find(rules_seen[rule])->name, outcome->findings[rule]);
    add_text(text, "\n");
}

/* What the ledger tells, in the model's words. */
static struct outcome outcome_of(const Custody__V1__ContainerTrace *trace)
{
    struct outcome outcome = {.state = STATES, .holder = PARTIES, .born_us = trace->born_at};
    for (int state = 0; state < STATES; state++)
        if (strcmp(trace->state, state_names[state]) == 0)
            outcome.state = (enum state)state;
    for (int party = 0; party < PARTIES; party++)
        if (strcmp(trace->holder, party_names[party]) == 0)
            outcome.holder = (enum actor)party;
    for (size_t i = 0; i < trace->n_findings; i++)
        for (int rule = 0; rule < RULES_SEEN; rule++)
            outcome.findings[rule] += trace->findings[i]->rule == rules_seen[rule];
    return outcome;
}

/* How often each came out, so that a run that never saw one of them is seen. */
static uint32_t states_seen[STATES], findings_seen[RULES_SEEN];

static void count_outcome(const struct outcome *outcome)
{
    states_seen[outcome->state]++;
    for (int rule = 0; rule < RULES_SEEN; rule++)
        findings_seen[rule] += outcome->findings[rule];
}

/* Empty when all is as the model says. */
static void check_bags(const struct world *world, const uint64_t *sequences, char *ret)
{
    static struct event events[SAID_MAX];
    for (unsigned bag = 0; bag < BAGS && ret[0] == 0; bag++) {
        size_t count = gather_events(world, bag, sequences, events);
        const Custody__V1__ContainerTrace *trace = trace_bag(bag);
        if (count == 0 || trace == NULL)
            continue;
        struct outcome expected = model_bag(events, count, generator_of(bag));
        struct outcome got = outcome_of(trace);
        count_outcome(&expected);
        if (got.state == expected.state && got.holder == expected.holder &&
            got.born_us == expected.born_us &&
            memcmp(got.findings, expected.findings, sizeof got.findings) == 0)
            continue;
        add_text(ret, "bag %u: the ledger says: ", bag);
        if (got.state == STATES || got.holder == PARTIES)
            add_text(ret, "%s by %s\n", trace->state, trace->holder);
        else
            describe(ret, &got);
        add_text(ret, "  the model says: ");
        describe(ret, &expected);
    }
}

/* All that people are told, to compare the two orders. */
static char *tell_all(char *before, char *ret)
{
    char *text = (char *)"";
    for (unsigned bag = 0; bag < BAGS; bag++)
        text = arena_format(
            desk.arena, "%s%u: %s", text, bag,
            desk_render_container(&desk, party_names[generator_of(bag)], bag_code(bag)));
    if (before != NULL && strcmp(before, text) != 0 && ret[0] == 0) {
        size_t at = 0;
        while (before[at] != 0 && before[at] == text[at])
            at++;
        while (at > 0 && text[at - 1] != '\n')
            at--;
        add_text(ret, "two orders of arrival differ:\n  %.300s\n  %.300s\n", before + at,
                 text + at);
    }
    return strdup(text);
}

static void check_rebuild(char *ret)
{
    struct replay_audit audit;
    char sentence[240];
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    enum custody_status status =
        replay_audit(&desk.options, false, 2, NULL, NULL, &audit, sentence);
    if (ret[0] == 0 &&
        (status != CUSTODY_OK || !audit.journal.is_sound || !audit.lookups_are_sound))
        add_text(ret, "the rebuild differs: %s; %s; %s\n", sentence, audit.journal.sentence,
                 audit.lookups_sentence);
}

/* `ret` is empty when the world is as it should be. */
static void run_world(const struct world *world, char ret[static TEXT_MAX])
{
    static struct desk_statement *statements[SAID_MAX];
    static uint64_t sequences[SAID_MAX];
    static size_t order[SAID_MAX];
    char *told = NULL;
    struct dice dice;
    ret[0] = 0;
    dice_init(&dice, world->seed);
    for (int round = 0; round < ORDERS && ret[0] == 0; round++) {
        desk_open(&desk, false);
        set_stage();
        sign_all(world, statements, sequences);
        deliver(&dice, statements, order, draw_order(world, &dice, false, order));
        revoke_lost_device();
        deliver(&dice, statements, order, draw_order(world, &dice, true, order));
        check_bags(world, sequences, ret);
        char *text = tell_all(told, ret);
        free(told);
        told = text;
        check_rebuild(ret);
        desk_close(&desk);
    }
    free(told);
}

/* ---- chance, and making small ------------------------------------------------------------------ */

/* Mostly what happens, with what should not. */
static void draw_bag(struct dice *dice, struct world *world, unsigned bag)
{
    static const struct {
        enum doing act;
        int minute;
        unsigned percent;
    } day[] = {{PACK, 100, 85},   {STORE, 160, 50}, {LOAD, 400, 85}, {ACCEPT, 700, 70},
               {REJECT, 720, 15}, {MISS, 710, 15},  {LOAD, 800, 15}, {ACCEPT, 900, 20},
               {FEED, 1400, 60},  {PACK, 2000, 10}, {LOAD, 2100, 10}};
    const enum device own = generator_of(bag) == HOSPITAL ? NURSE : DOCTOR;
    size_t first = world->count;
    for (size_t i = 0; i < sizeof day / sizeof day[0]; i++) {
        if (!dice_chance(dice, day[i].percent) || world->count + 4 > SAID_MAX)
            continue;
        struct said *said = &world->said[world->count++];
        bool is_ours = day[i].act == PACK || day[i].act == STORE;
        enum device usual = is_ours                 ? own
                            : day[i].act != LOAD    ? GATE
                            : dice_chance(dice, 50) ? DRIVER
                                                    : DRIVER2;
        *said = (struct said){
            .device = dice_chance(dice, 88) ? usual : (enum device)dice_below(dice, DEVICES),
            .act = day[i].act,
            .bag = bag,
            .by_manifest = !is_ours && day[i].act != FEED && dice_chance(dice, 75),
            .is_late = dice_chance(dice, 40),
            .is_fork = dice_chance(dice, 4),
            .clock_is_wrong = dice_chance(dice, 5),
            .minute = (int16_t)(day[i].minute + (int)dice_below(dice, 120)),
        };
        /* A treatment by its generator is another matter (rule N-: sterilising on the spot). */
        if (said->act == FEED && (said->device == NURSE || said->device == DOCTOR))
            said->device = GATE;
        if (dice_chance(dice, 15))
            said->minute = (int16_t)(100 + dice_below(dice, 2400));
    }
    size_t last = world->count;
    for (size_t i = first; i < last && world->count < SAID_MAX; i++)
        if (dice_chance(dice, 30))
            world->said[world->count++] = (struct said){
                .device = dice_chance(dice, 50) ? own : (enum device)dice_below(dice, DEVICES),
                .act = SIGN,
                .bag = bag,
                .is_late = dice_chance(dice, 50),
                .minute = (int16_t)(world->said[i].minute + 10),
                .target = (int16_t)i};
}

static void draw_world(struct dice *dice, struct world *ret)
{
    *ret = (struct world){.seed = dice_throw(dice)};
    for (unsigned bag = 0; bag < BAGS; bag++)
        draw_bag(dice, ret, bag);
}

/* What signs something that is not there is taken out with it. False when all of it is gone already. */
static bool take_out(struct world *world, size_t from, size_t count)
{
    bool is_any = false;
    for (size_t i = from; i < from + count && i < world->count; i++) {
        is_any |= !world->said[i].is_gone;
        world->said[i].is_gone = true;
    }
    for (size_t i = 0; i < world->count; i++)
        if (world->said[i].act == SIGN && world->said[world->said[i].target].is_gone)
            world->said[i].is_gone = true;
    return is_any;
}

/* Take out as much as can be, in ever smaller pieces, as long as it still fails. */
static void shrink(struct world *world, char text[static TEXT_MAX])
{
    static struct world smaller;
    char said[TEXT_MAX];
    for (size_t piece = world->count / 2; piece >= 1; piece /= 2) {
        for (size_t from = 0; from < world->count; from += piece) {
            smaller = *world;
            if (!take_out(&smaller, from, piece))
                continue;
            run_world(&smaller, said);
            if (said[0] != 0) {
                *world = smaller;
                memcpy(text, said, sizeof said);
            }
        }
    }
}

static void print_world(const struct world *world)
{
    for (size_t i = 0; i < world->count; i++) {
        const struct said *said = &world->said[i];
        if (said->is_gone)
            continue;
        print_message("  %zu: %s %s bag %u", i, device_names[said->device], act_names[said->act],
                      said->bag);
        if (said->act == SIGN)
            print_message(" statement %d", said->target);
        print_message(" minute %d%s%s%s%s\n", said->minute,
                      said->by_manifest ? ", by the manifest" : "",
                      said->clock_is_wrong ? ", clock wrong" : "",
                      said->is_fork ? ", in the slot before" : "",
                      said->is_late ? ", delivered after the revocation" : "");
    }
}

static void random_worlds_come_out_as_the_model_says(void **state)
{
    (void)state;
    static struct world world;
    const char *asked = getenv("CONVERGENCE");
    unsigned long worlds = asked == NULL || asked[0] == 0 ? WORLDS : strtoul(asked, NULL, 10);
    struct dice dice;
    size_t statements = 0;
    char text[TEXT_MAX];
    dice_init(&dice, dice_seed());
    for (unsigned long i = 0; i < worlds; i++) {
        draw_world(&dice, &world);
        statements += world.count;
        run_world(&world, text);
        if (text[0] == 0)
            continue;
        print_message("world %lu of seed %llu fails: %s", i, (unsigned long long)dice_seed(), text);
        shrink(&world, text);
        print_message("the least that still fails:\n");
        print_world(&world);
        print_message("%s", text);
        fail();
    }
    for (int state_at = P; state_at < STATES; state_at++)
        assert_true(states_seen[state_at] > 0);
    for (int rule = 0; rule < RULES_SEEN; rule++)
        assert_true(findings_seen[rule] > 0);
    print_message("%lu worlds, %lu histories, %zu statements, each in %d orders\n", worlds,
                  worlds * BAGS, statements, ORDERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_worlds_come_out_as_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
