/* reporting.h: the figures of a division: asked for page by page, or read from a saved report; whether they add up.
 * Never prints. */
#ifndef CUSTODY_CLIENT_CLI_REPORTING_H
#define CUSTODY_CLIENT_CLI_REPORTING_H

#include "client/cli/command.h"
#include "client/cli/figures.h"

/* What is reported on: the word, an example of a period, the heading, and what was declared of such a period. */
struct reporting_kind {
    const char *word, *example, *head;
    const char *generated, *transferred, *self_treated;
};
enum { REPORTING_MONTH, REPORTING_QUARTER, REPORTING_YEAR, REPORTING_KINDS };
extern const struct reporting_kind reporting_kinds[REPORTING_KINDS];

/* REPORTING_KINDS when the word is none, or NULL. */
size_t reporting_find_kind(const char *word);
size_t reporting_kind_of(const char *period);

struct reporting {
    struct command_context *context;
    char division[16], period[FIGURE_PERIOD_MAX + 1];
    uint64_t as_of; /* 0: the newest */
    struct figures figures;
    json_t *face;                     /* of the last page, without its lists */
    json_t *permits, *units, *scopes; /* of all pages */
    Custody__V1__ReportReply *last;   /* the last page; NULL for a saved report */
    bool has_fault;
    struct figures_fault fault; /* the first parts that do not add up */
};

/* Ask for what `division`, `period` and `as_of` say: all pages, at the position of the first. The exit code; what stopped it was
 * printed. */
int reporting_ask(struct reporting *report);
/* A report that was saved as --format json printed it: figures, period, scope (as `division`) and position. The exit code. */
int reporting_load(struct reporting *report, const char *path);
/* Note whether the figures add up (`has_fault`). When they do not, fails with exit code 5 and the names of the two figures, unless it is a
 * draft. */
int reporting_check(struct reporting *report, bool is_draft);
/* The scope of the whole: a saved report keeps it as its division. */
const char *reporting_whole(const struct reporting *report);
/* 0 when it is not there. */
int64_t reporting_find(const struct reporting *report,
                       const char *scope,
                       const char *code,
                       const char *name);
/* All of it as one object; NULL when memory is used up. */
json_t *reporting_to_json(const struct reporting *report);
void reporting_done(struct reporting *report);

#endif
