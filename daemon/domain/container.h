/* container.h: custody is a fold: the state of a container is a pure function of the set of facts about it, in order of
 * effective time. Total and bounded; never refuses, never reads anything but its arguments.
 *
 * Facts come from three places and are handed in together: those about the container itself; those about a box while the
 * container is in it (FACT_OF_GROUP with `box`); those about the remainder of a manifest (FACT_OF_GROUP with `manifest` and no box: a receive
 * that speaks of every container not listed). A group fact applies only while the container is in that box, or in transit under
 * that manifest; a fact that the same statement makes about the container itself goes before.
 *
 * A container packed again after it was fed or ended is a new fill of the same name; each fill has its own age, state and
 * findings. */
#ifndef CUSTODY_DOMAIN_CONTAINER_H
#define CUSTODY_DOMAIN_CONTAINER_H

#include "daemon/domain/fact.h"
#include "daemon/domain/manifest.h"
#include "daemon/domain/profile.h"
#include "daemon/domain/transition.h"
#include "daemon/domain/work.h"

enum {
    CONTAINER_FILLS_MAX = 40,
    CONTAINER_LEGS_MAX = 64,
    CONTAINER_RECORD_MAX = FACTS_BYTES_MAX + 32
};

/* The record that is kept: who names it, and its own facts. The state is always folded anew. */
struct container {
    uint32_t generator;
    uint32_t division; /* of the generator when first mentioned */
    bool is_bulk;
    struct facts facts;
};

struct container_manifest {
    uint32_t number;
    const struct manifest *manifest;
};

/* What the fold may look at besides facts. */
struct container_context {
    const struct profile *profile;
    uint64_t number;
    uint32_t generator;
    uint32_t division;
    bool is_bulk;
    uint32_t manifest_count;
    const struct container_manifest
        *manifests; /* every manifest that a fact names and that is known */
};

enum fact_effect {
    EFFECT_APPLIED = 1,
    EFFECT_CONTESTED = 2,
    EFFECT_NO_CHANGE = 3,
    EFFECT_HELD = 4,
    EFFECT_SUPERSEDED = 5,
    EFFECT_OTHER = 6
};

struct container_step {
    const struct fact *fact;
    enum fact_effect effect;
    enum container_state state; /* after it */
    uint32_t fill;
};

/* What a container adds to a manifest, a trip and a batch. Two legs never have the same (manifest, trip, fill). */
struct container_leg {
    uint32_t manifest, trip, fill;
    struct manifest_sums sums;
};
struct container_feeding {
    uint32_t batch;
    uint64_t mass_g;
};

struct container_fill {
    enum container_state state;
    uint32_t holder;
    uint32_t place;
    uint32_t box;
    uint32_t manifest; /* under which it moves or moved last */
    uint32_t trip;
    uint32_t batch;
    uint32_t code;
    bool is_medical;
    bool is_packed;   /* a pack or yield fact is there */
    uint64_t mass_g;  /* newest declared value after amendments; FACT_NO_MASS: none */
    int64_t born_us;  /* age runs from here: earliest of packed, stored */
    int64_t left_us;  /* first left its generator's storage; 0: has not */
    int64_t since_us; /* of the present state */
};

struct container_history {
    uint32_t fill_count;
    struct container_fill fills[CONTAINER_FILLS_MAX]; /* the last one is the present */
    uint32_t step_count;
    struct container_step steps[FACTS_MAX * 2];
    uint32_t leg_count;
    struct container_leg legs[CONTAINER_LEGS_MAX];
    uint32_t feeding_count;
    struct container_feeding feedings[CONTAINER_FILLS_MAX];
    struct work_set work; /* findings and obligations */
};

/* `facts` in any order; at most 2 * FACTS_MAX are looked at. The history borrows them. */
void container_fold(const struct container_context *context,
                    const struct fact *const *facts,
                    size_t count,
                    struct container_history *ret);

size_t container_write(const struct container *container, uint8_t *ret, size_t cap);
bool container_parse(struct span bytes, struct container *ret);

#endif
