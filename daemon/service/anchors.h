/* anchors.h: the access log's digests that stand on the ledger, compared with the log's own files.
 * Never repairs, and never takes the word of a key that is no regulator's: facts may be said by anybody.
 *
 * Filled entry by entry as they are replayed, compared when the registry is whole. One thread. */
#ifndef CUSTODY_SERVICE_ANCHORS_H
#define CUSTODY_SERVICE_ANCHORS_H

#include "daemon/service/book.h"

struct anchors;

struct anchors *anchors_create(void);
void anchors_destroy(struct anchors *anchors);
/* Keeps the entry when it is an anchor. */
enum custody_status anchors_take(struct anchors *anchors, struct span entry);

struct anchors_report {
    bool
        is_sound; /* every day that was anchored is as it was then, or so old that it went by itself */
    uint64_t compared;  /* anchors whose day is there and is as anchored */
    uint64_t gone;      /* whose day went by age */
    uint64_t entry;     /* the first anchor that does not fit */
    char sentence[240]; /* what does not, for people: day, line */
};
/* `data` is the ledger's data folder, `book` knows the keys and parties of all entries taken. */
enum custody_status anchors_compare(const struct anchors *anchors,
                                    struct book *book,
                                    const char *data,
                                    struct anchors_report *ret);

#endif
