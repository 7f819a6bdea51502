/* block.h: a block of manifest numbers that was reserved for a party, and what was drawn from it. */
#ifndef CUSTODY_DOMAIN_BLOCK_H
#define CUSTODY_DOMAIN_BLOCK_H

#include "proto/profile.h"
#include "daemon/domain/party.h"
#include "daemon/domain/work.h"

enum {
    BLOCK_NUMBERS_MAX = 1000,
    BLOCK_RECEIVERS_MAX = 32,
    BLOCK_RECORD_MAX = 4096,
    MANIFEST_NUMBER_MAX = 24
};

struct block {
    uint64_t entry;
    uint32_t party;
    char first[MANIFEST_NUMBER_MAX + 1]; /* digits, an `L` in front when local */
    uint32_t count;
    int64_t from_us, until_us;
    bool is_closed;
    int64_t closed_us; /* when it was */
    uint32_t approval; /* whose quantity it reserves; 0: none */
    uint32_t key;      /* that reserved it, and its statement */
    uint64_t key_sequence;
    uint64_t mass_ceiling_g, drawn_g;
    uint32_t receiver_count;
    uint32_t receivers[BLOCK_RECEIVERS_MAX];
    uint32_t pattern_count;
    char patterns[PERMIT_PATTERNS_MAX][WASTE_CODE_MAX + 1];
    uint8_t drawn[(BLOCK_NUMBERS_MAX + 7) / 8];
};

/* L + year + the prefecture's four digits + six digits of serial: visibly not a national number. */
void block_local_number(char ret[static MANIFEST_NUMBER_MAX + 1],
                        int32_t year,
                        uint32_t division,
                        uint32_t serial);
/* Place of a number in the block; -1 when it is not of the block. */
int32_t block_index(const struct block *block, struct span number);
void block_number(const struct block *block,
                  uint32_t index,
                  char ret[static MANIFEST_NUMBER_MAX + 1]);
bool block_is_live(const struct block *block, int64_t at_us);
/* Allows receiver, code and further mass; no list of receivers or codes and no ceiling: none is set. */
bool block_allows(const struct block *block, uint32_t receiver, struct span code, uint64_t mass_g);

/* How many of its numbers were drawn. */
uint32_t block_used(const struct block *block);
/* The duty to use or close it before it lapses; a finding when it was closed only after, with numbers that nobody used. */
void block_work(const struct block *block,
                uint64_t number,
                uint32_t division,
                const struct profile *profile,
                struct work_set *set);

size_t block_write(const struct block *block, uint8_t *ret, size_t cap);
bool block_parse(struct span bytes, struct block *ret);

#endif
