/* archive.h: custodyd's commands export and audit --tiles: a folder in, a few lines of figures out.
 * Never decides what an archive is: export.h and tiles.h do. */
#ifndef CUSTODY_ARCHIVE_H
#define CUSTODY_ARCHIVE_H

#include "daemon/ledger/tiles.h"
#include "daemon/config.h"

struct archive_options {
    const struct config *config;
    const char *place;
    const char
        *ledger_vkey; /* name+id+key, to audit without the ledger; NULL: as the key file says */
    bool without_entries;
    tiles_progress *progress;
    void *context;
};

/* Prints what was done, or found, to standard output. After a failure `ret_sentence` says what and where. */
enum custody_status archive_export(const struct archive_options *options,
                                   char ret_sentence[static TILES_SENTENCE]);
enum custody_status archive_audit(const struct archive_options *options,
                                  char ret_sentence[static TILES_SENTENCE]);

#endif
