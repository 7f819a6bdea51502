/* book.h: names and records of the look-ups, typed; and what one statement changes in them.
 * Never decides and never folds a rule of its own: it loads, lets the pure core fold, and writes the difference.
 *
 * A book reads either the writer's live look-ups (and then writes) or a reader's snapshot. Numbers are given at first
 * mention; 0 is none. What a book lends lives until book_turn.
 * Threads: a book belongs to one thread. */
#ifndef CUSTODY_SERVICE_BOOK_H
#define CUSTODY_SERVICE_BOOK_H

#include "proto/keyring.h"
#include "daemon/base/arena.h"
#include "daemon/domain/approval.h"
#include "daemon/domain/block.h"
#include "daemon/domain/catalogue.h"
#include "daemon/domain/chain.h"
#include "daemon/domain/container.h"
#include "daemon/domain/document.h"
#include "daemon/domain/manifest.h"
#include "daemon/domain/movement.h"
#include "daemon/domain/party.h"
#include "daemon/domain/region.h"
#include "daemon/domain/trip.h"
#include "daemon/domain/work.h"
#include "daemon/ledger/journal.h"
#include "daemon/ledger/lookups.h"

/* Names beyond those whose kind is a subject of work.h. */
enum {
    BOOK_NAME_NUMBER = 32, /* a manifest's number -> the manifest */
    BOOK_NAME_CURVE = 33,  /* a CURVE key -> the key */
    BOOK_NAME_PERMIT = 34, /* a permit's number -> the party that holds permits of it */
    BOOK_NAME_DRAWN = 35,  /* a number that was drawn -> its block */
    BOOK_NAME_MAX = 160,
};

/* Members beyond those whose kind is a subject of work.h. */
enum {
    BOOK_MEMBERS_CHILDREN = 40, /* of a manifest: those that name it as their parent */
    BOOK_MEMBERS_CARRIED = 41,  /* of a trip: manifests that its loads name */
    BOOK_MEMBERS_TREATED = 42,  /* of a batch: manifests whose containers were fed to it */
    BOOK_MEMBERS_NUMBERED = 43, /* of a text: manifests that were given it as national number */
    BOOK_MEMBERS_FED = 44,      /* of a manifest: batches that its containers were ever fed to */
};

/* Record 0 of SUBJECT_LEDGER: what the ledger says of itself. */
enum { BOOK_PREDECESSORS_MAX = 16 };
struct book_ledger {
    bool is_open;
    uint32_t division;
    int32_t utc_offset_minutes;
    uint32_t numbers[SUBJECT_KINDS]; /* last number given, by kind of name */
    uint32_t divisions;              /* rows of the table that were set */
    uint32_t codes;                  /* rows of catalogues that were set */
    uint32_t regulator_keys;         /* enrolled and not revoked */
    /* Ledgers that this one succeeds, the oldest first: what is addressed to them is taken, and what their keys saw of them beyond
     * the entries that were restored does not exist any more. */
    uint32_t predecessors;
    struct book_predecessor {
        struct digest origin;
        uint64_t restored_size;
    } predecessor[BOOK_PREDECESSORS_MAX];
};

/* A statement's slot in its author's chain, and what named a statement in it, whether that has arrived or not: each
 * countersigning party once, each withdrawal, and each dispute that waits for it. */
enum { BOOK_SLOT_MAX = 8, BOOK_SLOT_NAMED_MAX = 15 };
enum book_named {
    BOOK_NAMED_BY_ADMIN = 1 << 0,
    BOOK_NAMED_WITHDRAWS = 1 << 1,
    BOOK_NAMED_COUNTS = 1 << 2, /* of a withdrawal: it is not held, or was confirmed */
};
struct book_slot {
    uint32_t count;
    struct {
        uint8_t id[16]; /* first half of the statement's id */
        uint64_t entry;
        bool is_void;  /* as a whole it does not count (voice.h) */
        uint32_t kept; /* containers in which it stands though its party withdrew it */
    } statements[BOOK_SLOT_MAX];
    uint32_t named_count;
    struct {
        uint8_t id[16];
        uint32_t party;
        uint8_t bits;   /* enum book_named */
        uint64_t entry; /* of the withdrawal or dispute; 0: a countersignature */
    } named[BOOK_SLOT_NAMED_MAX];
};

/* A box on one civil day: what was said of it. Its members are the containers nested on that day. */
struct book_box_day {
    uint32_t members;
    struct facts facts;
};
/* A box's contents are looked for this many days back: medical waste must be gone in seven (GB 39707 5.4.6). */
enum { BOOK_BOX_DAYS = 14 };

struct book;
struct profiles; /* profiles.h */

/* Exactly one of `lookups` and `snapshot`. `journal` answers when entries were recorded; may be NULL for a reader. */
struct book *book_create(struct lookups *lookups,
                         struct lookups_snapshot *snapshot,
                         struct journal *journal,
                         size_t arena_cap);
void book_destroy(struct book *book);
/* A turn of a reader's book, and from then on another snapshot of the same look-ups, no older than the one before. NULL: none, until
 * it is opened again. */
void book_open(struct book *book, struct lookups_snapshot *snapshot);
/* Forget everything cached; memory lent by the book is gone. */
void book_turn(struct book *book);
struct arena *book_arena(struct book *book);
/* Sticky: the first read or write that failed since the last turn. */
enum custody_status book_status(const struct book *book);
void book_fail(struct book *book, enum custody_status status);
/* The law as the pure core reads it. Lives as long as the book. */
const struct law *book_law(const struct book *book);
/* The built-in profile in the ledger's own zone. For its calendar alone: civil days that are part of a key must be cut in one
 * way for ever, whatever is set later. */
const struct profile *book_profile(const struct book *book);
/* Number of the profile in force at that time for what has no code: one that serves every code, in that division. `at_us` is
 * a time that stays: what is taken out of the work table must have been computed from the same numbers. */
uint32_t book_codeless(struct book *book, uint32_t division, int64_t at_us);
/* The same, for what is the ledger's own: its chains, its reports. */
const struct profile *book_profile_at(struct book *book, int64_t at_us);
/* What set_profile recorded. */
struct profiles *book_profiles(struct book *book);
/* Number of the profile that judges waste of that code (a name, as the label has it; empty: not known, then 0) of a
 * generator in `division` at that time. */
uint32_t book_profile_for(
    struct book *book, struct span code, bool is_epidemic, uint32_t division, int64_t at_us);

/* Names. find gives 0 for an unknown one; give makes a number at first mention (writers only). */
uint32_t book_find(struct book *book, unsigned kind, struct span name);
uint32_t book_give(struct book *book, unsigned kind, struct span name);
/* The name of a number, empty when there is none. */
struct span book_name(struct book *book, unsigned kind, uint32_t number);
/* Binds a name to a number that exists (a manifest's number, a CURVE key). */
void book_bind(struct book *book, unsigned kind, struct span name, uint32_t number);

/* Where the look-ups keep them, for who reads a snapshot without a book: the key in LOOKUPS_NAMES of a name (0: too long) and in
 * LOOKUPS_RECORDS of a record. `ret` has LOOKUPS_KEY_MAX bytes; they give the key's length. Any thread. */
size_t book_key_of_name(unsigned kind, struct span name, uint8_t *ret);
size_t book_key_of_record(unsigned kind, uint64_t number, uint8_t *ret);

/* Composed names. `ret` has BOOK_NAME_MAX bytes; they give the name's length, 0 when it is too long. */
size_t
book_write_owned(uint32_t owner, struct span code, uint8_t *ret); /* container, box, place, batch */
size_t book_write_bulk(uint32_t generator, struct span manifest, uint32_t line, uint8_t *ret);
size_t book_write_vehicle(uint32_t colour, struct span plate, uint8_t *ret);
size_t book_write_document(unsigned kind, uint32_t owner, struct span number, uint8_t *ret);
/* And back: false when the name is of the other form. */
bool book_read_owned(struct span name, uint32_t *ret_owner, struct span *ret_code);
bool book_read_bulk(struct span name,
                    uint32_t *ret_generator,
                    struct span *ret_manifest,
                    uint32_t *ret_line);

/* A record of a form that only its caller knows, as the book has it: parsed at the first look of a turn and shared by all later ones,
 * until it is written. `size` zeroed bytes where there is none; NULL after a failure. */
const void *book_look(struct book *book,
                      unsigned kind,
                      uint64_t number,
                      size_t size,
                      bool (*parse)(struct span bytes, void *ret));
/* Records, read. NULL when there is none (book_status tells damage apart). */
struct span book_record(struct book *book, unsigned kind, uint64_t number);
const struct book_ledger *book_ledger(struct book *book);
struct party *book_party(struct book *book, uint32_t number);
struct place *book_place(struct book *book, uint32_t number);
struct vehicle *book_vehicle(struct book *book, uint32_t number);
struct permit *book_permit(struct book *book, uint32_t party, uint32_t index);
struct key *book_key(struct book *book, uint32_t number);
struct block *book_block(struct book *book, uint32_t number);
struct manifest *
book_manifest(struct book *book,
              uint32_t number); /* never NULL but on failure: a mention makes an unknown one */
struct trip *book_trip(struct book *book, uint32_t number);
struct batch *book_batch(struct book *book, uint32_t number);
struct approval *book_approval(struct book *book, uint32_t number);
struct document *book_document(struct book *book, uint32_t number);
struct region *book_region(struct book *book, uint32_t division);
struct catalogue_code *book_code(struct book *book, uint32_t number);
/* The ledger's own tables; empty ones while nothing was set. NULL on failure. */
struct catalogue *book_catalogue(struct book *book);
struct region_mergers *book_mergers(struct book *book);
/* The keys that this ledger signed and signs its heads with; none before it was founded. NULL when book_status says why. */
struct keyring *book_keyring(struct book *book);
bool book_slot(struct book *book, uint32_t key, uint64_t sequence, struct book_slot *ret);
uint64_t book_member(struct book *book, unsigned kind, uint64_t of, uint64_t index);

/* Records, written at once. */
void book_put_record(struct book *book, unsigned kind, uint64_t number, struct span value);
void book_put_ledger(struct book *book, const struct book_ledger *ledger);
void book_put_party(struct book *book, uint32_t number, const struct party *party);
void book_put_place(struct book *book, uint32_t number, const struct place *place);
void book_put_vehicle(struct book *book, uint32_t number, const struct vehicle *vehicle);
void book_put_permit(struct book *book,
                     uint32_t party,
                     uint32_t index,
                     const struct permit *permit);
void book_put_key(struct book *book, uint32_t number, const struct key *key);
void book_put_block(struct book *book, uint32_t number, const struct block *block);
void book_put_approval(struct book *book, uint32_t number, const struct approval *approval);
void book_put_document(struct book *book, uint32_t number, const struct document *document);
void book_put_region(struct book *book, uint32_t division, const struct region *region);
void book_put_code(struct book *book, uint32_t number, const struct catalogue_code *code);
void book_put_catalogue(struct book *book, const struct catalogue *catalogue);
void book_put_mergers(struct book *book, const struct region_mergers *mergers);
void book_put_keyring(struct book *book, const struct keyring *keyring);
void book_put_slot(struct book *book,
                   uint32_t key,
                   uint64_t sequence,
                   const struct book_slot *slot);
void book_put_member(
    struct book *book, unsigned kind, uint64_t of, uint64_t index, uint64_t member);
/* Any row, for the files of this floor that keep rows of their own kind. No data when there is none. */
struct span book_row(struct book *book, enum lookups_table table, struct span key);
void book_put_row(struct book *book, enum lookups_table table, struct span key, struct span value);
void book_delete_row(struct book *book, enum lookups_table table, struct span key);
/* Rows of the work table (docket.h): what is in `before` and not in `after` goes, what is new comes. Findings that come are also added
 * to `ret_opened` (may be NULL). */
void book_put_work(struct book *book,
                   const struct work_set *before,
                   const struct work_set *after,
                   struct work_set *ret_opened);

/* A movement row, as movement_write_value has it. */
void book_put_movement(struct book *book, const struct movement_key *key, struct span value);
/* Writer: movement rows of a party's code and days `first` to before `after`, in no order. A failure is the book's status. */
void book_scan_movements(struct book *book,
                         const struct movement_key *first,
                         int32_t after,
                         lookups_visit *visit,
                         void *context);
/* How many movement rows scans have visited since the book was made: what a test of the cost counts. */
uint64_t book_scanned(const struct book *book);

/* An entry's bytes, from the writer's journal; borrowed until the next append. */
bool book_read_entry(struct book *book, uint64_t number, struct span *ret);
/* When an entry was recorded; 0 when it is not there. */
int64_t book_recorded_us(struct book *book, uint64_t entry);

#endif
