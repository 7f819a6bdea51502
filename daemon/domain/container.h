/* container.h: custody is a fold: the state of a container is a pure function of the set of facts about it, in order of
 * effective time. Total and bounded; never refuses, never reads anything but its arguments.
 *
 * Facts come from several places and are handed in together: those about the container itself; those about a box while the
 * container is in it (FACT_OF_GROUP with `box`); those about a manifest (FACT_OF_GROUP with `manifest` and no box: a receive that
 * speaks of every container not listed, a hold, an order); those about all that rides on a trip (FACT_OF_GROUP with
 * `from_trip`); those about another label that it was given (`label`), which count once the relabelling took effect. A group
 * fact applies only while the container is in that box, travels under that manifest, is on that trip; a fact that the same
 * statement makes about the container itself goes before.
 *
 * A container packed again after it was fed or ended is a new fill of the same name; each fill has its own age, state and
 * findings. What is folded together is a volume of its life, mostly one fill: whoever keeps the facts divides them so that
 * nothing of one fill is needed to fold the next.
 *
 * Standing, the strongest first:
 *   holder         it holds the container; to feed, it must be a facility too
 *   named          a manifest in force names it for a load or a receipt, and moves the holder's waste (the generator's while nobody
 *                  holds it), or the container came by that manifest
 *   countersigned  the holder countersigned
 *   free           nobody holds it and the party is of the right kind, unless a manifest in force that the fact cites names
 *                  others; or the generator countersigned. To pack, store, nest: the generator itself
 * A pack is the generator's alone, whoever holds the container since.
 *
 * What was taken freely is provisional: as soon as the generator packs or stores, or one whom its manifest names loads or
 * receives, they speak of another fill, and what was taken before stays a fill of its own with its findings. So a back-dated
 * statement of a stranger takes nothing that its generator packed or stored. A remainder does not reach it.
 *
 * Legs: of one manifest and fill only the leg it travelled by last counts it. A leg ends (counts nothing present) when the
 * container moved on under another manifest in force that names the leg's as its parent, or under the own manifest of the
 * receiver that had accepted it, or of the collection centre that it was left with, or was returned: rejected, then stored by
 * the manifest's or its own generator with the holder's countersignature, or received by its own generator. Taken in by one
 * whom the manifest does not name, the leg stays as it was.
 *
 * Transfers: custody passes by the signatures of both, the one that gives and the carrier of the next trip (or the party of
 * the centre); until then the step is awaited and the container stays with the first. Another vehicle of the same carrier needs
 * no other's word.
 *
 * Corrections stand beside what they correct and never change it.
 *   Amendments: of mass, package, ward, temperature, each for itself; by the author's party; of what a counterpart countersigned only with the signature of that counterpart or of
 *     who holds it at that time. They count from the target's moment on; the newest stands. One by the author's own key, of
 *     what nobody signed, effective no later than the profile's minutes after the target was recorded, takes effect silently;
 *     a later one, a colleague's, or one that a counterpart signed takes effect just so and shows as a correction
 *     (is_correction): the law lets records be put right and wants to see it (Transfer Measures art. 29).
 *   Swaps: an amendment that names another manifest moves a load, a receipt or a transfer on to it, once both sides signed: the
 *     author, and the generators of both manifests. Until then both readings are told and a finding says who has not signed.
 *   Withdrawals: by the author's party, exactly while nothing of another party builds on the statement: its countersignature,
 *     or a later fact of another party that took effect on the same fill. Judged from the last statement to the first, so that
 *     what was built on and is withdrawn itself is no hindrance. What is withdrawn is as if it had never been said.
 *   Disputes: by a party that took part. A finding at the author until it answered; state is left alone.
 *
 * A regulator's hold is on the container until it is released; moving it meanwhile moves it, and is found. Lost is what its
 * holder lost, until it turns up. An order ends it whoever holds it. */
#ifndef CUSTODY_DOMAIN_CONTAINER_H
#define CUSTODY_DOMAIN_CONTAINER_H

#include "proto/profile.h"
#include "daemon/domain/fact.h"
#include "daemon/domain/law.h"
#include "daemon/domain/manifest.h"
#include "daemon/domain/transition.h"
#include "daemon/domain/work.h"

enum {
    CONTAINER_FILLS_MAX = 40,
    CONTAINER_LEGS_MAX = 64,
    CONTAINER_LABELS_MAX = 8,
    CONTAINER_RECORD_MAX = FACTS_BYTES_MAX + 32
};

/* Who names it, and its own facts of one volume. The state is always folded anew. */
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

/* A trip that a fact names. */
struct container_trip {
    uint32_t number;
    uint32_t carrier; /* that departed; 0: its departure is not here, or held */
    uint32_t vehicle;
};

/* A label that a relabelling gave it; the facts said of it carry its number (fact.label). */
struct container_label {
    uint32_t number;
    bool is_free; /* it named no other container at that moment */
    const struct fact *relabel;
};

/* What the fold may look at besides facts. */
struct container_context {
    const struct law *law;
    uint64_t number;
    uint32_t generator;
    uint32_t division;
    bool is_bulk;
    uint32_t manifest_count;
    /* every manifest that a fact names and that is known */
    const struct container_manifest *manifests;
    uint32_t trip_count;
    const struct container_trip *trips;
    uint32_t label_count;
    const struct container_label *labels;
};

enum fact_effect {
    EFFECT_APPLIED = 1,
    EFFECT_CONTESTED = 2,
    EFFECT_NO_CHANGE = 3,
    EFFECT_HELD = 4,
    EFFECT_SUPERSEDED = 5, /* an amendment that a newer one replaced */
    EFFECT_OTHER = 6,      /* an act outside the table; an amendment whose target is not here */
    EFFECT_WITHDRAWN = 7,  /* as if never said */
    EFFECT_AWAITED = 8,    /* takes effect once the other side signs */
};

struct container_step {
    const struct fact *fact;
    enum fact_effect effect;
    enum container_state state; /* after it, as what follows */
    uint32_t fill;
    uint32_t from;     /* who held it before */
    uint32_t from_box; /* that it was in before */
    uint32_t holder;
    uint32_t place;
    uint32_t temperature_mk; /* told of where it lies since (fact.h); 0: was not */
    uint32_t trip;
    uint32_t code;      /* of the fill, as the whole history has it */
    uint64_t mass_g;    /* newest declared then, else what its pack said; FACT_NO_MASS: none */
    bool is_single;     /* it changed hands on the word of one side */
    bool is_disputed;   /* a counterpart disputes it, and nothing has ended that */
    bool is_correction; /* an amendment later than its profile's minutes: shown as one */
};

/* What a container adds to a manifest, a trip and a batch. Two legs never have the same (manifest, trip, fill). */
struct container_leg {
    uint32_t manifest, trip, fill;
    uint32_t batch; /* that it was fed to where this leg ended; 0: it was not */
    struct manifest_sums sums;
};
struct container_feeding {
    uint32_t batch, fill;
    uint64_t mass_g;
};
/* That it came out of a batch; as declared, whether or not the yield took effect. */
struct container_yielding {
    uint32_t batch;
    uint64_t mass_g;
};

struct container_fill {
    enum container_state state;
    uint32_t holder;
    uint32_t place;
    uint32_t temperature_mk; /* as in container_step, the newest */
    uint32_t box;
    uint32_t manifest; /* under which it moves or moved last */
    uint32_t trip;
    uint32_t batch;
    uint32_t code;
    uint32_t
        profile; /* that judges it: its birth fact's, else its manifest's, else that for what has no code */
    bool is_medical;
    bool is_epidemic; /* packed with the mark */
    bool is_packed;   /* a pack or yield fact is there */
    bool
        is_on_hold; /* a regulator's hold on it, or on the manifest that it moves under, was not released */
    bool is_by_order; /* ended by a regulator's order: never counts as treated */
    uint64_t mass_g;  /* newest declared value after amendments; FACT_NO_MASS: none */
    uint8_t package;  /* enum PackageKind, as its pack says after amendments */
    uint32_t ward;    /* number of the ward's text, likewise; 0: not told */
    int64_t born_us;  /* age runs from here: earliest of generated, packed, stored; 0: not known */
    int64_t left_us;  /* first left its generator's storage; 0: has not */
    int64_t since_us; /* of the present state */
};

/* Beyond `count` of each list there is nothing to be read. At least one fill, of state NONE when nothing is known. */
struct container_history {
    uint32_t fill_count;
    struct container_fill fills[CONTAINER_FILLS_MAX]; /* the last one is the present */
    uint32_t step_count;
    struct container_step steps[FACTS_MAX * 2];
    uint32_t leg_count;
    struct container_leg legs[CONTAINER_LEGS_MAX];
    uint32_t feeding_count;
    struct container_feeding feedings[CONTAINER_FILLS_MAX];
    uint32_t yielding_count;
    struct container_yielding yieldings[CONTAINER_FILLS_MAX];
    struct work_set work; /* findings and obligations */
};

/* `facts` in any order; at most 2 * FACTS_MAX are looked at. The history borrows them. */
void container_fold(const struct container_context *context,
                    const struct fact *const *facts,
                    size_t count,
                    struct container_history *ret);

#endif
