/* fakeledger.h: a ledger in memory behind a real CURVE socket, in a thread of the test: honest, or as dishonest as a test wants.
 * Never decides anything about waste: every statement with a good signature is recorded.
 *
 * Settings may be changed at any time with fakeledger_set; answers follow from the next request on. */
#ifndef TESTS_LIB_FAKELEDGER_H
#define TESTS_LIB_FAKELEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/card.h"

enum { FAKELEDGER_ENTRIES_MAX = 4096 };

enum fakeledger_lie {
    FAKELEDGER_HONEST = 0,
    FAKELEDGER_BAD_INCLUSION, /* one bit of each inclusion proof, or the size when there is no hash */
    FAKELEDGER_BAD_SIGNATURE,   /* checkpoints signed by another key */
    FAKELEDGER_BAD_CONSISTENCY, /* one bit of each consistency proof */
    FAKELEDGER_NO_CONSISTENCY,
    FAKELEDGER_OTHER_HISTORY, /* entry 0 was replaced */
    FAKELEDGER_ROLLED_BACK,   /* answers from half of its entries */
    FAKELEDGER_BAD_ENTRY,     /* one bit of the last entry's bytes, as they are shown */
    FAKELEDGER_OTHER_OUTCOME, /* the receipt says refused, the entry recorded */
};

struct fakeledger_settings {
    enum fakeledger_lie lie;
    unsigned drop_every;   /* every n-th submission is recorded, but its answer is lost; 0: none */
    unsigned lose_every;   /* every n-th submission is lost before it is recorded */
    unsigned double_every; /* every n-th answer comes twice */
    unsigned busy_every;   /* every n-th submission is answered busy, retry_after_ms 1 */
    bool is_silent;        /* nothing is answered */
    bool is_awaiting;      /* submissions: enrolment_awaited */
    bool cuts_problems;    /* of a problem only the envelope arrives */
    uint64_t turn_away;    /* the statement of this sequence: turned away, bad_signature */
    uint64_t refuse;       /* the statement of this sequence is recorded as refused */
    bool is_forked;        /* receipts show the finding chain_fork */
    unsigned
        late_answer; /* only the n-th submission is answered, and when the next one comes; 0: all are */
    unsigned
        behind; /* the readers trail: so many questions that ask for the newest entries are answered not_yet */
    unsigned rush; /* so many foreign entries come in with each submission */
};

struct fakeledger;

struct fakeledger *fakeledger_create(void);
void fakeledger_destroy(struct fakeledger *fake);
void fakeledger_set(struct fakeledger *fake, const struct fakeledger_settings *settings);
/* As an invitation would tell: ledger, endpoint, server key. The kind is CARD_LEDGER. */
void fakeledger_card(struct fakeledger *fake, struct card *ret);
/* Make a home folder: keys, and the ledger file. */
void fakeledger_home(struct fakeledger *fake, const char *home);
void fakeledger_vkey(struct fakeledger *fake, char *ret, size_t cap);
/* Entries so far, and how many of them are by this key. */
size_t fakeledger_count(struct fakeledger *fake, const uint8_t *key);
/* Submissions that arrived, recorded or not. */
size_t fakeledger_arrivals(struct fakeledger *fake);
/* Add an entry by somebody else. */
void fakeledger_add_foreign(struct fakeledger *fake);

#endif
