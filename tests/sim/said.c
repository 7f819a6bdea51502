/* said.c: a list of statements, and texts made from it.
 * Never forgets one. */
#include "tests/sim/said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "tests/lib/desk.h"
#include "tests/lib/die.h"
#include "tests/sim/witness.h"

enum { HEX_MAX = 2 * DIGEST_SIZE + 1, NAME_TEXT_MAX = 2 * HEX_MAX + 24, FIGURES_MAX = 512 };

static struct {
    struct said said[HISTORY_STEPS_MAX];
    size_t count;
    struct home_keys keys[HISTORY_DEVICES];
    bool is_revoked[HISTORY_DEVICES];
    struct {
        enum history_doing doing;
        enum history_device device;
        uint64_t as_of;
        struct digest figures;
    } figures[FIGURES_MAX];
    size_t figure_count;
} all;

static const struct said *draw_target(const struct history_step *step);
static bool names_bag(const struct history_step *step);

/* ---- what was said ---- */

void said_add(const struct history_step *step,
              uint64_t sequence,
              struct span statement,
              const uint8_t signature[static SIGNATURE_SIZE])
{
    uint8_t *copy = malloc(SIGNATURE_SIZE + statement.len);
    if (copy == NULL || all.count == HISTORY_STEPS_MAX)
        die("too much is said");
    memcpy(copy, signature, SIGNATURE_SIZE);
    memcpy(copy + SIGNATURE_SIZE, statement.data, statement.len);
    const struct said *target = draw_target(step);
    struct said *said = &all.said[all.count++];
    *said = (struct said){.device = step->device,
                          .doing = step->doing,
                          .bag = step->bag,
                          .names_bag = names_bag(step),
                          .sequence = sequence,
                          .id = digest_sha256(statement),
                          .submission = span_of(copy, SIGNATURE_SIZE + statement.len),
                          .entry = WITNESS_UNKNOWN};
    memcpy(said->key, all.keys[step->device].key, PUBLIC_KEY_SIZE);
    if (target != NULL)
        said->target = target->id;
    if (step->doing == HISTORY_REVOKE)
        all.is_revoked[step->number] = true;
}

void said_receive(const struct digest *id, uint64_t entry)
{
    for (size_t i = 0; i < all.count; i++)
        if (digest_is_equal(&all.said[i].id, id))
            all.said[i].entry = entry;
}

size_t said_count(void)
{
    return all.count;
}

const struct said *said_at(size_t index)
{
    return &all.said[index];
}

bool said_is_revoked(enum history_device device)
{
    return all.is_revoked[device];
}

/* The newcomer for good: a no from before its enrolment may still be under way after it. */
bool said_is_doubtful(enum history_device device)
{
    return all.is_revoked[device] || device == NEWCOMER;
}

void said_set_keys(enum history_device device, const struct home_keys *keys)
{
    all.keys[device] = *keys;
}

static const struct said *
draw_one(bool (*fits)(const struct said *said, int device), int device, uint64_t draw)
{
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++)
        count += fits(&all.said[i], device) ? 1 : 0;
    uint64_t left = count == 0 ? 0 : draw % count;
    for (size_t i = 0; i < all.count; i++)
        if (fits(&all.said[i], device) && left-- == 0)
            return &all.said[i];
    return NULL;
}

static bool is_by_other(const struct said *said, int device)
{
    return said->device != (enum history_device)device;
}

static bool is_on_ledger(const struct said *said, int device)
{
    return said->device == (enum history_device)device && said->entry != WITNESS_UNKNOWN;
}

static bool is_own_fact(const struct said *said, int device)
{
    return said->device == (enum history_device)device && said->names_bag;
}

static bool is_handover_by_other(const struct said *said, int device)
{
    return said->device != (enum history_device)device &&
           (said->doing == HISTORY_LOAD || said->doing == HISTORY_ACCEPT ||
            said->doing == HISTORY_REJECT);
}

const struct said *said_by_others(enum history_device device, uint64_t draw)
{
    return draw_one(is_by_other, (int)device, draw);
}

const struct said *said_on_ledger(enum history_device device, uint64_t draw)
{
    return draw_one(is_on_ledger, (int)device, draw);
}

bool said_same_figures(enum history_doing doing,
                       enum history_device device,
                       uint64_t as_of,
                       const struct digest *figures)
{
    for (size_t i = 0; i < all.figure_count; i++)
        if (all.figures[i].doing == doing && all.figures[i].device == device &&
            all.figures[i].as_of == as_of)
            return digest_is_equal(&all.figures[i].figures, figures);
    if (all.figure_count == FIGURES_MAX)
        die("too many figures");
    all.figures[all.figure_count].doing = doing;
    all.figures[all.figure_count].device = device;
    all.figures[all.figure_count].as_of = as_of;
    all.figures[all.figure_count++].figures = *figures;
    return true;
}

/* ---- bodies ---- */

const char *said_generator(unsigned bag)
{
    return bag % 2 == 0 ? DESK_HOSPITAL : DESK_CLINIC;
}

const char *said_party(enum history_device device)
{
    static const char *const parties[HISTORY_DEVICES] = {
        [NURSE] = DESK_HOSPITAL,  [NURSE2] = DESK_HOSPITAL, [DOCTOR] = DESK_CLINIC,
        [DRIVER] = DESK_CARRIER,  [DRIVER2] = DESK_CARRIER, [GATE] = DESK_PLANT,
        [NEWCOMER] = DESK_CLINIC, [BUREAU] = DESK_BUREAU,
    };
    return parties[device];
}

static const char *own_generator(enum history_device device)
{
    return device == DOCTOR || device == NEWCOMER ? DESK_CLINIC : DESK_HOSPITAL;
}

/* Some loads name a box instead. */
static bool is_by_box(const struct history_step *step)
{
    return step->doing == HISTORY_LOAD && step->number % 5 == 0;
}

static bool names_bag(const struct history_step *step)
{
    return step->doing == HISTORY_PACK || step->doing == HISTORY_STORE ||
           (step->doing == HISTORY_LOAD && !is_by_box(step)) || step->doing == HISTORY_ACCEPT ||
           step->doing == HISTORY_REJECT || step->doing == HISTORY_FEED;
}

/* The newest of that kind, of a generator or anybody (NULL); as hexadecimal, empty when there is none. */
static void newest(enum history_doing doing, const char *generator, char ret[static HEX_MAX])
{
    ret[0] = 0;
    for (size_t i = 0; i < all.count; i++)
        if (all.said[i].doing == doing &&
            (generator == NULL || strcmp(own_generator(all.said[i].device), generator) == 0))
            bytes_write_hex(span_of(all.said[i].id.bytes, DIGEST_SIZE), ret);
}

static void name_of(const struct said *said, char ret[static NAME_TEXT_MAX])
{
    char key[HEX_MAX], id[HEX_MAX];
    bytes_write_hex(span_of(said->key, PUBLIC_KEY_SIZE), key);
    bytes_write_hex(span_of(said->id.bytes, DIGEST_SIZE), id);
    snprintf(ret, NAME_TEXT_MAX, "%s:%llu:%s", key, (unsigned long long)said->sequence, id);
}

/* NULL for what is about no statement, too. */
static const struct said *draw_target(const struct history_step *step)
{
    if (step->doing == HISTORY_WITHDRAW || step->doing == HISTORY_AMEND)
        return draw_one(is_own_fact, (int)step->device, (uint64_t)step->number);
    if (step->doing == HISTORY_COUNTERSIGN || step->doing == HISTORY_DISPUTE)
        return draw_one(is_handover_by_other, (int)step->device, (uint64_t)step->number);
    return NULL;
}

static const char *about_statement(const struct history_step *step, char *ret, size_t cap)
{
    char name[NAME_TEXT_MAX];
    const struct said *target = draw_target(step);
    if (target == NULL)
        return NULL;
    name_of(target, name);
    if (step->doing == HISTORY_AMEND) {
        snprintf(ret, cap,
                 "{\"target\":\"%s\",\"generator\":\"%s\",\"reason\":\"mistake\","
                 "\"containers\":[{\"code\":\"B%u\",\"mass_g\":%lld,\"mass_source\":"
                 "\"weighed\"}]}",
                 name, said_generator(target->bag), target->bag, 900 + (long long)step->number);
        return "amend";
    }
    bool has_reason = step->doing != HISTORY_COUNTERSIGN;
    snprintf(ret, cap, "{\"target\":\"%s\"%s}", name, has_reason ? ",\"reason\":\"mistake\"" : "");
    return step->doing == HISTORY_COUNTERSIGN ? "countersign"
           : step->doing == HISTORY_DISPUTE   ? "dispute"
                                              : "withdraw";
}

static const char *about_manifest(const struct history_step *step, char *ret, size_t cap)
{
    char manifest[HEX_MAX];
    const char *generator =
        step->doing == HISTORY_CANCEL ? own_generator(step->device) : said_generator(step->bag);
    newest(HISTORY_ISSUE, generator, manifest);
    if (manifest[0] == 0)
        return NULL;
    if (step->doing == HISTORY_CANCEL) {
        snprintf(ret, cap, "{\"manifest\":\"%s\",\"reason\":\"mistake\"}", manifest);
        return "cancel_manifest";
    }
    snprintf(ret, cap,
             "{\"manifest\":\"%s\",\"lines\":[{\"line\":1,\"accepted_mass_g\":%lld,"
             "\"verdict\":\"accepted\",\"waste_code\":\"841-001-01\"}],\"method\":\"Y10\"}",
             manifest, 1000 + (long long)step->number);
    return "confirm_receipt";
}

/* One of the hospital's boxes or the clinic's, in whose name it is said. */
static const char *about_box(const struct history_step *step, char *ret, size_t cap)
{
    const char *generator = said_generator(step->bag);
    if (step->doing == HISTORY_RELABEL) {
        snprintf(
            ret, cap,
            "{\"generator\":\"%s\",\"containers\":[{\"old_code\":\"B%u\",\"new_code\":\"R%u\"}]}",
            generator, step->bag, step->bag);
        return "relabel";
    }
    snprintf(ret, cap,
             "{\"generator\":\"%s\",\"box\":\"X1\",\"box_owner\":\"%s\",\"containers\":[\"B%u\"]}",
             generator, generator, step->bag);
    return step->doing == HISTORY_NEST ? "nest" : "unnest";
}

static const char *about_bag(const struct history_step *step, char *ret, size_t cap)
{
    const char *generator = said_generator(step->bag);
    unsigned bag = step->bag;
    long long grams = 1000 + step->number;
    char trip[HEX_MAX], manifest[HEX_MAX];
    newest(HISTORY_DEPART, NULL, trip);
    newest(HISTORY_ISSUE, generator, manifest);
    switch ((int)step->doing) {
    case HISTORY_PACK:
        snprintf(ret, cap,
                 "{\"generator\":\"%s\",\"containers\":[{\"code\":\"B%u\",\"waste_code\":\"841-001-"
                 "01\",\"mass_g\":%lld,\"mass_source\":\"weighed\",\"package\":\"bag\"}]}",
                 generator, bag, grams);
        return "pack";
    case HISTORY_STORE:
        snprintf(ret, cap, "{\"generator\":\"%s\",\"containers\":[\"B%u\"]}", generator, bag);
        return "store";
    case HISTORY_LOAD:
        if (is_by_box(step))
            snprintf(ret, cap,
                     "{\"trip\":\"%s\",\"manifest\":\"%s\",\"generator\":\"%s\",\"boxes\":["
                     "\"%s/X1\"]}",
                     trip, manifest, generator, generator);
        else
            snprintf(ret, cap,
                     "{\"trip\":\"%s\",\"manifest\":\"%s\",\"generator\":\"%s\",\"containers\":[{"
                     "\"code\":\"B%u\"}]}",
                     trip, manifest, generator, bag);
        return "load";
    case HISTORY_FEED:
        snprintf(ret, cap, "{\"batch\":\"F%lld\",\"generator\":\"%s\",\"containers\":[\"B%u\"]}",
                 (long long)step->number % 4, generator, bag);
        return "feed";
    default:
        snprintf(ret, cap,
                 "{\"trip\":\"%s\",\"manifest\":\"%s\",\"generator\":\"%s\",\"containers\":[{"
                 "\"code\":\"B%u\",\"verdict\":\"%s\",\"mass_g\":%lld,\"mass_source\":\"weighed\"}]"
                 "}",
                 trip, manifest, generator, bag,
                 step->doing == HISTORY_ACCEPT ? "accepted" : "rejected", grams);
        return "receive";
    }
}

const char *said_body(const struct history_step *step, char *ret, size_t cap)
{
    char key[HEX_MAX], curve_key[HEX_MAX];
    switch ((int)step->doing) {
    case HISTORY_ISSUE:
        snprintf(ret, cap,
                 "{\"plan\":{\"type\":\"normal\",\"generator\":\"%s\",\"receiver\":\"" DESK_PLANT
                 "\",\"lines\":[{\"waste_code\":\"841-001-01\",\"planned_mass_g\":20000}],"
                 "\"legs\":[{\"carrier\":\"" DESK_CARRIER
                 "\",\"mode\":\"road\"}],\"method\":\"Y10\"}}",
                 own_generator(step->device));
        return "issue_manifest";
    case HISTORY_DEPART:
        snprintf(ret, cap,
                 "{\"vehicle\":{\"plate\":\"" DESK_PLATE
                 "\",\"colour\":\"yellow\"},\"receiver\":\"" DESK_PLANT "\"}");
        return "depart";
    case HISTORY_ENROL:
        bytes_write_hex(span_of(all.keys[NEWCOMER].key, PUBLIC_KEY_SIZE), key);
        bytes_write_hex(span_of(all.keys[NEWCOMER].curve_key, PUBLIC_KEY_SIZE), curve_key);
        snprintf(ret, cap,
                 "{\"key\":\"%s\",\"curve_key\":\"%s\",\"party\":\"" DESK_CLINIC
                 "\",\"roles\":[\"generator\"]}",
                 key, curve_key);
        return "enrol_key";
    case HISTORY_REVOKE:
        bytes_write_hex(span_of(all.keys[step->number].key, PUBLIC_KEY_SIZE), key);
        snprintf(ret, cap, "{\"key\":\"%s\",\"reason\":\"other\"}", key);
        return "revoke_key";
    case HISTORY_CONFIRM:
    case HISTORY_CANCEL:
        return about_manifest(step, ret, cap);
    case HISTORY_NEST:
    case HISTORY_UNNEST:
    case HISTORY_RELABEL:
        return about_box(step, ret, cap);
    case HISTORY_COUNTERSIGN:
    case HISTORY_DISPUTE:
    case HISTORY_WITHDRAW:
    case HISTORY_AMEND:
        return about_statement(step, ret, cap);
    default:
        return about_bag(step, ret, cap);
    }
}
