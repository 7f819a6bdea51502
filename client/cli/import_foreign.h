/* import_foreign.h: custody import emanifest and bsdasri: manifests of other countries' systems.
 * Never signs for another: without a manifest's id a document is the plan that its generator asks for; with it, what its receiver found. */
#ifndef CUSTODY_CLIENT_CLI_IMPORT_FOREIGN_H
#define CUSTODY_CLIENT_CLI_IMPORT_FOREIGN_H

#include "client/cli/importing.h"

enum { IMPORT_FOREIGN_DOCUMENT_MAX = 4 * 1024 * 1024 };

/* One document after another; a list of them counts as one. Each is IMPORT_FOREIGN_DOCUMENT_MAX bytes at most. Lines in faults are the
 * documents' numbers. `manifest` NULL: plans. */
CUSTODY_CHECK enum custody_status import_foreign_run(struct importing *importing,
                                                     FILE *file,
                                                     const char *format,
                                                     const char *manifest,
                                                     struct custody_problem *problem);
bool import_foreign_is_format(const char *format);

#endif
