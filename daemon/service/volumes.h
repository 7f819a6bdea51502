/* volumes.h: a container's long life in volumes: a drum or a turnover box that is packed, carried and emptied every day for
 * years has one volume for each time round, and one statement costs what its volume costs, however many there are.
 *
 * What is said of a container is kept by its effective time in spells of VOLUMES_DAYS days, each with the bounds of fact.h:
 * what one party says in one spell takes no room from others, nor from any other spell; and what is kept follows from the
 * set of facts.
 *
 * A volume is what is folded together, once more within the bounds of fact.h. It begins with a pack or yield of its own
 * generator by which it is filled again: the fold of the volume before is over there, fed, ended or lost, as container.h says
 * of a new fill. So the fold of the whole life is the folds of its volumes one after the other, and nothing is carried from one
 * to the next but that it begins. That is marked at the pack (FACT_BEGINS), so that a volume is found by its time alone. A late
 * fact is folded with its own volume; when that ends differently then, its end moves, and the volumes after it are divided
 * anew until an end is where it was: what one statement costs is what it changes.
 *
 * A round that was never finished (its feed was never told) is no end; but the generator that packs the same drum for the
 * VOLUMES_REFILLS_MAX-th time all the same has it, whatever is missing: there the next volume begins. So no gap of long ago
 * silences a drum for ever, and no change spreads far. Nobody but the generator begins volumes.
 *
 * What corrects or disputes a statement is kept beside it, whenever it was made. A further label serves until the label's
 * own volume ends.
 *
 * The first spell is kept in the container's own record, so that a bag is mostly one record. Finding a volume reads the
 * spells that it reaches into; moving a fact to a better time looks through all of them. Threads: the book's. */
#ifndef CUSTODY_SERVICE_VOLUMES_H
#define CUSTODY_SERVICE_VOLUMES_H

#include "daemon/service/book.h"

enum { VOLUMES_DAYS = 4, VOLUMES_SPELLS = 4096, VOLUMES_REFILLS_MAX = 8 };

/* From `start` on, before `end`; without one, from the beginning, to the end. */
struct volume_bounds {
    bool has_start, has_end;
    struct fact start, end;
};

bool volumes_is_known(struct book *book, uint32_t container);
/* Makes a container that nothing was said of. */
void volumes_create(
    struct book *book, uint32_t container, uint32_t generator, uint32_t division, bool is_bulk);

/* Places among the facts: the first that could be at that time; after all. */
struct fact volumes_at(int64_t at_us);
struct fact volumes_newest(void);
bool volumes_covers(const struct volume_bounds *bounds, const struct fact *at);
/* The volume at that place. False when there is no such container or the book failed. */
bool volumes_read(struct book *book,
                  uint32_t container,
                  const struct fact *at,
                  struct container *ret,
                  struct volume_bounds *ret_bounds);
/* The volume before the one that begins there. */
bool volumes_read_before(struct book *book,
                         uint32_t container,
                         const struct fact *start,
                         struct container *ret,
                         struct volume_bounds *ret_bounds);

/* The first pack after `after` at which the volume that begins at `bounds` may end: something has happened to what was packed
 * before. False when there is none or the book failed. */
bool volumes_find_refill(struct book *book,
                         uint32_t container,
                         const struct volume_bounds *bounds,
                         const struct fact *after,
                         struct fact *ret);
/* What stands between these bounds, whatever is marked. */
bool volumes_between(struct book *book,
                     uint32_t container,
                     const struct volume_bounds *bounds,
                     struct container *ret);
/* Marks that a volume begins at that fact, or that none does. A fact that is not kept is left alone. */
void volumes_mark(struct book *book, uint32_t container, const struct fact *at, bool begins);
/* The spell of a time; and its first time. Those before 2020 are in the first one. */
uint32_t volumes_spell(int64_t at_us);
int64_t volumes_spell_start(uint32_t spell);

/* Facts of one spell, to be changed and put back. */
bool volumes_spell_read(struct book *book, uint32_t container, uint32_t spell, struct facts *ret);
void volumes_spell_put(struct book *book,
                       uint32_t container,
                       uint32_t spell,
                       const struct facts *facts);
/* Where a statement's fact stands, by its entry; `item` UINT16_MAX: any. In one spell, or, with VOLUMES_SPELLS, in any: the
 * newest first. False when it is not kept. */
bool volumes_find(struct book *book,
                  uint32_t container,
                  uint32_t spell,
                  uint64_t entry,
                  uint16_t item,
                  struct fact *ret,
                  uint32_t *ret_spell);

/* Puts another reading of that fact, which is kept in `spell`, in its place; what stands beside it goes with it. */
void volumes_move(struct book *book,
                  uint32_t container,
                  uint32_t spell,
                  const struct fact *there,
                  const struct fact *moved);

/* A container and a spell in which it names something, as a member of that; back. */
uint64_t volumes_member(uint32_t container, uint32_t spell, bool is_again);
uint32_t volumes_member_container(uint64_t member);
uint32_t volumes_member_spell(uint64_t member);
/* It is a member by an earlier spell already. */
bool volumes_member_is_again(uint64_t member);

/* The container's record: who names it, which spells have facts, and those of the first spell. */
struct volumes_head {
    uint32_t generator, division;
    bool is_bulk;
    uint32_t first; /* VOLUMES_SPELLS: nothing was said yet */
    uint32_t last;
    uint8_t spells[VOLUMES_SPELLS / 8];
    struct span facts; /* of the first */
};
/* Spans borrow from `bytes`. */
bool volumes_parse_head(struct span bytes, struct volumes_head *ret);
/* The length; 0 when it does not fit. */
size_t volumes_write_head(const struct volumes_head *head, uint8_t *ret, size_t cap);

#endif
