/* fold.h: what the passes over one container's facts share, for the files of the fold only: container.c, fold.c, walk.c,
 * standing.c, leg.c, correct.c, weigh.c, owed.c. Everybody else reads container.h.
 *
 * Each pass reads what those before it wrote; nothing is ever taken back. Pointers to facts are the caller's. */
#ifndef CUSTODY_DOMAIN_FOLD_H
#define CUSTODY_DOMAIN_FOLD_H

#include "daemon/domain/container.h"

enum { FOLD_FACTS_MAX = 2 * FACTS_MAX };

enum leg_state {
    LEG_GONE, /* lawfully elsewhere, or nothing said yet */
    LEG_IN_TRANSIT,
    LEG_RECEIVED,
    LEG_REJECTED,
    LEG_MISSING,
    LEG_FED,
};

/* What the fold remembers of a leg besides what it tells. */
struct leg_note {
    enum leg_state state;
    bool is_loaded;
    bool is_extra;
    bool is_accepted;
    const struct fact *load;
    const struct fact *receipt;
    const struct fact *missing;
    const struct fact *feed;
    uint64_t loaded_g, received_g, fed_g; /* FACT_NO_MASS: not known */
};

struct fill_note {
    const struct fact *birth; /* that says when its age began */
    const struct fact *load;  /* the first one */
    const struct fact *leaving;
    int32_t leg; /* the one it travels or travelled by last; -1: none */
    uint64_t packed_g;
    bool is_provisional; /* custody rests on nobody having held it */
};

struct fold {
    const struct container_context *context;
    struct container_history *history;
    size_t count;
    const struct fact *facts[FOLD_FACTS_MAX]; /* in order */
    uint32_t holders[FOLD_FACTS_MAX];         /* by step: who held it then */
    struct leg_note legs[CONTAINER_LEGS_MAX];
    struct fill_note fills[CONTAINER_FILLS_MAX];
    const struct fact *feedings[CONTAINER_FILLS_MAX];
};

/* ---- fold.c ------------------------------------------------------------------------------------ */

void fold_sort(struct fold *fold, const struct fact *const *facts, size_t count);
const struct profile *fold_profile(const struct fold *fold, const struct container_fill *fill);
const struct manifest *fold_find_manifest(const struct fold *fold, uint32_t number);
const struct manifest *fold_find_in_force(const struct fold *fold, uint32_t number);
void fold_begin_fill(struct fold *fold);
struct container_fill *fold_present(struct fold *fold);
struct fill_note *fold_note(struct fold *fold);
bool fold_is_over(const struct container_fill *fill);
bool fold_is_of_group(const struct fact *fact);
/* TRANSITION_ACTS for an act that is not in the table. */
enum transition_act fold_act(const struct fact *fact);
/* The row of that rule, anchor and time, made if it is not there. Never NULL: what the full set drops goes to `spare`. */
struct work *fold_add_row(struct fold *fold,
                          enum work_kind kind,
                          uint16_t rule,
                          const struct fact *anchor,
                          int64_t due_us,
                          struct work *spare);
void fold_show_entry(struct work *row, const struct fact *fact);
/* Broken since the anchor's moment; `other` (may be NULL) shows it too. */
void fold_add_finding(struct fold *fold,
                      uint16_t rule,
                      const struct fact *anchor,
                      uint32_t party,
                      const struct fact *other);

/* ---- leg.c: legs of the present fill ----------------------------------------------------------- */

/* -1 when there is none; a leg by which the container was loaded goes before one by which it only came in. */
int32_t leg_find(const struct fold *fold, uint32_t manifest);
/* -1 when there is no room. */
int32_t leg_give(struct fold *fold, uint32_t manifest, uint32_t trip);
int32_t leg_find_receipt(struct fold *fold, const struct fact *fact);
bool leg_carries_out(const struct fold *fold, uint32_t manifest_number, uint32_t party);
void leg_end_others(struct fold *fold, int32_t kept, uint32_t manifest, bool is_lawful);
void leg_end_missing(struct fold *fold);

/* ---- standing.c -------------------------------------------------------------------------------- */

enum standing standing_of(const struct fold *fold,
                          const struct container_fill *fill,
                          const struct fact *fact,
                          enum transition_act act);
/* Does what the fact takes give way to nothing, because custody so far rests on nobody having held it? */
bool standing_displaces(const struct fold *fold, const struct fact *fact, enum transition_act act);

/* ---- the passes, in this order ----------------------------------------------------------------- */

void walk_custody(struct fold *fold);
void correct_judge(struct fold *fold);
void weigh_masses(struct fold *fold);
void weigh_steps(struct fold *fold);
void weigh_sums(struct fold *fold);
void owed_add(struct fold *fold);

/* ---- correct.c, for the other passes ----------------------------------------------------------- */

bool correct_is_amend(const struct fact *fact);
bool correct_is_target(const struct fact *fact, const struct fact *amend);

#endif
