/* agenda.h: what is open, walked in the order of urgency: divisions or one party's rows merged, filtered, seen by the asker.
 * Never sorts all: it stops when the most urgent are found, so a page costs what it shows and not what is open.
 *
 * Urgency is the time to the next breach, closures by order included, then hazard, then mass (work.h). Rows come in the order
 * of their raw due time; a closure only ever makes one later. */
#ifndef CUSTODY_SERVICE_AGENDA_H
#define CUSTODY_SERVICE_AGENDA_H

#include "daemon/service/asking.h"
#include "daemon/service/closures.h"
#include "daemon/service/docket.h"

enum {
    AGENDA_COUNTED = 5000, /* rows that are counted once a page is full */
    AGENDA_BUDGET =
        20000, /* rows that one page may look at; a filter that passes fewer is told where it stopped */
    AGENDA_BUDGET_CASES = 2000,    /* the same, where what was said of each must be looked up */
    AGENDA_BUDGET_SURVEY = 200000, /* of a question that must look at all (today, dossier) */
    AGENDA_SUMS_MAX = 512,
};

enum agenda_role {
    AGENDA_ANY = 0,
    AGENDA_HOLDER = 1,
    AGENDA_GENERATOR = 2,
    AGENDA_CARRIER = 3,
    AGENDA_RECEIVER = 4,
};

struct agenda_row {
    struct work work;
    int64_t due_us;                /* closures included */
    const struct closure *closure; /* the last that lengthened it, or NULL */
};

/* What is asked for; zero asks for all. */
struct agenda_filter {
    bool shelves[WORK_KINDS];
    uint32_t first_division, last_division; /* last 0: all */
    uint32_t party;
    enum agenda_role role;
    const char *family;
    const char *state; /* of the manifest or container */
    uint32_t vehicle;
    uint16_t rule;
    bool is_unreported;
    int64_t older_than_us;
    int64_t from_us;  /* due then or later */
    int64_t until_us; /* due before; 0: no end */
    int64_t stop_us;  /* nothing whose raw due time is then or later is looked at; 0: no end */
};

struct agenda {
    struct asking *asking;
    struct agenda_filter filter;
    struct closures closures;
    struct container *scratch; /* of whoever makes messages of rows; NULL at first */
    bool
        only_beside; /* alone what is of other divisions than the asker's and concerns those, or itself */
    uint32_t looked;       /* rows, so far */
    bool is_cut;           /* the bound or the question's time ended the walk: at `cut` */
    struct agenda_row cut; /* the last row that was looked at, at its raw due time */
};

void agenda_init(struct agenda *agenda, struct asking *asking);
/* Read into the filter what several questions ask alike; NULL or empty asks nothing. False: the answer was given (a problem). */
bool agenda_take_division(struct agenda *agenda, const char *division);
bool agenda_take_party(struct agenda *agenda, const char *party);
bool agenda_take_role(struct agenda *agenda, const char *role);
bool agenda_take_rule(struct agenda *agenda, const char *rule);
/* Of a manifest or a container; "in_transit" is "in transit". */
bool agenda_take_state(struct agenda *agenda, const char *state);
/* A plate that nobody has named finds nothing. */
void agenda_take_vehicle(struct agenda *agenda, const char *plate);

/* Rows that pass the filter and that the asker may see, in order of raw due time, then hazard and mass; stops when `visit` gives
 * false. False when the walk was cut, or failed (book_status). */
typedef bool agenda_visit(void *context, const struct agenda_row *row);
bool agenda_walk(struct agenda *agenda,
                 int64_t from_raw_us,
                 uint32_t budget,
                 agenda_visit *visit,
                 void *context);

/* Counts of a kind in the divisions from `first` to `last` that the asker sees; others are not read. With WORK_CROSSING: of what
 * crosses to such a division. */
enum custody_status agenda_counts(const struct agenda *agenda,
                                  uint8_t shelf,
                                  uint32_t first,
                                  uint32_t last,
                                  docket_visit_count *visit,
                                  void *context);
/* Everything that the filter asks for can be told from the counts: no filter but kinds and divisions. */
bool agenda_is_plain(const struct agenda *agenda);
/* Is the row of a division that the asker sees, or does it concern the asker's party? */
bool agenda_sees(const struct agenda *agenda, const struct work *row);
/* Fill in when the row is due with the closures. */
void agenda_extend(struct agenda *agenda, struct agenda_row *row);
const char *agenda_family(const struct agenda *agenda, uint32_t profile);
int agenda_compare(const struct agenda_row *a, const struct agenda_row *b);

/* ---- the most urgent, a page at a time, with what all pages add up to ---- */
struct agenda_page {
    uint32_t limit;
    uint32_t budget;                /* 0: AGENDA_BUDGET */
    const struct agenda_row *after; /* NULL, or the page before ended here */
    /* May be NULL: rows that it says no to are passed over, though they may count for the caller. */
    bool (*wants)(void *context, const struct agenda_row *row);
    void *context;
    /* out */
    struct agenda_row *rows;
    uint32_t count;
    uint64_t total;
    bool is_least; /* the total is a least: counting stopped at the bound */
    uint32_t sum_count;
    struct docket_count sums[AGENDA_SUMS_MAX];
};

/* False: the answer was given (a problem). A page that was cut has fewer rows than there are, and a next page. */
bool agenda_run(struct agenda *agenda, struct agenda_page *page);
ProtobufCBinaryData agenda_next_page(const struct agenda *agenda, const struct agenda_page *page);
/* The row that a page token names; false: the answer was given. */
bool agenda_take_page(struct agenda *agenda,
                      const Custody__V1__QueryOptions *options,
                      struct agenda_page *page);
Custody__V1__OpenSum **
agenda_sums(const struct agenda *agenda, const struct agenda_page *page, size_t *ret_count);

#endif
