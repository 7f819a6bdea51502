/* ledger_parts.h: what an open ledger is made of, for the files of this floor only. */
#ifndef CUSTODY_SERVICE_LEDGER_PARTS_H
#define CUSTODY_SERVICE_LEDGER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/ledger/accesslog.h"
#include "daemon/ledger/annex.h"
#include "daemon/ledger/journal.h"
#include "daemon/ledger/lookups.h"
#include "daemon/ledger/space.h"
#include "daemon/ledger/tree.h"
#include "daemon/service/apply.h"
#include "daemon/service/changeover.h"
#include "daemon/service/lectern.h"
#include "daemon/service/ledger.h"

/* What becomes of a generation of look-ups (projection.h). */
enum projection_stage {
    PROJECTION_NONE,   /* nothing is sealed */
    PROJECTION_SEALED, /* the projector may take it */
    PROJECTION_MOVING, /* it has */
    PROJECTION_MOVED,  /* on disk; the writer may release it */
    PROJECTION_FAILED, /* not on disk; the writer does not know yet */
    PROJECTION_HELD,   /* not on disk, to be tried again */
};

struct projection {
    bool is_attached; /* somebody calls projection_step */
    uint64_t entries; /* that the sealed generation reflects; set before it is SEALED */
    /* Under the ledger's lock. */
    enum projection_stage stage;
    enum custody_status status; /* MOVED or FAILED */
};

/* Whether every row of the look-ups was read since the start. */
enum ledger_reading { LEDGER_READ, LEDGER_UNREAD, LEDGER_UNREADABLE };

struct ledger {
    struct ledger_options options; /* texts are copies in `paths` */
    char paths[3][512];
    struct ledger_keys keys;
    struct digest origin;
    struct digest addresses[1 + BOOK_PREDECESSORS_MAX]; /* its own first */
    size_t address_count;
    bool is_rotating; /* the next key of `keys` may be made the ledger's (rotate.h) */
    struct journal *journal;
    struct lookups *lookups;
    struct tree *tree;
    struct annex *annex;
    struct accesslog *accesses; /* NULL when the ledger is open to read only */
    struct book *book;          /* the writer's */
    struct apply *apply;        /* the writer's */
    struct lectern *lectern;    /* readers' */
    struct arena *scratch;      /* the writer's: bodies and entries of one batch */
    struct work_set opened;     /* the writer's: findings that the statement at hand opened */
    struct ledger_metrics metrics;
    uint64_t last_batch_ns;
    uint64_t last_flush_ns;
    uint64_t last_mark_ns;
    uint64_t marked_size;
    uint64_t last_space_ns; /* when the disk was looked at; 0: never */
    enum space_stage space;
    uint32_t erased;    /* erasures of the ledger that the annex has seen since the start */
    bool is_erasing;    /* one was granted and is not done yet */
    uint64_t opened_ns; /* 0: it has stood long enough, or nobody died before it */
    bool
        must_leave; /* look-ups are damaged, or unknown after a flush; or another writes the mark */
    struct changeover_report changeover;
    uint64_t trusted_ns; /* when doubted look-ups were last found sound */
    /* Shared with readers and the projector. */
    struct projection projection;
    atomic_bool is_doubted;        /* a reader met damage */
    atomic_bool has_two_histories; /* histories.h */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    enum ledger_reading reading;
    uint64_t committed; /* entries that look-ups on disk reflect */
    uint64_t head_size;
    int64_t head_recorded_us;
    size_t head_len;
    uint8_t head[CHECKPOINT_SIZE_MAX];
};

/* Apply a stored entry to the look-ups' pending layer and its leaf to the tree. */
enum custody_status ledger_replay_entry(struct ledger *ledger, uint64_t number, struct span bytes);
/* Apply what the look-ups lack of the entries before `until`, and move it to disk. */
enum custody_status ledger_replay(struct ledger *ledger,
                                  uint64_t until,
                                  void (*progress)(void *context, uint64_t done, uint64_t total),
                                  void *context);
/* Move everything to disk and tell waiting readers (projection_finish). */
enum custody_status ledger_flush(struct ledger *ledger);
/* Leave word for the next start that the look-ups must be made anew. */
void ledger_condemn(struct ledger *ledger);
/* A reader met damage: any thread. The writer then looks at every row, and condemns the look-ups if it lies there. */
void ledger_doubt(struct ledger *ledger, enum custody_status status);
void ledger_settle_doubt(struct ledger *ledger);
/* Once the process has stood long enough, or ends as it should. */
void ledger_forget_deaths(struct ledger *ledger, bool is_closing);
/* How full the disk is; looked at once a second at most, and said in the log when it changes. Writer's thread. */
enum space_stage ledger_look_at_disk(struct ledger *ledger);
/* Publish the journal's newest head to readers. */
void ledger_publish_head(struct ledger *ledger);
/* Write the newest head to the mark file if it is newer than what stands there. One that is not of this ledger's history stays, and the
 * process must leave. */
void ledger_write_mark(struct ledger *ledger);

#endif
