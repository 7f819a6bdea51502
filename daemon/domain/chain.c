/* chain.c: the chain of a key's statements: what is there, what is missing, what forked.
 * Never proves anything: it is evidence for findings. */
#include "daemon/domain/chain.h"

void chain_init(struct key *key, const uint8_t public_key[static PUBLIC_KEY_SIZE])
{
    memset(key, 0, sizeof *key);
    memcpy(key->public_key, public_key, PUBLIC_KEY_SIZE);
    key->until_us = INT64_MAX;
    key->next_sequence = 1;
}

static void remove_gap(struct key *key, uint32_t at)
{
    key->gap_count--;
    memmove(&key->gaps[at], &key->gaps[at + 1], (key->gap_count - at) * sizeof key->gaps[0]);
}

/* Beyond the bound gaps are only counted, statement by statement, and the stretch of sequences in which they
 * lie is kept. */
static void leave_unlisted(struct key *key, uint64_t first, uint64_t last)
{
    uint64_t missing = last - first + 1;
    if (key->unlisted_gaps == 0 || first < key->unlisted_first)
        key->unlisted_first = first;
    if (key->unlisted_gaps == 0 || last > key->unlisted_last)
        key->unlisted_last = last;
    key->unlisted_gaps = missing > UINT32_MAX - key->unlisted_gaps
                             ? UINT32_MAX
                             : key->unlisted_gaps + (uint32_t)missing;
}

static void insert_gap(struct key *key, uint32_t at, const struct chain_gap *gap)
{
    if (key->gap_count == CHAIN_GAPS_MAX) {
        leave_unlisted(key, gap->first, gap->last);
        return;
    }
    memmove(&key->gaps[at + 1], &key->gaps[at], (key->gap_count - at) * sizeof key->gaps[0]);
    key->gaps[at] = *gap;
    key->gap_count++;
}

static void fill_gap(struct key *key, uint32_t at, uint64_t sequence)
{
    struct chain_gap *gap = &key->gaps[at];
    struct chain_gap rest = {.first = sequence + 1, .last = gap->last, .since_us = gap->since_us};
    if (gap->first == gap->last) {
        remove_gap(key, at);
    } else if (sequence == gap->first) {
        gap->first++;
    } else if (sequence == gap->last) {
        gap->last--;
    } else {
        gap->last = sequence - 1;
        insert_gap(key, at + 1, &rest);
    }
}

static bool is_perhaps_unlisted(const struct key *key, uint64_t sequence)
{
    return key->unlisted_gaps > 0 && sequence >= key->unlisted_first &&
           sequence <= key->unlisted_last;
}

enum chain_verdict chain_take(struct key *key,
                              uint64_t sequence,
                              const struct digest *id,
                              int64_t recorded_at_us,
                              bool *ret_changed)
{
    *ret_changed = false;
    if (sequence >= key->next_sequence) {
        bool skips = sequence > key->next_sequence;
        if (skips) {
            struct chain_gap gap = {key->next_sequence, sequence - 1, recorded_at_us};
            insert_gap(key, key->gap_count, &gap);
        }
        *ret_changed = skips;
        key->next_sequence = sequence + 1;
        key->last_id = *id;
        return skips ? CHAIN_GAP : CHAIN_NEXT;
    }
    for (uint32_t i = 0; i < key->gap_count; i++)
        if (sequence >= key->gaps[i].first && sequence <= key->gaps[i].last) {
            fill_gap(key, i, sequence);
            *ret_changed = true;
            return CHAIN_FILLED;
        }
    if (is_perhaps_unlisted(key, sequence)) {
        key->unlisted_gaps--;
        *ret_changed = true;
        return CHAIN_FILLED;
    }
    if (key->forks < UINT32_MAX)
        key->forks++;
    return CHAIN_SECOND;
}

bool chain_may(const struct key *key, party_bits role, int64_t now_us)
{
    return key->is_enrolled && !key->is_revoked && (now_us < key->until_us) &&
           (key->roles & role) != 0;
}
