/* fact.c: one fact in its compact form, and the order of facts.
 * Never decides what a fact does. */
#include "daemon/domain/fact.h"

/* 2020-01-01: times are written as differences, the first of a record from here. */
static const int64_t EPOCH_US = INT64_C(1577836800000000);

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Beyond (effective, key, sequence, item) only forks and statements that name a container twice can
 * tie. What they say goes before when they arrived, so that order stays a matter of content. */
int fact_compare(const struct fact *a, const struct fact *b)
{
    if (a->effective_us != b->effective_us)
        return a->effective_us < b->effective_us ? -1 : 1;
    if (a->key_prefix != b->key_prefix)
        return a->key_prefix < b->key_prefix ? -1 : 1;
    if (a->key_sequence != b->key_sequence)
        return a->key_sequence < b->key_sequence ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    const uint64_t pairs[][2] = {
        {a->act, b->act},
        {a->verdict, b->verdict},
        {a->mass_g, b->mass_g},
        {a->manifest, b->manifest},
        {a->trip, b->trip},
        {a->batch, b->batch},
        {a->box, b->box},
        {a->from_trip, b->from_trip},
        {a->package, b->package},
        {a->ward, b->ward},
        {a->temperature_mk, b->temperature_mk},
        {a->label, b->label},
        {a->key, b->key},
        {a->entry, b->entry},
    };
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof pairs / sizeof pairs[0]; i++)
        order = compare_u64(pairs[i][0], pairs[i][1]);
    return order;
}

bool fact_is_same(const struct fact *a, const struct fact *b)
{
    return a->key == b->key && a->key_sequence == b->key_sequence && a->item == b->item &&
           a->entry == b->entry;
}

bool fact_is_countersigned_by(const struct fact *fact, uint32_t party)
{
    for (uint32_t i = 0; i < fact->countersigner_count; i++)
        if (fact->countersigners[i] == party)
            return party != 0;
    return false;
}

bool fact_countersign(struct fact *fact, uint32_t party)
{
    if (party == 0 || fact_is_countersigned_by(fact, party) ||
        fact->countersigner_count == FACT_COUNTERSIGNERS_MAX)
        return false;
    fact->countersigners[fact->countersigner_count++] = party;
    return true;
}

bool fact_counts(const struct fact *fact)
{
    return (fact->bits & FACT_HELD) == 0 || (fact->bits & FACT_CONFIRMED) != 0;
}

bool fact_stands(const struct fact *fact)
{
    return fact_counts(fact) && (fact->bits & FACT_UNSAID) == 0;
}

/* Fields that are mostly absent, the commonest first: a presence bit each. */
static const struct optional {
    uint16_t at;
    uint16_t size;
    uint64_t absent;
} optionals[] = {
#define OPTIONAL(field, absent)                                                                    \
    {                                                                                              \
        offsetof(struct fact, field), sizeof((struct fact *)NULL)->field, absent                   \
    }
    OPTIONAL(item, 0),
    OPTIONAL(bits, 0),
    OPTIONAL(mass_g, FACT_NO_MASS),
    OPTIONAL(mass_source, 0),
    OPTIONAL(place, 0),
    OPTIONAL(manifest, 0),
    OPTIONAL(trip, 0),
    OPTIONAL(code, 0),
    OPTIONAL(verdict, 0),
    OPTIONAL(batch, 0),
    OPTIONAL(box, 0),
    OPTIONAL(reason, 0),
    OPTIONAL(generated_before_us, 0),
    OPTIONAL(target_key, 0),
    OPTIONAL(target_sequence, 0),
    OPTIONAL(receiver, 0),
    OPTIONAL(profile, 0),
    OPTIONAL(from_trip, 0),
    OPTIONAL(kind, 0),
    OPTIONAL(five_gap_us, 0),
    OPTIONAL(other, 0),
    OPTIONAL(temperature_mk, 0),
    OPTIONAL(package, 0),
    OPTIONAL(ward, 0),
#undef OPTIONAL
};

enum {
    OPTIONALS = sizeof optionals / sizeof optionals[0],
    HAS_CLAIMED = 1 << OPTIONALS, /* claimed at another time than it takes effect */
    HAS_COUNTERSIGNERS = 1 << (OPTIONALS + 1),
    HAS_ALL = (1 << (OPTIONALS + 2)) - 1,
};

static uint64_t get_field(const struct fact *fact, const struct optional *field)
{
    const uint8_t *at = (const uint8_t *)fact + field->at;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (field->size) {
    case 1:
        return *at;
    case 2:
        memcpy(&u16, at, sizeof u16);
        return u16;
    case 4:
        memcpy(&u32, at, sizeof u32);
        return u32;
    default:
        memcpy(&u64, at, sizeof u64);
        return u64;
    }
}

static bool set_field(struct fact *fact, const struct optional *field, uint64_t value)
{
    uint8_t *at = (uint8_t *)fact + field->at;
    if (field->size < sizeof value && value >> (8U * field->size) != 0)
        return false;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    switch (field->size) {
    case 1:
        *at = (uint8_t)value;
        break;
    case 2:
        memcpy(at, &u16, sizeof u16);
        break;
    case 4:
        memcpy(at, &u32, sizeof u32);
        break;
    default:
        memcpy(at, &value, sizeof value);
        break;
    }
    return true;
}

/* Differences wrap around, so that every pair of times can be written. */
static int64_t time_minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t time_plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_varint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

void fact_write_after(const struct fact *fact, int64_t before_us, struct bytes_writer *writer)
{
    uint64_t present = 0;
    for (size_t i = 0; i < OPTIONALS; i++)
        if (get_field(fact, &optionals[i]) != optionals[i].absent)
            present |= UINT64_C(1) << i;
    if (fact->claimed_us != fact->effective_us)
        present |= HAS_CLAIMED;
    if (fact->countersigner_count > 0)
        present |= HAS_COUNTERSIGNERS;

    bytes_write_varint(writer, present);
    bytes_write_zigzag(writer, time_minus(fact->effective_us, before_us));
    bytes_write_zigzag(writer, time_minus(fact->recorded_us, fact->effective_us));
    bytes_write_u64(writer, fact->key_prefix);
    bytes_write_varint(writer, fact->key);
    bytes_write_varint(writer, fact->key_sequence);
    bytes_write_varint(writer, fact->entry);
    bytes_write_u8(writer, fact->act);
    bytes_write_varint(writer, fact->party);
    bytes_write_varint(writer, fact->kinds);
    for (size_t i = 0; i < OPTIONALS; i++)
        if ((present >> i & 1) != 0)
            bytes_write_varint(writer, get_field(fact, &optionals[i]));
    if ((present & HAS_CLAIMED) != 0)
        bytes_write_zigzag(writer, time_minus(fact->claimed_us, fact->effective_us));
    if ((present & HAS_COUNTERSIGNERS) != 0) {
        bytes_write_u8(writer, (uint8_t)fact->countersigner_count);
        for (uint32_t i = 0; i < fact->countersigner_count && i < FACT_COUNTERSIGNERS_MAX; i++)
            bytes_write_varint(writer, fact->countersigners[i]);
    }
}

bool fact_read_after(struct bytes_reader *reader, int64_t before_us, struct fact *ret)
{
    /* Of all fields the mass alone is not zero when it is absent. */
    struct fact fact = {.mass_g = FACT_NO_MASS};
    uint64_t present = bytes_read_varint(reader);
    fact.effective_us = time_plus(bytes_read_zigzag(reader), before_us);
    fact.recorded_us = time_plus(bytes_read_zigzag(reader), fact.effective_us);
    fact.key_prefix = bytes_read_u64(reader);
    fact.key = read_u32(reader);
    fact.key_sequence = bytes_read_varint(reader);
    fact.entry = bytes_read_varint(reader);
    fact.act = bytes_read_u8(reader);
    fact.party = read_u32(reader);
    uint64_t kinds = bytes_read_varint(reader);
    fact.kinds = (party_bits)kinds;
    if (present > HAS_ALL || kinds > UINT16_MAX)
        reader->failed = true;
    for (uint64_t left = present & (HAS_CLAIMED - 1); left != 0; left &= left - 1) {
        const struct optional *optional = &optionals[__builtin_ctzll(left)];
        uint64_t value = bytes_read_varint(reader);
        /* A present field that holds what absence means has two forms: damage. */
        if (!set_field(&fact, optional, value) || value == optional->absent)
            reader->failed = true;
    }
    fact.claimed_us = fact.effective_us;
    if ((present & HAS_CLAIMED) != 0) {
        fact.claimed_us = time_plus(bytes_read_zigzag(reader), fact.effective_us);
        reader->failed |= fact.claimed_us == fact.effective_us;
    }
    if ((present & HAS_COUNTERSIGNERS) != 0) {
        uint8_t count = bytes_read_u8(reader);
        if (count == 0 || count > FACT_COUNTERSIGNERS_MAX)
            reader->failed = true;
        for (uint8_t i = 0; !reader->failed && i < count; i++)
            fact.countersigners[fact.countersigner_count++] = read_u32(reader);
    }
    if (reader->failed)
        return false;
    *ret = fact;
    return true;
}

void fact_write(const struct fact *fact, struct bytes_writer *writer)
{
    fact_write_after(fact, EPOCH_US, writer);
}

bool fact_read(struct bytes_reader *reader, struct fact *ret)
{
    return fact_read_after(reader, EPOCH_US, ret);
}
