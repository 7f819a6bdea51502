/* importing.h: what every import does with the statements that it reads: check or keep them, send them, tell what became of them.
 * Never knows a file's format.
 *
 * A file that is imported twice is kept once: each statement has a ref that comes from its content. Nothing is dropped unsaid: at the end
 * the fields that were not taken stand there by name, with how often they had a value. */
#ifndef CUSTODY_CLIENT_CLI_IMPORTING_H
#define CUSTODY_CLIENT_CLI_IMPORTING_H

#include "client/cli/command.h"
#include "client/exchange/leftover.h"

enum {
    IMPORTING_ROWS_MAX = 100, /* of one statement */
    IMPORTING_SEND_EVERY = 64,
    IMPORTING_REF_MAX = 96,
};

struct importing_statement {
    uint32_t act;
    int64_t at_us;
    char ref[IMPORTING_REF_MAX];
    char id[2 * CUSTODY_ID_SIZE + 1]; /* under which the file knows it, hex; empty: under none */
    json_t *body;
    size_t line;  /* where it begins */
    size_t count; /* its rows */
    size_t lines[IMPORTING_ROWS_MAX];
};

struct importing_sent {
    uint64_t sequence;
    bool is_again;
    struct importing_statement statement; /* without its body */
};

struct importing {
    struct command_context *context;
    bool is_dry; /* nothing is kept */
    uint64_t rows, statements, kept, before, faults;
    uint64_t
        held_back; /* statements not kept because one of their rows, or a row beside them, is at fault */
    uint64_t on_ledger, refused, waiting;
    int worst; /* exit code so far */
    enum custody_status delivered;
    struct custody_problem stopped; /* what stopped the delivery first */
    size_t pending;
    struct importing_sent sent[IMPORTING_SEND_EVERY];
    struct leftover not_taken;
};

/* Opens the client, unless it is a dry run. The exit code; what stopped it was printed. */
int importing_begin(struct importing *importing, struct command_context *context, bool is_dry);
/* Check or keep one statement; drops its body. A fault is told and counted, and the next one may come. */
void importing_take(struct importing *importing, struct importing_statement *statement);
/* Tell and count what is wrong on a line; `column` may be NULL. */
void importing_fault(struct importing *importing,
                     size_t line,
                     const char *column,
                     const struct custody_problem *problem);
/* A ref from content: "FORMAT:" and half of a SHA-256 of the texts. */
void importing_ref(const char *format,
                   const char *const *texts,
                   size_t count,
                   char ret[static IMPORTING_REF_MAX]);
/* Does the body come out as the act's message? */
CUSTODY_CHECK enum custody_status
importing_check(uint32_t act, const json_t *body, struct custody_problem *problem);
/* Send the rest and print the sum. The exit code. */
int importing_end(struct importing *importing);

#endif
