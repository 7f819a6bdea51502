/* session.h: what was scanned and is not signed yet: on disk after every scan, so that a power cut costs the line that was being typed.
 * Never signs.
 *
 * One file `scanning` in the home folder (recordlog.h), with the act that is being scanned for in its first record, gone when the
 * statement is kept. The statement is kept under the session's ref: a cut between the two signs nothing twice. */
#ifndef CUSTODY_CLIENT_CLI_SESSION_H
#define CUSTODY_CLIENT_CLI_SESSION_H

#include <jansson.h>

#include "client/lib/client.h"
#include "client/lib/files.h"
#include "client/cli/scanner.h"

enum { SESSION_ITEMS_MAX = 500 }; /* STATEMENT_ITEMS_MAX: then it must be signed */

struct session_item {
    bool is_box;
    char code[SCANNER_CODE_MAX + 1];
    uint64_t mass_g; /* 0: not weighed */
};

struct session {
    char path[FILES_PATH_MAX];
    struct recordlog *log;
    json_t
        *begun; /* {"act": , "ref": , "body": {...}, "item": {...}}; NULL: nothing is under way */
    size_t count;
    struct session_item items[SESSION_ITEMS_MAX];
};

/* What is under way in this home, if anything is. */
CUSTODY_CHECK enum custody_status session_open(struct custody_client *client, struct session **ret);
void session_close(struct session *session); /* NULL is allowed; what is under way stays */
/* Takes the reference to `begun`. */
CUSTODY_CHECK enum custody_status
session_begin(struct session *session, json_t *begun, struct custody_problem *problem);
/* NULL when it was not scanned. */
const struct session_item *
session_find(const struct session *session, const char *code, bool is_box);
CUSTODY_CHECK enum custody_status session_add(struct session *session,
                                              const struct session_item *item,
                                              struct custody_problem *problem);
/* The weight of the newest. There must be one. */
CUSTODY_CHECK enum custody_status
session_weigh(struct session *session, uint64_t mass_g, struct custody_problem *problem);
/* Take back the newest. There must be one. */
CUSTODY_CHECK enum custody_status session_undo(struct session *session,
                                               struct custody_problem *problem);
/* It was signed, or is to be forgotten: closes it and removes the file. */
CUSTODY_CHECK enum custody_status session_end(struct session *session,
                                              struct custody_problem *problem);

#endif
