/* manifest.c: a manifest's state, its open work and its record.
 * Never folds containers: it is told what they add up to. */
#include "daemon/domain/manifest.h"

#include "proto/custody.pb-c.h"
#include "proto/rule.h"

void manifest_sums_add(struct manifest_sums *sums, const struct manifest_sums *part, int sign)
{
    int64_t *const to[] = {
        &sums->loaded, &sums->in_transit, &sums->received, &sums->rejected,   &sums->missing,
        &sums->extra,  &sums->fed,        &sums->loaded_g, &sums->received_g, &sums->fed_g,
    };
    const int64_t from[] = {
        part->loaded, part->in_transit, part->received, part->rejected,   part->missing,
        part->extra,  part->fed,        part->loaded_g, part->received_g, part->fed_g,
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

/* ---- what was said of the whole ---------------------------------------------------------------- */

static bool is_said_by_right(const struct manifest *manifest, const struct fact *fact)
{
    if (fact->act == CUSTODY__V1__ACT__ACT_LOAD)
        return manifest_names_carrier(manifest, fact->party);
    return manifest_names_receiver(manifest, fact->party);
}

/* The first or last fact of that act which counts, by a party that the manifest names for it. */
static const struct fact *find_whole(const struct manifest *manifest, unsigned act, bool last)
{
    const struct fact *found = NULL;
    for (uint32_t i = 0; i < manifest->facts.count && (found == NULL || last); i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact->act == act && fact_counts(fact) && is_said_by_right(manifest, fact))
            found = fact;
    }
    return found;
}

static int64_t time_of(const struct fact *fact)
{
    return fact == NULL ? 0 : fact->effective_us;
}

int64_t manifest_loaded_us(const struct manifest *manifest)
{
    return time_of(find_whole(manifest, CUSTODY__V1__ACT__ACT_LOAD, false));
}

int64_t manifest_delivered_us(const struct manifest *manifest)
{
    return time_of(find_whole(manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false));
}

int64_t manifest_confirmed_us(const struct manifest *manifest)
{
    return time_of(find_whole(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, false));
}

/* ---- state ------------------------------------------------------------------------------------- */

static enum manifest_state delivered_state(const struct manifest *manifest)
{
    const struct manifest_sums *sums = &manifest->sums;
    bool is_confirmed = find_whole(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, false) != NULL;
    bool is_any = sums->loaded > 0 || sums->extra > 0;
    bool is_open = sums->in_transit > 0 || sums->received > 0 || sums->missing > 0;
    if (is_confirmed && is_any && !is_open && sums->rejected <= 0)
        return MANIFEST_CLOSED;
    if (sums->rejected > 0 && sums->fed <= 0 && !is_open)
        return MANIFEST_RETURNING;
    return is_confirmed ? MANIFEST_CONFIRMED : MANIFEST_DELIVERED;
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
    if (manifest->is_cancelled)
        return MANIFEST_CANCELLED;
    if (find_whole(manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false) != NULL)
        return delivered_state(manifest);
    if (manifest->sums.loaded <= 0)
        return MANIFEST_ISSUED;
    uint64_t planned = 0;
    for (uint32_t i = 0; i < manifest->line_count; i++)
        planned += manifest->lines[i].planned_pieces;
    return (uint64_t)manifest->sums.loaded < planned ? MANIFEST_LOADING : MANIFEST_IN_TRANSIT;
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
    const struct fact *load = find_whole(manifest, CUSTODY__V1__ACT__ACT_LOAD, true);
    if (load != NULL)
        return load->party;
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

/* ---- open work --------------------------------------------------------------------------------- */

struct rows {
    const struct manifest *manifest;
    uint64_t number;
    const struct profile *profile;
    struct work_set *set;
};

/* Anchored at `anchor`, or at the manifest's own statement. Never NULL: what the full set drops goes to `spare`. */
static struct work *add_row(const struct rows *rows,
                            enum work_kind kind,
                            uint16_t rule,
                            const struct fact *anchor,
                            struct work *spare)
{
    const struct manifest *manifest = rows->manifest;
    struct work *row = work_add(rows->set);
    if (row == NULL)
        row = spare;
    row->kind = (uint8_t)kind;
    row->rule = rule;
    row->subject_kind = SUBJECT_MANIFEST;
    row->subject = rows->number;
    row->division = manifest->division;
    row->profile = manifest->profile;
    row->state = (uint8_t)manifest_state_of(manifest);
    row->anchor_key = anchor == NULL ? manifest->key : anchor->key;
    row->anchor_sequence = anchor == NULL ? manifest->key_sequence : anchor->key_sequence;
    row->due_us = anchor == NULL ? manifest->issued_us : anchor->effective_us;
    row->entry_count = 1;
    row->entries[0] = anchor == NULL ? manifest->entry : anchor->entry;
    return row;
}

static void add_unclosed(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    enum manifest_state state = manifest_state_of(manifest);
    if (state == MANIFEST_CLOSED || state == MANIFEST_CLOSED_BY_ORDER ||
        state == MANIFEST_CANCELLED)
        return;
    struct work spare = {0};
    struct work *row = add_row(rows, WORK_MANIFEST, 0, NULL, &spare);
    row->due_us += rows->profile->manifest_us;
    row->party = manifest_holder(manifest);
}

/* Transfer Measures article 18: the receiver confirms within five working days of accepting. */
static void add_confirmation(const struct rows *rows)
{
    const struct fact *receive = find_whole(rows->manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false);
    const struct fact *confirm =
        find_whole(rows->manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, false);
    if (receive == NULL)
        return;
    bool is_provisional = false;
    int64_t due_us = calendar_after_working_days_us(&rows->profile->calendar, receive->effective_us,
                                                    (uint32_t)rows->profile->confirm_working_days,
                                                    &is_provisional);
    if (confirm != NULL && confirm->effective_us <= due_us)
        return;
    struct work spare = {0};
    struct work *row = add_row(rows, confirm == NULL ? WORK_OBLIGATION : WORK_FINDING,
                               RULE_receipt_unconfirmed, receive, &spare);
    row->due_us = due_us;
    row->is_provisional = is_provisional;
    row->party = rows->manifest->receiver;
    if (confirm != NULL)
        row->entries[row->entry_count++] = confirm->entry;
}

/* What the weighbridge said of the whole against what was loaded. */
static void add_mass_difference(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    const struct fact *weighed[WORK_ENTRIES_MAX];
    uint32_t count = 0;
    uint64_t total_g = 0;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact->act != CUSTODY__V1__ACT__ACT_RECEIVE || fact->mass_g == FACT_NO_MASS ||
            !fact_counts(fact) || !is_said_by_right(manifest, fact))
            continue;
        if (count < WORK_ENTRIES_MAX)
            weighed[count++] = fact;
        if (__builtin_add_overflow(total_g, fact->mass_g, &total_g))
            total_g = UINT64_MAX;
    }
    if (count == 0 || manifest->sums.loaded_g <= 0 ||
        !waste_mass_differs((uint64_t)manifest->sums.loaded_g, total_g,
                            (uint32_t)rows->profile->mass_tolerance_per_mille,
                            (uint64_t)rows->profile->mass_tolerance_g))
        return;
    struct work spare = {0};
    struct work *row = add_row(rows, WORK_FINDING, RULE_mass_differs, weighed[0], &spare);
    row->party = manifest->generator;
    for (uint32_t i = 1; i < count; i++)
        row->entries[row->entry_count++] = weighed[i]->entry;
}

static uint32_t breaker_of(const struct manifest *manifest, uint16_t rule)
{
    switch (rule) {
    case RULE_receiver_not_permitted:
        return manifest->receiver;
    case RULE_carrier_not_permitted:
        return manifest->leg_count > 0 ? manifest->carriers[0] : manifest->author;
    case RULE_drawn_outside_block:
        return manifest->author;
    default:
        return manifest->generator;
    }
}

static void add_of_issue(const struct rows *rows, uint16_t rule)
{
    struct work spare = {0};
    if (profile_has_rule(rows->profile, rule))
        add_row(rows, WORK_FINDING, rule, NULL, &spare)->party = breaker_of(rows->manifest, rule);
}

void manifest_work(const struct manifest *manifest,
                   uint64_t number,
                   const struct law *law,
                   struct work_set *set)
{
    if (!manifest_is_in_force(manifest))
        return;
    const struct rows rows = {manifest, number, law->profile(law->context, manifest->profile), set};
    add_unclosed(&rows);
    add_confirmation(&rows);
    add_mass_difference(&rows);
    for (uint32_t i = 0; i < manifest->rule_count; i++)
        add_of_issue(&rows, manifest->rules[i]);
    if ((manifest->bits & FACT_CODE_UNKNOWN) != 0)
        add_of_issue(&rows, RULE_code_unknown);
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
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
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
    bytes_write_u8(&writer, (uint8_t)manifest->leg_count);
    for (uint32_t i = 0; i < manifest->leg_count; i++)
        bytes_write_varint(&writer, manifest->carriers[i]);
    bytes_write_u8(&writer, (uint8_t)manifest->line_count);
    for (uint32_t i = 0; i < manifest->line_count; i++) {
        const struct manifest_line *line = &manifest->lines[i];
        bytes_write_varint(&writer, line->code);
        bytes_write_varint(&writer, line->planned_g);
        bytes_write_varint(&writer, line->planned_pieces);
        bytes_write_u8(&writer, line->form);
        bytes_write_u8(&writer, line->package);
    }
    bytes_write_varint(&writer, manifest->members);
    manifest_sums_write(&manifest->sums, &writer);
    if (writer.failed)
        return 0;
    size_t len = facts_write(&manifest->facts, ret + writer.len, cap - writer.len);
    return len == 0 ? 0 : writer.len + len;
}

static bool read_plan(struct bytes_reader *reader, struct manifest *ret)
{
    struct span number = bytes_read_counted(reader);
    if (reader->failed || number.len >= MANIFEST_NUMBER_TEXT ||
        memchr(number.data, 0, number.len) != NULL)
        return false;
    memcpy(ret->number, number.data, number.len);
    ret->author = read_u32(reader);
    ret->generator = read_u32(reader);
    ret->receiver = read_u32(reader);
    ret->division = read_u32(reader);
    ret->leg_count = bytes_read_u8(reader);
    if (ret->leg_count > MANIFEST_LEGS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->leg_count; i++)
        ret->carriers[i] = read_u32(reader);
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
    manifest_sums_read(&reader, &ret->sums);
    return !reader.failed && facts_parse(span_of(reader.at, reader.left), &ret->facts);
}
