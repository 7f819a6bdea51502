/* batch.c: the record of a facility's batch.
 * Never folds containers: it is told what they add up to. */
#include "proto/custody.pb-c.h"
#include "daemon/domain/trip.h"

static bool is_yield(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_YIELD && fact_stands(fact);
}

/* RULES.md N19: what came out is at most what went in and was added. What is fed only later settles it by itself. */
void batch_work(const struct batch *batch,
                uint64_t number,
                const struct law *law,
                struct work_set *set)
{
    const struct fact *first = NULL;
    for (uint32_t i = 0; i < batch->facts.count && first == NULL; i++)
        if (is_yield(&batch->facts.all[i]))
            first = &batch->facts.all[i];
    if (first == NULL)
        return;
    uint32_t fed_as = tally_profiles_for(&batch->cargo, law, RULE_batch_exceeds_feed);
    /* What was fed says what it is; while nothing was, who treats it is all that is known. */
    if (batch->cargo.count > 0 && fed_as == 0)
        return;
    uint32_t judge =
        fed_as != 0 ? fed_as : law->codeless(law->context, batch->facility, first->effective_us);
    const struct profile *profile = law->profile(law->context, judge);
    uint64_t fed_g = batch->sums.fed_g < 0 ? 0 : (uint64_t)batch->sums.fed_g;
    uint64_t in_g =
        fed_g > UINT64_MAX - batch->additives_g ? UINT64_MAX : fed_g + batch->additives_g;
    if (!profile_has_rule(profile, RULE_batch_exceeds_feed) || batch->yielded_g <= in_g ||
        !waste_mass_differs(in_g, batch->yielded_g, (uint32_t)profile->batch_tolerance_per_mille,
                            (uint64_t)profile->mass_tolerance_g))
        return;
    struct work *row = work_add(set);
    if (row == NULL)
        return;
    row->kind = WORK_FINDING;
    row->rule = RULE_batch_exceeds_feed;
    row->subject_kind = SUBJECT_BATCH;
    row->subject = number;
    row->due_us = first->effective_us;
    row->since_us = first->effective_us;
    row->anchor_key = first->key;
    row->anchor_sequence = first->key_sequence;
    row->party = batch->facility;
    row->profile = judge;
    row->hazard = 1;
    row->mass_g = batch->yielded_g - in_g;
    for (uint32_t i = 0; i < batch->facts.count && row->entry_count < WORK_ENTRIES_MAX; i++)
        if (is_yield(&batch->facts.all[i]))
            row->entries[row->entry_count++] = batch->facts.all[i].entry;
}

size_t batch_write(const struct batch *batch, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, batch->finishes);
    bytes_write_varint(&writer, batch->facility);
    bytes_write_varint(&writer, batch->outputs);
    bytes_write_varint(&writer, batch->additives_g);
    bytes_write_varint(&writer, batch->yielded_g);
    bytes_write_varint(&writer, batch->method);
    bytes_write_varint(&writer, batch->manifests);
    manifest_sums_write(&batch->sums, &writer);
    tally_profiles_write(&batch->cargo, &writer);
    if (writer.failed)
        return 0;
    size_t len = facts_write(&batch->facts, ret + writer.len, cap - writer.len);
    return len == 0 ? 0 : writer.len + len;
}

bool batch_parse(struct span bytes, struct batch *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    memset(ret, 0, offsetof(struct batch, facts));
    uint64_t finishes = bytes_read_varint(&reader);
    uint64_t facility = bytes_read_varint(&reader);
    uint64_t outputs = bytes_read_varint(&reader);
    ret->additives_g = bytes_read_varint(&reader);
    ret->yielded_g = bytes_read_varint(&reader);
    uint64_t method = bytes_read_varint(&reader);
    uint64_t manifests = bytes_read_varint(&reader);
    manifest_sums_read(&reader, &ret->sums);
    if (!tally_profiles_read(&reader, &ret->cargo) || finishes > UINT32_MAX ||
        facility > UINT32_MAX || outputs > UINT32_MAX || method > UINT32_MAX ||
        manifests > UINT32_MAX)
        return false;
    ret->finishes = (uint32_t)finishes;
    ret->facility = (uint32_t)facility;
    ret->outputs = (uint32_t)outputs;
    ret->method = (uint32_t)method;
    ret->manifests = (uint32_t)manifests;
    return facts_parse(span_of(reader.at, reader.left), &ret->facts);
}
