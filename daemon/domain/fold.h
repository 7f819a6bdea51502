/* fold.h: what the passes over one container's facts share, for the files of the fold only: container.c, fold.c, walk.c,
 * standing.c, leg.c, correct.c, weigh.c, describe.c, owed.c. Everybody else reads container.h.
 *
 * Each pass reads what those before it wrote; nothing is ever taken back. Pointers to facts are the caller's. */
#ifndef CUSTODY_DOMAIN_FOLD_H
#define CUSTODY_DOMAIN_FOLD_H

#include "daemon/domain/container.h"

enum { FOLD_FACTS_MAX = 2 * FACTS_MAX, FOLD_SWAPS_MAX = 8, FOLD_HOLDS_MAX = 8 };

enum leg_state {
    LEG_GONE, /* lawfully elsewhere, or nothing said yet */
    LEG_IN_TRANSIT,
    LEG_RECEIVED,
    LEG_REJECTED,
    LEG_MISSING,
    LEG_FED,
    LEG_LOST,
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
    uint32_t centre;                      /* collection centre that took it in on the way */
};

struct fill_note {
    const struct fact *birth; /* that says when its age began */
    const struct fact *load;  /* the first one */
    const struct fact *leaving;
    int32_t leg; /* the one it travels or travelled by last; -1: none */
    uint64_t packed_g;
    bool is_provisional;         /* custody rests on nobody having held it */
    bool is_yielded;             /* it came out of a batch */
    const struct fact *rejected; /* still waits for its next destination, or did */
    const struct fact *sent_on;  /* ended that waiting */
    const struct fact *lost;     /* the last loss */
    const struct fact *feed;
    const struct fact *own_hold; /* a regulator's, on the container */
};

/* A regulator's hold on a manifest that the container names. */
struct fold_hold {
    uint32_t manifest;
    const struct fact *fact;
};

/* An amendment that both sides signed: what the target says is said of another manifest. */
struct fold_swap {
    const struct fact *target;
    const struct fact *amend;
};

struct fold {
    const struct container_context *context;
    struct container_history *history;
    size_t count;
    const struct fact *facts[FOLD_FACTS_MAX]; /* in order */
    bool is_withdrawn[FOLD_FACTS_MAX];        /* by fact: as if never said */
    uint32_t swap_count;
    struct fold_swap swaps[FOLD_SWAPS_MAX];
    uint32_t hold_count;
    struct fold_hold holds[FOLD_HOLDS_MAX];
    uint32_t label_count; /* of the context's labels, those in use so far */
    uint32_t labels[CONTAINER_LABELS_MAX];
    uint8_t row_fills[WORK_SET_MAX]; /* by row: the fill that it is about */
    uint32_t spoken_of;              /* the fill that new rows are about */
    struct leg_note legs[CONTAINER_LEGS_MAX];
    struct fill_note fills[CONTAINER_FILLS_MAX];
    const struct fact *feedings[CONTAINER_FILLS_MAX];
};

/* ---- fold.c ------------------------------------------------------------------------------------ */

void fold_sort(struct fold *fold, const struct fact *const *facts, size_t count);
const struct profile *fold_profile(const struct fold *fold, const struct container_fill *fill);
const struct manifest *fold_find_manifest(const struct fold *fold, uint32_t number);
const struct manifest *fold_find_in_force(const struct fold *fold, uint32_t number);
/* The manifest that a fact speaks of, as swaps in force have it; 0: none. */
uint32_t fold_manifest(const struct fold *fold, const struct fact *fact);
/* NULL when no fact names it or it is not known. */
const struct container_trip *fold_find_trip(const struct fold *fold, uint32_t number);
/* Nothing is held by anybody, as before the first fact. */
void fold_reset(struct fold *fold);
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
/* For rules about a fill that is over: rows added from now on are about that one. */
void fold_speak_of(struct fold *fold, uint32_t fill);
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
bool leg_carries_out(const struct fold *fold,
                     uint32_t manifest_number,
                     uint32_t party,
                     int64_t at_us);
void leg_end_others(struct fold *fold, int32_t kept, uint32_t manifest, bool is_lawful);
void leg_end_missing(struct fold *fold);
void leg_change_trip(struct fold *fold, uint32_t trip);
void leg_end_all(struct fold *fold);

/* ---- standing.c -------------------------------------------------------------------------------- */

/* Who holds it after a transfer: the carrier of the trip that it goes on to, the party of the centre; 0: not known. */
uint32_t standing_taker(const struct fold *fold, const struct fact *fact);
/* Does its own generator treat it, as its profile allows? */
bool standing_is_own_treatment(const struct fold *fold,
                               const struct container_fill *fill,
                               const struct fact *fact);

enum standing standing_of(const struct fold *fold,
                          const struct container_fill *fill,
                          const struct fact *fact,
                          enum transition_act act);
/* Does what the fact takes give way to nothing, because custody so far rests on nobody having held it? */
bool standing_displaces(const struct fold *fold, const struct fact *fact, enum transition_act act);

/* ---- the passes, in this order ----------------------------------------------------------------- */

void correct_swaps(struct fold *fold);
void walk_custody(struct fold *fold);
void correct_withdrawals(struct fold *fold);
void correct_judge(struct fold *fold);
void weigh_masses(struct fold *fold);
void weigh_steps(struct fold *fold);
void weigh_sums(struct fold *fold);
void describe_fills(struct fold *fold);
void owed_add(struct fold *fold);
/* Last: which profile judges each fill, what its rows tell of it, and that rules which the profile does not have fall away. */
void fold_settle_profiles(struct fold *fold);
void fold_tell_rows(struct fold *fold);

/* ---- correct.c, for the other passes ----------------------------------------------------------- */

/* Withdraw, dispute, amend: does it speak of that fact's statement? */
bool correct_is_about(const struct fact *fact, const struct fact *target);
bool correct_is_amend(const struct fact *fact);
bool correct_is_target(const struct fact *fact, const struct fact *amend);
/* What an amendment may change, a bit each. */
enum correct_field {
    CORRECT_MASS = 1 << 0,
    CORRECT_PACKAGE = 1 << 1,
    CORRECT_WARD = 1 << 2,
    CORRECT_TEMPERATURE = 1 << 3,
};
/* The amendment in force of what that fact says of the field; NULL: it stands as said. After correct_judge. */
const struct fact *
correct_find(const struct fold *fold, const struct fact *fact, enum correct_field field);

#endif
