/* view.h: records as the messages that answers carry: names instead of numbers, words instead of codes.
 * Never decides what may be seen (query.h) and never writes. Memory is the arena's; NULL or 0 when it is used up. */
#ifndef CUSTODY_SERVICE_VIEW_H
#define CUSTODY_SERVICE_VIEW_H

#include "proto/custody.pb-c.h"
#include "proto/merkle.h"
#include "daemon/base/arena.h"
#include "daemon/ledger/annex.h"
#include "daemon/service/book.h"

enum { VIEW_CACHED = 64 };

/* Zeroed at first; lives as long as the view's arena. */
struct view_cache {
    struct {
        uint32_t number;
        char *text, *name;
    } parties[VIEW_CACHED];
};

struct view {
    struct book *book;
    struct annex *annex; /* NULL: names are left out */
    struct arena *arena;
    int64_t now_us;
    struct view_cache *cache; /* NULL, or what many rows of one answer ask for again */
};

struct span view_pack(struct arena *arena, const ProtobufCMessage *message);
Custody__V1__InclusionProof *view_inclusion(struct arena *arena,
                                            uint64_t entry,
                                            uint64_t size,
                                            const struct merkle_proof *proof);
Custody__V1__ConsistencyProof *view_consistency(struct arena *arena,
                                                uint64_t old_size,
                                                uint64_t new_size,
                                                const struct merkle_proof *proof);
/* The findings among the rows, for a receipt: no names from the annex. */
size_t view_findings(struct book *book,
                     struct arena *arena,
                     const struct work_set *set,
                     Custody__V1__Finding ***ret);

char *view_party(const struct view *view, uint32_t party); /* scheme:value */
char *view_party_name(
    const struct view *view,
    uint32_t party); /* from the annex; empty when not given, "已删除 erased" when it was erased */
char *view_place(const struct view *view, uint32_t place);     /* party/code */
char *view_vehicle(const struct view *view, uint32_t vehicle); /* the plate */
char *view_division(const struct view *view, uint32_t division);
char *view_division_code(const struct view *view, uint32_t division); /* six digits */
char *view_text(struct arena *arena, struct span text);               /* never NULL */
char *view_subject(const struct view *view, uint8_t kind, uint64_t number);
Custody__V1__ContainerName *view_container_name(const struct view *view, uint32_t container);
Custody__V1__Finding *view_finding(const struct view *view, const struct work *row);
Custody__V1__Obligation *view_obligation(const struct view *view, const struct work *row);
/* As lists tell it; sheet.h has the whole form. */
Custody__V1__ManifestView *view_manifest(const struct view *view, uint32_t number);
Custody__V1__BatchView *view_batch(const struct view *view, uint32_t number);
/* Folds the container's volume at that place (volumes.h) and tells it alone; NULL: the newest, and those before it while they
 * come to few steps. `earlier_at` tells of what else there is. */
enum { VIEW_STEPS_MAX = 2 * FACTS_MAX, VIEW_STEPS_ENOUGH = 64 };
Custody__V1__ContainerTrace *
view_container(const struct view *view, uint32_t number, const struct fact *at);
/* The same without steps, labels and open work: what a scanner asks at the door. */
Custody__V1__ContainerTrace *
view_container_state(const struct view *view, uint32_t number, const struct fact *at);

#endif
