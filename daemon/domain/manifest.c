/* manifest.c: a manifest's state and its record.
 * Never folds containers: it is told what they add up to. */
#include "daemon/domain/manifest.h"

#include <string.h>

#include "proto/custody.pb-c.h"

void manifest_sums_add(struct manifest_sums *sums, const struct manifest_sums *part, int sign)
{
    int64_t *const to[] = {
        &sums->loaded,     &sums->in_transit, &sums->received, &sums->rejected,
        &sums->missing,    &sums->extra,      &sums->fed,      &sums->loaded_g,
        &sums->received_g, &sums->fed_g,      &sums->epidemic,
    };
    const int64_t from[] = {
        part->loaded,     part->in_transit, part->received, part->rejected,
        part->missing,    part->extra,      part->fed,      part->loaded_g,
        part->received_g, part->fed_g,      part->epidemic,
    };
    /* Unsigned, so that whatever was added can be subtracted again. */
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++)
        *to[i] = (int64_t)(sign < 0 ? (uint64_t)*to[i] - (uint64_t)from[i]
                                    : (uint64_t)*to[i] + (uint64_t)from[i]);
}

bool manifest_is_in_force(const struct manifest *manifest)
{
    return manifest->is_known && !manifest->is_refused && !manifest->is_held;
}

bool manifest_is_in_force_at(const struct manifest *manifest, int64_t at_us)
{
    bool is_ended = manifest->is_cancelled || manifest->is_closed_by_order;
    return manifest_is_in_force(manifest) && !(is_ended && at_us >= manifest->ended_us);
}

bool manifest_names_carrier(const struct manifest *manifest, uint32_t party)
{
    if (party == 0 || !manifest_is_in_force(manifest))
        return false;
    for (uint32_t i = 0; i < manifest->leg_count; i++)
        if (manifest->carriers[i] == party)
            return true;
    return false;
}

bool manifest_names_receiver(const struct manifest *manifest, uint32_t party)
{
    return party != 0 && manifest_is_in_force(manifest) && manifest->receiver == party;
}

bool manifest_has_party(const struct manifest *manifest, uint32_t party)
{
    if (party == 0 || !manifest->is_known || manifest->is_refused)
        return false;
    if (manifest->generator == party || manifest->receiver == party)
        return true;
    for (uint32_t i = 0; i < manifest->leg_count; i++)
        if (manifest->carriers[i] == party)
            return true;
    return false;
}

bool manifest_is_carried_by(const struct manifest *manifest,
                            const struct law *law,
                            uint32_t party,
                            int64_t at_us)
{
    if (party == 0 || !manifest_is_in_force(manifest))
        return false;
    for (uint32_t i = 0; i < manifest->leg_count; i++)
        if (law->acts_for(law->context, party, manifest->carriers[i], at_us))
            return true;
    return false;
}

bool manifest_is_received_by(const struct manifest *manifest,
                             const struct law *law,
                             uint32_t party,
                             int64_t at_us)
{
    return party != 0 && manifest_is_in_force(manifest) &&
           law->acts_for(law->context, party, manifest->receiver, at_us);
}

/* ---- what was said of the whole ---------------------------------------------------------------- */

bool manifest_is_taking_over(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_LOAD || fact->act == CUSTODY__V1__ACT__ACT_TRANSFER;
}

static bool is_said_by_right(const struct manifest *manifest, const struct fact *fact)
{
    if (fact->act == CUSTODY__V1__ACT__ACT_NUMBER)
        return manifest_is_in_force(manifest) &&
               ((fact->party != 0 &&
                 (fact->party == manifest->generator || fact->party == manifest->author)) ||
                (fact->kinds >> CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR & 1) != 0);
    if ((fact->bits & FACT_BY_SUCCESSOR) != 0)
        return manifest_is_in_force(manifest);
    return manifest_is_taking_over(fact) ? manifest_names_carrier(manifest, fact->party)
                                         : manifest_names_receiver(manifest, fact->party);
}

bool manifest_fact_counts(const struct manifest *manifest, const struct fact *fact)
{
    return fact_counts(fact) && (fact->bits & (FACT_WITHDRAWN | FACT_ASIDE)) == 0 &&
           is_said_by_right(manifest, fact);
}

/* Another party built on it: signed it, or received what was loaded, or numbered on. */
static bool is_built_on(const struct manifest *manifest, const struct fact *said)
{
    if (said->countersigner_count > 0)
        return true;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *later = &manifest->facts.all[i];
        bool follows = manifest_is_taking_over(said)
                           ? later->act == CUSTODY__V1__ACT__ACT_RECEIVE ||
                                 later->act == CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT
                           : later->act == said->act;
        if (follows && later->party != said->party && fact_counts(later) &&
            is_said_by_right(manifest, later) && fact_compare(said, later) < 0)
            return true;
    }
    return false;
}

/* A withdrawal has effect exactly while no other party's statement builds on what it takes back. */
static void settle_withdrawn(struct manifest *manifest)
{
    for (uint32_t i = 0; i < manifest->facts.count; i++)
        manifest->facts.all[i].bits &= ~(uint32_t)FACT_WITHDRAWN;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *back = &manifest->facts.all[i];
        if (back->act != CUSTODY__V1__ACT__ACT_WITHDRAW || !fact_counts(back))
            continue;
        for (uint32_t k = 0; k < manifest->facts.count; k++) {
            struct fact *said = &manifest->facts.all[k];
            if (said->key == back->target_key && said->key_sequence == back->target_sequence &&
                said->party == back->party && said->act != CUSTODY__V1__ACT__ACT_WITHDRAW &&
                !is_built_on(manifest, said))
                said->bits |= FACT_WITHDRAWN;
        }
    }
}

/* A successor's bit never changes once the plan is known: what the registry says of a fact's own time is final. */
void manifest_settle(struct manifest *manifest, const struct law *law)
{
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        struct fact *fact = &manifest->facts.all[i];
        bool is_named =
            manifest_is_taking_over(fact)
                ? manifest_is_carried_by(manifest, law, fact->party, fact->effective_us)
                : manifest_is_received_by(manifest, law, fact->party, fact->effective_us);
        fact->bits &= ~(uint32_t)FACT_BY_SUCCESSOR;
        if (is_named && fact->act != CUSTODY__V1__ACT__ACT_NUMBER &&
            !manifest_names_carrier(manifest, fact->party) &&
            !manifest_names_receiver(manifest, fact->party))
            fact->bits |= FACT_BY_SUCCESSOR;
    }
    settle_withdrawn(manifest);
}

const struct fact *manifest_find(const struct manifest *manifest, unsigned act, bool last)
{
    const struct fact *found = NULL;
    for (uint32_t i = 0; i < manifest->facts.count && (found == NULL || last); i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact->act == act && manifest_fact_counts(manifest, fact))
            found = fact;
    }
    return found;
}

const struct fact *manifest_find_number(const struct manifest *manifest, uint16_t item)
{
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact->act == CUSTODY__V1__ACT__ACT_NUMBER && fact->item == item && fact->code != 0 &&
            manifest_fact_counts(manifest, fact))
            return fact;
    }
    return NULL;
}

bool manifest_is_reported(const struct manifest *manifest)
{
    uint8_t state = 0;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact->act == CUSTODY__V1__ACT__ACT_NUMBER && fact->verdict != 0 &&
            manifest_fact_counts(manifest, fact))
            state = fact->verdict;
    }
    return state == CUSTODY__V1__REPORTING_STATE__REPORTED ||
           state == CUSTODY__V1__REPORTING_STATE__REPORT_ACCEPTED;
}

uint32_t manifest_method(const struct manifest *manifest)
{
    uint32_t method = 0;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact->act == CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT && fact->code != 0 &&
            manifest_fact_counts(manifest, fact))
            method = fact->code;
    }
    return method;
}

static int64_t time_of(const struct fact *fact)
{
    return fact == NULL ? 0 : fact->effective_us;
}

int64_t manifest_loaded_us(const struct manifest *manifest)
{
    return time_of(manifest_find(manifest, CUSTODY__V1__ACT__ACT_LOAD, false));
}

int64_t manifest_delivered_us(const struct manifest *manifest)
{
    return time_of(manifest_find(manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false));
}

int64_t manifest_confirmed_us(const struct manifest *manifest)
{
    return time_of(manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, false));
}

int64_t manifest_since_us(const struct manifest *manifest)
{
    return manifest->type == CUSTODY__V1__MANIFEST_TYPE__MANIFEST_BACK_ENTRY &&
                   manifest->completed_us != 0
               ? manifest->completed_us
               : manifest->issued_us;
}

/* ---- batches ----------------------------------------------------------------------------------- */

void manifest_feed(struct manifest *manifest,
                   struct manifest_batch *batch,
                   int count,
                   uint32_t method)
{
    /* Unsigned, so that what goes before it came comes out right in the end. */
    manifest->batches -= batch->fed != 0 ? 1 : 0;
    manifest->batches_unnamed -= batch->fed != 0 && batch->method == 0 ? 1 : 0;
    batch->fed += (uint32_t)count;
    batch->method = method;
    manifest->batches += batch->fed != 0 ? 1 : 0;
    manifest->batches_unnamed += batch->fed != 0 && batch->method == 0 ? 1 : 0;
}

size_t manifest_batch_write(const struct manifest_batch *batch, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, batch->fed);
    bytes_write_varint(&writer, batch->method);
    return bytes_written(&writer).len;
}

bool manifest_batch_parse(struct span bytes, struct manifest_batch *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint64_t fed = bytes_read_varint(&reader);
    uint64_t method = bytes_read_varint(&reader);
    if (!bytes_reader_is_done(&reader) || fed > UINT32_MAX || method > UINT32_MAX)
        return false;
    *ret = (struct manifest_batch){.fed = (uint32_t)fed, .method = (uint32_t)method};
    return true;
}

/* ---- state ------------------------------------------------------------------------------------- */

/* Drawn, and taken back by its author before anybody else said anything under it. */
static bool is_taken_back(const struct manifest *manifest)
{
    bool is_back = false;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        bool is_about = fact->act == CUSTODY__V1__ACT__ACT_WITHDRAW ||
                        fact->act == CUSTODY__V1__ACT__ACT_DISPUTE;
        if (!is_about && fact->party != manifest->author && manifest_fact_counts(manifest, fact))
            return false;
        is_back |= fact->act == CUSTODY__V1__ACT__ACT_WITHDRAW && fact_counts(fact) &&
                   fact->party == manifest->author && fact->target_key == manifest->key &&
                   fact->target_sequence == manifest->key_sequence;
    }
    return is_back;
}

/* Cancelled in time: what was lawfully loaded before has to arrive somewhere. */
static bool is_void(const struct manifest *manifest)
{
    if (is_taken_back(manifest))
        return true;
    const struct fact *load = manifest_find(manifest, CUSTODY__V1__ACT__ACT_LOAD, false);
    return manifest->is_cancelled &&
           (load == NULL || load->effective_us >= manifest->ended_us || manifest->sums.loaded <= 0);
}

static bool is_delivered(const struct manifest *manifest)
{
    return manifest_find(manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false) != NULL ||
           manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, false) != NULL;
}

static bool is_method_known(const struct manifest *manifest)
{
    return manifest_method(manifest) != 0 ||
           (manifest->batches > 0 && manifest->batches_unnamed == 0);
}

static bool is_quantity_known(const struct manifest *manifest)
{
    const struct fact *confirm =
        manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, true);
    return manifest->sums.fed_g > 0 || (confirm != NULL && confirm->mass_g != FACT_NO_MASS);
}

unsigned manifest_lacks(const struct manifest *manifest)
{
    const struct manifest_sums *sums = &manifest->sums;
    unsigned lacks = 0;
    if (!manifest_is_in_force(manifest) || manifest->is_closed_by_order || is_void(manifest))
        return 0;
    if (sums->loaded <= 0 && sums->extra <= 0)
        lacks |= MANIFEST_LACKS_LOADING;
    if (sums->in_transit > 0)
        lacks |= MANIFEST_LACKS_ARRIVAL;
    if (sums->received > 0)
        lacks |= MANIFEST_LACKS_TREATMENT;
    if (sums->rejected > 0)
        lacks |= MANIFEST_LACKS_NEXT_PLACE;
    if (sums->missing > 0)
        lacks |= MANIFEST_LACKS_MISSING;
    if (is_delivered(manifest) &&
        manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, false) == NULL)
        lacks |= MANIFEST_LACKS_CONFIRMATION;
    if (sums->fed > 0 && !is_method_known(manifest))
        lacks |= MANIFEST_LACKS_METHOD;
    if (sums->fed > 0 && !is_quantity_known(manifest))
        lacks |= MANIFEST_LACKS_QUANTITY;
    return lacks;
}

const char *manifest_lack_name(unsigned index)
{
    static const char *const names[MANIFEST_LACKS_KINDS] = {
        "loading", "arrival",      "treatment", "next_place",
        "missing", "confirmation", "method",    "quantity",
    };
    return index < MANIFEST_LACKS_KINDS ? names[index] : "";
}

static enum manifest_state loading_state(const struct manifest *manifest)
{
    uint64_t planned = 0;
    for (uint32_t i = 0; i < manifest->line_count; i++)
        planned += manifest->lines[i].planned_pieces;
    return (uint64_t)manifest->sums.loaded < planned ? MANIFEST_LOADING : MANIFEST_IN_TRANSIT;
}

enum manifest_state manifest_state_of(const struct manifest *manifest)
{
    if (!manifest->is_known)
        return MANIFEST_UNKNOWN;
    if (manifest->is_refused)
        return MANIFEST_REFUSED;
    if (manifest->is_held)
        return MANIFEST_HELD;
    if (manifest->is_closed_by_order)
        return MANIFEST_CLOSED_BY_ORDER;
    if (is_void(manifest))
        return MANIFEST_CANCELLED;
    unsigned lacks = manifest_lacks(manifest);
    unsigned rest = lacks & (MANIFEST_LACKS_ARRIVAL | MANIFEST_LACKS_TREATMENT |
                             MANIFEST_LACKS_NEXT_PLACE | MANIFEST_LACKS_MISSING);
    if (lacks == 0)
        return MANIFEST_CLOSED;
    if (!is_delivered(manifest))
        return manifest->sums.loaded <= 0 ? MANIFEST_ISSUED : loading_state(manifest);
    if (rest == MANIFEST_LACKS_NEXT_PLACE && manifest->sums.fed <= 0)
        return MANIFEST_RETURNING;
    return (lacks & MANIFEST_LACKS_CONFIRMATION) == 0 ? MANIFEST_CONFIRMED : MANIFEST_DELIVERED;
}

const char *manifest_state_name(enum manifest_state state)
{
    switch (state) {
    case MANIFEST_UNKNOWN:
        return "unknown";
    case MANIFEST_ISSUED:
        return "issued";
    case MANIFEST_LOADING:
        return "loading";
    case MANIFEST_IN_TRANSIT:
        return "in transit";
    case MANIFEST_DELIVERED:
        return "delivered";
    case MANIFEST_CONFIRMED:
        return "confirmed";
    case MANIFEST_CLOSED:
        return "closed";
    case MANIFEST_CLOSED_BY_ORDER:
        return "closed by order";
    case MANIFEST_CANCELLED:
        return "cancelled";
    case MANIFEST_RETURNING:
        return "returning";
    case MANIFEST_REFUSED:
        return "refused";
    case MANIFEST_HELD:
        return "held";
    }
    return "unknown";
}

static uint32_t carrier_of(const struct manifest *manifest)
{
    const struct fact *last = NULL;
    if (manifest->carrier != 0)
        return manifest->carrier;
    for (uint32_t i = 0; i < manifest->facts.count; i++)
        if (manifest_is_taking_over(&manifest->facts.all[i]) &&
            manifest_fact_counts(manifest, &manifest->facts.all[i]))
            last = &manifest->facts.all[i];
    if (last != NULL)
        return last->party;
    return manifest->leg_count > 0 ? manifest->carriers[0] : manifest->generator;
}

uint32_t manifest_holder(const struct manifest *manifest)
{
    switch (manifest_state_of(manifest)) {
    case MANIFEST_LOADING:
    case MANIFEST_IN_TRANSIT:
    case MANIFEST_RETURNING:
        return carrier_of(manifest);
    case MANIFEST_DELIVERED:
    case MANIFEST_CONFIRMED:
    case MANIFEST_CLOSED:
    case MANIFEST_CLOSED_BY_ORDER:
        return manifest->receiver;
    case MANIFEST_UNKNOWN:
    case MANIFEST_ISSUED:
    case MANIFEST_CANCELLED:
    case MANIFEST_REFUSED:
    case MANIFEST_HELD:
        break;
    }
    return manifest->generator;
}

/* ---- record ------------------------------------------------------------------------------------ */

enum {
    FLAG_KNOWN = 1,
    FLAG_REFUSED = 2,
    FLAG_DRAWN = 4,
    FLAG_HELD = 8,
    FLAG_CANCELLED = 16,
    FLAG_BY_ORDER = 32,
    FLAGS = 63
};

void manifest_sums_write(const struct manifest_sums *sums, struct bytes_writer *writer)
{
    bytes_write_zigzag(writer, sums->loaded);
    bytes_write_zigzag(writer, sums->in_transit);
    bytes_write_zigzag(writer, sums->received);
    bytes_write_zigzag(writer, sums->rejected);
    bytes_write_zigzag(writer, sums->missing);
    bytes_write_zigzag(writer, sums->extra);
    bytes_write_zigzag(writer, sums->fed);
    bytes_write_zigzag(writer, sums->loaded_g);
    bytes_write_zigzag(writer, sums->received_g);
    bytes_write_zigzag(writer, sums->fed_g);
    bytes_write_zigzag(writer, sums->epidemic);
}

void manifest_sums_read(struct bytes_reader *reader, struct manifest_sums *ret)
{
    ret->loaded = bytes_read_zigzag(reader);
    ret->in_transit = bytes_read_zigzag(reader);
    ret->received = bytes_read_zigzag(reader);
    ret->rejected = bytes_read_zigzag(reader);
    ret->missing = bytes_read_zigzag(reader);
    ret->extra = bytes_read_zigzag(reader);
    ret->fed = bytes_read_zigzag(reader);
    ret->loaded_g = bytes_read_zigzag(reader);
    ret->received_g = bytes_read_zigzag(reader);
    ret->fed_g = bytes_read_zigzag(reader);
    ret->epidemic = bytes_read_zigzag(reader);
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

static void write_plan(const struct manifest *manifest, struct bytes_writer *writer)
{
    bytes_write_varint(writer, manifest->receiver_division);
    bytes_write_zigzag(writer, manifest->recorded_us);
    bytes_write_zigzag(writer, manifest->completed_us);
    bytes_write_zigzag(writer, manifest->ended_us);
    bytes_write_varint(writer, manifest->ended_entry);
    bytes_write_varint(writer, manifest->method);
    bytes_write_varint(writer, manifest->plan);
    bytes_write_varint(writer, manifest->approval);
    bytes_write_u8(writer, (uint8_t)manifest->leg_count);
    for (uint32_t i = 0; i < manifest->leg_count; i++) {
        bytes_write_varint(writer, manifest->carriers[i]);
        bytes_write_varint(writer, manifest->legs[i].vehicle);
        bytes_write_varint(writer, manifest->legs[i].from_division);
        bytes_write_varint(writer, manifest->legs[i].to_division);
        bytes_write_u8(writer, manifest->legs[i].mode);
    }
    bytes_write_u8(writer, (uint8_t)manifest->line_count);
    for (uint32_t i = 0; i < manifest->line_count; i++) {
        const struct manifest_line *line = &manifest->lines[i];
        bytes_write_varint(writer, line->code);
        bytes_write_varint(writer, line->planned_g);
        bytes_write_varint(writer, line->planned_pieces);
        bytes_write_u8(writer, line->form);
        bytes_write_u8(writer, line->package);
    }
}

static void write_derived(const struct manifest *manifest, struct bytes_writer *writer)
{
    bytes_write_varint(writer, manifest->batches_met);
    bytes_write_varint(writer, manifest->batches);
    bytes_write_varint(writer, manifest->batches_unnamed);
    bytes_write_varint(writer, manifest->carrier);
    bytes_write_varint(writer, manifest->vehicle);
    bytes_write_counted(writer, span_text(manifest->national));
    bytes_write_counted(writer, span_text(manifest->provincial));
    bytes_write_u8(writer, manifest->is_number_shared ? 1 : 0);
}

size_t manifest_write(const struct manifest *manifest, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, (uint8_t)((manifest->is_known ? FLAG_KNOWN : 0) |
                                      (manifest->is_refused ? FLAG_REFUSED : 0) |
                                      (manifest->is_drawn ? FLAG_DRAWN : 0) |
                                      (manifest->is_held ? FLAG_HELD : 0) |
                                      (manifest->is_cancelled ? FLAG_CANCELLED : 0) |
                                      (manifest->is_closed_by_order ? FLAG_BY_ORDER : 0)));
    bytes_write_varint(&writer, manifest->entry);
    bytes_write_varint(&writer, manifest->key);
    bytes_write_varint(&writer, manifest->key_sequence);
    bytes_write_zigzag(&writer, manifest->issued_us);
    bytes_write_u16(&writer, manifest->bits);
    bytes_write_u8(&writer, manifest->rule_count);
    for (uint32_t i = 0; i < manifest->rule_count; i++)
        bytes_write_varint(&writer, manifest->rules[i]);
    bytes_write_varint(&writer, manifest->parent);
    bytes_write_varint(&writer, manifest->profile);
    bytes_write_u8(&writer, manifest->type);
    bytes_write_counted(&writer, span_text(manifest->number));
    bytes_write_varint(&writer, manifest->author);
    bytes_write_varint(&writer, manifest->generator);
    bytes_write_varint(&writer, manifest->receiver);
    bytes_write_varint(&writer, manifest->division);
    write_plan(manifest, &writer);
    bytes_write_varint(&writer, manifest->members);
    bytes_write_varint(&writer, manifest->children);
    manifest_sums_write(&manifest->sums, &writer);
    write_derived(manifest, &writer);
    if (writer.failed)
        return 0;
    size_t len = facts_write(&manifest->facts, ret + writer.len, cap - writer.len);
    return len == 0 ? 0 : writer.len + len;
}

static bool read_number(struct bytes_reader *reader, char ret[static MANIFEST_NUMBER_TEXT])
{
    struct span number = bytes_read_counted(reader);
    if (reader->failed || number.len >= MANIFEST_NUMBER_TEXT ||
        memchr(number.data, 0, number.len) != NULL)
        return false;
    memcpy(ret, number.data, number.len);
    return true;
}

static bool read_legs(struct bytes_reader *reader, struct manifest *ret)
{
    ret->leg_count = bytes_read_u8(reader);
    if (ret->leg_count > MANIFEST_LEGS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->leg_count; i++) {
        ret->carriers[i] = read_u32(reader);
        ret->legs[i].vehicle = read_u32(reader);
        ret->legs[i].from_division = read_u32(reader);
        ret->legs[i].to_division = read_u32(reader);
        ret->legs[i].mode = bytes_read_u8(reader);
    }
    return true;
}

static bool read_plan(struct bytes_reader *reader, struct manifest *ret)
{
    if (!read_number(reader, ret->number))
        return false;
    ret->author = read_u32(reader);
    ret->generator = read_u32(reader);
    ret->receiver = read_u32(reader);
    ret->division = read_u32(reader);
    ret->receiver_division = read_u32(reader);
    ret->recorded_us = bytes_read_zigzag(reader);
    ret->completed_us = bytes_read_zigzag(reader);
    ret->ended_us = bytes_read_zigzag(reader);
    ret->ended_entry = bytes_read_varint(reader);
    ret->method = read_u32(reader);
    ret->plan = read_u32(reader);
    ret->approval = read_u32(reader);
    if (!read_legs(reader, ret))
        return false;
    ret->line_count = bytes_read_u8(reader);
    if (ret->line_count > MANIFEST_LINES_MAX)
        return false;
    for (uint32_t i = 0; i < ret->line_count; i++) {
        ret->lines[i].code = read_u32(reader);
        ret->lines[i].planned_g = bytes_read_varint(reader);
        ret->lines[i].planned_pieces = read_u32(reader);
        ret->lines[i].form = bytes_read_u8(reader);
        ret->lines[i].package = bytes_read_u8(reader);
    }
    return !reader->failed;
}

static bool read_derived(struct bytes_reader *reader, struct manifest *ret)
{
    ret->batches_met = read_u32(reader);
    ret->batches = read_u32(reader);
    ret->batches_unnamed = read_u32(reader);
    ret->carrier = read_u32(reader);
    ret->vehicle = read_u32(reader);
    if (!read_number(reader, ret->national) || !read_number(reader, ret->provincial))
        return false;
    uint8_t is_shared = bytes_read_u8(reader);
    ret->is_number_shared = is_shared == 1;
    return is_shared <= 1 && !reader->failed;
}

bool manifest_parse(struct span bytes, struct manifest *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    memset(ret, 0, offsetof(struct manifest, facts));
    uint8_t flags = bytes_read_u8(&reader);
    ret->is_known = (flags & FLAG_KNOWN) != 0;
    ret->is_refused = (flags & FLAG_REFUSED) != 0;
    ret->is_drawn = (flags & FLAG_DRAWN) != 0;
    ret->is_held = (flags & FLAG_HELD) != 0;
    ret->entry = bytes_read_varint(&reader);
    ret->key = read_u32(&reader);
    ret->key_sequence = bytes_read_varint(&reader);
    ret->issued_us = bytes_read_zigzag(&reader);
    ret->is_cancelled = (flags & FLAG_CANCELLED) != 0;
    ret->is_closed_by_order = (flags & FLAG_BY_ORDER) != 0;
    ret->bits = bytes_read_u16(&reader);
    ret->rule_count = bytes_read_u8(&reader);
    if (ret->rule_count > MANIFEST_RULES_MAX)
        return false;
    for (uint32_t i = 0; i < ret->rule_count; i++) {
        uint64_t rule = bytes_read_varint(&reader);
        if (rule == 0 || rule > UINT16_MAX)
            return false;
        ret->rules[i] = (uint16_t)rule;
    }
    ret->parent = read_u32(&reader);
    ret->profile = read_u32(&reader);
    ret->type = bytes_read_u8(&reader);
    if (reader.failed || (flags & ~FLAGS) != 0 || !read_plan(&reader, ret))
        return false;
    ret->members = read_u32(&reader);
    ret->children = read_u32(&reader);
    manifest_sums_read(&reader, &ret->sums);
    return read_derived(&reader, ret) && facts_parse(span_of(reader.at, reader.left), &ret->facts);
}
