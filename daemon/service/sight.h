/* sight.h: what one asker sees by one question: the scopes of its roles (domain/entitlement.h) applied to records.
 * Never shows anything; whoever answers asks here first.
 *
 * Who took part: in a container, its generator, who moved it with effect (not who only claimed to: a contested statement gives no
 * right to read), who countersigned that, and whom the manifests name that it moved under; in a manifest, whom it names, its
 * author, and whose load or receipt they countersigned. What rests on a scope over others is gathered in a trail, for the
 * access log. One asker's, one thread. */
#ifndef CUSTODY_SERVICE_SIGHT_H
#define CUSTODY_SERVICE_SIGHT_H

#include "daemon/domain/entitlement.h"
#include "daemon/domain/region.h"
#include "daemon/service/access.h"
#include "daemon/service/book.h"

enum { SIGHT_TRAIL_PARTIES = 8, SIGHT_PARTIES_MAX = 64 };

/* Whose records were seen by a scope over others. */
struct sight_trail {
    entitlement_bits scopes; /* those that something rested on */
    uint32_t count;
    uint32_t parties[SIGHT_TRAIL_PARTIES];
    bool is_cut; /* more parties than there is room for: all that the scope covers */
};

struct sight {
    struct book *book;
    const struct access_caller *caller;
    int64_t now_us;
    entitlement_bits scopes;
    bool
        is_home; /* its divisions are all that the ledger serves: whatever stands here crosses them */
    char sector[20]; /* that the asker audits; empty: none; "*": every one */
    struct sight_trail *trail;
};

void sight_begin(struct sight *sight,
                 struct book *book,
                 const struct access_caller *caller,
                 uint16_t question,
                 int64_t now_us,
                 struct sight_trail *trail);
/* The same asker by other scopes, e.g. those of a record about a person. */
struct sight sight_with(const struct sight *sight, entitlement_bits scopes);

/* Of a party; empty when it was not told. */
const char *sight_sector(const struct party_version *version);
/* Is this division one of the asker's, or a predecessor of one? Notes nothing: for whole lists. */
bool sight_covers(const struct sight *sight, uint32_t division);
/* Is the asker an auditor of a sector by this question? */
bool sight_audits(const struct sight *sight);
/* All divisions that it covers, as ranges of their numbers; at most SIGHT_RANGES_MAX. */
enum { SIGHT_RANGES_MAX = REGION_MERGERS_MAX + 1 };
struct sight_range {
    uint32_t first, last;
};
uint32_t sight_ranges(const struct sight *sight, struct sight_range ret[static SIGHT_RANGES_MAX]);
bool sight_sees_party(const struct sight *sight, uint32_t party);
/* The container's volume at that place (volumes.h); NULL: the newest. Whoever took part in it or in one of those before it,
 * SIGHT_VOLUMES_MAX in all, or sees its generator, sees it. */
enum { SIGHT_VOLUMES_MAX = 32 };
bool sight_sees_container(const struct sight *sight, uint32_t container, const struct fact *at);
bool sight_sees_manifest(const struct sight *sight, uint32_t manifest);
bool sight_sees_trip(const struct sight *sight, uint32_t trip);
bool sight_sees_batch(const struct sight *sight, uint32_t batch);
bool sight_sees_work(const struct sight *sight, const struct work *row);
/* What is law for all (profiles, divisions, catalogues, the ledger's own acts) is seen by all that see any entry. `arena`: for
 * the body, until it is emptied. */
bool sight_sees_entry(const struct sight *sight, struct span entry, struct arena *arena);

/* Everything was seen that the asker's scopes cover: a list of them all. */
void sight_note_all(const struct sight *sight);

#endif
