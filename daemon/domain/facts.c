/* facts.c: a bounded set of facts about one subject, kept in order.
 * Never keeps by arrival: which facts are kept beyond the bound follows from the set alone.
 *
 * Each party keeps its first FACTS_PER_PARTY_MAX facts in order. Of all these, when they are more than FACTS_MAX, the first
 * ones by (rank within the party, order) are kept, so that no party can crowd out another. Adding a fact only
 * ever raises ranks, so a fact that was let go would be let go again: adding one by one in any order ends with the same set. */
#include "daemon/domain/fact.h"

static void insert(struct facts *facts, const struct fact *fact)
{
    uint32_t at = facts->count;
    while (at > 0 && fact_compare(fact, &facts->all[at - 1]) < 0)
        at--;
    memmove(&facts->all[at + 1], &facts->all[at], (facts->count - at) * sizeof facts->all[0]);
    facts->all[at] = *fact;
    facts->count++;
}

static void drop(struct facts *facts, uint32_t at)
{
    facts->count--;
    memmove(&facts->all[at], &facts->all[at + 1], (facts->count - at) * sizeof facts->all[0]);
}

/* How many facts of its party stand before it, when `newcomer` is counted too. */
static uint32_t
rank_of(const struct facts *facts, const struct fact *fact, const struct fact *newcomer)
{
    uint32_t rank = newcomer->party == fact->party && fact_compare(newcomer, fact) < 0 ? 1 : 0;
    for (uint32_t i = 0; i < facts->count; i++)
        if (facts->all[i].party == fact->party && fact_compare(&facts->all[i], fact) < 0)
            rank++;
    return rank;
}

/* Place of the fact that has to go: the last by (rank, order), of the newcomer's party alone when that is full;
 * facts->count when it is the newcomer. */
static uint32_t
find_last(const struct facts *facts, const struct fact *newcomer, bool party_is_full)
{
    uint32_t last = facts->count;
    const struct fact *last_fact = newcomer;
    uint32_t last_rank = rank_of(facts, newcomer, newcomer);
    for (uint32_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->all[i];
        if (party_is_full && fact->party != newcomer->party)
            continue;
        uint32_t rank = rank_of(facts, fact, newcomer);
        if (rank > last_rank || (rank == last_rank && fact_compare(fact, last_fact) > 0)) {
            last = i;
            last_fact = fact;
            last_rank = rank;
        }
    }
    return last;
}

bool facts_add(struct facts *facts, const struct fact *fact)
{
    uint32_t of_party = 0;
    for (uint32_t i = 0; i < facts->count; i++) {
        if (fact_is_same(&facts->all[i], fact))
            return false;
        of_party += facts->all[i].party == fact->party ? 1 : 0;
    }
    bool party_is_full = of_party >= FACTS_PER_PARTY_MAX;
    if (party_is_full || facts->count == FACTS_MAX) {
        facts->not_kept++;
        uint32_t last = find_last(facts, fact, party_is_full);
        if (last == facts->count)
            return false;
        drop(facts, last);
    }
    insert(facts, fact);
    return true;
}

void facts_move(struct facts *facts, struct fact *there, const struct fact *fact)
{
    drop(facts, (uint32_t)(there - facts->all));
    insert(facts, fact);
}

struct fact *facts_find(struct facts *facts, uint32_t key, uint64_t key_sequence, uint16_t item)
{
    for (uint32_t i = 0; i < facts->count; i++) {
        struct fact *fact = &facts->all[i];
        if (fact->key == key && fact->key_sequence == key_sequence && fact->item == item)
            return fact;
    }
    return NULL;
}

struct fact *facts_find_entry(struct facts *facts, uint64_t entry, uint16_t item)
{
    for (uint32_t i = 0; i < facts->count; i++)
        if (facts->all[i].entry == entry && facts->all[i].item == item)
            return &facts->all[i];
    return NULL;
}

size_t facts_write(const struct facts *facts, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_varint(&writer, facts->count);
    bytes_write_varint(&writer, facts->not_kept);
    for (uint32_t i = 0; i < facts->count; i++) {
        if (i == 0)
            fact_write(&facts->all[i], &writer);
        else
            fact_write_after(&facts->all[i], facts->all[i - 1].effective_us, &writer);
    }
    return bytes_written(&writer).len;
}

bool facts_parse(struct span bytes, struct facts *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint64_t count = bytes_read_varint(&reader);
    uint64_t not_kept = bytes_read_varint(&reader);
    if (reader.failed || count > FACTS_MAX || not_kept > UINT32_MAX)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        struct fact *fact = &ret->all[i];
        bool is_read = i == 0 ? fact_read(&reader, fact)
                              : fact_read_after(&reader, ret->all[i - 1].effective_us, fact);
        if (!is_read || (i > 0 && fact_compare(&ret->all[i - 1], fact) >= 0))
            return false;
    }
    if (!bytes_reader_is_done(&reader))
        return false;
    ret->count = (uint32_t)count;
    ret->not_kept = (uint32_t)not_kept;
    return true;
}
