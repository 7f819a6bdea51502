/* asking.h: one question being answered: its snapshots, what its answer rests on, what its asker may see; for the files of
 * this floor that answer questions. Never writes. */
#ifndef CUSTODY_SERVICE_ASKING_H
#define CUSTODY_SERVICE_ASKING_H

#include "daemon/service/ledger_parts.h"
#include "daemon/service/query.h"
#include "daemon/service/sight.h"
#include "daemon/service/view.h"

enum { ASKING_LIST_DEFAULT = 100, ASKING_LIST_MAX = 500 };

struct asking {
    struct ledger *ledger;
    struct query *query;
    struct lookups_snapshot *lookups;
    struct journal_snapshot *journal;
    struct book *book;
    struct view view;
    struct sight sight;       /* what the asker sees */
    struct sight_trail trail; /* what it saw of others */
    uint64_t position;        /* the look-ups reflect entries before this */
    uint64_t size;            /* of the journal's head, >= position */
    bool tail_is_sound;       /* entries from position on were compared with the signed root */
};

/* The answer: a message, or a problem. Exactly one of them is given to every question. */
/* A `next_page` in it is sealed on its way out (paging.h). */
void asking_reply(struct asking *asking, ProtobufCMessage *message);
void asking_refuse(struct asking *asking, uint32_t reason, const char *field);
/* Put what the page token stands for in its place; false when it was not given to this asker by this question. */
bool asking_open_page(struct asking *asking, Custody__V1__QueryOptions *options);
/* Past its time. */
bool asking_is_late(const struct asking *asking);
uint32_t asking_limit(const Custody__V1__QueryOptions *options);

/* A merkle_read_node; context is the asking. Tiles trail the journal by a moment; what they lack is hashed from the
 * entries themselves. */
bool asking_node(void *context, uint32_t level, uint64_t index, struct digest *ret);
/* Leaf hash that the entry of that number must have: from a tile, or, beyond the tiles, from the entry itself after the whole
 * tree was compared with the signed root. False when it cannot be told. */
bool asking_leaf(struct asking *asking, uint64_t number, struct digest *ret);
/* The bytes of an entry, checked against that leaf hash; borrowed from the snapshot. False when there is no such entry, or, and
 * then the book has failed, when it is not what was signed. */
bool asking_entry(struct asking *asking,
                  uint64_t number,
                  struct digest *ret_leaf,
                  struct span *ret);
Custody__V1__ConsistencyProof *asking_consistency(struct asking *asking, uint64_t known_size);
Custody__V1__Basis *asking_basis(struct asking *asking, const Custody__V1__QueryOptions *options);

/* What the asker sees (sight.h), by the scopes of its roles for this question. What it saw of others is noted after the answer
 * (disclosure.h). Ask for what an answer shows, not for what it passes over. */
bool asking_sees_division(const struct asking *asking, uint32_t division);
bool asking_sees_party(const struct asking *asking, uint32_t party);
bool asking_sees_container(const struct asking *asking, uint32_t container, const struct fact *at);
bool asking_sees_manifest(const struct asking *asking, uint32_t manifest);
bool asking_sees_work(const struct asking *asking, const struct work *row);
bool asking_sees_entry(const struct asking *asking, struct span entry);
uint32_t asking_party_division(const struct asking *asking, uint32_t party);

#endif
